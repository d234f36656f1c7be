"""Spectral norm: against PyTorch's, against singular values, and as part of a critic's state."""

from pathlib import Path

import numpy as np
import pytest
from helpers import DIGIT, initialised, method_of, some_digits

from thesis_gan._compat import mx
from thesis_gan.networks.dcgan import DCGANCritic
from thesis_gan.networks.layered_critic import LayeredCritic
from thesis_gan.networks.mlp import MLPCritic
from thesis_gan.networks.spectral import SpectralConvolution, SpectralDense, power_iteration
from thesis_gan.networks.weights import from_arrays, load_weights, save_weights, to_arrays
from thesis_gan.training.steps import Steps

pytestmark = pytest.mark.numeric

STORED = np.load(Path(__file__).parent / "reference" / "critics.npz")


def pytorch(name):
    return STORED[f"spectral norm {name}"]


def matrix(weight):
    return weight.reshape(len(weight), -1)


@pytest.fixture
def dense():
    """PyTorch's layer before its power iteration, in float64."""
    layer = initialised(LayeredCritic(SpectralDense(5, 7)))
    layer.cast("float64")
    start = {"weight": pytorch("weight"), "bias": np.zeros(5), "power_vector": pytorch("first u")[None]}
    from_arrays(layer, {f"layers.0.{name}": array for name, array in start.items()})
    return layer


def test_power_iteration_equals_pytorchs(dense):
    power_iteration(dense, 3)
    np.testing.assert_allclose(to_arrays(dense)["layers.0.power_vector"][0], pytorch("u"), rtol=1e-10)


def test_normalised_weight_and_its_derivative_equal_pytorchs(dense):
    """The layer's answers to unit vectors are the columns of its weight."""
    power_iteration(dense, 3)
    with mx.autograd.record():
        columns = dense(mx.nd.array(np.eye(7), dtype="float64"))
        loss = (columns * mx.nd.array(pytorch("c").T, dtype="float64")).sum()
    loss.backward()
    np.testing.assert_allclose(columns.asnumpy(), pytorch("normalised").T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dense.layers[0].weight.grad().asnumpy(), pytorch("gradient"), rtol=1e-9, atol=1e-12)


def test_many_steps_of_power_iteration_find_the_largest_singular_value(dense):
    power_iteration(dense, 200)
    columns = dense(mx.nd.array(np.eye(7), dtype="float64")).asnumpy()
    np.testing.assert_allclose(columns.T, pytorch("weight") / pytorch("sigma"), rtol=1e-8)


@pytest.mark.parametrize("layer", [SpectralConvolution(6, 3), SpectralDense(6, 30)], ids=["convolution", "dense"])
def test_first_vectors_are_near_the_first_singular_ones(layer):
    arrays = to_arrays(initialised(LayeredCritic(layer)))
    weight, u = matrix(arrays["layers.0.weight"]), arrays["layers.0.power_vector"]
    assert np.linalg.norm(u) == pytest.approx(1, rel=1e-5)
    assert np.linalg.norm(u @ weight) == pytest.approx(np.linalg.norm(weight, 2), rel=0.02)


def test_convolution_is_the_plain_one_with_its_weight_divided():
    layer = initialised(LayeredCritic(SpectralConvolution(6, 3)))
    power_iteration(layer, 100)
    x = mx.nd.array(np.random.RandomState(1).uniform(-1, 1, (2, 3, 8, 8)))
    weight = to_arrays(layer)["layers.0.weight"]
    plain = mx.nd.Convolution(
        x,
        mx.nd.array(weight / np.linalg.norm(matrix(weight), 2)),
        kernel=(4, 4),
        stride=(2, 2),
        pad=(1, 1),
        num_filter=6,
        no_bias=True,
    )
    np.testing.assert_allclose(layer(x).asnumpy(), plain.asnumpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make", [lambda: DCGANCritic(3, DIGIT, norm="spectral"), lambda: MLPCritic(1, DIGIT, norm="spectral")])
def test_every_layer_of_a_critic_is_normalised(make):
    critic = initialised(make(), 0.5)
    arrays = to_arrays(critic)
    weights = [name for name in arrays if name.endswith("weight")]
    assert len(weights) == 3
    assert all(name.replace("weight", "power_vector") in arrays for name in weights)
    doubled = {name: array * (3 if name.endswith("weight") else 1) for name, array in arrays.items()}
    x = mx.nd.array(np.random.RandomState(1).uniform(-1, 1, (2, 1, 28, 28)))
    before = critic(x).asnumpy()
    from_arrays(critic, doubled)
    np.testing.assert_allclose(critic(x).asnumpy(), before, rtol=1e-4)  # biases are 0: only the weights' directions count


def steps_of(*overrides):
    return Steps(method_of("sngan", "width=2", "batch_size=8", "z_size=6", *overrides), some_digits(), 0, mx.cpu())


def vectors_of(steps):
    return {name: array for name, array in to_arrays(steps.critic).items() if name.endswith("power_vector")}


@pytest.mark.parametrize("override", ["conditional=no", "conditional=yes", "architecture=mlp"])
def test_vectors_move_with_each_critic_step_by_one_step_of_power_iteration(override):
    steps = steps_of(override)
    before = vectors_of(steps)
    steps.critic_step(0)
    arrays, after = to_arrays(steps.critic), vectors_of(steps)
    for name, u in before.items():
        weight = matrix(arrays[name.replace("power_vector", "weight")]).astype(np.float64)
        expected = weight @ (weight.T @ u[0])
        np.testing.assert_allclose(after[name][0], expected / np.linalg.norm(expected), rtol=1e-4, atol=1e-6)


def test_vectors_stand_still_in_the_generators_step():
    steps = steps_of()
    before = vectors_of(steps)
    steps.generator_step(0)
    for name, array in vectors_of(steps).items():
        np.testing.assert_array_equal(array, before[name])


def test_vectors_have_no_gradient_and_are_saved(tmp_path):
    steps = steps_of()
    steps.critic_step(0)
    assert all(block.power_vector.grad_req == "null" for block in (steps.critic.layers[0], steps.critic.layers[2]))
    save_weights(steps.critic, tmp_path / "x.params")
    other = DCGANCritic(2, DIGIT, norm="spectral")
    load_weights(other, tmp_path / "x.params", mx.cpu())
    assert vectors_of(steps)
    for name, array in vectors_of(steps).items():
        np.testing.assert_array_equal(to_arrays(other)[name], array)


def test_any_method_can_have_the_spectral_norm():
    """WGAN clips the weights and leaves the vectors alone."""
    steps = Steps(method_of("wgan", "width=2", "batch_size=8", "critic_norm=spectral"), some_digits(), 0, mx.cpu())
    steps.critic_step(0)
    for u in vectors_of(steps).values():
        assert np.linalg.norm(u) == pytest.approx(1, rel=1e-5)
