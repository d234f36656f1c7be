"""The kernel distance against its definition, and what must not change it."""

import numpy as np
import pytest
from scipy import linalg

from thesis_gan.errors import UserError
from thesis_gan.metrics.kernel import LONG, kernel_distance


def random_features(count=40, size=6, seed=0, shift=0.0):
    return np.random.RandomState(seed).normal(shift, 1, (count, size))


def whole(first, second, **more):
    """The estimate from all samples at once."""
    return kernel_distance(first, second, subsets=1, subset_size=len(first), **more)[0]


def slow_distance(first, second):
    """The unbiased estimate, term by term, under (x.y / D + 1)^3."""

    def kernel(x, y):
        return (sum(a * b for a, b in zip(x, y)) / len(x) + 1) ** 3

    n, m = len(first), len(second)
    within_first = sum(kernel(x, y) for i, x in enumerate(first) for j, y in enumerate(first) if i != j) / (n * (n - 1))
    within_second = sum(kernel(x, y) for i, x in enumerate(second) for j, y in enumerate(second) if i != j) / (m * (m - 1))
    return within_first + within_second - 2 * sum(kernel(x, y) for x in first for y in second) / (n * m)


def test_distance_equals_the_definition_term_by_term():
    first, second = random_features(15), random_features(15, seed=1, shift=0.5)
    assert whole(first, second) == pytest.approx(slow_distance(first, second), rel=1e-10)


def test_distance_of_two_points_by_hand():
    """In one dimension (xy + 1)^3: k(1, 3) = 64, k(0, 2) = 1; across k(1, 0) = 1, k(1, 2) = 27, k(3, 0) = 1, k(3, 2) = 343."""
    expected = 64 + 1 - 2 * (1 + 27 + 1 + 343) / 4
    assert whole(np.array([[1.0], [3.0]]), np.array([[0.0], [2.0]])) == pytest.approx(expected, rel=1e-12)


def test_a_linear_kernel_gives_the_squared_distance_of_the_means_less_its_bias():
    """With k(x, y) = x.y the estimate is |m - n|^2 - tr(S)/N - tr(T)/N, S and T the covariances."""
    first, second = random_features(), random_features(seed=1, shift=1.0)
    expected = np.square(first.mean(axis=0) - second.mean(axis=0)).sum()
    expected -= (first.var(axis=0, ddof=1).sum() + second.var(axis=0, ddof=1).sum()) / len(first)
    assert whole(first, second, degree=1, gamma=1.0, coef0=0.0) == pytest.approx(expected, rel=1e-10)


def test_equal_distributions_are_0_on_average():
    estimates = [whole(random_features(seed=seed), random_features(seed=seed + 1000)) for seed in range(300)]
    assert abs(np.mean(estimates)) < 3 * np.std(estimates) / 300**0.5
    assert min(estimates) < 0


def test_distance_grows_with_the_shift():
    distances = [whole(random_features(), random_features(seed=1, shift=shift)) for shift in (0.5, 1.0, 2.0)]
    assert distances == sorted(distances)


def test_subsets_give_mean_and_deviation_over_the_fields_draws():
    first, second = random_features(), random_features(30, seed=1, shift=0.5)
    random, estimates = np.random.RandomState(2020), []
    for _ in range(5):
        one, other = first[random.choice(40, 10, replace=False)], second[random.choice(30, 10, replace=False)]
        estimates.append(slow_distance(one, other))
    assert kernel_distance(first, second, 5, 10) == pytest.approx((np.mean(estimates), np.std(estimates)), rel=1e-9)


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    first, second = random_features(), random_features(seed=1)
    assert kernel_distance(first, second, 5, 10) == kernel_distance(first, second, 5, 10)
    assert kernel_distance(first, second, 5, 10) != kernel_distance(first, second, 5, 10, seed=1)


def test_order_of_samples_and_rotation_of_features_do_not_matter():
    first, second = random_features(), random_features(seed=1, shift=0.5)
    rotation = linalg.qr(random_features(6, 6, seed=2))[0]
    assert whole(first[::-1], second) == pytest.approx(whole(first, second), rel=1e-10)
    assert whole(first @ rotation, second @ rotation) == pytest.approx(whole(first, second), rel=1e-10)


def long_features(seed, shift=0.0):
    """(60, LONG), float32, none below 0, and much the same in all rows, as those of a network's last layer."""
    random = np.random.RandomState(seed)
    common = np.random.RandomState(99).normal(0, 1, LONG)
    return np.maximum(0, 2 + common + 0.3 * random.normal(shift, 1, (60, LONG))).astype(np.float32)


@pytest.mark.parametrize("scale", [1, 1e-12, 1e25])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_long_float32_features_give_what_float64_gives(scale, shift):
    """Though multiplied in float32, since that is done about the mean."""
    first, second = (features * np.float32(scale) for features in (long_features(0), long_features(1, shift)))
    gamma = 1 / (LONG * scale**2)
    exact = kernel_distance(first.astype(np.float64), second.astype(np.float64), 5, 50, gamma=gamma)
    assert kernel_distance(first, second, 5, 50, gamma=gamma) == pytest.approx(exact, rel=2e-6)


def test_long_float32_features_are_multiplied_about_their_mean():
    """A mean of 1,000 times the spread leaves nothing of a float32 product of the features as they are."""
    first, second = (1000 + long_features(seed) for seed in (0, 1))
    exact = kernel_distance(first.astype(np.float64), second.astype(np.float64), 5, 50)
    assert kernel_distance(first, second, 5, 50) == pytest.approx(exact, rel=1e-3)
    as_they_are = (first @ first.T).astype(np.float64) - first.astype(np.float64) @ first.T
    assert np.abs(as_they_are).max() / LONG > 1e-2


def test_long_float32_sets_that_are_far_apart_keep_their_distance():
    first, second = 30 + long_features(0), long_features(1)
    exact = kernel_distance(first.astype(np.float64), second.astype(np.float64), 5, 50)
    assert kernel_distance(first, second, 5, 50) == pytest.approx(exact, abs=1e-8 * exact[0])


@pytest.mark.parametrize("kind", [np.uint8, np.float16, np.float64])
def test_long_features_of_other_kinds_are_taken_in_float64(kind):
    first, second = long_features(0), (10 * long_features(1)).astype(kind)
    exact = kernel_distance(first.astype(np.float64), second.astype(np.float64), 3, 50)
    assert kernel_distance(first, second, 3, 50) == exact


def test_long_features_that_are_all_the_same_are_at_0():
    same = np.full((20, LONG), 3, np.float32)
    assert whole(same, same) == pytest.approx(0, abs=1e-9)
    assert whole(0 * same, 0 * same) == 0


def test_float32_features_are_taken_in_float64():
    first, second = (features.astype(np.float32) for features in (random_features(), random_features(seed=1)))
    assert kernel_distance(first, second, 3, 20) == kernel_distance(first.astype(np.float64), second.astype(np.float64), 3, 20)


@pytest.mark.parametrize("size", [0, 1, 41])
def test_subsets_of_impossible_size_are_refused(size):
    with pytest.raises(UserError, match="subsets of 2 to 40 samples"):
        kernel_distance(random_features(), random_features(), subset_size=size)


def test_features_of_different_networks_are_refused():
    with pytest.raises(UserError, match="of 6 and of 5 numbers"):
        whole(random_features(), random_features(size=5))
