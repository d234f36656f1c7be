"""The judges of who is better, steadier and slower (claims 1, 2 and 7), fed with made-up runs."""

import numpy as np
import pytest
from made_up_evidence import ORDER, by_name, judged, run_of, scored, steadiness, timed

from thesis_gan.reproduction.claims import ranking
from thesis_gan.reproduction.claims.base import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from thesis_gan.reproduction.table1 import FID, IS


def test_claim_1_is_supported_by_three_seeds_clearly_in_the_order():
    verdict, evidence = judged(ranking.order_of_scores, scored((5, 6, 7), (30, 20, 10)))
    assert verdict == SUPPORTED
    assert "dcgan: IS 5.01 ± 0.01, FID 30.0 ± 0.0, 3 seeds; wgan: IS 6.01 ± 0.01, FID 20.0 ± 0.0, 3 seeds; wgan-gp" in evidence


@pytest.mark.parametrize(
    ("scores", "distances"), [((6, 5, 7), (30, 20, 10)), ((5, 6, 7), (20, 30, 10)), ((7, 6, 5), (10, 20, 30))]
)
def test_claim_1_is_not_supported_by_another_order(scores, distances):
    assert judged(ranking.order_of_scores, scored(scores, distances)).verdict == NOT_SUPPORTED


# Two methods of 3 seeds each, 1 apart: t is the difference of means over sqrt(2 / 3), with 4 degrees of freedom.
@pytest.mark.parametrize(
    ("step", "verdict", "said"),
    [
        (1.9, SUPPORTED, "largest 0.0403; of a step the other way: smallest above 0.5."),
        (1.6, UNDECIDED, "largest 0.0608;"),
        (0.0, UNDECIDED, "largest 0.5; of a step the other way: smallest 0.5."),
        (-2.45, UNDECIDED, "largest above 0.5; of a step the other way: smallest 0.02."),
        (-3.2, NOT_SUPPORTED, "smallest 0.00863."),
    ],
    ids=["p = 0.04 as claimed", "p = 0.06 as claimed", "equal", "p = 0.02 reversed", "p = 0.009 reversed"],
)
@pytest.mark.parametrize("pair", [0, 1])
@pytest.mark.parametrize("key", [IS, FID])
def test_claim_1_goes_by_its_weakest_step_and_needs_a_quarter_of_the_level_for_a_reversal(key, pair, step, verdict, said):
    steps = {IS: [100.0, 100.0], FID: [100.0, 100.0]}
    steps[key][pair] = step
    scores = 100 + np.cumsum([0, *steps[IS]])
    distances = 1000 - np.cumsum([0, *steps[FID]])
    found, evidence = judged(ranking.order_of_scores, scored(scores, distances, spread=1.0))
    assert found == verdict
    assert said in evidence


def test_claim_1_is_open_if_the_seeds_differ_more_than_the_methods():
    for scores in ((5, 5.1, 5.2), (5.2, 5.1, 5)):
        verdict, evidence = judged(ranking.order_of_scores, scored(scores, (30, 29.9, 29.8), spread=1.0))
        assert verdict == UNDECIDED
        assert "Welch" in evidence


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_claim_1_is_open_if_all_scores_are_one_number():
    assert judged(ranking.order_of_scores, scored((5, 5, 5), (30, 30, 30), spread=0)).verdict == UNDECIDED


@pytest.mark.parametrize(("seeds", "count"), [(1, "1 seed;"), (2, "2 seeds;")])
@pytest.mark.parametrize(("scores", "said"), [((5, 6, 7), "in the claimed order"), ((7, 6, 5), "not in the claimed order")])
def test_claim_1_is_open_with_fewer_than_three_seeds_but_says_the_order(seeds, count, scores, said):
    verdict, evidence = judged(ranking.order_of_scores, scored(scores, (30, 20, 10), seeds))
    assert verdict == UNDECIDED
    assert f"The means are {said}" in evidence
    assert count in evidence


def test_claim_1_is_open_if_a_single_method_has_fewer_seeds():
    runs = scored((5, 6, 7), (30, 20, 10))
    del runs["wgan-gp-seed2"]
    assert judged(ranking.order_of_scores, runs).verdict == UNDECIDED


