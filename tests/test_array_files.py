"""NumPy's files: images come back as they are, and what is something else is called that."""

import io
import os

import numpy as np
import pytest

from thesis_gan import files
from thesis_gan.data.array_files import load_array
from thesis_gan.errors import UserError

LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


def npy(array=LEVELS):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def npz(*arrays, **named):
    content = io.BytesIO()
    np.savez(content, *arrays, **named)
    return content.getvalue()


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


@pytest.mark.parametrize("name", ["x.npz", "x.npy", "x"])
@pytest.mark.parametrize("content", [npy(), npz(LEVELS), npz(LEVELS, labels=[3])], ids=["npy", "npz", "labels"])
def test_array_is_read_whatever_the_file_is_called(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    np.testing.assert_array_equal(load_array(tmp_path / name), LEVELS)


@pytest.mark.parametrize(
    "content",
    [b"hello, this is text", npz(LEVELS)[:-30], npy()[:-30], flipped(npz(LEVELS), 250), npz(np.array([{}], object)), b""],
    ids=["text", "cut", "cut npy", "damaged", "pickled objects", "empty"],
)
def test_what_is_no_whole_file_is_named_with_the_remedy(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.npz is no readable \.npz or \.npy file; save the images with numpy\.savez"):
        load_array(tmp_path / "x.npz")


def test_what_is_no_file_of_images_is_called_what_it_is(tmp_path):
    (tmp_path / "dangling.npz").symlink_to("nowhere.npz")
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "named.npz").write_bytes(npz(images=LEVELS, labels=[1]))
    (tmp_path / "statistics.npz").write_bytes(npz(mu=np.zeros(2), sigma=np.eye(2)))
    for name, complaint in (
        ("none", r"is missing; name a folder of pictures, a run's folder, or an \.npz or \.npy file"),
        ("dangling", r"is a link to nowhere\.npz, which is missing; mend the link or take it away"),
        ("folder", "is a folder where a file is expected"),
        ("named", r"has no array arr_0 \(it has images, labels\); save the images with numpy\.savez"),
        ("statistics", r"holds no images but statistics \(mu, sigma\), which serve as --reference only"),
    ):
        with pytest.raises(UserError, match=rf"{name}\.npz {complaint}"):
            load_array(tmp_path / f"{name}.npz")


@pytest.mark.parametrize("reader", [load_array, files.read_json, files.read_text])
def test_file_that_may_not_be_read_is_called_that_and_is_not_to_be_deleted(reader, tmp_path, monkeypatch):
    path = tmp_path / "x.npy"
    path.write_bytes(npy())

    def refused(*arguments, **keywords):
        raise PermissionError(13, "Permission denied")

    for place in ("builtins.open", "io.open", "os.open", "pathlib.Path.open"):  # the superuser may read anything
        monkeypatch.setattr(place, refused)
    with pytest.raises(UserError, match=r"x\.npy may not be read by you; allow it, e\.g\. with `chmod u\+r") as error:
        reader(path)
    monkeypatch.undo()
    assert "delete" not in str(error.value) and os.path.exists(str(path))


@pytest.mark.parametrize("kind", [np.uint8, bool, np.int64, np.float32])
def test_zeros_and_ones_are_recognised(kind, tmp_path):
    np.save(str(tmp_path / "x.npy"), (LEVELS > 99).astype(kind))
    with pytest.raises(UserError, match=r"x\.npy holds only 0 and 1; .*, so multiply by 255 and save as uint8"):
        load_array(tmp_path / "x.npy")


@pytest.mark.parametrize("images", [LEVELS // 128 * 2, LEVELS * 0, LEVELS[:0], LEVELS / np.float32(255)])
def test_what_is_not_zeros_and_ones_is_left_to_who_scores_it(images, tmp_path):
    np.save(str(tmp_path / "x.npy"), images)
    np.testing.assert_array_equal(load_array(tmp_path / "x.npy"), images)
