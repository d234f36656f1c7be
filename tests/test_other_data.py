"""Faces and one's own pictures in the place of digits: trained by run_all.sh, compared, drawn and reported."""

import dataclasses
import html
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import settings_of, write_run
from PIL import Image

from thesis_gan import api, cli, data
from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.data import face_file, faces
from thesis_gan.errors import UserError
from thesis_gan.files import read_json
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import other_data, store, table1
from thesis_gan.reproduction import run_all as everything
from thesis_gan.reproduction.plan import default_methods, plan
from thesis_gan.reproduction.store import STORED
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import Run
from thesis_gan.training import loop
from thesis_gan.training.display import Lines

pytestmark = pytest.mark.long

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
    run = api.load_run(folders["cgan"])
    named = api.evaluate(run, reference=run.data.load("test").images, device="cpu")  # by the run's features, not by digits'
    assert named["features"] == "faces" and named["frechet_inception_distance"] == record["frechet_inception_distance"]
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
    with Image.open(str(tmp_path / "figures" / "dcgan-seed0.webp")) as moving:
        assert moving.n_frames == len(Run(folders["dcgan"]).sheets())


@pytest.fixture(params=["faces", "grey", "colour"])
def of(request, tmp_path, monkeypatch):
    """The faces, a folder of grey pictures without classes, and one of pictures in colour with two; few of them are scored."""
    monkeypatch.setattr("thesis_gan.metrics.scores.SLICED_IMAGES", 8)
    if request.param == "faces":
        return "faces"
    folder, random = tmp_path / request.param, np.random.RandomState(0)
    for number in range(40):
        shape = (28, 30) if request.param == "grey" else (33, 32, 3)
        path = folder / ("" if request.param == "grey" else "ab"[number % 2]) / f"{number}.{('png', 'jpg')[number % 2]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.randint(0, 256, shape).astype(np.uint8)).save(str(path))
    return str(folder)


class Killed(Exception):
    """Ends a training where it stands, without a checkpoint."""


def test_a_killed_run_goes_on_to_the_same_end(of, tmp_path, monkeypatch):
    """To the last byte of weights, curves, sheets, neighbours and what TensorBoard shows; and to the same scores."""
    pytest.importorskip("tensorboardX", reason="TensorBoard is not installed (./run_all.sh setup --tensorboard)")
    monkeypatch.setattr(loop, "WINDOW", 2)

    def train(name):
        command = ["train", "cgan" if of != str(tmp_path / "grey") else "dcgan", "--profile", "smoke", "--progress", "lines"]
        more = ["--set", f"data={of}", "--set", "generator_steps=8", "--tensorboard", str(tmp_path / name / "events")]
        return cli.main([*command, *more, "--output", str(tmp_path / name / "run")])

    def killed_at_five(self, row, speed):
        if row["generator_steps"] >= 5:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Lines, "window", killed_at_five)
        train("parts")
    assert not (tmp_path / "parts" / "run" / "metrics.json").exists()
    assert train("parts") == train("whole") == 0
    names = ("curve.csv", "history.csv", "generator.params", "nearest.png", "samples/epoch-0003.png")
    for name in names:
        assert (tmp_path / "parts" / "run" / name).read_bytes() == (tmp_path / "whole" / "run" / name).read_bytes(), name
    records = [{**Run(tmp_path / name / "run").metrics, "minutes": 0} for name in ("parts", "whole")]
    assert records[0] == records[1]
    parts, whole = (points(tmp_path / name / "events") for name in ("parts", "whole"))
    assert parts == whole and {"steps/critic_loss", "samples", "scores/sliced_wasserstein_distance"} <= {tag for tag, *_ in whole}


