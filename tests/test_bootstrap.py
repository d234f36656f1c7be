"""Intervals by resampling, against the spread that repeated sampling really has."""

import numpy as np
import pytest

from thesis_gan.errors import UserError
from thesis_gan.metrics.bootstrap import bootstrap_interval
from thesis_gan.metrics.frechet import Gaussian, distance_to, gaussian

REFERENCE = Gaussian(np.zeros(8), np.eye(8))
distance = distance_to(REFERENCE)


def sample(seed, count=200):
    return np.random.RandomState(seed).normal(0.2, 1.3, (count, 8))


def test_interval_of_a_mean_is_the_one_of_the_normal_distribution():
    numbers = np.random.RandomState(0).normal(5, 2, 400)
    low, high = bootstrap_interval(lambda chosen: numbers[chosen].mean(), 400, 4000)
    error = numbers.std() / 20
    assert (low, high) == pytest.approx((numbers.mean() - 1.96 * error, numbers.mean() + 1.96 * error), abs=0.1 * error)


def test_interval_of_fid_is_about_as_wide_as_repeated_sampling_and_about_the_score():
    """FID of resamples is biased upwards by more than the interval's width: the score must lie inside all the same."""
    features = sample(0)
    low, high = bootstrap_interval(lambda chosen: distance(gaussian(features[chosen])), len(features), 300)
    repeated = [distance(gaussian(sample(seed))) for seed in range(1, 400)]
    real_low, real_high = np.quantile(repeated, [0.025, 0.975])
    assert high - low == pytest.approx(real_high - real_low, rel=0.2)
    assert low < distance(gaussian(features)) < high


def test_a_statistic_without_spread_has_an_interval_of_no_width():
    assert bootstrap_interval(lambda chosen: 3.0, 10, 20) == (3, 3)


def test_the_same_seed_gives_the_same_interval():
    numbers = np.arange(50.0)
    first, again, other = (bootstrap_interval(lambda chosen: numbers[chosen].mean(), 50, 20, seed=seed) for seed in (0, 0, 1))
    assert first == again != other


def test_one_resample_is_refused():
    with pytest.raises(UserError, match="two or more resamples"):
        bootstrap_interval(lambda chosen: 0.0, 10, 1)
