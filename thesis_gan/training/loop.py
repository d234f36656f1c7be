"""The training loop. A run is a folder; started again on it, an unfinished run goes on where its last checkpoint is."""

import contextlib
import signal
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

from thesis_gan._compat import mx
from thesis_gan.config import Settings
from thesis_gan.data.images import grid, write_picture
from thesis_gan.data.mnist import LabelledImages
from thesis_gan.errors import UserError
from thesis_gan.methods import Method
from thesis_gan.networks import save_weights
from thesis_gan.training import checkpoint
from thesis_gan.training.history import History, Row
from thesis_gan.training.progress import Progress
from thesis_gan.training.sampling import SHEET_COLUMNS, SHEET_IMAGES, by_row_labels, draw_z, sample
from thesis_gan.training.steps import Steps

# A row of curve.csv ends with the round in which this many critic steps are reached. Numbers are read back once for each
# row, as reading waits for the steps to end.
WINDOW = 50


class Interrupted(Exception):
    """Training was asked to stop and has written a checkpoint."""


class Diverged(Exception):
    """A logged number is no longer finite; the message says when."""


class Training:
    """One run: the state of :class:`Steps` plus a count of steps, a history and the time spent."""

    def __init__(self, method: Method, data: LabelledImages, seed: int, folder: Path, context: mx.Context) -> None:
        self.settings: Settings = method.settings
        self.method, self.folder, self.context = method, folder, context
        self.steps = Steps(method, data, seed, context)
        self.history = History()
        self.critic_steps = self.generator_steps = self._window_step = 0
        self.seconds = self._rate = 0.0
        self.checkpoint_path = folder / "checkpoint.bin"
        if self.checkpoint_path.exists():
            self._restore(checkpoint.read(self.checkpoint_path))

    def run(self, progress: Progress) -> None:
        """Train to the end. Raises Interrupted on Ctrl-C or a termination signal, Diverged on a number that is not finite."""
        try:
            self._run(progress)
        except Diverged:
            self.history.end_window(self._position(self._epochs_done()))
            self.history.write(self.folder)
            self._count_time()
            raise

    def _run(self, progress: Progress) -> None:
        with _stop_requests() as stop_requests:
            self._started = self._window_started = self._saved = time.monotonic()
            epoch = self._epochs_done()
            while not self._finished():
                epoch = self._epochs_done()
                self._round(epoch)
                if self.critic_steps - self._window_step >= WINDOW:
                    self._end_window(epoch, progress)
                if self._epochs_done() > epoch:
                    self._end_epoch(epoch, progress)
                    self._save()
                if time.monotonic() - self._saved > 60 * self.settings.checkpoint_minutes:
                    self._save()
                if stop_requests:
                    self._save()
                    raise Interrupted
            if self._window_step < self.critic_steps:
                self._end_window(epoch, progress)
            self._end_epoch(epoch, progress)
            self._save()
            self.history.write(self.folder)
            save_weights(self.steps.generator, self.folder / "generator.params")

    def _round(self, epoch: int) -> None:
        for _ in range(self.method.critic_steps(epoch)):
            self.history.add(self.steps.critic_step(self.critic_steps))
            self.critic_steps += 1
        self.history.add(self.steps.generator_step(self.generator_steps))
        self.generator_steps += 1

    def _epochs_done(self) -> int:
        by_critic = self.settings.epoch_unit == "critic-pass"
        return (self.critic_steps if by_critic else self.generator_steps) // self.steps.order.batches_per_pass

    def _finished(self) -> bool:
        limits = (
            (self.settings.epochs, self._epochs_done()),
            (self.settings.generator_steps, self.generator_steps),
        )
        return any(limit and done >= limit for limit, done in limits)

    def passes(self) -> float:
        """Passes of the critic over the training images so far."""
        return self.critic_steps / self.steps.order.batches_per_pass

    def _position(self, epoch: int) -> Row:
        return {
            "epoch": epoch + 1,
            "passes": self.passes(),
            "generator_steps": self.generator_steps,
            "critic_steps": self.critic_steps,
        }

    def _end_window(self, epoch: int, progress: Progress) -> None:
        self._settle()
        row = self.history.end_window(self._position(epoch))
        progress.window(row, self._images_per_second())
        self._window_started, self._window_step = time.monotonic(), self.critic_steps

    def _end_epoch(self, epoch: int, progress: Progress) -> None:
        self._settle()
        if not self.history.epoch_open:
            return
        row = self.history.end_epoch(self._position(epoch))
        progress.epoch(row, self._images_per_second())
        self.history.write(self.folder)
        self._write_sheet(epoch)

    def _settle(self) -> None:
        if not self.history.settle():
            raise Diverged(f"a loss was not finite by generator step {self.generator_steps}")

    def _images_per_second(self) -> float:
        images = (self.critic_steps - self._window_step) * self.settings.batch_size
        if images:
            self._rate = images / max(1e-9, time.monotonic() - self._window_started)
        return self._rate

    def _write_sheet(self, epoch: int) -> None:
        labels = by_row_labels() if self.method.uses_labels else None
        count, columns = (SHEET_IMAGES, SHEET_COLUMNS) if labels is None else (len(labels), 10)
        z = draw_z(self.steps.streams, "sheet z", count, self.settings.z_size)
        sheet = grid(sample(self.steps.generator, z, labels, self.context), columns)
        write_picture(self.folder / "samples" / f"epoch-{epoch + 1:04d}.png", sheet)

    def _save(self) -> None:
        self._settle()
        self._count_time()
        self._saved = self._started
        arrays = checkpoint.network_arrays(generator=self.steps.generator, critic=self.steps.critic)
        for name, trainer in self._trainers().items():
            arrays.update({f"{name} {key}": array for key, array in checkpoint.trainer_arrays(trainer).items()})
        state = {
            "settings": self.settings.to_json(),
            "critic_steps": self.critic_steps,
            "generator_steps": self.generator_steps,
            "critic_updates": self.steps.critic_updates,
            "window_step": self._window_step,
            "seconds": self.seconds,
            "history": self.history.state(),
        }
        checkpoint.write(self.checkpoint_path, checkpoint.Checkpoint(arrays, state))

    def _count_time(self) -> None:
        now = time.monotonic()
        self.seconds, self._started = self.seconds + now - self._started, now

    def _restore(self, saved: checkpoint.Checkpoint) -> None:
        refuse_other_settings(self.folder, Settings.from_json(saved.state["settings"], self.method), self.settings)
        self.critic_steps, self.generator_steps = saved.state["critic_steps"], saved.state["generator_steps"]
        self.steps.critic_updates = saved.state["critic_updates"]
        self._window_step, self.seconds = saved.state["window_step"], saved.state["seconds"]
        self.history.restore(saved.state["history"])
        checkpoint.restore_networks(saved.arrays, generator=self.steps.generator, critic=self.steps.critic)
        updates = {"generator_trainer": self.generator_steps, "critic_trainer": self.steps.critic_updates}
        for name, trainer in self._trainers().items():
            checkpoint.restore_trainer(trainer, checkpoint.select(saved.arrays, name), updates[name])

    def _trainers(self) -> Dict[str, mx.gluon.Trainer]:
        return {"generator_trainer": self.steps.generator_trainer, "critic_trainer": self.steps.critic_trainer}


def refuse_other_settings(folder: Path, saved: Settings, wanted: Settings) -> None:
    """Raises UserError, naming each difference, if the run in ``folder`` was started with other settings."""
    changed = wanted.differences(saved)
    if changed:
        raise UserError(
            f"{folder} holds a run with other settings: {'; '.join(changed)}; "
            "use the settings it was started with, or another --output."
        )


@contextlib.contextmanager
def _stop_requests() -> Iterator[List[int]]:
    """A list that Ctrl-C and a termination signal add to, so that a step under way can end. A second Ctrl-C stops at once."""
    received: List[int] = []

    def request(number: int, frame: Any) -> None:
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(number)

    previous = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
