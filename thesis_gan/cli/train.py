"""``thesis-gan train``: one run."""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from thesis_gan.cli import config, scores
from thesis_gan.cli.arguments import (
    add_command,
    add_device,
    add_path,
    add_profile,
    add_settings,
    add_tensorboard,
    add_threads,
    whole,
)
from thesis_gan.errors import UserError
from thesis_gan.settings import LARGEST_SEED


def add_to(commands) -> None:
    command = add_command(
        commands,
        "train",
        run,
        "train one method; goes on if the folder holds an unfinished run of the same settings",
        "`thesis-gan settings METHOD` lists every setting: its value, range, origin and meaning. "
        "`thesis-gan list` lists the methods.",
    )
    command.add_argument("method", metavar="METHOD", nargs="?", help="the GAN's name; needed unless --config names it")
    add_profile(command)
    command.add_argument("--seed", type=whole(0, LARGEST_SEED), metavar="S", help="the seed of all that is random (default 0)")
    add_path(command, "--output", "DIR", "the run's folder (default results/PROFILE/runs/METHOD-seedS, and what is --set)")
    add_settings(
        command,
        "a YAML or JSON file of settings, or a run's config.json, which repeats that run; what the command line says wins",
    )
    add_device(command)
    add_threads(command, default=None)
    command.add_argument(
        "--local-workers",
        type=whole(2, 1000),
        metavar="N",
        help="share each batch between N processes here, of --threads each; sets workers=N (docs/cluster.md)",
    )
    command.add_argument(
        "--progress",
        choices=("auto", "bar", "lines", "json"),
        default="auto",
        help="auto (default): a bar on a terminal, elsewhere lines; json: a line for programs per report",
    )
    add_tensorboard(command)
    command.set_defaults(complete=complete, stopped="the same command goes on from the last checkpoint, if one has been written")


def complete(options) -> None:
    """Take what --config says where the command line does not, and what is usual where neither does."""
    said = config.read(options.config) if options.config else config.Config({}, {})
    for name, default in (("method", None), ("profile", "quick"), ("seed", 0), ("threads", 1)):
        setattr(options, name, config.chosen(options.config, name, getattr(options, name), said.identity, default))
    if options.method is None:
        raise UserError("The following arguments are required: METHOD; see thesis-gan train --help.")
    for name, least, most in (("seed", 0, LARGEST_SEED), ("threads", 1, os.cpu_count() or 1)):
        value = str(getattr(options, name))
        if not re.fullmatch("[0-9]{1,10}", value) or not least <= int(value) <= most:
            raise UserError(f"{options.config}: {name} is a whole number from {least} to {most}, not {value[:40]}.")
        setattr(options, name, int(value))
    options.settings = said


def run(options) -> int:
    """Train, sample and score; or start the workers that do, or be one of them."""
    role = os.environ.pop("DMLC_ROLE", None)  # MXNet would act on it when it is imported
    overrides = _unusual(options).overrides(options.config, options.set)
    if options.local_workers is not None:
        return _start_workers(options, overrides)
    return _train(options, overrides, role)


def _train(options, overrides: List[str], role: Optional[str]) -> int:
    from thesis_gan.device import context
    from thesis_gan.runs.run import FINISHED
    from thesis_gan.runs.train import train
    from thesis_gan.training.loop import Interrupted

    # A run of other settings than the profile's is no row of its table, so its folder has another name.
    name = f"{options.method}-seed{options.seed}"
    folder = options.output or Path("results") / options.profile / "runs" / config.folder_name(name, overrides)
    which = (options.method, options.profile, options.seed, overrides)
    device, progress, tensorboard = context(options.device), options.progress, options.tensorboard
    try:
        made = train(*which, folder, device, options.threads, progress, tensorboard, role)
    except Interrupted:
        print(f"Stopped; a checkpoint is in {folder}, and the same command goes on from it.", file=sys.stderr)
        return 128 + signal.SIGINT
    if made is None:  # by the first of the workers, which tells of it
        return 0
    if options.progress != "json":
        scores.show(made.metrics)
        print(f"The run is in {folder}.")
    if made.metrics["status"] != FINISHED:
        print(f"thesis-gan: {made.name} {made.metrics['status']}", file=sys.stderr)
        return 1
    return 0


def _start_workers(options, overrides: List[str]) -> int:
    """The same command once for each worker. A mistake in it is found before they start, and said once."""
    from thesis_gan import start
    from thesis_gan.runs.local_workers import run_local_workers
    from thesis_gan.runs.train import describe

    count = options.local_workers
    if not any(override.startswith("workers=") for override in overrides):
        overrides = [*overrides, f"workers={count}"]
    _, settings = describe(options.method, options.profile, options.seed, overrides, options.threads)
    if settings.workers != count:
        raise UserError(f"--local-workers is {count}, but workers is {settings.workers}; make them agree.")
    arguments = ["train", options.method, "--profile", options.profile, "--seed", str(options.seed)]
    arguments += ["--device", options.device, "--threads", str(options.threads), "--progress", options.progress]
    for name in ("output", "tensorboard"):
        if getattr(options, name) is not None:
            arguments += [f"--{name}", str(getattr(options, name))]
    for override in overrides:
        arguments += ["--set", override]
    return run_local_workers(count, start.command(*arguments))


def _unusual(options) -> config.Config:
    """Of a file only the settings that the profile has otherwise: so a repeated run is the same one, with the same origins."""
    said, method, profile = options.settings, options.method, options.profile
    if not said.settings:
        return said
    from thesis_gan import methods
    from thesis_gan.profiles import unchecked
    from thesis_gan.settings import SETTINGS

    def values(overrides: List[str]) -> Dict[str, Any]:
        settings, _ = unchecked(methods.find(method), profile, overrides)
        return {name: entry["value"] for name, entry in settings.to_json().items()}

    # Without the data it is not known what is usual with them.
    wanted = {**said.settings, **dict(override.split("=", 1) for override in options.set if "=" in override)}
    finding = ("data", "skip_broken") if "data" in wanted else ()
    usual = values([f"{name}={wanted[name]}" for name in finding if name in wanted])
    usual["data"] = values([])["data"]
    if "skip_broken" in usual:
        usual["skip_broken"] = "no"

    def is_usual(name: str, value: object) -> bool:
        return name in usual and str(SETTINGS[name].check(value)) == str(usual[name])

    kept = {name: value for name, value in said.settings.items() if not is_usual(name, value)}
    return said._replace(settings=kept)
