"""What a run logs: means over each epoch (history.csv) and over short windows of steps (curve.csv)."""

import csv
import io
from pathlib import Path
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.errors import Damaged, UserError

Row = Dict[str, Any]


class Means:
    """Running means of named numbers, in float64."""

    def __init__(self) -> None:
        self.sums: Dict[str, Tuple[float, int]] = {}

    def add(self, name: str, number: float) -> None:
        total, count = self.sums.get(name, (0.0, 0))
        self.sums[name] = (total + number, count + 1)

    def take(self) -> Dict[str, float]:
        """The means so far; starts anew."""
        means = {name: total / count for name, (total, count) in self.sums.items()}
        self.sums.clear()
        return means


class History:
    """Collects each step's numbers without waiting for them, and turns them into rows of means.

    A row is the epoch (from 1), passes of the critic over the data, generator and critic steps so far, and the means since
    the row before.
    """

    def __init__(self) -> None:
        self.epochs: List[Row] = []
        self.curve: List[Row] = []
        self._epoch, self._window = Means(), Means()
        self._pending: List[Tuple[str, str, mx.nd.NDArray]] = []

    def add(self, numbers: Mapping[str, mx.nd.NDArray], step: str) -> None:
        """Log the numbers of ``step`` (in words), arrays of one element that may still be being computed."""
        self._pending += [(name, step, array) for name, array in numbers.items()]

    def settle(self) -> str:
        """Wait for all numbers logged so far and add them to the means.

        Returns which was the first that is not finite, and at which step; "" if all are.
        """
        if not self._pending:
            return ""
        numbers = mx.nd.concat(*(array.reshape((1,)) for *_, array in self._pending), dim=0).asnumpy().astype(np.float64)
        fault = ""
        for (name, step, _), number in zip(self._pending, numbers):
            self._epoch.add(name, number)
            self._window.add(name, number)
            if not (fault or np.isfinite(number)):
                fault = f"{name} was {number} at {step}"
        self._pending = []
        return fault

    def end_window(self, position: Row) -> Row:
        """Close a window of steps with a row of ``curve``."""
        self.curve.append({**position, **self._window.take()})
        return self.curve[-1]

    def end_epoch(self, position: Row) -> Row:
        """Close an epoch with a row of ``epochs``."""
        self.epochs.append({**position, **self._epoch.take()})
        return self.epochs[-1]

    @property
    def epoch_open(self) -> bool:
        """Whether the epoch holds any step."""
        return bool(self._epoch.sums)

    def state(self) -> Dict[str, Any]:
        """All of it as JSON; exact, as JSON numbers keep every bit of a float. Call ``settle`` before."""
        return {
            "epochs": self.epochs,
            "curve": self.curve,
            "epoch": list(self._epoch.sums.items()),
            "window": list(self._window.sums.items()),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self.epochs, self.curve, self._pending = list(state["epochs"]), list(state["curve"]), []
        for means, saved in ((self._epoch, state["epoch"]), (self._window, state["window"])):
            means.sums = {name: (total, count) for name, (total, count) in saved}

    def write(self, folder: Path) -> None:
        """Write history.csv and curve.csv."""
        files.write_text(folder / "history.csv", _csv(self.epochs))
        files.write_text(folder / "curve.csv", _csv(self.curve))


def read_csv(path: Path) -> Dict[str, np.ndarray]:
    """Columns of a CSV that :class:`History` wrote, float64. Raises UserError if it is missing, Damaged if it is no such CSV."""
    try:
        text = path.read_text(encoding="utf-8")
        names, *rows = csv.reader(io.StringIO(text), strict=True)
        if not text.endswith("\n") or any(len(row) != len(names) for row in rows):
            raise ValueError("cut off")
        return {name: np.array([float(row[place]) for row in rows]) for place, name in enumerate(names)}
    except FileNotFoundError:
        raise UserError(f"{path} is missing: the run has not finished; start it again to go on.") from None
    except (OSError, ValueError, csv.Error):
        raise Damaged(f"{path} is damaged; delete the run's metrics.json and start the same run again.") from None


def _csv(rows: List[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="nan", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.8g}" if isinstance(value, float) else value for name, value in row.items()} for row in rows)
    return text.getvalue()
