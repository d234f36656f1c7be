"""What a run's samples are scored by: that follows from what they are samples of."""

from functools import singledispatch
from typing import Any, Dict, Optional, Sequence, Tuple, Union

import numpy as np

from thesis_gan.data.base import Dataset
from thesis_gan.data.points import Points
from thesis_gan.device import context
from thesis_gan.errors import UserError
from thesis_gan.metrics.evaluate import MINIMUM_IMAGES, SLICED, evaluate, feature_network
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.frechet import Gaussian
from thesis_gan.metrics.inception_weights import weights_at_hand
from thesis_gan.metrics.point_scores import evaluate_points
from thesis_gan.metrics.sliced_wasserstein import sliced_wasserstein_distances, sliced_wasserstein_interval
from thesis_gan.streams import Streams

WITH_INTERVALS = {"is", "fid", SLICED}
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
    Raises UserError for resamples, an extrapolation or metrics without the feature network that they need; resamples of the
    patches need none.
    """
    reference = data.load("test").images
    features = features or _features_of(data, reference)
    seen = labels_seen(labels, data, features)
    more = (resamples, extrapolate, metrics)
    found = against(samples, reference, data.reference, features, seen, *more, by_patches=data.by_patches, mixed=(True, True))
    return {**found, "reference_images": len(reference)} if "sliced_wasserstein_images" in found else found


def labels_seen(labels: Optional[np.ndarray], data: Dataset, features: Optional[FeatureNetwork]) -> Optional[np.ndarray]:
    """``labels``, classes of ``data``, if the feature network knows these classes."""
    return labels if features is not None and features.classes == data.classes else None


def against(
    images: np.ndarray,
    reference: Union[np.ndarray, Gaussian],
    reference_name: str,
    features: Optional[FeatureNetwork],
    labels: Optional[np.ndarray] = None,
    resamples: int = 0,
    extrapolate: bool = False,
    metrics: Optional[Sequence[str]] = None,
    by_patches: bool = False,
    mixed: Tuple[bool, bool] = (False, False),
) -> Dict[str, Any]:
    """Scores of ``images`` against ``reference`` as :func:`evaluate` has them, and of their patches.

    features: None for those of the patches alone.  by_patches: whether these are wanted where ``metrics`` does not say so.
    mixed: whether the images, and the reference, have their classes mixed, so that the first of them stand for all.
    resamples: as there, and also for the interval of the patches' score where that is wanted.
    Raises UserError as :func:`evaluate`, for what needs a feature network where there is none, and for resamples of metrics that
    have no intervals.
    """
    sliced = by_patches if metrics is None else SLICED in metrics
    of_features = None if metrics is None else [name for name in metrics if name != SLICED]
    wanted = [*(of_features or []), *["--bootstrap"] * bool(resamples and not sliced), *["--extrapolate"] * extrapolate]
    if features is None and wanted:
        need = "needs" if len(wanted) == 1 else "need"
        raise UserError(f"{' and '.join(wanted)} {need} a feature network; name one with --features.")
    if resamples and metrics is not None and not WITH_INTERVALS & set(metrics):
        raise UserError(
            "--bootstrap gives intervals of IS, FID and the sliced Wasserstein distance; add is, fid or swd to --metrics, or "
            "leave --bootstrap out."
        )
    if features is not None and (of_features is None or wanted):
        found = evaluate(images, reference, reference_name, features, labels, resamples, extrapolate, of_features)
    else:
        found = {"num_samples": len(images), "reference": reference_name}
    if not sliced:
        return found
    if isinstance(reference, Gaussian):
        raise UserError(
            f"{reference_name} holds statistics, which are of features, and the sliced Wasserstein distance needs images; name a "
            "feature network with --features, or images with --reference."
        )
    count = min(SLICED_IMAGES, len(images), len(reference))
    some = [each[:count] if is_mixed else some_of(each, count) for each, is_mixed in zip((images, reference), mixed)]
    found = {**found, **sliced_wasserstein_distances(*some), "sliced_wasserstein_images": count}
    if resamples:
        interval = sliced_wasserstein_interval(*some, found["sliced_wasserstein_distance"], resamples)
        found.update(sliced_wasserstein_distance_interval=list(interval), resamples=resamples)
    return found


def some_of(images: np.ndarray, count: int) -> np.ndarray:
    """So many of ``images`` as chance says, the same each time, in their order: a file may have one class after another."""
    return images[np.sort(Streams(0).at("some images", 0).permutation(len(images))[:count])]


def _features_of(data: Dataset, reference: np.ndarray) -> Optional[FeatureNetwork]:
    """The feature network by which samples of ``data`` are scored unasked; None where there is none, or are too few images."""
    if data.features:
        return feature_network(data.features)
    weights = weights_at_hand()
    if weights is None or len(reference) < MINIMUM_IMAGES:
        return None
    return feature_network("inception", weights, context("auto"))


@scores.register
def _(data: Points, samples, features=None, labels=None, resamples=0, extrapolate=False, metrics=None):
    return evaluate_points(samples, data)
