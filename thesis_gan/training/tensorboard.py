"""What TensorBoard shows of a run: it stands between the training loop and the display, and writes down what it is told.

A curve's point is at the generator step that it ends with. ``steps/NAME`` are the means over short windows of steps (curve.csv),
``epochs/NAME`` those over epochs (history.csv), ``scores/NAME`` those of metrics.json, ``samples`` the sheet of each epoch.

Whatever is in the file can be had from the run's folder or its checkpoint. So a resumed run begins the file anew, with all rows
that the checkpoint has: what a killed run wrote beyond it is gone, and trained again, and nothing is missing, even if the run
was started without. Only the times of these older points are those of the new start.
"""

from pathlib import Path
from typing import Any, List, Mapping

import numpy as np

from thesis_gan.errors import say
from thesis_gan.training.display import Progress, Speed
from thesis_gan.training.event_file import EventFile
from thesis_gan.training.history import History, Row

POSITION = ("epoch", "passes", "generator_steps", "critic_steps")
# Numbers of metrics.json that are no scores: what the run cost, and how it was scored.
NO_SCORES = (*POSITION, "seed", "minutes", "num_samples", "kernel_subset_size", "distance_samples", "modes")
NO_SCORES += ("sliced_wasserstein_images", "reference_images")


class TensorBoard(Progress):
    """Shows what ``shown`` shows, and writes rows of ``history`` and sheets as they come.

    A file that can no longer be written is no reason to stop training: a sentence says so, and any later start of the same
    command makes it whole.
    """

    def __init__(self, shown: Progress, history: History, sheets: Path, events: EventFile) -> None:
        """sheets: the folder of the pictures epoch-0001.png …"""
        super().__init__(shown.title, shown.total, shown.initial)
        self._shown, self._history, self._sheets, self._events = shown, history, sheets, events
        self._windows_written = self._epochs_written = 0
        self._failed = False
        self._write_new_rows()

    def window(self, row: Row, speed: Speed) -> None:
        self._write_new_rows()
        self._shown.window(row, speed)

    def epoch(self, row: Row, speed: Speed) -> None:
        self._write_new_rows()
        self._shown.epoch(row, speed)

    def close(self) -> None:
        self._write_new_rows()  # the window in which a run diverged is told to nobody
        self._shown.close()

    def scoring(self) -> None:
        self._shown.scoring()

    def scored(self, record: Mapping[str, Any]) -> None:
        self._try(lambda: (_write_scores(self._events, record), self._events.close()))
        self._shown.scored(record)

    def _write_new_rows(self) -> None:
        def write():
            curve, epochs = self._history.curve[self._windows_written :], self._history.epochs[self._epochs_written :]
            _write_rows(self._events, curve, epochs, self._sheets)
            self._events.flush()

        self._try(write)
        self._windows_written, self._epochs_written = len(self._history.curve), len(self._history.epochs)

    def _try(self, write) -> None:
        if self._failed:
            return
        try:
            write()
        except OSError as error:
            self._failed = True
            say(
                f"The events of {self.title} can no longer be written ({error.strerror}); training goes on, and the same "
                "command writes them anew when it is started again."
            )


def write_finished(
    events: EventFile, curve: Mapping[str, np.ndarray], epochs: Mapping[str, np.ndarray], sheets: Path, record: Mapping[str, Any]
) -> None:
    """Write a finished run's file. curve, epochs: columns of its curve.csv and history.csv.  record: its metrics.json."""
    _write_rows(events, _rows(curve), _rows(epochs), sheets)
    _write_scores(events, record)
    events.close()


def _write_rows(events: EventFile, curve: List[Row], epochs: List[Row], sheets: Path) -> None:
    rows = [(row["generator_steps"], "steps", row) for row in curve] + [(row["generator_steps"], "epochs", row) for row in epochs]
    for step, group, row in sorted(rows, key=lambda each: each[0]):
        events.scalars(step, group, {name: number for name, number in row.items() if name not in POSITION})
        sheet = sheets / f"epoch-{row['epoch']:04d}.png"
        if group == "epochs" and sheet.exists():
            events.picture(step, "samples", sheet)


def _write_scores(events: EventFile, record: Mapping[str, Any]) -> None:
    numbers = {name: number for name, number in record.items() if isinstance(number, (int, float)) and name not in NO_SCORES}
    events.scalars(record["generator_steps"], "scores", numbers)


def _rows(columns: Mapping[str, np.ndarray]) -> List[Row]:
    rows = [dict(zip(columns, numbers)) for numbers in zip(*columns.values())]
    return [{**row, "epoch": int(row["epoch"]), "generator_steps": int(row["generator_steps"])} for row in rows]
