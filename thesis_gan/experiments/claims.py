"""The claims of the thesis and of the other sources, each judged by numbers from the runs: claims.md, claims.json.

A claim is a function from the finished runs to a verdict with its evidence. What the runs at hand cannot tell is undecided.
"""

from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import numpy as np
from scipy import stats

from thesis_gan import files
from thesis_gan.config import resolve
from thesis_gan.experiments.figures import FIRST_EPOCHS
from thesis_gan.experiments.plan import PLAIN
from thesis_gan.experiments.runs import Run, find_runs, finished_runs
from thesis_gan.experiments.table1 import FID, IS

SUPPORTED, NOT_SUPPORTED, UNDECIDED = "supported", "not supported", "undecided"
SIGNIFICANCE = 0.05
MINIMUM_SEEDS = 3  # fewer say nothing of the spread between trainings
MINIMUM_STEPS = 1000  # generator steps; before that no method draws digits, and its run says nothing of it

Runs = Dict[str, Run]


class Verdict(NamedTuple):
    """verdict: supported, not supported or undecided.  evidence: the numbers it rests on, one or two sentences."""

    verdict: str
    evidence: str


class Claim(NamedTuple):
    """id: as in claims.json.  claim: in our words.  source: where it is made.  judge: gives the verdict."""

    id: str
    claim: str
    source: str
    judge: Callable[[Runs], Verdict]


def write(results: Path) -> List[Dict[str, str]]:
    """Judge every claim by the finished runs in ``results`` and write both files."""
    finished = finished_runs(results)
    runs = {name: run for name, run in finished.items() if run.metrics["generator_steps"] >= MINIMUM_STEPS}
    diverged = [run.name for run in find_runs(results) if run.name not in finished]
    records = []
    for claim in CLAIMS:
        verdict, evidence = claim.judge(runs)
        records.append({"id": claim.id, "claim": claim.claim, "source": claim.source, "verdict": verdict, "evidence": evidence})
    files.write_json(results / "claims.json", records)
    lines = ["# Claims, and what our runs say of them", ""]
    for names, what in (
        (sorted(set(finished) - set(runs)), f"fewer than {MINIMUM_STEPS} generator steps"),
        (diverged, "divergence"),
    ):
        if names:
            lines += [f"Left out for {what}: {', '.join(names)}.", ""]
    for record in records:
        lines += [
            f"## {record['id']}: {record['verdict']}",
            "",
            f"{record['claim']} ({record['source']})",
            "",
            record["evidence"],
            "",
        ]
    files.write_text(results / "claims.md", "\n".join(lines))
    return records


