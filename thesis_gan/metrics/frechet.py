"""Fréchet Inception Distance (Heusel et al. 2017; thesis §2.5.1): |mu_x - mu_g|^2 + Tr(S_x + S_g - 2 (S_x S_g)^1/2)."""

from typing import NamedTuple

import numpy as np
from scipy import linalg


class Gaussian(NamedTuple):
    """mean: (D,).  covariance: (D, D), divided by N - 1."""

    mean: np.ndarray
    covariance: np.ndarray


def gaussian(features: np.ndarray) -> Gaussian:
    """Mean and covariance of features (N, D), N >= 2, in float64."""
    features = np.asarray(features, np.float64)
    return Gaussian(features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False)))


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Squared Fréchet distance of two Gaussians, >= 0.

    Tr (S_1 S_2)^1/2 is the sum of the roots of the eigenvalues of the symmetric S_1^1/2 S_2 S_1^1/2: no root of a matrix that
    is not symmetric, so singular covariances (fewer images than features) are no special case.
    """
    values, vectors = linalg.eigh(first.covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    eigenvalues = linalg.eigvalsh(root @ second.covariance @ root)
    trace = np.trace(first.covariance) + np.trace(second.covariance) - 2 * np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    return float(max(0.0, np.square(first.mean - second.mean).sum() + trace))
