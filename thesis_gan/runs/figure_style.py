"""How figures look that can be read alone: with their settings in small print."""

import io
from pathlib import Path
from typing import Any, NamedTuple, Optional, Sequence

import numpy as np
from PIL import Image

from thesis_gan import files
from thesis_gan.plots import STYLES, pyplot
from thesis_gan.runs.run import Run

__all__ = ["STYLES", "Wide", "band", "pyplot", "save", "settings_line", "sheets"]

SMALL_PRINT = 6.5  # points
SHEET_WIDTH = 4.2  # inches


def settings_line(run: Run) -> str:
    """What a figure's small print says of a run."""
    settings = run.settings
    return (
        f"{run.name}: profile {run.config['profile']}, width {settings.width}, batch {settings.batch_size}, "
        f"{settings.optimizer}, learning rate {settings.learning_rate:g}, critic steps {settings.critic_schedule}, "
        f"{run.metrics['generator_steps']} generator steps"
        + (f", no critic update above {settings.skip_above:.0%} of pairs" if settings.skip_above < 1 else "")
    )


def save(figure: "pyplot.Figure", path: Path, small_print: Sequence[str]) -> None:
    """Write ``figure`` as PNG with its settings below, whole or not at all."""
    figure.tight_layout()
    figure.text(0.01, -0.01, plain("\n".join(small_print)), fontsize=SMALL_PRINT, va="top", color="0.35")
    content = io.BytesIO()
    # No creation date or version in the file: the same runs give the same bytes.
    figure.savefig(content, format="png", bbox_inches="tight", metadata={"Software": None})
    pyplot.close(figure)
    content.seek(0)
    drawn = Image.open(content).convert("RGB")
    grey = drawn.convert("L")
    if np.array_equal(drawn, grey.convert("RGB")):  # sheets of digits: half the bytes, the same picture
        content = io.BytesIO()
        grey.save(content, "PNG", optimize=True)
    files.write_bytes(path, content.getvalue())


def plain(text: str) -> str:
    """``text`` for Matplotlib, which would read mathematics between two dollar signs; what is no text is "?"."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("$", r"\$")


def band(axis: "pyplot.Axes", x: Sequence[float], middle: np.ndarray, courses: Sequence[np.ndarray], **look: Any) -> None:
    """Draw ``middle`` over ``x``, and below it the range of ``courses``. look: of the line, in whose colour the range is too."""
    axis.fill_between(x, np.min(courses, axis=0), np.max(courses, axis=0), color=look["color"], alpha=0.15, linewidth=0)
    axis.plot(x, middle, **look)


class Wide(NamedTuple):
    """A sheet with a column per class. picture: uint8 (H, W, 1 or 3).  classes: names of the columns."""

    title: str
    picture: np.ndarray
    classes: Sequence[str]


def sheets(
    titles: Sequence[str], pictures: Sequence[Optional[np.ndarray]], columns: int = 0, wide: Sequence[Wide] = ()
) -> "pyplot.Figure":
    """A figure of sheets of images, uint8 (H, W, 1 or 3), side by side, or in rows of so many ``columns``; None: a free place.

    wide: sheets that follow, each in a row of its own, as wide as the figure.
    """
    columns = columns or max(1, len(pictures))
    rows = -(-len(pictures) // columns)
    width = SHEET_WIDTH * columns
    heights = [4.6] * rows + [width * sheet.picture.shape[0] / sheet.picture.shape[1] + 1 for sheet in wide]
    figure = pyplot.figure(figsize=(width, sum(heights)))
    places = figure.add_gridspec(rows + len(wide), columns, height_ratios=heights)
    for place in range(rows * columns):
        figure.add_subplot(places[divmod(place, columns)]).set_axis_off()
    for axis, title, picture in zip(figure.axes, titles, pictures):
        if picture is not None:
            _show(axis, title, picture, SHEET_WIDTH)
    for row, sheet in enumerate(wide, rows):
        axis = figure.add_subplot(places[row, :])
        _show(axis, sheet.title, sheet.picture, width)
        count = len(sheet.classes)
        axis.set_xticks(
            (np.arange(count) + 0.5) * sheet.picture.shape[1] / count, [plain(name) for name in sheet.classes], rotation=90
        )
        axis.set_yticks([])
    return figure


def _show(axis: "pyplot.Axes", title: str, picture: np.ndarray, width: float) -> None:
    """width: of the place, in inches."""
    pixels = picture[..., 0] if picture.shape[-1] == 1 else picture
    # A sheet that is larger than its place is smoothed: "nearest" would leave out every so many rows, and break thin lines.
    fits = picture.shape[1] <= width * axis.figure.dpi
    axis.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="nearest" if fits else "antialiased")
    axis.set_title(plain(title))
    axis.grid(False)  # it would be drawn over the picture, from the names of columns
