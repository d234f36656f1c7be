"""Tests and intervals against closed forms and the textbooks."""

import numpy as np
import pytest

from thesis_gan.reproduction.claims import significance

LOW, HIGH = [1.0, 2.0, 3.0, 4.0], [4.0, 5.0, 6.0, 7.0]


def test_p_of_a_rise_is_welchs_and_one_sided():
    """t = 3 / sqrt(5 / 6) with 6 degrees of freedom, whose distribution has a closed form: p = 0.008345."""
    assert significance.rises(LOW, HIGH) == pytest.approx(0.008345, abs=1e-6)
    assert significance.rises(HIGH, LOW) == pytest.approx(1 - 0.008345, abs=1e-6)
    assert significance.rises(LOW, LOW) == pytest.approx(0.5)


def test_p_between_constants_is_0_or_1():
    assert significance.rises([2.0, 2.0], [2.0, 2.0]) == significance.rises([3.0, 3.0], [2.0, 2.0]) == 1
    assert significance.rises([2.0, 2.0], [3.0, 3.0]) == 0
    assert significance.above([2.0, 2.0], 2) == significance.above([2.0, 2.0], 3) == 1
    assert significance.above([2.0, 2.0], 1) == 0
    assert significance.wider([1.0, 1.0], [1.0, 1.0]) == significance.wider([1.0, 1.0], [1.0, 2.0]) == 1
    assert significance.wider([1.0, 2.0], [1.0, 1.0]) == 0


def test_p_of_a_mean_above_a_bound_is_students():
    """With 2 degrees of freedom p = 1/2 - t / (2 sqrt(2 + t^2)); mean 1, deviation 1, so t = sqrt(3)."""
    expected = 0.5 - np.sqrt(3) / (2 * np.sqrt(5))
    assert significance.above([0.0, 1.0, 2.0], 0) == pytest.approx(expected)
    assert significance.above([0.0, -1.0, -2.0], 0) == pytest.approx(1 - expected)


def test_p_of_a_greater_spread_is_fishers_f():
    """With 2 and 2 degrees of freedom p = 1 / (1 + F)."""
    assert significance.wider([0.0, 3.0, 6.0], [0.0, 1.0, 2.0]) == pytest.approx(0.1)
    assert significance.wider([0.0, 1.0, 2.0], [0.0, 3.0, 6.0]) == pytest.approx(0.9)


def test_interval_of_a_mean_is_the_textbooks():
    """t at 97.5 % with 2 degrees of freedom is 4.303."""
    assert significance.interval([0.0, 1.0, 2.0]) == pytest.approx((1 - 4.303 / np.sqrt(3), 1 + 4.303 / np.sqrt(3)), abs=1e-3)
    assert significance.interval([1.0]) == (-np.inf, np.inf)


def test_wilsons_interval_equals_the_textbooks():
    """20 of 40: 0.352 to 0.648; 0 of 10: 0 to 0.278 (Newcombe 1998's method 3)."""
    assert significance.wilson(0.5, 40) == pytest.approx((0.352, 0.648), abs=5e-4)
    assert significance.wilson(0.0, 10) == pytest.approx((0, 0.2775), abs=5e-4)
