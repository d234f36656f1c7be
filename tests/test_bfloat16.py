"""precision=bfloat16: the same networks but for rounding, with everything that is kept in float32."""

import os
import subprocess
import sys

import numpy as np
import pytest
from helpers import CLASSES, DIGIT, assert_same_arrays, initialised, method_of, settings_of, some_digits

from thesis_gan._compat import mx
from thesis_gan.data.images import one_hot
from thesis_gan.errors import UserError
from thesis_gan.networks.bfloat16 import BFloat16Conv2DTranspose, BFloat16Convolution, check_bfloat16
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.layers import Convolution
from thesis_gan.networks.spectral import power_iteration
from thesis_gan.networks.weights import load_weights, parameters, save_weights, to_arrays
from thesis_gan.training import checkpoint
from thesis_gan.training.steps import Steps

pytestmark = pytest.mark.numeric

nn = mx.gluon.nn

try:
    check_bfloat16(mx.cpu())
except UserError as error:
    pytest.skip(str(error), allow_module_level=True)

ROUNDING = 2.0**-8  # of one number, at most; what follows of a number near 0, which may pass a ReLU or not, is further off
PENALISED = ("wgan-gp", "wgan-gp-ln", "dragan")
NAMES = ("dcgan", "cgan", "sngan", "wgan", *PENALISED)


def random_array(*shape, seed=0):
    return mx.nd.array(np.random.RandomState(seed).uniform(-1, 1, shape))


def error(got, expected):
    """Relative, of all numbers of an array together."""
    return np.linalg.norm(got - expected) / np.linalg.norm(expected)


def networks():
    image, z, label = random_array(8, 1, 28, 28), random_array(8, 16), mx.nd.array(one_hot(np.arange(8), CLASSES))
    yield pytest.param(lambda precision: DCGANGenerator(16, 8, DIGIT, precision=precision), (z,), id="generator")
    conditional = [
        lambda precision: ConditionalGenerator(DCGANGenerator(36, 8, DIGIT, precision=precision), CLASSES, 20),
        (z, label),
    ]
    yield pytest.param(*conditional, id="conditional generator")
    for norm in ("batch", "layer", "spectral", "none"):
        yield pytest.param(lambda precision, norm=norm: DCGANCritic(8, DIGIT, norm, 0, precision), (image,), id=f"critic {norm}")
    yield pytest.param(
        lambda precision: DCGANCritic(8, DIGIT, "none", CLASSES, precision), (image, label), id="conditional critic"
    )


def both(make, hybridised=True):
    """A network in both precisions, with the same parameters."""
    pair = [initialised(make(precision)) for precision in ("float32", "bfloat16")]
    for network in pair:
        if hybridised:
            network.hybridize(static_alloc=True, static_shape=True)
    return pair


def value_and_gradients(network, inputs):
    inputs = [each.copy() for each in inputs]
    inputs[0].attach_grad()
    with mx.autograd.record():
        out = mx.nd.amp_cast(network(*inputs), dtype="float32")
        loss = (out * out).sum()
    loss.backward()
    gradients = {name: each.grad().asnumpy() for name, each in parameters(network).items() if each.grad_req != "null"}
    return out.asnumpy(), {"input": inputs[0].grad.asnumpy(), **gradients}


