"""A user's pictures, decoded once to one size, in files that training maps into memory and only indexes.

They lie in the cache, known again by names, sizes and dates of the files they were made from; whole or not at all. A tenth, at
most 10,000, is held out: it is never trained on, and samples are scored against it.
"""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np
from PIL import Image

from thesis_gan import files
from thesis_gan.cache import VARIABLE, alone, cache_folder
from thesis_gan.data.base import LabelledImages
from thesis_gan.data.picture_folder import refuse_truncated
from thesis_gan.data.picture_sources import Source
from thesis_gan.errors import NoPlace, UserError, say
from thesis_gan.progress_bar import bar
from thesis_gan.streams import Streams

FORMAT = 1  # counts up when what is kept, or how it is made, changes
SIDES = (28, 32, 64, 128)
HELD_OUT_SHARE, HELD_OUT_MOST = 10, 10_000  # a tenth, at most as many as MNIST's test digits
FEWEST = 20  # pictures, of which two are held out
REASONS_SHOWN = 3


class Prepared(NamedTuple):
    """train, test: images uint8 (N, side, side, C), mapped from their files, and labels.  classes: their names, () for none.

    sha256: of the training images' bytes and labels.
    """

    train: LabelledImages
    test: LabelledImages
    classes: Tuple[str, ...]
    sha256: str


def nearest_side(source: Source) -> int:
    """The largest of SIDES that is not above the smallest picture's shorter side; 28 where that is smaller still."""
    path = cache_folder() / f"sizes-{_key(source)}.json"
    with contextlib.suppress(UserError, KeyError, TypeError):
        return files.read_json(path)["side"]
    refuse_truncated()
    sizes = [min(item.size()) for item in bar(source.items(), "looking at pictures")]
    smallest = min(filter(None, sizes), default=0)  # 0 where none can be opened: reading them will say why
    side = max((side for side in SIDES if side <= smallest), default=SIDES[0])
    with contextlib.suppress(UserError):  # it is asked for again otherwise
        files.write_json(path, {"side": side, "smallest": smallest})
    return side


def prepared(source: Source, side: int, skip_broken: bool) -> Prepared:
    """The pictures of ``source``, from the cache; decoded there at the first use, while other processes that want them wait.

    skip_broken: whether pictures that cannot be read are left out.
    Raises UserError, naming files, if some cannot be read, if there are too few, or if the cache cannot be written.
    """
    folder = cache_folder() / f"pictures-{_key(source, side, skip_broken)}"
    known = _opened(folder)
    if known is None:
        with alone(folder):
            if _opened(folder) is None:  # another process may have made it meanwhile
                _make(source, side, skip_broken, folder)
        known = _opened(folder)
    if known is None:
        raise UserError(f"{folder} is damaged; delete it, and the pictures are read anew.")
    return known


def fitted(picture: np.ndarray, side: int) -> np.ndarray:
    """uint8 (H, W, C) -> uint8 (side, side, C): the square in its middle, resized with a filter that smooths as it shrinks."""
    height, width, channels = picture.shape
    if (height, width) == (side, side):
        return picture
    cut = min(height, width)
    left, top = (width - cut) // 2, (height - cut) // 2
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    resized = image.resize((side, side), Image.LANCZOS, box=(left, top, left + cut, top + cut))
    return np.asarray(resized).reshape(side, side, channels)


def _key(source: Source, *more: Any) -> str:
    text = "\n".join([str(FORMAT), str(source.path.resolve()), *map(str, more), source.stamp()])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _opened(folder: Path) -> Optional[Prepared]:
    """What is kept there; None if there is nothing, or not all of it."""
    try:
        kept = files.read_json(folder / "pictures.json")
        parts = []
        for name in ("train", "test"):
            shape = (kept[name], *kept["shape"])
            if (folder / name).stat().st_size != np.prod(shape):
                return None
            labels = np.load(str(folder / f"{name}-labels.npy"), allow_pickle=False)
            parts.append(LabelledImages(np.asarray(np.memmap(str(folder / name), np.uint8, "r", shape=shape)), labels))
        return Prepared(*parts, tuple(kept["classes"]), kept["sha256"])
    except (UserError, OSError, KeyError, TypeError, ValueError):
        return None


