"""The judges of claims, each fed with runs made up to support, to contradict and to leave it open."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import settings_of, write_run

from thesis_gan import methods
from thesis_gan.data import mnist
from thesis_gan.data.images import grid
from thesis_gan.data.picture_files import write_picture
from thesis_gan.reproduction import quality_by_epoch
from thesis_gan.reproduction.claims import base, digits, estimates, gradients, ranking
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.claims.base import NOT_SUPPORTED, SUPPORTED, UNDECIDED, Evidence
from thesis_gan.reproduction.claims.page import CLAIMS
from thesis_gan.reproduction.plan import THESIS, THESIS_OVERRIDES
from thesis_gan.reproduction.table1 import FID, IS
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.run import Run

ORDER = ("dcgan", "wgan", "wgan-gp")


class MadeUpRun(SimpleNamespace):
    """What the judges see of a run; whether it is in the table follows from its name, as of a real one."""

    in_table = Run.in_table


def run_of(method, seed=0, name=None, history=None, curve=None, profile="smoke", overrides=(), **metrics):
    return MadeUpRun(
        name=name or f"{method}-seed{seed}",
        seed=seed,
        profile=profile,
        method=methods.find(method),
        config={"method": method, "seed": seed},
        settings=settings_of(method, *overrides, profile=profile),
        metrics=metrics,
        history={key: np.array(column, float) for key, column in (history or {}).items()},
        curve={key: np.array(column, float) for key, column in (curve or history or {}).items()},
    )


def judged(judge, runs, **evidence):
    return judge(Evidence(runs, **evidence))


def by_name(*runs):
    return {run.name: run for run in runs}


def scored(scores, distances, seeds=3, spread=0.01):
    """Runs of the three methods, the seeds' scores going up and their distances down from these by ``spread``."""
    return by_name(
        *(
            run_of(name, seed, **{IS: score + spread * seed, FID: distance - spread * seed})
            for name, score, distance in zip(ORDER, scores, distances)
            for seed in range(seeds)
        )
    )


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


def steadiness(dcgan, wgan, wgan_gp):
    """Runs whose log FID varies so much over three seeds."""
    return by_name(
        *(
            run_of(name, seed, **{IS: 5.0, FID: 100 * np.exp(spread * (seed - 1))})
            for name, spread in zip(ORDER, (dcgan, wgan, wgan_gp))
            for seed in range(3)
        )
    )


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


EPOCHS = 10
WARM_UP = 4  # WGAN's first four epochs are the 30 and 15 steps


def courses(dcgan, wgan, wgan_gp, seeds=3, warm_up=(99.0,) * WARM_UP):
    """Runs and sample quality, which falls from 10 to 1 after the warm-up; each estimate is given over those epochs."""
    runs, distances = [], {}
    for name, course in zip(ORDER, (dcgan, wgan, wgan_gp)):
        for seed in range(seeds):
            before = list(warm_up) if name == "wgan" else []
            column = np.array([*before, *course], float)
            column[-1 - seed] += 1e-3  # seeds differ a little
            number = np.arange(len(column)) + 1
            history = {"epoch": number, "passes": number, "critic_loss": 2 * (np.log(2) - column)}
            if name != "dcgan":
                history["wasserstein"] = column
            runs.append(run_of(name, seed, history=history))
            distances[runs[-1].name] = dict(zip(map(str, number), [*[50.0] * len(before), *np.linspace(10, 1, EPOCHS)]))
    return by_name(*runs), distances


FALLING, RISING = np.linspace(5, 1, EPOCHS), np.linspace(1, 5, EPOCHS)


@pytest.mark.parametrize(
    ("dcgan", "wgan", "wgan_gp", "verdict"),
    [
        (RISING, FALLING, FALLING, SUPPORTED),
        (FALLING, FALLING, FALLING, UNDECIDED),
        (RISING, RISING, FALLING, NOT_SUPPORTED),
        (RISING, FALLING, RISING, NOT_SUPPORTED),
        (FALLING, RISING, RISING, NOT_SUPPORTED),
    ],
)
def test_claim_3_goes_by_the_estimates_course_and_by_its_rank_correlation_with_quality(dcgan, wgan, wgan_gp, verdict):
    runs, distances = courses(dcgan, wgan, wgan_gp)
    assert judged(estimates.estimate_follows_quality, runs, quality=distances).verdict == verdict