def order_of_scores(runs: Runs) -> Verdict:
    """IS rises and FID falls in the order DCGAN, WGAN, WGAN-GP; Welch's t between neighbours, one-sided both ways."""
    order = ("dcgan", "wgan", "wgan-gp")
    scores = {name: _by_seed(runs, name) for name in order}
    if not all(scores.values()):
        return Verdict(UNDECIDED, "Not all three methods have finished runs.")
    means = {key: [np.mean([record[key] for record in scores[name]]) for name in order] for key in (IS, FID)}
    text = "; ".join(
        f"{name}: IS {means[IS][place]:.2f}, FID {means[FID][place]:.1f}, {_count(scores[name], 'seed')}"
        for place, name in enumerate(order)
    )
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        holds = all(np.diff(means[IS]) > 0) and all(np.diff(means[FID]) < 0)
        said = "in the claimed order" if holds else "not in the claimed order"
        return Verdict(UNDECIDED, f"{text}. The means are {said}, but fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    as_claimed, reversed_order = [], []
    for first, second in zip(order, order[1:]):
        for key, sign in ((IS, 1), (FID, -1)):
            sides = [[sign * record[key] for record in scores[name]] for name in (first, second)]
            as_claimed.append(_rises(*sides))
            reversed_order.append(_rises(*reversed(sides)))
    text += (
        f". One-sided p of the four steps of the order, Welch's t: at most {max(as_claimed):.3g}; "
        f"of a step the other way: at least {min(reversed_order):.3g}."
    )
    if max(as_claimed) < SIGNIFICANCE:
        return Verdict(SUPPORTED, text)
    # Four steps are looked at for a reversal: Bonferroni.
    return Verdict(NOT_SUPPORTED if min(reversed_order) < SIGNIFICANCE / 4 else UNDECIDED, text)


def estimate_falls(runs: Runs) -> Verdict:
    """The Wasserstein estimate's course over epochs. Undecided: sample quality, which it is to follow, is not measured yet."""
    evidence = []
    for name in ("wgan-seed0", "wgan-gp-seed0"):
        if name not in runs:
            return Verdict(UNDECIDED, f"There is no finished run {name}.")
        history = runs[name].history
        later = history["epoch"] > sum(epochs for _, epochs in runs[name].settings.critic_schedule.stages)
        later &= np.diff(history["passes"], prepend=0) > 0.5  # the last epoch may be a few steps only
        estimate = history["wasserstein"][later]
        if len(estimate) < 3:
            return Verdict(UNDECIDED, f"{name} has {len(estimate)} epochs after the warm-up, fewer than 3.")
        rho = stats.spearmanr(history["epoch"][later], estimate)[0]
        evidence.append(
            f"{name}: mean estimate {estimate[0]:.3g} in epoch {history['epoch'][later][0]:.0f}, {estimate[-1]:.3g} in the last, "
            f"Spearman's rho with the epoch {rho:.2f} over {len(estimate)} epochs"
        )
    return Verdict(UNDECIDED, "; ".join(evidence) + ". Whether it follows sample quality is not measured by these runs.")


def warm_up_cures(runs: Runs) -> Verdict:
    """The estimate's means over the first 6 epochs, with 5 critic steps throughout and with 30, 15, 5."""
    names = (f"{PLAIN}-seed0", "wgan-seed0")
    if not all(name in runs for name in names):
        return Verdict(UNDECIDED, f"It needs the runs {' and '.join(names)}.")
    evidence = []
    for name in names:
        history = runs[name].history
        estimate = history["wasserstein"][history["epoch"] <= FIRST_EPOCHS]
        highest = int(estimate.argmax())
        course = "rises first" if highest > 0 else "is highest in the first epoch"
        evidence.append(
            f"{name}: {course} (epoch means {', '.join(f'{mean:.3g}' for mean in estimate)}), "
            f"{'negative' if estimate.min() < 0 else 'never negative'}"
        )
    return Verdict(UNDECIDED, "; ".join(evidence) + ". One run each: the spread between seeds is not known.")


def perfect_discriminator(runs: Runs) -> Verdict:
    """Highest mean accuracy of DCGAN's discriminator in its first three epochs."""
    if "dcgan-seed0" not in runs:
        return Verdict(UNDECIDED, "There is no finished run dcgan-seed0.")
    run = runs["dcgan-seed0"]
    if len(run.history["epoch"]) < 3:
        return Verdict(UNDECIDED, f"dcgan-seed0 has {len(run.history['epoch'])} epochs, fewer than 3.")
    accuracy = run.history["accuracy"][:3].max()
    thesis = resolve(run.method, "thesis")
    changed = [
        f"{name} {getattr(run.settings, name)}"
        for name in ("learning_rate", "generator_loss", "critic_schedule")
        if getattr(run.settings, name) != getattr(thesis, name)
    ]
    text = (
        f"dcgan-seed0: mean accuracy at most {accuracy:.3f} in the first three epochs"
        + (f", with settings that are not the thesis's ({', '.join(changed)})" if changed else "")
        + ". The divergence, and the generator's gradient against a perfect discriminator, are not measured by these runs."
    )
    return Verdict(NOT_SUPPORTED if accuracy < 0.95 and not changed else UNDECIDED, text)


def takes_longer(runs: Runs) -> Verdict:
    """Minutes of training per generator step, against DCGAN's."""
    names = ("dcgan-seed0", "wgan-seed0", "wgan-gp-seed0")
    if not all(name in runs for name in names):
        return Verdict(UNDECIDED, f"It needs the runs {', '.join(names)}.")
    per_pass = [60 * runs[name].metrics["minutes"] / runs[name].metrics["passes"] for name in names]
    per_step = [60000 * runs[name].metrics["minutes"] / runs[name].metrics["generator_steps"] for name in names]
    text = "; ".join(
        f"{name}: {a:.1f} s per pass, {b:.1f} ms per generator step" for name, a, b in zip(names, per_pass, per_step)
    )
    text += ". An epoch of the thesis may be either; runs went side by side, so times are rough."
    if per_step[0] < min(per_step[1:]):
        return Verdict(SUPPORTED if per_pass[0] < min(per_pass[1:]) else UNDECIDED, text)
    return Verdict(NOT_SUPPORTED, text)


def labels_obeyed(runs: Runs) -> Verdict:
    """Share of CGAN's digits in which the classifier sees the digit asked for: above 90 % it controls, below 50 % it does not."""
    records = _by_seed(runs, "cgan")
    if not records:
        return Verdict(UNDECIDED, "There is no finished run of cgan.")
    share = float(np.mean([record["label_accuracy"] for record in records]))
    count = sum(record["num_samples"] for record in records)
    low, high = _wilson(share, count)
    text = (
        f"The classifier sees the digit asked for in {100 * share:.1f}% of {count} images "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}%)."
    )
    return Verdict(SUPPORTED if low > 0.9 else NOT_SUPPORTED if high < 0.5 else UNDECIDED, text)