def _make(source: Source, side: int, skip_broken: bool, folder: Path) -> None:
    unfinished = folder.with_suffix(".tmp")
    shutil.rmtree(str(unfinished), ignore_errors=True)  # a killed process's; this one is alone
    try:
        unfinished.mkdir(parents=True)
        _write(source, side, skip_broken, unfinished)
        shutil.rmtree(str(folder), ignore_errors=True)
        os.replace(str(unfinished), str(folder))
    except OSError as error:
        raise NoPlace(
            f"Cannot write {unfinished} ({error.strerror}); free space there, or set ${VARIABLE} to another folder."
        ) from None
    finally:
        shutil.rmtree(str(unfinished), ignore_errors=True)


def _write(source: Source, side: int, skip_broken: bool, folder: Path) -> None:
    refuse_truncated()
    count = sum(1 for _ in source.items())
    # A run may be content with the first of the training images: these are so of all classes.
    rows = Streams(0).at("order of pictures", 0).permutation(count).tolist()
    broken: List[str] = []
    labels: Dict[int, Optional[str]] = {}
    digests: Dict[int, bytes] = {}
    sizes: Set[Tuple[int, int]] = set()
    channels = 1  # three as soon as one picture is in colour
    with contextlib.closing(_Rows(folder / "train", side)) as images:
        for row, item in zip(rows, bar(source.items(), "reading pictures")):
            try:
                picture = item.read()
            except UserError as error:
                broken.append(str(error))
                continue
            sizes.add((picture.shape[1], picture.shape[0]))
            picture = fitted(picture, side)
            channels = max(channels, picture.shape[2])
            images.put(row, picture)
            labels[row], digests[row] = item.label, hashlib.sha256(np.ascontiguousarray(picture)).digest()
        _refuse(source, count, broken, skip_broken)
        held = held_out(digests, source.path)
        classes = _classes(set(labels.values()), source.path)
        with open(str(folder / "test"), "wb") as others:
            for row in held:
                others.write(images.get(row)[..., :channels].tobytes())
        _write_labels(folder / "test", [labels.pop(row) for row in held], classes)
        # What is left is moved to the front: the last rows into the gaps.
        gaps = [row for row in range(len(labels)) if row not in labels]
        for gap, row in zip(gaps, [row for row in sorted(labels) if row >= len(labels)]):
            images.put(gap, images.get(row))
            labels[gap] = labels.pop(row)
        images.finish(len(labels), channels)
        numbers = _write_labels(folder / "train", [labels[row] for row in range(len(labels))], classes)
    digest = hashlib.sha256(files.sha256(folder / "train").encode() + numbers.tobytes()).hexdigest()
    kept = {"shape": [side, side, channels], "train": len(labels), "test": len(held), "classes": classes, "sha256": digest}
    files.write_json(folder / "pictures.json", kept)
    _tell(source, side, sizes, broken, len(held))