@pytest.mark.parametrize(
    ("kinds", "shape"),
    [
        pytest.param((lambda kind: kind(32, 16), Convolution, BFloat16Convolution), (8, 16, 14, 14), id="convolution"),
        pytest.param(
            (lambda kind: kind(16, 4, 2, 1, use_bias=False, in_channels=32), nn.Conv2DTranspose, BFloat16Conv2DTranspose),
            (8, 32, 7, 7),
            id="transposed convolution",
        ),
        pytest.param(
            (lambda kind: kind(16, 4, 2, 1, use_bias=False, in_channels=32), nn.Conv2DTranspose, BFloat16Conv2DTranspose),
            (32, 32, 7, 7),
            id="transposed convolution of many images",
        ),
    ],
)
@pytest.mark.parametrize("hybridised", [True, False], ids=["hybridised", "imperative"])
def test_layers_values_and_gradients_are_rounded_and_no_more(kinds, shape, hybridised):
    make, *kinds = kinds
    exact, rounded = both(lambda precision: make(kinds[precision == "bfloat16"]), hybridised)
    for seed in range(3):
        x = random_array(*shape, seed=seed)
        (expected, expected_gradients), (got, gradients) = (value_and_gradients(layer, [x]) for layer in (exact, rounded))
        assert 0.1 * ROUNDING < error(got, expected) < ROUNDING
        assert set(gradients) == set(expected_gradients)
        for name, gradient in expected_gradients.items():
            assert 0.1 * ROUNDING < error(gradients[name], gradient) < 1.5 * ROUNDING, name
            assert gradients[name].dtype == np.float32


@pytest.mark.parametrize("hybridised", [True, False], ids=["hybridised", "imperative"])
@pytest.mark.parametrize(("make", "inputs"), list(networks()))
def test_values_and_gradients_are_float32s_but_for_rounding(make, inputs, hybridised):
    exact, rounded = both(make, hybridised)
    for _ in range(2):  # the second time in memory that is used already
        expected, expected_gradients = value_and_gradients(exact, inputs)
        got, gradients = value_and_gradients(rounded, inputs)
        assert 0.01 * ROUNDING < error(got, expected) < 4 * ROUNDING
        for name, gradient in expected_gradients.items():
            if np.linalg.norm(gradient) > 1e-3 * np.sqrt(gradient.size):  # a bias before a batch norm has none but noise
                assert error(gradients[name], gradient) < 0.1, name


@pytest.mark.parametrize("norm", ["layer", "spectral", "none"])
def test_tangent_pass_is_float32s_but_for_rounding(norm):
    v, x = random_array(8, 1, 28, 28, seed=1), random_array(8, 1, 28, 28)
    expected, got = (
        network.tangent_pass(v, network.forward_pass(x)[1]).asnumpy()
        for network in both(lambda precision: DCGANCritic(8, DIGIT, norm, 0, precision))
    )
    assert 0.01 * ROUNDING < error(got, expected) < 0.1


@pytest.mark.parametrize(("make", "inputs"), list(networks()))
def test_what_is_kept_is_float32_and_fits_the_other_precision(make, inputs, tmp_path):
    exact, rounded = both(make)
    rounded(*inputs)
    assert {each.data().dtype for each in parameters(rounded).values()} == {np.float32}
    assert_same_arrays(to_arrays(rounded), to_arrays(exact))
    save_weights(rounded, tmp_path / "weights")
    loaded = make("float32")
    load_weights(loaded, tmp_path / "weights", mx.cpu())
    assert_same_arrays(to_arrays(loaded), to_arrays(exact))


def test_loaded_weights_draw_what_the_saved_ones_draw(tmp_path):
    z = random_array(250, 16)
    _, generator = both(lambda precision: DCGANGenerator(16, 8, DIGIT, precision=precision))
    save_weights(generator, tmp_path / "weights")
    loaded = DCGANGenerator(16, 8, DIGIT, precision="bfloat16")
    load_weights(loaded, tmp_path / "weights", mx.cpu())
    loaded.hybridize(static_alloc=True)
    np.testing.assert_array_equal(loaded(z).asnumpy(), generator(z).asnumpy())


def test_images_follow_the_weights_between_prediction_and_training():
    """In prediction MXNet keeps a weight in a layout of its own: what is written into it since is to be read all the same."""
    z, own = random_array(8, 16), "up1.weight"
    exact, rounded = both(lambda precision: DCGANGenerator(16, 8, DIGIT, precision=precision))
    for scale in (1, -2, 0.5):
        for network in (exact, rounded):
            weight = parameters(network)[own]
            weight.set_data(weight.data() * scale)
        for training in (False, False, True, False):
            with mx.autograd.record(train_mode=training):
                expected, got = exact(z).asnumpy(), rounded(z).asnumpy()
            assert error(got, expected) < 4 * ROUNDING


