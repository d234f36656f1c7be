"""Reads the tensors of a file that ``torch.save`` wrote, without PyTorch and without running anything in it.

Such a file is a pickle, which may name any function of any module to be called while it is read. Here it may name the few things
of which a dictionary of tensors consists; a file that asks for anything else is refused, and what it asked for is not even looked
up. Both of PyTorch's layouts are read: the zip archive (since 1.6), and the sequence of pickles from before it, in which the FID
weights were published.
"""

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, Dict, NamedTuple, Tuple

import numpy as np

from thesis_gan import files
from thesis_gan.errors import UserError

# torch/serialization.py: how a file in the old layout begins.
MAGIC_NUMBER, PROTOCOL_VERSION = 0x1950A86A20F9469CFC6C, 1001

STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4"}

# Members of an archive that torch.jit.save wrote, today and at first.
TORCHSCRIPT = ("/constants.pkl", "/model.json")


def load(path: Path) -> Dict[str, np.ndarray]:
    """The dictionary of tensors in ``path`` as {name: array}; floating-point or int arrays in PyTorch's shapes.

    Of a training's checkpoint, the dictionary under the key "state_dict".
    Raises UserError, naming the file, if it is missing, damaged, or asks for anything but tensors.
    """
    try:
        with open(str(path), "rb") as file:
            read = _read_archive if zipfile.is_zipfile(file) else _read_sequence
            file.seek(0)
            tensors, storages = read(file)
        if isinstance(tensors.get("state_dict"), dict):
            tensors = tensors["state_dict"]
        return {name: _array(tensor, storages) for name, tensor in tensors.items()}
    except FileNotFoundError:
        why = (
            files.unreadable(path)
            if Path(path).is_symlink()
            else f"{path} is missing; name the file of weights with --weights FILE."
        )
        raise UserError(why) from None
    except _Program:
        raise UserError(
            f"{path} is a TorchScript program, not a file of tensors; name one that torch.save wrote of a state_dict, "
            "or leave --weights out."
        ) from None
    except _Refused as refused:
        raise UserError(f"{path} is refused: it asks for {refused}, where a file of weights holds only tensors.") from None
    except Exception:  # damaged or hostile bytes raise a dozen kinds in the unpickler, in zipfile and in NumPy
        raise UserError(
            files.unreadable(path) or f"{path} is damaged or is no file of PyTorch weights; download it again."
        ) from None


class _Tensor(NamedTuple):
    """A view of a storage: ``size`` numbers along each axis, ``stride`` numbers apart, from number ``offset`` on."""

    key: str
    offset: int
    size: Tuple[int, ...]
    stride: Tuple[int, ...]


# All that a file may name, but for the types of storages.
KNOWN = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, size, stride, *_: _Tensor(storage, offset, size, stride),
    ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
}


class _Refused(Exception):
    """The file names something that is not on the list."""


class _Program(Exception):
    """The file holds a network's code, which would have to be run."""


# The implementation in Python: the one in C allocates whatever a hostile file tells it to.
class _Unpickler(pickle._Unpickler):  # type: ignore[name-defined]
    """Reads one pickle. ``storages`` then has the type and the length of each storage that it mentions."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8")
        self.storages: Dict[str, Tuple[str, int]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) not in KNOWN:
            raise _Refused(f"{module}.{name}")
        return KNOWN[module, name]

    def persistent_load(self, pid: Any) -> str:
        kind, number_type, key, _, count, *view = pid
        if kind != "storage" or number_type not in STORAGES.values() or any(part is not None for part in view):
            raise ValueError("not a storage")
        self.storages[key] = (number_type, count)
        return key


def _read_archive(file: BinaryIO) -> Tuple[Dict[str, _Tensor], Dict[str, np.ndarray]]:
    """The zip layout: NAME/data.pkl, and each storage in a member NAME/data/KEY."""
    with zipfile.ZipFile(file) as archive:
        if any(name.endswith(TORCHSCRIPT) and name.count("/") == 1 for name in archive.namelist()):
            raise _Program
        # PyTorch compresses nothing, so what is compressed is not its, and may unpack to any size.
        if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
            raise ValueError("compressed")
        (pickled,) = (name for name in archive.namelist() if name.count("/") == 1 and name.endswith("/data.pkl"))
        folder = pickled[: -len("data.pkl")]
        if f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") != b"little":
            raise ValueError("big-endian")
        with archive.open(pickled) as member:
            unpickler = _Unpickler(member)
            tensors = unpickler.load()
        storages = {
            key: _numbers(archive.read(f"{folder}data/{key}"), number_type, count)
            for key, (number_type, count) in unpickler.storages.items()
        }
    return tensors, storages


def _read_sequence(file: BinaryIO) -> Tuple[Dict[str, _Tensor], Dict[str, np.ndarray]]:
    """The old layout: pickles of the magic number, the version, the machine, the tensors and the keys; then the storages."""
    magic, version, machine = (_Unpickler(file).load() for _ in range(3))
    if magic != MAGIC_NUMBER or version != PROTOCOL_VERSION or not machine["little_endian"]:
        raise ValueError("not this layout")
    unpickler = _Unpickler(file)
    tensors = unpickler.load()
    storages = {}
    for key in _Unpickler(file).load():
        number_type, count = unpickler.storages[key]
        if int.from_bytes(file.read(8), "little") != count:
            raise ValueError("a storage has another length than its tensors say")
        storages[key] = _numbers(file.read(count * np.dtype(number_type).itemsize), number_type, count)
    return tensors, storages


def _numbers(content: bytes, number_type: str, count: int) -> np.ndarray:
    numbers = np.frombuffer(content, number_type)
    if len(numbers) != count:
        raise ValueError("a storage is cut short")
    return numbers


def _array(tensor: _Tensor, storages: Dict[str, np.ndarray]) -> np.ndarray:
    if not isinstance(tensor, _Tensor):
        raise TypeError("not a tensor")
    numbers, (offset, size, stride) = storages[tensor.key], tensor[1:]
    if len(size) != len(stride) or min((offset, *size, *stride)) < 0:
        raise ValueError("a tensor's shape is no shape")
    if 0 in size:
        return np.empty(size, numbers.dtype)
    # NumPy would read whatever memory lies there: only these bounds keep a hostile shape inside its storage.
    last = offset + sum((length - 1) * step for length, step in zip(size, stride))
    if last >= len(numbers) or np.prod(size, dtype=object) > len(numbers):
        raise ValueError("a tensor is larger than its storage")
    view = np.lib.stride_tricks.as_strided(numbers[offset:], size, [step * numbers.itemsize for step in stride])
    return view.copy()
