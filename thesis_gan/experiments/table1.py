"""Table 1 of the thesis beside ours: table1.md, table1.csv, metrics.json."""

import csv
import io
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

import numpy as np

from thesis_gan import files
from thesis_gan.data import mnist
from thesis_gan.errors import UserError
from thesis_gan.experiments.runs import FINISHED, REFERENCE, Run, find_runs, left_out
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.metrics.evaluate import evaluate
from thesis_gan.streams import Streams
from thesis_gan.training.loop import refuse_other_settings

IS, FID = "inception_score_mean", "frechet_inception_distance"
PROTOCOL = ("features", "weights_sha256", "num_samples", "reference")
NO_INCEPTION = "no Inception weights at hand"


class Row(NamedTuple):
    """One method: its runs over seeds."""

    name: str
    title: str
    published: Dict[str, float]
    records: List[Dict[str, Any]]

    def values(self, key: str) -> np.ndarray:
        """The numbers called ``key`` of the runs that have it."""
        return np.array([record[key] for record in self.records if key in record], np.float64)


def rows(runs: Sequence[Run]) -> List[Row]:
    """The table's rows, in its order. Raises UserError if there is none, or if a method's seeds differ in their settings."""
    found: Dict[str, Row] = {}
    first: Dict[str, Run] = {}
    for run in runs:
        if not run.in_table:
            continue
        name = run.config["method"]
        refuse_other_settings(run.folder, run.settings, first.setdefault(name, run).settings)
        found.setdefault(name, Row(name, run.method.title, run.method.published, [])).records.append(run.metrics)
    if not found:
        raise UserError("No run here is a row of the table; start ./run_all.sh to make them.")
    return list(found.values())


def write(results: Path) -> str:
    """Write the three files from the finished runs in ``results``; returns the table as Markdown."""
    runs = [run for run in find_runs(results) if run.in_table]
    table = rows(runs)
    real = real_scores(results)
    files.write_json(results / "metrics.json", [record for row in table for record in row.records])
    files.write_text(results / "table1.csv", _csv(table, real))
    text = _markdown(table, real, runs, left_out(results))
    files.write_text(results / "table1.md", text)
    return text


def real_scores(results: Path) -> Dict[str, Any]:
    """What real digits score: the Inception Score of the test set itself, the FID of 10,000 training digits against it.

    Kept in ``results``/real.json, and made anew when the classifier is another.
    """
    path, features = results / "real.json", MNISTFeatures()
    if path.exists():
        known = files.read_json(path)
        if known.get("weights_sha256") == features.weights_sha256:
            return known
    test, training = mnist.load("test").images, mnist.load("train").images
    some = training[Streams(0).at("real digits", 0).permutation(len(training))[: len(test)]]
    scores = evaluate(some, test, REFERENCE, features)
    scores.update({key: value for key, value in evaluate(test, test, REFERENCE, features).items() if key.startswith("inception")})
    files.write_json(path, scores)
    return scores


def order_note(table: Sequence[Row], key: str, name: str, rising: bool) -> Optional[str]:
    """How the methods that the thesis scored are ordered by ``key`` there and here; None with fewer than two of them."""
    scored = [row for row in table if key in row.published and len(row.values(key))]
    if len(scored) < 2:
        return None
    sign = 1 if rising else -1
    ours = [row.title for row in sorted(scored, key=lambda row: sign * row.values(key).mean())]
    thesis = [row.title for row in sorted(scored, key=lambda row: sign * row.published[key])]
    between = " < " if rising else " > "
    if ours == thesis:
        return f"{name}: the thesis's order, {between.join(thesis)}, is ours too."
    return f"{name}: the thesis's order is {between.join(thesis)}; ours differs: {between.join(ours)}."


