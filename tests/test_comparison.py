"""All methods side by side: the extended table from folders that look like runs, the pictures from tiny ones."""

import csv
import json
import math

import numpy as np
import pytest
from helpers import write_run
from PIL import Image

from thesis_gan import data, methods
from thesis_gan.comparison import images as comparison
from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.comparison.rows import FID, IS
from thesis_gan.data.images import grid
from thesis_gan.data.picture_files import write_picture
from thesis_gan.errors import UserError
from thesis_gan.reproduction.plan import WGAN_PLAIN, default_methods, plan
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs import figure_style as style
from thesis_gan.runs.find import Results

SCORES = {IS: 5.0, FID: 100.0, "features": "mnist", "num_samples": 500, "reference": "mnist-test", "weights_sha256": "0" * 64}


@pytest.fixture
def drawn(monkeypatch):
    """Pictures of runs without a generator: what was drawn, by kind."""
    kinds = []
    for name in ("side_by_side", "over_epochs"):
        monkeypatch.setattr(comparison, name, lambda runs, name=name: kinds.append((name, [run.name for run in runs])))
    return kinds


def table_of(text):
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {line[0]: dict(zip(lines[0], line)) for line in lines[2:]}


def test_row_shows_every_number_that_the_run_has_and_a_dash_for_others(tmp_path, drawn):
    more = {"kernel_inception_distance_mean": 0.0123, "precision": 0.5, "modes_found": 9, "class_kl": 0.25}
    write_run(tmp_path, "lsgan", 0, **SCORES, **more)
    write_run(tmp_path, "gan", 0, **SCORES, recall=0.25)
    table = table_of(comparison.write(Results(tmp_path)).markdown)
    assert list(table) == ["GAN", "LSGAN"]
    row = table["LSGAN"]
    assert (row["IS"], row["FID"], row["KID"], row["precision"], row["recall"]) == ("5.00", "100.0", "0.0123", "0.500", "–")
    assert (row["digits found"], row["KL of digits"], row["generator steps"]) == ("9", "0.250", "30")
    assert table["GAN"]["digits found"] == "–"
    assert not {"labels obeyed", "sliced Wasserstein", "Wasserstein distance"} & set(row)  # of which neither has a number


