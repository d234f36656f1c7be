"""Tests and intervals against closed forms and the textbooks."""

import numpy as np
import pytest
from scipy import stats

from thesis_gan.reproduction.claims import significance

LOW, HIGH = [1.0, 2.0, 3.0, 4.0], [4.0, 5.0, 6.0, 7.0]


def test_p_of_a_rise_is_welchs_and_one_sided():
    """t = 3 / sqrt(5 / 6) with 6 degrees of freedom, whose distribution has a closed form: p = 0.008345."""
    assert significance.rises(LOW, HIGH).p == pytest.approx(0.008345, abs=1e-6)
    assert significance.rises(HIGH, LOW).p == pytest.approx(1 - 0.008345, abs=1e-6)
    assert significance.rises(LOW, LOW).p == pytest.approx(0.5)


def test_p_between_constants_is_0_or_1():
    assert significance.rises([2.0, 2.0], [2.0, 2.0]).p == significance.rises([3.0, 3.0], [2.0, 2.0]).p == 1
    assert significance.rises([2.0, 2.0], [3.0, 3.0]).p == 0
    assert significance.above([2.0, 2.0], 2).p == significance.above([2.0, 2.0], 3).p == 1
    assert significance.above([2.0, 2.0], 1).p == 0
    assert significance.wider([1.0, 1.0], [1.0, 1.0]).p == significance.wider([1.0, 1.0], [1.0, 2.0]).p == 1
    assert significance.wider([1.0, 2.0], [1.0, 1.0]).p == 0


def test_p_of_a_mean_above_a_bound_is_students():
    """With 2 degrees of freedom p = 1/2 - t / (2 sqrt(2 + t^2)); mean 1, deviation 1, so t = sqrt(3)."""
    expected = 0.5 - np.sqrt(3) / (2 * np.sqrt(5))
    assert significance.above([0.0, 1.0, 2.0], 0).p == pytest.approx(expected)
    assert significance.above([0.0, -1.0, -2.0], 0).p == pytest.approx(1 - expected)


def test_p_of_a_greater_spread_is_fishers_f():
    """With 2 and 2 degrees of freedom p = 1 / (1 + F)."""
    assert significance.wider([0.0, 3.0, 6.0], [0.0, 1.0, 2.0]).p == pytest.approx(0.1)
    assert significance.wider([0.0, 1.0, 2.0], [0.0, 3.0, 6.0]).p == pytest.approx(0.9)


def test_interval_of_a_mean_is_the_textbooks():
    """t at 97.5 % with 2 degrees of freedom is 4.303."""
    assert significance.interval([0.0, 1.0, 2.0]) == pytest.approx((1 - 4.303 / np.sqrt(3), 1 + 4.303 / np.sqrt(3)), abs=1e-3)
    assert significance.interval([1.0]) == (-np.inf, np.inf)


# Sides of four seeds whose deviation is exactly 1.
UNIT = np.array([-1.0, 0.0, 0.0, 1.0]) * np.sqrt(1.5)


def test_power_of_welchs_t_is_the_textbooks():
    """Cohen 1988, table 2.3.2 (one-sided 5 %): with d = 0.5, 50 seeds of each have a power of 0.80; with d = 0.8, 20 have."""
    assert significance.rises(UNIT, UNIT + 0.5).power(50, 0.05) == pytest.approx(0.80, abs=0.005)
    assert significance.rises(UNIT, UNIT + 0.8).power(20, 0.05) == pytest.approx(0.80, abs=0.005)
    assert significance.rises(UNIT, UNIT).power(30, 0.05) == pytest.approx(0.05, abs=1e-6)
    assert significance.rises(UNIT, UNIT - 1).power(30, 0.05) < 1e-3


def test_power_with_unequal_spreads_is_what_repeated_trials_give():
    random, seeds = np.random.RandomState(0), 8
    expected = significance.rises(UNIT, 3 * UNIT + 3).power(seeds, 0.05)
    first, second = random.normal(0, 1, (4000, seeds)), random.normal(3, 3, (4000, seeds))
    t, p = stats.ttest_ind(second, first, axis=1, equal_var=False)
    assert np.mean((t > 0) & (p / 2 < 0.05)) == pytest.approx(expected, abs=0.025)


def test_power_of_a_mean_above_a_bound_is_what_repeated_trials_give():
    random = np.random.RandomState(0)
    t, p = stats.ttest_1samp(random.normal(1, 1, (4000, 5)), 0, axis=1)
    assert np.mean((t > 0) & (p / 2 < 0.05)) == pytest.approx(significance.above(UNIT + 1, 0).power(5, 0.05), abs=0.025)


def test_power_of_a_greater_spread_has_a_closed_form():
    """With 2 and 2 degrees of freedom P(F > x) = 1 / (1 + x): the threshold at 5 % is 19, and a fourfold variance lowers it."""
    assert significance.wider(2 * UNIT, UNIT).power(3, 0.05) == pytest.approx(1 / (1 + 19 / 4))
    assert significance.wider(UNIT, UNIT).power(3, 0.05) == pytest.approx(0.05)


def test_power_of_a_larger_share_is_the_textbooks():
    """Cohen 1988, table 6.3.2: shares of 0.5 and 0.25 (h = 0.52), one-sided 5 %, 40 of each: about 0.76."""
    assert significance.more_often((10, 10), (5, 15)).power(40, 0.05) == pytest.approx(0.76, abs=0.02)
    assert significance.more_often((1, 1), (1, 1)).p == pytest.approx(stats.fisher_exact([[1, 1], [1, 1]], "greater")[1])
    assert significance.more_often((0, 3), (0, 3)).power(1000, 0.05) == 0


def test_power_stays_a_probability_far_in_the_tails():
    for shift in (-200.0, 0.5, 200.0):
        powers = [significance.rises(1e-3 * UNIT, 1e-3 * UNIT + shift).power(seeds, 0.05) for seeds in (2, 3, 30, 1000)]
        assert all(0 <= power <= 1 for power in powers) and powers[-1] == (shift > 0)


def test_number_of_seeds_is_the_smallest_with_that_power():
    outcome = significance.rises(UNIT, UNIT + 0.5)
    assert significance.seeds_for_all([outcome]) == 51  # G*Power gives it too
    assert outcome.power(50, 0.05) < 0.8 <= outcome.power(51, 0.05)
    two = significance.seeds_for_all([outcome, outcome])
    assert 2 * (1 - outcome.power(two, 0.05)) <= 0.2 < 2 * (1 - outcome.power(two - 1, 0.05))
    one = significance.seeds_for_one([outcome, significance.settled(False)], 2)
    assert outcome.power(one - 1, 0.025) < 0.8 <= outcome.power(one, 0.025)
    assert significance.seeds_for_one([outcome], 2) == one
    assert significance.seeds_for_all([outcome, significance.settled(False)]) is None
    assert significance.seeds_for_one([significance.rises(UNIT, UNIT)], 1) is None
