"""Matplotlib as this package draws with it: readable in grey, and without red-green vision."""

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

__all__ = ["STYLES", "pyplot"]

# Okabe and Ito's colours, in an order that also falls in lightness; line style and marker say the same again.
STYLES = (
    {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    {"color": "#E69F00", "linestyle": "--", "marker": "s"},
    {"color": "#009E73", "linestyle": ":", "marker": "^"},
    {"color": "#000000", "linestyle": "-.", "marker": "D"},
)

pyplot.rcParams.update({"font.size": 10, "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True, "savefig.dpi": 110})
