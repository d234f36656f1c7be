"""Points in the plane, critics of them, and the exact distance between two sets of them."""

import numpy as np
import pytest
from helpers import initialised
from scipy import stats

from thesis_gan import data as datasets
from thesis_gan._compat import mx
from thesis_gan.metrics.wasserstein import wasserstein_distance
from thesis_gan.networks.points import ToyCritic, gradient_norms
from thesis_gan.networks.weights import initialise, parameters, to_arrays
from thesis_gan.penalties import gradient_penalty
from thesis_gan.streams import Streams

pytestmark = pytest.mark.numeric


def random(seed=0):
    return np.random.Generator(np.random.Philox(seed))


def test_eight_gaussians_lie_evenly_on_a_circle():
    points = datasets.find("8gaussians").draw(random(), 8000)
    angles = np.arctan2(points[:, 1], points[:, 0]) / (np.pi / 4)
    assert np.abs(angles - angles.round()).max() < 0.1
    np.testing.assert_allclose(np.bincount(angles.round().astype(int) % 8) / 8000, 1 / 8, atol=0.015)
    radius = np.hypot(*points.T)
    assert radius.mean() == pytest.approx(2 / 1.414, abs=1e-3)
    assert radius.std() == pytest.approx(0.02 / 1.414, rel=0.05)


def test_twenty_five_gaussians_lie_evenly_on_a_grid():
    points = datasets.find("25gaussians").draw(random(), 25000)
    place = points * 2.828 / 2
    assert set(map(tuple, place.round().astype(int))) == {(x, y) for x in range(-2, 3) for y in range(-2, 3)}
    assert (points - place.round() * 2 / 2.828).std() == pytest.approx(0.05 / 2.828, rel=0.05)


def test_swiss_roll_winds_outwards():
    """Its radius is its angle, from 1.5 pi to 4.5 pi, over 7.5; so a turn further is 2 pi / 7.5 further out."""
    points = datasets.find("swissroll").draw(random(), 20000)
    radius, angle = np.hypot(*points.T) * 7.5, np.arctan2(points[:, 1], points[:, 0])
    assert radius.min() > 1.5 * np.pi - 1.3
    assert radius.max() < 4.5 * np.pi + 1.3
    away = (radius - angle + np.pi) % (2 * np.pi) - np.pi
    assert away.std() == pytest.approx(0.25, rel=0.1)


@pytest.mark.parametrize("name", ["8gaussians", "25gaussians", "swissroll"])
def test_points_are_float32_in_the_plane_and_follow_the_generator(name):
    first, again, other = (datasets.find(name).draw(random(seed), 50) for seed in (0, 0, 1))
    assert (first.dtype, first.shape) == (np.float32, (50, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def weights_of(critic):
    return [array for name, array in to_arrays(critic).items() if name.endswith("weight")]


def forward(critic, x):
    """Scores, and for each layer the gradients of the scores by what it takes in, in float64 by the chain rule."""
    arrays = to_arrays(critic)
    names = [name[: -len("weight")] for name in arrays if name.endswith("weight")]
    layers = [(arrays[name + "weight"].astype(float), arrays[name + "bias"].astype(float)) for name in names]
    masks = []
    for weight, bias in layers[:-1]:
        x = x @ weight.T + bias
        masks.append(x > 0)
        x = np.maximum(x, 0)
    score = x @ layers[-1][0].T + layers[-1][1]
    gradient = np.repeat(layers[-1][0], len(x), axis=0)
    gradients = [gradient]
    for (weight, _), mask in zip(layers[-2::-1], masks[::-1]):
        gradient = (gradient * mask) @ weight
        gradients.append(gradient)
    return score, gradients[::-1]


@pytest.fixture
def critic():
    return initialised(ToyCritic(4, 16))


def test_critic_is_the_plain_perceptron_and_its_gradients_are_by_the_chain_rule(critic):
    points = datasets.find("swissroll").draw(random(), 30)
    score, gradients = forward(critic, points)
    np.testing.assert_allclose(critic(mx.nd.array(points)).asnumpy(), score, rtol=1e-4, atol=1e-6)
    expected = [np.linalg.norm(gradient, axis=1).mean() for gradient in gradients]
    np.testing.assert_allclose(gradient_norms(critic, mx.nd.array(points)), expected, rtol=1e-5)


def test_penalty_of_points_is_its_formula_with_its_exact_gradient(critic):
    points = datasets.find("swissroll").draw(random(), 30)

    def penalty():
        return np.square(np.linalg.norm(forward(critic, points)[1][0], axis=1) - 1).mean()

    with mx.autograd.record():
        found = gradient_penalty(critic, mx.nd.array(points))
    found.backward()
    assert found.asscalar() == pytest.approx(penalty(), rel=1e-5)
    weight = parameters(critic)["layers.2.weight"]
    gradient, start = weight.grad().asnumpy(), weight.data().asnumpy()
    place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    sides = []
    for step in (1e-3, -1e-3):
        moved = start.copy()
        moved[place] += step
        weight.set_data(mx.nd.array(moved))
        sides.append(penalty())
    assert gradient[place] == pytest.approx((sides[0] - sides[1]) / 2e-3, rel=1e-2)


def test_first_weights_after_he_have_the_deviation_of_their_inputs():
    critic = ToyCritic(3, 200, inputs=2)
    initialise(critic, Streams(0), "critic", None, mx.cpu())
    for weight, inputs in zip(weights_of(critic), (2, 200, 200)):
        assert weight.std() == pytest.approx(np.sqrt(2 / inputs), rel=0.15)


def test_wasserstein_distance_of_a_set_and_itself_moved_is_the_way():
    points = datasets.find("8gaussians").draw(random(), 200).astype(float)
    assert wasserstein_distance(points, points[::-1]) == pytest.approx(0, abs=1e-7)
    assert wasserstein_distance(points, points + np.array([3, 4])) == pytest.approx(5, rel=1e-9)


def test_wasserstein_distance_on_the_line_is_that_of_sorted_points():
    first, second = random().standard_normal((2, 300, 1))
    assert wasserstein_distance(first, 2 * second + 1) == pytest.approx(
        stats.wasserstein_distance(first[:, 0], 2 * second[:, 0] + 1), rel=1e-9
    )


def test_wasserstein_distance_refuses_sets_of_two_sizes():
    with pytest.raises(ValueError, match="must be alike"):
        wasserstein_distance(np.zeros((3, 2)), np.zeros((4, 2)))
