"""Times of a training step, ours against a PyTorch twin's: the same networks, batch, optimizer and number of passes.

Each is a process of its own, and they take turns, a few steps each, so that the machine's moods meet them all alike.
What is printed is the median over the turns; with --profile, also what all steps of that profile's table take together.
Run by benchmarks/steps/run.sh.
"""

import argparse
import collections
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from thesis_gan.data.mnist import load
from thesis_gan.methods import find
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.training.budget import budget

HERE = Path(__file__).resolve().parent
OURS = {"ours": "float32", "ours bf16": "bfloat16"}
FLOAT32 = {"eager": "eager", "fused": "fused", "channels-last": "channels-last"}
BFLOAT16 = {"bf16": "bfloat16", "bf16 channels-last": "bfloat16-channels-last"}
SYSTEMS = ("dcgan", "cgan", "wgan", "wgan-gp")
STEPS = ("critic", "generator")


class Worker:
    """A measured process; see worker.py."""

    def __init__(self, python: str, script: str, threads: int, *arguments: str) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        self._process = subprocess.Popen(
            [python, str(HERE / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, request: str) -> Any:
        self._process.stdin.write(request + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            sys.exit(f"{' '.join(self._process.args[1:])} ended without an answer to {request!r}.")
        return json.loads(answer)

    def end(self) -> None:
        self._process.communicate()


def measure(system: str, width: int, options: argparse.Namespace, folder: str) -> Iterator[Dict[str, Any]]:
    """One record per kind of step of a system: ms of each turn and memory, by column."""
    common = (str(options.threads), folder)
    workers = {
        name: Worker(sys.executable, "gluon_steps.py", options.threads, system, str(width), variant, *common)
        for name, variant in OURS.items()
        if name in options.columns
    }
    workers.update(
        {
            name: Worker(options.torch_python, "pytorch_twin.py", options.threads, system, str(width), variant, *common)
            for name, variant in {**FLOAT32, **BFLOAT16}.items()
            if name in options.columns
        }
    )
    gflop = workers["eager"].ask("facts")["gflop"]
    times: Dict[str, Dict[str, List[float]]] = {step: {name: [] for name in workers} for step in STEPS}
    peaks = []
    for turn in tqdm(range(options.turns + 1), f"{system}, width {width}", leave=False):
        for step in STEPS:
            for name, worker in list(workers.items())[:: 1 if turn % 2 else -1]:  # there and back: none is always first
                seconds = worker.ask(f"{step} {options.steps}")
                if turn:  # the first turn is a warm-up
                    times[step][name].append(seconds)
        peaks.append(2 * 2048**3 / workers["ours"].ask("gemm 2") / 1e9)
    memory = {name: worker.ask("memory") for name, worker in workers.items()}
    for worker in workers.values():
        worker.end()
    for step in STEPS:
        yield {
            "system": system,
            "step": step,
            "width": width,
            "gflop": gflop[step],
            "peak": statistics.median(peaks),
            "ms": {name: 1e3 * np.array(each) for name, each in times[step].items()},
            "memory": memory,
        }


def table(records: List[Dict[str, Any]]) -> str:
    """Markdown: median times in ms, then ratios of ours to PyTorch's (below 1: ours is faster)."""
    columns = list(records[0]["ms"])
    heads = ["width", "system", "step", "GFLOP", "of peak", *columns, "ours / eager", "ours / best f32"]
    bfloat16 = "ours bf16" in columns and any(name in columns for name in BFLOAT16)
    heads += ["bf16 / best bf16"] if bfloat16 else []
    lines = [" | ".join(["", *heads, ""]).strip(), "|" + "---|" * len(heads)]
    for record in records:
        turns = record["ms"]
        ms = {name: np.median(each) for name, each in turns.items()}
        cells = [str(record["width"]), record["system"], record["step"], f"{record['gflop']:.2f}"]
        cells.append(f"{record['gflop'] / ms['ours'] * 1e3 / record['peak']:.0%}")
        cells += [f"{ms[name]:.1f}" for name in columns]
        cells += [f"**{ratio(turns, 'ours', ['eager'])}**", ratio(turns, "ours", FLOAT32)]
        cells += [ratio(turns, "ours bf16", BFLOAT16)] if bfloat16 else []
        lines.append(" | ".join(["", *cells, ""]).strip())
    return "\n".join(lines)


def ratio(turns: Dict[str, np.ndarray], ours: str, theirs: Iterable[str]) -> str:
    """Of ours to the fastest of theirs: the median of the turns' ratios, as what slows the machine for seconds slows both."""
    best = min((name for name in theirs if name in turns), key=lambda name: np.median(turns[name]))
    return f"{np.median(turns[ours] / turns[best]):.2f}"


def whole_table(records: List[Dict[str, Any]], profile: str) -> str:
    """Markdown: minutes that the steps of the systems take together, as often as the profile's table takes each; and ratios."""
    minutes: Dict[str, float] = collections.defaultdict(float)
    for record in records:
        steps = budget(resolve(find(record["system"]), profile))
        for name, ms in record["ms"].items():
            minutes[name] += getattr(steps, f"{record['step']}_steps") * np.median(ms) / 60e3
    lines = [" | ".join(["", "", *minutes, ""]).strip(), "|" + "---|" * (1 + len(minutes))]
    lines.append(" | ".join(["", "minutes", *(f"{each:.1f}" for each in minutes.values()), ""]).strip())
    lines.append(" | ".join(["", "ours / it", *(f"{minutes['ours'] / each:.2f}" for each in minutes.values()), ""]).strip())
    return "\n".join(lines)


def memory_table(records: List[Dict[str, Any]]) -> str:
    """Markdown: each process's peak resident memory in MiB."""
    columns = list(records[0]["memory"])
    lines = [" | ".join(["", "width", "system", *columns, ""]).strip(), "|" + "---|" * (2 + len(columns))]
    for record in records:
        if record["step"] == STEPS[0]:
            cells = [str(record["width"]), record["system"], *(f"{record['memory'][name]:.0f}" for name in columns)]
            lines.append(" | ".join(["", *cells, ""]).strip())
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    everything = [*OURS, *FLOAT32, *BFLOAT16]
    parser.add_argument("--torch-python", required=True, help="a Python that has PyTorch")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each process (default: all cores)")
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64])
    parser.add_argument(
        "--profile",
        choices=sorted(PROFILES),
        help="its width of each system in place of --widths, and the time of its whole table",
    )
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--columns", nargs="+", choices=everything, default=everything)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--steps", type=int, default=8, help="timed steps in a turn, after one to wake up")
    options = parser.parse_args()
    records: List[Dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = load("train")
        np.save(f"{folder}/images.npy", data.images)
        np.save(f"{folder}/labels.npy", data.labels)
        if options.profile:
            sizes = [(system, resolve(find(system), options.profile).width) for system in options.systems]
        else:
            sizes = [(system, width) for width in options.widths for system in options.systems]
        for system, width in sizes:
            records += measure(system, width, options, folder)
    peak = statistics.median(record["peak"] for record in records)
    print(f"Threads per process: {options.threads}. Float32 matrix product of this machine: {peak:.0f} GFLOP/s.\n")
    if options.profile:
        print(f"All steps of {options.profile}'s table:\n\n{whole_table(records, options.profile)}\n\nStep by step:\n")
    print(table(records), "\n\nPeak memory of the process, MiB:\n", memory_table(records), sep="\n")


if __name__ == "__main__":
    main()
