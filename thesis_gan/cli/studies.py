"""``thesis-gan toy``, ``perfect`` and ``times``: the thesis's experiments that need no run."""

import argparse
import contextlib
from pathlib import Path

from thesis_gan.cli.arguments import add_command, add_path, add_threads
from thesis_gan.lock import hold


def add_to(commands) -> None:
    for name, text in (
        ("toy", "train critics of points in the plane and draw Fig. 11 of them; a few minutes"),
        ("perfect", "train discriminators to perfection against a generator that stands still (§3.1); minutes"),
        ("times", "measure how long a step of each method takes, in turn and on a core without other work; a minute"),
    ):
        command = add_command(commands, name, _run, text)
        add_path(command, "--output", "DIR", "folder of the results (default results/quick)", default=Path("results/quick"))
        add_threads(command)
        command.add_argument("--held", action="store_true", help=argparse.SUPPRESS)  # who starts it holds the folder


def _run(options) -> None:
    from thesis_gan.reproduction.studies.registry import EXPERIMENTS

    study = next(experiment.study for experiment in EXPERIMENTS if experiment.command == options.command)
    with contextlib.nullcontext() if options.held else hold(options.output):
        study.make(options.output)
    print(f"{study.EVIDENCE} and its figures, if it has any, are in {options.output}; `thesis-gan claims` reads it.")
