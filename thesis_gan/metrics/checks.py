"""What every metric asks of its arrays, refused in one sentence where it is not so."""

import numpy as np

from thesis_gan.errors import UserError

BLOCK = 2048  # rows taken into float64 at a time: 32 MiB of 2048 features


def checked(features: np.ndarray, least: int = 2) -> np.ndarray:
    """``features`` as it is, if it is (N, D) of finite numbers with N >= ``least``; else raises UserError."""
    features = np.asarray(features)
    if features.ndim != 2:
        raise UserError(f"Features must have the shape (N, D), not {features.shape}.")
    if len(features) < least:
        raise UserError(f"There are {len(features)} samples; this metric needs {least} or more.")
    for start in range(0, len(features), BLOCK):
        if not np.isfinite(features[start : start + BLOCK]).all():
            raise UserError("The features hold NaN or infinity; see whether the images or the weights are damaged.")
    return features


def checked_pair(first: np.ndarray, second: np.ndarray) -> None:
    """Raises UserError unless both are features (see :func:`checked`) of the same D."""
    if checked(first).shape[1] != checked(second).shape[1]:
        sizes = f"{first.shape[1]} and of {second.shape[1]} numbers"
        raise UserError(f"Features of {sizes} cannot be compared; compute both with the same network.")
