"""Matplotlib as this package draws with it: readable in grey, and without red-green vision."""

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

__all__ = ["STYLES", "pyplot"]

# Paul Tol's "high contrast" colours (SRON technical note 09-002), 20 apart in lightness; line style and marker say the same.
STYLES = (
    {"color": "#004488", "linestyle": "-", "marker": "o"},
    {"color": "#DDAA33", "linestyle": "--", "marker": "s"},
    {"color": "#BB5566", "linestyle": ":", "marker": "^"},
    {"color": "#000000", "linestyle": "-.", "marker": "D"},
)

pyplot.rcParams.update({"font.size": 10, "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True, "savefig.dpi": 110})