def not_tested(what: str) -> Callable[[Runs], Verdict]:
    """The judge of a claim for which the experiment is not part of these runs."""
    return lambda runs: Verdict(UNDECIDED, f"Not tested by these runs: it needs {what}.")


CLAIMS = (
    Claim("1", "Inception Score rises and FID falls in the order DCGAN, WGAN, WGAN-GP.", "thesis, Table 1", order_of_scores),
    Claim("2", "WGAN and WGAN-GP train more stably.", "thesis §4", not_tested("the spread of several seeds and settings")),
    Claim("3", "The Wasserstein estimate falls as training goes on, and follows sample quality.", "thesis §3.3", estimate_falls),
    Claim(
        "4",
        "With too few critic steps the estimate first rises and can be negative; 30, 15, 5 steps cure that.",
        "thesis §3.3, Fig. 10",
        warm_up_cures,
    ),
    Claim(
        "5",
        "The GAN discriminator's accuracy reaches about 1 within 2 or 3 epochs, and the saturating gradient vanishes.",
        "thesis §3.1, Fig. 7",
        perfect_discriminator,
    ),
    Claim(
        "6",
        "Clipping drives weights to its bounds and gradients explode or vanish with depth; the penalty does neither.",
        "thesis §3.4, Fig. 11",
        not_tested("the toy critics of Fig. 11"),
    ),
    Claim("7", "WGAN and WGAN-GP take longer per epoch.", "thesis §4", takes_longer),
    Claim("8", "The CGAN's label controls the digit.", "thesis §2.4, Fig. 5", labels_obeyed),
    Claim(
        "9", "LSGAN can lose its gradient too; its regularised form helps.", "S1", not_tested("LSGAN and its regularised form")
    ),
    Claim(
        "10",
        "LSGAN, WGAN and the relativistic loss reduce mode collapse.",
        "S4",
        not_tested("LSGAN and the relativistic loss beside a GAN that collapses"),
    ),
)


def _by_seed(runs: Runs, method: str) -> List[Dict[str, Any]]:
    return [run.metrics for run in runs.values() if run.config["method"] == method and run.in_table]


def _rises(first: Sequence[float], second: Sequence[float]) -> float:
    """One-sided p of "the second mean is the greater", Welch's t; 1 where it cannot be had (all numbers equal)."""
    t, p = stats.ttest_ind(second, first, equal_var=False)
    if not np.isfinite(p):
        return 1.0
    return float(p / 2 if t > 0 else 1 - p / 2)


def _count(records: Sequence[Any], noun: str) -> str:
    return f"{len(records)} {noun}{'' if len(records) == 1 else 's'}"


def _wilson(share: float, count: int, z: float = 1.96):
    """Wilson's 95 % interval of a proportion."""
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half, centre + half
