"""Ours against a PyTorch twin trained by the same settings: FID and IS over seeds. Run by benchmarks/twin/run.sh.

DCGAN and WGAN-GP, 6 passes of the critic over MNIST, width 32, under the settings of the profile thesis; each in a process of one
thread. A run that is done is not made again. The samples of both are scored by our metrics. Prints Markdown, and writes it to
benchmarks/twin/RESULT.md unless the runs were cut short.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from thesis_gan import files, processor  # noqa: E402
from thesis_gan.comparison.rows import FID, IS  # noqa: E402
from thesis_gan.data import mnist  # noqa: E402
from thesis_gan.methods import find  # noqa: E402
from thesis_gan.metrics.scores import scores  # noqa: E402
from thesis_gan.profiles import resolve  # noqa: E402
from thesis_gan.training.budget import budget  # noqa: E402

HERE = Path(__file__).resolve().parent
METHODS, SIDES = ("dcgan", "wgan-gp"), ("ours", "PyTorch")
PROFILE, PASSES = "thesis", 6


class Comparison:
    """What is trained, and where it lies."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.output, self._torch_python = options.output, options.torch_python
        length = [f"epochs={PASSES}"] if not options.steps else ["epochs=0", f"generator_steps={options.steps}"]
        self.overrides = [*length, "snapshot_epochs=0"]

    def ours(self, method: str, seed: int) -> None:
        """Train one of ours, in a process of its own."""
        command = [sys.executable, "-m", "thesis_gan", "train", method, "--profile", PROFILE, "--seed", str(seed)]
        for override in self.overrides:
            command += ["--set", override]
        self._run("ours", method, seed, [*command, "--threads", "1", "--output", str(self._folder("ours", method, seed) / "run")])

    def twin(self, method: str, seed: int) -> None:
        """Train a twin, and have it write its samples."""
        settings, folder = resolve(find(method), PROFILE, self.overrides), self._folder("PyTorch", method, seed)
        steps = budget(settings)
        run = {"method": method, "seed": seed, "schedule": settings.critic_schedule.rest, "num_samples": settings.num_samples}
        run.update(steps._asdict(), settings=settings.to_json(), images=str(self.output / "images.npy"))
        files.write_json(folder / "run.json", run)
        command = [self._torch_python, str(HERE / "train_twin.py"), str(folder / "run.json"), str(folder / "samples.npz")]
        self._run("PyTorch", method, seed, command)

    def score(self, side: str, method: str, seed: int) -> Dict[str, Any]:
        """IS and FID of one, and how long it took; kept beside it."""
        folder = self._folder(side, method, seed)
        if side == "ours":
            return {**files.read_json(folder / "run" / "metrics.json"), **files.read_json(folder / "done.json")}
        kept = folder / "scores.json"
        if not kept.exists():
            files.write_json(kept, scores(mnist.MNIST(), np.load(folder / "samples.npz")["arr_0"], metrics=("is", "fid")))
        return {**files.read_json(kept), **files.read_json(folder / "done.json")}

    def _folder(self, side: str, method: str, seed: int) -> Path:
        return self.output / side / f"{method}-seed{seed}"

    def _run(self, side: str, method: str, seed: int, command: List[str]) -> None:
        folder = self._folder(side, method, seed)
        if (folder / "done.json").exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        began, environment = time.monotonic(), {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with open(str(folder / "log"), "ab") as log:
            process = subprocess.Popen(command, cwd=str(ROOT), stdout=log, stderr=log, env=environment)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = status
        if status:
            sys.exit(f"{side}'s {method}, seed {seed}, failed; see {folder / 'log'}.")
        minutes = {"minutes": (time.monotonic() - began) / 60, "processor_minutes": (used.ru_utime + used.ru_stime) / 60}
        files.write_json(folder / "done.json", minutes)
        print(f"{side}: {method}, seed {seed}, {minutes['minutes']:.1f} minutes", file=sys.stderr, flush=True)


def table(comparison: Comparison, seeds: int) -> str:
    """Markdown: both sides' means over seeds, and whether they differ."""
    lines = ["| method | score | ours | PyTorch | difference | p, Welch | seeds |", "|---|---|---:|---:|---:|---:|---:|"]
    costs = ["| method | ours | PyTorch |", "|---|---:|---:|"]
    for method in METHODS:
        found = {side: [comparison.score(side, method, seed) for seed in range(seeds)] for side in SIDES}
        for key, name, form in ((FID, "FID", "{:.1f}"), (IS, "IS", "{:.2f}")):
            values = [np.array([record[key] for record in found[side]]) for side in SIDES]
            cells = [f"{form.format(each.mean())} ({', '.join(map(form.format, each))})" for each in values]
            p = stats.ttest_ind(*values, equal_var=False)[1] if seeds > 1 else np.nan
            cells += [form.format(values[0].mean() - values[1].mean()), f"{p:.2f}", str(seeds)]
            lines.append(f"| {find(method).title} | {name} | {' | '.join(cells)} |")
        minutes = [np.mean([record["processor_minutes"] for record in found[side]]) for side in SIDES]
        costs.append(f"| {find(method).title} | {' | '.join(f'{each:.1f}' for each in minutes)} |")
    return "\n".join([*lines, "", "Minutes of processor time of a run, start and scoring of ours included:", "", *costs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--torch-python", required=True, help="a Python that has PyTorch")
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "twin")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2, help="trainings at once, one thread each")
    parser.add_argument(
        "--steps", type=int, help="generator steps, in the place of the 6 passes: to try it; use another --output"
    )
    options = parser.parse_args()
    options.output = options.output.resolve()
    options.output.mkdir(parents=True, exist_ok=True)
    np.save(str(options.output / "images.npy"), mnist.load("train").images)
    comparison = Comparison(options)
    with ThreadPoolExecutor(options.jobs) as pool:
        made = [
            pool.submit(train, method, seed)
            for seed in range(options.seeds)
            for method in METHODS
            for train in (comparison.twin, comparison.ours)
        ]
        for future in made:
            future.result()
    torch = subprocess.run([options.torch_python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    about = (
        f"Made by `benchmarks/twin/run.sh`: DCGAN and WGAN-GP, {options.steps or PASSES} "
        f"{'generator steps' if options.steps else 'passes of the critic over MNIST'}, batch 64, width 32, the settings of the "
        f"profile `{PROFILE}`, {options.seeds} seeds. The twin ([train_twin.py](train_twin.py)) has the same networks, losses, "
        "optimizers, distribution of first weights and order of batches, and random numbers of its own. 10,000 samples of each "
        "are scored by our metrics, in the features of our MNIST classifier. "
        f"PyTorch {torch.stdout.strip()}, {processor.name()}, one thread each, {options.jobs} at a time."
    )
    after = "In brackets: each seed's. p is two-sided; a small one would say that the two do not train alike."
    text = "\n\n".join(["# Against a PyTorch twin, trained", about, table(comparison, options.seeds), after]) + "\n"
    print(text)
    if not options.steps:
        files.write_text(HERE / "RESULT.md", text)


if __name__ == "__main__":
    main()