def test_seeds_are_shown_as_mean_and_deviation_and_divergence_in_its_row(tmp_path, drawn):
    for seed, kl in ((0, 0.1), (1, 0.3)):
        write_run(tmp_path, "gan", seed, **SCORES, class_kl=kl)
    write_run(tmp_path, "wgan", 0, status="diverged: a loss was not finite by generator step 3")
    table = table_of(comparison.write(Results(tmp_path)).markdown)
    assert table["GAN"]["KL of digits"] == "0.200 ± 0.141"
    assert table["WGAN (1 of 1 diverged)"]["IS"] == "–"
    with open(str(tmp_path / "comparison.csv"), encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert float(first["class_kl"]) == pytest.approx(0.2) and float(first["class_kl_seed_std"]) == pytest.approx(math.sqrt(0.02))
    assert (second["method"], second["class_kl"]) == ("wgan", "")


def test_pictures_are_of_the_finished_runs_of_the_first_seed(tmp_path, drawn):
    for name, seed in (("gan", 0), ("gan", 1), ("lsgan", 0), ("lsgan-reg", 0)):
        write_run(tmp_path, name, seed, **SCORES)
    write_run(tmp_path, "wgan", 0, status="diverged: a loss was not finite by generator step 3")
    comparison.write(Results(tmp_path))
    lsgans = ["lsgan-seed0", "lsgan-reg-seed0"]
    assert drawn == [("side_by_side", ["gan-seed0", *lsgans]), ("over_epochs", lsgans)]


@pytest.mark.parametrize("profile", COMPARISONS)
def test_picture_of_mode_collapse_has_three_seeds_and_the_others_the_first(tmp_path, drawn, profile):
    for seed in range(4):
        write_run(tmp_path, "gan", seed, profile=profile, **SCORES)
    comparison.write(Results(tmp_path))
    assert drawn == [("side_by_side", [f"gan-seed{seed}" for seed in range(3 if profile == "collapse" else 1)])]


def write_sheets(results, name, epochs):
    """Sheets that are as bright as their epoch's number."""
    for epoch in epochs:
        sheet = np.full((28, 28, 1), epoch, np.uint8)
        write_picture(results / "runs" / name / "samples" / f"epoch-{epoch:04d}.png", sheet)


def shown(figure):
    """(title, brightness) of each place in a figure of such sheets; None where it is free."""
    return [
        (axis.get_title(), int(axis.get_images()[0].get_array()[0, 0])) if axis.get_images() else None for axis in figure.axes
    ]


def test_sheets_of_the_last_step_stand_in_a_row_per_seed_and_a_column_per_method(tmp_path):
    for place, (name, seed) in enumerate([("gan", 0), ("gan", 1), ("wgan", 0), ("lsgan", 0), ("lsgan", 1)]):
        write_run(tmp_path, name, seed, profile="collapse", modes_found=seed + 3, class_kl=0.5)
        write_sheets(tmp_path, f"{name}-seed{seed}", (1, 100 + place))
    first = [("GAN, seed 0: 3 of 10 digits, KL 0.50", 100), ("WGAN, seed 0: 3 of 10 digits, KL 0.50", 102)]
    second = [("GAN, seed 1: 4 of 10 digits, KL 0.50", 101), None]
    third = [("LSGAN, seed 0: 3 of 10 digits, KL 0.50", 103), ("LSGAN, seed 1: 4 of 10 digits, KL 0.50", 104)]
    found = comparison.side_by_side(Results(tmp_path).runs)
    assert shown(found) == [*first, third[0], *second, third[1]]
    assert [axis.get_subplotspec().rowspan.start for axis in found.axes] == [0, 0, 0, 1, 1, 1]


def test_one_seed_stands_in_rows_of_four(tmp_path):
    names = methods.names()[:6]
    for name in names:
        write_run(tmp_path, name, 0)
        write_sheets(tmp_path, f"{name}-seed0", [7])
    found = comparison.side_by_side(Results(tmp_path).runs)
    assert shown(found) == [*((run.method.title, 7) for run in Results(tmp_path).runs), None, None]
    assert found.axes[4].get_subplotspec().rowspan.start == 1


def test_a_sheet_with_a_row_per_class_lies_below_the_others_with_a_column_per_class(tmp_path):
    """19 classes of hair, ten faces of each: face k of class c is 10 c + k bright in all its pixels."""
    faces = data.find("faces")
    of = {**SCORES, "modes_found": 19, "class_kl": 0.01}
    for name in ("dcgan", "cgan", "wgan"):
        write_run(tmp_path, name, 0, profile="faces", **of)
        write_picture(
            tmp_path / "runs" / f"{name}-seed0" / "samples" / "epoch-0001.png", np.full((8 * 64, 8 * 64, 3), 7, np.uint8)
        )
    images = np.repeat(np.arange(190, dtype=np.uint8), 64 * 64 * 3).reshape(190, 64, 64, 3)
    write_picture(tmp_path / "runs" / "cgan-seed0" / "samples" / "epoch-0001.png", grid(images, 10))
    *standing, lying = comparison.side_by_side(Results(tmp_path).runs).axes
    assert [axis.get_title().split(":")[0] for axis in (*standing, lying)] == ["DCGAN", "WGAN", "CGAN"]
    drawn = lying.get_images()[0].get_array()
    assert drawn.shape == (4 * 64, 19 * 64, 3)
    assert (drawn[::64, ::64, 0] == 10 * np.arange(19) + np.arange(4)[:, None]).all() and (
        drawn[63::64, 63::64] == drawn[::64, ::64]
    ).all()
    assert [label.get_text() for label in lying.get_xticklabels()] == list(faces.classes)
    style.save(style.sheets([], [], wide=[style.Wide("$x_$", drawn, ["$x_$", "caf\udce9"])]), tmp_path / "x.png", [])
    place = lying.get_subplotspec()
    assert (place.rowspan.start, place.colspan.start, place.colspan.stop) == (1, 0, 2)


def test_a_picture_has_no_line_drawn_over_it(tmp_path):
    """A sheet of one colour, with names below its columns, is of that colour in all of its place."""
    sheet = style.Wide("one colour", np.full((28, 56, 3), (200, 30, 90), np.uint8), ["left", "right"])
    style.save(style.sheets([], [], wide=[sheet]), tmp_path / "x.png", [])
    drawn = np.asarray(Image.open(str(tmp_path / "x.png")).convert("RGB"))
    rows, columns = np.where((drawn == (200, 30, 90)).all(axis=2))
    inside = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert inside.shape[0] > 100 and (inside == (200, 30, 90)).all()


def test_a_sheet_that_is_larger_than_its_place_is_smoothed_and_loses_no_line(tmp_path):
    """One black column of pixels in white ones, wherever it is, is seen in the figure."""
    for column in range(1000, 1010):
        sheet = np.full((1024, 1024, 1), 255, np.uint8)
        sheet[:, column] = 0
        figure = style.sheets([""], [sheet])
        style.save(figure, tmp_path / "x.png", [])
        assert np.asarray(Image.open(str(tmp_path / "x.png"))).min() < 220


def test_without_a_finished_run_there_is_a_table_and_no_picture(tmp_path):
    write_run(tmp_path, "gan", 0, status="diverged: a loss was not finite by generator step 3", profile="collapse")
    assert "GAN (1 of 1 diverged)" in comparison.write(Results(tmp_path)).markdown
    assert not (tmp_path / "figures").exists()


def test_lsgan_and_its_regularised_form_are_shown_at_five_epochs_from_the_first_to_the_last(tmp_path, monkeypatch):
    for name in ("lsgan", "lsgan-reg"):
        write_run(tmp_path, name, 0, **SCORES)
        write_sheets(tmp_path, f"{name}-seed0", range(1, 21))
    expected = [(f"{title}, epoch {epoch}", epoch) for title in ("LSGAN", "LSGAN′") for epoch in (1, 6, 11, 15, 20)]
    assert shown(comparison.over_epochs(Results(tmp_path).runs)) == expected


def test_without_sheets_of_several_epochs_that_picture_is_not_drawn(tmp_path):
    for name in ("lsgan", "lsgan-reg"):
        write_run(tmp_path, name, 0, **SCORES)
    assert comparison.over_epochs(Results(tmp_path).runs) is None


def test_when_critics_stand_still_is_said_in_the_table_and_under_the_picture(tmp_path, drawn):
    write_run(tmp_path, "gan", 0, profile="collapse", **SCORES)
    assert "- No critic update where it ranks more than 60% of pairs rightly." in comparison.write(Results(tmp_path)).markdown
    (run,) = Results(tmp_path).runs
    assert style.settings_line(run).endswith("30 generator steps, no critic update above 60% of pairs")
    write_run(tmp_path / "other", "gan", 0, **SCORES)
    assert "No critic update" not in comparison.write(Results(tmp_path / "other")).markdown


def on_pebbles(results, name):
    """A run that looks finished, on coloured images of two classes that are not here."""
    write_run(results, name, 0, **{**SCORES, "features": "pebbles"}, modes_found=2, class_kl=0.5)
    run = results / "runs" / f"{name}-seed0"
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    config["settings"]["data"]["value"] = "pebbles"
    config["data"] = {"shape": [3, 32, 32], "classes": ["round", "flat"], "sha256": "0" * 64}
    (run / "config.json").write_text(json.dumps(config), encoding="utf-8")
    write_picture(run / "samples" / "epoch-0001.png", np.full((32, 32, 3), (200, 100, 0), np.uint8))


def test_runs_on_other_images_are_compared_by_their_own_classes_and_are_no_part_of_the_thesis(tmp_path):
    for name in ("gan", "wgan"):
        on_pebbles(tmp_path, name)
    results = Results(tmp_path)
    text = comparison.write(results).markdown
    assert table_of(text)["GAN"]["classes found"] == "2" and "KL of classes" in text and "digit" not in text
    assert "of 2, as the metric classifier reads them" in text and "0 is even, 0.69 one class alone" in text
    assert [path.name for path in (tmp_path / "figures").iterdir()] == list(comparison.pictures(results)) == ["methods.png"]
    picture = np.asarray(Image.open(str(tmp_path / "figures" / "methods.png")).convert("RGB"))
    assert (picture == (200, 100, 0)).all(axis=-1).mean() > 0.3
    found = comparison.side_by_side(results.runs)
    assert [axis.get_title() for axis in found.axes] == ["GAN: 2 of 2 classes, KL 0.50", "WGAN: 2 of 2 classes, KL 0.50"]
    with pytest.raises(UserError, match="is on MNIST, which the thesis is about; `thesis-gan comparison`"):
        ThesisResults(tmp_path)


def test_runs_on_several_data_sets_are_not_put_into_one_table(tmp_path, drawn):
    on_pebbles(tmp_path, "gan")
    write_run(tmp_path, "wgan", 0, **SCORES)
    with pytest.raises(UserError, match="holds runs on mnist and pebbles; keep those on each in a folder of their own"):
        comparison.write(Results(tmp_path))
    assert [run.name for run in ThesisResults(tmp_path).runs] == ["wgan-seed0"]


def test_one_line_under_the_picture_is_for_all_seeds_of_a_method(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(style, "save", lambda figure, path, small_print: lines.extend(small_print))
    for name, seed in (("gan", 0), ("gan", 1), ("wgan", 1)):
        write_run(tmp_path, name, seed, profile="collapse", **SCORES)
        write_sheets(tmp_path, f"{name}-seed{seed}", [1])
    comparison.write(Results(tmp_path))
    assert [line.split(":")[0] for line in lines] == ["gan-seed0", "wgan-seed1"]


@pytest.mark.parametrize(("colour", "mode"), [("0.35", "L"), ("#0072B2", "RGBA")])
def test_picture_without_colours_is_kept_in_grey(tmp_path, colour, mode):
    figure, axis = style.pyplot.subplots(figsize=(2, 2))
    axis.set_axis_off()
    axis.plot([0, 1], color=colour, linewidth=20)
    style.save(figure, tmp_path / "x.png", [])
    picture = Image.open(str(tmp_path / "x.png"))
    assert picture.mode == mode
    expected = {"0.35": (89, 89, 89), "#0072B2": (0, 0x72, 0xB2)}[colour]
    assert picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2)) == expected


