"""What a user's mistake raises; the command line prints it as one sentence. And what is to be said though work goes on."""

import difflib
import sys
from typing import Iterable


class UserError(Exception):
    """Something the user can mend. The message is one sentence that names the file or setting and the remedy."""


class NoPlace(UserError):
    """A place that cannot be written, or is in use. The command line adds which option names another, if the command has one."""


class Damaged(UserError):
    """A file that this program wrote is not as it wrote it."""


def say(sentence: str) -> None:
    """Print it on standard error, as the command line does."""
    print(f"thesis-gan: {sentence}", file=sys.stderr, flush=True)


def nearest(name: str, valid: Iterable[str]) -> str:
    """ "did you mean X? ", X being the one of ``valid`` that ``name`` is like, or "" if it is like none."""
    near = difflib.get_close_matches(name, list(valid), 1)
    return f"did you mean {near[0]}? " if near else ""
