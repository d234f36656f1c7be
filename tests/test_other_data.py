"""Faces and one's own pictures in the place of digits: trained by run_all.sh, compared, drawn and reported."""

import dataclasses
import html
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from thesis_gan import cli, data
from thesis_gan.data import face_file, faces
from thesis_gan.errors import UserError
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction.plan import default_methods, plan
from thesis_gan.runs.run import Run

FIXTURE = Path(__file__).parent / "reference" / "faces.npz"
TINY = {"generator_steps": 3, "epochs": 0, "train_images": 24, "batch_size": 8, "width": 2, "num_samples": 100}


@pytest.fixture(autouse=True)
def tiny(tmp_path, monkeypatch):
    """Smoke, smaller still; and the 200 faces that ship with the tests, half of them held out."""
    monkeypatch.setitem(PROFILES, "smoke", dataclasses.replace(PROFILES["smoke"], settings=TINY))
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(face_file, "load", lambda: face_file.read(FIXTURE))
    monkeypatch.setattr(faces, "HELD_OUT", 100)
    monkeypatch.setattr(faces.DrawnFaces, "size", 100)


def train(method, of, results):
    folder = results / "runs" / f"{method}-seed0"
    command = ["train", method, "--profile", "smoke", "--set", f"data={of}", "--output", str(folder), "--progress", "json"]
    assert cli.main(command) == 0
    return folder


def all_of(of, results, *methods):
    return cli.main(["all", "--profile", "smoke", "--data", str(of), "--methods", ",".join(methods), "--output", str(results)])


def test_faces_are_split_as_their_classifier_has_them():
    whole, found = face_file.read(FIXTURE), data.find("faces")
    for split, part in (("train", slice(100)), ("test", slice(100, 200))):
        images, labels = found.load(split)
        np.testing.assert_array_equal(images, whole.images[part])
        np.testing.assert_array_equal(labels, whole.attributes["labels"][part])
    assert (found.shape, len(found.classes), found.settings["label_size"].value) == ((3, 64, 64), 19, 95)


def test_faces_from_training_to_report(tmp_path, capsys):
    folders = {method: train(method, "faces", tmp_path) for method in ("dcgan", "cgan")}
    record = json.loads((folders["cgan"] / "metrics.json").read_text(encoding="utf-8"))
    assert (record["features"], record["reference"], record["reference_images"]) == ("faces", "faces-test", 100)
    assert {"label_accuracy", "frechet_inception_distance", "sliced_wasserstein_distance_16"} <= set(record)
    with Image.open(str(next((folders["cgan"] / "samples").glob("*.png")))) as sheet:
        assert sheet.size == (10 * 64, 19 * 64)  # a row per colour of hair
    assert cli.main(["evaluate", str(folders["cgan"]), "--bootstrap", "5", "--json", str(tmp_path / "x.json")]) == 0
    scores = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert len(scores["frechet_inception_distance_interval"]) == 2 and scores["reference"] == "faces-test"
    capsys.readouterr()
    assert all_of("faces", tmp_path, "dcgan", "cgan") == 0
    said = capsys.readouterr().out
    assert "| Real images |" in said and "| DCGAN |" in said and "| CGAN |" in said
    real = json.loads((tmp_path / "real.json").read_text(encoding="utf-8"))
    assert real["sliced_wasserstein_distance"] < record["sliced_wasserstein_distance"]
    assert len(json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))) == 2
    nearest = [f"runs/{method}-seed0/nearest.png" for method in ("dcgan", "cgan")]
    report = html.unescape((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert re.findall('<figure id="(.*?)"', report) == ["figures/methods.png", "figures/losses.png", *nearest]
    assert "100 are held out, never trained on" in report
    assert not (tmp_path / "table1.md").exists() and "are MNIST's, and are not made here" in report
    with Image.open(str(tmp_path / "figures" / "methods.png")) as shown:
        assert len(shown.convert("RGB").getcolors(1 << 24)) > 1000  # in colour
    with Image.open(str(tmp_path / "figures" / "dcgan-seed0.gif")) as moving:
        assert moving.n_frames == len(Run(folders["dcgan"]).sheets())


def test_pictures_without_labels_are_for_methods_that_need_none(tmp_path, capsys):
    np.savez(str(tmp_path / "x.npz"), np.random.RandomState(0).randint(0, 256, (40, 28, 28, 1)).astype(np.uint8))
    path = str(tmp_path / "x.npz")
    assert default_methods("quick", path) == ["dcgan", "wgan", "wgan-gp"]
    names = {run.folder.name: run.overrides for run in plan("smoke", ["dcgan", "wgan"], 1, tmp_path, [f"data={path}"])}
    assert names == dict.fromkeys(("dcgan-seed0", "wgan-seed0"), (f"data={path}",))  # none for the thesis's figures
    with pytest.raises(UserError, match="conditional=yes needs labels"):
        plan("smoke", ["cgan"], 1, tmp_path, [f"data={path}"])
    train("dcgan", path, tmp_path)
    assert all_of(path, tmp_path, "dcgan") == 0
    assert "| DCGAN |" in (tmp_path / "comparison.md").read_text(encoding="utf-8")
    (tmp_path / "x.npz").unlink()  # what is made of the runs needs them no more
    assert cli.main(["report", "--results", str(tmp_path)]) == 0
    capsys.readouterr()
    assert all_of(path, tmp_path, "dcgan") == 2
    assert "x.npz is missing" in capsys.readouterr().err


def test_runs_on_different_data_are_not_compared(tmp_path):
    for method, seed in (("dcgan", 0), ("lsgan", 1)):
        np.save(str(tmp_path / f"{method}.npy"), np.random.RandomState(seed).randint(0, 256, (40, 28, 28)).astype(np.uint8))
        train(method, tmp_path / f"{method}.npy", tmp_path)
    assert cli.main(["report", "--results", str(tmp_path)]) == 2


def test_profiles_of_faces_are_on_faces():
    assert [name for name in PROFILES if PROFILES[name].settings.get("data")] == ["faces-quick", "faces", "s2"]
    assert default_methods("faces-quick") == default_methods("faces") == ["dcgan", "cgan", "wgan-gp-ln"]
    assert default_methods("s2") == ["wgan-gp-ln"]
