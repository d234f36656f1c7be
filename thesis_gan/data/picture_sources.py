"""A user's own pictures, from wherever they are: a folder (subfolders are classes), an .npz or .npy, or MXNet's RecordIO."""

import io
import os
import struct
import warnings
from functools import cached_property
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from PIL import Image

from thesis_gan.data.array_files import load_array
from thesis_gan.data.picture_folder import DAMAGE, SUFFIXES, Contents, decode, grey_if_equal, read_one, survey
from thesis_gan.errors import UserError

RECORDS = ".rec"
ARRAYS = (".npz", ".npy")


class Item(NamedTuple):
    """One picture, not yet read. label: a class's name, None where there are none.

    size: gives its width and height, (0, 0) where it cannot be opened.
    read: gives uint8 (H, W, C), C = 1 if all channels are equal, else 3; raises UserError, naming it, if it cannot be read.
    """

    label: Optional[str]
    size: Callable[[], Tuple[int, int]]
    read: Callable[[], np.ndarray]


class Source:
    """Pictures at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stamp(self) -> str:
        """A text that is another once a file has been added, taken away or written anew; nothing is read for it."""
        return _stamp([self.path], self.path.parent)

    def items(self) -> Iterator[Item]:
        """The pictures in their order. Raises UserError, naming the file, if it cannot be read at all."""
        raise NotImplementedError

    def left_out(self) -> str:
        """A sentence of what lies there and is no picture of the set; "" if that is nothing."""
        return ""


def open_source(path: Path) -> Source:
    """What lies at ``path``. Raises UserError if it is nothing of which pictures can be had."""
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        here = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise UserError(
            f"{path} is missing{here}; data= takes a folder of pictures, an .npz, an .npy or a .rec, or a data set's name."
        )
    if path.suffix.lower() in ARRAYS:
        return Arrays(path)
    if path.suffix.lower() == RECORDS:
        return Records(path)
    raise UserError(f"{path} is neither a folder of pictures nor an .npz, .npy or .rec file; name one of these.")


class Folder(Source):
    """Pictures in a folder; where it holds none itself, in its subfolders, each a class, and in the folders below these."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        contents = survey(path)
        self._files: List[Tuple[Path, Optional[str]]] = [(file, None) for file in contents.pictures]
        self._hint = " Subfolders are classes where no picture lies beside them." if contents.folders else ""
        if not contents.pictures:
            classes = {name: _below(path / name, name, [os.path.realpath(str(path))]) for name in contents.folders}
            self._files = [(file, name) for name, below in classes.items() for file in below.pictures]
            contents.others.extend(other for below in classes.values() for other in below.others)
            contents = contents._replace(folders=[name for name, below in classes.items() if not below.pictures])
            self._hint = " A class needs pictures." if contents.folders else ""
        if not self._files:
            raise UserError(f"{path} holds no pictures ({', '.join(SUFFIXES)}), nor do its subfolders; name another folder.")
        self._left_out = contents.left_out()

    def stamp(self) -> str:
        return _stamp([file for file, _ in self._files], self.path)

    def items(self) -> Iterator[Item]:
        for file, label in self._files:
            yield Item(label, lambda file=file: _size(file), lambda file=file: read_one(file))

    def left_out(self) -> str:
        return f"{self.path}: {self._left_out}.{self._hint}" if self._left_out else ""


