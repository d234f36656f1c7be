"""Table 1 of the thesis beside ours: table1.md, table1.csv, metrics.json."""

import csv
import io
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

import numpy as np

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.errors import UserError
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.metrics.evaluate import evaluate, few_images
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.inception_score import inception_score
from thesis_gan.metrics.inception_weights import PUBLISHED_SHA256
from thesis_gan.metrics.kernel import SUBSET_SIZE
from thesis_gan.reproduction.inception_columns import FILE, InceptionScores
from thesis_gan.runs.find import find_runs, left_out
from thesis_gan.runs.run import FINISHED, REFERENCE, Run
from thesis_gan.settings import refuse_other_settings
from thesis_gan.streams import Streams

IS, FID = "inception_score_mean", "frechet_inception_distance"
KID = "kernel_inception_distance_mean"
FIDELITY_KEYS = (KID, "precision", "recall", "density", "coverage")
PROTOCOL = ("features", "weights_sha256", "num_samples", "reference")
NO_INCEPTION = (
    "no Inception weights are at hand; thesis-gan table --weights FILE takes them, and so does every later table once "
    "thesis-gan evaluate --features inception has downloaded them"
)


class Row(NamedTuple):
    """One method: its runs over seeds. records: as in metrics.json.  inception: their scores in Inception features, if any."""

    name: str
    title: str
    published: Dict[str, float]
    records: List[Dict[str, Any]]
    inception: Sequence[Dict[str, Any]] = ()

    def values(self, key: str) -> np.ndarray:
        """The numbers called ``key`` of the runs that have it."""
        return _values(self.records, key)

    def inception_values(self, key: str) -> np.ndarray:
        """The same in Inception features."""
        return _values(self.inception, key)


def _values(records: Sequence[Dict[str, Any]], key: str) -> np.ndarray:
    return np.array([record[key] for record in records if key in record], np.float64)


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


def write(results: Path, weights: Optional[Path] = None) -> str:
    """Write the three files from the finished runs in ``results``; returns the table as Markdown.

    weights: the file of Inception weights for that part of the table, by default the one in the cache, if it is there.
    """
    runs = [run for run in find_runs(results) if run.in_table]
    inception = InceptionScores(weights)
    table = [row._replace(inception=_inception_scores(row, runs, inception)) for row in rows(runs)]
    real = real_scores(results)
    real_inception = inception.kept(results / f"real-{FILE}", _score_real)
    files.write_json(results / "metrics.json", [record for row in table for record in row.records])
    files.write_text(results / "table1.csv", _csv(table, real, real_inception))
    text = _markdown(table, real, real_inception, runs, left_out(results))
    files.write_text(results / "table1.md", text)
    return text


def real_scores(results: Path) -> Dict[str, Any]:
    """What real digits score: the Inception Score of the test set itself, the rest of 10,000 training digits against it.

    Kept in ``results``/real.json, and made anew when the classifier is another.
    """
    path, features = results / "real.json", MNISTFeatures()
    if path.exists():
        known = files.read_json(path)
        if known.get("weights_sha256") == features.weights_sha256 and set(FIDELITY_KEYS) <= set(known):
            return known
    scores = _score_real(features)
    files.write_json(path, scores)
    return scores


def _score_real(features: FeatureNetwork) -> Dict[str, Any]:
    test, training = mnist.load("test").images, mnist.load("train").images
    some = training[Streams(0).at("real digits", 0).permutation(len(training))[: len(test)]]
    scores = evaluate(some, test, REFERENCE, features)
    scores["inception_score_mean"], scores["inception_score_std"] = inception_score(features(test).logits)
    return scores


def _inception_scores(row: Row, runs: Sequence[Run], inception: InceptionScores) -> List[Dict[str, Any]]:
    folders = {run.name: run for run in runs}
    finished = [folders[record["run"]] for record in row.records if record["status"] == FINISHED]
    return [
        scores
        for run in finished
        for scores in [inception.kept(run.folder / FILE, lambda features, run=run: run.evaluate(mx.cpu(), features))]
        if scores
    ]


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


def _markdown(
    table: Sequence[Row], real: Dict[str, Any], real_inception: Dict[str, Any], runs: Sequence[Run], missing: Sequence[str]
) -> str:
    first = [["", "IS, thesis", "FID, thesis", "IS, ours", "FID, ours", "IS, Inception", "FID, Inception", "labels obeyed"]]
    first[0] += ["generator steps", "passes over the data", "minutes"]
    second = [["", "KID", "precision", "recall", "density", "coverage"]]
    for row in table:
        title = row.title + _status(row)
        first.append(
            [
                title,
                _published(row, IS),
                _published(row, FID),
                _spread(row.values(IS), "{:.2f}"),
                _spread(row.values(FID), "{:.1f}"),
                _spread(row.inception_values(IS), "{:.2f}"),
                _spread(row.inception_values(FID), "{:.1f}"),
                _spread(100 * row.values("label_accuracy"), "{:.1f}%"),
                _spread(row.values("generator_steps"), "{:.0f}", deviation=False),
                _spread(row.values("passes"), "{:.1f}", deviation=False),
                _spread(row.values("minutes"), "{:.1f}", deviation=False),
            ]
        )
        second.append([title, *(_spread(row.values(key), "{:.2f}") for key in FIDELITY_KEYS)])
    inception = [_spread(_values([real_inception], key), form) for key, form in ((IS, "{:.2f}"), (FID, "{:.1f}"))]
    first.append(["real digits", "–", "–", f"{real[IS]:.2f}", f"{real[FID]:.1f}", *inception, "–", "–", "–", "–"])
    second.append(["real digits", *(_spread(_values([real], key), "{:.2f}") for key in FIDELITY_KEYS)])
    notes = "\n".join(f"- {note}" for note in [*_notes(table, real, runs), *missing])
    return f"# Table 1\n\n{_lines(first)}\n\n## Fidelity and diversity\n\n{_lines(second)}\n\n## Notes\n\n{notes}\n"


