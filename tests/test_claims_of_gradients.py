"""The judges of gradients that vanish or explode (claims 5, 6 and 9), fed with made-up runs and experiments."""

import pytest
from made_up_evidence import TUNED, accuracies, beside_the_table, critics, judged, rivals, standing_still

from thesis_gan.reproduction.claims import gradients
from thesis_gan.reproduction.claims.base import NOT_SUPPORTED, SUPPORTED, UNDECIDED

PERFECT = beside_the_table(0.5, 0.97, 0.99, seeds=3)


@pytest.mark.parametrize(
    ("runs", "still", "verdict"),
    [
        (PERFECT, standing_still(), SUPPORTED),
        (beside_the_table(0.5, 0.94, 0.8, 0.99, seeds=3), standing_still(), NOT_SUPPORTED),
        (beside_the_table(0.5, 0.97, 0.99, seeds=2), standing_still(), UNDECIDED),
        (accuracies(0.5, 0.94, 0.8, 0.99), standing_still(), UNDECIDED),
        (PERFECT, standing_still(saturating=0.9), NOT_SUPPORTED),
        (PERFECT, standing_still(saturating=0.2), UNDECIDED),
        (PERFECT, standing_still(share=0.5), UNDECIDED),
        (PERFECT, standing_still(seeds=2), UNDECIDED),
        (PERFECT, None, UNDECIDED),
        ({}, standing_still(), UNDECIDED),
        (accuracies(1.0, 1.0), standing_still(), UNDECIDED),
        (TUNED, standing_still(), UNDECIDED),
        ({**TUNED, **PERFECT}, standing_still(), SUPPORTED),
        ({**TUNED, **beside_the_table(0.5, 0.6, 0.7, seeds=3)}, standing_still(), NOT_SUPPORTED),
        ({**TUNED, **beside_the_table(1.0, 1.0, seeds=3)}, standing_still(), UNDECIDED),  # of fewer than three epochs
        (
            {**beside_the_table(0.5, 0.6, 0.7, seeds=2), **beside_the_table(1, 1, 1, seeds=2, first=2)},
            standing_still(),
            UNDECIDED,
        ),
    ],
)
def test_claim_5_needs_an_accurate_discriminator_and_a_vanishing_gradient(runs, still, verdict):
    assert judged(gradients.perfect_discriminator, runs, perfect=still).verdict == verdict


def test_claim_5_says_both_halves_in_numbers():
    evidence = judged(
        gradients.perfect_discriminator,
        {**TUNED, **beside_the_table(0.5, 0.97, 0.9), **beside_the_table(0.5, 0.97, 0.981, 0.99, seeds=2, first=1)},
        perfect=standing_still(),
    ).evidence
    assert evidence.startswith(
        "Highest mean accuracy of an epoch, of the first three, with the settings of the thesis: 0.970 (dcgan-thesis-seed0), "
        "0.980 (dcgan-thesis-seed1), 0.979 (dcgan-thesis-seed2); with learning_rate 0.004, generator_loss non-saturating: 0.700 "
        "(dcgan-seed0). One-sided p that with those of the thesis it is above 0.95, Student's t: 0.00713; that it is below: "
        "above 0.5."
    )
    assert "accuracy 1 on a fresh batch after 2 steps (0.00 epochs) in 3 of 3 seeds" in evidence
    assert "ends at 99.0% of log 2" in evidence
    assert "the gradient of the saturating loss ends at 0.0011 times its first norm" in evidence
    assert "the gradient of the non-saturating loss ends at 11 times its first norm" in evidence
    assert evidence.endswith("that this gradient ends above half its first norm: above 0.5.")


def test_claim_5_names_the_run_that_is_missing():
    evidence = judged(gradients.perfect_discriminator, TUNED, perfect=standing_still()).evidence
    assert "A run with the settings of the thesis is missing; `run_all.sh` makes it (dcgan-thesis)." in evidence


@pytest.mark.parametrize(
    ("toy", "verdict"),
    [
        (critics(), SUPPORTED),
        (critics(clipped=(1.0, 2.0)), NOT_SUPPORTED),
        (critics(penalised=(0.001, 1.0)), NOT_SUPPORTED),
        (critics(share=0.1), NOT_SUPPORTED),
        (critics(share=0.49), UNDECIDED),
        (critics(clipped=(0.1, 1.01)), UNDECIDED),
        (None, UNDECIDED),
    ],
)
def test_claim_6_needs_steep_gradients_and_weights_at_their_bounds(toy, verdict):
    assert judged(gradients.clipping_harms_depth, {}, toy=toy).verdict == verdict


def test_claim_6_says_by_how_much_and_which_way():
    evidence = judged(gradients.clipping_harms_depth, {}, toy=critics((0.001, 1.0))).evidence
    assert "Clip 0.1: the norm spans a factor of 10^3.0 over 6 layers, falling towards the input, 30% of the weights" in evidence
    assert "clip 0.01: the norm spans a factor of 10^3.0 over 6 layers, growing towards the input" in evidence
    assert (
        "penalty: the norm spans a factor of 10^0.3 over 6 layers, falling towards the input (3 seeds; before training 10^0.0)"
        in evidence
    )
    assert "71% of the clipped weights at their bounds (95% interval 69 to 73%, 3 distributions)" in evidence


@pytest.mark.parametrize(
    ("still", "runs", "verdict"),
    [
        (standing_still(), rivals(20, 10), SUPPORTED),
        (standing_still(least_squares=0.9), rivals(20, 10), NOT_SUPPORTED),
        (standing_still(least_squares=0.9), {}, NOT_SUPPORTED),
        (standing_still(), rivals(10, 20), NOT_SUPPORTED),
        (None, rivals(10, 20), NOT_SUPPORTED),
        (standing_still(least_squares=0.2), rivals(20, 10), UNDECIDED),
        (standing_still(), rivals(20, 20), UNDECIDED),
        (standing_still(), rivals(20, 10, seeds=2), UNDECIDED),
        (standing_still(seeds=2), rivals(20, 10), UNDECIDED),
        (standing_still(), {}, UNDECIDED),
        (None, rivals(20, 10), UNDECIDED),
    ],
)
def test_claim_9_needs_a_lost_gradient_and_better_scores(still, runs, verdict):
    assert judged(gradients.lsgan_loses_its_gradient, runs, perfect=still).verdict == verdict
    elsewhere = judged(gradients.lsgan_loses_its_gradient, {}, perfect=still, beside={"s1": runs})
    assert elsewhere.verdict == verdict
    assert ("Of the profile s1, whose results lie beside these: lsgan:" in elsewhere.evidence) == bool(runs)


def test_claim_9_says_the_verdict_of_each_half():
    evidence = judged(gradients.lsgan_loses_its_gradient, rivals(20, 20), perfect=standing_still()).evidence
    assert evidence.startswith("Loss (supported): against a generator that stands still the gradient of the least-squares loss")
    assert "Help (undecided): lsgan: FID 20.1 ± 0.1, 3 seeds; lsgan-reg: FID 20.1 ± 0.1, 3 seeds." in evidence
