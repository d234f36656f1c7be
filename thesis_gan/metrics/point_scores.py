"""Scores of points in the plane, where the truth is known: the exact distance, the modes found, the share of good samples.

A sample is of high quality within three standard deviations of a mode's centre, as in VEEGAN (Srivastava et al. 2017, §4) and
PacGAN (Lin et al. 2018, §4). There a mode is found where one such sample is; a generator that spreads its samples evenly over
the plane would find all. Here it is found where a tenth of its due share of the samples is (ours).
"""

from typing import Any, Dict

import numpy as np

from thesis_gan.data.points import Mixture, Points
from thesis_gan.metrics.wasserstein import wasserstein_distance
from thesis_gan.streams import Streams

DEVIATIONS = 3.0
MINIMUM_SHARE = 0.1  # of what a mode is due, 1 / modes of the samples
DISTANCE_POINTS = 1000  # the exact distance takes the third power of their number in steps


def evaluate_points(points: np.ndarray, data: Points) -> Dict[str, Any]:
    """Scores of ``points``, float32 (N, 2), N >= 2, held against the distribution ``data``.

    wasserstein_distance: of the first 1,000 of them, or of all if there are fewer, from as many real points;
    wasserstein_distance_real: of two such sets of real points, what a perfect generator would have.
    modes_found, modes, high_quality_share (0 to 1): of a mixture of Gaussians only.
    """
    count = min(DISTANCE_POINTS, len(points))
    reference, others = (data.draw(Streams(0).at("reference points", half), count) for half in (0, 1))
    scores: Dict[str, Any] = {
        "wasserstein_distance": wasserstein_distance(points[:count], reference),
        "wasserstein_distance_real": wasserstein_distance(others, reference),
    }
    if data.mixture:
        shares = mode_shares(points, data.mixture)
        scores.update(
            modes_found=int((shares >= MINIMUM_SHARE / len(shares)).sum()),
            modes=len(shares),
            high_quality_share=float(shares.sum()),
        )
    return {**scores, "num_samples": len(points), "distance_samples": count, "reference": data.name}


def mode_shares(points: np.ndarray, mixture: Mixture) -> np.ndarray:
    """(N, 2) -> (K,): share of the points, 0 to 1, within three standard deviations of each centre, the nearest to them."""
    distances = np.linalg.norm(points[:, None].astype(np.float64) - mixture.centres, axis=2)
    near = distances.min(axis=1) <= DEVIATIONS * mixture.deviation
    return np.bincount(distances.argmin(axis=1)[near], minlength=len(mixture.centres)) / len(points)