def _markdown(table: Sequence[Row], real: Dict[str, Any], runs: Sequence[Run], missing: Sequence[str]) -> str:
    header = ["", "IS, thesis", "FID, thesis", "IS, ours", "FID, ours", "Inception IS / FID", "labels obeyed"]
    header += ["generator steps", "passes over the data", "minutes"]
    lines = [header, ["---"] + ["---:"] * (len(header) - 1)]
    for row in table:
        lines.append(
            [
                row.title + _status(row),
                _published(row, IS),
                _published(row, FID),
                _spread(row.values(IS), "{:.2f}"),
                _spread(row.values(FID), "{:.1f}"),
                "–",
                _spread(100 * row.values("label_accuracy"), "{:.1f}%"),
                _spread(row.values("generator_steps"), "{:.0f}", deviation=False),
                _spread(row.values("passes"), "{:.1f}", deviation=False),
                _spread(row.values("minutes"), "{:.1f}", deviation=False),
            ]
        )
    lines.append(["real digits", "–", "–", f"{real[IS]:.2f}", f"{real[FID]:.1f}", "–", "–", "–", "–", "–"])
    text = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return f"# Table 1\n\n{text}\n\n" + "\n".join(f"- {note}" for note in [*_notes(table, real, runs), *missing]) + "\n"


def _notes(table: Sequence[Row], real: Dict[str, Any], runs: Sequence[Run]) -> List[str]:
    seeds = max(len(row.records) for row in table)
    notes = [
        f"Ours: {real['features']} features (the classifier in data/, SHA-256 {real['weights_sha256'][:12]}…), "
        f"{_each(run.settings.num_samples for run in runs)} samples per run, FID against {real['reference']}, IS over 10 splits; "
        f"profile {_each(run.profile for run in runs)}, "
        f"{'1 seed' if seeds == 1 else f'mean ± standard deviation over {seeds} seeds'}.",
        "The thesis's numbers come from Inception weights, and a number of samples, that it does not name: its columns and "
        "ours are on different scales, and only the order can be compared.",
        f"Inception columns: – as there are {NO_INCEPTION}.",
        "Real digits are the ceiling: IS of the 10,000 test digits themselves, FID of 10,000 training digits against them.",
        f"Width (maps in the critic's first layer): {_by_method(table, runs, 'width')}. "
        f"An epoch, which the thesis does not define, is here: {_each(run.settings.epoch_unit for run in runs)}.",
        "Rows are to be compared at equal generator steps; a critic that steps more often sees more passes over the data. "
        f"Minutes are of training alone, on {_each(run.threads for run in runs)} thread(s); "
        "several runs may have gone side by side.",
    ]
    notes += filter(None, [order_note(table, IS, "IS", rising=True), order_note(table, FID, "FID", rising=False)])
    for row in table:
        notes += [f"{record['run']} {record['status']}." for record in row.records if record["status"] != FINISHED]
    return notes


def _each(values: Iterable[Any]) -> str:
    return ", ".join(map(str, sorted(set(values))))


def _by_method(table: Sequence[Row], runs: Sequence[Run], setting: str) -> str:
    by_name = {run.config["method"]: getattr(run.settings, setting) for run in runs}
    if len(set(by_name.values())) == 1:
        return str(by_name[table[0].name])
    return ", ".join(f"{row.title} {by_name[row.name]}" for row in table)


def _status(row: Row) -> str:
    failed = sum(record["status"] != FINISHED for record in row.records)
    return f" ({failed} of {len(row.records)} diverged)" if failed else ""


def _published(row: Row, key: str) -> str:
    return f"{row.published[key]:g}" if key in row.published else "–"


def _spread(values: np.ndarray, form: str, deviation: bool = True) -> str:
    if not len(values):
        return "–"
    if len(values) == 1 or not deviation:
        return form.format(values.mean())
    return f"{form.format(values.mean())} ± {form.format(values.std(ddof=1))}"


def _csv(table: Sequence[Row], real: Dict[str, Any]) -> str:
    numbers = [IS, FID, "label_accuracy", "generator_steps", "critic_steps", "passes", "minutes"]
    names = ["method", "seeds", f"thesis_{IS}", f"thesis_{FID}"]
    names += [f"{number}{end}" for number in numbers for end in ("", "_seed_std")] + list(PROTOCOL)
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for row in table:
        cells: Dict[str, Any] = {"method": row.name, "seeds": len(row.records)}
        cells.update({f"thesis_{key}": row.published[key] for key in (IS, FID) if key in row.published})
        for number in numbers:
            values = row.values(number)
            cells[number] = values.mean() if len(values) else ""
            cells[f"{number}_seed_std"] = values.std(ddof=1) if len(values) > 1 else ""
        cells.update({key: next((record[key] for record in row.records if key in record), "") for key in PROTOCOL})
        writer.writerow(cells)
    writer.writerow({"method": "real", **{key: real[key] for key in (IS, FID, *PROTOCOL)}})
    return text.getvalue()
