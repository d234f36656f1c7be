"""Draws the faces: anime-like portraits, a stand-in for the thesis's 8,000 girl faces, which were never published.

The style is "Lorelei" by Lisa Wischofsky (CC0 1.0) as the package dicebear-styles has it, with colours and haircuts of ours. A
face is a function of its number alone, to the byte: the packages in requirements-faces.txt are pinned, DiceBear draws all
attributes from a hash of the number, and the pixels are made by resvg without fonts.
"""

import contextlib
import hashlib
import importlib.resources
import importlib.util
import io
import json
import pickle
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from PIL import Image

from thesis_gan.cache import cache_folder
from thesis_gan.errors import UserError
from thesis_gan.progress_bar import bar

SIZE = 64  # the side of the recorded faces, in pixels
PART = 32  # faces that a process draws before it hands them over
OVERSAMPLING = 2  # a face is drawn this many times as large, then averaged

INSTALL = "./run_all.sh setup --faces (or pip install -r requirements-faces.txt)"
FIRST_PYTHON = (3, 10)  # of the drawing packages
PACKAGES = ("dicebear", "dicebear_styles", "resvg_py")
# SHA-256 of the first eight faces, uint8 (8, 64, 64, 3): other versions of the packages draw others.
FIRST, FIRST_SHA256 = 8, "a8c5208d905b6ce4b6f16519bcda47111f15c9c795ea1ae07f2161cb6c0408c0"

HAIR_COLORS = {
    "black": "2b1d1a",
    "dark brown": "4a2c20",
    "brown": "7a4a2b",
    "light brown": "b5762f",
    "blond": "e8c96a",
    "pale blond": "f3e2a0",
    "silver": "d9dde6",
    "grey": "8a8fa6",
    "deep pink": "e0568c",
    "pink": "f4a3c0",
    "auburn": "b04a3a",
    "red": "d9412f",
    "orange": "f08a3c",
    "violet": "5b3b8c",
    "lilac": "9a6fd0",
    "blue": "3c62c8",
    "sky blue": "6fb4e8",
    "teal": "2f8f8a",
    "green": "57b36a",
}

# All of what follows is ours: haircuts that a girl may have, and flat colours that can be told from each other.
CHOICES: Dict[str, Tuple[str, ...]] = {
    "hairVariant": tuple(
        f"variant{number}"
        for number in (10, 13, 14, 15, 16, 17, 18, 19, 21, 23, 24, 26, 29, 30, 31, 32, 33, 35, 37, 38, 40, 41, 42, 45, 46, 48)
    ),
    "hairColor": tuple(HAIR_COLORS.values()),
    "skinColor": ("fde3d2", "fbd3bd", "f6c6a4", "eeb48e", "d99a72", "b97a54", "96603f", "f9dcc4"),
    "backgroundColor": ("b6e3f4", "c0aede", "d1d4f9", "ffd5dc", "ffdfbf", "c8ecd0", "f4f1c6", "e6e6e6", "a7c7e7", "f2b8c6"),
    "eyesColor": ("1c1420", "2a3a78", "1f5a4a", "5a2f1a", "5b2a6e"),
    "mouthColor": ("8c1f2f", "b03040", "5c1a24"),
    "glassesColor": ("1c1420", "7a1f2f", "1f3a7a"),
    "earringsColor": ("d9a62e", "c0c4cc", "b03060"),
    "hairAccessoriesColor": ("d9412f", "e0568c", "d9a62e"),
    "flip": ("none", "horizontal"),
}
OPTIONS: Dict[str, Any] = {
    **{name: list(values) for name, values in CHOICES.items()},
    "eyebrowsColor": ["1c1420"],
    "outlineColor": ["1c1420"],
    "noseColor": ["5a3028"],
    "frecklesColor": ["a0522d"],
    "beardProbability": 0,
    "scale": [1.2, 1.35],
    "rotate": [-5, 5],
}


def _variants(count: int, name: str = "variant") -> Tuple[str, ...]:
    return tuple(f"{name}{number:02}" for number in range(1, count + 1))


# The arrays that say what was drawn: name -> DiceBear's option and its values, in the order of the indices.
ATTRIBUTES: Dict[str, Tuple[str, Sequence[str]]] = {
    "labels": ("hairColor", CHOICES["hairColor"]),
    "hair_style": ("hairVariant", CHOICES["hairVariant"]),
    "skin_color": ("skinColor", CHOICES["skinColor"]),
    "background_color": ("backgroundColor", CHOICES["backgroundColor"]),
    "head_style": ("headVariant", _variants(4)),
    "eyes_style": ("eyesVariant", _variants(24)),
    "eyes_color": ("eyesColor", CHOICES["eyesColor"]),
    "eyebrows_style": ("eyebrowsVariant", _variants(13)),
    "nose_style": ("noseVariant", _variants(6)),
    "mouth_style": ("mouthVariant", (*_variants(18, "happy"), *_variants(9, "sad"))),
    "mouth_color": ("mouthColor", CHOICES["mouthColor"]),
    "glasses_style": ("glassesVariant", _variants(5)),
    "glasses_color": ("glassesColor", CHOICES["glassesColor"]),
    "earrings_style": ("earringsVariant", _variants(3)),
    "earrings_color": ("earringsColor", CHOICES["earringsColor"]),
    "freckles": ("frecklesVariant", _variants(1)),
    "flowers_color": ("hairAccessoriesColor", CHOICES["hairAccessoriesColor"]),
    "flip": ("flip", CHOICES["flip"]),
}
MEASURES = ("scale", "rotate")


