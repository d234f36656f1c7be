"""What images are scored by: by their patches, and by the feature network that they, or their reference, name."""

import json

import numpy as np
from PIL import Image

from thesis_gan import cli, data
from thesis_gan.data.own_pictures import RecordedPictures
from thesis_gan.metrics import scores
from thesis_gan.metrics.evaluate import feature_network
from thesis_gan.metrics.sliced_wasserstein import sliced_wasserstein_distances
from thesis_gan.runs.image_source import Samples

GREY = np.full((1, 28, 28, 1), 128, np.uint8)


def test_folders_of_pictures_are_held_against_each_other_by_their_patches(tmp_path, monkeypatch, capsys):
    """Without a feature network: equal pictures have 0, others the distance that the function itself gives."""
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "cache"))
    sets = [np.random.RandomState(seed).randint(0, 256, (30, 32, 32, 3), np.uint8) for seed in (0, 1)]
    for name, images in zip(("a", "b"), sets):
        (tmp_path / name).mkdir()
        for place, image in enumerate(images):
            Image.fromarray(image).save(str(tmp_path / name / f"{place:02}.png"))
    found = {}
    for name in ("a", "b"):
        command = ["evaluate", str(tmp_path / "a"), "--reference", str(tmp_path / name), "--metrics", "swd"]
        assert cli.main([*command, "--json", str(tmp_path / "scores.json")]) == 0
        found[name] = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert found["a"]["sliced_wasserstein_distance"] == 0 and "features" not in found["a"]
    expected = sliced_wasserstein_distances(*sets)
    assert {name: found["b"][name] for name in expected} == expected
    assert cli.main(["evaluate", str(tmp_path / "a"), "--metrics", "swd"]) == 2
    assert "cannot be compared; bring both to one shape" in capsys.readouterr().err


def test_patches_are_of_all_classes_though_a_file_has_one_after_another(monkeypatch):
    """Fine stripes and coarse ones, in order and mixed: as near as they are to one another, as a whole."""
    monkeypatch.setattr(scores, "SLICED_IMAGES", 32)
    random, x = np.random.RandomState(0), np.arange(32)
    waves = [np.sin(x / scale + shift) for scale in (0.7, 3) for shift in 6 * random.rand(64)]
    ordered = np.stack([np.broadcast_to(120 + 100 * wave, (32, 32)) for wave in waves]).astype(np.uint8)[..., np.newaxis]
    mixed = ordered[random.permutation(128)]

    def between(*sides):
        return scores.against(*sides, "these", None, by_patches=True)["sliced_wasserstein_distance"]

    first = sliced_wasserstein_distances(ordered[:32], mixed[:32])["sliced_wasserstein_distance"]
    assert between(ordered, mixed) < first / 3
    assert between(ordered, mixed) == between(ordered, mixed)


def test_classes_that_a_feature_network_does_not_know_are_no_labels_obeyed():
    """Three classes of one's own beside the ten digits: that the numbers are the same says nothing."""
    samples = Samples(
        "a run",
        GREY,
        np.array([2]),
        RecordedPictures("pets", {"shape": [1, 28, 28], "classes": ["a", "b", "c"], "sha256": ""}),
    )
    digits = feature_network("mnist")
    assert samples.labels_seen_by(digits) is None and samples.labels_seen_by(None) is None
    assert samples._replace(data=data.find("mnist")).labels_seen_by(digits).tolist() == [2]


def test_features_follow_from_the_reference_where_the_images_do_not_say():
    images = Samples("x.npz", GREY)
    assert [images.features(name) for name in ("faces-test", "mnist-test", "other.npz")] == ["faces", "mnist", "mnist"]
    assert images._replace(data=data.find("faces")).features("mnist-test") == "faces"
