"""All scores of a set of images, under the names of the field's evaluation suites, with their protocol."""

from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Union

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.errors import UserError, nearest
from thesis_gan.metrics.bootstrap import bootstrap_interval
from thesis_gan.metrics.classifier import MNISTFeatures, accuracy
from thesis_gan.metrics.face_classifier import FaceFeatures
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.frechet import Extrapolation, Gaussian, distance_to, frechet_by_count, frechet_distance, gaussian
from thesis_gan.metrics.inception import GluonCVInceptionFeatures, InceptionFeatures
from thesis_gan.metrics.inception_score import inception_score
from thesis_gan.metrics.kernel import SUBSET_SIZE, kernel_distance
from thesis_gan.metrics.manifold import manifold_scores
from thesis_gan.metrics.modes import class_shares, kl_from_uniform, modes_found
from thesis_gan.metrics.reference import reference_statistics

MINIMUM_IMAGES = 100
FEW_IMAGES = 1000  # fewer give a score that is far from that of many

# What can be asked for alone, and the scores that it has.
METRICS = {
    "is": ("inception_score_mean", "inception_score_std"),
    "fid": ("frechet_inception_distance",),
    "kid": ("kernel_inception_distance_mean", "kernel_inception_distance_std"),
    "precision": ("precision",),
    "recall": ("recall",),
    "density": ("density",),
    "coverage": ("coverage",),
    "modes": ("modes_found", "class_kl"),
    "labels": ("label_accuracy",),
    "swd": ("sliced_wasserstein_distance",),
}
SLICED = "swd"  # the one that needs no feature network
MANIFOLD = {"precision", "recall", "density", "coverage"}


def check_metrics(names: Sequence[str]) -> Sequence[str]:
    """``names``, if each is one of METRICS. Raises UserError, listing these, if one is not."""
    for name in names:
        if name not in METRICS:
            raise UserError(f"There is no metric {name!r}; {nearest(name, METRICS)}the metrics are: {', '.join(METRICS)}.")
    return names


def few_images(counts: Iterable[int]) -> List[str]:
    """A warning, if some of the numbers of images by which scores were made are small; else nothing."""
    few = sorted({count for count in counts if count < FEW_IMAGES})
    if not few:
        return []
    return [f"Careful: scores of fewer than {FEW_IMAGES:,} images (here {', '.join(map(str, few))}) are far from those of many."]


def feature_network(name: str, weights: Optional[Path] = None, context: Optional[mx.Context] = None) -> FeatureNetwork:
    """The feature network called ``name``, with ``weights`` or its usual ones.

    The small classifiers always compute on the CPU, so that their scores are the same everywhere; the others on ``context``.
    Raises UserError for weights that are missing or another network's, and for an unknown name.
    """
    classifiers = {network.name: network for network in (MNISTFeatures, FaceFeatures)}
    if name in classifiers:
        return classifiers[name](weights)
    networks = {network.name: network for network in (InceptionFeatures, GluonCVInceptionFeatures)}
    if name not in networks:
        raise UserError(f"There are no features called {name!r}; choose {', '.join(classifiers)}, {' or '.join(networks)}.")
    return networks[name](weights, context)


