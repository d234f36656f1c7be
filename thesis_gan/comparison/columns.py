"""What tables of runs show of each row: its scores, then what it cost. A column of which no row has a number is left out."""

from types import MappingProxyType
from typing import Callable, List, Mapping, NamedTuple, Sequence

from thesis_gan.comparison.rows import FID, IS, KID, OF_PATCHES, PROTOCOL, Row
from thesis_gan.data import Dataset
from thesis_gan.tables import Table, spread, spread_cells, spread_columns, to_csv


class Column(NamedTuple):
    """key: in a run's metrics.  title, form: how the table shows it; {} in a title is what the data's classes are called.

    in_table: whether the table shows it too, and not the CSV alone.
    """

    key: str
    title: str
    form: str
    in_table: bool = True


COLUMNS = (
    Column("sliced_wasserstein_distance", "sliced Wasserstein", "{:.1f}"),
    *(Column(f"sliced_wasserstein_distance_{side}", f"… at {side} pixels", "{:.1f}") for side in (128, 64, 32, 28, 16, 14)),
    Column(IS, "IS", "{:.2f}"),
    Column(FID, "FID", "{:.1f}"),
    Column(KID, "KID", "{:.3g}"),
    Column("precision", "precision", "{:.3f}"),
    Column("recall", "recall", "{:.3f}"),
    Column("density", "density", "{:.3f}", in_table=False),
    Column("coverage", "coverage", "{:.3f}", in_table=False),
    Column("wasserstein_distance", "Wasserstein distance", "{:.3f}"),
    Column("wasserstein_distance_real", "of real points", "{:.3f}"),
    Column("modes_found", "{} found", "{:.3g}"),
    Column("modes", "modes", "{:.3g}"),
    Column("high_quality_share", "high quality", "{:.1%}"),
    Column("class_kl", "KL of {}", "{:.3f}"),
    Column("label_accuracy", "labels obeyed", "{:.1%}"),
    Column("generator_steps", "generator steps", "{:.0f}"),
    Column("critic_steps", "critic steps", "{:.0f}"),
    Column("minutes", "minutes", "{:.1f}"),
)

LABEL: Mapping[str, Callable[[Row], str]] = MappingProxyType({"": lambda row: row.label})


def columns_of(rows: Sequence[Row]) -> List[Column]:
    """Those of which some row has a number."""
    return [column for column in COLUMNS if any(len(row.values(column.key)) for row in rows)]


def table_of(rows: Sequence[Row], data: Dataset, words: Mapping[str, Callable[[Row], str]] = LABEL) -> Table:
    """A line per row. words: what stands before the numbers, by the titles of these columns.  data: what the runs have learnt."""
    columns = [column for column in columns_of(rows) if column.in_table]
    lines = [
        [*(tell(row) for tell in words.values()), *(spread(row.values(column.key), column.form) for column in columns)]
        for row in rows
    ]
    return Table([*words, *(column.title.format(data.class_nouns[1]) for column in columns)], lines, left=len(words))


def csv_of(rows: Sequence[Row], more: Sequence[Mapping[str, str]] = ()) -> str:
    """The same numbers unrounded, with how they were scored. more: of each row further cells, by column; "name" is the first."""
    more = more or [{}] * len(rows)
    keys = [column.key for column in columns_of(rows)]
    lines = []
    for row, cells in zip(rows, more):
        numbers = [spread_cells(key, row.values(key)) for key in keys]
        lines.append({**row.cells, **cells, **{name: number for each in numbers for name, number in each.items()}})
    deviations = [spread_columns(key)[1] for key in keys]
    further = [name for name in more[0] if name != "name"]
    first = ["name"] if "name" in more[0] else []
    of_patches = [key for key in OF_PATCHES if any(line[key] != "" for line in lines)]
    return to_csv([*first, "method", "seeds", *keys, *deviations, *PROTOCOL, *of_patches, *further], lines)
