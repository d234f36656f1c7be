"""How sure a score is: an interval from resampling the images that it was computed from (Efron 1979)."""

from typing import Callable, Iterator, Sequence, Tuple

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.progress_bar import bar

LEVEL = 0.95


def bootstrap_interval(
    statistic: Callable[[np.ndarray], float], count: int, resamples: int, seed: int = 0
) -> Tuple[float, float]:
    """Interval, about statistic(all), in which it lies for a share LEVEL of sets of ``count`` samples from the same source.

    statistic: takes positions int (count,), 0 to count - 1, of the samples to use. The spread is that of ``resamples`` draws with
    replacement about their own mean: a resample has repeated samples, which moves scores such as FID up as fewer samples would,
    and that shift is no uncertainty. Raises UserError for fewer than two resamples.
    """
    positions = resampled(count, resamples, seed)
    draws = [statistic(next(positions)) for _ in bar(range(resamples), "resamples")]
    return about(statistic(np.arange(count)), draws)


def resampled(count: int, resamples: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Positions int (count,), 0 to count - 1, drawn with replacement, so many times. Raises UserError for fewer than two."""
    if resamples < 2:
        raise UserError(f"An interval needs two or more resamples, not {resamples}.")
    random = np.random.RandomState(seed)
    return (random.randint(0, count, count) for _ in range(resamples))


def about(value: float, draws: Sequence[float]) -> Tuple[float, float]:
    """The interval about ``value`` with the spread of ``draws`` about their mean."""
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - np.mean(draws) + value
    return float(low), float(high)
