"""Table 1 of the thesis beside ours: table1.md, table1.csv, metrics.json."""

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.comparison.rows import FID, IS, KID, PROTOCOL, Row, numbers, rows
from thesis_gan.data import mnist
from thesis_gan.json_shape import conforms, is_number, is_text
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.metrics.evaluate import evaluate, few_images
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.inception_score import inception_score
from thesis_gan.metrics.inception_weights import PUBLISHED_SHA256, weights_at_hand
from thesis_gan.metrics.kernel import SUBSET_SIZE
from thesis_gan.reproduction.claims.base import MINIMUM_SEEDS
from thesis_gan.reproduction.inception_columns import FILE, InceptionScores
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.run import FINISHED, Run
from thesis_gan.streams import Streams
from thesis_gan.tables import NONE, Page, Table, each, filled, spread, spread_cells, spread_columns, to_csv

FIDELITY_KEYS = (KID, "precision", "recall", "density", "coverage")

EQUAL_STEPS = "Rows are to be compared at equal generator steps; a critic that steps more often sees more passes over the data."
EQUAL_EPOCHS = (
    "Rows differ in generator steps: where an epoch is a pass of the critic over the data, a critic that steps more often leaves "
    "its generator fewer steps."
)


def write(results: ThesisResults, weights: Optional[Path] = None) -> Page:
    """Write the three files; returns the tables and their notes.

    weights: the file of Inception weights for that part of the table, by default the one in the cache, if it is there;
    nothing is downloaded.
    """
    scores = _scores(results, InceptionScores(weights_at_hand() if weights is None else weights))
    page = _page(results, *scores)
    files.write_json(results.folder / "metrics.json", [record for row in scores[0] for record in row.records])
    files.write_text(results.folder / "table1.csv", _csv(*scores))
    files.write_text(results.folder / "table1.md", page.markdown)
    return page


def read(results: ThesisResults) -> Page:
    """The tables and their notes of what has been scored: nothing is scored now, and nothing written."""
    return _page(results, *_scores(results, InceptionScores(None)))


def _scores(results: ThesisResults, inception: InceptionScores) -> Tuple[List[Row], Dict[str, Any], Dict[str, Any]]:
    """Rows, and what real digits score by the classifier and in Inception features."""
    runs = {run.name: run for run in results.in_table}
    table = [row._replace(inception=_inception_scores(row, runs, inception)) for row in rows(results.in_table)]
    return table, real_scores(results.folder), inception.kept(results.folder / f"real-{FILE}", _score_real)


def _page(results: ThesisResults, table: Sequence[Row], real: Dict[str, Any], real_inception: Dict[str, Any]) -> Page:
    tables = [_beside_the_thesis(table, real, real_inception), _fidelity_and_diversity(table, real)]
    return Page("Table 1", list(map(filled, tables)), [*_notes(table, real, results.in_table), *results.left_out], "Notes")


def real_scores(results: Path) -> Dict[str, Any]:
    """What real digits score: the Inception Score of the test set itself, the rest of 10,000 training digits against it.

    Kept in ``results``/real.json, and made anew when the classifier is another.
    """
    path, features = results / "real.json", MNISTFeatures()
    if path.exists():
        known = files.read_json(path)
        shape = {"weights_sha256": is_text, **dict.fromkeys((IS, FID, *FIDELITY_KEYS), is_number)}
        if conforms(known, shape) and known["weights_sha256"] == features.weights_sha256:
            return known
    scores = _score_real(features)
    files.write_json(path, scores)
    return scores


def _score_real(features: FeatureNetwork) -> Dict[str, Any]:
    test, training = mnist.load("test").images, mnist.load("train").images
    some = training[Streams(0).at("real digits", 0).permutation(len(training))[: len(test)]]
    scores = evaluate(some, test, mnist.MNIST.reference, features)
    scores["inception_score_mean"], scores["inception_score_std"] = inception_score(features(test).logits)
    return scores


def _inception_scores(row: Row, runs: Mapping[str, Run], inception: InceptionScores) -> List[Dict[str, Any]]:
    finished = [runs[record["run"]] for record in row.records if record["status"] == FINISHED]
    scores = (inception.kept(run.folder / FILE, lambda features, run=run: run.evaluate(mx.cpu(), features)) for run in finished)
    return list(filter(None, scores))


def order_note(table: Sequence[Row], key: str, name: str, rising: bool) -> Optional[str]:
    """How the methods that the thesis scored are ordered by ``key`` there and here; None with fewer than two of them."""
    scored = [row for row in table if key in row.published and len(row.values(key))]
    if len(scored) < 2:
        return None
    sign = 1 if rising else -1
    ours = [row.title for row in sorted(scored, key=lambda row: sign * row.values(key).mean())]
    thesis = [row.title for row in sorted(scored, key=lambda row: sign * row.published[key])]
    between = " < " if rising else " > "
    few = any(len(row.values(key)) < MINIMUM_SEEDS for row in scored)
    chance = f" With fewer than {MINIMUM_SEEDS} seeds, chance may have ordered ours." if few else ""
    if ours == thesis:
        return f"{name}: the thesis's order, {between.join(thesis)}, is ours too.{chance}"
    return f"{name}: the thesis's order is {between.join(thesis)}; ours differs: {between.join(ours)}.{chance}"


