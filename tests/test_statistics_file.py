"""Statistics that other programs keep of a reference: FID against them is FID against the images."""

import numpy as np
import pytest
from test_evaluate import IMAGES, REFERENCE, Network

from thesis_gan._compat import mx
from thesis_gan.data.picture_files import save_npz
from thesis_gan.errors import UserError
from thesis_gan.metrics.evaluate import evaluate
from thesis_gan.metrics.frechet import Gaussian
from thesis_gan.metrics.statistics_file import load_statistics
from thesis_gan.runs.image_source import load, load_reference


@pytest.fixture
def statistics(tmp_path):
    """What pytorch-fid writes of REFERENCE, by NumPy's own mean and covariance."""
    features = Network()(REFERENCE).pool.astype(np.float64)
    np.savez_compressed(str(tmp_path / "stats.npz"), mu=features.mean(axis=0), sigma=np.cov(features, rowvar=False))
    return tmp_path / "stats.npz"


@pytest.mark.parametrize("more", [{}, {"resamples": 10, "extrapolate": True}])
def test_fid_against_statistics_is_fid_against_the_images(statistics, more, capsys):
    reference = load_reference(str(statistics), mx.cpu())
    assert (
        "stats.npz holds statistics, which are enough for FID; KID, precision, recall, density and coverage need the images"
        in (capsys.readouterr().err)
    )
    found, expected = (evaluate(IMAGES, each, "these", Network(), **more) for each in (reference, REFERENCE))
    left_out = {name for name in expected if name.startswith("kernel")} | {
        "precision",
        "recall",
        "f_score",
        "density",
        "coverage",
    }
    assert set(found) == set(expected) - left_out
    for name, value in found.items():
        assert value == pytest.approx(expected[name], rel=1e-9), name


def test_statistics_of_other_features_are_refused(statistics):
    other = Gaussian(np.zeros(2048), np.eye(2048))
    with pytest.raises(UserError, match="these holds statistics of 2048 features and pixels has 6; choose the --features"):
        evaluate(IMAGES, other, "these", Network())


def test_damaged_statistics_are_no_readable_file(statistics):
    whole = statistics.read_bytes()
    for place in range(0, len(whole), 3):
        statistics.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            load_reference(str(statistics), mx.cpu())  # a byte that is not looked at is damaged without harm
        except UserError as error:
            assert "stats.npz" in str(error)


def test_images_are_images_even_beside_statistics(tmp_path):
    np.savez(str(tmp_path / "x.npz"), REFERENCE, mu=np.zeros(3), sigma=np.eye(3))
    np.testing.assert_array_equal(load_reference(str(tmp_path / "x.npz"), mx.cpu()), REFERENCE)
    save_npz(tmp_path / "y.npz", IMAGES)
    np.testing.assert_array_equal(load_reference(str(tmp_path / "y.npz"), mx.cpu()), IMAGES)


def test_statistics_are_no_samples(statistics):
    with pytest.raises(
        UserError, match=r"stats\.npz holds no images but statistics \(mu, sigma\), which serve as --reference only"
    ):
        load(str(statistics), mx.cpu())


def asymmetric():
    sigma = np.eye(3)
    sigma[0, 1] = 0.5
    return sigma


@pytest.mark.parametrize(
    ("mean", "covariance", "complaint"),
    [
        (np.zeros(3), np.eye(4), r"mu of \(3,\) and sigma of \(4, 4\)"),
        (np.zeros((3, 1)), np.eye(3), r"mu of \(3, 1\)"),
        (np.zeros(0), np.zeros((0, 0)), r"mu of \(0,\)"),
        (np.array([0, 0, np.nan]), np.eye(3), "NaN or infinity in mu or sigma"),
        (np.zeros(3), np.full((3, 3), np.inf), "NaN or infinity in mu or sigma"),
        (np.zeros(3), asymmetric(), "a sigma that is no covariance"),
        (np.zeros(3), -np.eye(3), "a sigma that is no covariance"),
    ],
)
def test_what_is_no_mean_and_no_covariance_is_named(mean, covariance, complaint, tmp_path):
    np.savez(str(tmp_path / "x.npz"), mu=mean, sigma=covariance)
    with pytest.raises(UserError, match=rf"x\.npz has {complaint}"):
        load_statistics(tmp_path / "x.npz")


def test_other_files_hold_no_statistics(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"no archive")
    np.save(str(tmp_path / "x.npy"), np.zeros(3))
    np.savez(str(tmp_path / "mu.npz"), mu=np.zeros(3))
    for name in ("x.npz", "x.npy", "mu.npz", "none.npz"):
        assert load_statistics(tmp_path / name) is None
    assert load_statistics(tmp_path) is None
