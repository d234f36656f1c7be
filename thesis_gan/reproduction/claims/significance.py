"""How sure a difference is: the few tests and intervals on which verdicts rest, and how many seeds a test would need."""

from typing import Callable, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy import stats

LEVEL = 0.05  # of every test; intervals are of 95 %
POWER = 0.8  # with which a number of seeds decides; Cohen 1988, §2.4
MOST_SEEDS = 1000  # more are not asked for


class Outcome(NamedTuple):
    """What a one-sided test of the seeds at hand gives.

    p: how probable numbers at least as telling would be if what is tested did not hold.  power: how probable it is, 0 to 1, that
    the same test with so many seeds (of each side) is significant at a level, if the means and deviations seen are the true ones.
    """

    p: float
    power: Callable[[int, float], float]


def rises(first: Sequence[float], second: Sequence[float]) -> Outcome:
    """Whether the second mean is the greater, Welch's t.

    Where neither side varies there is no t: p is 0 if the second is the greater, and 1 if it is not.
    """
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return settled(bool(np.mean(second) > np.mean(first)))
    p = stats.ttest_ind(second, first, equal_var=False, alternative="greater")[1]
    variances = np.array([np.var(side, ddof=1) for side in (first, second)])
    effect = (np.mean(second) - np.mean(first)) / np.sqrt(variances.sum())
    freedom = variances.sum() ** 2 / np.square(variances).sum()  # for each seed but one, by Welch and Satterthwaite
    return Outcome(float(p), lambda seeds, level: _power_of_t(effect * np.sqrt(seeds), freedom * (seeds - 1), level))


def above(values: Sequence[float], bound: float) -> Outcome:
    """Whether the mean is above ``bound``, Student's t; as in :func:`rises` where the values do not vary."""
    if np.ptp(values) == 0:
        return settled(bool(np.mean(values) > bound))
    p = stats.ttest_1samp(values, bound, alternative="greater")[1]
    effect = (np.mean(values) - bound) / np.std(values, ddof=1)
    return Outcome(float(p), lambda seeds, level: _power_of_t(effect * np.sqrt(seeds), seeds - 1, level))


def wider(first: Sequence[float], second: Sequence[float]) -> Outcome:
    """Whether the first varies more than the second, F test of variances; p is 1 where neither varies."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return settled(bool(np.ptp(first) > 0))
    ratio = np.var(first, ddof=1) / np.var(second, ddof=1)

    def power(seeds: int, level: float) -> float:
        freedom = (seeds - 1, seeds - 1)
        return float(stats.f.sf(stats.f.isf(level, *freedom) / ratio, *freedom))

    return Outcome(float(stats.f.sf(ratio, len(first) - 1, len(second) - 1)), power)


def more_often(first: Tuple[int, int], second: Tuple[int, int]) -> Outcome:
    """Whether the first happens in a larger share of cases, each (how often it did, how often not), Fisher's exact test.

    Its power is by the normal distribution of arcsines (Cohen 1988, §6.5).
    """
    shares = [happened / max(1, happened + other) for happened, other in (first, second)]
    effect = 2 * (np.arcsin(np.sqrt(shares[0])) - np.arcsin(np.sqrt(shares[1])))
    return Outcome(
        float(stats.fisher_exact([first, second], alternative="greater")[1]),
        lambda seeds, level: float(stats.norm.sf(stats.norm.isf(level) - effect * np.sqrt(seeds / 2))) if effect > 0 else 0.0,
    )


def settled(holds: bool) -> Outcome:
    """Of what no seed would change."""
    return Outcome(0.0 if holds else 1.0, lambda seeds, level: float(holds))


def seeds_for_all(outcomes: Sequence[Outcome]) -> Optional[int]:
    """How many seeds show all of ``outcomes`` at the level together with a probability of POWER; None for more than MOST_SEEDS.

    Together: the chances of missing each add up to at most 1 - POWER (Boole's inequality), whatever they have in common.
    """
    return _fewest(lambda seeds: sum(1 - outcome.power(seeds, LEVEL) for outcome in outcomes) <= 1 - POWER)


def seeds_for_one(outcomes: Sequence[Outcome], looks: int) -> Optional[int]:
    """How many seeds show one of ``outcomes`` with a probability of at least POWER, so many being looked at (Bonferroni)."""
    return _fewest(lambda seeds: max(outcome.power(seeds, LEVEL / looks) for outcome in outcomes) >= POWER)


def interval(values: Sequence[float]) -> Tuple[float, float]:
    """95 % interval of the mean, Student's t; from -inf to inf for a single value."""
    if len(values) < 2:
        return -np.inf, np.inf
    half = stats.t.ppf(1 - LEVEL / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values) - half), float(np.mean(values) + half)


def _power_of_t(shift: float, freedom: float, level: float) -> float:
    """Of a one-sided t test whose statistic is shifted so far from 0: the upper tail of the noncentral t distribution."""
    threshold = stats.t.isf(level, freedom)
    # Far in its tails SciPy gives no number, and 1.10 (on Python 3.8) ends the process; there it is the normal distribution's.
    found = float(stats.nct.sf(threshold, freedom, shift)) if abs(shift) < 30 else -1
    return found if 0 <= found <= 1 else float(stats.norm.sf(threshold - shift))


def _fewest(enough: Callable[[int], bool]) -> Optional[int]:
    """The smallest number of seeds, from 2 on, that is enough, and with it every larger one."""
    if not enough(MOST_SEEDS):
        return None
    too_few, many = 1, MOST_SEEDS
    while many - too_few > 1:
        middle = (too_few + many) // 2
        too_few, many = (too_few, middle) if enough(middle) else (middle, many)
    return many