def evaluate(
    images: np.ndarray,
    reference: Union[np.ndarray, Gaussian],
    reference_name: str,
    features: FeatureNetwork,
    labels: Optional[np.ndarray] = None,
    resamples: int = 0,
    extrapolate: bool = False,
    metrics: Optional[Sequence[str]] = None,
) -> Dict[str, Any]:
    """Scores of ``images`` held against ``reference``, both uint8 (N, H, W, C).

    reference: or only the statistics of its features; all that is scored against it then is FID.
    labels: the classes asked for, int (N,), if the generator was told them; ``label_accuracy`` is then the share of images,
    0 to 1, in which the feature network sees that class, if it knows the classes of the data.
    resamples: how often to resample the images for the 95 % intervals of Inception Score and FID, where these are wanted; 0
    leaves them out.
    extrapolate: whether to add FID's limit for ever more samples.
    metrics: which of METRICS are wanted; by default all that there are.
    Raises UserError for images that cannot be scored, and for metrics that these features and this reference do not give.
    """
    wanted = set(METRICS if metrics is None else metrics)
    check_images(images, "The images")
    expected = None
    if not isinstance(reference, Gaussian):
        _check_reference(images, reference, reference_name)
        expected = reference_statistics(reference, features)
    found = features(images)
    normal = reference if expected is None else expected.gaussian
    if len(normal.mean) != found.pool.shape[1]:
        raise UserError(
            f"{reference_name} holds statistics of {len(normal.mean)} features and {features.name} has {found.pool.shape[1]}; "
            "choose the --features by which they were made."
        )
    scores: Dict[str, Any] = {}
    if "is" in wanted:
        scores["inception_score_mean"], scores["inception_score_std"] = inception_score(found.logits)
    if "fid" in wanted:
        scores["frechet_inception_distance"] = frechet_distance(gaussian(found.pool), normal)
    protocol = {
        "features": features.name,
        "weights_sha256": features.weights_sha256,
        "num_samples": len(images),
        "reference": reference_name,
    }
    if expected is not None and "kid" in wanted:
        subset_size = min(SUBSET_SIZE, len(images), len(reference))
        kernel, kernel_deviation = kernel_distance(found.pool, expected.pool, subset_size=subset_size)
        scores.update(kernel_inception_distance_mean=kernel, kernel_inception_distance_std=kernel_deviation)
        protocol["kernel_subset_size"] = subset_size
    if expected is not None and MANIFOLD & wanted:
        manifold = manifold_scores(found.pool, expected.pool, expected.neighbours)
        scores.update({name: value for name, value in manifold.items() if metrics is None or name in wanted})
    if features.classes and "modes" in wanted:
        shares = class_shares(found.logits)
        scores.update(modes_found=modes_found(shares), class_kl=kl_from_uniform(shares))
    if features.classes and labels is not None and "labels" in wanted:
        scores["label_accuracy"] = accuracy(found, labels)
    missing = [name for name in metrics or () if not set(METRICS[name]) & set(scores)]
    if missing:
        raise UserError(
            f"{' and '.join(missing)} cannot be had of these images in {features.name} features against {reference_name}; "
            "leave it out of --metrics."
        )
    if resamples:
        distance = distance_to(normal)
        intervals = {
            "is": ("inception_score_interval", lambda chosen: inception_score(found.logits[chosen])[0]),
            "fid": ("frechet_inception_distance_interval", lambda chosen: distance(gaussian(found.pool[chosen]))),
        }
        for metric, (name, statistic) in intervals.items():
            if metric in wanted:
                scores[name] = list(bootstrap_interval(statistic, len(images), resamples))
        scores["resamples"] = resamples
    if extrapolate:
        scores["frechet_inception_distance_limit"] = frechet_by_count(found.pool, normal, _tenths(len(images))).limit
    return {**scores, **protocol}


def distances_by_count(images: np.ndarray, reference: np.ndarray, features: FeatureNetwork) -> Extrapolation:
    """FID of tenths of ``images`` up to all of them against ``reference``, both uint8 (N, H, W, C), and its limit."""
    return frechet_by_count(features(images).pool, reference_statistics(reference, features).gaussian, _tenths(len(images)))


def check_images(images: np.ndarray, name: str) -> None:
    """Raises UserError unless ``images`` is uint8 (N, H, W, C) with C = 1 or 3 and enough images to score."""
    if images.dtype != np.uint8:
        raise UserError(f"{name} must be uint8 from 0 to 255, not {_described(images)}.")
    if images.ndim != 4 or images.shape[3] not in (1, 3) or 0 in images.shape:
        raise UserError(f"{name} must have the shape (N, H, W, C) with C = 1 or 3, not {images.shape}.")
    if len(images) < MINIMUM_IMAGES:
        raise UserError(f"{name} are {len(images)}; at least {MINIMUM_IMAGES} are needed for a score.")


def _check_reference(images: np.ndarray, reference: np.ndarray, name: str) -> None:
    check_images(reference, f"The reference images ({name})")
    if images.shape[3] != reference.shape[3]:
        raise UserError(
            f"The images have {images.shape[3]} channel(s) and the reference ({name}) has {reference.shape[3]}; "
            "make both grey or both colour."
        )


def _tenths(count: int) -> List[int]:
    return [count * tenths // 10 for tenths in range(1, 11)]


def _described(images: np.ndarray) -> str:
    if not (np.issubdtype(images.dtype, np.number) and images.size):
        return f"{images.dtype}; save them as numbers"
    if not np.isfinite(images).all():
        return f"{images.dtype} with NaN or infinity among them; see what made them"
    return f"{images.dtype} from {images.min():.4g} to {images.max():.4g}; scale them to that range, round and convert them"
