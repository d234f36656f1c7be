"""Pictures in a folder as one array."""

import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import IO, List, NamedTuple, Sequence

import numpy as np
from PIL import Image, ImageFile, ImageOps

from thesis_gan import files
from thesis_gan.data.array_files import load_array, refuse_zeros_and_ones
from thesis_gan.errors import UserError, say
from thesis_gan.progress_bar import bar

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".pnm", ".npy")

# What operating systems leave in folders; ._X is macOS's note on X.
SYSTEM_FILES = (".ds_store", "thumbs.db", "desktop.ini", "__macosx")

NAMES_SHOWN = 5

# Pillow's names for grey of more than 8 bits.
DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")

# What damaged bytes raise in Pillow.
DAMAGE = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, struct.error, zlib.error)


def load_folder(folder: Path) -> np.ndarray:
    """The pictures in ``folder`` (not in folders below it) in the order of their names, uint8 (N, H, W, C).

    C is 1 if all are grey, be it by three equal channels, else 3, grey ones among them repeated. They are upright, as their EXIF
    orientation says; an alpha of 255 everywhere is left out. An .npy is one picture, uint8 (H, W) or (H, W, C).

    What else lies there is said on standard error.
    Raises UserError, naming the file, for a picture that cannot be read, has another size than the first, several pages,
    transparency or more than 8 bits; and for a folder without pictures, or with pictures of 0 and 1 only.
    """
    contents = survey(folder)
    if not contents.pictures:
        inside = f" itself, only folders ({named(contents.folders)})" if contents.folders else f" ({', '.join(SUFFIXES)})"
        raise UserError(f"{folder} holds neither a run nor pictures{inside}; name another folder or an .npz file.")
    left_out = contents.left_out()
    if left_out:
        say(f"{folder}: {len(contents.pictures)} pictures are read; {left_out}.")
    images = _stacked(contents.pictures)
    refuse_zeros_and_ones(images, folder)
    return images


class Contents(NamedTuple):
    """What a folder holds, each sorted: paths of pictures; names of other files, and of folders, but the system's."""

    pictures: List[Path]
    others: List[str]
    folders: List[str]

    def left_out(self) -> str:
        """What is no picture, counted and named; "" if that is nothing."""
        kinds = ((self.others, "file that is no picture", "files that are no pictures"), (self.folders, "folder", "folders"))
        parts = [f"{len(names)} {one if len(names) == 1 else many} ({named(names)})" for names, one, many in kinds if names]
        return " and ".join(parts) + " left out" if parts else ""


def survey(folder: Path) -> Contents:
    """What lies in ``folder``, by names and kinds alone. A link counts as a picture even if what it points to is missing."""
    contents = Contents([], [], [])
    for entry in sorted(os.scandir(str(folder)), key=lambda entry: entry.name):
        if entry.name.lower() in SYSTEM_FILES or entry.name.startswith("._"):
            continue
        path = Path(folder) / entry.name
        if entry.is_dir():
            contents.folders.append(entry.name)
        elif path.suffix.lower() in SUFFIXES and (entry.is_file() or (entry.is_symlink() and not path.exists())):
            contents.pictures.append(path)
        else:
            contents.others.append(entry.name)
    return contents


