"""Kernel Inception Distance (Binkowski et al. 2018, §4): the squared maximum mean discrepancy under a polynomial kernel."""

from typing import Optional, Tuple

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.metrics.checks import checked_pair
from thesis_gan.metrics.progress import bar

SUBSETS, SUBSET_SIZE = 100, 1000
SUBSET_SEED = 2020  # torch-fidelity's, so that the subsets are the same


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
    default 1/D; subsets are drawn without replacement. All defaults are torch-fidelity's. Raises UserError for other arrays.
    """
    checked_pair(first, second)
    if not 2 <= subset_size <= min(len(first), len(second)):
        raise UserError(
            f"The kernel distance takes subsets of 2 to {min(len(first), len(second))} samples here, not {subset_size}."
        )
    gamma = 1 / first.shape[1] if gamma is None else gamma
    random = np.random.RandomState(seed)

    # Memory is taken once: fresh pages cost as much as the rounding to float64.
    chosen, samples = [], []
    for features in (first, second):
        chosen.append(np.empty((subset_size, features.shape[1]), features.dtype))
        samples.append(np.empty(chosen[-1].shape))
    base, power = np.empty((2, subset_size, subset_size))

    def kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        np.matmul(one, other.T, out=base)
        np.multiply(base, gamma, out=base)
        np.add(base, coef0, out=base)
        power[...] = base
        for _ in range(degree - 1):  # many times faster than NumPy's power
            np.multiply(power, base, out=power)
        return power

    def within(sample: np.ndarray) -> float:
        matrix = kernel(sample, sample)
        return (matrix.sum() - np.trace(matrix)) / (subset_size * (subset_size - 1))

    estimates = []
    for _ in bar(range(subsets), "kernel distance, subsets"):
        for features, part, sample in zip((first, second), chosen, samples):
            # A mode other than "raise" writes into ``out`` without a copy; the positions are within the array anyway.
            np.take(features, random.choice(len(features), subset_size, replace=False), axis=0, out=part, mode="clip")
            sample[...] = part
        one, other = samples
        estimates.append(within(one) + within(other) - 2 * kernel(one, other).mean())
    return float(np.mean(estimates)), float(np.std(estimates))
