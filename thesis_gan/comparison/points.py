"""Runs on points in the plane side by side: points.md, points.csv."""

from typing import Any, Dict, List

from thesis_gan import files
from thesis_gan.errors import UserError
from thesis_gan.metrics.point_scores import DEVIATIONS, MINIMUM_SHARE
from thesis_gan.runs.find import Results
from thesis_gan.tables import NONE, Page, Table, to_csv

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


def write(results: Results) -> Page:
    """Write both files from the runs on points, a row each; returns the table and its notes.

    Raises UserError if there is none.
    """
    if not results.points:
        raise UserError(f"No run in {results.folder} is on points.")
    records = [{"data": run.settings.data, **run.metrics} for run in results.points]
    header = ["run", "data", "status", *(title for title, _ in COLUMNS.values())]
    page = Page("Points in the plane", [Table(header, list(map(_row, records)), left=3)], NOTES)
    files.write_text(results.folder / "points.md", page.markdown)
    columns = ["run", "method", "seed", "data", "status", *COLUMNS, "passes", "num_samples", "distance_samples"]
    files.write_text(results.folder / "points.csv", to_csv(columns, records))
    return page


def _row(record: Dict[str, Any]) -> List[str]:
    numbers = (form.format(record[key]) if key in record else NONE for key, (_, form) in COLUMNS.items())
    return [record["run"], record["data"], record["status"], *numbers]
