"""How sure a score is: an interval from resampling the images that it was computed from (Efron 1979)."""

from typing import Callable, Tuple

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
    if resamples < 2:
        raise UserError(f"An interval needs two or more resamples, not {resamples}.")
    random = np.random.RandomState(seed)
    draws = [statistic(random.randint(0, count, count)) for _ in bar(range(resamples), "resamples")]
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - np.mean(draws) + statistic(np.arange(count))
    return float(low), float(high)
