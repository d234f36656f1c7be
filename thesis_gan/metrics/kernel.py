"""Kernel Inception Distance (Binkowski et al. 2018, §4): the squared maximum mean discrepancy under a polynomial kernel."""

from typing import Optional, Tuple

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.metrics.checks import BLOCK, checked_pair
from thesis_gan.progress_bar import bar

SUBSETS, SUBSET_SIZE = 100, 1000
SUBSET_SEED = 2020  # torch-fidelity's, so that the subsets are the same

# From this length of the features on nearly all the time goes to their products, of which float32's take half of float64's.
LONG = 512


def kernel_distance(
    first: np.ndarray,
    second: np.ndarray,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    degree: int = 3,
    gamma: Optional[float] = None,
    coef0: float = 1.0,
    seed: int = SUBSET_SEED,
) -> Tuple[float, float]:
    """Mean and standard deviation, over random subsets of both sets, of the unbiased estimate; about 0, or below, for equals.

    first: (N, D), second: (M, D), both of ``subset_size`` or more samples. The kernel is (gamma x.y + coef0)^degree, gamma by
    default 1/D; subsets are drawn without replacement. All defaults are torch-fidelity's. All is computed in float64, but
    the products of float32 features with LONG numbers or more (:class:`_Short`). Raises UserError for other arrays.
    """
    checked_pair(first, second)
    if not 2 <= subset_size <= min(len(first), len(second)):
        raise UserError(
            f"The kernel distance takes subsets of 2 to {min(len(first), len(second))} samples here, not {subset_size}."
        )
    gamma = 1 / first.shape[1] if gamma is None else gamma
    random = np.random.RandomState(seed)

    short = first.dtype == second.dtype == np.float32 and first.shape[1] >= LONG
    subset = (_Short if short else _Exact)(first, second, subset_size)
    power = np.empty((subset_size, subset_size))

    def kernel(one: int, other: int) -> np.ndarray:
        base = subset.products(one, other)
        np.multiply(base, gamma / subset.unit, out=base)
        np.add(base, coef0, out=base)
        power[...] = base
        for _ in range(degree - 1):  # many times faster than NumPy's power
            np.multiply(power, base, out=power)
        return power

    def within(one: int) -> float:
        matrix = kernel(one, one)
        return (matrix.sum() - np.trace(matrix)) / (subset_size * (subset_size - 1))

    estimates = []
    for _ in bar(range(subsets), "kernel distance, subsets"):
        subset.draw(random)
        estimates.append(within(0) + within(1) - 2 * kernel(0, 1).mean())
    return float(np.mean(estimates)), float(np.std(estimates))


class _Subsets:
    """Subsets of both sets, and the products x.y of their samples. Each writes over the last: fresh memory costs time.

    unit: what stands for 1 in the products.
    """

    unit = 1.0

    def __init__(self, first: np.ndarray, second: np.ndarray, size: int) -> None:
        self.sets = (first, second)
        self.parts = [np.empty((size, features.shape[1]), features.dtype) for features in self.sets]
        self.matrix = np.empty((size, size))

    def draw(self, random: np.random.RandomState) -> None:
        """The next two subsets, without replacement."""
        for place, (features, part) in enumerate(zip(self.sets, self.parts)):
            chosen = random.choice(len(features), len(part), replace=False)
            # A mode other than "raise" writes into ``out`` without a copy; the positions are within the array anyway.
            np.take(features, chosen, axis=0, out=part, mode="clip")
            self.took(place, chosen)

    def took(self, place: int, chosen: np.ndarray) -> None:
        """``parts[place]`` holds the features of set ``place`` at the positions ``chosen``."""
        raise NotImplementedError

    def products(self, one: int, other: int) -> np.ndarray:
        """float64 (size, size): row i holds the products of sample i of subset ``one``, 0 or 1, with all of subset ``other``."""
        raise NotImplementedError


class _Exact(_Subsets):
    """All in float64."""

    def __init__(self, first: np.ndarray, second: np.ndarray, size: int) -> None:
        super().__init__(first, second, size)
        self.rounded = [np.empty(part.shape) for part in self.parts]

    def took(self, place: int, chosen: np.ndarray) -> None:
        self.rounded[place][...] = self.parts[place]

    def products(self, one: int, other: int) -> np.ndarray:
        return np.matmul(self.rounded[one], self.rounded[other].T, out=self.matrix)


class _Short(_Subsets):
    """x.y = (x - m).(y - m) + x.m + y.m - m.m, m the second set's mean; the first in float32, the rest in float64.

    About the mean, what rounding adds is as often above 0 as below, and disappears in the sums over a matrix; with one mean for
    both sets, what stays of it is the same in all three matrices, and cancels. So KID moves by some 1e-7 of itself, unless single
    features are thousands of times as large as all others, so that the mean is far from most. With the features as they are,
    which a ReLU leaves at 0 or above, it would move by 1e-3; with a mean for each set, by 5e-5.
    """

    def __init__(self, first: np.ndarray, second: np.ndarray, size: int) -> None:
        super().__init__(first, second, size)
        # All is scaled by a power of two, so that no product overflows.
        largest = max(float(max(features.max(), -features.min())) for features in self.sets)
        self.scale = np.float32(np.ldexp(1.0, -max(np.frexp(largest)[1], -100)))
        self.unit = float(self.scale) ** 2
        self.mean = self.scale * second.mean(axis=0, dtype=np.float64).astype(np.float32)
        exact = self.mean.astype(np.float64)
        self.with_mean = [_products(features, float(self.scale) * exact) - exact @ exact / 2 for features in self.sets]
        self.added = [np.empty(size), np.empty(size)]
        self.short = np.empty((size, size), np.float32)

    def took(self, place: int, chosen: np.ndarray) -> None:
        self.parts[place] *= self.scale
        self.parts[place] -= self.mean
        self.added[place] = self.with_mean[place][chosen]

    def products(self, one: int, other: int) -> np.ndarray:
        np.matmul(self.parts[one], self.parts[other].T, out=self.short)
        np.add(self.short, self.added[one][:, np.newaxis], out=self.matrix)
        return np.add(self.matrix, self.added[other], out=self.matrix)


def _products(features: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """features @ vector, float64 (N,), in blocks of rows."""
    blocks = (features[start : start + BLOCK] for start in range(0, len(features), BLOCK))
    return np.concatenate([block.astype(np.float64) @ vector for block in blocks])
