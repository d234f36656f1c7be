"""The judges of claims, each fed with runs made up to support, to contradict and to leave it open."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import settings_of, write_run

from thesis_gan import methods
from thesis_gan.experiments import claims
from thesis_gan.experiments.claims import CLAIMS, NOT_SUPPORTED, SUPPORTED, UNDECIDED
from thesis_gan.experiments.runs import Run
from thesis_gan.experiments.table1 import FID, IS

ORDER = ("dcgan", "wgan", "wgan-gp")


class MadeUpRun(SimpleNamespace):
    """What the judges see of a run; whether it is in the table follows from its name, as of a real one."""

    in_table = Run.in_table


def run_of(method, seed=0, name=None, history=None, profile="smoke", **metrics):
    return MadeUpRun(
        name=name or f"{method}-seed{seed}",
        seed=seed,
        profile=profile,
        method=methods.find(method),
        config={"method": method, "seed": seed},
        settings=settings_of(method, profile=profile),
        metrics=metrics,
        history={key: np.array(column, float) for key, column in (history or {}).items()},
    )


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
    verdict, evidence = claims.order_of_scores(scored((5, 6, 7), (30, 20, 10)))
    assert verdict == SUPPORTED
    assert "dcgan: IS 5.01, FID 30.0, 3 seeds; wgan: IS 6.01, FID 20.0, 3 seeds; wgan-gp: IS 7.01" in evidence


@pytest.mark.parametrize(
    ("scores", "distances"), [((6, 5, 7), (30, 20, 10)), ((5, 6, 7), (20, 30, 10)), ((7, 6, 5), (10, 20, 30))]
)
def test_claim_1_is_not_supported_by_another_order(scores, distances):
    assert claims.order_of_scores(scored(scores, distances)).verdict == NOT_SUPPORTED


# Two methods of 3 seeds each, 1 apart: t is the difference of means over sqrt(2 / 3), with 4 degrees of freedom.
@pytest.mark.parametrize(
    ("step", "verdict", "said"),
    [
        (1.9, SUPPORTED, "at most 0.0403;"),
        (1.6, UNDECIDED, "at most 0.0608;"),
        (0.0, UNDECIDED, "at most 0.5; of a step the other way: at least 0.5."),
        (-2.45, UNDECIDED, "at least 0.02."),
        (-3.2, NOT_SUPPORTED, "at least 0.00863."),
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
    found, evidence = claims.order_of_scores(scored(scores, distances, spread=1.0))
    assert found == verdict
    assert said in evidence


def test_claim_1_is_open_if_the_seeds_differ_more_than_the_methods():
    for scores in ((5, 5.1, 5.2), (5.2, 5.1, 5)):
        verdict, evidence = claims.order_of_scores(scored(scores, (30, 29.9, 29.8), spread=1.0))
        assert verdict == UNDECIDED
        assert "Welch" in evidence


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_claim_1_is_open_if_all_scores_are_one_number():
    assert claims.order_of_scores(scored((5, 5, 5), (30, 30, 30), spread=0)).verdict == UNDECIDED


@pytest.mark.parametrize(("seeds", "count"), [(1, "1 seed;"), (2, "2 seeds;")])
@pytest.mark.parametrize(("scores", "said"), [((5, 6, 7), "in the claimed order"), ((7, 6, 5), "not in the claimed order")])
def test_claim_1_is_open_with_fewer_than_three_seeds_but_says_the_order(seeds, count, scores, said):
    verdict, evidence = claims.order_of_scores(scored(scores, (30, 20, 10), seeds))
    assert verdict == UNDECIDED
    assert f"The means are {said}" in evidence
    assert count in evidence


def test_claim_1_is_open_if_a_single_method_has_fewer_seeds():
    runs = scored((5, 6, 7), (30, 20, 10))
    del runs["wgan-gp-seed2"]
    assert claims.order_of_scores(runs).verdict == UNDECIDED


@pytest.mark.parametrize("missing", ORDER)
def test_claim_1_is_open_without_one_of_the_methods(missing):
    runs = {name: run for name, run in scored((5, 6, 7), (30, 20, 10)).items() if run.config["method"] != missing}
    assert claims.order_of_scores(runs).verdict == UNDECIDED


def test_claim_1_does_not_count_the_run_for_figure_10():
    runs = scored((5, 6, 7), (30, 20, 10))
    runs.update(by_name(run_of("wgan", name="wgan-plain5-seed0", **{IS: 100.0, FID: 1000.0})))
    verdict, evidence = claims.order_of_scores(runs)
    assert verdict == SUPPORTED
    assert "wgan: IS 6.01, FID 20.0, 3 seeds" in evidence


def test_p_of_a_rise_is_welchs_and_one_sided():
    """t = 3 / sqrt(5 / 6) with 6 degrees of freedom, whose distribution has a closed form: p = 0.008345."""
    low, high = [1.0, 2.0, 3.0, 4.0], [4.0, 5.0, 6.0, 7.0]
    assert claims._rises(low, high) == pytest.approx(0.008345, abs=1e-6)
    assert claims._rises(high, low) == pytest.approx(1 - 0.008345, abs=1e-6)
    assert claims._rises(low, low) == pytest.approx(0.5)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_p_of_a_rise_between_equal_constants_is_1():
    assert claims._rises([2.0, 2.0, 2.0], [2.0, 2.0, 2.0]) == 1


def course(estimate):
    """A history of whole epochs."""
    number = np.arange(len(estimate)) + 1
    return {"epoch": number, "passes": number.astype(float), "wasserstein": np.asarray(estimate)}


def estimates(wgan, wgan_gp):
    return by_name(*(run_of(name, history=course(estimate)) for name, estimate in (("wgan", wgan), ("wgan-gp", wgan_gp))))


WARM_UP = [9.0, 9.0, 9.0, 9.0]  # WGAN's first four epochs are the 30 and 15 steps
FALLING, RISING = np.linspace(5, 1, 14), np.linspace(1, 5, 14)


@pytest.mark.parametrize("wgan_gp", [FALLING, RISING], ids=["wgan-gp falls", "wgan-gp rises"])
@pytest.mark.parametrize("wgan", [FALLING, RISING], ids=["wgan falls", "wgan rises"])
def test_claim_3_is_open_whatever_the_course_and_says_the_course(wgan, wgan_gp):
    """Sample quality, which the estimate is to follow, is not measured over epochs."""
    verdict, evidence = claims.estimate_falls(estimates([*WARM_UP, *wgan], wgan_gp))
    assert verdict == UNDECIDED
    said = {
        5: "mean estimate 5 in epoch {}, 1 in the last, Spearman's rho with the epoch -1.00 over 14 epochs",
        1: "mean estimate 1 in epoch {}, 5 in the last, Spearman's rho with the epoch 1.00 over 14 epochs",
    }
    assert f"wgan-seed0: {said[wgan[0]].format(5)}; wgan-gp-seed0: {said[wgan_gp[0]].format(1)}." in evidence
    assert "sample quality is not measured" in evidence


def test_claim_3_does_not_look_at_the_warm_up():
    outcomes = {claims.estimate_falls(estimates([*first, *FALLING], FALLING)) for first in (WARM_UP, [0, 1, 2, 30])}
    assert len(outcomes) == 1


def test_claim_3_does_not_look_at_a_last_epoch_of_a_few_steps():
    runs = estimates([*WARM_UP, *FALLING, 99.0], FALLING)
    runs["wgan-seed0"].history["passes"][-1] = len(WARM_UP) + len(FALLING) + 0.01
    assert claims.estimate_falls(runs) == claims.estimate_falls(estimates([*WARM_UP, *FALLING], FALLING))


def test_claim_3_gives_spearmans_rho():
    """Ranks 2, 1, 3 against 1, 2, 3: rho = 1 - 6 * 2 / (3 * 8) = 0.5."""
    evidence = claims.estimate_falls(estimates([*WARM_UP, 2, 1, 30], [30, 2, 1])).evidence
    assert "rho with the epoch 0.50 over 3 epochs" in evidence
    assert "rho with the epoch -1.00 over 3 epochs" in evidence


@pytest.mark.parametrize(("wgan", "count"), [([5.0], 0), ([*WARM_UP, 5.0, 6.0], 2)], ids=["one epoch", "two after the warm-up"])
def test_claim_3_is_open_with_too_few_epochs(wgan, count):
    verdict, evidence = claims.estimate_falls(estimates(wgan, FALLING))
    assert verdict == UNDECIDED
    assert f"wgan-seed0 has {count} epochs after the warm-up" in evidence


@pytest.mark.parametrize("missing", ["wgan-seed0", "wgan-gp-seed0"])
def test_claim_3_is_open_without_a_run(missing):
    runs = estimates([*WARM_UP, *RISING], RISING)
    del runs[missing]
    verdict, evidence = claims.estimate_falls(runs)
    assert verdict == UNDECIDED
    assert missing in evidence


def first_epochs(plain, scheduled):
    return by_name(
        *(
            run_of("wgan", name=name, history={"epoch": np.arange(len(estimate)) + 1, "wasserstein": estimate})
            for name, estimate in (("wgan-plain5-seed0", plain), ("wgan-seed0", scheduled))
        )
    )


COURSES = {
    "is highest in the first epoch (epoch means 6, 5, 4, 3, 2, 1), never negative": [6, 5, 4, 3, 2, 1],
    "rises first (epoch means 1, 3, 2, 1.5, 1.2, 1), never negative": [1, 3, 2, 1.5, 1.2, 1],
    "is highest in the first epoch (epoch means 4, 3, 2, 1, -0.5, -0.25), negative": [4, 3, 2, 1, -0.5, -0.25],
    "rises first (epoch means -1, 3, 2, 1.5, 1.2, 1), negative": [-1, 3, 2, 1.5, 1.2, 1],
}


@pytest.mark.parametrize("scheduled", COURSES)
@pytest.mark.parametrize("plain", COURSES)
def test_claim_4_is_open_whatever_the_courses_and_says_both(plain, scheduled):
    """Supporting, contradicting and neither: one run each does not show the spread between seeds."""
    verdict, evidence = claims.warm_up_cures(first_epochs(COURSES[plain], COURSES[scheduled]))
    assert verdict == UNDECIDED
    assert f"wgan-plain5-seed0: {plain}; wgan-seed0: {scheduled}. One run each" in evidence


def test_claim_4_looks_at_the_first_six_epochs_only():
    """The run of the table is longer than the one with 5 steps throughout."""
    falling, rising = (COURSES[said] for said in list(COURSES)[:2])
    assert claims.warm_up_cures(first_epochs(rising, [*falling, 70, -9])) == claims.warm_up_cures(first_epochs(rising, falling))


@pytest.mark.parametrize("missing", ["wgan-plain5-seed0", "wgan-seed0"])
def test_claim_4_is_open_without_a_run(missing):
    runs = first_epochs([1.0, 3.0], [2.0, 1.0])
    del runs[missing]
    verdict, evidence = claims.warm_up_cures(runs)
    assert verdict == UNDECIDED
    assert missing in evidence


def accuracies(*accuracy, profile="thesis"):
    return by_name(run_of("dcgan", profile=profile, history={"epoch": np.arange(len(accuracy)) + 1, "accuracy": accuracy}))


@pytest.mark.parametrize("accuracy", [(0.5, 0.94, 0.8, 0.99), (0.5, 0.6, 0.94), (0.94, 0.5, 0.5, 1.0)])
def test_claim_5_is_not_supported_by_a_discriminator_that_errs_in_all_of_three_epochs(accuracy):
    verdict, evidence = claims.perfect_discriminator(accuracies(*accuracy))
    assert verdict == NOT_SUPPORTED
    assert "mean accuracy at most 0.940 in the first three epochs." in evidence


@pytest.mark.parametrize("accuracy", [(0.5, 0.8, 0.99), (0.99, 0.5, 0.5), (0.5, 0.95, 0.5), (1.0, 1.0, 1.0)])
def test_claim_5_is_open_for_a_perfect_one_as_the_gradient_is_not_measured(accuracy):
    verdict, evidence = claims.perfect_discriminator(accuracies(*accuracy))
    assert verdict == UNDECIDED
    assert f"at most {max(accuracy):.3f} in" in evidence
    assert "not measured" in evidence


@pytest.mark.parametrize("accuracy", [0.5, 0.99])
def test_claim_5_is_open_under_settings_that_are_not_the_thesis_and_names_them(accuracy):
    verdict, evidence = claims.perfect_discriminator(accuracies(*[accuracy] * 3, profile="quick"))
    assert verdict == UNDECIDED
    assert "settings that are not the thesis's (learning_rate 0.004, generator_loss non-saturating)." in evidence


@pytest.mark.parametrize("runs", [{}, accuracies(0.5, 0.5)], ids=["no run", "two epochs"])
def test_claim_5_is_open_before_epoch_3(runs):
    assert claims.perfect_discriminator(runs).verdict == UNDECIDED


def timed(dcgan, wgan, wgan_gp, passes=(1, 1, 1)):
    """Runs of 1000 generator steps that took so many minutes and passes."""
    return by_name(
        *(
            run_of(name, minutes=minutes, passes=count, generator_steps=1000)
            for name, minutes, count in zip(ORDER, (dcgan, wgan, wgan_gp), passes)
        )
    )


def test_claim_7_is_supported_if_both_take_longer_per_step_and_per_pass():
    verdict, evidence = claims.takes_longer(timed(1, 2, 3))
    assert verdict == SUPPORTED
    assert "dcgan-seed0: 60.0 s per pass, 60.0 ms per generator step" in evidence


@pytest.mark.parametrize("minutes", [(2, 1, 3), (2, 3, 1), (3, 2, 1)])
def test_claim_7_is_not_supported_if_one_of_them_is_faster_per_step(minutes):
    assert claims.takes_longer(timed(*minutes)).verdict == NOT_SUPPORTED


def test_claim_7_is_open_if_it_depends_on_what_an_epoch_is():
    assert claims.takes_longer(timed(1, 2, 3, passes=(1, 5, 5))).verdict == UNDECIDED


@pytest.mark.parametrize("missing", ORDER)
def test_claim_7_is_open_without_a_run(missing):
    runs = timed(1, 2, 3)
    del runs[f"{missing}-seed0"]
    assert claims.takes_longer(runs).verdict == UNDECIDED


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
    assert claims.labels_obeyed(obeying(*shares)).verdict == verdict


def test_claim_8_says_the_share_with_its_interval():
    evidence = claims.labels_obeyed(obeying(0.98)).evidence
    assert "in 98.0% of 10000 images (95% interval 97.7 to 98.3%)." in evidence
    assert "in 98.0% of 20000 images" in claims.labels_obeyed(obeying(0.99, 0.97)).evidence


def test_claim_8_does_not_count_a_run_that_is_no_row_of_the_table():
    runs = obeying(0.98)
    runs.update(by_name(run_of("cgan", name="cgan-wide-seed0", label_accuracy=0.1, num_samples=10000)))
    assert claims.labels_obeyed(runs) == claims.labels_obeyed(obeying(0.98))


def test_claim_8_is_open_if_too_few_images_could_be_chance():
    assert claims.labels_obeyed(obeying(0.92, count=100)).verdict == UNDECIDED
    assert claims.labels_obeyed(obeying(0.92, count=10000)).verdict == SUPPORTED
    assert claims.labels_obeyed(obeying(0.45, count=100)).verdict == UNDECIDED
    assert claims.labels_obeyed(obeying(0.45, count=10000)).verdict == NOT_SUPPORTED


def test_claim_8_is_open_without_a_run():
    assert claims.labels_obeyed({}).verdict == UNDECIDED


def test_wilsons_interval_equals_the_textbooks():
    """20 of 40: 0.352 to 0.648; 0 of 10: 0 to 0.278 (Newcombe 1998's method 3)."""
    assert claims._wilson(0.5, 40) == pytest.approx((0.352, 0.648), abs=5e-4)
    assert claims._wilson(0.0, 10) == pytest.approx((0, 0.2775), abs=5e-4)


def test_untested_claims_are_open_and_say_what_they_need():
    verdict, evidence = claims.not_tested("a telescope")({})
    assert verdict == UNDECIDED
    assert "needs a telescope" in evidence


def test_every_claim_is_there_once_in_order():
    assert [claim.id for claim in CLAIMS] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.id}")
