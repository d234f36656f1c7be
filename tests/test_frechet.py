"""The Fréchet distance of two Gaussians against closed forms and an independent root of a matrix."""

import numpy as np
import pytest
from scipy import linalg

from thesis_gan.errors import UserError
from thesis_gan.metrics import frechet
from thesis_gan.metrics.frechet import Gaussian, frechet_by_count, frechet_distance, gaussian


def random_features(count=200, size=6, seed=0):
    random = np.random.RandomState(seed)
    return random.normal(0, 1, (count, size)) @ random.normal(0, 1, (size, size)) + random.normal(0, 1, size)


def distance(first, second):
    return frechet_distance(gaussian(first), gaussian(second))


def test_gaussian_is_the_mean_and_the_covariance_by_n_minus_1():
    features = random_features(5, 3)
    mean, covariance = gaussian(features)
    centred = features - features.sum(axis=0) / 5
    np.testing.assert_allclose(mean, features.sum(axis=0) / 5, rtol=1e-12)
    np.testing.assert_allclose(covariance, centred.T @ centred / 4, rtol=1e-12)


def test_equal_covariances_leave_the_squared_distance_of_the_means():
    features = random_features()
    shift = np.array([1.0, -2.0, 0, 0, 0.5, 3.0])
    assert distance(features, features + shift) == pytest.approx(1 + 4 + 0.25 + 9, rel=1e-9)


@pytest.mark.parametrize("count", [3, 200])
@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_a_set_against_itself_is_zero_and_never_negative(count, scale):
    features = scale * random_features(count)
    assert 0 <= distance(features, features) <= 1e-10 * np.trace(gaussian(features).covariance)


@pytest.mark.parametrize("seed", range(5))
def test_distance_is_positive_for_different_sets(seed):
    assert distance(random_features(seed=seed), random_features(seed=seed + 10)) > 0.1


def test_one_dimension_is_the_difference_of_means_and_of_deviations():
    first, second = Gaussian(np.array([1.0]), np.array([[4.0]])), Gaussian(np.array([-2.0]), np.array([[25.0]]))
    assert frechet_distance(first, second) == pytest.approx((1 + 2) ** 2 + (2 - 5) ** 2, rel=1e-12)


def test_features_of_one_dimension_work_from_samples():
    first, second = random_features(50, 1), 3 * random_features(40, 1, seed=1)
    expected = (first.mean() - second.mean()) ** 2 + (first.std(ddof=1) - second.std(ddof=1)) ** 2
    assert distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_diagonal_covariances_are_one_dimension_after_another():
    mean, variances = np.array([[0.0, 1, 2], [3.0, 1, -1]]), np.array([[1.0, 4, 0], [9.0, 0.25, 2]])
    expected = np.square(mean[0] - mean[1]).sum() + np.square(np.sqrt(variances[0]) - np.sqrt(variances[1])).sum()
    first, second = (Gaussian(m, np.diag(v)) for m, v in zip(mean, variances))
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("size", [2, 6, 30])
def test_distance_equals_the_one_with_scipys_matrix_root(size):
    first, second = gaussian(random_features(500, size)), gaussian(random_features(500, size, seed=1))
    root = linalg.sqrtm(first.covariance @ second.covariance)
    expected = np.square(first.mean - second.mean).sum() + np.trace(first.covariance + second.covariance - 2 * np.real(root))
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-7)


def test_distance_is_symmetric():
    first, second = random_features(), random_features(seed=1)
    assert distance(first, second) == pytest.approx(distance(second, first), rel=1e-9)


def test_fewer_samples_than_dimensions_give_a_finite_and_symmetric_distance():
    first, second = random_features(4, 12), random_features(7, 12, seed=1)
    one, other = distance(first, second), distance(second, first)
    assert np.isfinite(one)
    assert one == pytest.approx(other, rel=1e-6)


def test_singular_covariances_with_a_known_distance():
    """Both of rank 1 along the same line: the closed form of one dimension."""
    line = np.array([3.0, 4.0]) / 5
    first, second = (Gaussian(np.zeros(2), variance * np.outer(line, line)) for variance in (4.0, 9.0))
    assert frechet_distance(first, second) == pytest.approx(1, rel=1e-6)


def test_constant_features_have_the_distance_of_their_means():
    assert distance(np.zeros((5, 3)), np.full((5, 3), 2.0)) == 12


