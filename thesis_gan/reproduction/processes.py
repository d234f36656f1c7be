"""Trainings side by side, each a process of its own."""

import contextlib
import signal
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from thesis_gan import files, start
from thesis_gan.errors import UserError
from thesis_gan.reproduction.board import DONE, FAILED, STOPPED, Board
from thesis_gan.reproduction.plan import PlannedRun
from thesis_gan.reproduction.studies.registry import Experiment

OURS = "thesis-gan: "  # how the command line's own sentences begin
INTERRUPTED = 128 + signal.SIGINT  # the command line's exit status after Ctrl-C

THREADS = 1  # of each training: several side by side do more than several threads of one, and the results depend on it


class Trainings:
    """The processes that train, shown on ``board``."""

    def __init__(self, profile: str, device: str, tensorboard: Optional[Path], board: Board) -> None:
        self._profile, self._device, self._tensorboard = profile, device, tensorboard
        self._processes: List[subprocess.Popen] = []
        self._stopped = False
        self._lock = threading.Lock()
        self.failures: Dict[str, str] = {}
        self._board = board

    def make(self, runs: Sequence[PlannedRun], experiments: Sequence[Experiment], output: Path, jobs: int) -> None:
        """Make all to their ends, ``jobs`` at a time; the experiments in ``output``, which this process holds."""
        with ThreadPoolExecutor(jobs) as pool:
            try:
                waiting = [pool.submit(self.run, run) for run in runs]
                together = [experiment for experiment in experiments if not experiment.alone]
                waiting += [pool.submit(self._experiment, experiment, output) for experiment in together]
                for future in waiting:
                    future.result()
                for experiment in experiments:
                    if experiment.alone:
                        pool.submit(self._experiment, experiment, output).result()
            except KeyboardInterrupt:
                self._stop()
                raise

    def run(self, run: PlannedRun) -> None:
        """Train ``run`` to its end."""
        name = run.folder.name
        command = start.command(*train_arguments(run, str(run.folder), self._profile, self._device))
        if self._tensorboard is not None:
            command += ["--tensorboard", str(self._tensorboard)]
        self._start(name, command, run.folder / "error.log")

    def _experiment(self, experiment: Experiment, output: Path) -> None:
        name = experiment.command
        command = start.command(*experiment_arguments(experiment, str(output)))
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
                    self._board.ended(name, FAILED)
                    self.failures[name] = f"its process could not be started ({error.strerror})"
                    return
                stack.enter_context(process.stdout)
                self._processes.append(process)
            self._board.started(name)
            for line in process.stdout:
                self._board.told(name, line)
            status = process.wait()
            complaints.seek(0)
            said = complaints.read().decode(errors="replace")
            tell_of_end(self._board, name, INTERRUPTED if status and self._stopped else status, said)
            if status and not self._stopped:
                self.failures[name] = why_failed(said, status, log)

    def _stop(self) -> None:
        """Ask all trainings to write a checkpoint and end; those that wait do not start."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                if process.poll() is None:
                    process.terminate()


def tell_of_end(board: Board, name: str, status: int, said: str) -> None:
    """The process of ``name`` has ended with exit ``status``, and ``said`` so much on standard error."""
    if not status:
        for line in said.splitlines():
            if line.startswith(OURS):
                board.say(name, line[len(OURS) :])
    board.ended(name, {0: DONE, INTERRUPTED: STOPPED}.get(status, FAILED))


def train_arguments(run: PlannedRun, folder: str, profile: str, device: str) -> List[str]:
    """Of ``thesis-gan``, to train ``run`` in ``folder``."""
    arguments = ["train", run.method, "--progress", "json", "--threads", str(THREADS)]
    arguments += ["--profile", profile, "--seed", str(run.seed), "--output", folder, "--device", device]
    for override in run.overrides:
        arguments += ["--set", override]
    return arguments


def experiment_arguments(experiment: Experiment, folder: str) -> List[str]:
    """Of ``thesis-gan``, to make ``experiment`` in ``folder``, which nobody else writes in."""
    return [experiment.command, "--output", folder, "--threads", str(THREADS), "--held"]


def why_failed(complaints: str, status: int, log: Path) -> str:
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