def test_every_claim_is_open_without_runs_and_says_why(claim):
    verdict, evidence = claim.judge({})
    assert verdict == UNDECIDED
    assert evidence.endswith(".")


def test_claims_are_written_from_the_finished_runs_of_a_folder(tmp_path):
    write_run(tmp_path, "cgan", 0, label_accuracy=0.99, num_samples=1000, generator_steps=3000)
    write_run(tmp_path, "cgan", 1, status="diverged: a loss was not finite by generator step 1200", generator_steps=1200)
    write_run(tmp_path, "cgan", 0, name="cgan-wide-seed0", label_accuracy=0.1, num_samples=1000, generator_steps=3000)
    claims.write(tmp_path)
    records = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert all(list(record) == ["id", "claim", "source", "verdict", "evidence"] for record in records)
    verdicts = {record["id"]: record["verdict"] for record in records}
    assert verdicts.pop("8") == SUPPORTED
    assert set(verdicts.values()) == {UNDECIDED}
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    for record in records:
        assert f"## {record['id']}: {record['verdict']}\n\n{record['claim']} ({record['source']})" in text
        assert record["evidence"] in text


def test_run_too_short_to_draw_digits_says_nothing_of_any_claim(tmp_path):
    write_run(tmp_path, "cgan", 0, label_accuracy=0.99, num_samples=1000, generator_steps=claims.MINIMUM_STEPS - 1)
    assert {record["verdict"] for record in claims.write(tmp_path)} == {UNDECIDED}
    assert "Left out for fewer than 1000 generator steps: cgan-seed0." in (tmp_path / "claims.md").read_text(encoding="utf-8")