def test_claim_3_gives_spearmans_rho():
    """Ranks 2, 1, 3 against 1, 2, 3: rho = 1 - 6 * 2 / (3 * 8) = 0.5; the quality falls, so against it -0.5."""
    runs, distances = courses([1, 2, 3], [20, 10, 30], [30, 20, 10], seeds=1)
    evidence = judged(estimates.estimate_follows_quality, runs, quality=distances).evidence
    assert "wgan's estimate of the distance: rho 0.50 with the epoch, -0.50 with the Fréchet distance" in evidence
    assert "wgan-gp's estimate of the distance: rho -1.00 with the epoch, 1.00 with the Fréchet distance" in evidence
    assert "dcgan's estimate of the divergence: rho 1.00 with the epoch, -1.00 with the Fréchet distance" in evidence


def test_claim_3_looks_neither_at_the_warm_up_nor_at_a_last_epoch_of_a_few_steps():
    outcomes = set()
    for first in ((99.0,) * WARM_UP, (0.0, 1.0, 2.0, 30.0)):
        runs, distances = courses(RISING, FALLING, FALLING, warm_up=first)
        outcomes.add(judged(estimates.estimate_follows_quality, runs, quality=distances))
    whole, distances = courses(RISING, FALLING, FALLING)
    for run in whole.values():
        for name, last in (
            ("epoch", 1 + run.history["epoch"][-1]),
            ("passes", 0.01 + run.history["passes"][-1]),
            ("critic_loss", 99),
        ):
            run.history[name] = np.append(run.history[name], last)
        if "wasserstein" in run.history:
            run.history["wasserstein"] = np.append(run.history["wasserstein"], 99)
        distances[run.name][str(len(run.history["epoch"]))] = 0.0
    outcomes.add(judged(estimates.estimate_follows_quality, whole, quality=distances))
    assert len(outcomes) == 1


def test_claim_3_goes_by_the_snapshots_where_every_run_has_them():
    runs, distances = courses(RISING, FALLING, FALLING)
    backwards = {name: dict(zip(of, list(of.values())[::-1])) for name, of in distances.items()}
    verdict, evidence = judged(estimates.estimate_follows_quality, runs, quality=backwards, snapshots=distances)
    assert verdict == SUPPORTED and "The samples are the snapshots." in evidence
    del distances["wgan-seed1"]
    verdict, evidence = judged(estimates.estimate_follows_quality, runs, quality=backwards, snapshots=distances)
    assert verdict == NOT_SUPPORTED and "The samples are sheets of 64 images." in evidence


def test_claim_3_is_open_with_fewer_than_three_seeds_or_without_the_samples_quality():
    runs, distances = courses(RISING, FALLING, FALLING, seeds=2)
    verdict, evidence = judged(estimates.estimate_follows_quality, runs, quality=distances)
    assert verdict == UNDECIDED
    assert "(2 seeds)" in evidence
    runs, _ = courses(RISING, FALLING, FALLING)
    verdict, evidence = judged(estimates.estimate_follows_quality, runs)
    assert verdict == UNDECIDED
    assert "rho -1.00" in evidence
    assert "unknown with the Fréchet distance" in evidence


def first_epochs(plain, scheduled, seeds=3, means=None):
    """Runs whose estimate goes so over the windows of the first epochs, and so, if ``means`` are given, over those epochs."""
    runs = []
    for place, (name, estimate) in enumerate((("wgan-plain5", plain), ("wgan", scheduled))):
        for seed in range(seeds):
            columns = [
                {"epoch": np.arange(len(values)) + 1, "wasserstein": np.add(values, 0.01 * seed)}
                for values in (estimate, means[place] if means else estimate)
            ]
            runs.append(run_of("wgan", seed, f"{name}-seed{seed}", curve=columns[0], history=columns[1]))
    return by_name(*runs)