class _Rows:
    """A file of pictures, uint8 (N, side, side, 3), filled in any order; grey ones have three equal channels."""

    def __init__(self, path: Path, side: int) -> None:
        self._shape, self._size = (side, side, 3), side * side * 3
        self._file = open(str(path), "w+b", buffering=0)  # noqa: SIM115

    def put(self, row: int, picture: np.ndarray) -> None:
        content = np.ascontiguousarray(np.broadcast_to(picture, self._shape))
        os.pwrite(self._file.fileno(), content, row * self._size)

    def get(self, row: int) -> np.ndarray:
        return np.frombuffer(os.pread(self._file.fileno(), self._size, row * self._size), np.uint8).reshape(self._shape)

    def finish(self, count: int, channels: int) -> None:
        """Keep only so many of the first rows and channels, 1 or 3, and see that they are on the disk."""
        kept_size = self._size // 3 * channels
        if channels == 1:
            for row in range(count):  # each comes to lie where what has been read before lay
                os.pwrite(self._file.fileno(), self.get(row)[..., 0].tobytes(), row * kept_size)
        os.ftruncate(self._file.fileno(), count * kept_size)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def held_out(digests: Dict[int, bytes], path: Path) -> List[int]:
    """Which of the pictures, known by rows, are held out: a tenth of them, at most 10,000, those of the smallest SHA-256.

    So they are the same however the pictures are called and ordered, and of equal pictures none is trained on while another is
    held out.  Raises UserError if too few pictures differ.
    """
    order = sorted(digests, key=lambda row: (digests[row], row))
    count = min(HELD_OUT_MOST, len(order) // HELD_OUT_SHARE)
    while count and digests[order[count - 1]] == digests[order[count]]:
        count -= 1
    if not count:
        raise UserError(f"{path} holds too few different pictures: of a tenth, none differs from the others; add more.")
    return sorted(order[:count])


def _refuse(source: Source, count: int, broken: List[str], skip_broken: bool) -> None:
    if broken and not skip_broken:
        raise UserError(
            f"{len(broken)} of the {count} pictures in {source.path} cannot be read; mend them, or leave them out with "
            f"--set skip_broken=yes. {_reasons(source, broken)}"
        )
    if count - len(broken) < FEWEST:
        raise UserError(
            f"Of the pictures in {source.path}, {count - len(broken)} can be read; at least {FEWEST} are needed, of which a "
            f"tenth is held out. {source.left_out()}".rstrip()
        )


def _reasons(source: Source, broken: Sequence[str]) -> str:
    """A sentence for each of the first broken pictures, and where the others are listed."""
    more = len(broken) - REASONS_SHOWN
    if more <= 0:
        return " ".join(broken)
    listing = cache_folder() / f"broken-{_key(source)}.txt"
    files.write_text(listing, "\n".join(broken) + "\n")
    return f"{' '.join(broken[:REASONS_SHOWN])} And {more} more; all are listed in {listing}."


def _classes(labels: Set[Optional[str]], path: Path) -> List[str]:
    """Names of the classes, numbers by their size, others as text; none where there are fewer than two."""
    if None in labels:
        return []
    if len(labels) == 1:
        say(f"{path} has one class only ({labels.pop()}), so its pictures are taken as without labels.")
        return []
    numbers = all(name.lstrip("-").isdecimal() for name in labels)
    return sorted(labels, key=(lambda name: (int(name), name)) if numbers else None)


def _write_labels(path: Path, labels: Sequence[Optional[str]], classes: Sequence[str]) -> np.ndarray:
    number = {name: place for place, name in enumerate(classes)}
    numbers = np.array([number.get(label, 0) for label in labels], np.int64)
    np.save(f"{path}-labels.npy", numbers)
    return numbers


def _tell(source: Source, side: int, sizes: Set[Tuple[int, int]], broken: Sequence[str], held: int) -> None:
    if source.left_out():
        say(source.left_out())
    if broken:
        say(f"{source.path}: left out, as they cannot be read: {len(broken)}. {_reasons(source, broken)}")
    if sizes != {(side, side)}:
        (least, most) = (f"{width}x{height}" for width, height in (min(sizes, key=min), max(sizes, key=min)))
        of = f"of {least}" if len(sizes) == 1 else f"of {len(sizes)} sizes, from {least} to {most},"
        say(f"{source.path}: pictures {of} are cut to squares and brought to {side}x{side} (--set image_size=).")
        if min(map(min, sizes)) < side:
            say(f"{source.path}: some are smaller than that and are enlarged.")
    say(f"{source.path}: {held} pictures are held out, never trained on; samples are scored against them.")
