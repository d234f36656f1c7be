"""The judges: each makes of the evidence a verdict on one claim, with the numbers that it rests on.

A judge's rule stands in its docstring, which claims.md prints. "Supported" and "not supported" both need
significance; what the evidence at hand cannot tell is undecided.
"""

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np
from scipy import stats

from thesis_gan.experiments import perfect, toy
from thesis_gan.experiments.figures import FIRST_EPOCHS
from thesis_gan.experiments.plan import PLAIN, THESIS, unlike_thesis
from thesis_gan.experiments.quality import MINIMUM_SHEETS, Quality
from thesis_gan.experiments.runs import Run
from thesis_gan.experiments.significance import LEVEL, above, interval, rises, wider, wilson
from thesis_gan.experiments.table1 import FID, IS

SUPPORTED, NOT_SUPPORTED, UNDECIDED = "supported", "not supported", "undecided"
MINIMUM_SEEDS = 3  # fewer say nothing of the spread between trainings
ORDER = ("dcgan", "wgan", "wgan-gp")
EPOCH_STEPS = 937  # batches of 64 in MNIST's 60,000 images

Runs = Mapping[str, Run]


class Evidence(NamedTuple):
    """What there is to judge by.

    runs: finished runs by name.  diverged: how many of a method's runs diverged.  quality: sample quality by run and epoch.
    toy, perfect: contents of toy.json and perfect.json, None where there is none.
    beside: finished runs of the comparisons whose results lie beside these, by their profile.
    """

    runs: Runs
    diverged: Mapping[str, int] = {}
    quality: Quality = {}
    toy: Optional[Dict[str, Any]] = None
    perfect: Optional[Dict[str, Any]] = None
    beside: Mapping[str, Runs] = {}


class Verdict(NamedTuple):
    """verdict: supported, not supported or undecided.  evidence: the numbers it rests on, a few sentences."""

    verdict: str
    evidence: str


