"""Everything: trains what is missing, several runs side by side, then makes the table, the figures and the report."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Sequence

from tqdm import tqdm

from thesis_gan import files
from thesis_gan.experiments import claims, comparison, figures, report, table1
from thesis_gan.experiments.plan import COMPARISONS, PlannedRun, plan
from thesis_gan.experiments.runs import FINISHED, Run, describe, find_runs, refuse_another
from thesis_gan.training.progress import describe as describe_row

THREADS = 1  # of each training: several side by side do more than several threads of one, and the results depend on it


def run_all(profile: str, method_names: Sequence[str], seeds: int, output: Path, device: str, jobs: int) -> int:
    """Make every output of ``profile`` in ``output`` and print Table 1. Returns 0, or 1 if a row could not be made.

    Raises UserError if ``output`` holds runs of other settings.
    """
    runs = plan(profile, method_names, seeds, output)
    done = [run for run in runs if _is_done(run, profile)]
    if done:
        print(f"{len(done)} of {len(runs)} runs are done already in {output}.")
    failures = _train([run for run in runs if run not in done], profile, device, jobs)
    scored = [Run(run.folder) for run in runs if (run.folder / "metrics.json").exists()]
    failures.update({run.name: run.metrics["status"] for run in scored if run.metrics["status"] != FINISHED})
    if any(run.in_table for run in scored):
        print("Making the table, the figures and the report ...", flush=True)
        print("\n" + write_outputs(output) + "\n")
        print(f"Table, figures and report are in {output}; open {output / 'report.html'} to see them all.")
    for name, why in failures.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    return 1 if failures else 0


def _is_done(run: PlannedRun, profile: str) -> bool:
    config, _ = describe(run.method, profile, run.seed, run.overrides, THREADS)
    return refuse_another(run.folder, config) and Run(run.folder).scored


def write_outputs(results: Path) -> str:
    """Make every output of the finished runs in ``results``; returns Table 1 as text."""
    table = table1.write(results)
    figures.write(results)
    if find_runs(results)[0].profile in COMPARISONS:
        table += "\n" + comparison.write(results)
    claims.write(results)
    report.write(results)
    return table


def _train(runs: Sequence[PlannedRun], profile: str, device: str, jobs: int) -> Dict[str, str]:
    """Run each training in a process of its own, ``jobs`` at a time. Returns why, by name, for those that failed."""
    if not runs:
        return {}
    jobs = min(jobs, len(runs))
    print(f"{len(runs)} runs to train, {jobs} side by side, one thread each.", flush=True)
    trainings = _Trainings(profile, device, sum(run.generator_steps for run in runs))
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

    def __init__(self, profile: str, device: str, generator_steps: int) -> None:
        self._profile, self._device = profile, device
        self._processes: List[subprocess.Popen] = []
        self._stopped = False
        self._lock = threading.Lock()
        self.failures: Dict[str, str] = {}
        self.display = _Display(generator_steps)

    def run(self, run: PlannedRun) -> None:
        """Train ``run`` to its end."""
        name = run.folder.name
        command = [sys.executable, "-m", "thesis_gan", "train", run.method, "--progress", "json", "--threads", str(THREADS)]
        command += ["--profile", self._profile, "--seed", str(run.seed), "--output", str(run.folder), "--device", self._device]
        for override in run.overrides:
            command += ["--set", override]
        with tempfile.TemporaryFile() as complaints:
            with self._lock:
                if self._stopped:
                    return
                try:
                    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=_environment())
                except OSError as error:
                    self.failures[name] = f"its process could not be started ({error.strerror})"
                    return
                self._processes.append(process)
            for line in process.stdout:
                self.display.show(name, line)
            self.display.end(name)
            if process.wait() and not self._stopped:
                complaints.seek(0)
                self.failures[name] = _reason(complaints.read(), process.returncode, run.folder)

    def stop(self) -> None:
        """Ask all trainings to write a checkpoint and end; those that wait do not start."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                if process.poll() is None:
                    process.terminate()


class _Display:
    """On a terminal one bar of all generator steps, with the latest row of one run; elsewhere one line per epoch."""

    def __init__(self, generator_steps: int) -> None:
        terminal = sys.stderr.isatty()
        self._bar = tqdm(total=generator_steps, unit="step", dynamic_ncols=True, smoothing=0.02) if terminal else None
        self._lock = threading.Lock()
        self._done: Dict[str, int] = {}

    def show(self, name: str, line: bytes) -> None:
        """``line``: what the training ``name`` printed, a report of its progress."""
        try:
            row: Dict[str, Any] = json.loads(line.decode())
            event = row["event"]
        except (ValueError, KeyError, TypeError):
            return
        state = f"{name}: {describe_row(row)} of {row['total']}, {row['images_per_second']:.0f} images/s"
        with self._lock:
            if self._bar is None:
                if event == "epoch":
                    print(state, flush=True)
                return
            if name not in self._done:  # what an earlier start did counts as done, not as speed
                self._done[name] = row["initial"]
                self._bar.initial += row["initial"]
                self._bar.n += row["initial"]
            self._bar.set_postfix_str(state, refresh=False)
            self._bar.update(row["generator_steps"] - self._done[name])
            self._done[name] = row["generator_steps"]

    def end(self, name: str) -> None:
        """The training ``name`` has ended and is being scored, or is done."""
        with self._lock:
            if self._bar is not None:
                self._bar.set_postfix_str(f"{name} is done")

    def close(self) -> None:
        """All trainings have ended."""
        if self._bar is not None:
            self._bar.close()


def _reason(complaints: bytes, status: int, folder: Path) -> str:
    """The last line that a failed process wrote; where there are more, all of them go to a file beside its run."""
    lines = [line.strip() for line in complaints.decode(errors="replace").splitlines() if line.strip()]
    if not lines:
        return f"exit status {status}"
    if len(lines) == 1:
        return lines[0].replace("thesis-gan: ", "", 1)
    files.write_text(folder / "error.log", "\n".join(lines) + "\n")
    return f"{lines[-1]} (all of it is in {folder / 'error.log'})"


def _environment() -> Dict[str, str]:
    """The trainings find this package wherever they are started from."""
    package_parent = str(Path(__file__).resolve().parents[2])
    paths = [package_parent, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
