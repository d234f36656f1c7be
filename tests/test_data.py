"""MNIST's files: what they hold, and what is said of them when they are not whole."""

import gzip
import shutil

import numpy as np
import pytest

from thesis_gan.data import mnist
from thesis_gan.errors import UserError

LABELS = "t10k-labels-idx1-ubyte.gz"
IMAGES = "t10k-images-idx3-ubyte.gz"


@pytest.fixture(scope="module")
def splits():
    return {split: mnist.load(split) for split in ("train", "test")}


@pytest.fixture
def test_files(tmp_path):
    """A folder with copies of the two files of the test split."""
    for name in (LABELS, IMAGES):
        shutil.copyfile(str(mnist.FOLDER / name), str(tmp_path / name))
    return tmp_path


@pytest.mark.parametrize(("split", "count"), [("train", 60000), ("test", 10000)])
def test_images_are_uint8_and_labels_whole_numbers_of_the_known_count(splits, split, count):
    images, labels = splits[split]
    assert (images.shape, images.dtype) == ((count, 28, 28, 1), np.uint8)
    assert (labels.shape, labels.dtype) == ((count,), np.int64)


@pytest.mark.parametrize(("split", "first"), [("train", [5, 0, 4, 1, 9]), ("test", [7, 2, 1, 0, 4])])
def test_first_labels_are_the_known_ones(splits, split, first):
    assert splits[split].labels[:5].tolist() == first


@pytest.mark.parametrize(
    ("split", "counts"),
    [
        ("train", [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
        ("test", [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]),
    ],
)
def test_digits_per_class_are_the_known_ones(splits, split, counts):
    assert np.bincount(splits[split].labels).tolist() == counts


def test_mean_and_deviation_of_the_training_pixels_are_the_well_known_ones(splits):
    """0.1307 and 0.3081, with which everybody normalises MNIST."""
    pixels = splits["train"].images / 255
    assert (round(pixels.mean(), 4), round(pixels.std(), 4)) == (0.1307, 0.3081)


def test_pixels_sum_to_the_known_numbers(splits):
    assert splits["train"].images.sum(dtype=np.int64) == 1567298545
    assert splits["test"].images.sum(dtype=np.int64) == 264923200


def test_a_digit_stands_upright(splits):
    """The first training digit is a 5 whose top stroke reaches right and whose bottom curls left: rows are rows."""
    five = splits["train"].images[0, :, :, 0].astype(int)
    assert five[5:9, 18:].sum() > five[5:9, :8].sum()
    assert five[20:, :14].sum() > five[20:, 14:].sum()


def test_files_are_found_in_another_folder(test_files, splits):
    images, labels = mnist.load("test", test_files)
    np.testing.assert_array_equal(images, splits["test"].images)
    np.testing.assert_array_equal(labels, splits["test"].labels)


def test_shipped_files_verify():
    mnist.verify()


@pytest.mark.parametrize("name", [LABELS, IMAGES])
def test_missing_file_is_named_with_the_remedy(test_files, name):
    (test_files / name).unlink()
    with pytest.raises(UserError, match=rf"{name} is missing; .*git checkout -- data.*data/README\.md"):
        mnist.load("test", test_files)


@pytest.mark.parametrize("name", [LABELS, IMAGES])
def test_truncated_file_is_named_with_the_remedy(test_files, name):
    content = (test_files / name).read_bytes()
    (test_files / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=f"{name} cannot be unpacked .*git checkout -- data"):
        mnist.load("test", test_files)


@pytest.mark.parametrize("name", [LABELS, IMAGES])
def test_one_changed_byte_is_noticed_though_the_gzip_is_whole(test_files, name):
    content = bytearray(gzip.decompress((test_files / name).read_bytes()))
    content[5000] ^= 1
    (test_files / name).write_bytes(gzip.compress(bytes(content), 1))
    with pytest.raises(UserError, match=f"{name} is damaged .*git checkout -- data"):
        mnist.load("test", test_files)


def test_file_that_is_no_gzip_is_named(test_files):
    (test_files / LABELS).write_bytes(b"<html>Not Found</html>")
    with pytest.raises(UserError, match=f"{LABELS} cannot be unpacked"):
        mnist.load("test", test_files)


def test_empty_file_is_named(test_files):
    (test_files / LABELS).write_bytes(b"")
    with pytest.raises(UserError, match=LABELS):
        mnist.load("test", test_files)


def test_verify_names_the_first_faulty_file(tmp_path):
    with pytest.raises(UserError, match="train-images-idx3-ubyte"):
        mnist.verify(tmp_path)
