"""Claims on gradients that vanish or explode."""

from typing import Any, Dict, Optional

import numpy as np

from thesis_gan.comparison.rows import FID, numbers
from thesis_gan.reproduction.claims.base import (
    MINIMUM_SEEDS,
    UNDECIDED,
    Claim,
    Evidence,
    Runs,
    Verdict,
    both,
    counted,
    decided,
    first_with,
    of_profile,
    p_values,
    records_of,
)
from thesis_gan.reproduction.claims.significance import Outcome, above, interval, rises
from thesis_gan.reproduction.plan import THESIS, unlike_thesis
from thesis_gan.reproduction.studies import SMALLEST, clipping, clipping_figures
from thesis_gan.reproduction.studies import perfect_discriminator as perfect
from thesis_gan.tables import spread

EPOCH_STEPS = 937  # batches of 64 in MNIST's 60,000 images
NO_PERFECT = "There is no perfect.json; `thesis-gan perfect --output DIR` makes it, DIR being these results."


def perfect_discriminator(evidence: Evidence) -> Verdict:
    """Two halves, both needed. Accuracy: under the thesis's learning rate, loss and schedule, the highest mean accuracy of
    an epoch of DCGAN's first three is above 0.95 (Student's t over seeds, 5 %). Gradient: against a generator that stands still,
    D's estimate ends above 95 % of log 2, and the saturating gradient below a tenth of its first norm (Student's t over seeds,
    5 %). Not supported if that accuracy is below 0.95, or the gradient ends above half its first norm (each at 5 %)."""
    accurate = _accuracy_half(evidence.runs)
    if not records_of(evidence.runs, "dcgan"):
        accurate = accurate._replace(evidence=evidence.lacking(accurate.evidence, "dcgan", THESIS).evidence)
    return both(accurate, _gradient_half(evidence.perfect))


def clipping_harms_depth(evidence: Evidence) -> Verdict:
    """Two halves, both needed. Gradients: over the layers of the deep critics the norm spans more than a factor of 10 under
    every clip value and less under the penalty (Student's t of log10 of the span over seeds, 5 %). Weights: over the three
    distributions more than half of the weights of the clipped critics end within 5 % of their bound (Student's t, 5 %). Not
    supported if a half goes significantly the other way."""
    if evidence.toy is None:
        return Verdict(UNDECIDED, "There is no toy.json; `thesis-gan toy --output DIR` makes it, DIR being these results.")
    as_claimed, contrary, said = [], [], []
    for name, records in clipping_figures.by_constraint(evidence.toy["deep"]).items():
        norms = np.log10([clipping.late_norms(record) for record in records])
        spans = np.ptp(norms, axis=1)
        early = np.log10([clipping.first_norms(record) for record in records])
        clipped = records[0]["clip"] is not None
        sign = 1 if clipped else -1
        as_claimed.append(above(sign * spans, sign))
        contrary.append(above(-sign * spans, -sign))
        grows = norms[:, 0].mean() > norms[:, -1].mean()
        shares = [record["share_at_bounds"] for record in records if clipped]
        at_bounds = f", {100 * np.mean(shares):.0f}% of the weights at their bounds" if clipped else ""
        said.append(
            f"{name}: the norm spans a factor of {_span(norms)} over {norms.shape[1]} layers, "
            f"{'growing' if grows else 'falling'} towards the input{at_bounds} ({counted(records, 'seed')}; before training "
            f"{_span(early)})"
        )
    shares = [record["share_at_bounds"] for record in evidence.toy["critics"] if record["clip"] is not None]
    as_claimed.append(above(shares, 0.5))
    contrary.append(above(-np.array(shares), -0.5))
    low, high = interval(shares)
    text = (
        f"{'; '.join(said)}. Critics of the three surfaces: {100 * np.mean(shares):.0f}% of the clipped weights at their bounds "
        f"(95% interval {100 * low:.0f} to {100 * high:.0f}%, {len(shares)} distributions). "
        + p_values("of each of these as claimed, Student's t", as_claimed, "of one the other way", contrary)
    )
    return decided(as_claimed, contrary, text[:1].upper() + text[1:])


