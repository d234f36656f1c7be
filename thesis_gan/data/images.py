"""The two conventions for images and the way between them.

Inside the program: float32 (N, C, H, W) in [-1, 1]. At the edges (files, metrics): uint8 (N, H, W, C).
Points in the plane are float32 (N, 2) on both sides.
"""

from typing import Sequence

import numpy as np

from thesis_gan.errors import UserError

SEEN = 900  # pixels: about so large is a picture that is to be looked at


def to_network(images: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, C), 0 to 255 -> float32 (N, C, H, W), -1 to 1; points stay as they are."""
    if images.ndim == 2:
        return images
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(127.5) - np.float32(1)


def to_uint8(images: np.ndarray) -> np.ndarray:
    """float32 (N, C, H, W), -1 to 1 -> uint8 (N, H, W, C); rounds to the nearest level, so it inverts to_network."""
    levels = np.rint((images.transpose(0, 2, 3, 1) + 1) * 127.5)
    return np.clip(levels, 0, 255).astype(np.uint8)


def from_network(samples: np.ndarray) -> np.ndarray:
    """The inverse of to_network: images by :func:`to_uint8`, points as they are."""
    return samples if samples.ndim == 2 else to_uint8(samples)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """int (N,), 0 to classes - 1 -> float32 (N, classes). Raises UserError for labels out of that range."""
    if len(labels) and not 0 <= np.min(labels) <= np.max(labels) < classes:
        raise UserError(f"Labels go from 0 to {classes - 1}, not from {np.min(labels)} to {np.max(labels)}.")
    return np.eye(classes, dtype=np.float32)[labels]


def grid(images: np.ndarray, columns: int) -> np.ndarray:
    """uint8 (N, H, W, C) -> one picture (rows * H, columns * W, C), filled row by row; blank places are 0."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width, channels), np.uint8)
    sheet[:count] = images
    sheet = sheet.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return sheet.reshape(rows * height, columns * width, channels)


def to_be_seen(shape: Sequence[int]) -> int:
    """How many times a picture of ``shape`` (H, W, ...) is to be enlarged to be looked at; 1 for a large one."""
    return max(1, min(8, SEEN // max(shape[:2])))


def enlarged(picture: np.ndarray, scale: int) -> np.ndarray:
    """uint8 (H, W, C) -> (scale * H, scale * W, C), each pixel a square."""
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)
