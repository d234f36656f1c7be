"""How this program is started, and how it starts itself."""

import os
import sys
import warnings
from pathlib import Path
from typing import Dict, List

# With -c the first entry of sys.path is "", the current folder: a file there that is called random.py is not Python's module.
_PROGRAM = "import sys; sys.path = [path for path in sys.path if path]; from thesis_gan.cli import main; sys.exit(main())"


def command(*arguments: str) -> List[str]:
    """What runs the command line with ``arguments`` in a process of its own, with :func:`environment`."""
    return [sys.executable, "-c", _PROGRAM, *arguments]


def environment() -> Dict[str, str]:
    """The environment of such a process: it finds this package wherever it is started from, and MXNet's docstrings."""
    package_parent = str(Path(__file__).resolve().parents[1])
    paths = [package_parent, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONOPTIMIZE": ""}


def prepare() -> None:
    """Make this process one in which the commands can work, however it was started."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # the work is done, though not every sign of it can be shown
    # Asked for with PYTHONWARNINGS=error, for another program: the libraries' warnings are not ours to mend.
    for action, _, category, _, _ in list(warnings.filters):
        if action == "error":
            warnings.simplefilter("default", category)
    if sys.flags.optimize >= 2:  # python -OO leaves out the docstrings, without which MXNet cannot be imported
        sys.stdout.flush()
        os.execve(sys.executable, command(*sys.argv[1:]), environment())


def _open_closed_streams() -> None:
    """Where a standard stream was closed (``>&-``), the next file opened would take its number, and what is printed with it."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free number: this one
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
