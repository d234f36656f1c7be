"""A run made: trained, or gone on with, and scored."""

import contextlib
import sys
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple

from thesis_gan import data as datasets
from thesis_gan import files, machine, methods
from thesis_gan._compat import mx
from thesis_gan.data.base import LabelledImages
from thesis_gan.errors import UserError, say
from thesis_gan.lock import hold
from thesis_gan.profiles import resolve, why_not_bfloat16
from thesis_gan.runs.run import FINISHED, OF_GENERATOR, SUMS, WRITTEN, Run, event_file
from thesis_gan.settings import Settings, Value, differences, refuse_differences
from thesis_gan.training.budget import Budget, budget
from thesis_gan.training.display import NOTHING, Progress, for_stream
from thesis_gan.training.event_file import import_tensorboardx
from thesis_gan.training.longer import LENGTH, why_not
from thesis_gan.training.loop import SNAPSHOTS, Diverged, Interrupted, Training
from thesis_gan.training.tensorboard import TensorBoard
from thesis_gan.training.workers import Alone, joined

NO_SNAPSHOTS = "No snapshots can be had of what is finished already ({}); name another --output for snapshot_epochs."


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
    role: Optional[str] = None,
) -> Optional["Run"]:
    """Train one method in ``folder``, or go on with it, or do nothing if it is done; sample and score it.

    tensorboard: where a folder PROFILE/RUN is to hold the run's events, those of a finished run too.

    A finished run of which a file is damaged is finished anew from its last checkpoint. From there on, a run is also made longer,
    where no setting depends on its length.

    role: of this process among those of a run in several workers, as MXNet's launchers say in DMLC_ROLE. Only the first of the
    workers writes, scores and returns the run; the others, scheduler and servers return None once they are done.

    Raises UserError if the folder holds a run of other settings or another process trains in it, Interrupted if training
    was stopped, ImportError if tensorboardX is wanted and not installed.
    """
    if tensorboard is not None:
        import_tensorboardx()
    auto = started_precision(folder)
    if auto is None and context.device_type != "cpu":
        auto = Value("float32", "auto: bfloat16 is for the CPU only")
    config, settings = describe(method_name, profile, seed, overrides, threads, auto)
    gan = methods.find(method_name)(settings)
    with joined(settings.workers, role) as workers:
        if workers is None:
            return None
        if not workers.first:
            return _assist(gan, seed, folder, context, workers)
        if refuse_another(folder, config) and Run(folder).complete:
            workers.start_together(finished=True)
            return _seen(folder, settings, tensorboard)
        images = gan.data.training_images(settings.train_images, seed)
        with hold(folder):
            # It may be finished by another process since.
            if workers.start_together(refuse_another(folder, config) and Run(folder).complete):
                return _seen(folder, settings, tensorboard)
            for part in (folder, folder / "samples", folder / SNAPSHOTS):
                files.sweep(part)
            return _train(config, gan, images, folder, context, progress, tensorboard, workers)


def _assist(gan: methods.Method, seed: int, folder: Path, context: mx.Context, workers: Alone) -> None:
    """What every worker but the first does: the same steps from the same checkpoint. It writes nothing."""
    if workers.start_together(finished=False):  # the first finds the run finished
        return
    images = gan.data.training_images(gan.settings.train_images, seed)
    training = Training(gan, images, seed, folder, context, workers)
    workers.check_same_step(training.generator_steps)
    with contextlib.suppress(Diverged, Interrupted):  # of which the first tells
        training.run(Progress("", NOTHING, NOTHING))


def _seen(folder: Path, settings: Settings, tensorboard: Optional[Path]) -> "Run":
    """The finished run in ``folder``, its events written where they are wanted."""
    run = Run(folder)
    if without_snapshots(run, settings):
        say(NO_SNAPSHOTS.format(folder))
    if tensorboard is not None:
        run.write_events(tensorboard)
    return run


def without_snapshots(run: Run, settings: Settings) -> bool:
    """Whether ``settings`` ask for snapshots that the finished ``run`` has not kept."""
    wanted, kept = settings.snapshot_epochs, run.settings.snapshot_epochs
    return wanted > 0 and (kept == 0 or wanted % kept > 0)


