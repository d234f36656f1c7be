"""All methods of some results side by side: an extended table (comparison.md, comparison.csv) and pictures.

What S1 compares on MNIST, and what the thesis's Fig. 6 and S4 say of mode collapse, is seen here.
"""

import csv
import io
from itertools import groupby
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

import numpy as np

from thesis_gan import files
from thesis_gan.errors import UserError
from thesis_gan.metrics.evaluate import few_images
from thesis_gan.reproduction import style
from thesis_gan.reproduction.plan import COMPARISONS, METHODS_COMPARISON, Comparison
from thesis_gan.reproduction.table1 import FID, IS, PROTOCOL, Row, rows
from thesis_gan.runs.find import find_runs
from thesis_gan.runs.run import FINISHED, Run

# S1's second figure: the two methods that it holds against each other while they train.
LSGANS = ("lsgan-seed0", "lsgan-reg-seed0")
LSGANS_PICTURE = "s1_lsgan_epochs.png"
EPOCHS_SHOWN = 5


class Column(NamedTuple):
    """key: in a run's metrics.  title, form: how the table shows it."""

    key: str
    title: str
    form: str


COLUMNS = (
    Column(IS, "IS", "{:.2f}"),
    Column(FID, "FID", "{:.1f}"),
    Column("kernel_inception_distance_mean", "KID", "{:.3g}"),
    Column("precision", "precision", "{:.3f}"),
    Column("recall", "recall", "{:.3f}"),
    Column("modes_found", "digits found", "{:.3g}"),
    Column("digit_kl", "KL of digits", "{:.3f}"),
    Column("label_accuracy", "labels obeyed", "{:.1%}"),
    Column("generator_steps", "generator steps", "{:.0f}"),
    Column("critic_steps", "critic steps", "{:.0f}"),
    Column("minutes", "minutes", "{:.1f}"),
)


def is_wanted(runs: Sequence[Run]) -> bool:
    """Whether the runs are of a profile that compares methods, or one of them is of a method that the thesis does not train."""
    return runs[0].profile in COMPARISONS or any(run.in_table and not run.method.in_thesis for run in runs)


def write(results: Path) -> str:
    """Write the table and the pictures from the finished runs in ``results``; returns the table as Markdown.

    Raises UserError if no run there is a row of a table.
    """
    runs = [run for run in find_runs(results) if run.in_table]
    table = rows(runs)
    text = _markdown(table, runs)
    files.write_text(results / "comparison.md", text)
    files.write_text(results / "comparison.csv", _csv(table))
    finished = [run for run in runs if run.metrics["status"] == FINISHED]
    for file in pictures(results):
        if file == LSGANS_PICTURE:
            used = [run for run in finished if run.name in LSGANS]
            drawn = over_epochs(used)
        else:
            used = [run for run in finished if run.seed == 0 or _comparison(runs).every_seed]
            drawn = side_by_side(used) if used else None
        if drawn is not None:
            # One line for all seeds of a method: rows() refuses those of other settings.
            one_each = [next(seeds) for _, seeds in groupby(used, lambda run: run.method.name)]
            style.save(drawn, results / "figures" / file, [style.settings_line(run) for run in one_each])
    return text


def pictures(results: Path) -> Dict[str, str]:
    """Files in ``results``/figures that :func:`write` draws of these runs, with their captions."""
    runs = find_runs(results)
    names = {run.name for run in runs if run.metrics["status"] == FINISHED}
    comparison = _comparison(runs)
    files_and_captions = {comparison.picture: comparison.caption}
    if not comparison.every_seed and names.issuperset(LSGANS):
        files_and_captions[LSGANS_PICTURE] = "S1's second figure: LSGAN and its regularised form, LSGAN′, while they train."
    return files_and_captions


def _comparison(runs: Sequence[Run]) -> Comparison:
    return COMPARISONS.get(runs[0].profile, METHODS_COMPARISON)


