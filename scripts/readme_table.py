"""Prints the table of README from the stored results: .venv/bin/python scripts/readme_table.py

The thesis's scores, ours after its 260 epochs, and ours over several seeds. What has not been stored has no columns.
"""

from typing import Dict, List

from thesis_gan.comparison.rows import FID, IS, Row, rows
from thesis_gan.files import read_json
from thesis_gan.reproduction.store import STORED
from thesis_gan.runs.find import Results
from thesis_gan.tables import NONE, Table, spread

EPOCHS, SEEDS = "thesis", "standard"  # profiles: of the thesis's own length, and of several seeds


def table() -> Table:
    """The table, its columns as far as there is anything stored."""
    stored = {profile: _rows(profile) for profile in (EPOCHS, SEEDS) if (STORED / profile).exists()}
    names = list(dict.fromkeys(name for found in stored.values() for name in found))
    header = ["", "IS, thesis", "FID, thesis"]
    cells: Dict[str, List[str]] = {}
    for name in names:
        here = [found[name] for found in stored.values() if name in found]
        diverged = dict.fromkeys(row.label[len(row.title) :] for row in here)  # of which profile, its own page says
        published = [f"{here[0].published[key]:g}" if key in here[0].published else NONE for key in (IS, FID)]
        cells[name] = [here[0].title + "".join(diverged), *published]
    real = ["real digits", NONE, NONE]
    for profile, found in stored.items():
        header += [f"{score}, {_of(profile, found)}" for score in ("IS", "FID")]
        for name in names:
            values = [found[name].values(key) if name in found else [] for key in (IS, FID)]
            cells[name] += [spread(each, form) for each, form in zip(values, ("{:.2f}", "{:.1f}"))]
        scores = read_json(STORED / profile / "real.json")
        real += [f"{scores[IS]:.2f}", f"{scores[FID]:.1f}"]
    header.append("labels obeyed")
    for name in names:
        obeyed = [100 * found[name].values("label_accuracy") for found in stored.values() if name in found]
        cells[name].append(spread(obeyed[-1], "{:.1f}%"))
    return Table(header, [*cells.values(), [*real, NONE]])


def _rows(profile: str) -> Dict[str, Row]:
    return {row.name: row for row in rows(Results(STORED / profile).runs)}


def _of(profile: str, found: Dict[str, Row]) -> str:
    """What the columns of a profile are headed."""
    seeds = max(len(row.records) for row in found.values())
    if profile == EPOCHS:
        run = next(run for run in Results(STORED / profile).runs if run.in_table)
        return f"{run.settings.epochs} epochs" + (f", {seeds} seeds" if seeds > 1 else "")
    steps = max(record["generator_steps"] for row in found.values() for record in row.records)
    return f"{steps:,} steps, {seeds} seeds" if seeds > 1 else f"{steps:,} steps"


if __name__ == "__main__":
    print(table().markdown)
