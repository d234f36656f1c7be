"""All scores of a set of images: under which names, held against what, and what is refused."""

import numpy as np
import pytest

from thesis_gan.errors import UserError
from thesis_gan.metrics.evaluate import distances_by_count, evaluate, feature_network
from thesis_gan.metrics.features import Features
from thesis_gan.metrics.frechet import frechet_distance, gaussian
from thesis_gan.metrics.inception_score import inception_score
from thesis_gan.metrics.kernel import kernel_distance
from thesis_gan.metrics.manifold import manifold_scores

NAMES = {
    "inception_score_mean",
    "inception_score_std",
    "frechet_inception_distance",
    "kernel_inception_distance_mean",
    "kernel_inception_distance_std",
    "precision",
    "recall",
    "f_score",
    "density",
    "coverage",
}
PROTOCOL = {"features", "weights_sha256", "num_samples", "reference", "kernel_subset_size"}


class Network:
    """Features are a few pixels."""

    name, weights_sha256, classes = "pixels", "0" * 64, ()

    def __call__(self, images):
        flat = images.reshape(len(images), -1)[:, :6].astype(np.float32) / 255
        return Features(flat, 5 * flat)


def some_images(count=120, seed=0, channels=1, highest=256):
    return np.random.RandomState(seed).randint(0, highest, (count, 4, 4, channels)).astype(np.uint8)


IMAGES, REFERENCE = some_images(highest=200), some_images(150, seed=1)


def test_scores_are_those_of_the_metrics_under_the_fields_names():
    scores = evaluate(IMAGES, REFERENCE, "these", Network())
    found, expected = Network()(IMAGES), Network()(REFERENCE)
    kernel = kernel_distance(found.pool, expected.pool, subset_size=120)
    assert set(scores) == NAMES | PROTOCOL
    assert (scores["inception_score_mean"], scores["inception_score_std"]) == inception_score(found.logits)
    assert scores["frechet_inception_distance"] == frechet_distance(gaussian(found.pool), gaussian(expected.pool))
    assert (scores["kernel_inception_distance_mean"], scores["kernel_inception_distance_std"]) == kernel
    for name, value in manifold_scores(found.pool, expected.pool).items():
        assert scores[name] == value
    protocol = {"features": "pixels", "weights_sha256": "0" * 64, "num_samples": 120, "reference": "these"}
    assert {name: scores[name] for name in protocol} == protocol and scores["kernel_subset_size"] == 120


def test_a_set_against_itself():
    scores = evaluate(IMAGES, IMAGES, "itself", Network())
    assert scores["frechet_inception_distance"] == pytest.approx(0, abs=1e-12)
    assert [scores[name] for name in ("precision", "recall", "f_score", "density", "coverage")] == pytest.approx([1] * 5)


def test_resamples_add_intervals_about_the_scores():
    scores = evaluate(IMAGES, REFERENCE, "these", Network(), resamples=50)
    assert set(scores) == NAMES | PROTOCOL | {"inception_score_interval", "frechet_inception_distance_interval", "resamples"}
    for name, interval in (("inception_score_mean", "inception_score"), ("frechet_inception_distance",) * 2):
        low, high = scores[f"{interval}_interval"]
        assert low < scores[name] < high


def test_extrapolation_adds_the_limit():
    scores = evaluate(IMAGES, REFERENCE, "these", Network(), extrapolate=True)
    found = distances_by_count(IMAGES, REFERENCE, Network())
    assert scores["frechet_inception_distance_limit"] == found.limit
    assert found.counts.tolist() == [12 * tenths for tenths in range(1, 11)]


@pytest.mark.parametrize(
    ("images", "complaint"),
    [
        (IMAGES / np.float32(127.5) - 1, r"must be uint8 from 0 to 255, not float32 from -1 to 0\.5608; scale them"),
        (np.full((200, 4, 4, 1), np.nan), "not float64 with NaN or infinity among them"),
        (IMAGES.astype(np.int64) * 2, "not int64 from 0 to 398; scale them"),
        (np.array(["a", "b"]), "not <U1; save them as numbers"),
        (np.zeros((0, 4, 4, 1), np.float32), "not float32; save them as numbers"),
        (IMAGES[..., 0], r"shape \(N, H, W, C\) with C = 1 or 3, not \(120, 4, 4\)"),
        (IMAGES.transpose(0, 3, 1, 2), r"not \(120, 1, 4, 4\)"),
        (some_images(channels=4), r"not \(120, 4, 4, 4\)"),
        (IMAGES[:, :0], r"not \(120, 0, 4, 1\)"),
        (IMAGES[:1], "are 1; at least 100 are needed"),
        (some_images(channels=3), r"have 3 channel\(s\) and the reference \(these\) has 1; make both grey or both colour"),
    ],
)
def test_images_that_cannot_be_scored_are_one_sentence(images, complaint):
    with pytest.raises(UserError, match=complaint):
        evaluate(images, REFERENCE, "these", Network())


def test_a_bad_reference_is_named():
    with pytest.raises(UserError, match=r"The reference images \(these\) must be uint8"):
        evaluate(IMAGES, REFERENCE.astype(float), "these", Network())


def test_weights_that_give_no_numbers_are_one_sentence():
    class Broken(Network):
        weights_sha256 = "broken"

        def __call__(self, images):
            return Features(np.full((len(images), 3), np.nan, np.float32), np.zeros((len(images), 3), np.float32))

    with pytest.raises(UserError, match="hold NaN or infinity; see whether the images or the weights are damaged"):
        evaluate(IMAGES, REFERENCE, "these", Broken())


def test_unknown_features_list_the_known_ones():
    with pytest.raises(UserError, match="choose mnist, faces, inception or inception-gluoncv"):
        feature_network("resnet")