FALLS, RISES_FIRST, TURNS_NEGATIVE = [6, 5, 4, 3, 2, 1], [1, 3, 2, 1.5, 1.2, 1], [4, 3, 2, 1, -0.8, -0.7]
RISES_LESS = [2, 2.5, 2, 1.5, 1.2, 1]  # by 20 % of the largest, where the others rise by 67 %


@pytest.mark.parametrize(
    ("plain", "scheduled", "verdict"),
    [
        (RISES_FIRST, FALLS, SUPPORTED),
        (RISES_FIRST, RISES_LESS, SUPPORTED),
        (TURNS_NEGATIVE, FALLS, SUPPORTED),
        (FALLS, FALLS, NOT_SUPPORTED),
        (FALLS, RISES_FIRST, NOT_SUPPORTED),
        (TURNS_NEGATIVE, RISES_FIRST, NOT_SUPPORTED),
        (RISES_FIRST, RISES_FIRST, NOT_SUPPORTED),
        (RISES_LESS, RISES_LESS, NOT_SUPPORTED),
        ([9.998, 11.11, 5], FALLS, UNDECIDED),  # by 10.009, 10.000 and 9.991 % of the largest
    ],
)
def test_claim_4_goes_by_how_far_the_estimate_strays_with_and_without_the_warm_up(plain, scheduled, verdict):
    assert judged(estimates.warm_up_cures, first_epochs(plain, scheduled)).verdict == verdict


def test_claim_4_is_judged_by_the_windows_and_says_what_the_means_over_epochs_would_give():
    means = ([6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1])
    verdict, evidence = judged(estimates.warm_up_cures, first_epochs(RISES_FIRST, FALLS, means=means))
    assert verdict == SUPPORTED
    assert evidence.startswith("By the means over windows of 50 critic steps, with 5 critic steps throughout the estimate rises")
    assert (
        "By the means over epochs, with 5 critic steps throughout the estimate rises above the first in 0 of 3 seeds" in evidence
    )
    assert evidence.endswith("By these it would be not supported.")
    assert judged(estimates.warm_up_cures, first_epochs(FALLS, FALLS)).evidence.endswith("By these it would be the same.")


def test_claim_4_counts_the_seeds_and_gives_the_means():
    evidence = judged(estimates.warm_up_cures, first_epochs(TURNS_NEGATIVE, FALLS)).evidence
    assert "rises above the first in 0 of 3 seeds and is negative in 3, by 20% of the largest (" in evidence
    assert "(mean course: 6.01, 5.01, 4.01, 3.01, 2.01, 1.01)" in evidence
    long = np.array([0.2, 1.6, 1.2, 1, 1, 1, 0.9])
    columns = {"epoch": np.ones(7), "wasserstein": long}
    runs = by_name(*(run_of("wgan", 0, f"{name}-seed0", columns) for name in ("wgan-plain5", "wgan")))
    assert "(mean course: from 0.2 between 0.2 and 1.6 to 0.9)" in judged(estimates.warm_up_cures, runs).evidence


def test_claim_4_looks_at_the_first_six_epochs_only():
    """The run of the table is longer than the one with 5 steps throughout."""
    long = first_epochs(RISES_FIRST, [*FALLS, 70, -9])
    assert judged(estimates.warm_up_cures, long) == judged(estimates.warm_up_cures, first_epochs(RISES_FIRST, FALLS))


def test_claim_4_is_open_with_fewer_than_three_seeds_or_without_a_run():
    runs = first_epochs(RISES_FIRST, FALLS, seeds=2)
    verdict, evidence = judged(estimates.warm_up_cures, runs)
    assert verdict == UNDECIDED
    assert "in 2 of 2 seeds and is negative in 0, by 67% of the largest (" in evidence
    only = {name: run for name, run in runs.items() if name.startswith("wgan-plain5")}
    assert judged(estimates.warm_up_cures, only).verdict == UNDECIDED


