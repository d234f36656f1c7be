"""The judges of the digits themselves (claims 8 and 10), fed with made-up runs."""

import pytest
from made_up_evidence import by_name, collapsing, judged, obeying, run_of

from thesis_gan.reproduction.claims import digits
from thesis_gan.reproduction.claims.base import NOT_SUPPORTED, SUPPORTED, UNDECIDED


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.98, 0.97, 0.96), SUPPORTED),
        ((0.95, 0.94, 0.91), UNDECIDED),  # t = 2.8, p = 0.055
        ((0.7, 0.71, 0.69), UNDECIDED),
        ((0.47, 0.48, 0.46), NOT_SUPPORTED),
        ((0.49, 0.52, 0.45), UNDECIDED),
        ((0.99, 0.98), UNDECIDED),
        ((0.1,), UNDECIDED),
    ],
)
def test_claim_8_goes_by_the_share_of_digits_as_asked_for_over_seeds(shares, verdict):
    assert judged(digits.labels_obeyed, obeying(*shares)).verdict == verdict


def test_claim_8_says_the_share_with_its_interval():
    """Mean 97, deviation 1: half the interval is 4.303 / sqrt(3); t = 7 sqrt(3), p = 1/2 - t / (2 sqrt(2 + t^2)) = 0.0034."""
    evidence = judged(digits.labels_obeyed, obeying(0.98, 0.97, 0.96)).evidence
    assert "in 97.0% ± 1.0% of the images, 3 seeds of 10000 images (95% interval 94.5 to 99.5%). " in evidence
    assert "that it is above 90%, Student's t: 0.00337; that it is below 50%: above 0.5." in evidence
    assert "Fewer than 3 seeds do not show their spread." in judged(digits.labels_obeyed, obeying(0.98)).evidence
    assert "seeds would show it with a probability of 80 %" in judged(digits.labels_obeyed, obeying(0.95, 0.94, 0.91)).evidence


def test_claim_8_does_not_count_a_run_that_is_no_row_of_the_table():
    runs = obeying(0.98, 0.97, 0.96)
    runs.update(by_name(run_of("cgan", name="cgan-wide-seed0", label_accuracy=0.1, num_samples=10000)))
    assert judged(digits.labels_obeyed, runs) == judged(digits.labels_obeyed, obeying(0.98, 0.97, 0.96))


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
    elsewhere = judged(digits.less_collapse, {}, beside={"collapse": runs})
    assert elsewhere.verdict == verdict
    assert elsewhere.evidence.startswith("Of the profile collapse, whose results lie beside these: gan:") == bool(runs)