class Faces(NamedTuple):
    """Drawn faces and what was drawn.

    images: uint8 (N, S, S, 3).  attributes: by the names in ATTRIBUTES, int64 (N,), where an index counts the values listed there
    from 0 and -1 says that there is none (no glasses, no freckles …), and by those in MEASURES, float64 (N,): the size of the
    head, 1.2 to 1.35, and its tilt in degrees, -5 to 5.  ``labels`` is the colour of the hair, 0 to 18, as in HAIR_COLORS.
    """

    images: np.ndarray
    attributes: Dict[str, np.ndarray]


def draw(count: int, size: int = SIZE, first: int = 0, processes: Optional[int] = None) -> Faces:
    """The faces number ``first`` to ``first + count - 1``, ``size`` pixels wide and high, with a progress bar.

    A size that divides 64 is the mean over squares of pixels of the faces of 64, so that both show the same pictures.
    processes: how many draw side by side (default: one per core); the bytes do not depend on it.
    Raises UserError where the drawing packages are not installed, or draw other faces than they should.
    """
    require_packages()
    _require_same_faces()
    pictures, chosen = np.empty((count, size, size, 3), np.uint8), []
    for part in _parts(range(first, first + count), size, processes):
        for picture, options in part:
            pictures[len(chosen)] = picture
            chosen.append(options)
    attributes = {
        name: np.array([_index(options, option, values) for options in chosen], np.int64)
        for name, (option, values) in ATTRIBUTES.items()
    }
    attributes.update({name: np.array([options[name] for options in chosen], np.float64) for name in MEASURES})
    return Faces(pictures, attributes)


def require_packages() -> None:
    """Raises UserError, with the way to mend it, where the drawing packages are not installed."""
    if all(importlib.util.find_spec(name) for name in PACKAGES):
        return
    if sys.version_info < FIRST_PYTHON:
        raise UserError(
            f"Drawing faces needs Python 3.10 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}: make the file "
            f"with `thesis-gan faces --output {cache_path().name}` on such a Python, here or on another machine, and put it at "
            f"{cache_path()}."
        )
    raise UserError(f"The packages that draw the faces are not installed; install them: {INSTALL}.")


@lru_cache(maxsize=None)
def _require_same_faces() -> None:
    if hashlib.sha256(np.stack([picture for picture, _ in _drawn(range(FIRST), SIZE)])).hexdigest() != FIRST_SHA256:
        raise UserError(f"The drawing packages draw other faces than the recorded ones; install the right versions: {INSTALL}.")


def cache_path() -> Path:
    """Where the recorded faces are kept between runs of the program."""
    return cache_folder() / "faces.npz"


def _index(options: Dict[str, Any], option: str, values: Sequence[str]) -> int:
    """Which of the values was chosen, -1 for none."""
    value = options.get(option)
    if value is None:
        return -1
    return values.index(value[0].lstrip("#") if isinstance(value, list) else value)


Drawn = Tuple[np.ndarray, Dict[str, Any]]  # uint8 (S, S, 3), and DiceBear's options as they were chosen


def _drawn(numbers: Iterable[int], size: int) -> Iterator[Drawn]:
    """The faces of these numbers, one after the other."""
    from dicebear import Avatar
    from resvg_py import svg_to_bytes

    shrink = SIZE // size if SIZE % size == 0 else 1  # from the recorded size
    side = size * shrink * OVERSAMPLING
    for number in numbers:
        avatar = Avatar(_style(), {**OPTIONS, "seed": f"0-{number}"}).to_json()
        content = svg_to_bytes(svg_string=avatar["svg"], width=side, height=side, skip_system_fonts=True)
        with Image.open(io.BytesIO(content)) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        yield mean_of_squares(mean_of_squares(pixels, OVERSAMPLING), shrink), avatar["options"]


@lru_cache(maxsize=None)
def _style() -> Any:
    from dicebear import Style

    return Style(json.loads(importlib.resources.files("dicebear_styles").joinpath("lorelei.json").read_text("utf-8")))


def mean_of_squares(pictures: np.ndarray, side: int) -> np.ndarray:
    """uint8 (..., H, W, C) -> uint8 (..., H / side, W / side, C): the mean over squares of pixels, halves rounded up."""
    *more, height, width, channels = pictures.shape
    squares = pictures.reshape(*more, height // side, side, width // side, side, channels)
    return ((squares.sum(axis=(-4, -2), dtype=np.uint32) + side * side // 2) // (side * side)).astype(np.uint8)


def _parts(numbers: range, size: int, processes: Optional[int]) -> Iterator[List[Drawn]]:
    """The faces in parts, in their order. Part i is drawn by process i % processes, which waits until it is fetched."""
    from thesis_gan._compat import usable_cores  # imports MXNet, which the processes that draw do not need

    parts = [numbers[start : start + PART] for start in range(0, len(numbers), PART)]
    processes = min(processes or usable_cores(), len(parts))
    if processes <= 1:
        for part in bar(parts, "drawing faces"):
            yield list(_drawn(part, size))
        return
    artists = []
    with contextlib.ExitStack() as stack:
        for part in parts[:processes]:
            command = [sys.executable, "-m", __name__, *map(str, (size, part.start, numbers.stop, PART * processes))]
            artists.append(stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE)))
            stack.callback(artists[-1].kill)  # none is left behind, whatever ends this one
        for index in bar(range(len(parts)), "drawing faces"):
            try:
                yield pickle.load(artists[index % processes].stdout)
            except (EOFError, pickle.UnpicklingError):
                raise UserError("A process that draws faces has ended early; free some memory and draw again.") from None


def _draw_for_another_process(size: int, start: int, stop: int, stride: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that reads, which ends this one
    with contextlib.suppress(BrokenPipeError):  # nobody reads any more
        for first in range(start, stop, stride):
            pickle.dump(list(_drawn(range(first, min(first + PART, stop)), size)), sys.stdout.buffer)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    _draw_for_another_process(*map(int, sys.argv[1:]))
