"""Claims on the Wasserstein estimate."""

from typing import Sequence

import numpy as np
from scipy import stats

from thesis_gan.reproduction.claims.base import (
    MINIMUM_SEEDS,
    NOT_SUPPORTED,
    ORDER,
    UNDECIDED,
    Claim,
    Evidence,
    Verdict,
    as_p,
    counted,
    decided,
    seeds_of,
    sentence,
)
from thesis_gan.reproduction.claims.significance import above, interval, rises, wilson
from thesis_gan.reproduction.plan import WGAN_PLAIN
from thesis_gan.reproduction.quality_by_epoch import MINIMUM_SHEETS, Quality
from thesis_gan.reproduction.thesis_figures import FIRST_EPOCHS
from thesis_gan.runs.run import Run


def estimate_follows_quality(evidence: Evidence) -> Verdict:
    """Spearman's rho in each run, over epochs after the warm-up: of WGAN's and WGAN-GP's estimate with the epoch (below 0) and
    with the Fréchet distance of the epoch's samples (above 0), by Student's t over seeds; and DCGAN's estimate of the divergence
    has a smaller rho with that distance (Welch). All at 5 %. Not supported if one of the first four goes the other way (5 % over
    four)."""
    said, as_claimed, contrary, with_quality, seeds = [], [], [], {}, []
    for name in ORDER:
        critic = name != "dcgan"
        rhos = [_courses(run, evidence.quality) for run in seeds_of(evidence.runs, name)]
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
    text = "; ".join(said) + "."
    if min(seeds) < MINIMUM_SEEDS:
        text += f" A verdict needs {MINIMUM_SEEDS} seeds of each with the samples of at least {MINIMUM_SHEETS} epochs."
        return Verdict(UNDECIDED, evidence.lacking(text, *ORDER))
    as_claimed += [rises(with_quality["dcgan"], with_quality[name]) for name in ORDER[1:]]
    text += (
        f" One-sided p of all six comparisons as claimed: largest {as_p(max(as_claimed))}; "
        f"of a course the other way: smallest {as_p(min(contrary))}."
    )
    return decided(as_claimed, contrary, text)


def warm_up_cures(evidence: Evidence) -> Verdict:
    """Extent to which the estimate's epoch means, over the first 6 epochs, exceed the first or fall below 0, as a share of the
    largest: greater with 5 critic steps throughout than with 30, 15, 5 (Welch, 5 %). Not supported if it is less, or if with 5
    steps no seed shows either."""
    extents, said = {}, []
    for name, steps in ((WGAN_PLAIN, "5 critic steps throughout"), ("wgan", "30, 15, 5")):
        courses = [_first_epochs(run) for run in evidence.runs.values() if run.name.rsplit("-seed")[0] == name]
        if not courses:
            return Verdict(UNDECIDED, evidence.lacking(f"There is no finished run with {steps} ({name}).", name))
        extents[name] = [_strays(course) for course in courses]
        means = ", ".join(f"{mean:.3g}" for mean in np.mean([course[: min(map(len, courses))] for course in courses], axis=0))
        said.append(
            f"with {steps} the estimate rises above its first epoch's in {sum(course.max() > course[0] for course in courses)} "
            f"of {counted(courses, 'seed')} and is negative in {sum(course.min() < 0 for course in courses)} "
            f"(its mean by epoch, in units of the score: {means})"
        )
    text = sentence(f"{'; '.join(said)}.")
    if min(map(len, extents.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    claimed, other = rises(extents["wgan"], extents[WGAN_PLAIN]), rises(extents[WGAN_PLAIN], extents["wgan"])
    text += f" One-sided p that it strays further with 5 steps, Welch's t: {as_p(claimed)}."
    if not any(extents[WGAN_PLAIN]):
        count = len(extents[WGAN_PLAIN])
        return Verdict(
            NOT_SUPPORTED,
            f"{text} What is to be cured shows in 0% of {count} seeds (95% interval to {100 * wilson(0, count)[1]:.0f}%).",
        )
    return decided([claimed], [other], text)


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


def _first_epochs(run: Run) -> np.ndarray:
    return run.history["wasserstein"][run.history["epoch"] <= FIRST_EPOCHS]


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
        ("fig09_wgan_estimate.png", "fig12_wgan_gp_estimate.png"),
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
