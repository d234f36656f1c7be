"""A run made: trained, or gone on with, and scored."""

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple

from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.data import points as toy
from thesis_gan.data.base import KINDS
from thesis_gan.errors import UserError
from thesis_gan.lock import hold
from thesis_gan.profiles import resolve
from thesis_gan.runs.run import FINISHED, SUMS, Run
from thesis_gan.settings import Settings, differences, refuse_differences
from thesis_gan.streams import Streams
from thesis_gan.training.budget import budget
from thesis_gan.training.display import Progress, for_stream
from thesis_gan.training.event_file import import_tensorboardx
from thesis_gan.training.longer import LENGTH, why_not
from thesis_gan.training.loop import SNAPSHOTS, Diverged, Training
from thesis_gan.training.tensorboard import TensorBoard
from thesis_gan.training.workers import Alone, failing_at_once, join


def train(
    method_name: str,
    profile: str,
    seed: int,
    overrides: Sequence[str],
    folder: Path,
    context: mx.Context,
    threads: int,
    progress: str,
    tensorboard: Optional[Path] = None,
) -> Optional["Run"]:
    """Train one method in ``folder``, or go on with it, or do nothing if it is done; sample and score it.

    tensorboard: where a folder PROFILE/RUN is to hold the run's events, those of a finished run too.

    A finished run of which a file is damaged is finished anew from its last checkpoint. From there on, a run is also made longer,
    where no setting depends on its length. Of several workers, the first writes and scores; the others return None.

    Raises UserError if the folder holds a run of other settings or another process trains in it, Interrupted if training
    was stopped, ImportError if tensorboardX is wanted and not installed.
    """
    if tensorboard is not None:
        import_tensorboardx()
    config, settings = describe(method_name, profile, seed, overrides, threads)
    with failing_at_once():
        workers = join(settings.workers)
        if workers.rank:
            return _assist(config, settings, folder, context, workers)
        if refuse_another(folder, config) and Run(folder).complete:
            workers.any(True)
            return _seen(folder, tensorboard)
        data = _training_data(settings, seed)
        with hold(folder):
            finished = refuse_another(folder, config) and Run(folder).complete  # by another process since
            workers.any(finished)
            if finished:
                return _seen(folder, tensorboard)
            for part in (folder, folder / "samples", folder / SNAPSHOTS):
                files.sweep(part)
            return _train(config, settings, data, folder, context, progress, tensorboard, workers)


def _assist(config: Dict[str, Any], settings: Settings, folder: Path, context: mx.Context, workers: Alone) -> None:
    """What every worker but the first does: the same steps from the same checkpoint. It leaves no file."""
    if workers.any(False)[0]:  # the first has found the run finished
        return
    data = _training_data(settings, config["seed"])
    training = Training(methods.find(config["method"])(settings), data, config["seed"], folder, context, workers)
    workers.check_same_step(training.generator_steps)
    with tempfile.TemporaryDirectory() as scratch, contextlib.suppress(Diverged):  # of which the first tells
        training.folder = Path(scratch)
        training.run(Progress("", 0))


def _seen(folder: Path, tensorboard: Optional[Path]) -> "Run":
    """The finished run in ``folder``, its events written where they are wanted."""
    run = Run(folder)
    if tensorboard is not None:
        run.write_events(tensorboard)
    return run


def _training_data(settings: Settings, seed: int) -> mnist.LabelledImages:
    """The first of MNIST's digits, or points drawn from the seed, as many as the setting train_images says."""
    if KINDS[settings.data] == "points":
        return toy.training_points(settings.data, Streams(seed), settings.train_images)
    return mnist.LabelledImages(*(array[: settings.train_images] for array in mnist.load("train")))


def _train(
    config: Dict[str, Any],
    settings: Settings,
    data: mnist.LabelledImages,
    folder: Path,
    context: mx.Context,
    progress: str,
    tensorboard: Optional[Path],
    workers: Alone,
) -> "Run":
    training = Training(methods.find(config["method"])(settings), data, config["seed"], folder, context, workers)
    workers.check_same_step(training.generator_steps)
    for sentence in training.warnings:
        print(f"thesis-gan: {sentence}", file=sys.stderr)
    for name in ("metrics.json", SUMS, "generator.params"):  # of a run that was finished, until it is so again
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()
    files.write_json(folder / "config.json", config)
    run = Run(folder)
    display = for_stream(progress, run.name, budget(settings).generator_steps, training.generator_steps)
    if tensorboard is not None:
        display = TensorBoard(display, training.history, folder / "samples", run.event_file(tensorboard))
    status = FINISHED
    try:
        training.run(display)
    except Diverged as diverged:
        status = f"diverged: {diverged}"
    finally:
        display.close()
    run.score(training, status, context)
    display.scored(run.metrics)
    return run


def describe(
    method_name: str, profile: str, seed: int, overrides: Sequence[str], threads: int
) -> Tuple[Dict[str, Any], Settings]:
    """What a run's config.json says, and its settings. Raises UserError for unknown names and bad values."""
    settings = resolve(methods.find(method_name), profile, overrides)
    config = {"method": method_name, "seed": seed, "profile": profile, "threads": threads, "settings": settings.to_json()}
    return config, settings


def refuse_another(folder: Path, config: Dict[str, Any]) -> bool:
    """Whether ``folder`` holds the run of ``config``; it does not where it holds one that is to be made longer.

    Raises UserError, naming the differences, if it holds another.
    """
    if not (folder / "config.json").exists():
        return False
    saved, settings = Run(folder), Settings.from_json(config["settings"])
    changed = differences({key: config[key] for key in ("method", "seed", "profile", "threads")}, saved.config)
    if not changed and not settings.differences(saved.settings, but=LENGTH) and settings.differences(saved.settings):
        why = why_not(saved.method(settings), saved.settings)
        if why:
            raise UserError(f"{folder} holds this run, but {why}; choose another --output.")
        return False
    refuse_differences(folder, changed + settings.differences(saved.settings))
    return True