def named(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _stacked(paths: Sequence[Path], channels: int = 1) -> np.ndarray:
    """All pictures in one array, which is the only place where they are held."""
    refuse_truncated()
    images = np.empty(0, np.uint8)
    for place, path in enumerate(bar(paths, "reading pictures")):
        picture = read_one(path)
        if place == 0:
            images = np.empty((len(paths), *picture.shape[:2], channels), np.uint8)
        if picture.shape[:2] != images.shape[1:3]:
            sizes = (f"{width}x{height}" for height, width in (picture.shape[:2], images.shape[1:3]))
            raise UserError(f"{path} is {' pixels, and '.join(sizes)} is {paths[0].name}; make all pictures of one size.")
        if picture.shape[2] > channels:
            break
        images[place] = picture
    else:
        return images
    del images  # before there is one for pictures in colour
    return _stacked(paths, 3)


def refuse_truncated() -> None:
    """GluonCV, once imported, has Pillow fill what is missing of a truncated picture with grey; no more from here on."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def read_one(path: Path) -> np.ndarray:
    """The picture in a file, uint8 (H, W, C): C is 1 if the channels are equal, else 3. Raises as :func:`load_folder`."""
    return grey_if_equal(_read_array(path) if path.suffix.lower() == ".npy" else _read_picture(path))


def grey_if_equal(pixels: np.ndarray) -> np.ndarray:
    """uint8 (H, W, C), C = 1 or 3 -> the same with C = 1 if the channels are equal."""
    grey = pixels.shape[2] == 3 and all(np.array_equal(pixels[..., 0], pixels[..., other]) for other in (1, 2))
    return pixels[..., :1] if grey else pixels


def _read_picture(path: Path) -> np.ndarray:
    """uint8 (H, W, C), C = 1 or 3."""
    try:
        # Given the path, Pillow may map the file, and then turns an uncompressed TIFF wrongly.
        with open(str(path), "rb") as file:
            return decode(file, str(path))
    except DAMAGE:
        raise UserError(
            files.unreadable(path) or f"{path} is no readable picture; make it anew, or take it out of the folder."
        ) from None


def decode(file: IO[bytes], path: str) -> np.ndarray:
    """The picture in an open file, uint8 (H, W, C), C = 1 or 3; ``path`` is what sentences call it.

    Raises UserError as :func:`load_folder`, but what DAMAGE lists if it is no readable picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is damaged beside the pixels
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                pages = getattr(picture, "n_frames", 1)
                deep = ";16" in str(picture.tile)  # Pillow would drop the lower half of each number
                mode = "RGBA" if "transparency" in picture.info else picture.mode
                # What a camera's MPO has beside the picture is the same one, small or from the other eye.
                if pages > 1 and picture.format != "MPO":
                    raise UserError(f"{path} has {pages} pages; save each as a picture of its own.")
                upright = _upright(picture)
                if deep or mode in DEEP:
                    raise UserError(f"{path} has more than 8 bits per channel (mode {mode}); save it as grey or RGB of 8 bits.")
                if mode in ("1", "L"):
                    return np.asarray(upright.convert("L"))[..., np.newaxis]
                if mode in ("RGB", "P", "YCbCr", "CMYK"):
                    return np.asarray(upright.convert("RGB"))
                if mode not in ("RGBA", "LA", "PA"):
                    raise UserError(f"{path} is of a kind that is not read (mode {mode}); save it as grey or RGB of 8 bits.")
                pixels = np.asarray(upright.convert("RGBA"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise UserError(f"{path} has more than {Image.MAX_IMAGE_PIXELS:,} pixels; make it smaller.") from None
    if pixels[..., 3].min() < 255:
        raise UserError(f"{path} has transparency (mode {mode}); save it as grey or RGB of 8 bits.")
    return pixels[..., :3]


def _upright(picture: Image.Image) -> Image.Image:
    """``picture``, turned as its EXIF orientation says. Damaged EXIF says nothing, as other programs take it."""
    try:
        turned = picture.getexif().get(0x0112, 1) != 1
        return ImageOps.exif_transpose(picture) if turned else picture
    except DAMAGE:
        picture.load()  # raises again if it was not the EXIF
        return picture


def _read_array(path: Path) -> np.ndarray:
    """uint8 (H, W, C), C = 1 or 3, of an .npy with one picture."""
    pixels = load_array(path)
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or 0 in pixels.shape:
        raise UserError(
            f"{path} in a folder is to be one picture, uint8 (H, W) or (H, W, C) with C = 1 or 3, and is {pixels.dtype} "
            f"{pixels.shape}; name an .npy of all images itself."
        )
    return pixels
