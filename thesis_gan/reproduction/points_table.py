"""Runs on points in the plane side by side: points.md, points.csv."""

import csv
import io
from pathlib import Path
from typing import Any, Dict, List

from thesis_gan import files
from thesis_gan.metrics.point_scores import DEVIATIONS, MINIMUM_SHARE
from thesis_gan.runs.find import find_runs

# Of a run's record, what the table shows, and how.
COLUMNS = {
    "wasserstein_distance": ("Wasserstein distance", "{:.3f}"),
    "wasserstein_distance_real": ("of real points", "{:.3f}"),
    "modes_found": ("modes found", "{}"),
    "modes": ("modes", "{}"),
    "high_quality_share": ("high quality", "{:.1%}"),
    "generator_steps": ("generator steps", "{}"),
    "critic_steps": ("critic steps", "{}"),
    "minutes": ("minutes", "{:.1f}"),
}
NOTES = (
    "Wasserstein distance: the exact one between as many generated points and real ones (distance_samples in metrics.json); of "
    "real points: that of two samples of the distribution itself.",
    f"High quality: within {DEVIATIONS:g} standard deviations of the nearest centre of a mixture of Gaussians. A mode is found "
    f"where {MINIMUM_SHARE:.0%} of its due share of the points is.",
    "A dash: this run has no such number.",
)


def write(results: Path) -> str:
    """Write both files from the runs on points in ``results``, a row each; returns the table as Markdown.

    Raises UserError if there is none.
    """
    runs = find_runs(results, "points")
    rows = [{"data": run.settings.data, **run.metrics} for run in runs]
    text = f"# Points in the plane\n\n{_table(rows)}\n\n" + "\n".join(f"- {note}" for note in NOTES) + "\n"
    files.write_text(results / "points.md", text)
    files.write_text(results / "points.csv", _csv(rows))
    return text


def _table(rows: List[Dict[str, Any]]) -> str:
    lines = [["run", "data", "status", *(title for title, _ in COLUMNS.values())], ["---"] * 3 + ["---:"] * len(COLUMNS)]
    for row in rows:
        numbers = (form.format(row[key]) if key in row else "–" for key, (_, form) in COLUMNS.items())
        lines.append([row["run"], row["data"], row["status"], *numbers])
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _csv(rows: List[Dict[str, Any]]) -> str:
    text = io.StringIO()
    names = ["run", "method", "seed", "data", "status", *COLUMNS, "passes", "num_samples", "distance_samples"]
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
