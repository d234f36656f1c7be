"""Any runs side by side, by their folders: rows named by what differs, and which settings belong to which."""

import csv
import json
import os

import numpy as np
import pytest
from helpers import write_run
from PIL import Image

from thesis_gan.cli import main
from thesis_gan.data.picture_files import write_picture
from thesis_gan.reproduction.table1 import FID, IS

SCORES = {IS: 5.0, "features": "mnist", "num_samples": 500, "reference": "mnist-test", "weights_sha256": "0" * 64}


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Two seeds of dcgan as the profile has it, one of cgan; beside them a dcgan and a wgan with other settings."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results"
    for seed, distance in ((0, 100.0), (1, 120.0)):
        write_run(folder, "dcgan", seed, **SCORES, **{FID: distance})
    write_run(folder, "cgan", 0, **SCORES, **{FID: 50.0})
    write_run(folder, "dcgan", 0, name="dcgan-seed0-width=4", overrides=["width=4"], **SCORES, **{FID: 200.0})
    write_run(tmp_path, "wgan", 2, name="mine", overrides=["clip=0.1", "beta1=0.9"], status="diverged: a loss", **{})
    return folder


def blocks(text):
    """{first cell: {heading: cell}} of each table in Markdown."""
    tables = [[line for line in block.splitlines() if line.startswith("|")] for block in text.split("\n\n")]
    found = []
    for table in filter(None, tables):
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
        found.append({line[0]: dict(zip(lines[0], line)) for line in lines[2:]})
    return found


