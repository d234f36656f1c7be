"""Resizing as the Inception network of FID expects it: TensorFlow 1's bilinear interpolation without corner alignment."""

from typing import Tuple

import numpy as np


def resize(images: np.ndarray, size: int) -> np.ndarray:
    """uint8 (N, H, W, C), 0 to 255 -> float32 (N, C, size, size), 0 to 255, not rounded.

    Pixel i of the result is at i * H / size of the source: neither pixel centres nor corners fall together, which shifts the
    image, and nothing is smoothed first when it shrinks (tf.image.resize_bilinear of TensorFlow 1; Parmar et al. 2022).
    """
    rows, next_rows, down = _positions(images.shape[1], size)
    columns, next_columns, right = _positions(images.shape[2], size)
    pixels = np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32)
    # Columns first, as TensorFlow has it: float32 rounds the other order otherwise.
    left = pixels[..., columns]
    across = left + (pixels[..., next_columns] - left) * right
    upper = across[:, :, rows]
    return upper + (across[:, :, next_rows] - upper) * down[:, np.newaxis]


def _positions(source: int, target: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel of the target: the source's pixel before it, the one after, and how far it is between them, 0 to 1."""
    places = np.arange(target, dtype=np.float32) * np.float32(source / target)
    before = places.astype(np.int64)
    return before, np.minimum(before + 1, source - 1), places - before.astype(np.float32)
