"""The gradient penalty's value and, above all, its parameter gradient."""

from pathlib import Path

import numpy as np
import pytest
from helpers import CLASSES, DIGIT, Kinks, initialised, use_exact_leaky_relu

from thesis_gan._compat import mx
from thesis_gan.data.images import one_hot
from thesis_gan.errors import UserError
from thesis_gan.networks.dcgan import DCGANCritic
from thesis_gan.networks.layered_critic import LayeredCritic
from thesis_gan.networks.layers import Output
from thesis_gan.networks.mlp import MLPCritic
from thesis_gan.networks.weights import from_arrays, initialise, parameters, to_arrays
from thesis_gan.penalties import between, gradient_penalty
from thesis_gan.streams import Streams

pytestmark = pytest.mark.numeric

REFERENCE = Path(__file__).parent / "reference" / "gradient_penalty.npz"
REFERENCE_64 = REFERENCE.with_name("gradient_penalty_64.npz")


def random_critic(norm, dtype="float64", width=3, classes=0):
    critic = DCGANCritic(width, DIGIT, norm, classes)
    initialise(critic, Streams(1), "critic", 0.3, mx.cpu())
    critic.cast(dtype)
    return critic


def random_images(count=4, channels=1, dtype=np.float64):
    return np.random.RandomState(2).uniform(-1, 1, (count, channels, 28, 28)).astype(dtype)


def assert_away_from_kinks(critic, x):
    with Kinks(critic) as kinks, mx.autograd.record():
        critic(mx.nd.array(x))
    assert kinks.nearest > 1e-5


def penalty_and_gradients(critic, x, label=()):
    with mx.autograd.record():
        penalty = gradient_penalty(critic, mx.nd.array(x, dtype=x.dtype), label)
    penalty.backward()
    gradients = {
        name: parameter.grad().asnumpy().copy() for name, parameter in parameters(critic).items() if parameter.grad_req != "null"
    }
    return float(penalty.asscalar()), gradients


def assert_equals_finite_differences(critic, x, label=(), entries=6, step=1e-6):
    """Central differences of the penalty's value along each of some entries of every parameter."""
    _, gradients = penalty_and_gradients(critic, x, label)
    weights = to_arrays(critic)
    chooser = np.random.RandomState(3)
    for name, gradient in gradients.items():
        scale = np.abs(gradient).max()
        for _ in range(entries):
            place = tuple(chooser.randint(size) for size in gradient.shape)
            values = []
            for sign in (1, -1):
                moved = {key: array.copy() for key, array in weights.items()}
                moved[name][place] += sign * step
                from_arrays(critic, moved)
                values.append(penalty_and_gradients(critic, x, label)[0])
            from_arrays(critic, weights)
            difference = (values[0] - values[1]) / (2 * step)
            assert gradient[place] == pytest.approx(difference, rel=1e-5, abs=1e-5 * scale + 1e-9), (name, place)


@pytest.fixture
def exact_leaky_relu(monkeypatch):
    use_exact_leaky_relu(monkeypatch)


@pytest.mark.usefixtures("exact_leaky_relu")
@pytest.mark.parametrize("norm", ["none", "layer"])
def test_gradient_equals_central_finite_differences_in_float64(norm):
    assert_equals_finite_differences(random_critic(norm), random_images())


@pytest.mark.usefixtures("exact_leaky_relu")
def test_gradient_of_a_conditional_critic_equals_finite_differences():
    critic = random_critic("none", classes=CLASSES)
    labels = mx.nd.array(one_hot(np.array([0, 3, 9, 3]), CLASSES), dtype="float64")
    assert_equals_finite_differences(critic, random_images(), (labels,), entries=3)


@pytest.mark.parametrize("norm", ["none", "layer"])
@pytest.mark.parametrize(("file", "width", "shape"), [(REFERENCE, 3, DIGIT), (REFERENCE_64, 2, (3, 64, 64))], ids=["28", "64"])
def test_value_and_gradient_equal_pytorchs_double_backward(file, width, shape, norm):
    stored = np.load(file)
    critic = initialised(DCGANCritic(width, shape, norm))
    from_arrays(critic, {name: stored[f"{norm} weight {name}"].astype(np.float32) for name in parameters(critic)})
    x = stored[f"{norm} x"].astype(np.float32)
    assert_away_from_kinks(critic, x)
    np.testing.assert_allclose(critic(mx.nd.array(x)).asnumpy(), stored[f"{norm} score"], rtol=1e-4)
    penalty, gradients = penalty_and_gradients(critic, x)
    assert penalty == pytest.approx(float(stored[f"{norm} penalty"]), rel=1e-4)
    for name, gradient in gradients.items():
        expected = stored[f"{norm} gradient {name}"]
        error = np.linalg.norm(gradient - expected)
        assert error <= 1e-4 * np.linalg.norm(expected) + 1e-7, name