def accuracies(*accuracy, profile="thesis", name=None, overrides=THESIS_OVERRIDES):
    history = {"epoch": np.arange(len(accuracy)) + 1, "accuracy": accuracy}
    return by_name(run_of("dcgan", name=name, profile=profile, overrides=overrides, history=history))


def standing_still(share=0.99, saturating=0.001, least_squares=0.001, seeds=3):
    """perfect.json: D's estimate ends at this share of log 2, gradients at these multiples of their first norms."""
    records = []
    ends = {"saturating": saturating, "non-saturating": 10.0, "least-squares": least_squares, "least-squares, regularised": 2.0}
    for seed in range(seeds):
        for game, losses in (("probability", list(ends)[:2]), ("least squares", list(ends)[2:])):
            for noise in (False, True):
                loss = np.linspace(1.4, 2 * np.log(2) * (1 - share) * (1 + seed / 100), 5).tolist()
                norms = {name: [2.0, 2.0 * ends[name] * (1 + seed / 10)] for name in losses}
                record = {"game": game, "noise": noise, "seed": seed, "accuracy": [0.5, 0.9, 1.0, 1.0, 1.0], "critic_loss": loss}
                records.append({**record, "looks": [0, 4], "gradient_norms": norms})
    return {"discriminators": records}


PERFECT = accuracies(0.5, 0.97, 0.99)
TUNED = accuracies(0.5, 0.6, 0.7, profile="quick", overrides=())


def beside_the_table(*accuracy, seed=0):
    """The run of three epochs that a profile makes whose own dcgan has other settings."""
    return accuracies(*accuracy, profile="quick", name=f"{THESIS}-seed{seed}")


@pytest.mark.parametrize(
    ("runs", "still", "verdict"),
    [
        (PERFECT, standing_still(), SUPPORTED),
        (accuracies(0.5, 0.94, 0.8, 0.99), standing_still(), NOT_SUPPORTED),
        (PERFECT, standing_still(saturating=0.9), NOT_SUPPORTED),
        (PERFECT, standing_still(saturating=0.2), UNDECIDED),
        (PERFECT, standing_still(share=0.5), UNDECIDED),
        (PERFECT, standing_still(seeds=2), UNDECIDED),
        (PERFECT, None, UNDECIDED),
        ({}, standing_still(), UNDECIDED),
        (accuracies(1.0, 1.0), standing_still(), UNDECIDED),
        (TUNED, standing_still(), UNDECIDED),
        ({**TUNED, **beside_the_table(0.5, 0.97, 0.99)}, standing_still(), SUPPORTED),
        ({**TUNED, **beside_the_table(0.5, 0.6, 0.7)}, standing_still(), NOT_SUPPORTED),
        ({**TUNED, **beside_the_table(0.5, 0.97), **beside_the_table(1.0, 1.0, seed=1)}, standing_still(), UNDECIDED),
        ({**beside_the_table(0.5, 0.6, 0.7), **beside_the_table(0.5, 1.0, 1.0, seed=1)}, standing_still(), UNDECIDED),
    ],
)
def test_claim_5_needs_an_accurate_discriminator_and_a_vanishing_gradient(runs, still, verdict):
    assert judged(gradients.perfect_discriminator, runs, perfect=still).verdict == verdict


def test_claim_5_says_both_halves_in_numbers():
    evidence = judged(
        gradients.perfect_discriminator,
        {**TUNED, **beside_the_table(0.5, 0.97, 0.9), **beside_the_table(0.5, 0.97, 0.98, 0.99, seed=1)},
        perfect=standing_still(),
    ).evidence
    assert evidence.startswith(
        "Highest mean accuracy of an epoch, of the first three, with the settings of the thesis: 0.970 (dcgan-thesis-seed0), "
        "0.980 (dcgan-thesis-seed1); with learning_rate 0.004, generator_loss non-saturating: 0.700 (dcgan-seed0). "
    )
    assert "accuracy 1 on a fresh batch after 2 steps (0.00 epochs) in 3 of 3 seeds" in evidence
    assert "ends at 99.0% of log 2" in evidence
    assert "the gradient of the saturating loss ends at 0.0011 times its first norm" in evidence
    assert "the gradient of the non-saturating loss ends at 11 times its first norm" in evidence
    assert evidence.endswith("that this gradient ends above half its first norm: above 0.5.")


