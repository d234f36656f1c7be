"""The classifier whose features give the scores: which weights, how good, and what it refuses."""

import hashlib
import shutil

import numpy as np
import pytest
from helpers import DIGIT, initialised

from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.errors import UserError
from thesis_gan.metrics import classifier
from thesis_gan.metrics.classifier import Features, LeNet, MNISTFeatures, accuracy
from thesis_gan.networks.dcgan import DCGANCritic
from thesis_gan.networks.weights import save_weights

pytestmark = pytest.mark.numeric


@pytest.fixture(scope="module")
def features():
    return MNISTFeatures()


@pytest.fixture(scope="module")
def test_set():
    return mnist.load("test")


@pytest.fixture
def copied_weights(tmp_path, monkeypatch):
    """The shipped weights in a folder of the test's own, where the program looks for them."""
    path = tmp_path / "weights.params"
    shutil.copyfile(str(classifier.WEIGHTS), str(path))
    monkeypatch.setattr(classifier, "WEIGHTS", path)
    return path


def test_shipped_weights_are_the_recorded_ones(features):
    assert hashlib.sha256(classifier.WEIGHTS.read_bytes()).hexdigest() == classifier.WEIGHTS_SHA256
    assert features.weights_sha256 == classifier.WEIGHTS_SHA256


def test_classifier_knows_at_least_99_2_percent_of_the_test_digits(features, test_set):
    assert accuracy(features(test_set.images), test_set.labels) >= 0.992


def test_features_are_128_and_logits_10_in_float32(features, test_set):
    pool, logits = features(test_set.images[:7])
    assert (pool.shape, pool.dtype) == ((7, 128), np.float32)
    assert (logits.shape, logits.dtype) == ((7, 10), np.float32)
    assert (pool >= 0).all()


def test_features_of_an_image_do_not_depend_on_its_batch(features, test_set):
    images = test_set.images[:10]
    whole, parts = features(images), features(images, batch_size=3)
    np.testing.assert_allclose(parts.pool, whole.pool, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(parts.logits, whole.logits, rtol=1e-4, atol=1e-4)


def test_features_are_the_same_each_time(features, test_set):
    """Dropout is for training alone."""
    first, second = features(test_set.images[:5]), MNISTFeatures()(test_set.images[:5])
    np.testing.assert_array_equal(first.pool, second.pool)
    np.testing.assert_array_equal(first.logits, second.logits)


def test_logits_are_the_last_layer_of_the_features(features, test_set):
    pool, logits = features(test_set.images[:5])
    last = features._network.output
    expected = pool @ last.weight.data().asnumpy().T + last.bias.data().asnumpy()
    np.testing.assert_allclose(logits, expected, rtol=1e-3, atol=1e-3)


def test_accuracy_is_the_share_of_labels_that_are_most_probable():
    found = Features(np.zeros((4, 1)), np.array([[0.1, 0.9], [5, -5], [-3, -2], [1, 0]]))
    assert accuracy(found, np.array([1, 0, 0, 1])) == 0.5
    assert accuracy(found, np.array([1, 0, 1, 0])) == 1
    assert accuracy(found, np.array([0, 1, 0, 1])) == 0


def test_one_changed_byte_of_the_shipped_weights_is_an_error(copied_weights):
    content = bytearray(copied_weights.read_bytes())
    content[len(content) // 2] ^= 1
    copied_weights.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"weights\.params is damaged .*git checkout -- data"):
        MNISTFeatures()


def test_truncated_weights_are_an_error(copied_weights):
    copied_weights.write_bytes(copied_weights.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"weights\.params is damaged"):
        MNISTFeatures()


def test_missing_weights_are_named(copied_weights):
    copied_weights.unlink()
    with pytest.raises(UserError, match=r"weights\.params is missing"):
        MNISTFeatures()


def write_text(path):
    path.write_text("no weights", encoding="utf-8")


def write_critic(path):
    save_weights(initialised(DCGANCritic(2, DIGIT)), path)


def write_arrays(path):
    mx.nd.save(str(path), [mx.nd.ones(3)])


def write_cut(path):
    path.write_bytes(classifier.WEIGHTS.read_bytes()[:-1000])


@pytest.mark.parametrize("write", [write_text, write_critic, write_arrays, write_cut], ids=lambda f: f.__name__)
def test_file_without_the_classifiers_weights_is_named(tmp_path, write):
    write(tmp_path / "other.params")
    with pytest.raises(UserError, match=r"other\.params does not hold the MNIST classifier's weights"):
        MNISTFeatures(tmp_path / "other.params")


def test_weights_of_ones_own_are_taken_and_known_by_their_sha256(tmp_path, test_set):
    path = tmp_path / "own.params"
    save_weights(initialised(LeNet(), 0.05), path)
    own = MNISTFeatures(path)
    assert own.weights_sha256 == hashlib.sha256(path.read_bytes()).hexdigest() != classifier.WEIGHTS_SHA256
    assert accuracy(own(test_set.images[:500]), test_set.labels[:500]) < 0.5


@pytest.mark.parametrize(
    ("shape", "said"),
    [((2, 28, 28, 3), "28x28x3"), ((2, 64, 64, 1), "64x64x1"), ((2, 1, 28, 28), "1x28x28"), ((2, 28, 28), "28x28")],
)
def test_images_of_another_shape_are_refused(features, shape, said):
    with pytest.raises(UserError, match=f"images of 28x28x1, not {said};"):
        features(np.zeros(shape, np.uint8))
