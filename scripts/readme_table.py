"""Prints the table of README from the stored results: .venv/bin/python scripts/readme_table.py

The thesis's scores, ours after its 260 epochs, and ours over several seeds. What has not been stored has no columns.
"""

from typing import Dict, List, Optional

from thesis_gan.comparison.rows import FID, IS, Row, rows
from thesis_gan.files import read_json
from thesis_gan.reproduction.store import STORED
from thesis_gan.runs.find import Results
from thesis_gan.tables import NONE, Table, spread

EPOCHS, SEEDS = "thesis", "standard"  # profiles: of the thesis's own length, and of several seeds
SCORES = ("IS", "FID", "labels obeyed")


def table() -> Table:
    """The table, its columns as far as there is anything stored."""
    stored = {profile: _rows(profile) for profile in (EPOCHS, SEEDS) if (STORED / profile).exists()}
    rows_ = list({name: row for found in stored.values() for name, row in found.items()}.values())
    header, real = ["", "IS, thesis", "FID, thesis"], ["real digits", NONE, NONE]
    lines = [[row.title, *(f"{row.published[key]:g}" if key in row.published else NONE for key in (IS, FID))] for row in rows_]
    for profile, found in stored.items():
        header += [f"{score}, {_of(profile, found)}" for score in SCORES]
        for line, row in zip(lines, rows_):
            line += _cells(found.get(row.name))
        scores = read_json(STORED / profile / "real.json")
        real += [f"{scores[IS]:.2f}", f"{scores[FID]:.1f}", NONE]
    return Table(header, [*lines, real])


def _cells(row: Optional[Row]) -> List[str]:
    """Its scores, in which is said how many runs have none for they diverged."""
    if row is None:
        return [NONE] * len(SCORES)
    scores = [(row.values(IS), "{:.2f}"), (row.values(FID), "{:.1f}"), (100 * row.values("label_accuracy"), "{:.1f}%")]
    cells = [spread(values, form) for values, form in scores]
    return [cells[0] + row.label[len(row.title) :], *cells[1:]]


def _rows(profile: str) -> Dict[str, Row]:
    return {row.name: row for row in rows(Results(STORED / profile).runs)}


def _of(profile: str, found: Dict[str, Row]) -> str:
    """What the columns of a profile are headed."""
    seeds = max(len(row.records) for row in found.values())
    if profile == EPOCHS:
        run = next(run for run in Results(STORED / profile).runs if run.in_table)
        length = f"{run.settings.epochs} epochs"
    else:
        length = f"{max(record['generator_steps'] for row in found.values() for record in row.records):,} steps"
    return f"{length}, {seeds} seed{'s' if seeds > 1 else ''}"


if __name__ == "__main__":
    print(table().markdown)