def test_claim_5_names_the_run_that_is_missing():
    evidence = judged(gradients.perfect_discriminator, TUNED, perfect=standing_still()).evidence
    assert "A run with the settings of the thesis is missing; `run_all.sh` makes it (dcgan-thesis)." in evidence


def critics(clipped=(0.1, 5.0), penalised=(1.0, 2.0), share=0.7, seeds=3):
    """toy.json: from norm to norm over the layers of the deep critics, and the share of weights at their bounds."""
    deep = []
    for name, clip, (first, last) in (
        ("clip 0.1", 0.1, clipped),
        ("clip 0.01", 0.01, clipped[::-1]),
        ("penalty", None, penalised),
    ):
        for seed in range(seeds):
            norms = np.geomspace(first * (1 + seed / 100), last, 6).tolist()
            record = {"constraint": name, "clip": clip, "seed": seed, "norms": {"0": [9.0] * 6, "10": norms, "20": norms}}
            deep.append(record if clip is None else {**record, "share_at_bounds": 0.3})
    surfaces = [{"clip": clip, "share_at_bounds": share + 0.01 * place} for place in range(3) for clip in (0.1, None)]
    return {"deep": deep, "critics": surfaces}


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
    assert "penalty: the norm spans a factor of 10^0.3 over 6 layers, falling towards the input (3 seeds)" in evidence
    assert "71% of the clipped weights at their bounds (95% interval 69 to 73%, 3 distributions)" in evidence


def timed(dcgan, wgan, wgan_gp, turns=4, share=1.0, spread=0.01, generator=10.0):
    """times.json: milliseconds of a critic step, 1 per generator step of DCGAN and 5 of the others."""
    methods_ = {}
    for place, (name, critic) in enumerate(zip(("dcgan", "cgan", "wgan", "wgan-gp"), (dcgan, dcgan, wgan, wgan_gp))):
        course = critic * (1 + spread * np.sin(np.arange(turns) + place))
        methods_[name] = {"critic_steps": 1 if name in ("dcgan", "cgan") else 5, "critic_ms": course.tolist()}
        methods_[name].update(generator_ms=[generator] * turns, share_of_time=[share] * turns)
    about = {"processor": "a processor", "threads": 1, "width": 32, "batch_size": 64, "batches_per_pass": 937}
    return {**about, "methods": methods_}


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


def obeying(*shares, count=10000):
    return by_name(*(run_of("cgan", seed, label_accuracy=share, num_samples=count) for seed, share in enumerate(shares)))


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


def rivals(lsgan, regularised, seeds=3):
    return by_name(
        *(
            run_of(name, seed, **{FID: distance + 0.1 * seed})
            for name, distance in (("lsgan", lsgan), ("lsgan-reg", regularised))
            for seed in range(seeds)
        )
    )


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
    assert judged(gradients.lsgan_loses_its_gradient, {}, perfect=still, beside={"s1": runs}).verdict == verdict


def test_claim_9_says_the_verdict_of_each_half():
    evidence = judged(gradients.lsgan_loses_its_gradient, rivals(20, 20), perfect=standing_still()).evidence
    assert evidence.startswith("Loss (supported): against a generator that stands still the gradient of the least-squares loss")
    assert "Help (undecided): lsgan: FID 20.1 ± 0.1, 3 seeds; lsgan-reg: FID 20.1 ± 0.1, 3 seeds." in evidence


def collapsing(gan, lsgan, wgan, rsgan, seeds=3, modes=4):
    return by_name(
        *(
            run_of(name, seed, class_kl=kl + 0.01 * seed, modes_found=modes)
            for name, kl in (("gan", gan), ("lsgan", lsgan), ("wgan", wgan), ("rsgan", rsgan))
            for seed in range(seeds)
        )
    )


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


