"""MNIST from the four original IDX files, which ship gzipped in ``data/`` and are verified when loaded."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import Optional

import numpy as np

from thesis_gan.data.base import Dataset, LabelledImages
from thesis_gan.errors import UserError

FOLDER = Path(__file__).resolve().parents[2] / "data"

# SHA-256 of the unpacked IDX files, as first published (LeCun, Cortes, Burges).
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class MNIST(Dataset):
    """60,000 digits to train on, 10,000 to score against."""

    name = "mnist"
    title = "MNIST"
    order = 10
    shape = (1, 28, 28)
    classes = tuple("0123456789")
    class_nouns = ("digit", "digits")
    size = 60000
    features = "mnist"
    reference = "mnist-test"

    def load(self, split: str) -> LabelledImages:
        """As the function of this name."""
        return load(split)

    def fingerprint(self) -> str:
        """Of the file of the training images, which is checked whenever they are loaded."""
        return SHA256["train-images-idx3-ubyte"]


def load(split: str, folder: Optional[Path] = None) -> LabelledImages:
    """Load ``split`` "train" (60,000 digits) or "test" (10,000), images uint8 (N, 28, 28, 1).

    Raises UserError, naming the file, if one is missing or damaged.
    """
    prefix = {"train": "train", "test": "t10k"}[split]
    folder = FOLDER if folder is None else Path(folder)
    images = _idx(_verified(folder, f"{prefix}-images-idx3-ubyte"))
    labels = _idx(_verified(folder, f"{prefix}-labels-idx1-ubyte"))
    return LabelledImages(images[..., np.newaxis], labels.astype(np.int64))


def verify(folder: Optional[Path] = None) -> None:
    """Check all four files. Raises UserError for the first that is missing or damaged."""
    for name in SHA256:
        _verified(FOLDER if folder is None else Path(folder), name)


def _verified(folder: Path, name: str) -> bytes:
    path = folder / f"{name}.gz"
    remedy = "restore it with `git checkout -- data`, or see data/README.md for its origin"
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"MNIST file {path} is missing; {remedy}.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"MNIST file {path} cannot be unpacked ({error}); {remedy}.") from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise UserError(f"MNIST file {path} is damaged (its SHA-256 is not the original's); {remedy}.")
    return content


def _idx(content: bytes) -> np.ndarray:
    """An IDX file: two zero bytes, type (8 = uint8), number of dimensions, big-endian sizes, data."""
    dimensions = content[3]
    shape = np.frombuffer(content, ">i4", dimensions, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
