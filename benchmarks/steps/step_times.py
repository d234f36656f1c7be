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
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Tuple

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from worker import CHANNELS

from thesis_gan import processor
from thesis_gan.methods import find
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.training.budget import budget

HERE = Path(__file__).resolve().parent
OURS = {"ours": "float32", "ours bf16": "bfloat16"}
FLOAT32 = {"eager": "eager", "fused": "fused", "channels-last": "channels-last"}
BFLOAT16 = {"bf16": "bfloat16", "bf16 channels-last": "bfloat16-channels-last"}
SYSTEMS = ("dcgan", "cgan", "wgan", "wgan-gp")
STEPS = ("critic", "generator")

# By what is set for our library: what is set for PyTorch's others, so that both do without the same instructions.
PYTORCH_LIMITS = {"AVX2": {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}}


class Worker:
    """A measured process; see worker.py."""

    def __init__(self, python: str, script: str, threads: int, *arguments: str) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        limit = environment.get(processor.LIMIT, "")
        if limit == processor.AMX:  # as importing thesis_gan has set it: it would hide what is newer from PyTorch
            del environment[processor.LIMIT]
        environment.update(PYTORCH_LIMITS.get(limit, {}))
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


def measure(
    system: str, width: int, side: int, options: argparse.Namespace, product: Worker, columns: List[str]
) -> Iterator[Dict[str, Any]]:
    """One record per kind of step of a system: ms of each turn and memory, by column."""
    programs = {name: (sys.executable, "gluon_steps.py", variant) for name, variant in OURS.items()}
    theirs = {**FLOAT32, **BFLOAT16}.items()
    programs.update({name: (options.torch_python, "pytorch_twin.py", variant) for name, variant in theirs})
    workers = {}
    for name in columns:
        python, script, variant = programs[name]
        workers[name] = Worker(python, script, options.threads, system, str(width), variant, str(side))
    gflop = workers["eager"].ask("facts")["gflop"]
    times: Dict[str, Dict[str, List[float]]] = {step: {name: [] for name in workers} for step in STEPS}
    peaks = []
    for turn in tqdm(range(options.turns + 1), f"{system}, width {width}, {side}x{side}", leave=False):
        for step in STEPS:
            for name, worker in list(workers.items())[:: 1 if turn % 2 else -1]:  # there and back: none is always first
                seconds = worker.ask(f"{step} {options.steps}")
                if turn:  # the first turn is a warm-up
                    times[step][name].append(seconds)
        peaks.append(2 * 2048**3 / product.ask("product 2") / 1e9)
    memory = {name: worker.ask("memory") for name, worker in workers.items()}
    for worker in workers.values():
        worker.end()
    for step in STEPS:
        yield {
            "system": system,
            "step": step,
            "images": f"{side}x{side}x{CHANNELS[side]}",
            "width": width,
            "gflop": gflop[step],
            "peak": statistics.median(peaks),
            "ms": {name: 1e3 * np.array(each) for name, each in times[step].items()},
            "memory": memory,
        }