def side_by_side(runs: Sequence[Run]) -> "style.pyplot.Figure":
    """Each run's sheet after its last step, with the two numbers of mode collapse where it has them; a row per seed."""
    seeds = sorted({run.seed for run in runs})
    names = list(dict.fromkeys(run.method.name for run in runs))
    shown = {}
    for run in runs:
        sheets = run.sheets()
        found, kl = (run.metrics.get(key) for key in ("modes_found", "digit_kl"))
        title = run.method.title + (f", seed {run.seed}" if len(seeds) > 1 else "")
        title += "" if found is None else f": {found} of 10 digits, KL {kl:.2f}"
        shown[run.seed, run.method.name] = title, sheets[max(sheets)]
    cells = [shown.get((seed, name), ("", None)) for seed in seeds for name in names]  # a place stays free where a run diverged
    titles, sheets = zip(*cells)
    return style.sheets(titles, sheets, columns=len(names) if len(seeds) > 1 else min(4, len(names)))


def over_epochs(runs: Sequence[Run]) -> Optional["style.pyplot.Figure"]:
    """Sheets of each run at some epochs, the first and the last among them; a row per run. None if a run kept too few."""
    try:
        kept = [run.sheets() for run in runs]
    except UserError:
        return None
    common = sorted(set.intersection(*(set(sheets) for sheets in kept)))
    if len(common) < 2:  # stored results keep the last sheet only, and their picture
        return None
    shown = [common[place] for place in np.unique(np.linspace(0, len(common) - 1, EPOCHS_SHOWN).round().astype(int))]
    titles = [f"{run.method.title}, epoch {epoch}" for run in runs for epoch in shown]
    return style.sheets(titles, [sheets[epoch] for sheets in kept for epoch in shown], columns=len(shown))


def _markdown(table: Sequence[Row], runs: Sequence[Run]) -> str:
    lines = [["", *(column.title for column in COLUMNS)], ["---", *["---:"] * len(COLUMNS)]]
    for row in table:
        failed = sum(record["status"] != FINISHED for record in row.records)
        title = row.title + (f" ({failed} of {len(row.records)} diverged)" if failed else "")
        lines.append([title, *(_cell(row.values(column.key), column.form) for column in COLUMNS)])
    text = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return "# All methods\n\n" + text + "\n\n" + "\n".join(f"- {note}" for note in _notes(table, runs)) + "\n"


def _notes(table: Sequence[Row], runs: Sequence[Run]) -> List[str]:
    settings = runs[0].settings
    record = next((record for row in table for record in row.records if "features" in record), None)
    notes = [f"Profile {runs[0].profile}; mean ± standard deviation over seeds where there are several."]
    if record:
        notes.append(f"Scores: {record['features']} features, {record['num_samples']} samples, against {record['reference']}.")
    notes += [
        "Digits found: those with at least 1 % of the samples, of 10, as the metric classifier reads them. KL of digits: of "
        "their histogram from the uniform one, in nats; 0 is even, 2.30 one digit alone. A generator told digits draws them "
        "evenly by its labels.",
        f"All runs: batch {_each(run.settings.batch_size for run in runs)}, width {_each(run.settings.width for run in runs)}, "
        f"learning rate {_each(run.settings.learning_rate for run in runs)}, architecture "
        f"{_each(run.settings.architecture for run in runs)}, {settings.train_images} training images.",
        *([f"No critic update where it ranks more than {settings.skip_above:.0%} of pairs rightly."] * (settings.skip_above < 1)),
        *few_images(run.settings.num_samples for run in runs),
        "A dash: this run has no such number.",
    ]
    return notes


def _each(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in sorted(set(values)))


def _cell(values: np.ndarray, form: str) -> str:
    if not len(values):
        return "–"
    mean = form.format(values.mean())
    return mean if len(values) == 1 else f"{mean} ± {form.format(values.std(ddof=1))}"


def _csv(table: Sequence[Row]) -> str:
    text = io.StringIO()
    keys = [column.key for column in COLUMNS]
    writer = csv.DictWriter(
        text, ["method", "seeds", *keys, *(f"{key}_seed_std" for key in keys), *PROTOCOL], lineterminator="\n"
    )
    writer.writeheader()
    for row in table:
        cells: Dict[str, Any] = {"method": row.name, "seeds": len(row.records)}
        for key in keys:
            values = row.values(key)
            cells[key] = values.mean() if len(values) else ""
            cells[f"{key}_seed_std"] = values.std(ddof=1) if len(values) > 1 else ""
        cells.update({key: next((record[key] for record in row.records if key in record), "") for key in PROTOCOL})
        writer.writerow(cells)
    return text.getvalue()