class Arrays(Source):
    """Pictures in NumPy's files: ``arr_0`` of an .npz, with ``labels``, int (N,), if there are any; or an .npy."""

    def items(self) -> Iterator[Item]:
        images = self._images
        labels = self._labels(len(images))
        for place in range(len(images)):
            label = None if labels is None else str(labels[place])
            height, width = images.shape[1:3]
            yield Item(
                label, lambda size=(width, height): size, lambda place=place: grey_if_equal(np.ascontiguousarray(images[place]))
            )

    @cached_property
    def _images(self) -> np.ndarray:
        images = load_array(self.path, mapped=True)
        images = images[..., np.newaxis] if images.ndim == 3 else images
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or 0 in images.shape:
            remedy = (
                "scale its values to 0 to 255 and convert them."
                if images.dtype != np.uint8
                else "move its channels to the end: images.transpose(0, 2, 3, 1)."
                if images.ndim == 4 and images.shape[1] in (1, 3)
                else "leave out its alpha channel: images[..., :3]."
                if images.ndim == 4 and images.shape[3] == 4
                else "save the images so, and some of them."
            )
            shape = f"{images.dtype} {images.shape}"
            raise UserError(f"{self.path} must hold uint8 (N, H, W, C), C = 1 or 3, and holds {shape}; {remedy}")
        return images

    def _labels(self, count: int) -> Optional[np.ndarray]:
        loaded = np.load(str(self.path), "r", allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return None
        with loaded:
            try:
                labels = loaded["labels"] if "labels" in loaded.files else None
            except ValueError:  # Python's objects, of which there may be anything
                labels = np.empty(0, object)
            except Exception:  # a damaged archive makes zipfile and NumPy raise a dozen kinds
                raise UserError(f"The labels in {self.path} are damaged; save the file anew, or leave them out.") from None
        if labels is not None and (labels.shape != (count,) or labels.dtype.kind not in "iu"):
            raise UserError(
                f"The labels in {self.path} must be whole numbers, one for each of its {count} images, and are {labels.dtype} "
                f"{labels.shape}; save them so, or leave them out."
            )
        return labels


class Records(Source):
    """Pictures in a RecordIO file, as MXNet's im2rec writes it, in its order: so its .idx is not needed."""

    def items(self) -> Iterator[Item]:
        from thesis_gan._compat import mx

        damaged = UserError(f"{self.path} is no readable RecordIO file; make it anew with im2rec, or name another.")
        try:
            records = mx.recordio.MXRecordIO(str(self.path), "r")
        except (OSError, mx.MXNetError):
            raise damaged from None
        try:
            for number in range(1 << 62):
                content = records.read()
                if content is None:
                    return
                header, picture = mx.recordio.unpack(content)
                where = f"Record {number} of {self.path}"
                yield Item(
                    _class_of(header.label),
                    lambda picture=picture: _size(io.BytesIO(picture)),
                    lambda picture=picture, where=where: _decoded(picture, where),
                )
        except (OSError, ValueError, mx.MXNetError, struct.error):
            raise damaged from None
        finally:
            records.close()


def _decoded(picture: bytes, where: str) -> np.ndarray:
    try:
        return grey_if_equal(decode(io.BytesIO(picture), where))
    except DAMAGE:
        raise UserError(f"{where} is no readable picture; make the file anew without it.") from None


def _class_of(label) -> Optional[str]:
    """A record's class; None where its label is several numbers, as for detection, or no whole one."""
    numbers = np.atleast_1d(label)
    return str(int(numbers[0])) if len(numbers) == 1 and float(numbers[0]).is_integer() else None


def _size(file) -> Tuple[int, int]:
    try:
        if isinstance(file, Path) and file.suffix.lower() == ".npy":
            height, width = load_array(file).shape[:2]
            return width, height
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file) as picture:
                return picture.size
    except (*DAMAGE, UserError, Image.DecompressionBombError):
        return 0, 0


def _below(folder: Path, name: str, above: Sequence[str]) -> Contents:
    """What ``folder``, called ``name``, and all folders below it hold, in one; the others' names begin with ``name``.

    above: the folders that hold it. Raises UserError where a link leads back to one of these.
    """
    real = os.path.realpath(str(folder))
    if real in above:
        raise UserError(f"{folder} leads by a link back to {real}, which holds it; take the link out, or name another folder.")
    here = survey(folder)
    every = Contents(here.pictures, [f"{name}/{other}" for other in here.others], [])
    for inner in here.folders:
        below = _below(folder / inner, f"{name}/{inner}", [*above, real])
        every.pictures.extend(below.pictures)
        every.others.extend(below.others)
    return every


def _stamp(paths: Sequence[Path], root: Path) -> str:
    lines = []
    for path in paths:
        try:
            status = os.stat(str(path))
            lines.append(f"{os.path.relpath(str(path), str(root))} {status.st_size} {status.st_mtime_ns}")
        except OSError:  # a link without its file: reading it will say so
            lines.append(str(path))
    return "\n".join(lines)
