"""Points in the plane, and a critic's scores of it, drawn: what a sheet of samples is for images."""

from typing import Any, NamedTuple, Optional

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.plots import pyplot

EXTENT = 2.0  # pictures go from -EXTENT to EXTENT on both axes, where all distributions of data/points.py lie
CELLS = 80  # of a surface along each axis
LEVELS, SHADES = 14, "cividis_r"  # darker is higher
GENERATED = "#D55E00"  # Okabe and Ito's vermilion, which neither end of the surface's colours is near


class Surface(NamedTuple):
    """A critic's scores. axis: (G,), places along x and along y.  values: (G, G), rows along y."""

    axis: np.ndarray
    values: np.ndarray


def surface(critic: mx.gluon.HybridBlock, context: mx.Context, cells: int = CELLS) -> Surface:
    """Scores of ``critic`` over the plane, as it is when it does not train."""
    axis = np.linspace(-EXTENT, EXTENT, cells, dtype=np.float32)
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    return Surface(axis, critic(mx.nd.array(places, ctx=context)).asnumpy().reshape(cells, cells))


def draw_surface(axes: "pyplot.Axes", scores: Surface) -> Any:
    """Draw level lines, darker where the score is higher; returns what a colour bar is made of."""
    levels = axes.contourf(scores.axis, scores.axis, scores.values, LEVELS, cmap=SHADES)
    axes.contour(scores.axis, scores.axis, scores.values, levels.levels, colors="black", linewidths=0.4)
    return levels


def picture(title: str, real: np.ndarray, generated: np.ndarray, scores: Optional[Surface] = None) -> np.ndarray:
    """``generated`` over ``real`` points, (N, 2) each, over a critic's scores -> uint8 (480, 560, 3), always of that size.

    A critic that is flat, or no longer finite, has no level lines, and none are drawn.
    """
    figure, axes = pyplot.subplots(figsize=(5.6, 4.8), dpi=100, layout="constrained")
    if scores is not None and np.isfinite(scores.values).all() and np.ptp(scores.values) > 0:
        bar = figure.colorbar(draw_surface(axes, scores), ax=axes, label="score f(x) of the critic")
        bar.ax.tick_params(labelsize=7)
    for points, label, color, edge, size in (
        (real, "real", "white", "black", 5),
        (generated, "generated", GENERATED, "white", 3),
    ):
        look = {"color": color, "markeredgecolor": edge, "markeredgewidth": 0.4, "markersize": size}
        axes.plot(*points.T, "o", label=label, **look)
    axes.set(title=title, xlabel="$x_1$", ylabel="$x_2$", xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), aspect="equal")
    axes.legend(loc="upper right", fontsize=8, markerscale=1.5)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    pyplot.close(figure)
    return pixels
