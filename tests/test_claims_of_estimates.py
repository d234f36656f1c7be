"""The judges of the Wasserstein estimate's course (claims 3 and 4), fed with made-up runs."""

import numpy as np
import pytest
from made_up_evidence import (
    FALLING,
    FALLS,
    RISES_FIRST,
    RISING,
    TURNS_NEGATIVE,
    WARM_UP,
    by_name,
    courses,
    first_epochs,
    judged,
    run_of,
)

from thesis_gan.reproduction.claims import estimates
from thesis_gan.reproduction.claims.base import NOT_SUPPORTED, SUPPORTED, UNDECIDED


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