def table(records: List[Dict[str, Any]]) -> str:
    """Markdown: median times in ms, then ratios of ours to PyTorch's, and of our bfloat16 to our float32 (below 1: faster)."""
    columns = list(records[0]["ms"])
    heads = ["images", "width", "system", "step", "GFLOP", "of peak", *columns, "ours / eager", "ours / best f32"]
    bfloat16 = [name for name in BFLOAT16 if name in columns]
    heads += ["bf16 / best bf16"] if "ours bf16" in columns and bfloat16 else []
    heads += ["bf16 / ours"] if "ours bf16" in columns else []
    lines = [" | ".join(["", *heads, ""]).strip(), "|" + "---|" * len(heads)]
    for record in records:
        turns = record["ms"]
        ms = {name: np.median(each) for name, each in turns.items()}
        cells = [record["images"], str(record["width"]), record["system"], record["step"], f"{record['gflop']:.2f}"]
        cells.append(f"{record['gflop'] / ms['ours'] * 1e3 / record['peak']:.0%}")
        cells += [f"{ms[name]:.1f}" for name in columns]
        cells += [f"**{ratio(turns, 'ours', ['eager'])}**", ratio(turns, "ours", FLOAT32)]
        cells += [ratio(turns, "ours bf16", bfloat16)] if "ours bf16" in columns and bfloat16 else []
        cells += [ratio(turns, "ours bf16", ["ours"])] if "ours bf16" in columns else []
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
    """Markdown: MiB that the steps of each process added to what it held before them, at most, and its peak in brackets."""
    columns = list(records[0]["memory"])
    lines = [" | ".join(["", "images", "width", "system", *columns, ""]).strip(), "|" + "---|" * (3 + len(columns))]
    for record in records:
        if record["step"] == STEPS[0]:
            cells = [record["images"], str(record["width"]), record["system"]]
            cells += ["{steps:.0f} ({process:.0f})".format_map(record["memory"][name]) for name in columns]
            lines.append(" | ".join(["", *cells, ""]).strip())
    return "\n".join(lines)


def usable_columns(wanted: Iterable[str]) -> List[str]:
    """Those of the columns that this processor, as it is let be used, has instructions for."""
    level = list(processor.LEVELS)
    bfloat16 = processor.instructions() in level[: level.index("AVX512_CORE") + 1]  # below, MXNet has none at all
    return [name for name in wanted if bfloat16 or name not in ("ours bf16", *BFLOAT16)]


def sizes(options: argparse.Namespace) -> Iterator[Tuple[str, int, int]]:
    """System, width and side of each part of the table."""
    if options.profile:
        for system in options.systems:
            yield system, resolve(find(system), options.profile).width, 28
    else:
        for size in options.sizes:
            side, width = map(int, size.split(":"))
            for system in options.systems:
                yield system, width, side


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    everything = [*OURS, *FLOAT32, *BFLOAT16]
    parser.add_argument("--torch-python", required=True, help="a Python that has PyTorch; run.sh makes one, if none is named")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each process (default: all cores)")
    parser.add_argument(
        "--sizes",
        nargs="+",
        default=["28:32", "28:64", "64:32"],
        metavar="SIDE:WIDTH",
        help="of the images, 28 (one channel) or 64 (three), and of the networks (default: 28:32 28:64 64:32)",
    )
    parser.add_argument(
        "--profile",
        choices=sorted(PROFILES),
        help="its width of each system in place of --sizes, and the time of its whole table",
    )
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--columns", nargs="+", choices=everything, default=everything, help="ours and eager among them")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--steps", type=int, default=8, help="timed steps in a turn, after one to wake up")
    options = parser.parse_args()
    columns = usable_columns(options.columns)
    product = Worker(sys.executable, "product.py", options.threads)
    facts = product.ask("facts")
    torch = [options.torch_python, "-c", "import torch; print(torch.__version__)"]
    torch_version = subprocess.run(torch, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    print(
        f"{processor.name()}, {facts['instructions'] or 'instructions unknown'}; MXNet {facts['version']}, "
        f"PyTorch {torch_version}, Python {sys.version.split()[0]}; threads per process: {options.threads}.",
        flush=True,
    )
    records: List[Dict[str, Any]] = []
    for system, width, side in sizes(options):
        records += measure(system, width, side, options, product, columns)
    product.end()
    peak = statistics.median(record["peak"] for record in records)
    print(f"Float32 matrix product of this machine: {peak:.0f} GFLOP/s.\n")
    if options.profile:
        print(f"All steps of {options.profile}'s table:\n\n{whole_table(records, options.profile)}\n\nStep by step:\n")
    print(table(records), "\n\nMiB of the steps, and of the process:\n", memory_table(records), sep="\n")


if __name__ == "__main__":
    main()
