"""What is made of runs on other data than the thesis's digits: a comparison, samples side by side, loss curves and a report.

Table 1, the thesis's figures and its claims are MNIST's, and are left out. (Fig. 4, of faces, is the samples side by side.)
"""

import base64
import csv
import html
import io
from pathlib import Path
from string import Template
from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from thesis_gan import __version__, files
from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.data.images import grid
from thesis_gan.data.picture_files import titled, write_animation
from thesis_gan.errors import UserError
from thesis_gan.metrics.scores import scores
from thesis_gan.runs import figure_style as style
from thesis_gan.runs.run import FINISHED, NEAREST, Run
from thesis_gan.training.sampling import SHEET_COLUMNS

SAMPLES = "samples.png"
LOSSES = "losses.png"
REAL = "real.json"
FRAMES = 40  # of an animation: a GIF of all epochs of a long run would take hundreds of MiB


class Column(NamedTuple):
    """key: in a run's metrics.  title, form: how the table shows it."""

    key: str
    title: str
    form: str


COLUMNS = (
    Column("sliced_wasserstein_distance", "sliced Wasserstein", "{:.1f}"),
    Column("inception_score_mean", "IS", "{:.2f}"),
    Column("frechet_inception_distance", "FID", "{:.1f}"),
    Column("kernel_inception_distance_mean", "KID", "{:.3g}"),
    Column("precision", "precision", "{:.3f}"),
    Column("recall", "recall", "{:.3f}"),
    Column("modes_found", "classes found", "{:.3g}"),
    Column("label_accuracy", "labels obeyed", "{:.1%}"),
    Column("generator_steps", "generator steps", "{:.0f}"),
    Column("minutes", "minutes", "{:.1f}"),
)