# By claim: evidence that supports it, and evidence that contradicts it.
FOR_AND_AGAINST = {
    "1": (Evidence(scored((5, 6, 7), (30, 20, 10))), Evidence(scored((7, 6, 5), (10, 20, 30)))),
    "2": (Evidence(steadiness(0.5, 0.1, 0.1)), Evidence(steadiness(0.1, 0.1, 0.9))),
    "3": tuple(
        Evidence(runs, quality=of_samples)
        for runs, of_samples in (courses(RISING, FALLING, FALLING), courses(FALLING, RISING, RISING))
    ),
    "4": (Evidence(first_epochs(RISES_FIRST, FALLS)), Evidence(first_epochs(FALLS, RISES_FIRST))),
    "5": tuple(
        Evidence({**TUNED, **beside_the_table(*accuracy)}, perfect=standing_still())
        for accuracy in ((0.9, 0.97, 0.99), (0.5, 0.6, 0.7))
    ),
    "6": (Evidence({}, toy=critics()), Evidence({}, toy=critics(clipped=(1.0, 2.0)))),
    "7": (Evidence({}, times=timed(20, 20, 40)), Evidence({}, times=timed(20, 2, 2))),
    "8": (Evidence(obeying(0.98)), Evidence(obeying(0.1))),
    "9": tuple(Evidence(rivals(*distances), perfect=standing_still()) for distances in ((20, 10), (10, 20))),
    "10": (Evidence(collapsing(1.5, 0.5, 0.5, 0.5)), Evidence(collapsing(0.5, 1.5, 1.5, 1.5))),
}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.id}")
def test_every_claim_can_be_supported_and_can_be_contradicted(claim):
    supports, contradicts = (claim.judge(evidence) for evidence in FOR_AND_AGAINST[claim.id])
    assert (supports.verdict, contradicts.verdict) == (SUPPORTED, NOT_SUPPORTED)


@pytest.mark.parametrize(
    ("p", "said"), [(0.998, "above 0.5"), (1.0, "above 0.5"), (0.5, "0.5"), (0.04134, "0.0413"), (1e-9, "below 1e-6")]
)
def test_p_is_printed_where_its_digits_mean_something(p, said):
    assert base.as_p(p) == said


def test_undecided_claim_says_how_many_seeds_would_decide_it():
    """Steps of 1.6 deviations, 3 seeds: t = 1.6 / sqrt(2 / 3), p = 0.06."""
    runs = scored((100, 101.6, 110), (1000, 900, 800), spread=1.0)
    verdict, evidence = judged(ranking.order_of_scores, runs)
    assert verdict == UNDECIDED
    assert evidence.endswith(
        "If the means and deviations seen are the true ones, 6 seeds of each would show it with a probability of 80 %."
    )
    against = scored((100, 98.4, 110), (1000, 900, 800), spread=1.0)
    assert re.search(r", \d+ seeds of each would speak against it with", judged(ranking.order_of_scores, against).evidence)
    level = scored((100, 100, 110), (1000, 900, 800), spread=1.0)
    assert judged(ranking.order_of_scores, level).evidence.endswith("not even 1,000 seeds of each would decide it.")


def test_undecided_share_says_how_many_images_would_decide_it():
    """Normal, one proportion: 1.96 sqrt(.09) + 0.84 sqrt(.91 * .09) over 0.01, squared: 6,870 images."""
    evidence = judged(digits.labels_obeyed, obeying(0.91, count=1000)).evidence
    assert "If the share seen is the true one, 6,870 images would decide it with a probability of 80 %." in evidence
    assert "is neither, however many the images" in judged(digits.labels_obeyed, obeying(0.7)).evidence


def test_every_claim_is_there_once_in_order():
    assert [claim.id for claim in CLAIMS] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.id}")
def test_every_claim_is_open_without_runs_and_says_why(claim):
    verdict, evidence = judged(claim.judge, {})
    assert verdict == UNDECIDED
    assert evidence.endswith(".")


