"""Weights in the forms in which they are passed on: all give the same arrays, and what is no file of tensors is called that."""

import json
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from test_torch_file import FOUR, tensor_pickle, zipped

from thesis_gan import files
from thesis_gan.errors import UserError
from thesis_gan.metrics import tensor_files

REFERENCE = Path(__file__).parent / "reference"
ARRAYS = {"conv.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "conv.bias": np.ones(2, np.float16), "n": np.array(3)}


def safetensors_of(header, content=b""):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("name", ["x.safetensors", "x.bin"])
def test_safetensors_are_read(prefix, name, tmp_path):
    save_file({prefix + key: array for key, array in ARRAYS.items()}, str(tmp_path / name), metadata={"format": "pt"})
    found = tensor_files.load(tmp_path / name)
    assert set(found) == set(ARRAYS)
    for key, array in ARRAYS.items():
        assert found[key].dtype == array.dtype
        np.testing.assert_array_equal(found[key], array)


@pytest.mark.parametrize("layout", ["zip", "sequence"])
def test_files_of_pytorch_are_read_as_before(layout):
    with np.load(str(REFERENCE / "tensors.npz")) as expected:
        found = tensor_files.load(REFERENCE / f"tensors_{layout}.pth")
        assert set(found) == set(expected.files)


def nested(content):
    """The pickle of {"epoch": 3, "state_dict": what ``content`` is a pickle of}."""
    before = pickle.dumps(OrderedDict(epoch=3), 2)[:-1] + b"X\n\0\0\0state_dict"
    return before + content[2:-1] + b"s."  # without the protocol at its start


@pytest.mark.parametrize("name", ["w", "module.w"])
def test_the_state_of_a_checkpoint_is_read_and_its_other_entries_are_not(name, tmp_path):
    content = tensor_pickle().replace(b"X\x01\0\0\0w", b"X" + len(name).to_bytes(4, "little") + name.encode(), 1)
    found = tensor_files.load(zipped(tmp_path / "x.pth", nested(content)))
    assert set(found) == {"w"} and found["w"].tolist() == [[0, 1], [2, 3]]


def test_a_prefix_that_only_some_names_have_is_theirs(tmp_path):
    save_file({"module.a": FOUR, "b": FOUR}, str(tmp_path / "x.safetensors"))
    assert set(tensor_files.load(tmp_path / "x.safetensors")) == {"module.a", "b"}


def test_torchscript_is_called_what_it_is(tmp_path):
    with zipfile.ZipFile(str(tmp_path / "x.pt"), "w") as archive:
        archive.writestr("x/data.pkl", pickle.dumps({}, 2))
        archive.writestr("x/code/__torch__.py", "class Net(Module): ...")
        archive.writestr("x/constants.pkl", pickle.dumps((), 2))
    with pytest.raises(
        UserError, match=r"x\.pt is a TorchScript program, not a file of tensors; name one that torch\.save wrote"
    ):
        tensor_files.load(tmp_path / "x.pt")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            safetensors_of({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, bytes(12)),
            "is a damaged safetensors file",
        ),
        (
            safetensors_of({"a": {"dtype": "F32", "shape": [5], "data_offsets": [0, 16]}}, bytes(16)),
            "is a damaged safetensors file",
        ),
        (safetensors_of({"a": 3}), "is a damaged safetensors file"),
        (b"\xff" * 8 + b"{", "is a damaged safetensors file"),
        (
            safetensors_of({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}, bytes(4)),
            "numbers of a kind that is not",
        ),
        (b"hello", "is damaged or is no file of PyTorch weights"),
    ],
    ids=["cut", "shape", "no tensors", "length", "bfloat16", "text"],
)
def test_what_cannot_be_read_is_named(content, complaint, tmp_path):
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(UserError, match=rf"x\.safetensors .*{complaint}|x\.safetensors {complaint}"):
        tensor_files.load(tmp_path / "x.safetensors")


def test_file_that_is_missing_or_may_not_be_read_is_named(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"none\.safetensors is missing; name the file of weights with --weights"):
        tensor_files.load(tmp_path / "none.safetensors")
    (tmp_path / "x.pth").write_bytes(b"")

    def refused(*arguments, **keywords):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    for reader in (tensor_files.load, files.sha256):
        with pytest.raises(UserError, match=r"x\.pth may not be read by you; allow it, e\.g\. with `chmod"):
            reader(tmp_path / "x.pth")