def points(events):
    """All that is in the only file of events: (tag, step, number or bytes of the picture)."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    (path,) = events.rglob("*tfevents*")
    return sorted(
        (value.tag, event.step, value.image.encoded_image_string or value.simple_value)
        for event in LegacyEventFileLoader(str(path)).Load()
        for value in event.summary.value
    )


def test_a_run_is_shown_and_exported(of, tmp_path, capsys):
    method = "cgan" if of != str(tmp_path / "grey") else "dcgan"
    run = train(method, of, tmp_path / "results")
    channels, side, _ = Run(run).data.shape

    def pictures(name, *command):
        """Sizes and mode of the frames that the command writes."""
        assert cli.main([*command[:1], str(run), *command[1:], "--output", str(tmp_path / name)]) == 0
        with Image.open(str(tmp_path / name)) as made:
            return made.size, made.mode, getattr(made, "n_frames", 1)

    mode = "L" if channels == 1 else "RGB"
    ways = ("interpolate", "--rows", "2", "--steps", "3", "--scale", "1")
    assert pictures("z.png", *ways) == ((3 * side, 2 * side), mode, 1)
    if method == "cgan":
        assert pictures("labels.gif", *ways, "--between", "labels")[0] == (2 * side, side)
    frames = len(list((run / "samples").glob("*.png")))
    assert pictures("training.gif", "animate", "--scale", "1")[2] == frames
    assert pictures("x.png", "sample", "--count", "3", "--scale", "1") == ((3 * side, side), mode, 1)
    with Image.open(str(tmp_path / "z.png")) as way, Image.open(str(tmp_path / "x.png")) as sampled:
        assert np.asarray(way)[:side, :side].std() > 0 and np.asarray(sampled).std() > 0
    capsys.readouterr()
    assert cli.main(["export", str(run), "--output", str(tmp_path / "x-symbol.json")]) == 0
    assert "MXNet draws from it what Gluon does" in capsys.readouterr().out


def test_comparison_of_other_data_keeps_the_real_images(of, tmp_path, capsys):
    results = tmp_path / "results"
    for method in ("dcgan", "lsgan"):
        train(method, of, results)
    assert all_of(of, results, "dcgan", "lsgan") == 0
    files = [results / name for name in ("comparison.md", "comparison.csv")]
    before = [file.read_bytes() for file in files]
    assert cli.main(["comparison", "--results", str(results)]) == 0
    assert [file.read_bytes() for file in files] == before
    assert "| Real images |" in files[0].read_text(encoding="utf-8")
    one = results / "runs" / "dcgan-seed0"
    assert cli.main(["comparison", str(one), str(results / "runs" / "lsgan-seed0"), "--output", str(tmp_path / "two")]) == 0
    assert "sliced Wasserstein" in (tmp_path / "two" / "comparison.md").read_text(encoding="utf-8")
    for command in ("table", "figures", "claims"):
        capsys.readouterr()
        assert cli.main([command, "--results", str(results)]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert "is on MNIST, which the thesis is about" in said and "`thesis-gan comparison`" in said
    assert cli.main(["rescore", "--results", str(results)]) == 0
    assert [file.read_bytes() for file in files] == before


def test_page_on_pictures_in_a_folder_whose_name_is_no_text(tmp_path, monkeypatch):
    monkeypatch.setattr("thesis_gan.metrics.scores.SLICED_IMAGES", 8)
    folder, random = tmp_path / os.fsdecode(b"caf\xe9"), np.random.RandomState(0)
    folder.mkdir()
    for number in range(40):
        Image.fromarray(random.randint(0, 256, (28, 28)).astype(np.uint8)).save(os.fsencode(folder / f"{number}.png"))
    assert all_of(folder, tmp_path / "results", "dcgan") == 0
    assert b"caf\\udce9" in (tmp_path / "results" / "report.html").read_bytes()


def test_real_images_are_scored_anew_as_the_runs_are(tmp_path, monkeypatch):
    """Inception's weights have come since, as it were, and the runs were scored by them."""
    folder = train("dcgan", "faces", tmp_path)
    real = other_data.real_images(Results(tmp_path)).row.records[0]
    network = real["weights_sha256"]
    kept = read_json(tmp_path / "real.json")
    monkeypatch.setattr(other_data, "scores", lambda *_, metrics: {"weights_sha256": "1" * 64, "metrics": metrics})
    assert other_data.real_images(Results(tmp_path)).row.records[0] == real
    metrics = read_json(folder / "metrics.json")
    (folder / "SHA256SUMS").unlink()
    for digest, expected in (("1" * 64, None), (None, ["swd"])):
        record = {**metrics, "weights_sha256": digest}
        if digest is None:
            del record["weights_sha256"]
        (folder / "metrics.json").write_text(json.dumps(record), encoding="utf-8")
        assert other_data.real_images(Results(tmp_path)).row.records[0]["metrics"] == expected
    assert metrics["weights_sha256"] == network == kept["weights_sha256"]