def _lines(cells: Sequence[Sequence[str]]) -> str:
    header, *body = cells
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *body))


def _notes(table: Sequence[Row], real: Dict[str, Any], runs: Sequence[Run]) -> List[str]:
    seeds = max(len(row.records) for row in table)
    notes = [
        f"Ours: {real['features']} features (the classifier in data/, SHA-256 {real['weights_sha256'][:12]}…), "
        f"{_each(run.settings.num_samples for run in runs)} samples per run, FID against {real['reference']}, IS over 10 splits; "
        f"profile {_each(run.profile for run in runs)}, "
        f"{'1 seed' if seeds == 1 else f'mean ± standard deviation over {seeds} seeds'}.",
        "The thesis's numbers come from Inception weights, and a number of samples, that it does not name: its columns and "
        "ours are on different scales, and only the order can be compared.",
        _inception_note(table),
        f"KID ({_subsets(runs)}), precision and recall (k = 3), density and coverage (k = 5) are in the features of ours.",
        "Real digits are the ceiling: IS of the 10,000 test digits themselves, the rest of 10,000 training digits against them.",
        f"Width (maps in the critic's first layer): {_by_method(table, runs, 'width')}. "
        f"An epoch, which the thesis does not define, is here: {_each(run.settings.epoch_unit for run in runs)}.",
        "Rows are to be compared at equal generator steps; a critic that steps more often sees more passes over the data. "
        f"Minutes are of training alone, on {_each(run.threads for run in runs)} thread(s); "
        "several runs may have gone side by side.",
    ]
    notes += few_images(run.settings.num_samples for run in runs)
    notes += filter(None, [order_note(table, IS, "IS", rising=True), order_note(table, FID, "FID", rising=False)])
    for row in table:
        notes += [f"{record['run']} {record['status']}." for record in row.records if record["status"] != FINISHED]
    return notes


def _subsets(runs: Sequence[Run]) -> str:
    """KID's, and a word where each is all of the images: it then has no deviation over subsets."""
    counts = [run.settings.num_samples for run in runs]
    if max(counts) > SUBSET_SIZE:
        return "over 100 subsets of 1,000, or of all where there are fewer"
    return f"over 100 subsets that each are all {_each(counts)} images, so that only the reference's part of its spread shows"


def _inception_note(table: Sequence[Row]) -> str:
    known = [scores for row in table for scores in row.inception]
    if not known:
        return f"Inception columns: – as {NO_INCEPTION}."
    digests = {scores["weights_sha256"] for scores in known}
    origin = "the published ones" if digests == {PUBLISHED_SHA256} else "not the published ones: not to be put beside others"
    return (
        f"Inception columns: {_each(scores['features'] for scores in known)} features, weights with SHA-256 "
        f"{', '.join(f'{digest[:12]}…' for digest in sorted(digests))} ({origin}), the same samples and reference."
    )


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


def _csv(table: Sequence[Row], real: Dict[str, Any], real_inception: Dict[str, Any]) -> str:
    numbers = [IS, FID, *FIDELITY_KEYS, "label_accuracy", "generator_steps", "critic_steps", "passes", "minutes"]
    in_inception = {f"inception_features_{key}": key for key in (IS, FID)}
    names = ["method", "seeds", f"thesis_{IS}", f"thesis_{FID}"]
    names += [f"{number}{end}" for number in (*numbers, *in_inception) for end in ("", "_seed_std")] + list(PROTOCOL)
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for row in table:
        cells: Dict[str, Any] = {"method": row.name, "seeds": len(row.records)}
        cells.update({f"thesis_{key}": row.published[key] for key in (IS, FID) if key in row.published})
        columns = {number: row.values(number) for number in numbers}
        columns.update({number: row.inception_values(key) for number, key in in_inception.items()})
        for number, values in columns.items():
            cells[number] = values.mean() if len(values) else ""
            cells[f"{number}_seed_std"] = values.std(ddof=1) if len(values) > 1 else ""
        cells.update({key: next((record[key] for record in row.records if key in record), "") for key in PROTOCOL})
        writer.writerow(cells)
    cells = {key: real[key] for key in (IS, FID, *FIDELITY_KEYS, *PROTOCOL) if key in real}
    cells.update({number: real_inception[key] for number, key in in_inception.items() if key in real_inception})
    writer.writerow({"method": "real", **cells})
    return text.getvalue()
