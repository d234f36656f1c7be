"""Fidelity and diversity by nearest neighbours: precision and recall, density and coverage.

A set's manifold is the union of balls, one around each of its samples, that reach to the sample's k-th nearest neighbour.
"""

from typing import Dict, Iterator, Optional, Tuple

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.metrics.checks import BLOCK, checked, checked_pair
from thesis_gan.metrics.progress import bar

PRECISION_K = 3  # Kynkäänniemi et al. 2019, §3.1; torch-fidelity's default
DENSITY_K = 5  # Naeem et al. 2020, §5

# Squared distances come from a matrix product: they are right to about this share of the largest squared norm.
ROUNDING = 1e-12


def manifold_scores(
    generated: np.ndarray,
    real: np.ndarray,
    real_neighbours: Optional[np.ndarray] = None,
    precision_k: int = PRECISION_K,
    density_k: int = DENSITY_K,
) -> Dict[str, float]:
    """``precision``, ``recall``, ``f_score``, ``density``, ``coverage`` of generated features (N, D) against real ones (M, D).

    - precision: share of generated samples on the real manifold; recall: share of real ones on the generated manifold; both as
      torch-fidelity has them (a ball has its edge).  f_score: their harmonic mean.  0 to 1.
    - density: in how many balls of ``density_k`` a generated sample lies, per ``density_k``; 1 for equal distributions, >= 0.
      coverage: share of real balls with a generated sample in them, 0 to 1; both as Naeem et al.'s program has them (a ball is
      without its edge), so that a set has density 1 and coverage 1 against itself.

    real_neighbours: :func:`nearest_neighbours` of ``real``, where it is known already, at least as many as the larger k.
    Raises UserError for arrays that do not fit.
    """
    checked_pair(generated, real)
    if real_neighbours is None:
        real_neighbours = nearest_neighbours(real, max(precision_k, density_k))
    real_precision, real_density = real_neighbours[:, precision_k - 1], real_neighbours[:, density_k - 1]
    generated_radii = nearest_neighbours(generated, precision_k)[:, precision_k - 1]

    precise = np.zeros(len(generated), bool)
    recalled, covered = (np.zeros(len(real), bool) for _ in range(2))
    inside = 0
    for rows, columns, squared, rounding in _tiles(generated, real, "neighbours across the sets"):
        precise[rows] |= (squared <= real_precision[columns] + rounding).any(axis=1)
        recalled[columns] |= (squared <= generated_radii[rows, np.newaxis] + rounding).any(axis=0)
        in_ball = squared < real_density[columns] - rounding
        covered[columns] |= in_ball.any(axis=0)
        inside += int(in_ball.sum())
    precision, recall = float(precise.mean()), float(recalled.mean())
    return {
        "precision": precision,
        "recall": recall,
        "f_score": 2 * precision * recall / max(1e-5, precision + recall),
        "density": inside / (density_k * len(generated)),
        "coverage": float(covered.mean()),
    }


def nearest_neighbours(features: np.ndarray, k: int = DENSITY_K) -> np.ndarray:
    """Squared Euclidean distances from each of the features (N, D) to its ``k`` nearest others, (N, k), float64, rising.

    Raises UserError for other arrays, and where there are not more than ``k`` samples.
    """
    if k < 1 or len(checked(features)) <= k:
        raise UserError(f"{k} nearest neighbours need more than {k} samples, and k from 1 on; there are {len(features)} samples.")
    nearest = np.full((len(features), k + 1), np.inf)
    for rows, _, squared, _ in _tiles(features, features, "neighbours within a set"):
        candidates = np.concatenate([nearest[rows], np.partition(squared, min(k, squared.shape[1] - 1))[:, : k + 1]], axis=1)
        nearest[rows] = np.partition(candidates, k)[:, : k + 1]
    # The nearest of all is the sample itself.
    return np.sort(nearest)[:, 1:]


def _tiles(first: np.ndarray, second: np.ndarray, what: str) -> Iterator[Tuple[slice, slice, np.ndarray, float]]:
    """Every tile of the matrix of squared distances: its rows in ``first``, columns in ``second``, values, and their rounding."""
    centre = np.mean(second, axis=0, dtype=np.float64)  # near the origin less is lost to rounding
    starts = [(row, column) for row in range(0, len(first), BLOCK) for column in range(0, len(second), BLOCK)]
    largest = max(
        np.square(part[start : start + BLOCK] - centre).sum(axis=1).max()
        for part in (first, second)
        for start in range(0, len(part), BLOCK)
    )
    for row, column in bar(starts, what):
        one, other = (part[start : start + BLOCK] - centre for part, start in ((first, row), (second, column)))
        squared = np.square(one).sum(axis=1)[:, np.newaxis] + np.square(other).sum(axis=1) - 2 * (one @ other.T)
        squared[squared < ROUNDING * largest] = 0
        yield slice(row, row + BLOCK), slice(column, column + BLOCK), squared, ROUNDING * largest
