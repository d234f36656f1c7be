"""The judges of claims, each fed with runs made up to support, to contradict and to leave it open."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import settings_of, write_run

from thesis_gan.experiments import claims
from thesis_gan.experiments.claims import CLAIMS, NOT_SUPPORTED, SUPPORTED, UNDECIDED
from thesis_gan.experiments.table1 import FID, IS

ORDER = ("dcgan", "wgan", "wgan-gp")


def run_of(method, seed=0, name=None, history=None, curve=None, overrides=(), **metrics):
    """What the judges see of a run."""
    return SimpleNamespace(
        name=name or f"{method}-seed{seed}",
        config={"method": method, "seed": seed},
        settings=settings_of(method, *overrides),
        metrics=metrics,
        history={key: np.array(column, float) for key, column in (history or {}).items()},
        curve={key: np.array(column, float) for key, column in (curve or {}).items()},
    )


def by_name(*runs):
    return {run.name: run for run in runs}


def scored(scores, distances, seeds=3, spread=0.01):
    """Runs of the three methods around these means, ``spread`` apart."""
    return by_name(
        *(
            run_of(name, seed, **{IS: score + spread * seed, FID: distance - spread * seed})
            for name, score, distance in zip(ORDER, scores, distances)
            for seed in range(seeds)
        )
    )


def test_claim_1_is_supported_by_three_seeds_clearly_in_the_order():
    assert claims.order_of_scores(scored((5, 6, 7), (30, 20, 10))).verdict == SUPPORTED


@pytest.mark.parametrize(
    ("scores", "distances"), [((6, 5, 7), (30, 20, 10)), ((5, 6, 7), (20, 30, 10)), ((7, 6, 5), (10, 20, 30))]
)
def test_claim_1_is_not_supported_by_another_order(scores, distances):
    assert claims.order_of_scores(scored(scores, distances)).verdict == NOT_SUPPORTED


def test_claim_1_is_open_if_the_seeds_differ_more_than_the_methods():
    verdict, evidence = claims.order_of_scores(scored((5, 5.1, 5.2), (30, 29.9, 29.8), spread=1.0))
    assert verdict == UNDECIDED
    assert "Welch" in evidence


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize(("scores", "said"), [((5, 6, 7), "in the claimed order"), ((7, 6, 5), "not in the claimed order")])
def test_claim_1_is_open_with_fewer_than_three_seeds_but_says_the_order(seeds, scores, said):
    verdict, evidence = claims.order_of_scores(scored(scores, (30, 20, 10), seeds))
    assert verdict == UNDECIDED
    assert f"The means are {said}" in evidence


@pytest.mark.parametrize("missing", ORDER)
def test_claim_1_is_open_without_one_of_the_methods(missing):
    runs = {name: run for name, run in scored((5, 6, 7), (30, 20, 10)).items() if run.config["method"] != missing}
    assert claims.order_of_scores(runs).verdict == UNDECIDED


def test_claim_1_does_not_count_the_run_for_figure_10():
    runs = scored((5, 6, 7), (30, 20, 10))
    runs.update(by_name(run_of("wgan", name="wgan-plain5-seed0", **{IS: 100.0, FID: 1000.0})))
    assert claims.order_of_scores(runs).verdict == SUPPORTED


def test_welch_is_one_sided():
    low, high = [1.0, 2.0, 3.0, 4.0], [4.0, 5.0, 6.0, 7.0]
    p = claims._welch(low, high, "less")
    assert p == pytest.approx(0.0085, abs=0.001)  # t = -3.286 with 6 degrees of freedom
    assert claims._welch(low, high, "greater") == pytest.approx(1 - p)
    assert claims._welch(high, low, "greater") == pytest.approx(p)


def estimates(wgan, wgan_gp):
    return by_name(
        *(
            run_of(name, history={"epoch": np.arange(len(estimate)) + 1, "wasserstein": estimate})
            for name, estimate in (("wgan", wgan), ("wgan-gp", wgan_gp))
        )
    )


FALLING, RISING = np.linspace(5, 1, 14), np.linspace(1, 5, 14)


@pytest.mark.parametrize(("wgan", "wgan_gp"), [(RISING, RISING), (RISING, FALLING), (FALLING, RISING)])
def test_claim_3_is_not_supported_if_an_estimate_rises(wgan, wgan_gp):
    assert claims.estimate_falls(estimates(wgan, wgan_gp)).verdict == NOT_SUPPORTED


def test_claim_3_is_open_if_both_fall_as_sample_quality_is_not_measured():
    verdict, evidence = claims.estimate_falls(estimates(FALLING, FALLING))
    assert verdict == UNDECIDED
    assert "rho of estimate and epoch -1.00" in evidence
    assert "sample quality is not measured" in evidence


def test_claim_3_does_not_look_at_the_warm_up():
    """WGAN's first four epochs are the 30 and 15 steps; the estimate may rise there."""
    assert claims.estimate_falls(estimates([0, 1, 2, 30, *FALLING], FALLING)).verdict == UNDECIDED
    assert claims.estimate_falls(estimates([30, 20, 10, 5, *RISING], FALLING)).verdict == NOT_SUPPORTED


