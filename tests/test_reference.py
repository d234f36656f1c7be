"""Reference statistics: computed once, then read; never stale, never half-written, never needed."""

import numpy as np
import pytest

from thesis_gan.metrics import reference
from thesis_gan.metrics.features import Features
from thesis_gan.metrics.frechet import gaussian
from thesis_gan.metrics.manifold import nearest_neighbours
from thesis_gan.metrics.reference import reference_statistics

IMAGES = np.random.RandomState(0).randint(0, 256, (30, 4, 4, 1)).astype(np.uint8)


class Network:
    """Features are pixels; it counts how often it is asked."""

    def __init__(self, name="pixels", weights_sha256="0" * 64):
        self.name, self.weights_sha256, self.asked = name, weights_sha256, 0

    def __call__(self, images):
        self.asked += 1
        flat = images.reshape(len(images), -1)[:, :5].astype(np.float32)
        return Features(flat, flat)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def assert_equal(first, second):
    for one, other in zip((first.pool, *first.gaussian, first.neighbours), (second.pool, *second.gaussian, second.neighbours)):
        np.testing.assert_array_equal(one, other)


def test_statistics_are_those_of_the_features():
    found = reference_statistics(IMAGES, Network())
    pool = IMAGES.reshape(30, -1)[:, :5].astype(np.float32)
    np.testing.assert_array_equal(found.pool, pool)
    np.testing.assert_array_equal(found.gaussian.covariance, gaussian(pool).covariance)
    np.testing.assert_array_equal(found.neighbours, nearest_neighbours(pool))


def test_the_second_time_they_are_read_to_the_last_bit(cache):
    network = Network()
    first = reference_statistics(IMAGES, network)
    assert_equal(reference_statistics(IMAGES, network), first)
    assert network.asked == 1 and len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    ("images", "network"),
    [
        (IMAGES[::-1], Network()),
        (IMAGES ^ (np.arange(480).reshape(IMAGES.shape) == 479).astype(np.uint8), Network()),
        (IMAGES.reshape(30, 2, 8, 1), Network()),
        (IMAGES, Network(name="other")),
        (IMAGES, Network(weights_sha256="1" * 64)),
    ],
    ids=["order", "one bit of one pixel", "shape", "network", "weights"],
)
def test_other_content_features_or_weights_are_computed_anew(images, network):
    reference_statistics(IMAGES, Network())
    reference_statistics(images, network)
    assert network.asked == 1


@pytest.mark.parametrize("damage", ["cut", "bits", "empty", "foreign", "another set"])
def test_a_damaged_file_is_computed_and_written_anew(damage, cache):
    network = Network()
    first = reference_statistics(IMAGES, network)
    (path,) = cache.iterdir()
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "bits":
        content[400] ^= 16
    elif damage == "empty":
        content = b""
    elif damage == "foreign":
        content = b"another program's"
    else:
        reference_statistics(IMAGES[:20], network)
        (other,) = set(cache.iterdir()) - {path}
        content = other.read_bytes()
    path.write_bytes(bytes(content))
    again = Network()
    assert_equal(reference_statistics(IMAGES, again), first)
    assert_equal(reference_statistics(IMAGES, again), first)
    assert again.asked == 1


def test_a_cache_that_cannot_be_written_is_done_without(cache):
    cache.write_text("not a folder")
    network = Network()
    first = reference_statistics(IMAGES, network)
    assert_equal(reference_statistics(IMAGES, network), first)
    assert network.asked == 2


def test_nothing_half_written_is_left(cache, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(reference.files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reference_statistics(IMAGES, Network())
    assert not list(cache.glob("reference-*"))
