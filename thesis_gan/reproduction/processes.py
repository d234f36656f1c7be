"""Trainings side by side, each a process of its own, and how they are shown."""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from tqdm import tqdm

from thesis_gan import files, start
from thesis_gan.errors import UserError
from thesis_gan.reproduction.plan import PlannedRun
from thesis_gan.reproduction.studies.registry import Experiment
from thesis_gan.training.display import describe as describe_row

OURS = "thesis-gan: "  # how the command line's own sentences begin
THREADS = 1  # of each training: several side by side do more than several threads of one, and the results depend on it


class Trainings:
    """The processes that train, and one display of them all."""

    def __init__(self, profile: str, device: str, tensorboard: Optional[Path], generator_steps: int) -> None:
        self._profile, self._device, self._tensorboard = profile, device, tensorboard
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
        if self._tensorboard is not None:
            command += ["--tensorboard", str(self._tensorboard)]
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