@pytest.mark.parametrize("wgan", [[5.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], ids=["one epoch", "two after the warm-up"])
def test_claim_3_is_open_with_too_few_epochs(wgan):
    assert claims.estimate_falls(estimates(wgan, FALLING)).verdict == UNDECIDED


@pytest.mark.parametrize("missing", ["wgan-seed0", "wgan-gp-seed0"])
def test_claim_3_is_open_without_a_run(missing):
    runs = estimates(RISING, RISING)
    del runs[missing]
    assert claims.estimate_falls(runs).verdict == UNDECIDED


def first_passes(plain, scheduled):
    return by_name(
        *(
            run_of("wgan", name=name, curve={"passes": np.linspace(0.05, 6, len(estimate)), "wasserstein": estimate})
            for name, estimate in (("wgan-plain5-seed0", plain), ("wgan-seed0", scheduled))
        )
    )


GOOD = [5.0, 4.0, 3.0, 2.0, 1.0]


@pytest.mark.parametrize("bad", [[1.0, 3.0, 2.0, 1.5, 1.0], [2.0, 1.0, -0.5, 0.5, 0.2]], ids=["rises", "negative"])
def test_claim_4_is_supported_if_only_plain_5_misbehaves(bad):
    assert claims.warm_up_cures(first_passes(bad, GOOD)).verdict == SUPPORTED
    assert claims.warm_up_cures(first_passes(GOOD, bad)).verdict == NOT_SUPPORTED
    assert claims.warm_up_cures(first_passes(bad, bad)).verdict == NOT_SUPPORTED


def test_claim_4_is_not_supported_if_neither_misbehaves():
    assert claims.warm_up_cures(first_passes(GOOD, GOOD)).verdict == NOT_SUPPORTED


def test_claim_4_looks_at_the_first_six_passes_only():
    runs = first_passes([1.0, 3.0, 2.0, 1.5, 1.0], GOOD)
    curve = runs["wgan-seed0"].curve
    curve["passes"], curve["wasserstein"] = np.append(curve["passes"], 7.0), np.append(curve["wasserstein"], -9.0)
    assert claims.warm_up_cures(runs).verdict == SUPPORTED


def test_claim_4_is_open_if_a_window_is_longer_than_the_six_passes():
    """So it is where so few images are trained on that 50 batches are many passes."""
    runs = first_passes(GOOD, GOOD)
    for run in runs.values():
        run.curve["passes"] += 6.2
    assert claims.warm_up_cures(runs).verdict == UNDECIDED


@pytest.mark.parametrize("missing", ["wgan-plain5-seed0", "wgan-seed0"])
def test_claim_4_is_open_without_a_run(missing):
    runs = first_passes([1.0, 3.0, 2.0, 1.5, 1.0], GOOD)
    del runs[missing]
    assert claims.warm_up_cures(runs).verdict == UNDECIDED


def accuracies(*accuracy):
    return by_name(run_of("dcgan", history={"epoch": np.arange(len(accuracy)) + 1, "accuracy": accuracy}))


def test_claim_5_is_not_supported_by_a_discriminator_that_errs_in_epoch_3():
    verdict, evidence = claims.perfect_discriminator(accuracies(0.99, 0.99, 0.8, 0.99))
    assert verdict == NOT_SUPPORTED
    assert "0.800 in epoch 3" in evidence


def test_claim_5_is_open_for_a_perfect_one_as_the_gradient_is_not_measured():
    verdict, evidence = claims.perfect_discriminator(accuracies(0.5, 0.8, 0.99))
    assert verdict == UNDECIDED
    assert "not measured" in evidence


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
    [((0.98,), SUPPORTED), ((0.1,), NOT_SUPPORTED), ((0.7,), UNDECIDED), ((0.99, 0.97), SUPPORTED), ((0.99, 0.1), UNDECIDED)],
)
def test_claim_8_goes_by_the_share_of_digits_as_asked_for(shares, verdict):
    assert claims.labels_obeyed(obeying(*shares)).verdict == verdict


def test_claim_8_is_open_if_too_few_images_could_be_chance():
    assert claims.labels_obeyed(obeying(0.92, count=100)).verdict == UNDECIDED
    assert claims.labels_obeyed(obeying(0.92, count=10000)).verdict == SUPPORTED


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
    write_run(tmp_path, "cgan", 1, status="diverged: a loss was not finite by generator step 12")
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
    assert "are left out: cgan-seed0." in (tmp_path / "claims.md").read_text(encoding="utf-8")