@pytest.mark.parametrize("missing", ORDER)
def test_claim_1_is_open_without_one_of_the_methods(missing):
    runs = {name: run for name, run in scored((5, 6, 7), (30, 20, 10)).items() if run.config["method"] != missing}
    assert judged(ranking.order_of_scores, runs).verdict == UNDECIDED


def test_claim_1_does_not_count_the_run_for_figure_10():
    runs = scored((5, 6, 7), (30, 20, 10))
    runs.update(by_name(run_of("wgan", name="wgan-plain5-seed0", **{IS: 100.0, FID: 1000.0})))
    verdict, evidence = judged(ranking.order_of_scores, runs)
    assert verdict == SUPPORTED
    assert "wgan: IS 6.01 ± 0.01, FID 20.0 ± 0.0, 3 seeds" in evidence


# Of two variances with 2 and 2 degrees of freedom, a ratio F has p = 1 / (1 + F): 0.05 at 19.
@pytest.mark.parametrize(
    ("spreads", "verdict"),
    [
        ((0.5, 0.1, 0.1), SUPPORTED),
        ((0.5, 0.1, 0.4), UNDECIDED),
        ((0.1, 0.1, 0.1), UNDECIDED),
        ((0.1, 0.2, 0.1), UNDECIDED),
        ((0.1, 0.1, 0.9), NOT_SUPPORTED),
        ((0.1, 0.9, 0.01), NOT_SUPPORTED),
    ],
)
def test_claim_2_goes_by_the_spread_of_log_fid_over_seeds(spreads, verdict):
    assert judged(ranking.steadier_training, steadiness(*spreads)).verdict == verdict


def test_claim_2_gives_the_p_of_the_f_test():
    evidence = judged(ranking.steadier_training, steadiness(0.4, 0.2, 0.1)).evidence
    assert "F test: WGAN 0.2, WGAN-GP 0.0588;" in evidence


def test_claim_2_is_not_supported_where_a_wasserstein_gan_diverges_more_often():
    verdict, evidence = judged(ranking.steadier_training, steadiness(0.5, 0.1, 0.1), diverged={"wgan": 1})
    assert verdict == UNDECIDED
    assert "wgan: FID 100.3 ± 10.0, 3 seeds, 1 diverged" in evidence
    assert judged(ranking.steadier_training, steadiness(0.5, 0.1, 0.1), diverged={"wgan": 30}).verdict == NOT_SUPPORTED


def test_claim_2_is_open_with_fewer_than_three_seeds():
    runs = steadiness(0.5, 0.1, 0.1)
    del runs["wgan-seed2"]
    verdict, evidence = judged(ranking.steadier_training, runs)
    assert verdict == UNDECIDED
    assert "wgan: FID 95.2 ± 6.7, 2 seeds" in evidence


def test_claim_7_is_supported_if_a_generator_step_of_both_takes_longer():
    verdict, evidence = judged(ranking.takes_longer, {}, times=timed(20, 20, 40))
    assert verdict == SUPPORTED
    assert evidence.startswith("On a processor, 1 thread, in 4 turns, width 32: dcgan: 30.1 ± ")
    assert "ms for a generator step with its 1 critic step, 28.2 s for a pass of the critic over the data" in evidence
    # With 5 critic steps of 20 ms to a generator step of 10: 110 ms against 30; a pass is 937 / 5 of them against 937.
    assert "for a generator step wgan 3.6" in evidence and "for a pass wgan 0.73, wgan-gp 1.39" in evidence


@pytest.mark.parametrize("critic", [(20, 2, 40), (20, 40, 2), (20, 2, 2)])
def test_claim_7_is_not_supported_if_one_of_them_is_faster_per_generator_step(critic):
    assert judged(ranking.takes_longer, {}, times=timed(*critic)).verdict == NOT_SUPPORTED


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (timed(20, 20, 40, share=0.7), "The process had 70% of the time only; measure again on an idle core."),
        (timed(20, 20, 40, turns=2), "Fewer than 3 turns do not show their spread."),
        (timed(20, 4.0, 40, spread=0.2), "turns would"),
        (None, "There is no times.json; `thesis-gan times --output DIR` makes it"),
    ],
    ids=["other work", "two turns", "no difference", "not measured"],
)
def test_claim_7_is_open_where_the_times_do_not_tell(times, said):
    verdict, evidence = judged(ranking.takes_longer, {}, times=times)
    assert verdict == UNDECIDED and said in evidence
