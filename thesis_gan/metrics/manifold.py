"""Fidelity and diversity by nearest neighbours: precision and recall, density and coverage.

A set's manifold is the union of balls, one around each of its samples, that reach to the sample's k-th nearest neighbour.
"""

from typing import Dict, Optional

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.metrics.checks import checked, checked_pair
from thesis_gan.metrics.distances import Pairs

PRECISION_K = 3  # Kynkäänniemi et al. 2019, §3.1; torch-fidelity's default
DENSITY_K = 5  # Naeem et al. 2020, §5


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

    pairs = Pairs(generated, real)
    precise = np.zeros(len(generated), bool)
    recalled, covered = (np.zeros(len(real), bool) for _ in range(2))
    inside = 0
    real_limit = pairs.limit(np.maximum(real_precision, real_density) + pairs.rounding)
    generated_limit = pairs.limit(generated_radii + pairs.rounding)
    for tile in pairs.tiles("neighbours across the sets"):
        chosen = tile.lower <= real_limit[tile.columns]
        chosen |= tile.lower <= generated_limit[tile.rows, np.newaxis]
        one, other, squared = pairs.near(tile, chosen)
        precise[one[squared <= real_precision[other] + pairs.rounding]] = True
        recalled[other[squared <= generated_radii[one] + pairs.rounding]] = True
        in_ball = squared < real_density[other] - pairs.rounding
        covered[other[in_ball]] = True
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
    pairs = Pairs(features, features)
    nearest = np.full((len(features), k), np.inf)  # the last of a row is its largest
    for tile in pairs.tiles("neighbours within a set", upper_triangle=True):
        on_diagonal = tile.rows == tile.columns
        if on_diagonal:
            np.fill_diagonal(tile.lower, np.inf)  # a sample is not its own neighbour
            likely = np.zeros(tile.lower.shape, bool)
            np.put_along_axis(likely, np.argpartition(tile.lower, min(k, len(likely)) - 1)[:, :k], True, axis=1)
            np.fill_diagonal(likely, False)
            one, _, squared = pairs.near(tile, likely)
            _keep_nearest(nearest, one, squared)
            tile.lower[likely] = np.inf
        # No sample is nearer than 0.
        limit = np.where(nearest[:, -1] > 0, pairs.limit(nearest[:, -1]), np.float32(-np.inf))
        chosen = tile.lower < limit[tile.rows, np.newaxis]
        if not on_diagonal:
            chosen |= tile.lower < limit[tile.columns]
        one, other, squared = pairs.near(tile, chosen)
        _keep_nearest(nearest, one, squared)
        if not on_diagonal:
            _keep_nearest(nearest, other, squared)
    return np.sort(nearest)


def _keep_nearest(nearest: np.ndarray, rows: np.ndarray, squared: np.ndarray) -> None:
    """Leaves in the rows of ``nearest``, (N, k), the k smallest of what is there and what ``squared``, (P,), has for them."""
    order = np.argsort(rows, kind="stable")
    known, starts, counts = np.unique(rows[order], return_index=True, return_counts=True)
    if not len(known):
        return
    found = np.full((len(known), counts.max()), np.inf)
    found[np.repeat(np.arange(len(known)), counts), np.arange(len(rows)) - np.repeat(starts, counts)] = squared[order]
    k = nearest.shape[1]
    nearest[known] = np.partition(np.concatenate([nearest[known], found], axis=1), k - 1)[:, :k]