def _span(norms: np.ndarray) -> str:
    """The mean factor over the layers of log10 norms (seeds, layers); the smallest that is told stands for all below it."""
    floor = "at least " if norms.min() < np.log10(2 * SMALLEST) else ""
    return f"{floor}10^{np.ptp(norms, axis=1).mean():.1f}"


def lsgan_loses_its_gradient(evidence: Evidence) -> Verdict:
    """Two halves, both needed, each over seeds. Loss: against a generator that stands still, the least-squares gradient ends
    below a tenth of its first norm (Student's t, 5 %). Help: the regularised form has the lower FID (Welch, 5 %). Not supported
    if the gradient ends above half its first norm, or the regularised form has the higher FID (5 % over two)."""
    halves = {"Loss": _least_squares_half(evidence.perfect), "Help": _regularised_half(evidence)}
    return both(*(Verdict(half.verdict, f"{name} ({half.verdict}): {half.evidence}") for name, half in halves.items()))


def _least_squares_half(content: Optional[Dict[str, Any]]) -> Verdict:
    if content is None:
        return Verdict(UNDECIDED, NO_PERFECT)
    names = ("least-squares", "least-squares, regularised")
    text = f"against a generator that stands still {'; '.join(_said_of_gradient(content, name) for name in names)}."
    drops = _drops(content, names[0])
    if len(drops) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    return _half(above(drops, 1), above(-drops, -np.log10(2)), text)


def _regularised_half(evidence: Evidence) -> Verdict:
    names = ("lsgan", "lsgan-reg")
    place, runs = first_with(names, {"": evidence.runs, **evidence.beside})
    if runs is None:
        said = "there are no finished runs of lsgan and lsgan-reg, whose scores would show whether it helps."
        return evidence.lacking(said, *names)
    scores = {name: numbers(records_of(runs, name), FID) for name in names}
    said = (f"{name}: FID {spread(of, '{:.1f}')}, {counted(of, 'seed')}" for name, of in scores.items())
    text = f"{of_profile(place)}{'; '.join(said)}."
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    return _half(rises(scores["lsgan-reg"], scores["lsgan"]), rises(scores["lsgan"], scores["lsgan-reg"]), text)


def _half(claimed: Outcome, contrary: Outcome, text: str) -> Verdict:
    return decided([claimed], [contrary], f"{text} {p_values('as claimed', [claimed], 'of the contrary', [contrary])}", looks=2)


def _accuracy_half(runs: Runs) -> Verdict:
    highest: Dict[str, Dict[str, float]] = {"": {}}
    for run in runs.values():
        if run.config["method"] == "dcgan" and len(run.history["epoch"]) >= 3:
            highest.setdefault(", ".join(unlike_thesis(run.settings)), {})[run.name] = float(run.history["accuracy"][:3].max())
    best = list(highest[""].values())
    said = [
        f"with {changed or 'the settings of the thesis'}: " + ", ".join(f"{value:.3f} ({name})" for name, value in found.items())
        for changed, found in highest.items()
        if found
    ]
    text = (
        f"Highest mean accuracy of an epoch, of the first three, {'; '.join(said)}." if said else "No run of dcgan has 3 epochs."
    )
    if not best:
        text += f" A run with the settings of the thesis is missing; `run_all.sh` makes it ({THESIS})."
        return Verdict(UNDECIDED, text)
    if len(best) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    claimed, contrary = [above(best, 0.95)], [above(-np.array(best), -0.95)]
    text += " " + p_values("that with those of the thesis it is above 0.95, Student's t", claimed, "that it is below", contrary)
    return decided(claimed, contrary, text, each="seeds")


