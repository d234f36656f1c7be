"""All scores of a set of images, under the names of the field's evaluation suites, with their protocol."""

from typing import Any, Dict, Optional

import numpy as np

from thesis_gan.config import CLASSES
from thesis_gan.errors import UserError
from thesis_gan.metrics.classifier import MNISTFeatures, accuracy
from thesis_gan.metrics.frechet import frechet_distance, gaussian
from thesis_gan.metrics.inception_score import inception_score
from thesis_gan.metrics.modes import class_shares, kl_from_uniform, modes_found

MINIMUM_IMAGES = 100


def evaluate(
    images: np.ndarray,
    reference: np.ndarray,
    reference_name: str,
    features: MNISTFeatures,
    labels: Optional[np.ndarray] = None,
) -> Dict[str, Any]:
    """Scores of ``images`` held against ``reference``, both uint8 (N, H, W, C).

    labels: the classes asked for, int (N,), if the generator was told them; ``label_accuracy`` is then the share of images,
    0 to 1, in which the classifier sees that class.  Raises UserError for images that cannot be scored.
    """
    check_images(images, "The images")
    check_images(reference, f"The reference images ({reference_name})")
    found, expected = features(images), features(reference)
    mean, deviation = inception_score(found.logits)
    scores = {
        "inception_score_mean": mean,
        "inception_score_std": deviation,
        "frechet_inception_distance": frechet_distance(gaussian(found.pool), gaussian(expected.pool)),
    }
    if found.logits.shape[1] == CLASSES:  # a classifier of digits
        shares = class_shares(found.logits)
        scores.update(modes_found=modes_found(shares), digit_kl=kl_from_uniform(shares))
    if labels is not None:
        scores["label_accuracy"] = accuracy(found, labels)
    protocol = {
        "features": features.name,
        "weights_sha256": features.weights_sha256,
        "num_samples": len(images),
        "reference": reference_name,
    }
    return {**scores, **protocol}


def check_images(images: np.ndarray, name: str) -> None:
    """Raises UserError unless ``images`` is uint8 (N, H, W, C) with C = 1 or 3 and enough images to score."""
    if images.dtype != np.uint8:
        raise UserError(f"{name} must be uint8 from 0 to 255, not {images.dtype}; scale and round them first.")
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        raise UserError(f"{name} must have the shape (N, H, W, C) with C = 1 or 3, not {images.shape}.")
    if len(images) < MINIMUM_IMAGES:
        raise UserError(f"{name} are {len(images)}; at least {MINIMUM_IMAGES} are needed for a score.")
