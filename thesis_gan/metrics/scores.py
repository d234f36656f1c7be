"""What a run's samples are scored by: that follows from what they are samples of."""

from functools import singledispatch
from typing import Any, Dict, Optional, Sequence

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.data.base import Dataset
from thesis_gan.data.points import Points
from thesis_gan.errors import UserError
from thesis_gan.metrics.evaluate import MINIMUM_IMAGES, evaluate, feature_network
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.inception_weights import weights_at_hand
from thesis_gan.metrics.point_scores import evaluate_points
from thesis_gan.metrics.sliced_wasserstein import sliced_wasserstein_distances

SLICED_IMAGES = 1024  # of each side for the sliced Wasserstein distance, which falls as they grow: as many faces are held out


@singledispatch
def scores(
    data: Dataset,
    samples: np.ndarray,
    features: Optional[FeatureNetwork] = None,
    labels: Optional[np.ndarray] = None,
    resamples: int = 0,
    extrapolate: bool = False,
    metrics: Optional[Sequence[str]] = None,
) -> Dict[str, Any]:
    """Scores of ``samples`` under their names, with their protocol: of images, uint8 (N, H, W, C), against the test images.

    features: by default those that the data set names, or where it names none Inception's, if their weights are at hand.
    labels: the classes asked for, int (N,), if there were any.  resamples, extrapolate, metrics: as :func:`evaluate` has them.
    Of data that have no feature network of their own, or only a small one, the patches are scored too.
    Those of points, float32 (N, 2), against their distribution, are of the points themselves.
    Raises UserError for resamples or an extrapolation without a feature network.
    """
    reference = data.load("test").images
    features = features or _features_of(data, reference)
    if features is not None:
        found = evaluate(samples, reference, data.reference, features, labels, resamples, extrapolate, metrics)
    elif resamples or extrapolate:
        raise UserError("--bootstrap and --extrapolate need a feature network; name one with --features.")
    else:
        found = {"num_samples": len(samples), "reference": data.reference}
    if not data.by_patches:
        return found
    count = min(SLICED_IMAGES, len(samples), len(reference))
    sliced = sliced_wasserstein_distances(samples[:count], reference[:count])
    return {**found, **sliced, "sliced_wasserstein_images": count, "reference_images": len(reference)}


def _features_of(data: Dataset, reference: np.ndarray) -> Optional[FeatureNetwork]:
    """The feature network by which samples of ``data`` are scored unasked; None where there is none, or are too few images."""
    if data.features:
        return feature_network(data.features)
    weights = weights_at_hand()
    if weights is None or len(reference) < MINIMUM_IMAGES:
        return None
    return feature_network("inception", weights, mx.gpu() if mx.context.num_gpus() else mx.cpu())


@scores.register
def _(data: Points, samples, features=None, labels=None, resamples=0, extrapolate=False, metrics=None):
    return evaluate_points(samples, data)
