"""Fréchet Inception Distance (Heusel et al. 2017; thesis §2.5.1): |mu_x - mu_g|^2 + Tr(S_x + S_g - 2 (S_x S_g)^1/2)."""

from typing import Callable, NamedTuple, Sequence

import numpy as np
from scipy.linalg import blas, lapack

from thesis_gan.errors import UserError
from thesis_gan.metrics.checks import BLOCK, checked
from thesis_gan.progress_bar import bar

SUBSETS = 5  # of each size, where FID is taken of ever larger subsets


class Gaussian(NamedTuple):
    """mean: (D,).  covariance: (D, D), divided by N - 1."""

    mean: np.ndarray
    covariance: np.ndarray


class Extrapolation(NamedTuple):
    """FID against the number of samples. counts: (K,).  distances: (K,).  limit: for ever more samples.  slope: of FID in 1/N."""

    counts: np.ndarray
    distances: np.ndarray
    limit: float
    slope: float


def gaussian(features: np.ndarray) -> Gaussian:
    """Mean and covariance of features (N, D), N >= 2, in float64, taken in blocks of rows. Raises UserError for others."""
    features = checked(features)
    blocks = [features[start : start + BLOCK] for start in range(0, len(features), BLOCK)]
    mean = sum(block.sum(axis=0, dtype=np.float64) for block in blocks) / len(features)
    # SciPy's product adds to one triangle where it lies; NumPy's would mirror and add each block's on a single thread.
    lower = np.zeros((len(mean), len(mean)), order="F")
    for block in bar(blocks, "covariance"):
        centred = np.subtract(block, mean, dtype=np.float64)
        lower = blas.dsyrk(1.0, centred.T, beta=1.0, c=lower, lower=1, overwrite_c=1)
    covariance = np.tril(lower) + np.tril(lower, -1).T
    return Gaussian(mean, covariance / (len(features) - 1))


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Squared Fréchet distance of two Gaussians, >= 0. Raises UserError if they have different dimensions."""
    return distance_to(second)(first)


def distance_to(second: Gaussian) -> Callable[[Gaussian], float]:
    """:func:`frechet_distance` to ``second`` as a function of the other Gaussian, for many of them.

    With S = A^T A, the eigenvalues of S_1 S_2 are the squared singular values of A_1 A_2^T, so that no root is taken of a matrix
    that is not symmetric, and none of a number that rounding has made of 0: singular covariances (fewer images than features)
    are no special case.
    """
    factor = _factor(second.covariance)

    def distance(first: Gaussian) -> float:
        if first.mean.shape != second.mean.shape:
            sizes = f"{len(first.mean)} and of {len(second.mean)} numbers"
            raise UserError(f"Features of {sizes} cannot be compared; compute both with the same network.")
        root_trace = np.linalg.svd(_factor(first.covariance) @ factor.T, compute_uv=False).sum()
        traces = np.trace(first.covariance) + np.trace(second.covariance)
        return float(max(0.0, np.square(first.mean - second.mean).sum() + traces - 2 * root_trace))

    return distance


def frechet_by_count(features: np.ndarray, reference: Gaussian, counts: Sequence[int], seed: int = 0) -> Extrapolation:
    """FID of ever larger parts of ``features`` (N, D), and its limit (Chong and Forsyth 2020: FID is almost linear in 1/N).

    counts: at least two different sizes, 2 <= size <= N. For each, the mean over SUBSETS random subsets, but one of all N.
    The limit is the intercept of the least-squares line in 1/N. Only the bias by the number of generated samples is removed, not
    that by the number of reference samples. Raises UserError for features or counts that do not fit.
    """
    counts = np.unique(np.asarray(counts, np.int64))
    if len(counts) < 2 or counts[0] < 2 or counts[-1] > len(features):
        raise UserError(f"FID against N needs two or more sizes from 2 to {len(features)} samples, not {counts.tolist()}.")
    random = np.random.RandomState(seed)
    distance = distance_to(reference)
    distances = []
    for count in bar(counts, "FID against N"):
        subsets = [random.permutation(len(features))[:count] for _ in range(1 if count == len(features) else SUBSETS)]
        distances.append(np.mean([distance(gaussian(features[subset])) for subset in subsets]))
    slope, limit = np.polyfit(1 / counts, distances, 1)
    return Extrapolation(counts, np.array(distances), float(limit), float(slope))


def _factor(covariance: np.ndarray) -> np.ndarray:
    """A (rank, D) with A^T A = covariance (D, D): Cholesky's, with pivots, a tenth of the work of eigenvectors."""
    # What is left below D eps of the largest variance is rounding of 0; its root would be far larger than it.
    factor, pivots, rank, _ = lapack.dpstrf(covariance, lower=1)
    found = np.empty((rank, len(covariance)))
    found[:, pivots - 1] = np.tril(factor)[:, :rank].T
    return found
