"""How sure a difference is: the few tests and intervals on which verdicts rest."""

from typing import Sequence, Tuple

import numpy as np
from scipy import stats

LEVEL = 0.05  # of every test; intervals are of 95 %


def rises(first: Sequence[float], second: Sequence[float]) -> float:
    """One-sided p of "the second mean is the greater", Welch's t.

    Where neither side varies there is no t: 0 if the second is the greater, and 1 if it is not.
    """
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return float(np.mean(second) <= np.mean(first))
    t, p = stats.ttest_ind(second, first, equal_var=False)
    return float(p / 2 if t > 0 else 1 - p / 2)


def above(values: Sequence[float], bound: float) -> float:
    """One-sided p of "the mean is above ``bound``", Student's t; as in :func:`rises` where the values do not vary."""
    if np.ptp(values) == 0:
        return float(np.mean(values) <= bound)
    t, p = stats.ttest_1samp(values, bound)
    return float(p / 2 if t > 0 else 1 - p / 2)


def wider(first: Sequence[float], second: Sequence[float]) -> float:
    """One-sided p of "the first varies more than the second", F test of variances; 1 where neither varies."""
    if np.ptp(first) == 0:
        return 1.0
    if np.ptp(second) == 0:
        return 0.0
    ratio = np.var(first, ddof=1) / np.var(second, ddof=1)
    return float(stats.f.sf(ratio, len(first) - 1, len(second) - 1))


def interval(values: Sequence[float]) -> Tuple[float, float]:
    """95 % interval of the mean, Student's t; from -inf to inf for a single value."""
    if len(values) < 2:
        return -np.inf, np.inf
    half = stats.t.ppf(1 - LEVEL / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values) - half), float(np.mean(values) + half)


def wilson(share: float, count: int, z: float = 1.96) -> Tuple[float, float]:
    """Wilson's 95 % interval of a proportion."""
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return float(centre - half), float(centre + half)
