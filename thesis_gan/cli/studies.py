"""``thesis-gan toy`` and ``perfect``: the thesis's experiments that need no run."""

import argparse
import contextlib
from pathlib import Path

from thesis_gan.cli.arguments import add_command, add_threads, path
from thesis_gan.lock import hold


def add_to(commands) -> None:
    """Both commands, their arguments and their help."""
    for name, run, text in (
        ("toy", _toy, "train critics of points in the plane and draw Fig. 11 of them; a few minutes"),
        ("perfect", _perfect, "train discriminators to perfection against a generator that stands still (§3.1); minutes"),
    ):
        command = add_command(commands, name, run, text)
        command.add_argument(
            "--output",
            type=path,
            default=Path("results/quick"),
            metavar="DIR",
            help="folder of the results (default results/quick)",
        )
        add_threads(command)
        command.add_argument("--held", action="store_true", help=argparse.SUPPRESS)  # who starts it holds the folder


def _toy(options) -> None:
    from thesis_gan.reproduction.studies import clipping

    with contextlib.nullcontext() if options.held else hold(options.output):
        clipping.make(options.output)
    print(f"{clipping.EVIDENCE} and the figures are in {options.output}; `thesis-gan claims` reads it.")


def _perfect(options) -> None:
    from thesis_gan.reproduction.studies import perfect_discriminator

    with contextlib.nullcontext() if options.held else hold(options.output):
        perfect_discriminator.make(options.output)
    print(f"{perfect_discriminator.EVIDENCE} and the figure are in {options.output}; `thesis-gan claims` reads it.")
