"""Nearest real images by pixels: against a search one by one, on ties, copies and files."""

import numpy as np
import pytest

from thesis_gan.errors import UserError
from thesis_gan.metrics import nearest_images as module
from thesis_gan.metrics.nearest_images import nearest_images


def random_images(count, shape=(8, 8, 3), seed=0):
    return np.random.RandomState(seed).randint(0, 256, (count, *shape)).astype(np.uint8)


def slow_search(generated, real, k):
    """One by one, in Python's whole numbers."""
    found = []
    for image in generated:
        squares = [sum((int(a) - int(b)) ** 2 for a, b in zip(image.ravel(), other.ravel())) for other in real]
        found.append(sorted((square, position) for position, square in enumerate(squares))[:k])
    return [[position for _, position in row] for row in found], [[square**0.5 for square, _ in row] for row in found]


@pytest.mark.parametrize("held", [1, 500, module.HELD])
@pytest.mark.parametrize("shape", [(8, 8, 3), (5, 4, 1)])
def test_they_are_those_of_a_search_one_by_one(held, shape, monkeypatch):
    monkeypatch.setattr(module, "HELD", held)
    generated, real = random_images(4, shape), random_images(23, shape, seed=1)
    positions, distances = nearest_images(generated, real, 3)
    expected = slow_search(generated, real, 3)
    assert positions.tolist() == expected[0]
    assert distances.tolist() == expected[1]


@pytest.mark.parametrize("held", [1, module.HELD])
def test_of_equally_near_images_the_first_comes_first(held, monkeypatch):
    monkeypatch.setattr(module, "HELD", held)
    values = [3, 5, 1, 5, 3, 9]
    real = np.array(values, np.uint8).reshape(-1, 1, 1, 1)
    positions, distances = nearest_images(np.array([4], np.uint8).reshape(1, 1, 1, 1), real, 6)
    assert positions.tolist() == [[0, 1, 3, 4, 2, 5]]
    assert distances.tolist() == [[1, 1, 1, 1, 3, 5]]


def test_a_copy_is_found_at_distance_0_and_the_farthest_images_are_255_apart_in_each_pixel():
    real = random_images(50)
    positions, distances = nearest_images(real[[7, 30]], real)
    assert positions.tolist() == [[7], [30]]
    assert distances.tolist() == [[0], [0]]
    black, white = np.zeros((1, 64, 64, 3), np.uint8), np.full((1, 64, 64, 3), 255, np.uint8)
    assert nearest_images(black, white)[1].tolist() == [[(255**2 * 64 * 64 * 3) ** 0.5]]


def test_real_images_are_read_from_a_file_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HELD", 1000)
    generated, real = random_images(3), random_images(40, seed=1)
    np.save(str(tmp_path / "real.npy"), real)
    mapped = np.load(str(tmp_path / "real.npy"), mmap_mode="r")
    for found, expected in zip(nearest_images(generated, mapped, 5), nearest_images(generated, real, 5)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("generated", "real", "k", "complaint"),
    [
        (random_images(2).astype(np.float32), random_images(2), 1, "uint8"),
        (random_images(2), random_images(2, (8, 8, 1)), 1, r"\(8, 8, 3\) and of \(8, 8, 1\)"),
        (random_images(2), random_images(2), 3, "There are 2 real images"),
        (random_images(2), random_images(2), 0, "There are 2 real images"),
    ],
)
def test_images_that_cannot_be_compared_are_refused(generated, real, k, complaint):
    with pytest.raises(UserError, match=complaint):
        nearest_images(generated, real, k)
