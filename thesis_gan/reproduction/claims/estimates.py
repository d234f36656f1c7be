"""Claims on the Wasserstein estimate."""

from operator import attrgetter
from typing import Dict, List, Mapping, Sequence

import numpy as np
from scipy import stats

from thesis_gan.reproduction.claims.base import (
    MINIMUM_SEEDS,
    ORDER,
    UNDECIDED,
    Claim,
    Evidence,
    Verdict,
    as_p,
    counted,
    decided,
    p_values,
    seeds_of,
)
from thesis_gan.reproduction.claims.significance import above, interval, rises
from thesis_gan.reproduction.plan import WGAN_PLAIN
from thesis_gan.reproduction.quality_by_epoch import MINIMUM_SHEETS, Quality
from thesis_gan.reproduction.thesis_figures import FIRST_EPOCHS
from thesis_gan.runs.run import Run

SCHEDULES = {WGAN_PLAIN: "5 critic steps throughout", "wgan": "30, 15, 5"}
STRAYS = 0.1  # of the largest value: less is no rise that one would see in Fig. 10


def estimate_follows_quality(evidence: Evidence) -> Verdict:
    """Spearman's rho in each run, over epochs after the warm-up: of WGAN's and WGAN-GP's estimate with the epoch (below 0) and
    with the Fréchet distance of the epoch's samples (above 0), by Student's t over seeds; and DCGAN's estimate of the divergence
    has a smaller rho with that distance (Welch). All at 5 %. Not supported if one of the first four goes the other way (5 % over
    four). The distance is Table 1's FID of the epoch's snapshot where every run has snapshots of three epochs at least, and else
    that of the epoch's sheet of 64 images."""
    said, as_claimed, contrary, with_quality, seeds = [], [], [], {}, []
    runs = {name: seeds_of(evidence.runs, name) for name in ORDER}
    by_snapshots = all(len(evidence.snapshots.get(run.name, {})) >= MINIMUM_SHEETS for each in runs.values() for run in each)
    distances = evidence.snapshots if by_snapshots else evidence.quality
    for name in ORDER:
        critic = name != "dcgan"
        rhos = [_courses(run, distances) for run in runs[name]]
        epochs, quality = ([pair[place] for pair in rhos if pair[place] is not None] for place in (0, 1))
        with_quality[name] = quality
        seeds.append(len(quality))
        said.append(
            f"{name}'s estimate of the {'distance' if critic else 'divergence'}: rho {_mean_rho(epochs)} with the epoch, "
            f"{_mean_rho(quality)} with the Fréchet distance of the samples ({counted(quality, 'seed')})"
        )
        if critic and len(quality) >= MINIMUM_SEEDS:
            as_claimed += [above(-np.array(epochs), 0), above(quality, 0)]
            contrary += [above(epochs, 0), above(-np.array(quality), 0)]
    text = "; ".join(said) + f". The samples are {'the snapshots' if by_snapshots else 'sheets of 64 images'}."
    if min(seeds) < MINIMUM_SEEDS:
        text += f" A verdict needs {MINIMUM_SEEDS} seeds of each with the samples of at least {MINIMUM_SHEETS} epochs."
        return evidence.lacking(text, *ORDER)
    as_claimed += [rises(with_quality["dcgan"], with_quality[name]) for name in ORDER[1:]]
    text += " " + p_values("of all six comparisons as claimed", as_claimed, "of a course the other way", contrary)
    return decided(as_claimed, contrary, text)


def warm_up_cures(evidence: Evidence) -> Verdict:
    """The extent to which the estimate's means of some 50 critic steps, over the first 6 epochs, exceed the first of them or fall
    below 0, as a share of the largest: with 5 critic steps throughout more than a tenth (Student's t, 5 %), and with 30, 15, 5
    less than half of that (Welch, 5 %), for what is cured is gone. Not supported if it is less than a tenth with 5 steps, or more
    than half of that with 30, 15, 5 (5 % over two). The means over an epoch hide what is within the first: what they give by the
    same rule is said beside, and decides nothing."""
    runs = {}
    for name, steps in SCHEDULES.items():
        runs[name] = [run for run in evidence.runs.values() if run.group == name]
        if not runs[name]:
            return evidence.lacking(f"There is no finished run with {steps} ({name}).", name)
    by_window, by_epoch = (
        _cured({name: [_first_epochs(columns(run)) for run in found] for name, found in runs.items()}, of)
        for columns, of in ((attrgetter("curve"), "windows of 50 critic steps"), (attrgetter("history"), "epochs"))
    )
    agree = "the same" if by_epoch.verdict == by_window.verdict else by_epoch.verdict
    return Verdict(by_window.verdict, f"{by_window.evidence} {by_epoch.evidence} By these it would be {agree}.")


