"""PyTorch's files read without PyTorch: what PyTorch wrote comes back, anything else is refused and never run."""

import os
import pickle
import random
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from inception_weights import write_pth

from thesis_gan.errors import UserError
from thesis_gan.metrics import torch_file

REFERENCE = Path(__file__).parent / "reference"
LAYOUTS = ("zip", "sequence")


def pickled_in(layout, path, content):
    """A file of PyTorch's layout around the pickle ``content``."""
    if layout == "zip":
        with zipfile.ZipFile(str(path), "w") as archive:
            archive.writestr("archive/data.pkl", content)
    else:
        headers = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
        path.write_bytes(b"".join(pickle.dumps(header, 2) for header in headers) + content + pickle.dumps([], 2))
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_kind_of_tensor_that_pytorch_wrote_comes_back(layout):
    found = torch_file.load(REFERENCE / f"tensors_{layout}.pth")
    with np.load(str(REFERENCE / "tensors.npz")) as expected:
        assert set(found) == set(expected.files)
        for name in expected.files:
            assert found[name].dtype == expected[name].dtype, name
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_the_tests_own_writer_writes_what_is_read(tmp_path):
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array(3, np.int64)}
    write_pth(tmp_path / "x.pth", arrays)
    found = torch_file.load(tmp_path / "x.pth")
    assert list(found) == ["a", "n"]
    np.testing.assert_array_equal(found["a"], arrays["a"])
    assert found["n"] == 3


class Evil:
    """Pickled, it asks for ``function`` to be called when it is read."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("wrap", [lambda evil: evil, lambda evil: {"weight": evil}, lambda evil: OrderedDict(a=[evil])])
def test_a_file_that_asks_for_anything_else_is_refused_and_nothing_runs(layout, wrap, tmp_path):
    written = tmp_path / "written"
    content = pickle.dumps(wrap(Evil(os.mkdir, str(written))), 2)
    path = pickled_in(layout, tmp_path / "evil.pth", content)
    with pytest.raises(UserError, match=r"evil\.pth is refused: it asks for posix\.mkdir"):
        torch_file.load(path)
    assert not written.exists()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "name", ["builtins eval", "builtins getattr", "os system", "torch load", "torch._utils _rebuild_qtensor", "numpy load"]
)
def test_no_other_name_is_looked_up(layout, name, tmp_path):
    content = b"\x80\x02c" + name.replace(" ", "\n").encode() + b"\n."
    with pytest.raises(UserError, match=f"asks for {name.replace(' ', '.')}, where a file of weights holds only tensors"):
        torch_file.load(pickled_in(layout, tmp_path / "x.pth", content))


def tensor_pickle(numbers=4, offset=0, size=(2, 2), stride=(2, 1), kind="FloatStorage", key="0"):
    """The pickle of {"w": a tensor}, with what the arguments say."""

    def whole(number):
        return b"\x8a\x08" + number.to_bytes(8, "little", signed=True)

    def text(string):
        return b"X" + len(string).to_bytes(4, "little") + string.encode()

    storage = b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + whole(numbers) + b"tQ"
    shapes = b"".join(b"(" + b"".join(map(whole, numbers)) + b"t" for numbers in (size, stride))
    arguments = b"(" + storage + whole(offset) + shapes + b"\x89ccollections\nOrderedDict\n)Rt"
    return b"\x80\x02}" + text("w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."


FOUR = np.arange(4, dtype=np.float32)


def zipped(path, content, data=FOUR, compression=zipfile.ZIP_STORED, **more):
    with zipfile.ZipFile(str(path), "w", compression) as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/data/0", data.tobytes())
        for name, extra in more.items():
            archive.writestr(f"archive/{name}", extra)
    return path


def test_a_tensor_written_by_hand_is_read(tmp_path):
    found = torch_file.load(zipped(tmp_path / "x.pth", tensor_pickle(), byteorder=b"little"))
    assert found["w"].tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    "settings",
    [
        {"size": (2, 3), "stride": (3, 1)},
        {"offset": 1},
        {"offset": -1},
        {"stride": (-2, 1)},
        {"size": (-2, 2)},
        {"stride": (2,)},
        {"stride": (1 << 40, 1)},
        {"size": (1 << 40, 1), "stride": (0, 0)},
        {"numbers": 5},
        {"numbers": -1},
        {"numbers": 1 << 60},
        {"key": "1"},
        {"key": "../data.pkl"},
        {"kind": "HalfStorage"},
    ],
)
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(settings, tmp_path):
    with pytest.raises(UserError, match=r"x\.pth is damaged or is no file of PyTorch weights; download it again"):
        torch_file.load(zipped(tmp_path / "x.pth", tensor_pickle(**settings)))


@pytest.mark.parametrize(
    "more", [{"compression": zipfile.ZIP_DEFLATED}, {"byteorder": b"big"}, {"data": np.zeros(3, np.float32)}]
)
def test_a_foreign_archive_is_refused(more, tmp_path):
    with pytest.raises(UserError, match="is damaged"):
        torch_file.load(zipped(tmp_path / "x.pth", tensor_pickle(), **more))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("content", [[1, 2], {"w": 3}, 7, {"w": "text"}])
def test_what_is_no_dictionary_of_tensors_is_refused(layout, content, tmp_path):
    with pytest.raises(UserError, match="is damaged"):
        torch_file.load(pickled_in(layout, tmp_path / "x.pth", pickle.dumps(content, 2)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_truncated_file_is_refused_wherever_it_ends(layout, tmp_path):
    content = (REFERENCE / f"tensors_{layout}.pth").read_bytes()
    path = tmp_path / "cut.pth"
    for length in range(0, len(content), 37):
        path.write_bytes(content[:length])
        with pytest.raises(UserError, match=r"cut\.pth is (damaged|refused)"):
            torch_file.load(path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damaged_bytes_give_a_sentence_or_arrays_and_never_another_error(layout, tmp_path):
    content = (REFERENCE / f"tensors_{layout}.pth").read_bytes()
    generator, path = random.Random(0), tmp_path / "x.pth"
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(generator.choice((1, 3, 20))):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        path.write_bytes(bytes(damaged))
        try:
            assert all(isinstance(array, np.ndarray) for array in torch_file.load(path).values())
        except UserError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("content", [b"", b"hello, this is text", bytes(1000), b"PK\x03\x04"])
def test_other_files_are_refused(content, tmp_path):
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(UserError, match="is damaged or is no file of PyTorch weights"):
        torch_file.load(tmp_path / "x.pth")


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match=r"none\.pth is missing; name the file of weights with --weights"):
        torch_file.load(tmp_path / "none.pth")
    with pytest.raises(UserError, match="is a folder where a file is expected"):
        torch_file.load(tmp_path)
    (tmp_path / "link.pth").symlink_to("none.pth")
    with pytest.raises(UserError, match=r"link\.pth is a link to none\.pth, which is missing"):
        torch_file.load(tmp_path / "link.pth")
