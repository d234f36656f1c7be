"""What arguments of several commands are: their types, their help, and how a mistake in one is told."""

import argparse
import os
import re
from pathlib import Path
from typing import Any, Callable, List

from thesis_gan.errors import UserError, nearest
from thesis_gan.profiles import PROFILES


class Parser(argparse.ArgumentParser):
    """Mistakes are one sentence, without the list of all options; it leads to the help of the command that was meant."""

    def error(self, message: str) -> None:
        """Raises UserError for a mistake, in argparse's words."""
        choice = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message, re.DOTALL)
        if choice:
            message += f"; {nearest(choice.group(1), re.findall(r'[^, ]+', choice.group(2).replace(chr(39), '')))}".rstrip("; ")
        message = message[:-1] if message.endswith("?") else message
        raise UserError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, but what a command does not know is its own mistake, not that of ``thesis-gan``."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            near = nearest(unknown[0], self._option_string_actions) if unknown[0].startswith("--") else ""
            self.error(f"unrecognized arguments: {' '.join(unknown)}{near and f'; {near.strip()}'}")
        return options, unknown


def add_command(commands: Any, name: str, run: Callable, text: str, more: str = "") -> argparse.ArgumentParser:
    """A new command whose work is ``run(options)``. text: its help, in one line.  more: what stands below its options."""
    command = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.", epilog=more or None)
    command.set_defaults(run=run)
    return command


def add_profile(command: argparse.ArgumentParser) -> None:
    """--profile, None where it is not given: a file of settings may name one."""
    text = "; ".join(f"{name}: {profile.summary}" for name, profile in PROFILES.items())
    command.add_argument("--profile", metavar="P", help=f"{text} (default: quick)")


def add_path(command: argparse.ArgumentParser, option: str, metavar: str, text: str, **more: Any) -> None:
    """An option that takes a path. text: its help.  more: as argparse's add_argument takes it."""
    command.add_argument(option, type=path, metavar=metavar, help=text, **more)


def add_settings(command: argparse.ArgumentParser, config: str) -> None:
    """--set and --config. config: what may be in that file."""
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated (`thesis-gan settings`)"
    )
    add_path(command, "--config", "FILE", config)


def add_device(command: argparse.ArgumentParser) -> None:
    """--device."""
    command.add_argument(
        "--device", choices=("auto", "cpu", "gpu"), default="auto", help="auto (default) takes a GPU where MXNet sees one"
    )


def add_threads(command: argparse.ArgumentParser, default: Any = 1) -> None:
    """--threads. default: None where a file may say it."""
    text = "threads (default 1); another number gives other last bits"
    command.add_argument("--threads", type=whole(1, os.cpu_count() or 1), default=default, metavar="N", help=text)


def add_tensorboard(command: argparse.ArgumentParser) -> None:
    """--tensorboard."""
    command.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="also write curves and sheets there, for TensorBoard to show"
    )


def add_run(command: argparse.ArgumentParser) -> None:
    """RUN."""
    command.add_argument("run_folder", metavar="RUN", type=path, help="a run's folder, e.g. results/quick/runs/cgan-seed0")


def names(text: str) -> List[str]:
    """The names in a list separated by commas, with blanks or without; [""] for none, which no name is."""
    return [name for name in re.split(r"[\s,]+", text) if name] or [""]


def filled(text: str) -> str:
    """The text, unless it is empty, as that of a shell's variable that is not set."""
    if not text:
        raise argparse.ArgumentTypeError("it is an empty name")
    return text


def path(text: str) -> Path:
    """A path whose last part is a name, as that of a run's folder is the run's: "." is the current folder's."""
    given = Path(filled(text))
    return Path(os.path.abspath(text)) if given.name in ("", "..") else given


def whole(minimum: int, maximum: int) -> Callable[[str], int]:
    """The type of a whole number from ``minimum`` to ``maximum``."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {minimum} to {maximum}")
        return value

    return number
