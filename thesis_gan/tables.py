"""Tables: cells and spreads, and what is made of them, Markdown and CSV."""

import csv
import io
from typing import Any, Dict, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

NONE = "–"  # stands where there is no such number


class Table(NamedTuple):
    """header, rows: texts.  title: over it, if any.  left: how many of its columns hold words and stand to the left."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    left: int = 1

    @property
    def markdown(self) -> str:
        """The table, below its title."""
        rule = ["---"] * self.left + ["---:"] * (len(self.header) - self.left)
        lines = ["| " + " | ".join(cells) + " |" for cells in (self.header, rule, *self.rows)]
        return (f"## {self.title}\n\n" if self.title else "") + "\n".join(lines)


class Page(NamedTuple):
    """Tables under one title, and notes, sentences, below them."""

    title: str
    tables: Sequence[Table]
    notes: Sequence[str]
    notes_title: str = ""

    @property
    def markdown(self) -> str:
        """All of it."""
        notes = (f"## {self.notes_title}\n\n" if self.notes_title else "") + "\n".join(f"- {note}" for note in self.notes)
        return "\n\n".join([f"# {self.title}", *(table.markdown for table in self.tables), notes]) + "\n"


def filled(table: Table) -> Table:
    """``table`` without the columns, but the first, in which every cell is a dash."""
    kept = [place for place, cells in enumerate(zip(*table.rows)) if place == 0 or set(cells) != {NONE}]
    return table._replace(header=[table.header[at] for at in kept], rows=[[row[at] for at in kept] for row in table.rows])


def spread(values: np.ndarray, form: str, deviation: bool = True) -> str:
    """Mean ± standard deviation over seeds; of one seed, or without ``deviation``, the mean alone."""
    if not len(values):
        return NONE
    mean = form.format(values.mean())
    return mean if len(values) == 1 or not deviation else f"{mean} ± {form.format(values.std(ddof=1))}"


def spread_columns(key: str) -> Sequence[str]:
    """The two columns of a CSV that :func:`spread_cells` fills."""
    return key, f"{key}_seed_std"


def spread_cells(key: str, values: np.ndarray) -> Dict[str, Any]:
    """The same numbers as :func:`spread` shows, unrounded, for a CSV."""
    mean, deviation = spread_columns(key)
    return {mean: values.mean() if len(values) else "", deviation: values.std(ddof=1) if len(values) > 1 else ""}


def each(values: Iterable[Any]) -> str:
    """All different ones among ``values``, in order."""
    return ", ".join(map(str, sorted(set(values))))


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Of each row, what ``columns`` name; empty where it has none."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
