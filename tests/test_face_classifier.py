"""The classifier of faces: which weights, how good on faces it never saw, and what it refuses."""

import hashlib
import shutil

import numpy as np
import pytest
from helpers import initialised
from test_faces import FIXTURE

from thesis_gan.data import face_file
from thesis_gan.data.face_drawing import ATTRIBUTES, HAIR_COLORS, Faces
from thesis_gan.errors import UserError
from thesis_gan.metrics import face_classifier
from thesis_gan.metrics.classifier import WEIGHTS as DIGITS
from thesis_gan.metrics.classifier import accuracy
from thesis_gan.metrics.evaluate import evaluate, feature_network
from thesis_gan.metrics.face_classifier import HEADS, FaceFeatures, FaceNet, accuracies
from thesis_gan.networks.weights import save_weights

# Of the 200 faces of the fixture, how many each head sees rightly. No two logits that decide are nearer than 0.001, which is two
# hundred times what one type of processor's rounding differs from another's.
RIGHT = {
    "labels": 198,
    "hair_style": 189,
    "skin_color": 200,
    "background_color": 199,
    "head_style": 199,
    "eyes_style": 154,
    "eyes_color": 181,
    "eyebrows_style": 139,
    "nose_style": 146,
    "mouth_style": 172,
    "mouth_color": 186,
    "glasses_style": 198,
    "glasses_color": 198,
    "flip": 200,
}


@pytest.fixture(scope="module")
def features():
    return FaceFeatures()


@pytest.fixture(scope="module")
def faces():
    return face_file.read(FIXTURE)


def test_shipped_weights_are_the_recorded_ones(features):
    assert hashlib.sha256(face_classifier.WEIGHTS.read_bytes()).hexdigest() == face_classifier.WEIGHTS_SHA256
    assert features.weights_sha256 == face_classifier.WEIGHTS_SHA256


def test_every_head_is_as_good_as_stored_on_faces_held_out(features, faces):
    assert {name: round(share * 200) for name, share in accuracies(features, faces).items()} == RIGHT


def test_logits_are_those_of_the_colours_of_hair(features, faces):
    found = features(faces.images)
    assert features.classes == tuple(HAIR_COLORS)
    assert accuracy(found, faces.attributes["labels"]) == RIGHT["labels"] / 200
    np.testing.assert_array_equal(found.logits.argmax(axis=1), features.attributes(faces.images)["labels"])


def test_features_are_128_and_logits_19_in_float32(features, faces):
    pool, logits = features(faces.images[:7])
    assert (pool.shape, pool.dtype) == ((7, 128), np.float32)
    assert (logits.shape, logits.dtype) == ((7, 19), np.float32)
    assert (pool >= 0).all()


def test_features_of_an_image_do_not_depend_on_its_batch(features, faces):
    whole, alone = features(faces.images[:10]), features(faces.images[3:4])
    np.testing.assert_allclose(alone.pool[0], whole.pool[3], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(alone.logits[0], whole.logits[3], rtol=1e-4, atol=1e-4)


def test_mirrored_face_is_seen_to_look_the_other_way(features, faces):
    found, mirrored = features.attributes(faces.images), features.attributes(faces.images[:, :, ::-1])
    assert (found["flip"] != mirrored["flip"]).mean() >= 0.99
    assert (found["labels"] == mirrored["labels"]).mean() >= 0.97


def test_attributes_are_counted_as_the_faces_count_them(features, faces):
    found = features.attributes(faces.images)
    assert list(found) == list(HEADS)
    for name, values in found.items():
        optional = name.startswith("glasses")
        assert HEADS[name] == len(ATTRIBUTES[name][1]) + optional
        assert values.min() == (-1 if optional else 0), name


def test_scores_tell_faces_from_noise(features, faces):
    """By KID, which has no bias with few images: real against real is near 0, noise is far. Labels are told by the hair."""
    half, rest = faces.images[:100], faces.images[100:]
    noise = np.random.RandomState(0).randint(0, 256, half.shape).astype(np.uint8)
    real = evaluate(half, rest, "the rest", features, faces.attributes["labels"][:100])
    fake = evaluate(noise, rest, "the rest", features)
    assert real["features"] == "faces"
    assert real["label_accuracy"] == accuracy(features(half), faces.attributes["labels"][:100])
    assert fake["kernel_inception_distance_mean"] > 50 * abs(real["kernel_inception_distance_mean"])
    assert fake["frechet_inception_distance"] > 3 * real["frechet_inception_distance"]
    assert real["inception_score_mean"] > 5 > fake["inception_score_mean"]


def test_network_is_found_by_its_name():
    assert isinstance(feature_network("faces"), FaceFeatures)


def test_training_writes_weights_and_is_the_same_each_time(faces, tmp_path, monkeypatch):
    """On one processor with one thread; 64 faces for training, two steps."""
    few = Faces(faces.images[:164], {name: values[:164] for name, values in faces.attributes.items()})
    monkeypatch.setattr(face_file, "load", lambda: few)
    monkeypatch.setattr(face_classifier, "HELD_OUT", 100)
    said = []
    first = face_classifier.train(tmp_path / "first.params", epochs=2, report=said.append)
    second = face_classifier.train(tmp_path / "second.params", epochs=2, report=said.append)
    assert first == second and list(first) == list(HEADS)
    assert (tmp_path / "first.params").read_bytes() == (tmp_path / "second.params").read_bytes()
    assert len(said) == 4 and said[1].startswith("epoch 2 of 2, loss ")
    assert float(said[1].split()[-1]) < float(said[0].split()[-1])


@pytest.fixture
def copied_weights(tmp_path, monkeypatch):
    """The shipped weights in a folder of the test's own, where the program looks for them."""
    path = tmp_path / "weights.params"
    shutil.copyfile(str(face_classifier.WEIGHTS), str(path))
    monkeypatch.setattr(face_classifier, "WEIGHTS", path)
    return path


def test_one_changed_byte_of_the_shipped_weights_is_an_error(copied_weights):
    content = bytearray(copied_weights.read_bytes())
    content[len(content) // 2] ^= 1
    copied_weights.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"weights\.params is damaged .*git checkout -- data"):
        FaceFeatures()


def test_file_of_another_network_is_named():
    with pytest.raises(UserError, match=r"does not hold the weights of the classifier of faces"):
        FaceFeatures(DIGITS)


def test_weights_of_ones_own_are_taken_and_known_by_their_sha256(tmp_path, faces):
    path = tmp_path / "own.params"
    save_weights(initialised(FaceNet(), 0.05), path)
    own = FaceFeatures(path)
    assert own.weights_sha256 == hashlib.sha256(path.read_bytes()).hexdigest() != face_classifier.WEIGHTS_SHA256
    assert accuracy(own(faces.images), faces.attributes["labels"]) < 0.3


@pytest.mark.parametrize(("shape", "said"), [((2, 64, 64, 1), "64x64x1"), ((2, 32, 32, 3), "32x32x3"), ((2, 64, 64), "64x64")])
def test_images_of_another_shape_are_refused(features, shape, said):
    with pytest.raises(UserError, match=f"images of 64x64x3, not {said};"):
        features(np.zeros(shape, np.uint8))