def test_penalty_of_a_linear_critic_is_its_closed_form():
    """D(x) = w . x has the gradient w everywhere, so the penalty is (|w| - 1)^2 and its gradient 2 (|w| - 1) w / |w|."""
    critic = LayeredCritic(Output(in_units=784))
    initialise(critic, Streams(4), "critic", 0.2, mx.cpu())
    weight = to_arrays(critic)["layers.0.weight"]
    norm = np.linalg.norm(weight)
    penalty, gradients = penalty_and_gradients(critic, random_images(dtype=np.float32))
    assert penalty == pytest.approx((norm - 1) ** 2, rel=1e-5)
    np.testing.assert_allclose(gradients["layers.0.weight"], 2 * (norm - 1) * weight / norm, rtol=1e-4)


def test_penalty_changes_the_critics_gradient():
    from thesis_gan import methods
    from thesis_gan.methods import Batch
    from thesis_gan.profiles import resolve

    def uniform(name, shape):
        return mx.nd.array(Streams(5).uniform(name, 0, shape))

    gradients = []
    for weight in (0, 10):
        method = methods.find("wgan-gp")(resolve(methods.find("wgan-gp"), "smoke", [f"penalty_weight={weight}"]))
        critic = random_critic("none", "float32")
        real, fake = (mx.nd.array(random_images(dtype=np.float32) * scale) for scale in (1, 0.3))
        with mx.autograd.record():
            batch = Batch(fake, critic(fake), real, critic(real), critic, uniform=uniform)
            (method.critic_loss(batch) + method.critic_penalty(batch)).backward()
        gradients.append(parameters(critic)["layers.2.weight"].grad().asnumpy())
    assert np.linalg.norm(gradients[1] - gradients[0]) > 0.1 * np.linalg.norm(gradients[0])


@pytest.mark.parametrize("norm", ["none", "layer"])
def test_zero_input_gradient_gives_no_nan(norm):
    critic = random_critic(norm, "float32")
    from_arrays(critic, {name: np.zeros_like(array) for name, array in to_arrays(critic).items()})
    penalty, gradients = penalty_and_gradients(critic, random_images(dtype=np.float32))
    assert penalty == pytest.approx(1, rel=1e-5)
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())


def test_batch_norm_under_a_penalty_is_refused():
    with pytest.raises(UserError, match="critic_norm"):
        gradient_penalty(random_critic("batch", "float32"), mx.nd.array(random_images()))


def test_points_between_real_and_fake():
    real, fake, epsilon = mx.nd.full((2, 1, 2, 2), 3), mx.nd.full((2, 1, 2, 2), -1), mx.nd.array([0.25, 1]).reshape((2, 1, 1, 1))
    assert between(real, fake, epsilon).asnumpy()[:, 0, 0, 0].tolist() == [0.0, 3.0]


@pytest.mark.parametrize("kind", ["dcgan spectral", "mlp none", "mlp layer", "mlp spectral"])
def test_other_critics_values_and_gradients_equal_pytorchs_double_backward(kind):
    stored = np.load(REFERENCE.with_name("critics.npz"))
    architecture, norm = kind.split()
    critic = {"dcgan": lambda: DCGANCritic(3, DIGIT, norm), "mlp": lambda: MLPCritic(1, DIGIT, norm=norm)}[architecture]()
    initialise(critic, Streams(1), "critic", 0.3, mx.cpu())
    from_arrays(critic, {name: stored[f"{kind} weight {name}"] for name in parameters(critic)})
    x = stored[f"{kind} x"]
    assert_away_from_kinks(critic, x)
    np.testing.assert_allclose(critic(mx.nd.array(x)).asnumpy(), stored[f"{kind} score"], rtol=2e-4, atol=1e-5)
    penalty, gradients = penalty_and_gradients(critic, x)
    assert penalty == pytest.approx(float(stored[f"{kind} penalty"]), rel=1e-4)
    for name, gradient in gradients.items():
        expected = stored[f"{kind} gradient {name}"]
        assert np.linalg.norm(gradient - expected) <= 1e-4 * np.linalg.norm(expected) + 1e-6, name


@pytest.mark.usefixtures("exact_leaky_relu")
@pytest.mark.parametrize("norm", ["none", "layer", "spectral"])
def test_gradient_of_a_perceptron_told_the_label_equals_finite_differences(norm):
    critic = MLPCritic(1, DIGIT, norm, CLASSES)
    initialise(critic, Streams(1), "critic", 0.3, mx.cpu())
    critic.cast("float64")
    labels = mx.nd.array(one_hot(np.array([0, 3, 9, 3]), CLASSES), dtype="float64")
    assert_equals_finite_differences(critic, random_images(), (labels,), entries=3)
