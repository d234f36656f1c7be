"""Networks against independent NumPy implementations; their derivatives, first weights and files."""

import numpy as np
import pytest
from helpers import CLASSES, DIGIT, Kinks, assert_same_arrays, initialised, use_exact_leaky_relu

from thesis_gan._compat import mx
from thesis_gan.data.images import one_hot
from thesis_gan.errors import UserError
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.layers import BatchNorm, LayerNorm, LeakyReLU, in_blocks
from thesis_gan.networks.mlp import MLPCritic
from thesis_gan.networks.to_image import ConvolutionToImage
from thesis_gan.networks.weights import from_arrays, initialise, load_weights, parameters, save_weights, to_arrays
from thesis_gan.streams import Streams

pytestmark = pytest.mark.numeric

NORMS = ("batch", "layer", "none")
LABELS = np.array([3, 0, 9, 3])
STAGES = {28: 2, 32: 3, 64: 4, 128: 5}  # halvings from images of a side to the smallest maps
SHAPES = (DIGIT, (3, 32, 32), (1, 64, 64), (3, 64, 64), (3, 128, 128))


def random_array(*shape, seed=0, dtype=np.float32):
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(dtype)


def with_random_parameters(network, lowest=-1.0):
    """Every parameter drawn, also those that start at 0 or 1, so that forgetting one shows.

    lowest: even about 0, or scores grow with the depth; another where the numbers would lie at a kink.
    """
    initialised(network)
    for place, (name, parameter) in enumerate(parameters(network).items()):
        low = 0.5 if name.endswith(("gamma", "running_var")) else lowest
        parameter.set_data(mx.nd.array(np.random.RandomState(place).uniform(low, 1.0, parameter.shape)))
    return network


def call(network, *inputs, training=False):
    arrays = [mx.nd.array(each, dtype=each.dtype) for each in inputs]
    with mx.autograd.record(train_mode=training):
        return network(*arrays).asnumpy()


# The same layers in NumPy, straight from their definitions.