def steps_of(name, *overrides, precision="bfloat16"):
    overrides = ("width=8", "batch_size=8", "z_size=6", f"precision={precision}", *overrides)
    return Steps(method_of(name, *overrides), some_digits(), 0, mx.cpu())


def run(steps, numbers):
    return [
        float(array.asscalar())
        for number in numbers
        for row in (steps.critic_step(number), steps.generator_step(number))
        for array in row.values()
    ]


def arrays_of(steps):
    return checkpoint.network_arrays(generator=steps.generator, critic=steps.critic)


@pytest.mark.parametrize("name", NAMES)
def test_first_step_is_float32s_but_for_rounding(name):
    """With plain gradient descent: Adam's first step is the gradient's sign, and small gradients' signs are not sure."""
    exact, rounded = (steps_of(name, "init_std=0.1", precision=precision) for precision in ("float32", "bfloat16"))
    for steps in (exact, rounded):
        for trainer in (steps.generator_trainer, steps.critic_trainer):
            trainer._init_optimizer(mx.optimizer.SGD(1.0), {})
    before = arrays_of(exact)
    assert_same_arrays(arrays_of(rounded), before)
    run(exact, [0])
    run(rounded, [0])
    expected, got = ({key: array - before[key] for key, array in arrays_of(steps).items()} for steps in (exact, rounded))
    for network in ("generator", "critic"):
        updates = [np.concatenate([each[key].ravel() for key in each if key.startswith(network)]) for each in (got, expected)]
        assert 0 < error(*updates) < 0.1, network


@pytest.mark.parametrize("name", NAMES)
def test_a_step_replayed_from_the_same_state_gives_the_same_result(name):
    first, second = steps_of(name), steps_of(name)
    run(first, [0, 1])
    second.critic_step(5)
    checkpoint.restore_networks(arrays_of(first), generator=second.generator, critic=second.critic)
    for key in ("generator_trainer", "critic_trainer"):
        checkpoint.restore_trainer(getattr(second, key), checkpoint.trainer_arrays(getattr(first, key)), 2)
    assert run(second, [2]) == run(first, [2])
    assert_same_arrays(arrays_of(second), arrays_of(first))


def test_updates_too_small_for_bfloat16_add_up():
    steps = steps_of("dcgan", "learning_rate=1e-6", "init_std=1")
    before = arrays_of(steps)
    run(steps, range(4))
    for name in ("generator project.weight", "generator up1.weight", "critic layers.2.weight"):
        moved = np.abs(arrays_of(steps)[name] - before[name])
        assert 1e-6 < moved.max() < 8e-6 and (moved > 0).mean() > 0.9, name


def test_spectral_norm_follows_the_float32_weight():
    critic = initialised(DCGANCritic(8, DIGIT, "spectral", 0, "bfloat16"))
    power_iteration(critic, 100)
    layer = critic.layers[2]
    normalised = layer.effective_weight(mx.nd, random_array(1)).astype("float32").asnumpy()
    assert np.linalg.norm(normalised.reshape(16, -1), 2) == pytest.approx(1, abs=2 * ROUNDING)


def test_multilayer_perceptrons_and_gpus_are_refused():
    with pytest.raises(UserError, match="precision=bfloat16 is for architecture=dcgan, not mlp"):
        settings_of("dcgan", "architecture=mlp", "precision=bfloat16")
    with pytest.raises(UserError, match="for the CPU only"):
        check_bfloat16(mx.gpu())


def test_processor_that_cannot_is_named_in_one_sentence():
    script = (
        "from thesis_gan._compat import mx; from thesis_gan.networks.bfloat16 import check_bfloat16; check_bfloat16(mx.cpu())"
    )
    environment = {**os.environ, "DNNL_MAX_CPU_ISA": "AVX2"}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert "UserError: precision=bfloat16 needs a processor with AVX-512" in result.stderr