def _cured(courses: Dict[str, List[np.ndarray]], of: str) -> Verdict:
    """By the rule of :func:`warm_up_cures`. courses: by schedule, of each seed the estimate's means over ``of``."""
    extents = {name: np.array([_strays(course) for course in found]) for name, found in courses.items()}
    said = []
    for name, steps in SCHEDULES.items():
        mean = np.mean([course[: min(map(len, courses[name]))] for course in courses[name]], axis=0)
        said.append(
            f"with {steps} the estimate rises above the first in "
            f"{sum(course.max() > course[0] for course in courses[name])} of {counted(courses[name], 'seed')} and is negative in "
            f"{sum(course.min() < 0 for course in courses[name])}, by {100 * extents[name].mean():.0f}% of the largest "
            f"(mean course: {_shortened(mean)})"
        )
    text = f"By the means over {of}, {'; '.join(said)}."
    plain, scheduled = extents[WGAN_PLAIN], extents["wgan"]
    if min(len(plain), len(scheduled)) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    claimed = [above(plain, STRAYS), rises(2 * scheduled, plain)]
    contrary = [above(-plain, -STRAYS), rises(plain, 2 * scheduled)]
    said = f"that it strays with 5 steps: {as_p(claimed[0].p)}; less than half as far with 30, 15, 5"
    return decided(claimed, contrary, f"{text} {p_values(said, claimed[1:], 'of the contrary', contrary)}")


def _courses(run: Run, quality: Quality):
    """Spearman's rho of a run's estimate with the epoch and with its samples' distance; None where there are too few epochs."""
    history = run.history
    numbers = history["epoch"]
    later = numbers > sum(epochs for _, epochs in run.settings.critic_schedule.stages)
    later &= np.diff(history["passes"], prepend=0) > 0.5  # the last epoch may be a few steps only
    # Without a critic's estimate: methods.dcgan.jensen_shannon, of the epoch's mean loss.
    estimate = history["wasserstein"] if "wasserstein" in history else np.log(2) - history["critic_loss"] / 2
    distances = np.array([quality.get(run.name, {}).get(str(int(number)), np.nan) for number in numbers])
    rhos = []
    for other in (numbers, distances):
        both = later & np.isfinite(other)
        rho = np.nan
        if both.sum() >= MINIMUM_SHEETS and np.ptp(estimate[both]) > 0 and np.ptp(other[both]) > 0:
            rho = float(stats.spearmanr(estimate[both], other[both])[0])
        rhos.append(rho if np.isfinite(rho) else None)
    return rhos


def _first_epochs(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    return columns["wasserstein"][columns["epoch"] <= FIRST_EPOCHS]


def _shortened(course: np.ndarray) -> str:
    """A course in words: all of a short one; of a long one where it begins, its largest and its smallest value, and its end."""
    if len(course) <= FIRST_EPOCHS:
        return ", ".join(f"{value:.3g}" for value in course)
    return f"from {course[0]:.3g} between {course.min():.3g} and {course.max():.3g} to {course[-1]:.3g}"


def _strays(course: np.ndarray) -> float:
    return float((max(0.0, course.max() - course[0]) + max(0.0, -course.min())) / np.abs(course).max())


def _mean_rho(values: Sequence[float]) -> str:
    if not len(values):
        return "unknown"
    low, high = np.clip(interval(values), -1, 1)
    return f"{np.mean(values):.2f}" + (f" (95% interval {low:.2f} to {high:.2f})" if len(values) > 1 else "")


CLAIMS = (
    Claim(
        "3",
        "The Wasserstein estimate falls as training goes on and follows sample quality; the GAN's own estimate does not.",
        "thesis §3.3",
        "The critic's loss estimates a distance between the two distributions, so it should fall as samples get better. A "
        "discriminator's saturates and says nothing of quality.",
        ("fig09_wgan_estimate.png", "fig12_wgan_gp_estimate.png", "scores_by_epoch.png"),
        estimate_follows_quality,
    ),
    Claim(
        "4",
        "With too few critic steps the estimate first rises and can be negative; 30, 15, 5 steps cure that.",
        "thesis §3.3, Fig. 10",
        "An untrained critic's estimate is far below the distance. It first rises while the critic catches up; more critic steps "
        "in the first epochs let it be near its optimum from the start.",
        ("fig10_critic_schedules.png",),
        warm_up_cures,
    ),
)
