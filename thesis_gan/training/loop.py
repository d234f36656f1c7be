"""The training loop. A run is a folder; started again on it, an unfinished run goes on where its last checkpoint is."""

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.data.base import LabelledImages
from thesis_gan.data.picture_files import write_picture
from thesis_gan.errors import UserError
from thesis_gan.methods import Method
from thesis_gan.networks.weights import save_weights
from thesis_gan.settings import Settings, differences
from thesis_gan.training import checkpoint
from thesis_gan.training.display import Progress, Speed
from thesis_gan.training.history import History, Row
from thesis_gan.training.longer import continues
from thesis_gan.training.sample_sheet import sheet
from thesis_gan.training.steps import Steps
from thesis_gan.training.workers import ALONE, Alone

# A row of curve.csv ends with the round in which this many critic steps are reached. Numbers are read back once for each
# row, as reading waits for the steps to end.
WINDOW = 50

SHEETS = 300  # so many epochs have each a sheet of samples

SNAPSHOTS = "snapshots"  # folder of the generator's weights after every snapshot_epochs epochs


class Interrupted(Exception):
    """Training was asked to stop and has written a checkpoint."""


class Diverged(Exception):
    """A logged number or a parameter is no longer finite; the message says which, since when, and what is left."""


class Training:
    """One run: the state of :class:`Steps` plus a count of steps, a history and the time spent."""

    def __init__(
        self, method: Method, data: LabelledImages, seed: int, folder: Path, context: mx.Context, workers: Alone = ALONE
    ) -> None:
        self.settings: Settings = method.settings
        self.method, self.folder, self.context, self._workers = method, folder, context, workers
        self.steps = Steps(method, data, seed, context, workers=workers)
        self.history = History()
        self.critic_steps = self.generator_steps = self._window_step = self._epoch = 0
        self.seconds = 0.0
        self._clock = _StepClock()
        # With the settings, all that the numbers depend on.
        self._identity = {"method": method.name, "seed": seed, "threads": os.environ["OMP_NUM_THREADS"]}
        self._checkpoints = checkpoint.Checkpoints(folder)
        # A sentence for each checkpoint that was passed over.
        self.warnings = self._checkpoints.load(self._restore)

    def run(self, progress: Progress) -> None:
        """Train to the end.

        Raises Interrupted, after a checkpoint, on Ctrl-C, on a termination signal, or if ``progress`` can no longer be shown;
        Diverged on a number that is not finite, after the weights of the last good checkpoint are written.
        """
        try:
            self._run(progress)
        except Diverged as diverged:
            if not self._workers.first:
                raise
            self.history.end_window(self._position())
            self.history.write(self.folder)
            self._count_time()
            raise Diverged(f"{diverged}; {self._keep_last_good()}") from None

    def _run(self, progress: Progress) -> None:
        with stop_requests() as requests:
            self._started = self._saved = time.monotonic()
            self._clock.start()

            def tell(event: Callable[[Row, Speed], None], row: Row) -> None:
                # Who reads the progress may be gone (a closed terminal, a killed run_all.sh): no reason to lose steps.
                try:
                    event(row, self._speed)
                except OSError:
                    requests.append(signal.SIGPIPE)

            while not self._finished():
                self._epoch = self._epochs_done()
                self._round()
                if self.critic_steps - self._window_step >= WINDOW:
                    tell(progress.window, self._end_window())
                if self._epochs_done() > self._epoch:
                    tell(progress.epoch, self._end_epoch())
                    self._save()
                is_time = time.monotonic() - self._saved > 60 * self.settings.checkpoint_minutes
                stop, save = self._workers.any(bool(requests), is_time)  # so all save, or stop, after the same round
                if save:
                    self._save()
                if stop:
                    self._save()
                    raise Interrupted
            # Saved while the last window and the last epoch are open: a longer run goes on with them.
            self._save()
            if self._window_step < self.critic_steps:
                tell(progress.window, self._end_window())
            if self.history.epoch_open:
                tell(progress.epoch, self._end_epoch())
            if self._workers.first:
                self.history.write(self.folder)
                save_weights(self.steps.generator, self.folder / "generator.params")

    def _round(self) -> None:
        for _ in range(self.method.critic_steps(self._epoch)):
            with self._clock.critic:
                numbers = self.steps.critic_step(self.critic_steps)
            self.critic_steps += 1
            self.history.add(numbers, f"critic step {self.critic_steps}")
        with self._clock.generator:
            numbers = self.steps.generator_step(self.generator_steps)
        self.generator_steps += 1
        self.history.add(numbers, f"generator step {self.generator_steps}")

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

    def _position(self) -> Row:
        return {
            "epoch": self._epoch + 1,
            "passes": self.passes(),
            "generator_steps": self.generator_steps,
            "critic_steps": self.critic_steps,
        }

    def _end_window(self) -> Row:
        self._settle()
        self._speed = self._clock.speed(self.settings.batch_size)
        self._clock.start()
        self._window_step = self.critic_steps
        return self.history.end_window(self._position())

    def _end_epoch(self) -> Row:
        self._settle()
        self._speed = self._clock.speed(self.settings.batch_size)
        row = self.history.end_epoch(self._position())
        if self._workers.first:
            self.history.write(self.folder)
            # Of small data, several epochs end with one round, and only the first of them has a row.
            ended = range(self._epoch + 1, max(self._epoch + 1, self._epochs_done()) + 1)
            for epoch in (self._epoch, self._epoch + 1):  # which may have been the last of a shorter run
                if not has_sheet(epoch):
                    self._sheet_file(epoch).unlink(missing_ok=True)
            if any(map(has_sheet, ended)) or self._finished():
                write_picture(self._sheet_file(self._epoch + 1), sheet(self.steps))
            every = self.settings.snapshot_epochs
            if every and any(epoch % every == 0 for epoch in ended):
                save_weights(self.steps.generator, self.folder / SNAPSHOTS / f"epoch-{self._epoch + 1:04d}.params")
        return row

    def _sheet_file(self, epoch: int) -> Path:
        return self.folder / "samples" / f"epoch-{epoch:04d}.png"

    def _settle(self) -> None:
        fault = self.history.settle()
        if fault:
            raise Diverged(fault)

    def _save(self) -> None:
        self._settle()
        self._count_time()
        self._saved = self._started
        arrays = checkpoint.network_arrays(generator=self.steps.generator, critic=self.steps.critic)
        faults = [name for name, array in arrays.items() if not np.isfinite(array).all()]
        if self._workers.any(bool(faults))[0]:
            fault = faults[0] if faults else "a running statistic of another worker"  # the rest they have in common
            raise Diverged(f"{fault} was not finite at generator step {self.generator_steps}")
        if not self._workers.first:
            return
        for name, trainer in self._trainers().items():
            arrays.update({f"{name} {key}": array for key, array in checkpoint.trainer_arrays(trainer).items()})
        state = {
            "run": self._identity,
            "settings": self.settings.to_json(),
            "critic_steps": self.critic_steps,
            "generator_steps": self.generator_steps,
            "critic_updates": self.steps.critic_updates,
            "window_step": self._window_step,
            "epoch": self._epoch,
            "seconds": self.seconds,
            "history": self.history.state(),
        }
        self._checkpoints.save(self.generator_steps, checkpoint.Checkpoint(arrays, state))

    def _count_time(self) -> None:
        now = time.monotonic()
        self.seconds, self._started = self.seconds + now - self._started, now

    def _restore(self, path: Path, saved: checkpoint.Checkpoint) -> None:
        state = saved.state
        try:
            changed = differences(self._identity, state["run"])
            then = Settings.from_json(state["settings"], self.method)
            if not continues(self.method, then):
                changed += self.settings.differences(then)
            if changed:
                raise checkpoint.Unusable(f"Checkpoint {path} is another run's ({'; '.join(changed)})")
            self.critic_steps, self.generator_steps = state["critic_steps"], state["generator_steps"]
            self.steps.critic_updates = state["critic_updates"]
            self._window_step, self._epoch, self.seconds = state["window_step"], state["epoch"], state["seconds"]
            self.history.restore(state["history"])
            if self._closed_early():
                raise checkpoint.Unusable(f"Checkpoint {path} is an older version's, of the end of a shorter run")
            checkpoint.restore_networks(saved.arrays, generator=self.steps.generator, critic=self.steps.critic)
            updates = {"generator_trainer": self.generator_steps, "critic_trainer": self.steps.critic_updates}
            for name, trainer in self._trainers().items():
                checkpoint.restore_trainer(trainer, checkpoint.select(saved.arrays, name), updates[name])
        except checkpoint.Unusable:
            raise
        except (UserError, KeyError, TypeError, ValueError):
            raise checkpoint.Unusable(f"Checkpoint {path} does not fit this version of the program") from None

    def _closed_early(self) -> bool:
        """Whether the last window or the last epoch was ended for the end of the run, which now is longer."""
        curve, epochs = self.history.curve, self.history.epochs
        if self._finished() or not curve:
            return False
        before = curve[-2]["critic_steps"] if len(curve) > 1 else 0
        return curve[-1]["critic_steps"] - before < WINDOW or bool(epochs and epochs[-1]["epoch"] > self._epochs_done())

    def _keep_last_good(self) -> str:
        """Write the generator's weights of the last good checkpoint. Returns a sentence that says which that is."""
        kept: List[int] = []

        def use(path: Path, saved: checkpoint.Checkpoint) -> None:
            checkpoint.restore_networks(saved.arrays, generator=self.steps.generator)
            kept.append(saved.state["generator_steps"])

        self._checkpoints.load(use)
        if not kept:
            return "there is no checkpoint from before"
        save_weights(self.steps.generator, self.folder / "generator.params")
        return f"the last good checkpoint, of generator step {kept[0]}, is kept"

    def _trainers(self) -> Dict[str, mx.gluon.Trainer]:
        return {"generator_trainer": self.steps.generator_trainer, "critic_trainer": self.steps.critic_trainer}


