"""Distances bounded in float32 and looked at again in float64 give the very scores of float64 throughout, on any input."""

import numpy as np
import pytest

from thesis_gan.metrics import distances
from thesis_gan.metrics.distances import Pairs
from thesis_gan.metrics.manifold import manifold_scores, nearest_neighbours

FLOAT64_ROUNDING = 1e-12


def slow_squares(first, second):
    """The matrix of squared distances in float64, and what is no difference: how the scores were computed before."""
    centre = np.mean(second, axis=0, dtype=np.float64)
    one, other = first - centre, second - centre
    rounding = FLOAT64_ROUNDING * max(np.square(one).sum(axis=1).max(), np.square(other).sum(axis=1).max())
    squared = np.square(one).sum(axis=1)[:, np.newaxis] + np.square(other).sum(axis=1) - 2 * (one @ other.T)
    squared[squared < rounding] = 0
    return squared, rounding


def slow_neighbours(features, k):
    return np.sort(slow_squares(features, features)[0])[:, 1 : k + 1]


def slow_scores(generated, real, precision_k=3, density_k=5):
    real_radii = slow_neighbours(real, max(precision_k, density_k))
    real_precision, real_density = real_radii[:, precision_k - 1], real_radii[:, density_k - 1]
    generated_radii = slow_neighbours(generated, precision_k)[:, precision_k - 1]
    squared, rounding = slow_squares(generated, real)
    in_ball = squared < real_density - rounding
    precision = float((squared <= real_precision + rounding).any(axis=1).mean())
    recall = float((squared <= generated_radii[:, np.newaxis] + rounding).any(axis=0).mean())
    return {
        "precision": precision,
        "recall": recall,
        "f_score": 2 * precision * recall / max(1e-5, precision + recall),
        "density": int(in_ball.sum()) / (density_k * len(generated)),
        "coverage": float(in_ball.any(axis=0).mean()),
    }


def gaussian(random, count, size):
    return random.normal(0, 1, (count, size))


def mixed_norms(random, count, size):
    """Norms over twelve orders of magnitude: a bound by the largest norm would decide nothing of the small ones."""
    return gaussian(random, count, size) * 10.0 ** random.uniform(-6, 6, (count, 1))


def distant_clusters(random, count, size):
    """Narrow clusters far from the mean: float32 says nothing of distances within one."""
    return 1000.0 * np.eye(size)[random.randint(0, min(4, size), count)] + 0.01 * gaussian(random, count, size)


def lattice(random, count, size):
    """Small whole numbers: few different distances, so that many pairs lie on a ball's edge."""
    return random.randint(0, 3, (count, size)).astype(np.float64)


def one_hot(random, count, size):
    return np.eye(size)[random.randint(0, size, count)]


