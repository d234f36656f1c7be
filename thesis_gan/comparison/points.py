"""Runs on points in the plane side by side: points.md, points.csv."""

from thesis_gan import files
from thesis_gan.comparison.columns import columns_of, table_of
from thesis_gan.comparison.rows import Row
from thesis_gan.errors import UserError
from thesis_gan.metrics.point_scores import DEVIATIONS, MINIMUM_SHARE
from thesis_gan.runs.find import Results
from thesis_gan.tables import Page, to_csv

WORDS = {name: lambda row, name=name: row.records[0][name] for name in ("run", "data", "status")}
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
    rows = [Row(record["method"], record["run"], {}, [record]) for record in records]
    page = Page("Points in the plane", [table_of(rows, results.points[0].data, WORDS)], NOTES)
    files.write_text(results.folder / "points.md", page.markdown)
    keys = [column.key for column in columns_of(rows)]
    columns = ["run", "method", "seed", "data", "status", *keys, "passes", "num_samples", "distance_samples"]
    files.write_text(results.folder / "points.csv", to_csv(columns, records))
    return page
