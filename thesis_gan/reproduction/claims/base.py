"""What a claim is, and its judge: it makes of the evidence a verdict, with the numbers that it rests on.

A judge's rule stands in its docstring, which claims.md prints. "Supported" and "not supported" both need
significance; what the evidence at hand cannot tell is undecided.
"""

import inspect
from typing import Any, Callable, Collection, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from thesis_gan.reproduction.claims.significance import LEVEL
from thesis_gan.reproduction.quality_by_epoch import Quality
from thesis_gan.runs.run import Run

SUPPORTED, NOT_SUPPORTED, UNDECIDED = "supported", "not supported", "undecided"
MINIMUM_STEPS = 1000  # generator steps; before that no method draws digits, and its run says nothing of it
MINIMUM_SEEDS = 3  # fewer say nothing of the spread between trainings
ORDER = ("dcgan", "wgan", "wgan-gp")

Runs = Mapping[str, Run]


class Evidence(NamedTuple):
    """What there is to judge by.

    runs: finished runs by name.  diverged: how many of a method's runs diverged.  quality: sample quality by run and epoch.
    toy, perfect: contents of toy.json and perfect.json, None where there is none.
    beside: finished runs of the comparisons whose results lie beside these, by their profile.
    short: names of finished runs that are left out, for they were trained too short to say anything.
    """

    runs: Runs
    diverged: Mapping[str, int] = {}
    quality: Quality = {}
    toy: Optional[Dict[str, Any]] = None
    perfect: Optional[Dict[str, Any]] = None
    beside: Mapping[str, Runs] = {}
    short: Collection[str] = ()

    def lacking(self, said: str, *names: str) -> str:
        """``said``, a sentence, of there being no finished runs of ``names``; where there are, but short ones, that instead."""
        short = sorted(run for run in self.short if run.rsplit("-seed")[0] in names)
        return f"Left out: fewer than {MINIMUM_STEPS:,} generator steps ({', '.join(short)})." if short else said


class Verdict(NamedTuple):
    """verdict: supported, not supported or undecided.  evidence: the numbers it rests on, a few sentences."""

    verdict: str
    evidence: str


def decided(as_claimed: Sequence[float], contrary: Sequence[float], text: str) -> Verdict:
    """Supported if every p "as claimed" is significant; not if one of the contrary is, all of them looked at (Bonferroni)."""
    if max(as_claimed) < LEVEL:
        return Verdict(SUPPORTED, text)
    return Verdict(NOT_SUPPORTED if min(contrary) < LEVEL / len(contrary) else UNDECIDED, text)


def as_p(p: float) -> str:
    """A p-value as it is read; what is above a half points the other way, and its digits say nothing."""
    return "above 0.5" if p > 0.5 else "below 1e-6" if p < 1e-6 else f"{p:.3g}"


def seeds_of(runs: Runs, method: str) -> List[Run]:
    return [run for run in runs.values() if run.config["method"] == method and run.in_table]


def records_of(runs: Runs, method: str) -> List[Dict[str, Any]]:
    return [run.metrics for run in seeds_of(runs, method)]


def first_with(methods: Iterable[str], places: Sequence[Runs]) -> Optional[Runs]:
    return next((runs for runs in places if all(seeds_of(runs, name) for name in methods)), None)


def counted(records: Sequence[Any], noun: str) -> str:
    return f"{len(records)} {noun}{'' if len(records) == 1 else 's'}"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def deviation(values: Sequence[float], digits: int = 1) -> str:
    return f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""


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