def has_sheet(epoch: int) -> bool:
    """Whether a sheet of samples is kept of an epoch, from 1, that is not the last.

    Of all up to 300, then of every tenth, after 3,000 of every hundredth and so on: an epoch of a small data set is a few steps.
    """
    every = 1
    while epoch > SHEETS * every:
        every *= 10
    return epoch % every == 0


class _StepClock:
    """How fast the steps of each kind were since ``start``.

    What a window takes beside its steps (numbers read back, sheets, checkpoints) counts as theirs, in proportion. The first
    step of each kind, which builds graphs, does not count.
    """

    def __init__(self) -> None:
        self.critic, self.generator = _Timer(), _Timer()
        self.start()

    def start(self) -> None:
        self._started = time.monotonic()
        for timer in (self.critic, self.generator):
            timer.seconds = timer.skipped = 0.0
            timer.steps = 0

    def speed(self, batch_size: int) -> Speed:
        """0 stands for what there was no step to tell."""
        timers = (self.critic, self.generator)
        in_steps = sum(timer.seconds for timer in timers)
        seconds = time.monotonic() - self._started - sum(timer.skipped for timer in timers)
        stretch = max(1.0, seconds / in_steps) if in_steps else 0.0
        critic, generator = (stretch * timer.seconds / timer.steps if timer.steps else 0.0 for timer in timers)
        return Speed(self.critic.steps * batch_size / max(1e-9, seconds), critic, generator)


class _Timer:
    """As a context, one step."""

    def __init__(self) -> None:
        self._first = True

    def __enter__(self) -> None:
        self._entered = time.monotonic()

    def __exit__(self, *_: Any) -> None:
        seconds = time.monotonic() - self._entered
        if self._first:
            self.skipped, self._first = seconds, False
        else:
            self.seconds, self.steps = self.seconds + seconds, self.steps + 1


@contextlib.contextmanager
def stop_requests() -> Iterator[List[int]]:
    """A list that Ctrl-C, a termination signal and a closed terminal add to, so that a step under way can end.

    A second Ctrl-C stops at once. A closed terminal is ignored where it was before (nohup). Signals reach the main thread only:
    in another the list stays empty.
    """
    received: List[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def request(number: int, frame: Any) -> None:
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(number)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    previous = {number: signal.signal(number, request) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