def test_a_run_is_put_beside_the_rows_and_named_by_what_differs(results, tmp_path, capsys):
    named = [str(results / "runs" / "dcgan-seed0-width=4"), str(tmp_path / "runs" / "mine")]
    assert main(["comparison", "--results", str(results), *named, "--output", "side"]) == 0
    text = (tmp_path / "side" / "comparison.md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    scores, settings = blocks(text)
    assert list(scores) == ["DCGAN, width 8", "CGAN", "DCGAN, width 4", "WGAN (1 of 1 diverged)"]
    assert scores["DCGAN, width 8"]["FID"] == "110.0 ± 14.1" and scores["DCGAN, width 8"]["seeds"] == "0, 1"
    assert (scores["DCGAN, width 4"]["FID"], scores["WGAN (1 of 1 diverged)"]["FID"]) == ("200.0", "–")
    assert settings["width"] == {"setting": "width", "DCGAN, width 8": "8", "CGAN": "8", "DCGAN, width 4": "4", "WGAN": "8"}
    assert settings["clip"]["WGAN"] == "0.1" and settings["clip"]["CGAN"] == "–"
    assert "batch_size" not in settings and "checkpoint_minutes" not in settings
    assert "Careful: scores of fewer than 1,000 images (here 500)" in text
    with open(str(tmp_path / "side" / "comparison.csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["setting_width"], row["setting_clip"]) for row in rows[2:]] == [
        ("DCGAN, width 4", "4", ""),
        ("WGAN", "8", "0.1"),
    ]
    assert not (results / "comparison.md").exists()


def test_the_same_settings_and_seed_twice_are_told_apart_by_their_folders(results, tmp_path, capsys):
    write_run(tmp_path / "again", "dcgan", 0, **SCORES, **{FID: 100.0})
    first, second = (str(folder / "runs" / "dcgan-seed0") for folder in (results, tmp_path / "again"))
    assert main(["comparison", first, second, first]) == 0
    (scores,) = blocks((tmp_path / "results" / "comparison" / "comparison.md").read_text(encoding="utf-8"))
    assert list(scores) == [f"DCGAN, {first}", f"DCGAN, {second}"]


def test_a_setting_that_is_a_score_too_has_a_column_of_its_own(results, tmp_path):
    write_run(tmp_path, "dcgan", 0, name="longer", overrides=["generator_steps=77"], **SCORES)
    assert main(["comparison", str(results), str(tmp_path / "runs" / "longer"), "--output", "side"]) == 0
    with open(str(tmp_path / "side" / "comparison.csv"), encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    assert len(set(header)) == len(header)
    rows = {row["name"]: row for row in (dict(zip(header, line)) for line in lines)}
    longer = rows["DCGAN, generator_steps 77"]
    assert (longer["generator_steps"], longer["setting_generator_steps"]) == ("30.0", "77")


def on_data(folder, sha256):
    """The run in ``folder`` as one on pictures of that digest, called pets."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["settings"]["data"] = {"value": "pets.npz", "origin": "command line"}
    config["data"] = {"shape": [1, 28, 28], "classes": [], "sha256": sha256, "held_out": 3}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return str(folder)


def test_other_pictures_of_the_same_name_are_no_seeds_of_one_row(results, tmp_path):
    one, two = (on_data(results / "runs" / f"dcgan-seed{seed}", digest * 64) for seed, digest in ((0, "a"), (1, "b")))
    assert main(["comparison", one, two, "--output", "side"]) == 0
    text = (tmp_path / "side" / "comparison.md").read_text(encoding="utf-8")
    (scores,) = blocks(text)
    assert list(scores) == [f"DCGAN, {one}", f"DCGAN, {two}"] and "The data called pets.npz are not the same in all rows." in text
    on_data(results / "runs" / "dcgan-seed1", "a" * 64)
    assert main(["comparison", one, two, "--output", "side"]) == 0
    text = (tmp_path / "side" / "comparison.md").read_text(encoding="utf-8")
    assert list(blocks(text)[0]) == ["DCGAN"] and "not the same" not in text


def test_rows_have_different_names_beside_a_third(results, tmp_path):
    write_run(tmp_path / "again", "dcgan", 0, **SCORES)
    folders = [
        results / "runs" / "dcgan-seed0",
        tmp_path / "again" / "runs" / "dcgan-seed0",
        results / "runs" / "dcgan-seed0-width=4",
    ]
    assert main(["comparison", *map(str, folders), "--output", "side"]) == 0
    scores, _ = blocks((tmp_path / "side" / "comparison.md").read_text(encoding="utf-8"))
    assert list(scores) == [f"DCGAN, {folders[0]}", f"DCGAN, {folders[1]}", "DCGAN, width 4"]


def test_pictures_stand_under_the_rows_names(results, tmp_path):
    for name, light in (("dcgan-seed0", 50), ("cgan-seed0", 100)):
        write_picture(results / "runs" / name / "samples" / "epoch-0001.png", np.full((28, 28, 1), light, np.uint8))
    assert main(["comparison", str(results), "--output", "side"]) == 0
    assert min(Image.open(str(tmp_path / "side" / "comparison.png")).size) > 300


def test_names_that_are_no_text_or_look_like_mathematics_are_drawn(results, tmp_path):
    for name in (os.fsdecode(b"caf\xe9"), "a$_$b$^$c"):
        write_run(tmp_path / "odd", "dcgan", 0, name=name, **SCORES)
        (tmp_path / "odd" / "runs" / name / "samples").mkdir()
        write_picture(tmp_path / "odd" / "runs" / name / "samples" / "epoch-0001.png", np.full((28, 28, 1), 50, np.uint8))
        assert main(["comparison", str(tmp_path / "odd" / "runs" / name), str(results), "--output", "side"]) == 0
        assert (tmp_path / "side" / "comparison.png").exists()


def test_points_have_their_own_columns(results, tmp_path):
    numbers = {"wasserstein_distance": 0.25, "modes_found": 8, "modes": 8}
    write_run(results, "gan", 0, name="points", overrides=["data=8gaussians"], **numbers)
    run = results / "runs" / "points"
    for command in (["comparison", "--results", str(run)], ["comparison", str(run), str(results / "runs" / "cgan-seed0")]):
        assert main([*command, "--output", "side"]) == 0
        tables = blocks((tmp_path / "side" / "comparison.md").read_text(encoding="utf-8"))
        assert next(table["GAN"] for table in tables if "GAN" in table)["Wasserstein distance"] == "0.250"
        assert next(table["GAN"] for table in tables if "GAN" in table)["modes found"] == "8"
        assert not any("Wasserstein distance" in table.get("CGAN", {}) for table in tables)


def test_a_folder_is_taken_for_what_it_is(results, tmp_path, capsys):
    """A run's where results are wanted, results where a run is, and neither."""
    run = results / "runs" / "dcgan-seed0"
    metrics = (run / "metrics.json").read_bytes()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "metrics.json").write_text("of another program", encoding="utf-8")
    for command in ("table", "figures", "claims", "report", "store"):
        assert main([command, "--results", str(run)]) == 2
        assert f"is the folder of one run; its results are in {results}" in capsys.readouterr().err
    for arguments, expected in (
        (["comparison", str(tmp_path)], "No run in"),
        (["comparison", "nowhere"], "nowhere is not the folder of a run"),
        (["comparison", str(run), "--output", str(run)], "is a run's folder; name another with --output."),
        (["comparison", "--results", str(results), "--output", "x"], "leave --output out, or name RUNs"),
        (["all", "--output", str(run)], "is the folder of one run; name a folder of results with --output."),
        (["train", "dcgan", "--output", str(results)], "is a folder of results; name one for this run"),
        (
            ["train", "dcgan", "--profile", "smoke", "--output", str(tmp_path / "mine")],
            "metrics.json would be written over, and is no run's; name a new",
        ),
    ):
        assert main(arguments) == 2, arguments
        assert expected in capsys.readouterr().err
    assert (run / "metrics.json").read_bytes() == metrics and not list(run.glob(".lock"))
    assert [path.read_text(encoding="utf-8") for path in (tmp_path / "mine").iterdir()] == ["of another program"]


def test_scores_by_different_protocols_are_said_to_be_that(results, tmp_path):
    write_run(tmp_path, "cgan", 0, name="other", **{**SCORES, "features": "inception"})
    for more, said in (([], False), ([str(tmp_path / "runs" / "other")], True)):
        assert main(["comparison", str(results), *more, "--output", "side"]) == 0
        text = (tmp_path / "side" / "comparison.md").read_text(encoding="utf-8")
        assert ("These protocols are different" in text) == said