def convolve(x, weight, bias):
    """4x4, stride 2, padding 1: y[o, i, j] = sum x[c, 2 i + k - 1, 2 j + l - 1] w[o, c, k, l] + b[o]."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    size = x.shape[2] // 2
    y = np.zeros((len(x), len(weight), size, size))
    for i in range(size):
        for j in range(size):
            y[:, :, i, j] = np.einsum("nckl,ockl->no", padded[:, :, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4], weight)
    return y + bias.reshape(1, -1, 1, 1)


def convolve_transposed(x, weight):
    """4x4, stride 2, padding 1: each input pixel adds its kernel to y at twice its place; one border is cut off."""
    size = x.shape[2]
    y = np.zeros((len(x), weight.shape[1], 2 * size + 2, 2 * size + 2))
    for i in range(size):
        for j in range(size):
            y[:, :, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += np.einsum("nc,cokl->nokl", x[:, :, i, j], weight)
    return y[:, :, 1:-1, 1:-1]


def batch_norm(x, arrays, name, training):
    if training:
        mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    else:
        mean, variance = arrays[f"{name}.running_mean"], arrays[f"{name}.running_var"]
    scale, shift = arrays[f"{name}.gamma"], arrays[f"{name}.beta"]
    mean, variance, scale, shift = (each.reshape(1, -1, 1, 1) for each in (mean, variance, scale, shift))
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


def layer_norm(x, scale, shift):
    normal = np.empty_like(x)
    for sample, out in zip(x, normal):
        out[...] = (sample - sample.mean()) / np.sqrt(sample.var() + 1e-5)
    return normal * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def numpy_generator(arrays, z, width, side, training):
    stages = STAGES[side]
    smallest = side >> stages
    maps = (z @ arrays["project.weight"].T).reshape(-1, width << stages, smallest, smallest)
    for place in range(1, stages + 1):
        maps = np.maximum(batch_norm(maps, arrays, f"norm{place}", training), 0)
        maps = convolve_transposed(maps, arrays[f"up{place}.weight"])
    return np.tanh(maps + arrays[f"up{stages}.bias"].reshape(1, -1, 1, 1))


def numpy_critic(arrays, x, norm, training):
    maps = leaky(convolve(x, arrays["layers.0.weight"], arrays["layers.0.bias"]))
    place = 2
    for _ in range(STAGES[x.shape[-1]] - 1):
        maps = convolve(maps, arrays[f"layers.{place}.weight"], arrays[f"layers.{place}.bias"])
        if norm == "batch":
            maps = batch_norm(maps, arrays, f"layers.{place + 1}", training)
        elif norm == "layer":
            maps = layer_norm(maps, arrays[f"layers.{place + 1}.gamma"], arrays[f"layers.{place + 1}.beta"])
        maps, place = leaky(maps), place + (2 if norm == "none" else 3)
    return maps.reshape(len(x), -1) @ arrays[f"layers.{place}.weight"].T + arrays[f"layers.{place}.bias"]


@pytest.mark.parametrize("training", [False, True], ids=["predicting", "training"])
@pytest.mark.parametrize(("width", "shape"), [(2, DIGIT), *((1, shape) for shape in SHAPES)])
def test_generator_equals_numpy(width, shape, training):
    generator = with_random_parameters(DCGANGenerator(5, width, shape))
    arrays, z = to_arrays(generator), random_array(4, 5)
    images = call(generator, z, training=training)
    assert images.shape == (4, *shape)
    rounding = 1e-5 * STAGES[shape[-1]]  # of float32, which each stage adds to
    np.testing.assert_allclose(images, numpy_generator(arrays, z, width, shape[-1], training), atol=rounding)


@pytest.mark.parametrize("channels", [1, 3])
def test_convolution_to_an_image_equals_gluons_transposed_convolution(channels):
    """Gluon's has three maps in any case, as it cannot be differentiated with one; those too many have no gradient."""
    ours = with_random_parameters(ConvolutionToImage(channels, 5, 12))
    gluons = mx.gluon.nn.Conv2DTranspose(3, 4, 2, 1, in_channels=5)
    gluons.initialize()
    above = np.zeros((4, 3, 12, 12), np.float32)
    above[:, :channels] = random_array(4, channels, 12, 12)
    found = []
    for layer in (ours, gluons):
        x = mx.nd.array(random_array(4, 5, 6, 6, seed=1))
        x.attach_grad()
        if layer is gluons:
            gluons.weight.data()[:, :channels] = ours.weight.data()
            gluons.bias.data()[:channels] = ours.bias.data()
        with mx.autograd.record():
            y = layer(x)
        y.backward(mx.nd.array(above[:, : y.shape[1]]))
        parts = (y, layer.weight.grad()), (layer.bias.grad(),)
        found.append([x.grad, *(each[:, :channels] for each in parts[0]), *(each[:channels] for each in parts[1])])
    for got, expected in zip(*found):
        np.testing.assert_allclose(got.asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("training", [False, True], ids=["predicting", "training"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("width", "shape"), [(2, (3, 28, 28)), *((1, shape) for shape in SHAPES)])
def test_critic_equals_numpy(norm, width, shape, training):
    critic = with_random_parameters(DCGANCritic(width, shape, norm))
    arrays, x = to_arrays(critic), random_array(3, *shape)
    expected = numpy_critic(arrays, x, norm, training)
    np.testing.assert_allclose(
        call(critic, x, training=training), expected, rtol=1e-4, atol=1e-4 * max(1, np.abs(expected).max())
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_generated_images_have_the_shape_and_range_of_images(channels):
    images = call(initialised(DCGANGenerator(10, 2, (channels, 28, 28)), 2.0), random_array(6, 10))
    assert (images.shape, images.dtype) == ((6, channels, 28, 28), np.float32)
    assert -1 <= images.min() < -0.9
    assert 0.9 < images.max() <= 1


def test_generators_parameters_have_the_shapes_of_the_description():
    shapes = {
        name: parameter.shape for name, parameter in parameters(DCGANGenerator(100, 64, DIGIT)).items() if "norm" not in name
    }
    assert shapes == {
        "project.weight": (256 * 7 * 7, 100),
        "up1.weight": (256, 128, 4, 4),
        "up2.weight": (128, 1, 4, 4),
        "up2.bias": (1,),
    }


@pytest.mark.parametrize("norm", NORMS)
def test_critics_parameters_have_the_shapes_of_the_description(norm):
    shapes = {name: parameter.shape for name, parameter in parameters(DCGANCritic(64, DIGIT, norm)).items()}
    assert shapes["layers.0.weight"] == (64, 1, 4, 4)
    assert shapes["layers.2.weight"] == (128, 64, 4, 4)
    assert [shape for name, shape in shapes.items() if name.endswith("weight")][2] == (1, 128 * 7 * 7)
    assert ("layers.3.running_mean" in shapes) == (norm == "batch")


class InBlocks(mx.gluon.HybridBlock):
    def hybrid_forward(self, F, maps):
        return in_blocks(F, maps, 20)


@pytest.mark.parametrize("hybridised", [True, False], ids=["hybridised", "imperative"])
@pytest.mark.parametrize("batch", [1, 8])
def test_maps_in_blocks_and_their_gradient_are_the_same_to_the_last_bit(batch, hybridised):
    x, head = (mx.nd.array(random_array(batch, 20, 7, 7, seed=seed)) for seed in (1, 2))
    x.attach_grad()
    block = InBlocks()
    block.hybridize(hybridised)
    with mx.autograd.record():
        maps = block(x)
    maps.backward(head)
    assert np.array_equal(maps.asnumpy(), x.asnumpy())
    assert np.array_equal(x.grad.asnumpy(), head.asnumpy())


def test_batch_norm_in_training_gives_mean_0_and_variance_1():
    critic = initialised(DCGANCritic(3, DIGIT))
    maps = mx.nd.array(random_array(8, 6, 7, 7) * 5 + 2)
    with mx.autograd.train_mode():
        normal = critic.layers[3](maps).asnumpy()
    np.testing.assert_allclose(normal.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(normal.var(axis=(0, 2, 3)), 1, atol=1e-4)


def test_batch_norm_predicts_with_running_statistics_whatever_the_batch():
    critic = with_random_parameters(DCGANCritic(3, DIGIT))
    x = random_array(4, 1, 28, 28)
    np.testing.assert_allclose(call(critic, x)[:2], call(critic, x[:2]), rtol=1e-5)


@pytest.mark.parametrize("norm", ["layer", "none"])
def test_score_of_an_image_does_not_depend_on_its_batch_without_batch_norm(norm):
    critic = with_random_parameters(DCGANCritic(3, DIGIT, norm))
    x = random_array(4, 1, 28, 28)
    np.testing.assert_allclose(call(critic, x, training=True)[:2], call(critic, x[:2], training=True), rtol=1e-4)


def test_layer_norm_equals_its_formula_for_each_sample():
    layer = with_random_parameters(LayerNorm(3))
    x = random_array(4, 3, 5, 2) * np.arange(1, 5).reshape(4, 1, 1, 1).astype(np.float32) + 2
    arrays = to_arrays(layer)
    np.testing.assert_allclose(call(layer, x), layer_norm(x, arrays["gamma"], arrays["beta"]), rtol=1e-4, atol=1e-5)


def test_layer_norm_of_a_constant_sample_is_finite():
    assert call(initialised(LayerNorm(2)), np.full((1, 2, 3, 3), 7, np.float32)).ravel().tolist() == [0] * 18


def test_leaky_relu_has_slope_0_2():
    np.testing.assert_allclose(call(LeakyReLU(), np.array([-5, -1, 0, 2], np.float32)), [-1, -0.2, 0, 2], rtol=1e-6)


def test_conditional_generator_gets_each_number_of_the_label_repeated_after_z():
    generator = with_random_parameters(ConditionalGenerator(DCGANGenerator(5 + 30, 2, DIGIT), CLASSES, 30))
    z, y = random_array(4, 5), one_hot(LABELS, CLASSES)
    seen = np.concatenate([z, np.repeat(y, 3, axis=1)], axis=1)
    np.testing.assert_array_equal(call(generator, z, y), call(generator.generator, seen))


def test_conditional_generator_draws_something_else_for_another_label():
    generator = with_random_parameters(ConditionalGenerator(DCGANGenerator(5 + 100, 2, DIGIT), CLASSES, 100))
    z = np.repeat(random_array(1, 5), 2, axis=0)
    first, second = call(generator, z, one_hot(np.array([0, 1]), CLASSES))
    assert np.abs(first - second).max() > 0.01


def stacked(x, labels, classes):
    """Image, then one map per class: ones for the label's class, zeros for all others."""
    maps = np.zeros((len(x), classes, *x.shape[2:]), np.float32)
    for sample, label in zip(maps, labels):
        sample[label] = 1
    return np.concatenate([x, maps], axis=1)


@pytest.mark.parametrize("norm", [*NORMS, "spectral"])
@pytest.mark.parametrize(("shape", "classes"), [(DIGIT, CLASSES), ((3, 32, 32), 4), ((1, 64, 64), 40)])
def test_conditional_critic_sees_the_label_as_so_many_more_channels(norm, shape, classes):
    critic = with_random_parameters(DCGANCritic(2, shape, norm, classes))
    literal = with_random_parameters(DCGANCritic(2, (shape[0] + classes, *shape[1:]), norm))
    labels = LABELS % classes
    x, y, kinks = random_array(4, *shape), one_hot(labels, classes), Kinks(critic)
    assert {name: each.shape for name, each in parameters(critic).items()} == {
        name: each.shape for name, each in parameters(literal).items()
    }
    (got, gradients), (expected, expected_gradients) = (
        values_and_gradients(critic, (x, y)),
        values_and_gradients(literal, (stacked(x, labels, classes),)),
    )
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    expected_gradients["input"] = expected_gradients["input"][:, : shape[0]]  # the image
    assert kinks.nearest > 1e-5
    for name, gradient in but_of_rounding(critic, expected_gradients).items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-3, atol=1e-4 * np.abs(gradient).max() + 1e-4, err_msg=name)


def test_conditional_critics_both_passes_see_the_same():
    critic = with_random_parameters(DCGANCritic(2, DIGIT, "none", CLASSES))
    x, label = mx.nd.array(random_array(4, 1, 28, 28)), mx.nd.array(one_hot(LABELS, CLASSES))
    np.testing.assert_allclose(critic.forward_pass(x, label)[0].asnumpy(), critic(x, label).asnumpy(), rtol=1e-5)


@pytest.mark.parametrize("conditional", [False, True], ids=["plain", "conditional"])
@pytest.mark.parametrize("norm", [*NORMS, "spectral"])
@pytest.mark.parametrize("kind", [DCGANCritic, MLPCritic])
def test_scores_of_both_batches_are_those_of_a_pass_each(kind, norm, conditional):
    critic = with_random_parameters(kind(2, DIGIT, norm, CLASSES if conditional else 0), lowest=-0.5)
    label, kinks = (mx.nd.array(one_hot(LABELS, CLASSES)),) if conditional else (), Kinks(critic)
    real, fake = (mx.nd.array(random_array(4, 1, 28, 28, seed=seed)) for seed in (1, 2))
    got, gradients = both_scores_and_gradients(critic, lambda: critic.scores(mx.nd, real, fake, *label))
    expected, expected_gradients = both_scores_and_gradients(critic, lambda: (critic(real, *label), critic(fake, *label)))
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert kinks.nearest > 1e-5
    for name, gradient in but_of_rounding(critic, expected_gradients).items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-4, atol=1e-4 * np.abs(gradient).max() + 1e-4, err_msg=name)


def but_of_rounding(network, gradients):
    """Those of a network's gradients that say something: of a bias before batch norm it is the rounding of others, and small."""
    layers = list(getattr(network, "layers", ()))
    left_out = {f"layers.{place}" for place, after in enumerate(layers[1:]) if isinstance(after, BatchNorm)}
    for layer in left_out:
        assert np.abs(gradients[f"{layer}.bias"]).max() < 1e-4 * np.abs(gradients[f"{layer}.weight"]).max()
    return {name: each for name, each in gradients.items() if name not in {f"{layer}.bias" for layer in left_out}}


def both_scores_and_gradients(critic, scores):
    with mx.autograd.record():
        real, fake = scores()
        loss = (real * real).sum() - 2 * (fake * fake).sum()
    loss.backward()
    gradients = {name: each.grad().asnumpy().copy() for name, each in parameters(critic).items() if each.grad_req != "null"}
    return np.stack([real.asnumpy(), fake.asnumpy()]), gradients


def all_networks():
    image, z, label = random_array(4, 1, 28, 28), random_array(4, 5), one_hot(LABELS, CLASSES)
    yield pytest.param(lambda: DCGANGenerator(5, 2, DIGIT), (z,), id="generator")
    yield pytest.param(
        lambda: ConditionalGenerator(DCGANGenerator(15, 2, DIGIT), CLASSES, 10), (z, label), id="conditional generator"
    )
    for norm in NORMS:
        yield pytest.param(lambda norm=norm: DCGANCritic(2, DIGIT, norm), (image,), id=f"critic {norm}")
    yield pytest.param(lambda: DCGANCritic(2, DIGIT, classes=CLASSES), (image, label), id="conditional critic")


def values_and_gradients(network, inputs):
    arrays = [mx.nd.array(each) for each in inputs]
    arrays[0].attach_grad()
    with mx.autograd.record():
        out = network(*arrays)
        loss = (out * out).sum()
    loss.backward()
    gradients = {name: each.grad().asnumpy() for name, each in parameters(network).items() if each.grad_req != "null"}
    return out.asnumpy(), {**gradients, "input": arrays[0].grad.asnumpy()}


@pytest.mark.parametrize(("make", "inputs"), list(all_networks()))
def test_hybridised_network_equals_imperative_one(make, inputs):
    imperative, hybridised = with_random_parameters(make()), with_random_parameters(make())
    hybridised.hybridize(static_alloc=True, static_shape=True)
    kinks = Kinks(imperative)
    expected, expected_gradients = values_and_gradients(imperative, inputs)
    got, gradients = values_and_gradients(hybridised, inputs)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert kinks.nearest > 1e-5
    for name, gradient in but_of_rounding(imperative, expected_gradients).items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-4, atol=1e-4 * np.abs(gradient).max() + 1e-4, err_msg=name)


@pytest.mark.parametrize("norm", ["none", "layer", "spectral"])
@pytest.mark.parametrize("conditional", [False, True], ids=["plain", "conditional"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_tangent_pass_equals_the_numerical_directional_derivative(monkeypatch, shape, norm, conditional):
    use_exact_leaky_relu(monkeypatch)
    critic = DCGANCritic(1, shape, norm, CLASSES if conditional else 0)
    with_random_parameters(critic).cast("float64")
    label = (mx.nd.array(one_hot(LABELS, CLASSES), dtype="float64"),) if conditional else ()
    x, v = (random_array(4, *shape, seed=seed, dtype=np.float64) for seed in (1, 2))

    def score(at):
        return critic(mx.nd.array(at, dtype="float64"), *label).asnumpy()

    step = 1e-6
    expected = (score(x + step * v) - score(x - step * v)) / (2 * step)
    value, residuals = critic.forward_pass(mx.nd.array(x, dtype="float64"), *label)
    np.testing.assert_allclose(value.asnumpy(), score(x), rtol=1e-10)
    found = critic.tangent_pass(mx.nd.array(v, dtype="float64"), residuals).asnumpy()
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize(("norm", "penalisable"), [("batch", False), ("layer", True), ("none", True)])
def test_only_batch_norm_forbids_a_penalty(norm, penalisable):
    assert DCGANCritic(2, DIGIT, norm).penalisable is penalisable
    assert DCGANCritic(2, DIGIT, norm, CLASSES).penalisable is penalisable


def test_tangent_pass_adds_no_parameters():
    critic = initialised(DCGANCritic(2, DIGIT, "layer"))
    before = set(parameters(critic))
    critic.tangent_pass(mx.nd.ones((1, 1, 28, 28)), critic.forward_pass(mx.nd.ones((1, 1, 28, 28)))[1])
    assert set(parameters(critic)) == before


def first_weights(make, seed=0, name="critic", standard_deviation=0.02):
    network = make()
    initialise(network, Streams(seed), name, standard_deviation, mx.cpu())
    return to_arrays(network)


def test_first_weights_are_a_function_of_the_seed_alone():
    known = first_weights(lambda: DCGANCritic(4, DIGIT))
    mx.random.seed(99)
    first_weights(lambda: DCGANGenerator(5, 4, DIGIT), name="generator")
    assert_same_arrays(first_weights(lambda: DCGANCritic(4, DIGIT)), known)


@pytest.mark.parametrize("different", [{"seed": 1}, {"name": "generator"}], ids=["seed", "network"])
def test_first_weights_differ_by_seed_and_network(different):
    known, other = first_weights(lambda: DCGANCritic(4, DIGIT)), first_weights(lambda: DCGANCritic(4, DIGIT), **different)
    assert (known["layers.0.weight"] != other["layers.0.weight"]).all()


def test_each_parameter_has_weights_of_its_own():
    arrays = first_weights(lambda: DCGANCritic(4, DIGIT))
    assert not np.allclose(arrays["layers.0.weight"].ravel(), arrays["layers.2.weight"].ravel()[:64])


@pytest.mark.parametrize("standard_deviation", [0.02, 0.3])
def test_first_weights_are_normal_with_the_given_deviation(standard_deviation):
    weight = first_weights(lambda: DCGANGenerator(100, 8, DIGIT), standard_deviation=standard_deviation)["project.weight"]
    assert weight.std() == pytest.approx(standard_deviation, rel=0.01)
    assert abs(weight.mean()) < 0.01 * standard_deviation
    assert (np.abs(weight) < standard_deviation).mean() == pytest.approx(0.6827, abs=0.005)


@pytest.mark.parametrize("norm", NORMS)
def test_biases_and_shifts_start_at_0_and_scales_at_1(norm):
    for name, array in first_weights(lambda: DCGANCritic(4, DIGIT, norm)).items():
        if not name.endswith("weight"):
            assert set(array.ravel()) == {1.0 if name.endswith(("gamma", "running_var")) else 0.0}, name


@pytest.mark.parametrize(("make", "inputs"), list(all_networks()))
def test_saved_weights_give_the_same_network(tmp_path, make, inputs):
    network, other = with_random_parameters(make()), make()
    save_weights(network, tmp_path / "x.params")
    load_weights(other, tmp_path / "x.params", mx.cpu())
    assert_same_arrays(to_arrays(other), to_arrays(network))
    np.testing.assert_array_equal(call(other, *inputs), call(network, *inputs))


def test_saved_running_statistics_are_those_after_the_last_step(tmp_path):
    critic = initialised(DCGANCritic(2, DIGIT))
    critic.hybridize(static_alloc=True, static_shape=True)
    values_and_gradients(critic, [random_array(8, 1, 28, 28)])  # MXNet updates the statistics in the backward pass
    save_weights(critic, tmp_path / "x.params")
    other = DCGANCritic(2, DIGIT)
    load_weights(other, tmp_path / "x.params", mx.cpu())
    assert_same_arrays(to_arrays(other), to_arrays(critic))
    assert (to_arrays(other)["layers.3.running_mean"] != 0).all()


def test_missing_weights_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"x\.params is missing"):
        load_weights(DCGANCritic(2, DIGIT), tmp_path / "x.params", mx.cpu())


def foreign_text(path):
    path.write_text("this is no weights file", encoding="utf-8")


def foreign_empty(path):
    path.write_bytes(b"")


def foreign_network(path):
    save_weights(initialised(DCGANGenerator(5, 2, DIGIT)), path)


def foreign_width(path):
    save_weights(initialised(DCGANCritic(3, DIGIT)), path)


def foreign_arrays(path):
    mx.nd.save(str(path), [mx.nd.ones(3)])


def foreign_cut(path):
    save_weights(initialised(DCGANCritic(2, DIGIT)), path)
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    "write", [foreign_text, foreign_empty, foreign_network, foreign_width, foreign_arrays, foreign_cut], ids=lambda f: f.__name__
)
def test_file_without_this_networks_weights_is_named(tmp_path, write):
    write(tmp_path / "x.params")
    with pytest.raises(UserError, match=r"x\.params does not hold this run's weights"):
        load_weights(DCGANCritic(2, DIGIT), tmp_path / "x.params", mx.cpu())


def test_arrays_of_another_network_are_refused():
    critic = initialised(DCGANCritic(2, DIGIT))
    with pytest.raises(KeyError, match="parameters differ"):
        from_arrays(critic, to_arrays(initialised(DCGANCritic(2, DIGIT, "none"))))
    with pytest.raises(ValueError, match=r"layers\.0\.weight has shape"):
        from_arrays(critic, to_arrays(initialised(DCGANCritic(3, DIGIT))))
