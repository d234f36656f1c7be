"""The judges of the digits themselves (claims 8 and 10), fed with made-up runs."""

import pytest
from made_up_evidence import by_name, collapsing, judged, obeying, run_of

from thesis_gan.reproduction.claims import digits
from thesis_gan.reproduction.claims.base import NOT_SUPPORTED, SUPPORTED, UNDECIDED


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.98,), SUPPORTED),
        ((0.91,), SUPPORTED),
        ((0.905,), UNDECIDED),
        ((0.7,), UNDECIDED),
        ((0.495,), UNDECIDED),
        ((0.48,), NOT_SUPPORTED),
        ((0.1,), NOT_SUPPORTED),
        ((0.99, 0.97), SUPPORTED),
        ((0.99, 0.1), UNDECIDED),
        ((0.3, 0.1), NOT_SUPPORTED),
    ],
)
def test_claim_8_goes_by_the_share_of_digits_as_asked_for(shares, verdict):
    assert judged(digits.labels_obeyed, obeying(*shares)).verdict == verdict


def test_claim_8_says_the_share_with_its_interval():
    evidence = judged(digits.labels_obeyed, obeying(0.98)).evidence
    assert "in 98.0% of 10000 images (95% interval 97.7 to 98.3%)." in evidence
    assert "in 98.0% of 20000 images" in judged(digits.labels_obeyed, obeying(0.99, 0.97)).evidence


def test_claim_8_does_not_count_a_run_that_is_no_row_of_the_table():
    runs = obeying(0.98)
    runs.update(by_name(run_of("cgan", name="cgan-wide-seed0", label_accuracy=0.1, num_samples=10000)))
    assert judged(digits.labels_obeyed, runs) == judged(digits.labels_obeyed, obeying(0.98))


def test_claim_8_is_open_if_too_few_images_could_be_chance():
    assert judged(digits.labels_obeyed, obeying(0.92, count=100)).verdict == UNDECIDED
    assert judged(digits.labels_obeyed, obeying(0.92, count=10000)).verdict == SUPPORTED
    assert judged(digits.labels_obeyed, obeying(0.45, count=100)).verdict == UNDECIDED
    assert judged(digits.labels_obeyed, obeying(0.45, count=10000)).verdict == NOT_SUPPORTED


def test_claim_8_is_open_without_a_run():
    assert judged(digits.labels_obeyed, {}).verdict == UNDECIDED


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        (collapsing(1.5, 0.5, 0.5, 0.5), SUPPORTED),
        (collapsing(1.5, 0.5, 2.0, 0.5), NOT_SUPPORTED),
        (collapsing(1.5, 0.5, 1.5, 0.5), UNDECIDED),
        (collapsing(1.5, 0.5, 0.5, 0.5, seeds=2), UNDECIDED),
        (collapsing(1.5, 0.5, 0.5, 0.5, modes=10), UNDECIDED),
        ({}, UNDECIDED),
    ],
)
def test_claim_10_goes_by_the_evenness_of_the_digits(runs, verdict):
    assert judged(digits.less_collapse, runs).verdict == verdict
    assert judged(digits.less_collapse, {}, beside={"collapse": runs}).verdict == verdict
