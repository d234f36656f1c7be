"""Pictures and arrays of images as files: PNG, GIF, WebP, .npz."""

import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from thesis_gan import files
from thesis_gan.errors import NoPlace, UserError

MOST = {".gif": 65_535, ".webp": 16_383}  # pixels on a side of an animation


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write uint8 (H, W, C), C = 1 or 3, as PNG, whole or not at all."""
    content = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(content, "PNG")
    files.write_bytes(path, content.getvalue())


def write_pictures(folder: Path, pictures: Iterable[np.ndarray]) -> None:
    """Write each of the pictures, uint8 (H, W, C), as a PNG in a new folder, all of them or none: 00000.png and so on.

    Raises UserError if the folder holds something already, NoPlace if it cannot be made.
    """
    folder = Path(folder)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UserError(f"{folder} holds something already; name a new folder.")
    making = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=str(folder.parent), prefix=f".{folder.name}.", suffix=files.TEMPORARY))
        for number, picture in enumerate(pictures):
            pixels = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
            pixels.save(str(making / f"{number:05d}.png"))
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(str(making), 0o777 & ~mask)  # mkdtemp makes folders private
        os.replace(str(making), str(folder))
        making = None
    except OSError as error:
        raise NoPlace(f"Cannot write {folder} ({error.strerror}); {files.remedy(error)}.") from None
    finally:
        if making is not None:
            shutil.rmtree(str(making), ignore_errors=True)


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
    """Write frames, uint8 (H, W, C) of one size, as an endless animation, whole or not at all. milliseconds: each is shown for.

    ``path`` ends in .gif, or in .webp, which is a fifth as large and keeps all colours, but no pixel exactly.
    """
    pictures = [Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in frames]
    content = io.BytesIO()
    side = max(frames[0].shape[:2])
    most = MOST[path.suffix]
    if side > most:
        remedy = "write a .gif, or make it smaller" if side <= MOST[".gif"] else "make it smaller"
        raise UserError(f"{path} would be {side:,} pixels on a side, and a {path.suffix} has {most:,} at most; {remedy}.")
    form = {".gif": ("GIF", {"optimize": False}), ".webp": ("WEBP", {"quality": 60, "method": 6})}[path.suffix]
    pictures[0].save(content, form[0], save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0, **form[1])
    files.write_bytes(path, content.getvalue())


def titled(picture: np.ndarray, text: str) -> np.ndarray:
    """``picture``, uint8 (H, W, C), with a black strip of 14 pixels above it in which ``text`` stands."""
    strip = Image.new("L", (picture.shape[1], 14))
    ImageDraw.Draw(strip).text((3, 1), text, fill=255)
    return np.concatenate([np.repeat(np.asarray(strip)[..., None], picture.shape[2], axis=2), picture])


def save_npz(path: Path, images: np.ndarray, **others: np.ndarray) -> None:
    """Write uint8 (N, H, W, C) as ``arr_0`` of an .npz, and other arrays under their names; whole or not at all."""
    content = io.BytesIO()
    np.savez_compressed(content, images, **others)
    files.write_bytes(path, content.getvalue())
