"""The Inception Score against its definition and its known values."""

import numpy as np
import pytest

from thesis_gan.errors import UserError
from thesis_gan.metrics.inception_score import inception_score


def random_logits(count=60, classes=10, scale=3.0):
    return np.random.RandomState(0).normal(0, scale, (count, classes))


def slow_score(logits):
    """exp(mean_x sum_y p(y|x) log(p(y|x) / p(y))), term by term."""
    p = [[np.exp(value) / sum(np.exp(row)) for value in row] for row in logits]
    marginal = [sum(row[y] for row in p) / len(p) for y in range(len(p[0]))]
    divergences = [sum(row[y] * np.log(row[y] / marginal[y]) for y in range(len(row))) for row in p]
    return np.exp(sum(divergences) / len(p))


def test_sure_predictions_spread_evenly_over_ten_classes_score_ten():
    mean, deviation = inception_score(1000 * np.eye(10)[np.arange(200) % 10], splits=1)
    assert mean == pytest.approx(10, rel=1e-12)
    assert deviation == 0


@pytest.mark.parametrize("splits", [1, 10])
def test_identical_predictions_score_one(splits):
    mean, deviation = inception_score(np.tile(random_logits(1), (50, 1)), splits)
    assert mean == pytest.approx(1, rel=1e-12)
    assert deviation == pytest.approx(0, abs=1e-12)


def test_undecided_predictions_score_one():
    assert inception_score(np.zeros((50, 10)), splits=1)[0] == pytest.approx(1, rel=1e-12)


def test_images_of_two_classes_in_shares_score_the_exponential_of_the_entropy():
    labels = np.array([0] * 30 + [1] * 10)
    expected = np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    assert inception_score(1000 * np.eye(10)[labels], splits=1)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("scale", [0.1, 1, 10])
def test_score_equals_the_definition_term_by_term(scale):
    logits = random_logits(scale=scale)
    assert inception_score(logits, splits=1)[0] == pytest.approx(slow_score(logits), rel=1e-10)


def test_one_split_does_not_depend_on_the_order_of_images():
    logits = random_logits()
    assert inception_score(logits[::-1], splits=1)[0] == pytest.approx(inception_score(logits, splits=1)[0], rel=1e-12)


def test_order_of_classes_does_not_matter():
    logits = random_logits()
    assert inception_score(logits[:, ::-1])[0] == pytest.approx(inception_score(logits)[0], rel=1e-12)


def test_a_constant_added_to_an_images_logits_does_not_matter():
    logits = random_logits()
    assert inception_score(logits + np.arange(60)[:, None])[0] == pytest.approx(inception_score(logits)[0], rel=1e-10)


@pytest.mark.parametrize("size", [1e3, 1e6, 1e300])
def test_huge_logits_do_not_overflow(size):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        mean, _ = inception_score(size * np.eye(10)[np.arange(50) % 10], splits=1)
    assert mean == pytest.approx(10, rel=1e-12)


def test_a_class_that_no_image_has_does_no_harm():
    with np.errstate(invalid="raise", divide="raise"):
        mean, _ = inception_score(1e4 * np.eye(10)[np.arange(50) % 5], splits=1)
    assert mean == pytest.approx(5, rel=1e-12)


def test_splits_give_the_mean_and_deviation_of_the_parts_scores():
    logits = random_logits()
    parts = np.array_split(logits[np.random.RandomState(2020).permutation(60)], 4)
    scores = [slow_score(part) for part in parts]
    assert inception_score(logits, splits=4) == pytest.approx((np.mean(scores), np.std(scores)), rel=1e-10)


def test_images_sorted_by_class_are_shuffled_before_they_are_split():
    """Unshuffled, each of the ten parts would hold one class and score 1."""
    assert inception_score(1000 * np.eye(10)[np.repeat(np.arange(10), 100)])[0] > 9


def test_float32_logits_are_scored_in_float64():
    logits = random_logits().astype(np.float32)
    assert inception_score(logits) == inception_score(logits.astype(np.float64))


@pytest.mark.parametrize(
    ("logits", "complaint"),
    [(np.zeros((5, 3)), "There are 5 samples"), (np.full((50, 3), np.nan), "NaN"), (np.zeros(50), "shape")],
)
def test_logits_that_are_none_are_refused(logits, complaint):
    with pytest.raises(UserError, match=complaint):
        inception_score(logits)