PAGE = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>GANs on $data</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9em; }
th, td { padding: 0.3em 0.6em; border-bottom: 1px solid #ccc; text-align: right; }
.text td { text-align: left; vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 2rem 0; } img { max-width: 100%; } figcaption, .small { color: #555; font-size: 0.9em; }
</style></head><body>
<h1>GANs on $data</h1>
<p>Made with thesis_gan $version, profile <b>$profile</b>.</p>
<div class="wide">$table</div><ul class="small">$notes</ul>
$figures
<h2>Runs</h2><div class="wide"><table class="text">$runs</table></div>
</body></html>
""")


def write(results: Path, runs: Sequence[Run]) -> str:
    """Write comparison.md and .csv, metrics.json, the figures and report.html of ``runs``, all on the same images.

    Returns the comparison as Markdown. Raises UserError if the runs are on different data, or none is one of a method's seeds.
    """
    runs = [run for run in runs if run.in_table]
    if not runs:
        raise UserError(f"No run in {results} is one of a method's seeds; start ./run_all.sh --data to make them.")
    others = [run for run in runs if run.data.record() != runs[0].data.record()]
    if others:
        raise UserError(
            f"{others[0].folder} is on {others[0].settings.data} and {runs[0].folder} on {runs[0].settings.data}, or on what "
            "that was; move the runs on one of them to another folder."
        )
    rows = _rows(results, runs)
    notes = _notes(runs)
    markdown = [f"# GANs on {runs[0].settings.data}", "", *_lines(rows), "", *(f"- {note}" for note in notes), ""]
    files.write_text(results / "comparison.md", "\n".join(markdown))
    files.write_text(results / "comparison.csv", _csv(rows))
    files.write_json(results / "metrics.json", [run.metrics for run in runs])
    captions = _figures(results, [run for run in runs if run.metrics["status"] == FINISHED])
    files.write_text(results / "report.html", _page(runs, rows, notes, {results / path: captions[path] for path in captions}))
    return "\n".join(markdown)


class Row(NamedTuple):
    """One line of the table: its title, and the records of its runs."""

    title: str
    records: List[Dict[str, Any]]


def _rows(results: Path, runs: Sequence[Run]) -> List[Row]:
    rows: Dict[str, Row] = {}
    for run in runs:
        rows.setdefault(run.method.name, Row(run.method.title, [])).records.append(run.metrics)
    real = _real(results, runs[0])
    return [*([Row("Real images", [real])] if real else []), *rows.values()]


def _real(results: Path, run: Run) -> Dict[str, Any]:
    """What training images score against the held-out ones: as good as samples can be. Kept in real.json; {} if not to be had."""
    sha256 = run.data.fingerprint()
    known = files.read_json(results / REAL) if (results / REAL).exists() else {}
    if known.get("sha256") == sha256:
        return known
    try:
        images = run.data.load("train").images[: run.settings.num_samples]
        found = {**scores(run.data, np.ascontiguousarray(images)), "sha256": sha256}
    except UserError:  # they are no longer there, or too few
        return {}
    files.write_json(results / REAL, found)
    return found


def _cells(row: Row) -> List[str]:
    cells = [row.title + "".join(" (diverged)" for record in row.records if record.get("status", FINISHED) != FINISHED)]
    for column in COLUMNS:
        values = [record[column.key] for record in row.records if column.key in record]
        spread = f" ± {column.form.format(np.std(values, ddof=1))}" if len(values) > 1 else ""
        cells.append(column.form.format(np.mean(values)) + spread if values else "–")
    return cells


def _table(rows: Sequence[Row]) -> List[List[str]]:
    """Cells, the header first; columns of which no run has a number are left out."""
    cells = [["", *(column.title for column in COLUMNS)], *map(_cells, rows)]
    kept = [place for place in range(len(cells[0])) if place == 0 or any(line[place] != "–" for line in cells[1:])]
    return [[line[place] for place in kept] for line in cells]


def _lines(rows: Sequence[Row]) -> List[str]:
    header, *body = _table(rows)
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---", *["---:"] * (len(header) - 1)], *body)]


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "seeds", *(column.key for column in COLUMNS)])
    for row in rows:
        values = [[record[column.key] for record in row.records if column.key in record] for column in COLUMNS]
        writer.writerow([row.title, len(row.records), *(float(np.mean(found)) if found else "" for found in values)])
    return text.getvalue()


def _notes(runs: Sequence[Run]) -> List[str]:
    record = next((run.metrics for run in runs if "num_samples" in run.metrics), {})
    channels, height, width = runs[0].data.shape
    size = f"{height}x{width}, {'grey' if channels == 1 else 'in colour'}"
    return [
        f"Data: {runs[0].settings.data}, {size}; {runs[0].settings.train_images} images are trained on, "
        f"{record.get('reference_images', 'others')} are held out, never trained on: samples are scored against them.",
        f"Profile {runs[0].profile}; mean ± standard deviation over seeds where there are several. A dash: no such number.",
        *(
            [
                f"Sliced Wasserstein: mean over the levels of a Laplacian pyramid, times 1,000, of "
                f"{record['sliced_wasserstein_images']} images of each side; what real ones have is as good as it gets."
            ]
            if "sliced_wasserstein_images" in record
            else []
        ),
        *([f"The other scores: {record['features']} features, {record['num_samples']} samples."] if "features" in record else []),
        "Table 1, figures and claims of the thesis are MNIST's, and are not made here.",
    ]


def _figures(results: Path, runs: Sequence[Run]) -> Dict[str, str]:
    """Draw all figures of these finished runs; returns their captions by their paths in ``results``."""
    first = [run for run in runs if run.seed == 0]
    if not first:
        return {}
    captions: Dict[str, str] = {}
    known = COMPARISONS.get(first[0].profile)
    picture, caption = (known.picture, known.caption) if known else (SAMPLES, "Samples side by side, after the last epoch.")
    sheets = [(run.method.title, _last_sheet(run)) for run in first]
    try:
        real = first[0].data.load("test").images[: first[0].data.sheet_samples]
        sheets.insert(0, ("Real images, held out", grid(real, SHEET_COLUMNS)))
    except UserError:  # they are no longer there
        pass
    small_print = [style.settings_line(run) for run in first]
    titles, pictures = zip(*sheets)
    style.save(style.sheets(titles, pictures, min(4, len(sheets))), results / "figures" / picture, small_print)
    captions[f"figures/{picture}"] = caption
    style.save(_losses(first), results / "figures" / LOSSES, small_print)
    captions[f"figures/{LOSSES}"] = "Losses of critic and generator while they train."
    for run in first:
        if (run.folder / NEAREST).exists():
            captions[f"runs/{run.name}/{NEAREST}"] = (
                f"{run.method.title}: a dozen samples, and below each the training images nearest to it, pixel by pixel."
            )
        _animate(run, results / "figures" / f"{run.name}.gif")
    return captions


def _last_sheet(run: Run) -> np.ndarray:
    sheets = run.sheets()
    return sheets[max(sheets)]


def _animate(run: Run, path: Path) -> None:
    sheets = sorted(run.sheets().items())
    shown = [sheets[place] for place in np.unique(np.linspace(0, len(sheets) - 1, FRAMES).round().astype(int))]
    write_animation(path, [titled(sheet, f"epoch {epoch}") for epoch, sheet in shown], 250)


def _losses(runs: Sequence[Run]) -> "style.pyplot.Figure":
    figure, axes = style.pyplot.subplots(1, 2, figsize=(10, 3.6))
    for axis, name in zip(axes, ("critic_loss", "generator_loss")):
        for run in runs:
            axis.plot(run.curve["generator_steps"], run.curve[name], label=run.method.title, linewidth=0.8)
        axis.set_xlabel("generator step")
        axis.set_title(name.replace("_", " "))
    axes[0].legend()
    return figure


def _page(runs: Sequence[Run], rows: Sequence[Row], notes: Sequence[str], captions: Dict[Path, str]) -> str:
    header, *body = _table(rows)
    cells = [["<th>" + html.escape(cell) + "</th>" for cell in header]]
    cells += [["<td>" + html.escape(cell) + "</td>" for cell in line] for line in body]
    return PAGE.substitute(
        version=__version__,
        profile=html.escape(runs[0].profile),
        data=html.escape(runs[0].settings.data),
        table="<table>" + "".join("<tr>" + "".join(line) + "</tr>" for line in cells) + "</table>",
        notes="".join(f"<li>{html.escape(note)}</li>" for note in notes),
        figures="".join(_figure(path, caption) for path, caption in captions.items()),
        runs="".join(f"<tr><td>{html.escape(run.name)}</td><td>{_settings(run)}</td></tr>" for run in runs),
    )


def _figure(path: Path, caption: str) -> str:
    picture, text = base64.b64encode(path.read_bytes()).decode(), html.escape(caption, quote=True)
    return f'<figure><img src="data:image/png;base64,{picture}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def _settings(run: Run) -> str:
    return "<br>".join(
        f"{name} = {html.escape(str(entry['value']))} <span class='small'>({html.escape(entry['origin'])})</span>"
        for name, entry in run.settings.to_json().items()
    )