def _gradient_half(content: Optional[Dict[str, Any]]) -> Verdict:
    if content is None:
        return Verdict(UNDECIDED, NO_PERFECT)
    chosen = [record for record in content["discriminators"] if record["game"] == "probability" and not record["noise"]]
    last = max(1, len(chosen[0]["critic_loss"]) // 10)
    shares = [perfect.jensen_shannon(record)[-last:].mean() / np.log(2) for record in chosen]
    sure = [next((step for step, accuracy in enumerate(record["accuracy"]) if accuracy == 1), None) for record in chosen]
    reached = [step for step in sure if step is not None]
    low, high = interval(shares)
    accuracy = (
        f"accuracy 1 on a fresh batch after {np.median(reached):.0f} steps ({np.median(reached) / EPOCH_STEPS:.2f} epochs) in "
        f"{len(reached)} of {counted(chosen, 'seed')}"
        if reached
        else "accuracy 1 in no seed"
    )
    drops = _drops(content, "saturating")
    claimed, contrary = [above(shares, 0.95), above(drops, 1)], [above(-drops, -np.log10(2))]
    text = (
        f"Against a generator that stands still: {accuracy}; the estimated Jensen-Shannon divergence ends at "
        f"{100 * np.mean(shares):.1f}% of log 2 (95% interval {100 * low:.1f} to {100 * high:.1f}%); "
        f"{_said_of_gradient(content, 'saturating')}; {_said_of_gradient(content, 'non-saturating')}; "
        f"{_said_of_gradient(content, 'saturating', True)}. "
    )
    ends = "that the divergence and the saturating gradient end so, Student's t"
    text += p_values(ends, claimed, "that this gradient ends above half its first norm", contrary)
    if len(drops) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, text)
    return decided(claimed, contrary, text)


def _drops(content: Dict[str, Any], loss: str, noisy: bool = False) -> np.ndarray:
    """By seed: log10 of a generator gradient's norm at the first look over that at the last."""
    norms = [record["gradient_norms"].get(loss) for record in content["discriminators"] if record["noise"] == noisy]
    return np.log10([each[0] / each[-1] for each in filter(None, norms)])


def _said_of_gradient(content: Dict[str, Any], loss: str, noisy: bool = False) -> str:
    drops = _drops(content, loss, noisy)
    low, high = (10**-bound for bound in interval(drops)[::-1])
    return (
        f"the gradient of the {loss} loss{' with annealed noise' if noisy else ''} ends at "
        f"{10 ** -drops.mean():.3g} times its first norm (95% interval {low:.3g} to {high:.3g}, {counted(drops, 'seed')})"
    )


CLAIMS = (
    Claim(
        "5",
        "The GAN discriminator's accuracy reaches about 1 within 2 or 3 epochs, and the saturating gradient vanishes.",
        "thesis §3.1, Fig. 7",
        "Both distributions lie on thin sets that hardly meet, so that a perfect discriminator exists: the divergence is log 2 "
        "whatever the generator does, and log(1 - D(G(z))) is flat.",
        ("fig07_discriminator_accuracy.png", "sec31_perfect_discriminator.png", "sec31_disjoint_supports.png"),
        perfect_discriminator,
    ),
    Claim(
        "6",
        "Clipping drives weights to its bounds and gradients explode or vanish with depth; the penalty does neither.",
        "thesis §3.4, Fig. 11",
        "To be as steep as it may, a clipped critic takes its weights to their bounds; each layer then multiplies the gradient "
        "by about the same factor, which is rarely 1. The penalty asks for a slope of 1 itself.",
        ("fig11_value_surfaces.png", "fig11_gradient_norms.png", "fig11_weights.png"),
        clipping_harms_depth,
    ),
    Claim(
        "9",
        "LSGAN can lose its gradient too; its regularised form helps.",
        "S1",
        "Where the critic gives all generated images one score, the least-squares loss is flat as well; the difference of mean "
        "scores, added to the generator's loss, is not.",
        ("sec31_perfect_discriminator.png", "s1_lsgan_epochs.png"),
        lsgan_loses_its_gradient,
    ),
)