def test_comparing_profiles_train_what_they_compare_and_others_the_thesis(tmp_path):
    assert default_methods("quick") == ["dcgan", "cgan", "wgan", "wgan-gp"]
    assert default_methods("s1") == default_methods("s1-quick") == methods.names()
    assert default_methods("collapse") == ["gan", "lsgan", "wgan", "rsgan"]
    for profile in COMPARISONS:
        names = {run.folder.name for run in plan(profile, default_methods(profile), 1, tmp_path)}
        assert names == {f"{name}-seed0" for name in default_methods(profile)}
    assert f"{WGAN_PLAIN}-seed0" in {run.folder.name for run in plan("quick", ["wgan"], 1, tmp_path)}


def test_s1_quick_trains_every_method_for_twenty_times_150_generator_steps(tmp_path):
    runs = plan("s1-quick", methods.names(), 1, tmp_path)
    assert {run.method: run.job.total.generator_steps for run in runs} == dict.fromkeys(methods.names(), 3000)


def test_whole_comparison_from_training_to_report(tmp_path):
    """Two tiny runs of the profile itself."""
    from thesis_gan._compat import mx
    from thesis_gan.reproduction.run_all import write_outputs
    from thesis_gan.runs.train import train

    tiny = ("train_images=64", "batch_size=16", "width=1", "epochs=3", "num_samples=100")
    for name in ("lsgan", "lsgan-reg"):
        train(name, "s1-quick", 0, tiny, tmp_path / "runs" / f"{name}-seed0", mx.cpu(), 1, "json")
    text = write_outputs(ThesisResults(tmp_path))
    assert "# Table 1" in text and "# All methods" in text
    row = table_of(text.split("# All methods")[1])["LSGAN′"]
    assert 1 <= int(row["digits found"]) <= 10 and 0 <= float(row["KL of digits"]) <= 2.303
    for file in ("s1_methods.png", "s1_lsgan_epochs.png"):
        assert min(Image.open(str(tmp_path / "figures" / file)).size) > 300
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "KL of digits" in report and report.count("S1&#39;s") >= 2
