"""Everything: trains what is missing, several runs side by side, then makes the table, the figures and the report."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Sequence

from tqdm import tqdm

from thesis_gan.experiments import claims, figures, report, table1
from thesis_gan.experiments.plan import PlannedRun, plan
from thesis_gan.training.progress import describe


def run_all(profile: str, method_names: Sequence[str], seeds: int, output: Path, device: str, jobs: int) -> int:
    """Make every output of ``profile`` in ``output`` and print Table 1. Returns 0, or 1 if a row could not be made."""
    runs = plan(profile, method_names, seeds, output)
    waiting = [run for run in runs if not (run.folder / "metrics.json").exists()]
    if len(waiting) < len(runs):
        print(f"{len(runs) - len(waiting)} of {len(runs)} runs are done already in {output}.")
    failures = _train(waiting, profile, device, jobs) if waiting else {}
    if any(run.folder.joinpath("metrics.json").exists() for run in runs):
        print("Making the table, the figures and the report ...", flush=True)
        print("\n" + write_outputs(output) + "\n")
        print(f"Table, figures and report are in {output}; open {output / 'report.html'} to see them all.")
    for name, why in failures.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    return 1 if failures else 0


def write_outputs(results: Path) -> str:
    """Make every output of the finished runs in ``results``; returns Table 1 as text."""
    table = table1.write(results)
    figures.write(results)
    claims.write(results)
    report.write(results)
    return table


def _train(runs: Sequence[PlannedRun], profile: str, device: str, jobs: int) -> Dict[str, str]:
    """Run each training in a process of its own, ``jobs`` at a time. Returns why, by name, for those that failed."""
    jobs = max(1, min(jobs, len(runs)))
    print(f"{len(runs)} runs, {jobs} side by side, one thread each.", flush=True)
    trainings = _Trainings(profile, device)
    # Told to end, this process ends its trainings as Ctrl-C does; each writes a checkpoint.
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ThreadPoolExecutor(jobs) as pool:
            try:
                for future in [pool.submit(trainings.run, run) for run in runs]:
                    future.result()
            except KeyboardInterrupt:
                trainings.stop()
                raise
    finally:
        trainings.display.close()
        signal.signal(signal.SIGTERM, previous)
    return trainings.failures


class _Trainings:
    """The processes that train, and one display of them all."""

    def __init__(self, profile: str, device: str) -> None:
        self._profile, self._device = profile, device
        self._processes: List[subprocess.Popen] = []
        self._stopped = False
        self._lock = threading.Lock()
        self.failures: Dict[str, str] = {}
        self.display = _Display()

    def run(self, run: PlannedRun) -> None:
        """Train ``run`` to its end."""
        command = [sys.executable, "-m", "thesis_gan", "train", run.method, "--progress", "json", "--threads", "1"]
        command += ["--profile", self._profile, "--seed", str(run.seed), "--output", str(run.folder), "--device", self._device]
        for override in run.overrides:
            command += ["--set", override]
        with self._lock:
            if self._stopped:
                return
            pipe = subprocess.PIPE
            process = subprocess.Popen(command, stdout=pipe, stderr=pipe, encoding="utf-8", env=_environment())
            self._processes.append(process)
        complaints: List[str] = []
        reader = threading.Thread(target=lambda: complaints.extend(process.stderr), daemon=True)
        reader.start()
        for line in process.stdout:
            self.display.show(run.folder.name, line)
        reader.join()
        self.display.end(run.folder.name)
        if process.wait() and not self._stopped:
            lines = [line.strip() for line in complaints if line.strip()]
            self.failures[run.folder.name] = lines[-1] if lines else f"exit status {process.returncode}"

    def stop(self) -> None:
        """Ask all trainings to write a checkpoint and end, and wait for them."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                if process.poll() is None:
                    process.terminate()


class _Display:
    """On a terminal one bar of all generator steps, with the state of each run; elsewhere one line per epoch."""

    def __init__(self) -> None:
        self._bar = tqdm(total=0, unit="step", dynamic_ncols=True) if sys.stderr.isatty() else None
        self._lock = threading.Lock()
        self._done: Dict[str, int] = {}
        self._totals: Dict[str, int] = {}
        self._states: Dict[str, str] = {}

    def show(self, name: str, line: str) -> None:
        """``line``: what the training ``name`` printed, a report of its progress."""
        try:
            row: Dict[str, Any] = json.loads(line)
            event = row["event"]
        except (ValueError, KeyError, TypeError):
            return
        with self._lock:
            self._done[name], self._totals[name] = row["generator_steps"], row["total"]
            if self._bar is not None:
                self._states[name] = f"{name} {100 * row['generator_steps'] // row['total']}%"
                self._bar.total = sum(self._totals.values())
                self._bar.set_postfix_str(", ".join(self._states.values()), refresh=False)
                self._bar.update(sum(self._done.values()) - self._bar.n)
            elif event == "epoch":
                print(f"{name}: {describe(row)} of {row['total']}, {row['images_per_second']:.0f} images/s", flush=True)

    def end(self, name: str) -> None:
        """The training ``name`` has ended."""
        with self._lock:
            self._states.pop(name, None)

    def close(self) -> None:
        """All trainings have ended."""
        if self._bar is not None:
            self._bar.close()


def _environment() -> Dict[str, str]:
    """The trainings find this package wherever they are started from."""
    package_parent = str(Path(__file__).resolve().parents[2])
    paths = [package_parent, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
