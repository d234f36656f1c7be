"""What a person sees while a run trains."""

import json
import sys
from typing import Any, Dict

from tqdm import tqdm

Row = Dict[str, Any]


def for_stream(kind: str, title: str, total: int, initial: int) -> "Progress":
    """total, initial: generator steps of the whole run, and those made before this start.

    kind: "bar", "lines" (one per epoch), "json" (one object per report, for a program), or "auto": a bar on a terminal."""
    if kind == "auto":
        kind = "bar" if sys.stderr.isatty() else "lines"
    return {"bar": Bar, "lines": Lines, "json": Json}[kind](title, total, initial)


def describe(row: Row) -> str:
    """The numbers of a row of the history in short."""
    parts = [f"epoch {row['epoch']}", f"step {row['generator_steps']}"]
    for name, short in (("critic_loss", "D"), ("generator_loss", "G"), ("wasserstein", "W"), ("accuracy", "accuracy")):
        if name in row:
            parts.append(f"{short} {row[name]:.3f}")
    return ", ".join(parts)


class Progress:
    """Told of every window of steps and of every epoch."""

    def __init__(self, title: str, total: int, initial: int = 0) -> None:
        self.title, self.total, self.initial = title, total, initial

    def window(self, row: Row, images_per_second: float) -> None:
        """A short window of steps has ended; ``row`` is its row of the curve."""

    def epoch(self, row: Row, images_per_second: float) -> None:
        """An epoch has ended; ``row`` is its row of the history."""

    def close(self) -> None:
        """Training has ended or stopped."""

    def scored(self, record: Row) -> None:
        """The run has ended, and what is in its metrics.json is ``record``."""


class Bar(Progress):
    """A progress bar in generator steps, with time left."""

    def __init__(self, title: str, total: int, initial: int = 0) -> None:
        super().__init__(title, total, initial)
        self._bar = tqdm(total=total, initial=initial, desc=title, unit="step", dynamic_ncols=True)

    def window(self, row: Row, images_per_second: float) -> None:
        self._bar.set_postfix_str(f"{describe(row)}, {images_per_second:.0f} images/s", refresh=False)
        self._bar.update(row["generator_steps"] - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class Lines(Progress):
    """One quiet line per epoch."""

    def epoch(self, row: Row, images_per_second: float) -> None:
        print(f"{self.title}: {describe(row)} of {self.total}, {images_per_second:.0f} images/s", flush=True)


class Json(Progress):
    """One JSON object per line, read by the program that runs several trainings side by side."""

    def window(self, row: Row, images_per_second: float) -> None:
        self._print("window", row, images_per_second)

    def epoch(self, row: Row, images_per_second: float) -> None:
        self._print("epoch", row, images_per_second)

    def _print(self, event: str, row: Row, images_per_second: float) -> None:
        message = {"event": event, "total": self.total, "initial": self.initial, "images_per_second": images_per_second, **row}
        print(json.dumps(message), flush=True)
