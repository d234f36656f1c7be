"""Table 1 from folders that look like finished runs."""

import csv
import json

import pytest
from helpers import write_run

from thesis_gan import files, methods
from thesis_gan.errors import Damaged, UserError
from thesis_gan.reproduction import inception_columns, table1
from thesis_gan.reproduction.table1 import FID, FIDELITY_KEYS, IS, KID, Row, order_note, rows
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import Run

PROTOCOL = {"features": "mnist", "weights_sha256": "0123456789abcdef" * 4, "num_samples": 500, "reference": "mnist-test"}
REAL = {IS: 9.5, "inception_score_std": 0.25, FID: 1.25, **PROTOCOL}


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder for results; real digits score what REAL says, without the classifier."""
    monkeypatch.setattr(table1, "real_scores", lambda folder: REAL)
    return tmp_path


def scored(results, method, seed, score, distance, **more):
    return write_run(results, method, seed, **{IS: score, FID: distance, **PROTOCOL, **more})


def written(results, weights=None):
    return table1.write(ThesisResults(results), weights).markdown


def table_of(text, number):
    """The lines of the first (0) or second (1) table in the Markdown."""
    blocks = [block for block in text.split("\n\n") if block.startswith("|")]
    return blocks[number].splitlines()


def cells_of(text, title, number=0):
    """The cells of the row that is called so."""
    found = [line for line in table_of(text, number) if line.startswith(f"| {title}")]
    assert len(found) == 1, text
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def row_of(text, title, number=0):
    """The row as {column: cell}."""
    columns = [cell.strip() for cell in table_of(text, number)[0].strip("|").split("|")]
    return dict(zip(columns, cells_of(text, title, number)))


def notes_of(text):
    return [line[2:] for line in text.splitlines() if line.startswith("- ")]


def test_row_shows_the_thesis_numbers_beside_ours(results):
    scored(results, "wgan", 0, 4.567, 89.01)
    row = row_of(written(results), "WGAN")
    assert (float(row["IS, thesis"]), float(row["FID, thesis"])) == pytest.approx((1.5933928, 179.75687), rel=1e-5)
    assert (row["IS, ours"], row["FID, ours"]) == ("4.57", "89.0")


def test_two_seeds_are_shown_as_mean_and_sample_deviation(results):
    scored(results, "dcgan", 0, 6.0, 10.0)
    scored(results, "dcgan", 1, 7.0, 14.0)
    text = written(results)
    row = row_of(text, "DCGAN")
    assert (row["IS, ours"], row["FID, ours"]) == ("6.50 ± 0.71", "12.0 ± 2.8")
    assert any("mean ± standard deviation over 2 seeds" in note for note in notes_of(text))


def test_one_seed_is_shown_without_a_deviation(results):
    scored(results, "dcgan", 0, 6.0, 10.0)
    text = written(results)
    assert "±" not in text
    assert any("1 seed" in note for note in notes_of(text))


def test_row_shows_what_the_run_cost(results):
    scored(results, "dcgan", 0, 6.0, 10.0, generator_steps=3000, passes=3.2017, minutes=1.26)
    row = row_of(written(results), "DCGAN")
    assert (row["generator steps"], row["passes over the data"], row["minutes"]) == ("3000", "3.2", "1.3")


def test_note_says_whether_rows_have_equal_generator_steps(results):
    scored(results, "dcgan", 0, 6.0, 10.0, generator_steps=3000)
    scored(results, "wgan", 0, 6.0, 10.0, generator_steps=3000)
    assert any(note.startswith("Rows are to be compared at equal generator steps; ") for note in notes_of(written(results)))
    scored(results, "wgan-gp", 0, 6.0, 10.0, generator_steps=600)
    assert any(note.startswith("Rows differ in generator steps: ") for note in notes_of(written(results)))


def test_cgan_has_dashes_for_the_thesis_and_its_labels_share(results):
    scored(results, "cgan", 0, 7.0, 9.0, label_accuracy=0.9876)
    scored(results, "dcgan", 0, 7.0, 9.0)
    row = row_of(written(results), "CGAN")
    assert (row["IS, thesis"], row["FID, thesis"], row["labels obeyed"]) == ("–", "–", "98.8%")


def test_method_without_labels_has_a_dash_for_them_and_without_any_there_is_no_such_column(results):
    scored(results, "dcgan", 0, 7.0, 9.0)
    assert "labels obeyed" not in row_of(written(results), "DCGAN")
    scored(results, "cgan", 0, 7.0, 9.0, label_accuracy=0.9876)
    assert row_of(written(results), "DCGAN")["labels obeyed"] == "–"


def test_real_digits_are_the_last_row(results):
    scored(results, "dcgan", 0, 7.0, 9.0)
    row = row_of(written(results), "real digits")
    assert (row["IS, ours"], row["FID, ours"]) == ("9.50", "1.2")


def test_rows_come_in_the_order_of_the_table(results):
    for name in ("wgan-gp", "wgan", "cgan", "dcgan"):
        scored(results, name, 0, 7.0, 9.0)
    assert [row.name for row in rows(Results(results).runs)] == ["dcgan", "cgan", "wgan", "wgan-gp"]


def test_the_run_for_figure_10_is_no_row(results):
    scored(results, "wgan", 0, 7.0, 9.0)
    write_run(results, "wgan", 0, name="wgan-plain5-seed0", **{IS: 1.0, FID: 500.0})
    assert [len(row.records) for row in rows(Results(results).runs)] == [1]
    assert row_of(written(results), "WGAN")["IS, ours"] == "7.00"


def test_diverged_run_is_counted_in_its_row_and_named_in_the_notes(results):
    scored(results, "wgan", 0, 4.0, 90.0)
    write_run(results, "wgan", 1, status="diverged: a loss was not finite by generator step 12")
    text = written(results)
    row = row_of(text, "WGAN")
    assert "1 of 2 diverged" in cells_of(text, "WGAN")[0]
    assert row["IS, ours"] == "4.00"
    assert "wgan-seed1 diverged: a loss was not finite by generator step 12." in notes_of(text)


def test_method_whose_every_run_diverged_keeps_its_row(results):
    write_run(results, "wgan", 0, status="diverged: a loss was not finite by generator step 12")
    text = written(results)
    assert cells_of(text, "WGAN")[0] == "WGAN (1 of 1 diverged)"
    assert (row_of(text, "WGAN")["IS, ours"], row_of(text, "WGAN")["FID, ours"]) == ("–", "–")


def test_notes_give_the_protocol(results):
    scored(results, "dcgan", 0, 7.0, 9.0)
    notes = " ".join(notes_of(written(results)))
    for part in ("mnist features", "0123456789ab", "500 samples", "mnist-test", "profile smoke"):
        assert part in notes


CHANCE = " With fewer than 3 seeds, chance may have ordered ours."


def row(name, key, *numbers):
    kind = methods.find(name)
    return Row(name, kind.title, kind.published, [{key: number} for number in numbers])


def test_order_note_says_that_orders_agree():
    table = [row("dcgan", IS, 1.0, 1.1, 1.2), row("wgan", IS, 2.0, 2.1, 2.2), row("wgan-gp", IS, 3.0, 3.1, 3.2)]
    said = "IS: the thesis's order, DCGAN < WGAN < WGAN-GP, is ours too."
    assert order_note(table, IS, "IS", rising=True) == said
    table[1] = row("wgan", IS, 2.0, 2.1)
    assert order_note(table, IS, "IS", rising=True) == f"{said}{CHANCE}"


def test_order_note_says_how_orders_differ():
    table = [row("dcgan", FID, 5.0), row("wgan", FID, 50.0), row("wgan-gp", FID, 3.0)]
    expected = "FID: the thesis's order is DCGAN > WGAN > WGAN-GP; ours differs: WGAN > DCGAN > WGAN-GP."
    expected += CHANCE
    assert order_note(table, FID, "FID", rising=False) == expected


def test_order_note_goes_by_the_mean_over_seeds():
    table = [row("dcgan", IS, 1.0, 6.0), row("wgan", IS, 4.0, 4.2)]
    assert "is ours too" in order_note(table, IS, "IS", rising=True)


@pytest.mark.parametrize("table", [[], [row("dcgan", IS, 1.0)], [row("dcgan", IS, 1.0), row("cgan", IS, 2.0)]])
def test_order_of_fewer_than_two_methods_of_the_thesis_is_not_told(table):
    assert order_note(table, IS, "IS", rising=True) is None


def test_order_note_leaves_out_a_method_without_scores():
    table = [row("dcgan", IS, 1.0), row("wgan", IS), row("wgan-gp", IS, 3.0)]
    assert order_note(table, IS, "IS", rising=True) == f"IS: the thesis's order, DCGAN < WGAN-GP, is ours too.{CHANCE}"


def test_order_notes_are_in_the_table(results):
    for name, score, distance in (("dcgan", 6.0, 10.0), ("wgan", 4.0, 90.0), ("wgan-gp", 7.0, 9.0)):
        scored(results, name, 0, score, distance)
    notes = notes_of(written(results))
    assert f"IS: the thesis's order is DCGAN < WGAN < WGAN-GP; ours differs: WGAN < DCGAN < WGAN-GP.{CHANCE}" in notes
    assert f"FID: the thesis's order is DCGAN > WGAN > WGAN-GP; ours differs: WGAN > DCGAN > WGAN-GP.{CHANCE}" in notes


def read_table(results):
    with open(str(results / "table1.csv"), encoding="utf-8", newline="") as file:
        return {line["method"]: line for line in csv.DictReader(file)}


def test_csv_has_means_deviations_the_thesis_numbers_and_the_protocol(results):
    scored(results, "dcgan", 0, 6.0, 10.0, minutes=1.0)
    scored(results, "dcgan", 1, 7.0, 14.0, minutes=2.0)
    written(results)
    line = read_table(results)["dcgan"]
    assert (line["seeds"], float(line[IS]), float(line[FID]), float(line["minutes"])) == ("2", 6.5, 12.0, 1.5)
    assert float(line[f"{IS}_seed_std"]) == pytest.approx(0.5**0.5)
    assert float(line[f"{FID}_seed_std"]) == pytest.approx(8**0.5)
    assert (float(line[f"thesis_{IS}"]), float(line[f"thesis_{FID}"])) == (1.483697, 203.75015)
    assert {key: line[key] for key in PROTOCOL} == {key: str(value) for key, value in PROTOCOL.items()}


def test_csv_leaves_empty_what_there_is_not(results):
    scored(results, "cgan", 0, 6.0, 10.0)
    written(results)
    line = read_table(results)["cgan"]
    assert [line[key] for key in (f"thesis_{IS}", f"{IS}_seed_std", "label_accuracy")] == ["", "", ""]


def test_csv_has_the_real_digits(results):
    scored(results, "dcgan", 0, 6.0, 10.0)
    written(results)
    line = read_table(results)["real"]
    assert (float(line[IS]), float(line[FID]), line["reference"]) == (9.5, 1.25, "mnist-test")


def test_csv_gives_the_protocol_though_the_first_seed_diverged(results):
    write_run(results, "dcgan", 0, status="diverged: a loss was not finite by generator step 12")
    scored(results, "dcgan", 1, 6.0, 10.0)
    written(results)
    assert read_table(results)["dcgan"]["features"] == "mnist"


def test_metrics_json_lists_the_records_of_all_rows(results):
    expected = [
        scored(results, "dcgan", 0, 6.0, 10.0),
        scored(results, "dcgan", 1, 7.0, 14.0),
        write_run(results, "wgan", 0, status="diverged: a loss was not finite by generator step 12"),
    ]
    written(results)
    assert json.loads((results / "metrics.json").read_text(encoding="utf-8")) == expected


def test_markdown_file_is_what_is_returned(results):
    scored(results, "dcgan", 0, 6.0, 10.0)
    text = written(results)
    assert (results / "table1.md").read_text(encoding="utf-8") == text


def test_runs_without_scores_are_left_out(results):
    scored(results, "dcgan", 0, 6.0, 10.0)
    write_run(results, "wgan", 0)
    (results / "runs" / "wgan-seed0" / "metrics.json").unlink()
    assert [run.name for run in Results(results).runs] == ["dcgan-seed0"]


def test_seeds_come_in_the_order_of_numbers(results):
    for seed in (10, 2, 0):
        scored(results, "dcgan", seed, 6.0, 10.0)
    assert [run.seed for run in Results(results).runs] == [0, 2, 10]


def test_results_without_runs_are_an_error_with_the_remedy(results):
    with pytest.raises(UserError, match=r"holds no finished runs; start \./run_all\.sh"):
        written(results)


def test_a_run_goes_by_the_name_that_its_folder_has(results):
    scored(results, "dcgan", 0, 7.5, 50.0)
    record = files.read_json(results / "runs" / "dcgan-seed0" / "metrics.json")
    files.write_json(results / "runs" / "dcgan-seed0" / "metrics.json", {**record, "run": "before"})
    assert row_of(written(results), "DCGAN")["IS, ours"] == "7.50"
    assert [record["run"] for record in files.read_json(results / "metrics.json")] == ["dcgan-seed0"]


@pytest.mark.parametrize("score", ["x", [], None, True])
def test_a_score_that_is_no_number_is_damage(score, results):
    scored(results, "dcgan", 0, score, 50.0)
    with pytest.raises(Damaged, match=r"metrics\.json is damaged"):
        _ = Run(results / "runs" / "dcgan-seed0").metrics


def test_real_scores_are_kept_and_made_anew_for_another_classifier_or_other_metrics(tmp_path, monkeypatch):
    class Features:
        weights_sha256 = "new"

    made = []
    monkeypatch.setattr(table1, "MNISTFeatures", Features)
    monkeypatch.setattr(table1, "_score_real", lambda features: made.append(1) or {IS: 1.0, "weights_sha256": "new"})
    path = tmp_path / "real.json"
    more = dict.fromkeys(FIDELITY_KEYS, 0.5)
    known = {IS: 9.0, FID: 1.0, "weights_sha256": "new", **more}
    path.write_text(json.dumps(known), encoding="utf-8")
    assert table1.real_scores(tmp_path)[IS] == 9
    assert not made
    for old in ({**known, "weights_sha256": "old"}, {IS: 9.0, FID: 1.0, "weights_sha256": "new"}, {**known, IS: "x"}, [], None):
        path.write_text(json.dumps(old), encoding="utf-8")
        assert table1.real_scores(tmp_path)[IS] == 1
        assert json.loads(path.read_text(encoding="utf-8"))["weights_sha256"] == "new"


def test_second_table_shows_fidelity_and_diversity(results):
    numbers = {KID: 1.234, "precision": 0.9, "recall": 0.8, "density": 1.05, "coverage": 0.7}
    scored(results, "dcgan", 0, 6.0, 10.0, **numbers)
    scored(results, "wgan", 0, 6.0, 10.0)
    text = written(results)
    expected = {"KID": "1.23", "precision": "0.90", "recall": "0.80", "density": "1.05", "coverage": "0.70"}
    assert row_of(text, "DCGAN", 1) == {"": "DCGAN", **expected}
    assert set(list(row_of(text, "WGAN", 1).values())[1:]) == {"–"}
    assert float(read_table(results)["dcgan"][KID]) == 1.234
    assert read_table(results)["wgan"]["recall"] == ""


def keep_inception(results, name, score, distance, digest="f" * 64):
    record = {IS: score, FID: distance, "features": "inception", "weights_sha256": digest}
    (results / name).write_text(json.dumps(record), encoding="utf-8")


def test_there_are_no_inception_columns_and_the_reason_is_said_where_no_weights_are_at_hand(results):
    scored(results, "dcgan", 0, 6.0, 10.0)
    text = written(results)
    assert not {"IS, Inception", "FID, Inception"} & set(row_of(text, "DCGAN"))
    assert any("no Inception weights are at hand; thesis-gan table --weights FILE" in note for note in notes_of(text))


def test_inception_columns_are_filled_from_what_is_kept_with_their_weights(results):
    scored(results, "dcgan", 0, 6.0, 10.0)
    scored(results, "dcgan", 1, 6.0, 10.0)
    scored(results, "wgan", 0, 6.0, 10.0)
    keep_inception(results, "runs/dcgan-seed0/inception.json", 2.0, 20.0)
    keep_inception(results, "runs/dcgan-seed1/inception.json", 3.0, 24.0)
    keep_inception(results, "real-inception.json", 2.5, 1.0)
    text = written(results)
    row = row_of(text, "DCGAN")
    assert (row["IS, Inception"], row["FID, Inception"]) == ("2.50 ± 0.71", "22.0 ± 2.8")
    assert row_of(text, "WGAN")["IS, Inception"] == "–"
    assert row_of(text, "real digits")["FID, Inception"] == "1.0"
    assert any("SHA-256 ffffffffffff… (not the published ones" in note for note in notes_of(text))
    line = read_table(results)["dcgan"]
    assert (float(line[f"inception_features_{IS}"]), float(line[f"inception_features_{FID}"])) == (2.5, 22)


def test_inception_scores_are_made_where_weights_are_at_hand_and_kept(results, tmp_path, monkeypatch):
    """By the published weights, as far as the program can tell; without the network, which has its own tests."""
    made = []

    def evaluate(run, context, features):
        made.append((run.name, features))
        return {IS: 2.0, FID: 20.0, "features": "inception", "weights_sha256": files.sha256(weights)}

    weights = tmp_path / "weights"
    weights.write_text("some weights")
    monkeypatch.setattr(inception_columns, "InceptionFeatures", lambda path, context: path)
    monkeypatch.setattr(Run, "evaluate", evaluate)
    monkeypatch.setattr(table1, "_score_real", lambda features: evaluate(Run(results / "runs" / "dcgan-seed0"), None, features))
    monkeypatch.setattr(table1, "PUBLISHED_SHA256", files.sha256(weights))
    scored(results, "dcgan", 0, 6.0, 10.0)
    write_run(results, "wgan", 0, status="diverged: a loss was not finite by generator step 12")
    text = written(results, weights)
    assert made == [("dcgan-seed0", weights)] * 2
    assert row_of(text, "DCGAN")["FID, Inception"] == row_of(text, "real digits")["FID, Inception"] == "20.0"
    assert row_of(text, "WGAN")["FID, Inception"] == "–"
    assert any("(the published ones)" in note for note in notes_of(text))
    assert written(results, weights) == written(results) == text
    assert len(made) == 2
    weights.write_text("other weights")
    written(results, weights)
    assert len(made) == 4
