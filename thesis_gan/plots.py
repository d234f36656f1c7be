"""Matplotlib as this package draws with it: readable in grey, and without red-green vision."""

import contextlib
import os
from pathlib import Path
from typing import Iterator

HERE = str(Path(__file__).resolve().parent)


@contextlib.contextmanager
def _without_the_users_settings() -> Iterator[None]:
    """Let Matplotlib be imported with the settings in this folder: of a user's, those that do not suit it are errors there.

    It reads the first matplotlibrc of the current folder, $MATPLOTLIBRC and the user's own folder, and $MPLBACKEND over all.
    """
    backend = os.environ.pop("MPLBACKEND", None)
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(HERE)
        yield
    finally:
        os.fchdir(before)
        os.close(before)
        if backend is not None:
            os.environ["MPLBACKEND"] = backend


with _without_the_users_settings():
    import matplotlib

    _get_configdir = matplotlib.get_configdir
    matplotlib.get_configdir = lambda: HERE  # no styles of the user's either: one that cannot be read ends the import
    try:
        from matplotlib import pyplot
    finally:
        matplotlib.get_configdir = _get_configdir

matplotlib.rcdefaults()  # where it was imported before, by another's program
matplotlib.use("Agg")

__all__ = ["STYLES", "pyplot"]

# Paul Tol's "high contrast" colours (SRON technical note 09-002), 20 apart in lightness; line style and marker say the same.
STYLES = (
    {"color": "#004488", "linestyle": "-", "marker": "o"},
    {"color": "#DDAA33", "linestyle": "--", "marker": "s"},
    {"color": "#BB5566", "linestyle": ":", "marker": "^"},
    {"color": "#000000", "linestyle": "-.", "marker": "D"},
)

matplotlib.rcParams.update({"font.size": 10, "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True, "savefig.dpi": 110})
