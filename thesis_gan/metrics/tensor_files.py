"""The tensors in a file of weights, in whichever of PyTorch's usual forms they come."""

from pathlib import Path
from typing import Dict

import numpy as np

from thesis_gan import files
from thesis_gan.errors import UserError
from thesis_gan.metrics import torch_file

PARALLEL = "module."  # before every name, where the network was wrapped to train on several GPUs


def load(path: Path) -> Dict[str, np.ndarray]:
    """The tensors in ``path`` as {name: array}: of a safetensors file, or of what ``torch.save`` wrote (see torch_file.py).

    Raises UserError, naming the file, if it is missing, damaged, a pipe, or holds anything but tensors.
    """
    files.refuse_pipe(path)
    arrays = _safetensors(path) if _is_safetensors(path) else torch_file.load(path)
    if arrays and all(name.startswith(PARALLEL) for name in arrays):
        return {name[len(PARALLEL) :]: array for name, array in arrays.items()}
    return arrays


def _is_safetensors(path: Path) -> bool:
    """Whether it begins as such a file does: the length of a header, 8 bytes, then the header, a JSON object."""
    try:
        with open(str(path), "rb") as file:
            start = file.read(9)
    except OSError:
        return False  # torch_file says why
    return start[8:] == b"{"


def _safetensors(path: Path) -> Dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = dict(load_file(str(path)))
        if any(array.dtype.kind not in "fiub" for array in arrays.values()):  # bfloat16, once ml_dtypes is imported
            raise TypeError
        return arrays
    except SafetensorError:
        raise UserError(f"{path} is a damaged safetensors file; download it again.") from None
    except (TypeError, KeyError):  # NumPy has no bfloat16, and no 8-bit floats
        raise UserError(f"{path} holds numbers of a kind that is not read; save them as float32.") from None
