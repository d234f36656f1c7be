"""Precision, recall, density, coverage against their definitions, by hand and by SciPy's search tree."""

import numpy as np
import pytest
from scipy import linalg
from scipy.spatial import cKDTree

from thesis_gan.errors import UserError
from thesis_gan.metrics import distances
from thesis_gan.metrics.manifold import manifold_scores, nearest_neighbours


def random_features(count=60, size=4, seed=0, shift=0.0):
    return np.random.RandomState(seed).normal(shift, 1, (count, size))


def modes(names, count=50):
    """Samples of narrow modes, far from each other, on the axes."""
    return np.concatenate([0.1 * random_features(count, 5, seed=name) + 100 * np.eye(5)[name % 5] for name in names])


def slow_scores(generated, real, k, density_k):
    """The four by SciPy's tree, sample by sample."""
    real_tree, generated_tree = cKDTree(real), cKDTree(generated)
    real_radii, generated_radii = (tree.query(tree.data, k + 1)[0][:, k] for tree in (real_tree, generated_tree))
    density_radii = real_tree.query(real, density_k + 1)[0][:, density_k]
    distances = np.linalg.norm(generated[:, np.newaxis] - real, axis=2)
    inside = distances < density_radii * (1 - 1e-9)
    return {
        "precision": np.mean([(row <= real_radii).any() for row in distances]),
        "recall": np.mean([(column <= generated_radii).any() for column in distances.T]),
        "density": inside.sum() / (density_k * len(generated)),
        "coverage": inside.any(axis=0).mean(),
    }


@pytest.mark.parametrize("block", [7, 32, 2048])
def test_neighbours_are_those_of_scipys_tree_in_blocks_of_any_size(block, monkeypatch):
    monkeypatch.setattr(distances, "BLOCK", block)
    features = random_features()
    expected = cKDTree(features).query(features, 6)[0][:, 1:]
    np.testing.assert_allclose(nearest_neighbours(features, 5), np.square(expected), rtol=1e-9)


@pytest.mark.parametrize("block", [7, 32, 2048])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_scores_are_those_of_the_definition(block, shift, monkeypatch):
    monkeypatch.setattr(distances, "BLOCK", block)
    generated, real = random_features(50, seed=1, shift=shift), random_features()
    found = manifold_scores(generated, real)
    expected = slow_scores(generated, real, 3, 5)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    together = 2 * found["precision"] * found["recall"] / (found["precision"] + found["recall"])
    assert found["f_score"] == pytest.approx(together, rel=1e-12)


def test_scores_on_a_line_by_hand():
    """Real 0, 1, 3: balls of k = 1 are [-1, 1], [0, 2], [1, 5]. Generated 1.5, 4, 20: balls [-1, 4], [1.5, 6.5], [4, 36]."""
    real, generated = np.array([[0.0], [1], [3]]), np.array([[1.5], [4], [20]])
    found = manifold_scores(generated, real, precision_k=1, density_k=1)
    # In the real balls: 1.5 in two of them, 4 in one, 20 in none. All real samples are in generated balls.
    assert found == pytest.approx({"precision": 2 / 3, "recall": 1, "f_score": 0.8, "density": 1, "coverage": 2 / 3}, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_a_set_against_itself_has_every_score_1(scale):
    features = scale * random_features()
    assert manifold_scores(features, features) == pytest.approx(dict.fromkeys(manifold_scores(features, features), 1), rel=1e-12)


def test_repeated_samples_have_distance_0_and_are_inside():
    repeated = np.repeat(random_features(5, 40) + 1000, 10, axis=0)
    assert not nearest_neighbours(repeated).any()
    found = manifold_scores(repeated, repeated)
    assert (found["precision"], found["recall"]) == (1, 1)


def test_equal_distributions_have_density_1_on_average():
    densities = [
        manifold_scores(random_features(300, 3, seed), random_features(300, 3, seed + 99))["density"] for seed in range(20)
    ]
    assert np.mean(densities) == pytest.approx(1, abs=0.03)


def test_distant_sets_have_every_score_0():
    assert set(manifold_scores(random_features(), random_features() + 1000).values()) == {0}


def test_dropped_modes_lower_recall_and_coverage_and_leave_precision():
    real = modes(range(5))
    for kept in (5, 3, 1):
        found = manifold_scores(modes(range(10, 10 + kept)), real)
        assert found["precision"] > 0.8
        assert found["recall"] <= kept / 5 and found["coverage"] <= kept / 5
        assert min(found["recall"], found["coverage"]) > 0.85 * kept / 5


def test_samples_off_the_manifold_lower_precision_and_density():
    real, good = random_features(), random_features(seed=1)
    bad = np.concatenate([good[:30], good[30:] + 1000])
    found, best = manifold_scores(bad, real), manifold_scores(good, real)
    assert found["precision"] < 0.6 < 0.8 < best["precision"]
    assert found["density"] < 0.6 < 0.8 < best["density"]


def test_precision_and_recall_change_places_with_the_sets():
    first, second = random_features(), random_features(50, seed=1, shift=1.0)
    one, other = manifold_scores(first, second), manifold_scores(second, first)
    assert (one["precision"], one["recall"]) == (other["recall"], other["precision"])


def test_order_rotation_shift_and_scale_do_not_matter():
    first, second = random_features(), random_features(50, seed=1, shift=1.0)
    rotation = linalg.qr(random_features(4, 4, seed=2))[0]
    expected = manifold_scores(first, second)
    assert manifold_scores(first[::-1], second[::-1]) == expected
    assert manifold_scores(first @ rotation, second @ rotation) == expected
    assert manifold_scores(5 * first + 7, 5 * second + 7) == expected


def test_known_neighbours_of_the_real_set_give_the_same():
    first, second = random_features(), random_features(50, seed=1, shift=1.0)
    assert manifold_scores(first, second, nearest_neighbours(second)) == manifold_scores(first, second)


def test_too_few_samples_for_the_neighbours_are_refused():
    with pytest.raises(UserError, match="5 nearest neighbours need more than 5 samples"):
        nearest_neighbours(random_features(5))
    with pytest.raises(UserError, match="needs 2 or more"):
        manifold_scores(random_features(1), random_features())
