"""The stored runs on faces hold: the stored generator draws the stored sheet and has its scores, and the tables are theirs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from thesis_gan._compat import mx
from thesis_gan.comparison import images as comparison
from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.data import face_file, faces
from thesis_gan.data.images import grid
from thesis_gan.metrics.classifier import accuracy
from thesis_gan.metrics.evaluate import evaluate
from thesis_gan.metrics.face_classifier import FaceFeatures
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.reproduction import other_data, store
from thesis_gan.reproduction.plan import default_methods
from thesis_gan.reproduction.quality_by_epoch import cut
from thesis_gan.reproduction.store import STORED
from thesis_gan.runs.find import Results
from thesis_gan.training.sampling import SHEET_COLUMNS, by_row_labels, sample

FIXTURE = Path(__file__).parent / "reference" / "faces.npz"  # the first 200 of the faces that are held out
STORED_HERE = [profile for profile in COMPARISONS if COMPARISONS[profile].data == "faces" and (STORED / profile).exists()]


@pytest.fixture(autouse=True)
def held_out_fixture(monkeypatch):
    monkeypatch.setattr(face_file, "load", lambda: face_file.read(FIXTURE))
    monkeypatch.setattr(faces, "HELD_OUT", 200)


@pytest.fixture(scope="module")
def features():
    return FaceFeatures()


def runs(profile):
    return {run.method.name: run for run in Results(STORED / profile).runs}


@pytest.mark.parametrize("profile", STORED_HERE)
def test_every_run_is_there_under_the_profiles_settings(profile):
    stored = Results(STORED / profile).runs
    planned = [(name, seed) for name in default_methods(profile) for seed in range(PROFILES[profile].seeds)]
    assert sorted((run.method.name, run.seed) for run in stored) == sorted(planned)
    assert [change for run in stored for change in run.settings.differences(resolve(run.method, profile))] == []
    assert all(run.metrics["status"] == "finished" for run in stored)
    weights = [path.parent.name for path in (STORED / profile).rglob("generator.params")]
    assert weights == [f"{name}-seed0" for name in COMPARISONS[profile].generators]


@pytest.mark.parametrize("profile", STORED_HERE)
def test_comparison_and_figure_are_what_the_stored_runs_give(profile, tmp_path):
    copy = tmp_path / profile
    shutil.copytree(str(STORED / profile), str(copy))
    figure = copy / "figures" / COMPARISONS[profile].picture
    figure.unlink()
    results = Results(copy)
    comparison.write(results, other_data.real_images(results))
    for file in store.COMPARISON_OUTPUTS:
        assert (copy / file).read_text(encoding="utf-8") == (STORED / profile / file).read_text(encoding="utf-8")
    assert [run.metrics for run in results.runs] == json.loads((copy / "metrics.json").read_text(encoding="utf-8"))
    with Image.open(str(figure)) as drawn, Image.open(str(STORED / profile / "figures" / figure.name)) as stored:
        assert drawn.size == stored.size and min(stored.size) > 300


@pytest.mark.numeric
@pytest.mark.parametrize("profile", STORED_HERE)
def test_stored_generator_draws_the_stored_sheet_and_has_its_scores(profile, features):
    for name in COMPARISONS[profile].generators:
        run = runs(profile)[name]
        (sheet,) = run.sheets().values()
        z = run._draw_z("sheet z", run.data.sheet_samples)
        drawn = grid(sample(run.generator(mx.cpu()), z, None, mx.cpu()), SHEET_COLUMNS)
        assert np.abs(drawn.astype(int) - sheet).max() <= 1
        held_out = run.data.load("test").images  # which these two scores do not look at
        found = evaluate(run.evaluation_samples(mx.cpu()), held_out, "faces-test", features, metrics=["is", "modes"])
        for key in ("inception_score_mean", "class_kl", "weights_sha256"):
            expected = run.metrics[key]
            assert found[key] == (expected if isinstance(expected, str) else pytest.approx(expected, rel=1e-3)), key


@pytest.mark.parametrize("profile", [profile for profile in STORED_HERE if "cgan" in COMPARISONS[profile].methods])
def test_a_row_of_the_stored_sheet_shows_the_colour_of_hair_that_was_asked_for(profile, features):
    run = runs(profile)["cgan"]
    (sheet,) = run.sheets().values()
    labels = by_row_labels(len(run.data.classes))
    obeyed = accuracy(features(cut(sheet, 64)), labels)
    assert obeyed == pytest.approx(run.metrics["label_accuracy"], abs=0.1)  # 190 images have it to 0.03
    assert run.metrics["label_accuracy"] > 0.8
