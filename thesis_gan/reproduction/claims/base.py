"""What a claim is, and its judge: it makes of the evidence a verdict, with the numbers that it rests on.

A judge's rule stands in its docstring, which claims.md prints. "Supported" and "not supported" both need
significance; what the evidence at hand cannot tell is undecided.
"""

import inspect
from typing import Any, Callable, Collection, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from thesis_gan.reproduction.claims.significance import LEVEL, MOST_SEEDS, POWER, Outcome, seeds_for_all, seeds_for_one
from thesis_gan.reproduction.quality_by_epoch import Quality
from thesis_gan.runs.run import Run

SUPPORTED, NOT_SUPPORTED, UNDECIDED = "supported", "not supported", "undecided"
MINIMUM_STEPS = 1000  # generator steps; before that no method draws digits, and its run says nothing of it
MINIMUM_SEEDS = 3  # fewer say nothing of the spread between trainings
ORDER = ("dcgan", "wgan", "wgan-gp")

Runs = Mapping[str, Run]


class Evidence(NamedTuple):
    """What there is to judge by.

    runs: finished runs by name.  diverged: how many of a method's runs diverged.
    quality, snapshots: Fréchet distance by run and epoch, of the epoch's sheet of samples, and of as many as Table 1's are of.
    toy, perfect, times: contents of toy.json, perfect.json and times.json, None where there is none.
    beside: finished runs of the comparisons whose results lie beside these, by their profile.
    short: names of finished runs that are left out, for they were trained too short to say anything.
    """

    runs: Runs
    diverged: Mapping[str, int] = {}
    quality: Quality = {}
    snapshots: Quality = {}
    toy: Optional[Dict[str, Any]] = None
    perfect: Optional[Dict[str, Any]] = None
    times: Optional[Dict[str, Any]] = None
    beside: Mapping[str, Runs] = {}
    short: Collection[str] = ()

    def lacking(self, said: str, *names: str) -> "Verdict":
        """Undecided: ``said``, that there are no finished runs of ``names``; where there are, but short ones, that instead."""
        short = sorted(run for run in self.short if run.rpartition("-seed")[0] in names)
        left_out = f"Left out: fewer than {MINIMUM_STEPS:,} generator steps ({', '.join(short)})."
        return Verdict(UNDECIDED, left_out if short else said)


class Verdict(NamedTuple):
    """verdict: supported, not supported or undecided.  evidence: the numbers it rests on, a few sentences."""

    verdict: str
    evidence: str


def decided(
    as_claimed: Sequence[Outcome], contrary: Sequence[Outcome], text: str, looks: int = 0, each: str = "seeds of each"
) -> Verdict:
    """Supported if every outcome "as claimed" is significant; not if one of the contrary is, all of them looked at (Bonferroni).

    Where neither is so, ``text`` is followed by how many more would decide it. looks: how many contrary ones are looked at in
    all, where these are a part of them.  each: what there would have to be more of.
    """
    if max(outcome.p for outcome in as_claimed) < LEVEL:
        return Verdict(SUPPORTED, text)
    looks = looks or len(contrary)
    if min(outcome.p for outcome in contrary) < LEVEL / looks:
        return Verdict(NOT_SUPPORTED, text)
    return Verdict(UNDECIDED, f"{text} {_would_decide(as_claimed, contrary, looks, each)}")


def _would_decide(as_claimed: Sequence[Outcome], contrary: Sequence[Outcome], looks: int, each: str) -> str:
    """A sentence of how many would decide it, or that none would; the assumption, which is all but sure to be wrong, is said."""
    needed = {"show it": seeds_for_all(as_claimed), "speak against it": seeds_for_one(contrary, looks)}
    likely = {what: count for what, count in needed.items() if count}
    if not likely:
        return f"If the means and deviations seen are the true ones, not even {MOST_SEEDS:,} {each} would decide it."
    what = min(likely, key=lambda name: likely[name])
    return (
        f"If the means and deviations seen are the true ones, {likely[what]:,} {each} would {what} with a probability of "
        f"{100 * POWER:.0f} %."
    )


def both(*halves: Verdict) -> Verdict:
    """Of a claim that needs all of them: not supported if one is not, and supported if all are."""
    verdicts = {half.verdict for half in halves}
    text = " ".join(half.evidence for half in halves)
    if NOT_SUPPORTED in verdicts:
        return Verdict(NOT_SUPPORTED, text)
    return Verdict(SUPPORTED if verdicts == {SUPPORTED} else UNDECIDED, text)


def p_values(said: str, claimed: Sequence[Outcome], other: str, contrary: Sequence[Outcome], names: Sequence[str] = ()) -> str:
    """A sentence: p that it is as ``said``, by ``names`` or the largest alone, and the smallest p that it is as ``other``."""
    by_name = ", ".join(f"{name} {as_p(outcome.p)}" for name, outcome in zip(names, claimed))
    return f"One-sided p {said}: {by_name or _extreme(max, 'largest', claimed)}; {other}: {_extreme(min, 'smallest', contrary)}."


def _extreme(choose: Callable, word: str, outcomes: Sequence[Outcome]) -> str:
    p = as_p(choose(outcome.p for outcome in outcomes))
    return p if len(outcomes) == 1 else f"{word} {p}"


def as_p(p: float) -> str:
    """A p-value as it is read; what is above a half points the other way, and its digits say nothing."""
    return "above 0.5" if p > 0.5 else "below 1e-6" if p < 1e-6 else f"{p:.3g}"


def seeds_of(runs: Runs, method: str) -> List[Run]:
    return [run for run in runs.values() if run.config["method"] == method and run.in_table]


def records_of(runs: Runs, method: str) -> List[Dict[str, Any]]:
    return [run.metrics for run in seeds_of(runs, method)]


def first_with(methods: Iterable[str], places: Mapping[str, Runs]) -> Tuple[str, Optional[Runs]]:
    """The first of ``places`` with runs of all these methods: its profile, "" for the results' own, and its runs."""
    names = list(methods)
    return next(((place, runs) for place, runs in places.items() if all(seeds_of(runs, name) for name in names)), ("", None))


def of_profile(place: str) -> str:
    """How a sentence begins of runs that are not the results' own."""
    return f"Of the profile {place}, whose results lie beside these: " if place else ""


def counted(records: Sequence[Any], noun: str) -> str:
    return f"{len(records)} {noun}{'' if len(records) == 1 else 's'}"


class Claim(NamedTuple):
    """id: as in claims.json.  claim: in our words.  source: where it is made.  argument: the source's reasons, in our words.

    figures: files in figures/ that show it, those that there are.  judge: gives the verdict; its docstring is the rule.
    """

    id: str
    claim: str
    source: str
    argument: str
    figures: tuple
    judge: Callable[[Evidence], Verdict]

    @property
    def rule(self) -> str:
        """By what the judge decides, in one line."""
        return " ".join(inspect.getdoc(self.judge).split())