def _train(
    config: Dict[str, Any],
    gan: methods.Method,
    images: LabelledImages,
    folder: Path,
    context: mx.Context,
    progress: str,
    tensorboard: Optional[Path],
    workers: Alone,
) -> "Run":
    training = Training(gan, images, config["seed"], folder, context, workers)
    workers.check_same_step(training.generator_steps)
    for sentence in training.warnings:
        print(f"thesis-gan: {sentence}", file=sys.stderr)
    why_not = why_not_bfloat16(gan.settings, gan.data) if gan.settings.precision == "bfloat16" else ""
    if why_not:
        say(f"bfloat16 does not pay here: {why_not}; precision=auto takes what is faster.")
    origins = gan.settings.to_json()
    idle = [name for name in gan.idle_settings if origins[name]["origin"] == "command line"]
    if idle:
        are, it = (f"{idle[0]} is", "it") if len(idle) == 1 else (f"{' and '.join(idle)} are", "them")
        say(f"{are} set, and optimizer={gan.settings.optimizer} does not use {it}; leave {it} out, or set another optimizer.")
    # First: where it cannot be had, nothing of this run is left behind.
    events = None if tensorboard is None else event_file(tensorboard, folder.name, config)
    for name in ("metrics.json", SUMS, "generator.params", *OF_GENERATOR):  # of a run that was finished, until it is so again
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()
    before = Run(folder).config.get("trained_with", []) if training.generator_steps and (folder / "config.json").exists() else []
    now = machine.environment()
    files.write_json(folder / "config.json", {**config, "trained_with": [*(one for one in before if one != now), now]})
    run = Run(folder)
    display = for_stream(progress, run.name, budget(gan.settings), Budget(training.generator_steps, training.critic_steps))
    if events is not None:
        display = TensorBoard(display, training.history, folder / "samples", events)
    status = FINISHED
    try:
        training.run(display)
    except Diverged as diverged:
        status = f"diverged: {diverged}"
    except Interrupted:
        workers.leave()
        raise
    finally:
        display.close()
    workers.leave()
    display.scoring()
    run.score(training, status, context)
    display.scored(run.metrics)
    return run


def describe(
    method_name: str, profile: str, seed: int, overrides: Sequence[str], threads: int, auto: Optional[Value] = None
) -> Tuple[Dict[str, Any], Settings]:
    """What a run's config.json says, and its settings. auto: what precision=auto stands for (default: what is faster here).

    Raises UserError for unknown names and bad values.
    """
    settings = resolve(methods.find(method_name), profile, overrides, auto)
    config = {"method": method_name, "seed": seed, "profile": profile, "threads": threads, "settings": settings.to_json()}
    return {**config, "data": datasets.of(settings).record()}, settings


def started_precision(folder: Path) -> Optional[Value]:
    """The precision in which the run in ``folder`` was started, and in which it goes on, wherever; None if there is none.

    Raises Damaged if its config.json is not as it was written.
    """
    if not (folder / "config.json").exists():
        return None
    return Value(**Run(folder).settings.to_json()["precision"])


def refuse_another(folder: Path, config: Dict[str, Any]) -> bool:
    """Whether ``folder`` holds the run of ``config``; it does not where it holds one that is to be made longer.

    Raises UserError, naming the differences, if it holds another, and if it holds what is no run's and would be written over.
    """
    if not (folder / "config.json").exists():
        if (folder / "runs").is_dir():
            place = folder / "runs" / f"{config['method']}-seed{config['seed']}"
            raise UserError(f"{folder} is a folder of results; name one for this run, e.g. {place}.")
        others = [name for name in WRITTEN if (folder / name).exists()]
        if others and not any(folder.glob("checkpoint-*.bin")):
            raise UserError(f"{folder / others[0]} would be written over, and is no run's; name a new folder.")
        return False
    saved, settings = Run(folder), Settings.from_json(config["settings"])
    changed = differences({key: config[key] for key in ("method", "seed", "profile", "threads")}, saved.config)
    same_name = not changed and saved.settings.data == settings.data
    if same_name and saved.config.get("data", config["data"]) != config["data"]:  # as far as the run knows its data
        raise UserError(
            f"{folder} holds a run on other data: {settings.data} is not what it was when the run was started; "
            "bring the data back, or choose another --output."
        )
    if not changed and not settings.differences(saved.settings, but=LENGTH) and settings.differences(saved.settings):
        why = why_not(saved.method(settings, saved.data), saved.settings)
        if why:
            raise UserError(f"{folder} holds this run, but {why}; choose another --output.")
        return False
    refuse_differences(folder, changed + settings.differences(saved.settings))
    return True