def test_claims_are_written_from_the_finished_runs_of_a_folder(tmp_path):
    write_run(tmp_path, "cgan", 0, label_accuracy=0.99, num_samples=1000, generator_steps=3000)
    write_run(tmp_path, "cgan", 1, status="diverged: a loss was not finite by generator step 1200", generator_steps=1200)
    write_run(tmp_path, "cgan", 0, name="cgan-wide-seed0", label_accuracy=0.1, num_samples=1000, generator_steps=3000)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "fig05_cgan_digits.png").write_bytes(b"")
    claims.write(ThesisResults(tmp_path))
    records = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    verdicts = {record["id"]: record["verdict"] for record in records}
    assert verdicts.pop("8") == SUPPORTED
    assert set(verdicts.values()) == {UNDECIDED}
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    for record in records:
        assert f"## {record['id']}: {record['verdict']}\n\n**{record['claim']}** ({record['source']})" in text
        for part in ("argument", "evidence", "rule"):
            assert len(record[part]) > 20
            assert record[part] in text
    assert records[7]["figures"] == ["figures/fig05_cgan_digits.png"]
    assert "](figures/fig05_cgan_digits.png)" in text
    assert records[5]["figures"] == []


def test_claims_read_the_experiments_and_the_comparisons_beside(tmp_path):
    results = tmp_path / "quick"
    write_run(results, "dcgan", 0, generator_steps=3000, minutes=1.0, passes=1.0, **{IS: 5.0, FID: 10.0})
    history = "epoch,passes,critic_loss,accuracy\n1,1,1,0.5\n"
    (results / "runs" / "dcgan-seed0" / "history.csv").write_text(history, encoding="utf-8")
    (results / "toy.json").write_text(json.dumps(critics()), encoding="utf-8")
    for seed in range(3):
        for name, kl in (("gan", 1.5), ("lsgan", 0.5), ("wgan", 0.5), ("rsgan", 0.5)):
            numbers = {"class_kl": kl + 0.01 * seed, "modes_found": 5, FID: 10.0 + seed}
            write_run(tmp_path / "collapse", name, seed, generator_steps=1500, **numbers)
    verdicts = {record["id"]: record["verdict"] for record in claims.write(ThesisResults(results))}
    assert (verdicts["6"], verdicts["10"]) == (SUPPORTED, SUPPORTED)


def test_run_too_short_to_draw_digits_says_nothing_of_any_claim(tmp_path):
    write_run(tmp_path, "cgan", 0, label_accuracy=0.99, num_samples=1000, generator_steps=claims.MINIMUM_STEPS - 1)
    assert {record["verdict"] for record in claims.write(ThesisResults(tmp_path))} == {UNDECIDED}
    assert "Left out for fewer than 1000 generator steps: cgan-seed0." in (tmp_path / "claims.md").read_text(encoding="utf-8")


def test_quality_is_measured_once_from_the_sheets_and_kept(tmp_path, monkeypatch):
    digits = np.random.RandomState(0).randint(0, 256, (64, 28, 28, 1)).astype(np.uint8)
    np.testing.assert_array_equal(quality_by_epoch.cut(grid(digits, 8), 28), digits)
    sheets = {epoch: tmp_path / f"epoch-{epoch:04d}.png" for epoch in (1, 2)}
    for epoch, path in sheets.items():
        write_picture(path, grid(np.full_like(digits, 10 * epoch), 8))
    run = SimpleNamespace(name="wgan-seed0", sheet_files=lambda: sheets)
    assert quality_by_epoch.measure(tmp_path, [run]) == {}
    sheets[3] = tmp_path / "epoch-0003.png"
    write_picture(sheets[3], grid(mnist.load("test").images[:64], 8))
    found = quality_by_epoch.measure(tmp_path, [run])
    assert list(found["wgan-seed0"]) == ["1", "2", "3"]
    assert found["wgan-seed0"]["3"] < 0.5 * found["wgan-seed0"]["1"]
    monkeypatch.setattr(quality_by_epoch, "MNISTFeatures", None)
    assert quality_by_epoch.measure(tmp_path, [run]) == found
    sheets.clear()
    assert quality_by_epoch.measure(tmp_path, [run]) == found