def _beside_the_thesis(table: Sequence[Row], real: Dict[str, Any], real_inception: Dict[str, Any]) -> Table:
    header = ["", "IS, thesis", "FID, thesis", "IS, ours", "FID, ours", "IS, Inception", "FID, Inception", "labels obeyed"]
    header += ["generator steps", "passes over the data", "minutes"]
    lines = [
        [
            row.label,
            _published(row, IS),
            _published(row, FID),
            spread(row.values(IS), "{:.2f}"),
            spread(row.values(FID), "{:.1f}"),
            spread(numbers(row.inception, IS), "{:.2f}"),
            spread(numbers(row.inception, FID), "{:.1f}"),
            spread(100 * row.values("label_accuracy"), "{:.1f}%"),
            spread(row.values("generator_steps"), "{:.0f}", deviation=False),
            spread(row.values("passes"), "{:.1f}", deviation=False),
            spread(row.values("minutes"), "{:.1f}", deviation=False),
        ]
        for row in table
    ]
    inception = [spread(numbers([real_inception], key), form) for key, form in ((IS, "{:.2f}"), (FID, "{:.1f}"))]
    lines.append(["real digits", NONE, NONE, f"{real[IS]:.2f}", f"{real[FID]:.1f}", *inception, *[NONE] * 4])
    return Table(header, lines)


def _fidelity_and_diversity(table: Sequence[Row], real: Dict[str, Any]) -> Table:
    lines = [[row.label, *(spread(row.values(key), "{:.2f}") for key in FIDELITY_KEYS)] for row in table]
    lines.append(["real digits", *(spread(numbers([real], key), "{:.2f}") for key in FIDELITY_KEYS)])
    return Table(["", "KID", "precision", "recall", "density", "coverage"], lines, "Fidelity and diversity")


def _notes(table: Sequence[Row], real: Dict[str, Any], runs: Sequence[Run]) -> List[str]:
    seeds = max(len(row.records) for row in table)
    steps = {record["generator_steps"] for row in table for record in row.records if record["status"] == FINISHED}
    notes = [
        f"Ours: {real['features']} features (the classifier in data/, SHA-256 {real['weights_sha256'][:12]}…), "
        f"{each(run.settings.num_samples for run in runs)} samples per run, FID against {real['reference']}, IS over 10 splits; "
        f"profile {each(run.profile for run in runs)}, "
        f"{'1 seed' if seeds == 1 else f'mean ± standard deviation over {seeds} seeds'}.",
        "The thesis's numbers come from Inception weights, and a number of samples, that it does not name: its columns and "
        "ours are on different scales, and only the order can be compared.",
        _inception_note(table),
        f"KID ({_subsets(runs)}), precision and recall (k = 3), density and coverage (k = 5) are in the features of ours.",
        "Real digits are the ceiling: IS of the 10,000 test digits themselves, the rest of 10,000 training digits against them.",
        f"Width (maps in the critic's first layer): {_by_method(table, runs, 'width')}. "
        f"An epoch, which the thesis does not define, is here: {each(run.settings.epoch_unit for run in runs)}.",
        f"{EQUAL_STEPS if len(steps) <= 1 else EQUAL_EPOCHS} "
        f"Minutes are of training alone, on {each(run.threads for run in runs)} thread(s); "
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
    return f"over 100 subsets that each are all {each(counts)} images, so that only the reference's part of its spread shows"


def _inception_note(table: Sequence[Row]) -> str:
    known = [scores for row in table for scores in row.inception]
    if not known:
        return (
            "There are no Inception columns, as no Inception weights are at hand; thesis-gan table --weights FILE takes them, "
            "and so does every later table once thesis-gan evaluate --features inception has downloaded them."
        )
    digests = {scores["weights_sha256"] for scores in known}
    origin = "the published ones" if digests == {PUBLISHED_SHA256} else "not the published ones: not to be put beside others"
    return (
        f"Inception columns: {each(scores['features'] for scores in known)} features, weights with SHA-256 "
        f"{', '.join(f'{digest[:12]}…' for digest in sorted(digests))} ({origin}), the same samples and reference."
    )


def _by_method(table: Sequence[Row], runs: Sequence[Run], setting: str) -> str:
    by_name = {run.config["method"]: getattr(run.settings, setting) for run in runs}
    if len(set(by_name.values())) == 1:
        return str(by_name[table[0].name])
    return ", ".join(f"{row.title} {by_name[row.name]}" for row in table)


def _published(row: Row, key: str) -> str:
    return f"{row.published[key]:g}" if key in row.published else NONE


def _csv(table: Sequence[Row], real: Dict[str, Any], real_inception: Dict[str, Any]) -> str:
    keys = [IS, FID, *FIDELITY_KEYS, "label_accuracy", "generator_steps", "critic_steps", "passes", "minutes"]
    in_inception = {f"inception_features_{key}": key for key in (IS, FID)}
    columns = ["method", "seeds", f"thesis_{IS}", f"thesis_{FID}"]
    columns += [column for key in (*keys, *in_inception) for column in spread_columns(key)] + list(PROTOCOL)
    lines = []
    for row in table:
        cells = {**row.cells, **{f"thesis_{key}": row.published[key] for key in (IS, FID) if key in row.published}}
        for key in keys:
            cells.update(spread_cells(key, row.values(key)))
        for column, key in in_inception.items():
            cells.update(spread_cells(column, numbers(row.inception, key)))
        lines.append(cells)
    cells = {key: real[key] for key in (IS, FID, *FIDELITY_KEYS, *PROTOCOL) if key in real}
    cells.update({column: real_inception[key] for column, key in in_inception.items() if key in real_inception})
    return to_csv(columns, [*lines, {"method": "real", **cells}])
