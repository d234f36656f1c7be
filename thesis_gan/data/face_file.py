"""The faces as a file: drawn once, kept in the cache, and verified whenever they are read."""

import hashlib
import sys
from pathlib import Path
from typing import Tuple

import numpy as np

from thesis_gan.cache import alone
from thesis_gan.data.face_drawing import ATTRIBUTES, MEASURES, SIZE, Faces, cache_path, draw, require_packages
from thesis_gan.data.picture_files import save_npz
from thesis_gan.errors import Damaged, UserError

COUNT = 8192  # the thesis has "more than 8,000"
# Of the bytes of the images, uint8 (8192, 64, 64, 3); of those of the attributes in the order of their names.
IMAGES_SHA256 = "808eae2c5bc39f057b272ea6cee6dba824b4581090fba556ca916daad48960ee"
ATTRIBUTES_SHA256 = "569d3e3ca68fdf9fa9da127aecbe9e54ab55b4652e8bbdd407f7644513d49e29"


def load() -> Faces:
    """The 8,192 recorded faces, uint8 (8192, 64, 64, 3), and their attributes, from the cache; drawn there at the first use.

    Raises UserError if the file there holds anything else, if it cannot be written, or where the drawing packages are missing.
    """
    path = cache_path()
    if not path.exists():
        require_packages()
        with alone(path):
            if not path.exists():  # another process may have drawn them meanwhile
                print(f"Drawing {COUNT:,} faces, once, into {path}; a minute or two ...", file=sys.stderr, flush=True)
                make(path)
    faces = read(path)
    if digests(faces) != (IMAGES_SHA256, ATTRIBUTES_SHA256):
        raise Damaged(
            f"{path} does not hold the {COUNT} faces of {SIZE}x{SIZE} that are recorded (its SHA-256 is another); delete it, and "
            "the faces are drawn anew, or bring a file that `thesis-gan faces` made."
        )
    return faces


def make(path: Path, count: int = COUNT, size: int = SIZE) -> None:
    """Draw faces into ``path``, an .npz: ``arr_0``, the attributes under their names; whole or not at all.

    Raises UserError if they cannot be drawn, if the path does not end in .npz, or if it cannot be written.
    """
    if path.suffix != ".npz":
        raise UserError(f"--output {path} must end in .npz.")
    write(path, draw(count, size))


def write(path: Path, faces: Faces) -> None:
    """Write faces as an .npz: ``arr_0``, ``labels`` and the other attributes."""
    save_npz(path, faces.images, **faces.attributes)


def read(path: Path) -> Faces:
    """Read what :func:`write` wrote. Raises Damaged if the file is missing, or another kind of file."""
    try:
        with np.load(str(path), allow_pickle=False) as loaded:
            return Faces(loaded["arr_0"], {name: loaded[name] for name in (*ATTRIBUTES, *MEASURES)})
    except Exception:  # a damaged archive makes zipfile and NumPy raise a dozen kinds
        raise Damaged(f"{path} is not a readable file of faces; delete it, and make it anew with `thesis-gan faces`.") from None


def digests(faces: Faces) -> Tuple[str, str]:
    """SHA-256 of the images' bytes and of the attributes', each 64 hexadecimal digits."""
    attributes = hashlib.sha256()
    for name in sorted(faces.attributes):
        attributes.update(np.ascontiguousarray(faces.attributes[name]))
    return hashlib.sha256(np.ascontiguousarray(faces.images)).hexdigest(), attributes.hexdigest()