def repeated(random, count, size):
    return gaussian(random, 1 + count // 20, size)[random.randint(0, 1 + count // 20, count)]


def nearly_repeated(random, count, size):
    """Differences of about float32's rounding of the numbers."""
    return np.float32(repeated(random, count, size)).astype(np.float64) * (1 + 1e-7 * random.randint(-1, 2, (count, size)))


def all_the_same(random, count, size):
    return np.full((count, size), 3.14159)


def on_a_line(random, count, size):
    """Equally far from each other: neighbours to the left and to the right tie."""
    return np.outer(random.permutation(count), np.ones(size))


def relu_like(random, count, size):
    return np.maximum(0, gaussian(random, count, size) - 1)


KINDS = [
    gaussian, mixed_norms, distant_clusters, lattice, one_hot, repeated, nearly_repeated, all_the_same, on_a_line, relu_like,
]  # fmt: skip
SHAPES = [(97, 130, 3), (130, 97, 40), (64, 64, 300)]


def drawn(kind, seed, shape):
    random = np.random.RandomState(seed)
    generated, real = (kind(random, count, shape[2]) for count in shape[:2])
    # Some samples are copies of real ones.
    generated[:5] = real[:5]
    return generated, real


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    """Several tiles, the last of them smaller."""
    monkeypatch.setattr(distances, "BLOCK", 32)


@pytest.mark.parametrize("always", ["as it comes", "pairs", "products"])
@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_float64_to_the_last_bit(kind, always, monkeypatch):
    monkeypatch.setattr(distances, "PAIR_COST", {"as it comes": distances.PAIR_COST, "pairs": 0, "products": np.inf}[always])
    for seed, shape in enumerate(SHAPES * 2):
        generated, real = drawn(kind, seed, shape)
        assert manifold_scores(generated, real) == slow_scores(generated, real)
        generated, real = generated.astype(np.float32), real.astype(np.float32)
        assert manifold_scores(generated, real) == slow_scores(generated, real)


@pytest.mark.parametrize("kind", KINDS)
def test_neighbours_are_those_of_float64(kind):
    for seed, shape in enumerate(SHAPES):
        for features in drawn(kind, seed, shape):
            for k in (1, 3, 7):
                rounding = slow_squares(features, features)[1]
                np.testing.assert_allclose(
                    nearest_neighbours(features, k), slow_neighbours(features, k), rtol=1e-12, atol=rounding
                )


@pytest.mark.parametrize("shift", [0.0, 100.0, 1e4])
@pytest.mark.parametrize("scale", [1e-18, 1e-6, 1.0, 1e6, 1e16])
def test_neither_offset_nor_scale_in_float32_moves_a_score(shift, scale):
    """1e16: squared norms beyond float32.  1e-18: below it."""
    for seed, shape in enumerate(SHAPES):
        generated, real = ((scale * (features + shift)).astype(np.float32) for features in drawn(gaussian, seed, shape))
        assert manifold_scores(generated, real) == slow_scores(generated, real)


def test_sets_far_from_each_other():
    for seed, shape in enumerate(SHAPES):
        generated, real = drawn(gaussian, seed, shape)
        generated[5:] += 1e3
        assert manifold_scores(generated.astype(np.float32), real) == slow_scores(generated.astype(np.float32), real)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bound_is_never_above_the_distance_and_close_to_it(kind, dtype):
    """Against the distance in 80-bit numbers, and no further below than four times its share of the norms."""
    for seed, shape in enumerate(SHAPES):
        first, second = (features.astype(dtype) for features in drawn(kind, seed, shape))
        pairs = Pairs(first, second)
        exact = np.square(first[:, np.newaxis].astype(np.longdouble) - second).sum(axis=2)
        centred = [np.square(features - second.mean(axis=0, dtype=np.float64)).sum(axis=1) for features in (first, second)]
        norms = centred[0][:, np.newaxis] + centred[1] + pairs.rounding
        for tile in pairs.tiles("test"):
            part = exact[tile.rows, tile.columns]
            assert (tile.lower <= part * pairs._unit).all()
            share = (shape[2] + 16) * 2.0**-23
            assert (part * pairs._unit - tile.lower <= 2 * share * norms[tile.rows, tile.columns] * pairs._unit + 2.0**-98).all()


def test_tiles_cover_every_pair_once():
    first, second = drawn(gaussian, 0, SHAPES[0])
    seen = np.zeros((97, 130), int)
    for tile in Pairs(first, second).tiles("test"):
        seen[tile.rows, tile.columns] += 1
    assert (seen == 1).all()
    seen = np.zeros((97, 97), int)
    for tile in Pairs(first, first).tiles("test", upper_triangle=True):
        seen[tile.rows, tile.columns] += 1
    assert (seen[np.triu_indices(97)] == 1).all()


def test_of_usual_features_few_pairs_are_looked_at_again(monkeypatch):
    """What makes it fast: an independent count says how many there must be, and the bound lets through little more."""
    monkeypatch.setattr(distances, "BLOCK", 512)
    looked_at = []
    near = Pairs.near
    monkeypatch.setattr(Pairs, "near", lambda self, tile, chosen: looked_at.append(int(chosen.sum())) or near(self, tile, chosen))
    generated, real = (features.astype(np.float32) for features in drawn(relu_like, 0, (1024, 1536, 256)))
    neighbours = nearest_neighbours(real)
    assert sum(looked_at) < 20 * len(real)
    looked_at.clear()
    found = manifold_scores(generated, real, neighbours)
    radii, squared = slow_neighbours(generated, 3)[:, 2], slow_squares(generated, real)[0]
    needed = ((squared <= neighbours[:, 4]) | (squared <= radii[:, np.newaxis])).sum()
    assert needed <= sum(looked_at) < 1.1 * needed + 20 * len(generated)
    assert found == slow_scores(generated, real)


def test_features_in_a_file_are_taken_as_they_are(tmp_path):
    generated, real = (features.astype(np.float32) for features in drawn(gaussian, 0, SHAPES[1]))
    np.save(str(tmp_path / "real.npy"), real)
    mapped = np.load(str(tmp_path / "real.npy"), mmap_mode="r")
    assert manifold_scores(generated, mapped) == manifold_scores(generated, real)
