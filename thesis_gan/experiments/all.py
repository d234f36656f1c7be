"""Everything: trains what is missing, several runs side by side, then makes the table, the figures and the report."""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Sequence

from tqdm import tqdm

from thesis_gan import files, start
from thesis_gan.config import PROFILES
from thesis_gan.errors import Damaged, UserError
from thesis_gan.experiments import claims, comparison, figures, report, table1
from thesis_gan.experiments.extras import EXPERIMENTS, Experiment
from thesis_gan.experiments.plan import COMPARISONS, PlannedRun, plan
from thesis_gan.experiments.runs import FINISHED, Run, describe, find_runs, refuse_another
from thesis_gan.lock import hold
from thesis_gan.training.progress import describe as describe_row

OURS = "thesis-gan: "  # how the command line's own sentences begin
THREADS = 1  # of each training: several side by side do more than several threads of one, and the results depend on it


def run_all(profile: str, method_names: Sequence[str], seeds: int, output: Path, device: str, jobs: int) -> int:
    """Make every output of ``profile`` in ``output`` and print Table 1. Returns 0, or 1 if a row could not be made.

    A run that fails is named with the reason, and the others go on. Raises UserError if ``output`` holds runs of other
    settings, or if another process works there.
    """
    runs = plan(profile, method_names, seeds, output)
    with hold(output):
        for folder in (output, output / "figures"):
            files.sweep(folder)
        failures = _make(runs, profile, output, device, jobs)
    for name, why in failures.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    return 1 if failures else 0


def _make(runs: Sequence[PlannedRun], profile: str, output: Path, device: str, jobs: int) -> Dict[str, str]:
    done = [run for run in runs if _is_done(run, profile)]
    if done:
        print(f"{len(done)} of {len(runs)} runs are done already in {output}.")
    wanted = EXPERIMENTS if PROFILES[profile].experiments else ()
    missing = [experiment for experiment in wanted if not experiment.is_made(output)]
    failures = _train([run for run in runs if run not in done], missing, profile, output, device, jobs)
    scored = []
    for planned in runs:
        try:
            run = Run(planned.folder)
            run.verify()
        except UserError as error:
            failures.setdefault(planned.folder.name, str(error))
            continue
        scored.append(run)
        if run.metrics["status"] != FINISHED:
            failures[run.name] = run.metrics["status"]
    if any(run.in_table for run in scored):
        print("Making the table, the figures and the report ...", flush=True)
        try:
            print("\n" + write_outputs(output) + "\n")
            print(f"Table, figures and report are in {output}; open {output / 'report.html'} to see them all.")
        except UserError as error:
            failures["What is made of the runs"] = str(error)
    return failures


def _is_done(run: PlannedRun, profile: str) -> bool:
    config, _ = describe(run.method, profile, run.seed, run.overrides, THREADS)
    try:
        return refuse_another(run.folder, config) and Run(run.folder).complete
    except Damaged:  # its training will say so, and be one failure among the others
        return False


def write_outputs(results: Path) -> str:
    """Make every output of the finished runs in ``results``; returns Table 1 as text."""
    table = table1.write(results)
    figures.write(results)
    if find_runs(results)[0].profile in COMPARISONS:
        table += "\n" + comparison.write(results)
    claims.write(results)
    report.write(results)
    return table


def _train(
    runs: Sequence[PlannedRun], experiments: Sequence[Experiment], profile: str, output: Path, device: str, jobs: int
) -> Dict[str, str]:
    """Make each run and each experiment in a process of its own, ``jobs`` at a time. Returns why, by name, where one failed."""
    if not runs and not experiments:
        return {}
    jobs = min(jobs, len(runs) + len(experiments))
    also = ", ".join(experiment.command for experiment in experiments)
    print(f"{len(runs)} runs to train{also and f' and experiments ({also})'}, {jobs} side by side, one thread each.", flush=True)
    trainings = _Trainings(profile, device, sum(run.generator_steps for run in runs))
    # Told to end, this process ends its trainings as Ctrl-C does; each writes a checkpoint.
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ThreadPoolExecutor(jobs) as pool:
            try:
                waiting = [pool.submit(trainings.run, run) for run in runs]
                waiting += [pool.submit(trainings.experiment, experiment, output) for experiment in experiments]
                for future in waiting:
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
        command = start.command("train", run.method, "--progress", "json", "--threads", str(THREADS))
        command += ["--profile", self._profile, "--seed", str(run.seed), "--output", str(run.folder), "--device", self._device]
        for override in run.overrides:
            command += ["--set", override]
        self._start(name, command, run.folder / "error.log")

    def experiment(self, experiment: Experiment, output: Path) -> None:
        """Make ``experiment`` in ``output``, which this process holds."""
        name = experiment.command
        command = start.command(name, "--output", str(output), "--threads", str(THREADS), "--held")
        self._start(name, command, output / f"{name}-error.log")

    def _start(self, name: str, command: Sequence[str], log: Path) -> None:
        """Run ``command`` to its end. log: where all goes that it says if it fails and says much."""
        with contextlib.ExitStack() as stack:
            with self._lock:
                if self._stopped:
                    return
                try:
                    complaints = stack.enter_context(tempfile.TemporaryFile())
                    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=start.environment())
                except OSError as error:
                    self.failures[name] = f"its process could not be started ({error.strerror})"
                    return
                self._processes.append(process)
            for line in process.stdout:
                self.display.show(name, line)
            self.display.end(name)
            status = process.wait()
            complaints.seek(0)
            said = complaints.read().decode(errors="replace")
            if status and not self._stopped:
                self.failures[name] = _reason(said, status, log)
            elif not status:
                self.display.say(name, [line for line in said.splitlines() if line.startswith(OURS)])

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

    def say(self, name: str, lines: Sequence[str]) -> None:
        """``lines``: what the training ``name``, which has succeeded, had to remark."""
        with self._lock:
            for line in lines:
                tqdm.write(f"{name}: {line[len(OURS) :]}", file=sys.stderr)

    def close(self) -> None:
        """All trainings have ended."""
        if self._bar is not None:
            self._bar.close()


def _reason(complaints: str, status: int, log: Path) -> str:
    """The last line that a failed process wrote; where there are more, all of them go to ``log``."""
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    if status < 0:
        last = f" after it had said: {lines[-1]}" if lines else ""
        lines.append(f"its process was ended by {signal.Signals(-status).name}{last}; start again to go on")
    if not lines:
        return f"exit status {status}"
    if len(lines) > 1:
        try:
            files.write_text(log, "\n".join(lines) + "\n")
        except UserError as error:
            return f"{lines[-1]} ({error})"
        lines[-1] += f" (all of it is in {log})"
    return lines[-1].replace(OURS, "", 1)
