"""The claims of the thesis and of the other sources, each judged by numbers from the runs: claims.md, claims.json.

A claim is a function from the finished runs to a verdict with its evidence. What the runs at hand cannot tell is undecided.
"""

from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import numpy as np
from scipy import stats

from thesis_gan import files
from thesis_gan.experiments.figures import finished_runs
from thesis_gan.experiments.plan import PLAIN, belongs_to_table
from thesis_gan.experiments.runs import Run
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
    records = []
    for claim in CLAIMS:
        verdict, evidence = claim.judge(runs)
        records.append({"id": claim.id, "claim": claim.claim, "source": claim.source, "verdict": verdict, "evidence": evidence})
    files.write_json(results / "claims.json", records)
    lines = ["# Claims, and what our runs say of them", ""]
    if len(runs) < len(finished):
        lines += [
            f"Runs of fewer than {MINIMUM_STEPS} generator steps are left out: {', '.join(sorted(set(finished) - set(runs)))}.",
            "",
        ]
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
    """IS rises and FID falls in the order DCGAN, WGAN, WGAN-GP; Welch's t between neighbours."""
    order = ("dcgan", "wgan", "wgan-gp")
    scores = {name: _by_seed(runs, name) for name in order}
    if not all(scores.values()):
        return Verdict(UNDECIDED, "Not all three methods have finished runs.")
    means = {key: [np.mean([record[key] for record in scores[name]]) for name in order] for key in (IS, FID)}
    shown = "; ".join(
        f"{name}: IS {means[IS][place]:.2f}, FID {means[FID][place]:.1f} ({len(scores[name])} seeds)"
        for place, name in enumerate(order)
    )
    holds = all(np.diff(means[IS]) > 0) and all(np.diff(means[FID]) < 0)
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        said = "in the claimed order" if holds else "not in the claimed order"
        return Verdict(
            UNDECIDED, f"{shown}. The means are {said}, but fewer than {MINIMUM_SEEDS} seeds say nothing of their spread."
        )
    p_values = []
    for lower, higher in zip(order, order[1:]):
        for key, tail in ((IS, "less"), (FID, "greater")):
            sides = [[record[key] for record in scores[name]] for name in (lower, higher)]
            p_values.append(_welch(sides[0], sides[1], tail))
    evidence = f"{shown}. Largest one-sided p of the four steps of the order, Welch's t: {max(p_values):.3g}."
    if holds:
        return Verdict(SUPPORTED if max(p_values) < SIGNIFICANCE else UNDECIDED, evidence)
    return Verdict(NOT_SUPPORTED, evidence)


def estimate_falls(runs: Runs) -> Verdict:
    """Spearman's correlation of the Wasserstein estimate with the epoch, once the warm-up is over; negative if it falls."""
    evidence, falls = [], []
    for name in ("wgan-seed0", "wgan-gp-seed0"):
        if name not in runs:
            return Verdict(UNDECIDED, f"There is no finished run {name}.")
        history = runs[name].history
        warm_up = sum(epochs for _, epochs in runs[name].settings.critic_schedule.stages)
        rho, p = _spearman(history["epoch"][warm_up:], history["wasserstein"][warm_up:])
        falls.append((rho, p))
        evidence.append(
            f"{name}: Spearman's rho of estimate and epoch {rho:.2f} (p = {p:.2g}, {len(history['epoch']) - warm_up} epochs)"
        )
    text = "; ".join(evidence) + ". Whether it follows sample quality is not measured by these runs."
    if any(rho > 0 and p < SIGNIFICANCE for rho, p in falls):
        return Verdict(NOT_SUPPORTED, text)
    return Verdict(UNDECIDED, text)


def warm_up_cures(runs: Runs) -> Verdict:
    """The estimate's first windows of steps, under 5 critic steps throughout and under 30, 15, 5."""
    names = (f"{PLAIN}-seed0", "wgan-seed0")
    if not all(name in runs for name in names):
        return Verdict(UNDECIDED, f"It needs the runs {' and '.join(names)}.")
    evidence, misbehaves = [], []
    for name in names:
        curve = runs[name].curve
        estimate = curve["wasserstein"][curve["passes"] <= 6.1]
        if not len(estimate):
            return Verdict(UNDECIDED, f"{name} has no window of steps within the first 6 passes.")
        peak = int(estimate.argmax())
        rises, negative = peak > 0, estimate.min() < 0
        misbehaves.append(rises or negative)
        evidence.append(
            f"{name}: first window {estimate[0]:.3g}, highest {estimate[peak]:.3g} after {curve['passes'][peak]:.1f} passes, "
            f"lowest {estimate.min():.3g}, over {len(estimate)} windows of 50 critic steps"
        )
    text = "; ".join(evidence) + "."
    if misbehaves == [True, False]:
        return Verdict(SUPPORTED, text)
    return Verdict(NOT_SUPPORTED, text)


def perfect_discriminator(runs: Runs) -> Verdict:
    """Accuracy of DCGAN's discriminator in its third epoch."""
    if "dcgan-seed0" not in runs:
        return Verdict(UNDECIDED, "There is no finished run dcgan-seed0.")
    history = runs["dcgan-seed0"].history
    if len(history["epoch"]) < 3:
        return Verdict(UNDECIDED, f"dcgan-seed0 has {len(history['epoch'])} epochs, fewer than 3.")
    accuracy = history["accuracy"][2]
    text = (
        f"dcgan-seed0: mean accuracy {accuracy:.3f} in epoch 3. The divergence and the generator's gradient against a perfect "
        "discriminator are not measured by these runs."
    )
    return Verdict(NOT_SUPPORTED if accuracy < 0.95 else UNDECIDED, text)


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
    """Share of CGAN's digits in which the classifier sees the digit asked for, against chance (1 in 10)."""
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
    return [run.metrics for run in runs.values() if run.config["method"] == method and belongs_to_table(run.name)]


def _welch(first: Sequence[float], second: Sequence[float], alternative: str) -> float:
    t, p = stats.ttest_ind(first, second, equal_var=False)
    towards = t < 0 if alternative == "less" else t > 0
    return float(p / 2 if towards else 1 - p / 2)


def _spearman(first: np.ndarray, second: np.ndarray):
    if len(first) < 3:
        return 0.0, 1.0
    rho, p = stats.spearmanr(first, second)
    return float(rho), float(p)


def _wilson(share: float, count: int, z: float = 1.96):
    """Wilson's 95 % interval of a proportion."""
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half, centre + half
