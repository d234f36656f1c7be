"""``thesis-gan all``: what run_all.sh does."""

import os
from pathlib import Path

from thesis_gan.cli import config
from thesis_gan.cli.arguments import (
    add_command,
    add_device,
    add_path,
    add_profile,
    add_settings,
    add_tensorboard,
    names,
    whole,
)
from thesis_gan.errors import UserError


def add_to(commands) -> None:
    command = add_command(
        commands,
        "all",
        run,
        "train and score every method (under standard and thesis, make what toy, perfect and times make as well), then make the "
        "table, the figures and the report (run_all.sh)",
        "Run again, it skips what is done and goes on with what is not.",
    )
    add_profile(command)
    data = "mnist, faces, points in the plane, or the path of your own pictures"
    command.add_argument("--data", metavar="NAME|PATH", help=data)
    command.add_argument(
        "--methods",
        nargs="+",
        metavar="A,B",
        help="names separated by commas (default: the profile's; `thesis-gan list` has all)",
    )
    command.add_argument("--seeds", type=whole(1, 1000), metavar="N", help="trainings per method (default: the profile's)")
    results = "folder of the results, with a folder runs/ in it (default results/PROFILE, and what is --set)"
    add_path(command, "--output", "DIR", results)
    add_settings(command, "a YAML or JSON file of settings, of every run; --set wins over it")
    add_device(command)
    several = command.add_mutually_exclusive_group()
    several.add_argument("--jobs", type=whole(1, 1000), metavar="N", help="trainings side by side (default: one per core)")
    several.add_argument("--dask", metavar="WHERE", help="train on a Dask cluster's workers (docs/cluster.md)")
    add_tensorboard(command)
    command.set_defaults(complete=complete, stopped="what is finished is kept, and the same command goes on with the rest")


def complete(options) -> None:
    """Take what --config says where the command line does not."""
    said = config.read(options.config) if options.config else config.Config({}, {})
    others = sorted(set(said.identity) - {"profile"})
    if others:
        raise UserError(
            f"{options.config} is of one run, for it has {' and '.join(others)}; repeat that with thesis-gan train --config."
        )
    options.profile = config.chosen(options.config, "profile", options.profile, said.identity, "quick")
    options.set = said.overrides(options.config, options.set)


def run(options) -> int:
    """Train, score, draw and tabulate."""
    from thesis_gan import methods
    from thesis_gan._compat import usable_cores
    from thesis_gan.device import context
    from thesis_gan.profiles import profile
    from thesis_gan.reproduction.plan import default_methods
    from thesis_gan.reproduction.run_all import run_all

    seeds = profile(options.profile).seeds if options.seeds is None else options.seeds
    overrides, name = options.set, config.folder_name(options.profile, options.set)
    if options.data is not None:
        if any(override.startswith("data=") for override in options.set):
            raise UserError("--data and the setting data both say what to train on; leave one out.")
        overrides, name = (
            [f"data={options.data}", *options.set],
            f"{name}-{Path(os.path.abspath(options.data)).stem or 'pictures'}",
        )
    chosen = default_methods(options.profile, overrides) if options.methods is None else names(" ".join(options.methods))
    for method in chosen:
        methods.find(method)
    output = options.output or Path("results") / name
    if (output / "config.json").exists():
        raise UserError(f"{output} is the folder of one run; name a folder of results with --output.")
    device = context(options.device).device_type  # settled once: what is to be said of it, each training would say again
    jobs = options.jobs or usable_cores()
    return run_all(options.profile, chosen, seeds, output, device, jobs, options.tensorboard, overrides, options.dask)
