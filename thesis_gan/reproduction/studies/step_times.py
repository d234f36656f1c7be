"""How long a step of each of the thesis's methods takes, measured alone, one method after the other in turns: claim 7.

times.json holds, for each method, milliseconds of a critic step and of a generator step by turn. It is not made beside other
work, which would show in the share of the time that the process had: its own processor time over the time that passed.
"""

import os
import time
from pathlib import Path
from typing import Any, Dict, NamedTuple

import numpy as np
from tqdm import tqdm

from thesis_gan import files, methods, processor
from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.json_shape import conforms, is_positive, is_text
from thesis_gan.profiles import resolve
from thesis_gan.training.steps import Steps

EVIDENCE = "times.json"
ALONE = 0.9  # share of the time that a process has at least where nothing else uses its core
LOGGED = ("critic_ms", "generator_ms", "share_of_time")  # by turn


class Size(NamedTuple):
    """Turns; in each, of every method, so many generator steps with their critic steps. profile: whose settings they have."""

    turns: int = 20
    rounds: int = 4
    profile: str = "thesis"


FULL = Size()


def make(results: Path, size: Size = FULL) -> Dict[str, Any]:
    """Measure; write ``results``/times.json. Returns what it holds."""
    data = mnist.load("train")
    clocks = {name: _Clock(name, size, data) for name in methods.names(in_thesis=True)}
    names = list(clocks)
    with tqdm(total=(size.turns + 1) * len(clocks), unit="turn", desc="step times", disable=None) as bar:
        for turn in range(size.turns + 1):
            for name in names if turn % 2 else names[::-1]:  # there and back: none is always the first
                clocks[name].measure(counts=turn > 0)  # the first turn builds the graphs
                bar.update()
    settings = clocks[names[0]].steps.method.settings
    found = {
        "size": size._asdict(),
        "processor": processor.name(),
        "threads": int(os.environ["OMP_NUM_THREADS"]),
        "width": settings.width,
        "batch_size": settings.batch_size,
        "batches_per_pass": clocks[names[0]].steps.order.batches_per_pass,
        "methods": {name: clock.record for name, clock in clocks.items()},
    }
    files.write_json(results / EVIDENCE, found)
    return found


def is_whole(content: Any) -> bool:
    """Whether ``content`` has all that the claims and the figures look at."""
    record = {"critic_steps": is_positive, **{key: [is_positive] for key in LOGGED}}
    counts = dict.fromkeys(("threads", "width", "batch_size", "batches_per_pass"), is_positive)
    if not conforms(content, {**counts, "processor": is_text, "methods": {is_text: record}}):
        return False
    turns = {len(each[key]) for each in content["methods"].values() for key in LOGGED}
    return set(methods.names(in_thesis=True)) <= set(content["methods"]) and len(turns) == 1


def round_ms(record: Dict[str, Any]) -> np.ndarray:
    """(turns,): milliseconds of a generator step with the critic steps that go with it after the warm-up."""
    return record["critic_steps"] * np.array(record["critic_ms"]) + np.array(record["generator_ms"])


def share_of_time(content: Dict[str, Any]) -> float:
    """The smallest, over methods, of the median share of the time that the process had; 1 or a little more where it was alone."""
    return min(float(np.median(record["share_of_time"])) for record in content["methods"].values())


class _Clock:
    """Of one method."""

    def __init__(self, name: str, size: Size, data: mnist.LabelledImages) -> None:
        method = methods.find(name)(resolve(methods.find(name), size.profile))
        self.steps = Steps(method, data, 0, mx.cpu())
        self._critic_steps, self._rounds = method.settings.critic_schedule.rest, size.rounds
        self._made = {"critic": 0, "generator": 0}
        self.record: Dict[str, Any] = {"critic_steps": self._critic_steps, **{key: [] for key in LOGGED}}

    def measure(self, counts: bool) -> None:
        """One turn; logged only if it ``counts``."""
        began, worked = time.monotonic(), time.process_time()
        critic = self._time("critic", self._rounds * self._critic_steps)
        generator = self._time("generator", self._rounds)
        share = (time.process_time() - worked) / (time.monotonic() - began)
        if counts:
            for key, number in zip(LOGGED, (critic, generator, share)):
                self.record[key].append(float(f"{number:.5g}"))

    def _time(self, kind: str, count: int) -> float:
        """Milliseconds of a step, over so many."""
        step = {"critic": self.steps.critic_step, "generator": self.steps.generator_step}[kind]
        mx.nd.waitall()
        began = time.monotonic()
        for _ in range(count):
            step(self._made[kind])
            self._made[kind] += 1
        mx.nd.waitall()
        return 1000 * (time.monotonic() - began) / count