def test_results_on_faces_are_stored_with_the_generators_that_the_profile_keeps(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(PROFILES, "faces-quick", dataclasses.replace(PROFILES["faces-quick"], settings={**TINY, "data": "faces"}))
    moving = COMPARISONS["faces-quick"]._replace(animations=(*COMPARISONS["s2"].animations, "lsgan"))
    monkeypatch.setitem(COMPARISONS, "faces-quick", moving)
    monkeypatch.setattr(store, "STORED", tmp_path / "stored")
    command = [
        "all",
        "--profile",
        "faces-quick",
        "--methods",
        "dcgan,lsgan",
        "--output",
        str(tmp_path / "results"),
        "--jobs",
        "1",
    ]
    for method in ("dcgan", "lsgan"):
        run = ["train", method, "--profile", "faces-quick", "--output", str(tmp_path / "results" / "runs" / f"{method}-seed0")]
        assert cli.main(run) == 0
    assert cli.main(["store", "--results", str(tmp_path / "results")]) == 2
    assert "make it with `thesis-gan report" in capsys.readouterr().err
    assert cli.main(command) == 0 and cli.main(["store", "--results", str(tmp_path / "results")]) == 0
    stored = tmp_path / "stored" / "faces-quick"
    assert not list(tmp_path.glob("stored/.new*")) and COMPARISONS["s2"].animations == ("wgan-gp-ln",)
    assert [path.relative_to(stored).as_posix() for path in stored.rglob("*.webp")] == ["figures/lsgan-seed0.webp"]
    names = {path.relative_to(stored).as_posix() for path in stored.rglob("*.*")}
    assert {"comparison.md", "comparison.csv", "real.json", "figures/fig04_faces.png", "runs/lsgan-seed0/nearest.png"} < names
    assert [name for name in names if name.endswith("generator.params")] == ["runs/dcgan-seed0/generator.params"]
    assert cli.main(["comparison", "--results", str(stored)]) == 0
    assert cli.main(["sample", str(stored / "runs" / "dcgan-seed0"), "--count", "2", "--output", str(tmp_path / "x.png")]) == 0


def test_a_run_on_faces_among_results_on_digits_is_left_out_and_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(everything, "write_outputs", lambda results: table1.write(results).markdown)
    results = tmp_path / "results"
    write_run(results, "dcgan", 0, inception_score_mean=2.0, frechet_inception_distance=500.0, features="mnist")
    shutil.copy(str(STORED / "smoke" / "real.json"), str(results))
    faces_run = train("lsgan", "faces", results)
    before = {path: path.read_bytes() for path in faces_run.rglob("*.*")}
    assert cli.main(["table", "--results", str(results)]) == 0
    assert "lsgan-seed0 is left out: it is on faces." in (results / "table1.md").read_text(encoding="utf-8")
    assert [record["method"] for record in read_json(results / "metrics.json")] == ["dcgan"]
    assert cli.main(["report", "--results", str(results)]) == 0
    capsys.readouterr()
    assert cli.main(["comparison", "--results", str(results)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "holds runs on faces and mnist; keep those on each in a folder of their own" in said
    assert all_of("faces", results, "wgan") == 2  # before anything is trained
    (said,) = capsys.readouterr().err.splitlines()
    assert "holds results on mnist; name another folder with --output for those on faces" in said
    assert {path: path.read_bytes() for path in faces_run.rglob("*.*")} == before
    shutil.rmtree(str(results / "runs" / "dcgan-seed0"))
    assert cli.main(["all", "--profile", "smoke", "--methods", "wgan", "--output", str(results)]) == 2
    assert "holds results on faces; name another folder" in capsys.readouterr().err


def test_pictures_without_labels_are_for_methods_that_need_none(tmp_path, capsys):
    np.savez(str(tmp_path / "x.npz"), np.random.RandomState(0).randint(0, 256, (40, 28, 28, 1)).astype(np.uint8))
    path = str(tmp_path / "x.npz")
    assert default_methods("quick", [f"data={path}"]) == ["dcgan", "wgan", "wgan-gp"]
    names = {run.folder.name: run.overrides for run in plan("smoke", ["dcgan", "wgan"], 1, tmp_path, [f"data={path}"])}
    assert names == dict.fromkeys(("dcgan-seed0", "wgan-seed0"), (f"data={path}",))  # none for the thesis's figures
    with pytest.raises(UserError, match="conditional=yes needs labels"):
        plan("smoke", ["cgan"], 1, tmp_path, [f"data={path}"])
    train("dcgan", path, tmp_path)
    assert all_of(path, tmp_path, "dcgan") == 0
    comparison = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert "| DCGAN |" in comparison and "its weights are not here" in comparison and "lasses" not in comparison
    (tmp_path / "x.npz").unlink()  # what is made of the runs needs them no more
    assert cli.main(["report", "--results", str(tmp_path)]) == 0
    capsys.readouterr()
    assert all_of(path, tmp_path, "dcgan") == 2
    assert "x.npz is missing" in capsys.readouterr().err


def test_a_table_takes_the_settings_that_come_with_the_data(tmp_path, capsys):
    for place in range(40):
        noise = np.random.RandomState(place).randint(0, 256, (32, 32)).astype(np.uint8)
        Image.fromarray(noise).save(str(tmp_path / f"{place}.png"))
    (tmp_path / "7.png").write_bytes(b"no picture")
    given = [f"data={tmp_path}", "image_size=28", "skip_broken=yes"]
    assert default_methods("smoke", given) == ["dcgan", "wgan", "wgan-gp"]
    for run in plan("smoke", ["dcgan", "wgan"], 1, tmp_path / "results", given):
        settings = settings_of(run.method, *run.overrides, profile="smoke")
        assert (run.overrides, settings.image_size, settings.skip_broken) == (tuple(given), 28, "yes")
    with pytest.raises(UserError, match=r"7\.png"):
        plan("smoke", ["dcgan"], 1, tmp_path / "results", given[:2])
    with pytest.raises(UserError, match="no setting 'image_size' here"):
        plan("smoke", ["dcgan"], 1, tmp_path / "results", ["image_size=28"])


def test_runs_on_different_data_are_not_compared(tmp_path):
    for method, seed in (("dcgan", 0), ("lsgan", 1)):
        np.save(str(tmp_path / f"{method}.npy"), np.random.RandomState(seed).randint(0, 256, (40, 28, 28)).astype(np.uint8))
        train(method, tmp_path / f"{method}.npy", tmp_path)
    assert cli.main(["report", "--results", str(tmp_path)]) == 2


def test_profiles_of_faces_are_on_faces():
    assert [name for name in PROFILES if PROFILES[name].settings.get("data")] == ["faces-quick", "faces", "s2"]
    assert default_methods("faces-quick") == default_methods("faces") == ["dcgan", "cgan", "wgan-gp-ln"]
    assert default_methods("s2") == ["wgan-gp-ln"]