def test_order_of_samples_does_not_matter():
    first, second = random_features(), random_features(seed=1)
    assert distance(first[::-1], second) == pytest.approx(distance(first, second), rel=1e-9)


def test_rotating_both_sets_does_not_matter():
    first, second = random_features(), random_features(seed=1)
    rotation = linalg.qr(np.random.RandomState(2).normal(0, 1, (6, 6)))[0]
    assert distance(first @ rotation, second @ rotation) == pytest.approx(distance(first, second), rel=1e-9)


def test_scaling_both_sets_scales_the_distance_by_its_square():
    first, second = random_features(), random_features(seed=1)
    assert distance(10 * first, 10 * second) == pytest.approx(100 * distance(first, second), rel=1e-9)


def test_float32_features_are_taken_in_float64():
    features = (random_features() + 1000).astype(np.float32)
    np.testing.assert_allclose(gaussian(features).covariance, np.cov(features.astype(np.float64), rowvar=False), rtol=1e-12)


def test_singular_covariances_lose_nothing_to_rounding():
    """Rank 20 of 300 dimensions against itself: roots of rounded zeros would add about 1e-7 of the trace."""
    features = random_features(21, 300)
    first = gaussian(features)
    second = gaussian(features[::-1])
    assert frechet_distance(first, second) <= 1e-12 * np.trace(first.covariance)


def test_fewer_samples_than_dimensions_have_the_distance_of_the_space_they_span():
    """What is 0 for both sets, turned into other axes, changes nothing."""
    first, second = random_features(12, 6), random_features(15, 6, seed=1)
    rotation = linalg.qr(np.random.RandomState(2).normal(0, 1, (40, 40)))[0]
    padded = [np.pad(features, ((0, 0), (0, 34))) @ rotation for features in (first, second)]
    assert distance(*padded) == pytest.approx(distance(first, second), rel=1e-9)


def test_blocks_do_not_change_the_gaussian(monkeypatch):
    features = random_features(100, 5)
    monkeypatch.setattr(frechet, "BLOCK", 7)
    mean, covariance = gaussian(features)
    np.testing.assert_allclose(mean, features.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(covariance, np.cov(features, rowvar=False), rtol=1e-12)


def test_extrapolation_finds_the_distance_without_the_bias_of_few_samples():
    """Two Gaussians of known distance: the estimate from 500 is too large by far more than the limit is off."""
    mean = np.full(20, 0.1)
    reference = Gaussian(mean, np.eye(20))
    features = np.random.RandomState(0).normal(0, 1, (5000, 20))
    found = frechet_by_count(features, reference, [500, 1000, 2000, 5000])
    assert found.counts.tolist() == [500, 1000, 2000, 5000]
    assert (np.diff(found.distances) < 0).all()
    assert found.limit == pytest.approx(0.2, rel=0.1)
    assert found.distances[0] > 0.2 * 1.4
    assert found.distances[-1] == pytest.approx(frechet_distance(gaussian(features), reference), rel=1e-9)


def test_extrapolation_is_the_least_squares_line_in_1_over_n():
    features = random_features()
    found = frechet_by_count(features, gaussian(random_features(seed=1)), [20, 50, 100])
    design = np.stack([np.ones(3), 1 / found.counts], axis=1)
    limit, slope = np.linalg.lstsq(design, found.distances, rcond=None)[0]
    assert (found.limit, found.slope) == pytest.approx((limit, slope), rel=1e-9)


@pytest.mark.parametrize("counts", [[], [50], [50, 50], [1, 50], [50, 201]])
def test_counts_that_give_no_line_are_refused(counts):
    with pytest.raises(UserError, match="two or more sizes from 2 to 200"):
        frechet_by_count(random_features(), gaussian(random_features(seed=1)), counts)


@pytest.mark.parametrize(
    ("features", "complaint"),
    [
        (np.zeros((1, 3)), "There are 1 samples"),
        (np.zeros(3), r"shape \(N, D\), not \(3,\)"),
        (np.array([[0.0, np.nan], [1, 2]]), "NaN or infinity"),
        (np.array([[0.0, np.inf], [1, 2]]), "NaN or infinity"),
    ],
)
def test_features_that_are_none_are_refused(features, complaint):
    with pytest.raises(UserError, match=complaint):
        gaussian(features)


def test_features_of_different_networks_are_refused():
    with pytest.raises(UserError, match="of 3 and of 2 numbers cannot be compared"):
        frechet_distance(gaussian(random_features(9, 3)), gaussian(random_features(9, 2)))
