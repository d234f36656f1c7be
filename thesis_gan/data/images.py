"""The two conventions for images and the way between them.

Inside the program: float32 (N, C, H, W) in [-1, 1]. At the edges (files, metrics): uint8 (N, H, W, C).
Points in the plane are float32 (N, 2) on both sides.
"""

import io
from pathlib import Path
from typing import Sequence

import numpy as np
from PIL import Image, ImageDraw

from thesis_gan import files
from thesis_gan.errors import UserError


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


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write uint8 (H, W, C), C = 1 or 3, as PNG, whole or not at all."""
    content = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(content, "PNG")
    files.write_bytes(path, content.getvalue())


def read_picture(path: Path) -> np.ndarray:
    """Read a PNG that :func:`write_picture` wrote, uint8 (H, W, C). Raises UserError if it is missing or damaged."""
    try:
        with Image.open(str(path)) as picture:
            pixels = np.asarray(picture)
    except OSError:
        raise UserError(
            files.unreadable(path) or f"{path} is no readable picture; restore it from a copy, or train in another folder."
        ) from None
    return pixels[..., None] if pixels.ndim == 2 else pixels


def write_animation(path: Path, frames: Sequence[np.ndarray], milliseconds: int) -> None:
    """Write frames, uint8 (H, W, C) of one size, as an endless GIF, whole or not at all. milliseconds: each is shown for."""
    pictures = [Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in frames]
    content = io.BytesIO()
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0, optimize=False)
    files.write_bytes(path, content.getvalue())


def titled(picture: np.ndarray, text: str) -> np.ndarray:
    """``picture``, uint8 (H, W, C), with a black strip of 14 pixels above it in which ``text`` stands."""
    strip = Image.new("L", (picture.shape[1], 14))
    ImageDraw.Draw(strip).text((3, 1), text, fill=255)
    return np.concatenate([np.repeat(np.asarray(strip)[..., None], picture.shape[2], axis=2), picture])


def save_npz(path: Path, images: np.ndarray) -> None:
    """Write uint8 (N, H, W, C) as ``arr_0`` of an .npz, whole or not at all."""
    content = io.BytesIO()
    np.savez_compressed(content, images)
    files.write_bytes(path, content.getvalue())