def order_of_scores(evidence: Evidence) -> Verdict:
    """Welch's t, one-sided, between neighbours in the order, for IS and for FID: all four steps at 5 %. Not supported if a step
    goes the other way (5 % over four: Bonferroni)."""
    scores = {name: _records(evidence.runs, name) for name in ORDER}
    if not all(scores.values()):
        return Verdict(UNDECIDED, "Not all three methods have finished runs.")
    means = {key: [np.mean([record[key] for record in scores[name]]) for name in ORDER] for key in (IS, FID)}
    text = "; ".join(
        f"{name}: IS {means[IS][place]:.2f}{_deviation([record[IS] for record in records], 2)}, "
        f"FID {means[FID][place]:.1f}{_deviation([record[FID] for record in records])}, {_count(records, 'seed')}"
        for place, (name, records) in enumerate(scores.items())
    )
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        holds = all(np.diff(means[IS]) > 0) and all(np.diff(means[FID]) < 0)
        said = "in the claimed order" if holds else "not in the claimed order"
        return Verdict(UNDECIDED, f"{text}. The means are {said}, but fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    as_claimed, contrary = [], []
    for first, second in zip(ORDER, ORDER[1:]):
        for key, sign in ((IS, 1), (FID, -1)):
            sides = [[sign * record[key] for record in scores[name]] for name in (first, second)]
            as_claimed.append(rises(*sides))
            contrary.append(rises(*reversed(sides)))
    text += (
        f". One-sided p of the four steps of the order, Welch's t: largest {_p(max(as_claimed))}; "
        f"of a step the other way: smallest {_p(min(contrary))}."
    )
    return _verdict(as_claimed, contrary, text)


def steadier_training(evidence: Evidence) -> Verdict:
    """F test, one-sided: the seeds' log FID varies more for DCGAN than for WGAN, and than for WGAN-GP, both at 5 %, and no
    larger share of theirs diverges. Not supported if one of them varies more than DCGAN (5 % over two), or if Fisher's exact test
    finds more divergence."""
    scores = {name: [record[FID] for record in _records(evidence.runs, name)] for name in ORDER}
    lost = {name: evidence.diverged.get(name, 0) for name in ORDER}
    text = "; ".join(
        f"{name}: "
        + (f"FID {np.mean(values):.1f}{_deviation(values)}, " if values else "")
        + f"{_count(values, 'seed')}, {lost[name]} diverged"
        for name, values in scores.items()
    )
    if min(map(len, scores.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text}. Stability is the spread of at least {MINIMUM_SEEDS} finished seeds of each.")
    logs = {name: np.log(values) for name, values in scores.items()}
    steadier = [wider(logs["dcgan"], logs[name]) for name in ORDER[1:]]
    less_steady = [wider(logs[name], logs["dcgan"]) for name in ORDER[1:]]
    for name in ORDER[1:]:
        sides = [[lost[side], len(scores[side])] for side in (name, "dcgan")]
        less_steady.append(float(stats.fisher_exact(sides, alternative="greater")[1]))
    more_lost = any(
        lost[name] / (lost[name] + len(scores[name])) > lost["dcgan"] / (lost["dcgan"] + len(scores["dcgan"])) for name in ORDER
    )
    text += (
        f". One-sided p that log FID varies less than DCGAN's, F test: WGAN {_p(steadier[0])}, WGAN-GP {_p(steadier[1])}; "
        f"that one of them is less steady, or diverges more often: smallest {_p(min(less_steady))}."
    )
    return _verdict([*steadier, 1.0 if more_lost else 0.0], less_steady, text)


def estimate_follows_quality(evidence: Evidence) -> Verdict:
    """Spearman's rho in each run, over epochs after the warm-up: of WGAN's and WGAN-GP's estimate with the epoch (below 0) and
    with the Fréchet distance of the epoch's samples (above 0), by Student's t over seeds; and DCGAN's estimate of the divergence
    has a smaller rho with that distance (Welch). All at 5 %. Not supported if one of the first four goes the other way (5 % over
    four)."""
    said, as_claimed, contrary, with_quality, seeds = [], [], [], {}, []
    for name in ORDER:
        critic = name != "dcgan"
        rhos = [_courses(run, evidence.quality) for run in _seeds(evidence.runs, name)]
        epochs, quality = ([pair[place] for pair in rhos if pair[place] is not None] for place in (0, 1))
        with_quality[name] = quality
        seeds.append(len(quality))
        said.append(
            f"{name}'s estimate of the {'distance' if critic else 'divergence'}: rho {_mean_rho(epochs)} with the epoch, "
            f"{_mean_rho(quality)} with the Fréchet distance of the samples ({_count(quality, 'seed')})"
        )
        if critic and len(quality) >= MINIMUM_SEEDS:
            as_claimed += [above(-np.array(epochs), 0), above(quality, 0)]
            contrary += [above(epochs, 0), above(-np.array(quality), 0)]
    text = "; ".join(said) + "."
    if min(seeds) < MINIMUM_SEEDS:
        return Verdict(
            UNDECIDED,
            f"{text} A verdict needs {MINIMUM_SEEDS} seeds of each with the samples of at least {MINIMUM_SHEETS} epochs.",
        )
    as_claimed += [rises(with_quality["dcgan"], with_quality[name]) for name in ORDER[1:]]
    text += (
        f" One-sided p of all six comparisons as claimed: largest {_p(max(as_claimed))}; "
        f"of a course the other way: smallest {_p(min(contrary))}."
    )
    return _verdict(as_claimed, contrary, text)


def warm_up_cures(evidence: Evidence) -> Verdict:
    """Extent to which the estimate's epoch means, over the first 6 epochs, exceed the first or fall below 0, as a share of the
    largest: greater with 5 critic steps throughout than with 30, 15, 5 (Welch, 5 %). Not supported if it is less, or if with 5
    steps no seed shows either."""
    extents, said = {}, []
    for name, steps in ((PLAIN, "5 critic steps throughout"), ("wgan", "30, 15, 5")):
        courses = [_first_epochs(run) for run in evidence.runs.values() if run.name.rsplit("-seed")[0] == name]
        if not courses:
            return Verdict(UNDECIDED, f"There is no finished run with {steps} ({name}).")
        extents[name] = [_strays(course) for course in courses]
        means = ", ".join(f"{mean:.3g}" for mean in np.mean([course[: min(map(len, courses))] for course in courses], axis=0))
        said.append(
            f"with {steps} the estimate rises above its first epoch's in {sum(course.max() > course[0] for course in courses)} "
            f"of {_count(courses, 'seed')} and is negative in {sum(course.min() < 0 for course in courses)} "
            f"(its mean by epoch, in units of the score: {means})"
        )
    text = _sentence(f"{'; '.join(said)}.")
    if min(map(len, extents.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    claimed, other = rises(extents["wgan"], extents[PLAIN]), rises(extents[PLAIN], extents["wgan"])
    text += f" One-sided p that it strays further with 5 steps, Welch's t: {_p(claimed)}."
    if not any(extents[PLAIN]):
        count = len(extents[PLAIN])
        return Verdict(
            NOT_SUPPORTED,
            f"{text} What is to be cured shows in 0% of {count} seeds (95% interval to {100 * wilson(0, count)[1]:.0f}%).",
        )
    return _verdict([claimed], [other], text)


def perfect_discriminator(evidence: Evidence) -> Verdict:
    """Two halves, both needed. Accuracy: under the thesis's learning rate, loss and schedule, the mean accuracy of an epoch
    reaches 0.95 within the first three in every run of DCGAN. Gradient: against a generator that stands still, D's estimate ends
    above 95 % of log 2, and the saturating gradient below a tenth of its first norm (Student's t over seeds, 5 %). Not supported
    if accuracy stays below in all such runs, or the gradient ends above half its first norm (5 %)."""
    accurate, said_of_runs = _accuracy_half(evidence.runs)
    vanishes, said_of_gradient = _gradient_half(evidence.perfect)
    text = f"{said_of_runs} {said_of_gradient}"
    if NOT_SUPPORTED in (accurate, vanishes):
        return Verdict(NOT_SUPPORTED, text)
    return Verdict(SUPPORTED if accurate == vanishes == SUPPORTED else UNDECIDED, text)


def clipping_harms_depth(evidence: Evidence) -> Verdict:
    """Two halves, both needed. Gradients: over the layers of the deep critics the norm spans more than a factor of 10 under
    every clip value and less under the penalty (Student's t of log10 of the span over seeds, 5 %). Weights: over the three
    distributions more than half of the weights of the clipped critics end within 5 % of their bound (Student's t, 5 %). Not
    supported if a half goes significantly the other way."""
    if evidence.toy is None:
        return Verdict(UNDECIDED, "There is no toy.json; `thesis-gan toy --output DIR` makes it, DIR being these results.")
    as_claimed, contrary, said = [], [], []
    deep: Dict[str, List[Dict[str, Any]]] = {}
    for record in evidence.toy["deep"]:
        deep.setdefault(record["constraint"], []).append(record)
    for name, records in deep.items():
        norms = np.log10([toy.late_norms(record) for record in records])
        spans = np.ptp(norms, axis=1)
        sides = [above(spans, 1), above(-spans, -1)]
        clipped = records[0]["clip"] is not None
        as_claimed.append(sides[0] if clipped else sides[1])
        contrary.append(sides[1] if clipped else sides[0])
        grows = norms[:, 0].mean() > norms[:, -1].mean()
        said.append(
            f"{name}: the norm spans a factor of 10^{spans.mean():.1f} over {norms.shape[1]} layers, "
            f"{'growing' if grows else 'falling'} towards the input"
            + (
                f", {100 * np.mean([record['share_at_bounds'] for record in records]):.0f}% of the weights at their bounds"
                if clipped
                else ""
            )
            + f" ({_count(records, 'seed')})"
        )
    shares = [record["share_at_bounds"] for record in evidence.toy["critics"] if record["clip"] is not None]
    as_claimed.append(above(shares, 0.5))
    contrary.append(above(-np.array(shares), -0.5))
    low, high = interval(shares)
    text = (
        f"{'; '.join(said)}. Critics of the three surfaces: {100 * np.mean(shares):.0f}% of the clipped weights at their bounds "
        f"(95% interval {100 * low:.0f} to {100 * high:.0f}%, {len(shares)} distributions). "
        f"One-sided p of each of these as claimed, Student's t: largest {_p(max(as_claimed))}; "
        f"of one the other way: smallest {_p(min(contrary))}."
    )
    return _verdict(as_claimed, contrary, _sentence(text))


def takes_longer(evidence: Evidence) -> Verdict:
    """Time of a generator step and of a pass over the data, WGAN's and WGAN-GP's against DCGAN's: both greater by both counts
    (Welch, 5 %). Not supported if one is faster per generator step (5 % over two); a pass alone does not refute it."""
    records = {name: _records(evidence.runs, name) for name in ORDER}
    if not all(records.values()):
        return Verdict(UNDECIDED, "Not all three methods have finished runs.")
    times = {
        unit: {name: [factor * record["minutes"] / record[of] for record in found] for name, found in records.items()}
        for unit, of, factor in (("s per pass", "passes", 60), ("ms per generator step", "generator_steps", 60000))
    }
    text = "; ".join(
        f"{name}: "
        + ", ".join(f"{np.mean(by_name[name]):.1f}{_deviation(by_name[name])} {unit}" for unit, by_name in times.items())
        + f", {_count(records[name], 'seed')}"
        for name in ORDER
    )
    text += ". An epoch of the thesis may be either; runs went side by side, so times are rough."
    if min(map(len, records.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text} Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    longer = [rises(by_name["dcgan"], by_name[name]) for by_name in times.values() for name in ORDER[1:]]
    per_step = times["ms per generator step"]
    faster = [rises(per_step[name], per_step["dcgan"]) for name in ORDER[1:]]
    text += (
        f" One-sided p that they take longer, Welch's t: largest {_p(max(longer))}; "
        f"that one is faster per step: smallest {_p(min(faster))}."
    )
    return _verdict(longer, faster, text)


def labels_obeyed(evidence: Evidence) -> Verdict:
    """Share of CGAN's digits in which the classifier sees the digit asked for: Wilson's interval above 90 %; not supported if
    it lies below 50 %."""
    records = _records(evidence.runs, "cgan")
    if not records:
        return Verdict(UNDECIDED, "There is no finished run of cgan.")
    share = float(np.mean([record["label_accuracy"] for record in records]))
    count = sum(record["num_samples"] for record in records)
    low, high = wilson(share, count)
    text = (
        f"The classifier sees the digit asked for in {100 * share:.1f}% of {count} images "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}%)."
    )
    return Verdict(SUPPORTED if low > 0.9 else NOT_SUPPORTED if high < 0.5 else UNDECIDED, text)


def lsgan_loses_its_gradient(evidence: Evidence) -> Verdict:
    """Two halves, both needed. Loss: against a generator that stands still, the least-squares gradient ends below a tenth of
    its first norm (Student's t over seeds, 5 %). Help: the regularised form has the lower FID (Welch, 5 %). Not supported if the
    gradient ends above half its first norm, or the regularised form has the higher FID (5 % over two)."""
    said, as_claimed, contrary, complete = [], [], [], True
    if evidence.perfect is None:
        said.append("There is no perfect.json; `thesis-gan perfect --output DIR` makes it, DIR being these results.")
        complete = False
    else:
        names = ("least-squares", "least-squares, regularised")
        gradients = "; ".join(_said_of_gradient(evidence.perfect, name) for name in names)
        said.append(f"Against a generator that stands still: {gradients}.")
        drops = _drops(evidence.perfect, names[0])
        as_claimed.append(above(drops, 1))
        contrary.append(above(-drops, -np.log10(2)))
        complete = len(drops) >= MINIMUM_SEEDS
    runs = _first_with(("lsgan", "lsgan-reg"), [evidence.runs, *evidence.beside.values()])
    if runs is None:
        said.append("There are no finished runs of lsgan and lsgan-reg, whose scores would show whether it helps.")
        complete = False
    else:
        scores = {name: [record[FID] for record in _records(runs, name)] for name in ("lsgan", "lsgan-reg")}
        said.append(
            "; ".join(f"{name}: FID {np.mean(of):.1f}{_deviation(of)}, {_count(of, 'seed')}" for name, of in scores.items()) + "."
        )
        if min(map(len, scores.values())) < MINIMUM_SEEDS:
            complete = False
        else:
            as_claimed.append(rises(scores["lsgan-reg"], scores["lsgan"]))
            contrary.append(rises(scores["lsgan"], scores["lsgan-reg"]))
    text = _sentence(" ".join(said))
    if not as_claimed:
        return Verdict(UNDECIDED, text)
    text += (
        f" One-sided p of what could be tested, as claimed: largest {_p(max(as_claimed))}; "
        f"of the contrary: smallest {_p(min(contrary))}."
    )
    return _verdict([*as_claimed, 0.0 if complete else 1.0], contrary, text)


def less_collapse(evidence: Evidence) -> Verdict:
    """KL of the digits drawn from the uniform distribution: smaller for LSGAN, WGAN and the relativistic GAN than for a GAN
    that collapses, i.e. misses digits, under the same budget (Welch, each at 5 %). Not supported if one is larger (5 % over
    three)."""
    others = ("lsgan", "wgan", "rsgan")
    runs = _first_with(("gan", *others), [evidence.runs, evidence.beside.get("collapse", {})])
    if runs is None:
        return Verdict(
            UNDECIDED,
            "gan, lsgan, wgan and rsgan have no finished runs together; `run_all.sh --profile collapse` makes them.",
        )
    records = {name: _records(runs, name) for name in ("gan", *others)}
    kl = {name: [record["digit_kl"] for record in found] for name, found in records.items()}
    modes = {name: np.mean([record["modes_found"] for record in found]) for name, found in records.items()}
    text = "; ".join(
        f"{name}: {modes[name]:.3g} of 10 digits, KL {np.mean(values):.2f}{_deviation(values, 2)} nats, {_count(values, 'seed')}"
        for name, values in kl.items()
    )
    if modes["gan"] == 10:
        return Verdict(UNDECIDED, f"{text}. The GAN misses no digit here, so that there is no collapse to reduce.")
    if min(map(len, kl.values())) < MINIMUM_SEEDS:
        return Verdict(UNDECIDED, f"{text}. Fewer than {MINIMUM_SEEDS} seeds do not show their spread.")
    less, more = [rises(kl[name], kl["gan"]) for name in others], [rises(kl["gan"], kl[name]) for name in others]
    text += ". One-sided p that KL is smaller than the GAN's, Welch's t: " + ", ".join(
        f"{name} {_p(p)}" for name, p in zip(others, less)
    )
    text += f"; that one's is larger: smallest {_p(min(more))}"
    return _verdict(less, more, f"{text}.")


def _verdict(as_claimed: Sequence[float], contrary: Sequence[float], text: str) -> Verdict:
    """Supported if every p "as claimed" is significant; not if one of the contrary is, all of them looked at (Bonferroni)."""
    if max(as_claimed) < LEVEL:
        return Verdict(SUPPORTED, text)
    return Verdict(NOT_SUPPORTED if min(contrary) < LEVEL / len(contrary) else UNDECIDED, text)


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


def _accuracy_half(runs: Runs):
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
        return UNDECIDED, f"{text} A run with the settings of the thesis is missing; `run_all.sh` makes it ({THESIS})."
    verdict = SUPPORTED if min(best) >= 0.95 else NOT_SUPPORTED if max(best) < 0.95 else UNDECIDED
    return verdict, text


def _gradient_half(content: Optional[Dict[str, Any]]):
    if content is None:
        return UNDECIDED, "There is no perfect.json; `thesis-gan perfect --output DIR` makes it, DIR being these results."
    chosen = [record for record in content["discriminators"] if record["game"] == "probability" and not record["noise"]]
    last = max(1, len(chosen[0]["critic_loss"]) // 10)
    shares = [perfect.jensen_shannon(record)[-last:].mean() / np.log(2) for record in chosen]
    sure = [next((step for step, accuracy in enumerate(record["accuracy"]) if accuracy == 1), None) for record in chosen]
    reached = [step for step in sure if step is not None]
    low, high = interval(shares)
    accuracy = (
        f"accuracy 1 on a fresh batch after {np.median(reached):.0f} steps ({np.median(reached) / EPOCH_STEPS:.2f} epochs) in "
        f"{len(reached)} of {_count(chosen, 'seed')}"
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
        f"One-sided p that the divergence and the saturating gradient end so, Student's t: largest {_p(max(claimed))}; "
        f"that this gradient ends above half its first norm: {_p(contrary[0])}."
    )
    if len(drops) < MINIMUM_SEEDS:
        return UNDECIDED, text
    return _verdict(claimed, contrary, text)


def _drops(content: Dict[str, Any], loss: str, noisy: bool = False) -> np.ndarray:
    """By seed: log10 of a generator gradient's norm at the first look over that at the last."""
    return np.array([np.log10(norms[0] / norms[-1]) for _, norms in perfect.of_loss(content, loss, noisy)])


def _said_of_gradient(content: Dict[str, Any], loss: str, noisy: bool = False) -> str:
    drops = _drops(content, loss, noisy)
    low, high = (10**-bound for bound in interval(drops)[::-1])
    return (
        f"the gradient of the {loss} loss{' with annealed noise' if noisy else ''} ends at "
        f"{10 ** -drops.mean():.3g} times its first norm (95% interval {low:.3g} to {high:.3g}, {_count(drops, 'seed')})"
    )


def _p(p: float) -> str:
    """A p-value as it is read; what is above a half points the other way, and its digits say nothing."""
    return "above 0.5" if p > 0.5 else "below 1e-6" if p < 1e-6 else f"{p:.3g}"


def _seeds(runs: Runs, method: str) -> List[Run]:
    return [run for run in runs.values() if run.config["method"] == method and run.in_table]


def _records(runs: Runs, method: str) -> List[Dict[str, Any]]:
    return [run.metrics for run in _seeds(runs, method)]


def _first_with(methods: Iterable[str], places: Sequence[Runs]) -> Optional[Runs]:
    return next((runs for runs in places if all(_seeds(runs, name) for name in methods)), None)


def _count(records: Sequence[Any], noun: str) -> str:
    return f"{len(records)} {noun}{'' if len(records) == 1 else 's'}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _mean_rho(values: Sequence[float]) -> str:
    if not len(values):
        return "unknown"
    low, high = np.clip(interval(values), -1, 1)
    return f"{np.mean(values):.2f}" + (f" (95% interval {low:.2f} to {high:.2f})" if len(values) > 1 else "")


def _deviation(values: Sequence[float], digits: int = 1) -> str:
    return f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
