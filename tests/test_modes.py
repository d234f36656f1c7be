"""Numbers of mode collapse, against counts by hand and closed forms."""

import numpy as np
import pytest

from thesis_gan.metrics.modes import class_shares, kl_from_uniform, modes_found


def logits_of(labels, classes=10):
    return np.eye(classes)[labels] * 5 + np.random.RandomState(0).uniform(0, 1, (len(labels), classes))


def test_shares_are_those_of_the_most_probable_classes():
    assert class_shares(logits_of([0, 0, 3, 9])).tolist() == [0.5, 0, 0, 0.25, 0, 0, 0, 0, 0, 0.25]


@pytest.mark.parametrize(("counts", "expected"), [([100] * 10, 10), ([991, 9] + [0] * 8, 1), ([990, 10] + [0] * 8, 2)])
def test_mode_counts_from_one_percent_of_the_images(counts, expected):
    assert modes_found(class_shares(logits_of(np.repeat(np.arange(10), counts)))) == expected


@pytest.mark.parametrize("drawn", [1, 2, 5, 10])
def test_kl_of_equally_drawn_digits_is_the_logarithm_of_the_share_that_is_drawn(drawn):
    shares = np.array([1 / drawn] * drawn + [0] * (10 - drawn))
    assert kl_from_uniform(shares) == pytest.approx(np.log(10 / drawn), abs=1e-12)


def test_kl_equals_its_sum_and_does_not_depend_on_the_order():
    shares = np.random.RandomState(1).dirichlet(np.ones(10))
    expected = sum(p * np.log(p / 0.1) for p in shares)
    assert kl_from_uniform(shares) == pytest.approx(expected, rel=1e-12)
    assert kl_from_uniform(shares[::-1]) == pytest.approx(expected, rel=1e-12)
