"""The real images nearest to generated ones, pixel by pixel: whether a generator copies what it was trained on."""

from typing import Tuple

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.metrics.progress import bar

HELD = 2**24  # pixels of real images taken into float64 at a time: 128 MiB


def nearest_images(generated: np.ndarray, real: np.ndarray, k: int = 1) -> Tuple[np.ndarray, np.ndarray]:
    """Positions in ``real``, int64 (N, k), of the ``k`` images nearest to each generated one; distances, float64 (N, k).

    generated: uint8 (N, H, W, C), a few.  real: uint8 (M, H, W, C), M >= k, as many as there are; it may be a memory map, which
    is read part by part. The distance is Euclidean over pixels from 0 to 255, exact but for its root; nearest first, of equals
    the first in ``real``. Raises UserError for other arrays.
    """
    for images in (generated, real):
        if images.dtype != np.uint8 or images.ndim != 4:
            raise UserError(f"The images must be uint8 (N, H, W, C), not {images.dtype} {images.shape}.")
    if generated.shape[1:] != real.shape[1:]:
        raise UserError(f"Images of {generated.shape[1:]} and of {real.shape[1:]} cannot be compared; bring both to one shape.")
    if not 1 <= k <= len(real):
        raise UserError(f"There are {len(real)} real images; of them, {k} nearest cannot be found.")
    wanted = _flat(generated)
    positions = np.empty((len(generated), 0), np.int64)
    squared = np.empty((len(generated), 0))
    step = max(1, HELD // max(1, wanted.shape[1]))
    for start in bar(range(0, len(real), step), "nearest real images"):
        part = _flat(real[start : start + step])
        # Whole numbers below 2^53: every one of these sums is exact.
        found = np.square(wanted).sum(axis=1)[:, np.newaxis] + np.square(part).sum(axis=1) - 2 * (wanted @ part.T)
        squared = np.concatenate([squared, found], axis=1)
        known = np.broadcast_to(np.arange(start, start + len(part)), found.shape)
        positions = np.concatenate([positions, known], axis=1)
        order = np.argsort(squared, axis=1, kind="stable")[:, :k]
        squared, positions = (np.take_along_axis(values, order, axis=1) for values in (squared, positions))
    return positions, np.sqrt(squared)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float64)
