"""Where the time of a training goes that is not the networks': data, noise, logging, sample sheets, checkpoints; and its memory.

A few whole epochs at one critic step per generator step, the hardest case: sheets and checkpoints then come most often. Each
operator of MXNet runs where it is called, so a plain stopwatch around a function sees all of its work.
"""

import argparse
import collections
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peak import peak

from thesis_gan.data import mnist
from thesis_gan.device import context
from thesis_gan.methods import find
from thesis_gan.profiles import resolve
from thesis_gan.training import loop, steps
from thesis_gan.training.display import Progress

PARTS = (
    ("data", steps.BatchOrder, "__call__"),
    ("data", steps.Steps, "_real"),
    ("noise", steps.Streams, "uniform"),
    ("noise", steps.Streams, "normal"),
    ("noise", steps.Steps, "_to_device"),
    ("logging", loop.Training, "_end_window"),
    ("logging", loop.History, "add"),
    ("logging", loop.History, "write"),
    ("sample sheets", loop, "sheet"),
    ("sample sheets", loop, "write_picture"),
    ("checkpoints", loop.Training, "_save"),
)


class Stopwatch:
    """Seconds spent in each part, by replacing its functions by timed ones; time in a part within a part counts once."""

    def __init__(self) -> None:
        self.seconds: Dict[str, float] = collections.defaultdict(float)
        self._running = False

    def watch(self, name: str, owner: Any, function: str) -> None:
        original = getattr(owner, function)

        def timed(*arguments: Any, **keywords: Any) -> Any:
            if self._running:
                return original(*arguments, **keywords)
            self._running, started = True, time.perf_counter()
            try:
                return original(*arguments, **keywords)
            finally:
                self._running = False
                self.seconds[name] += time.perf_counter() - started

        setattr(owner, function, timed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--methods", nargs="+", default=["dcgan", "wgan-gp"])
    parser.add_argument("--width", type=int, default=16, help="of the networks; a profile's narrowest is the hardest case")
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    stopwatch, data = Stopwatch(), mnist.load("train")
    for part in PARTS:
        stopwatch.watch(*part)
    names = list(dict.fromkeys(name for name, _, _ in PARTS))
    print(" | ".join(["| method", "ms per step", *names, "together", "peak memory after each epoch, MiB |"]))
    print("|" + "---|" * (len(names) + 4))
    for name in options.methods:
        method, peaks = find(name), []
        overrides = [f"width={options.width}", f"epochs={options.epochs}", "generator_steps=0", "critic_schedule=1"]
        stopwatch.seconds.clear()
        with tempfile.TemporaryDirectory() as folder:
            training = loop.Training(method(resolve(method, "quick", overrides)), data, 0, Path(folder), context("cpu"))
            started = time.perf_counter()
            training.run(Watched(peaks))
            seconds = time.perf_counter() - started
        shares = [f"{stopwatch.seconds[part] / seconds:.2%}" for part in names]
        together = f"**{sum(stopwatch.seconds.values()) / seconds:.1%}**"
        step = seconds * 1e3 / (training.critic_steps + training.generator_steps)
        print(" | ".join([f"| {name}", f"{step:.1f}", *shares, together, " ".join(f"{peak:.0f}" for peak in peaks) + " |"]))


class Watched(Progress):
    """Shows nothing; takes the process's peak memory at the end of each epoch."""

    def __init__(self, peaks: List[float]) -> None:
        super().__init__("", 0)
        self._peaks = peaks

    def epoch(self, row: Any, images_per_second: float) -> None:
        self._peaks.append(peak())


if __name__ == "__main__":
    main()
