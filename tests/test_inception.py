"""Our Inception network and its resize against torch-fidelity's, by random weights in the published file's layout."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import requests
from inception_weights import random_weights, write_pth
from safetensors.numpy import save_file

from thesis_gan import files
from thesis_gan._compat import import_model_zoo, mx
from thesis_gan.errors import UserError
from thesis_gan.metrics import inception_weights
from thesis_gan.metrics.inception import CONVOLUTIONS, GluonCVInceptionFeatures, InceptionFeatures
from thesis_gan.metrics.resize import resize
from thesis_gan.networks.weights import save_weights

pytestmark = pytest.mark.numeric

REFERENCE = Path(__file__).parent / "reference" / "inception_features.npz"
KINDS = ("grey", "colour", "large")


@pytest.fixture(scope="module")
def arrays():
    return random_weights()


@pytest.fixture(scope="module")
def weights_file(arrays, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    write_pth(path, arrays)
    return path


@pytest.fixture(scope="module")
def network(weights_file):
    return InceptionFeatures(weights_file)


@pytest.fixture(scope="module")
def stored():
    with np.load(str(REFERENCE)) as loaded:
        return dict(loaded)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("kind", KINDS)
def test_resize_is_that_of_tensorflow_1(kind, stored):
    found = resize(stored[f"{kind}_images"], 299)
    assert found.shape[2:] == (299, 299) and found.dtype == np.float32
    np.testing.assert_allclose(found[:, :, :20, :20], stored[f"{kind}_resized"], rtol=1e-6, atol=1e-5)


def test_resize_of_a_ramp_by_hand():
    """Two pixels to four: places 0, 0.5, 1, 1.5 of the source, the last beyond it."""
    ramp = np.array([0, 100], np.uint8).reshape(1, 1, 2, 1)
    assert resize(ramp, 4)[0, 0, 0].tolist() == [0, 50, 100, 100]


def test_resize_to_the_same_size_changes_nothing():
    images = np.random.RandomState(0).randint(0, 256, (2, 7, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(resize(images, 7), images.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", ["pool", "logits"])
def test_features_are_torch_fidelitys(kind, part, network, stored):
    found, expected = getattr(network(stored[f"{kind}_images"]), part), stored[f"{kind}_{part}"]
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()


def test_features_do_not_depend_on_the_batch(network, stored):
    images = stored["colour_images"]
    np.testing.assert_allclose(network(images, batch_size=1).pool, network(images).pool, rtol=1e-5, atol=1e-6)


def test_safetensors_of_a_wrapped_network_give_the_same_features(arrays, network, stored, tmp_path):
    save_file({f"module.{name}": array for name, array in arrays.items()}, str(tmp_path / "x.safetensors"))
    images = stored["grey_images"][:2]
    np.testing.assert_array_equal(InceptionFeatures(tmp_path / "x.safetensors")(images).pool, network(images).pool)


def test_weights_are_named_by_their_sha256(network, weights_file):
    assert network.weights_sha256 == files.sha256(weights_file)


def test_every_convolution_is_named_once():
    assert len(set(CONVOLUTIONS)) == len(CONVOLUTIONS) == 94


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda arrays: arrays.pop("Mixed_6b.branch7x7_2.conv.weight"), "Mixed_6b.branch7x7_2.conv.weight is missing"),
        (lambda arrays: arrays.update(AuxLogits=np.zeros(3, np.float32)), "AuxLogits is too many"),
        (
            lambda arrays: arrays.update({"fc.weight": np.zeros((1000, 2048), np.float32)}),
            r"fc.weight has the shape \(1000, 2048\)",
        ),
        (lambda arrays: arrays.clear(), "Conv2d_1a_3x3.bn.bias is missing"),
    ],
)
def test_other_weights_are_refused_by_name(change, complaint, arrays, tmp_path):
    changed = dict(arrays)
    change(changed)
    write_pth(tmp_path / "x.pth", changed)
    with pytest.raises(UserError, match=rf"x\.pth does not hold the Inception weights of FID \({complaint}"):
        InceptionFeatures(tmp_path / "x.pth")


@pytest.mark.parametrize("answer", [requests.ConnectionError("no network"), requests.Timeout(), "404", "other bytes"])
def test_weights_that_cannot_be_had_are_one_sentence_that_says_how(answer, cache, monkeypatch):
    def get(url, timeout):
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, response._content = (404 if answer == "404" else 200), b"other bytes"
        return response

    monkeypatch.setattr(inception_weights.requests, "get", get)
    with pytest.raises(UserError, match=r"(--weights FILE|try again later)") as raised:
        InceptionFeatures()
    assert inception_weights.PUBLISHED_URL in str(raised.value)
    assert not list(cache.glob("*"))


def test_weights_are_downloaded_once_and_checked(cache, monkeypatch):
    content, asked = b"the file", []

    def get(url, timeout):
        asked.append(url)
        response = requests.Response()
        response.status_code, response._content = 200, content
        return response

    monkeypatch.setattr(inception_weights.requests, "get", get)
    monkeypatch.setattr(inception_weights, "PUBLISHED_SHA256", "2eb5bee50d0dcb0d4a5f21d4e0c2ae8d1cc3d9df5ff1dee2c1dc3fd15c7b3a4a")
    with pytest.raises(UserError, match="SHA-256"):
        inception_weights.published_weights()
    assert inception_weights.weights_at_hand() is None

    (cache / "x").parent.mkdir(exist_ok=True)
    (cache / "x").write_bytes(content)
    monkeypatch.setattr(inception_weights, "PUBLISHED_SHA256", files.sha256(cache / "x"))
    path = inception_weights.published_weights()
    assert path.read_bytes() == content and inception_weights.published_weights() == inception_weights.weights_at_hand() == path
    assert len(asked) == 2
    path.write_bytes(b"damaged")
    assert inception_weights.weights_at_hand() is None


def test_gluoncvs_own_model_is_another_feature_set(tmp_path, stored):
    model = import_model_zoo().inception_v3()
    mx.random.seed(0)
    model.initialize(mx.init.MSRAPrelu())
    images = stored["colour_images"]
    pixels = resize(images, 299) / 255
    for channel, (mean, deviation) in enumerate(((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))):
        pixels[:, channel] = (pixels[:, channel] - mean) / deviation
    expected = model(mx.nd.array(pixels)).asnumpy()
    save_weights(model, tmp_path / "zoo.params")
    network = GluonCVInceptionFeatures(tmp_path / "zoo.params")
    found = network(images)
    assert network.name == "inception-gluoncv" and found.pool.shape == (2, 2048)
    np.testing.assert_allclose(found.logits, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_gluoncvs_model_refuses_other_weights(weights_file):
    with pytest.raises(UserError, match="does not hold GluonCV's Inception-v3"):
        GluonCVInceptionFeatures(weights_file)


def test_gluoncvs_weights_that_cannot_be_had_are_one_sentence(cache, monkeypatch):
    def fail(name, root):
        raise requests.ConnectionError

    monkeypatch.setattr(import_model_zoo().model_store, "get_model_file", fail)
    with pytest.raises(UserError, match=r"inceptionv3-a5050dbc\.params .* --weights FILE"):
        GluonCVInceptionFeatures()


def test_gluoncv_is_imported_beside_a_pytorch_that_it_refuses():
    """In a process of its own, with a module called torch, as new as GluonCV does not want it."""
    program = (
        "import sys, types; torch = types.ModuleType('torch'); torch.__version__ = '2.13.0'; sys.modules['torch'] = torch; "
        "torch.Tensor = type('Tensor', (), {}); "  # SciPy asks arrays whether they are of it, once torch has been imported
        "from thesis_gan._compat import import_model_zoo; import_model_zoo().inception_v3; assert sys.modules['torch'] is torch"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=str(Path(__file__).parents[1]))
    assert result.returncode == 0, result.stderr


def test_gluoncv_is_not_imported_where_it_is_not_asked_for():
    program = "import sys, thesis_gan.metrics.evaluate, thesis_gan.reproduction.run_all; assert 'gluoncv' not in sys.modules"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=str(Path(__file__).parents[1]))
    assert result.returncode == 0, result.stderr
