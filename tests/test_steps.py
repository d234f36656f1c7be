"""Training steps: what each changes, that they can be replayed, and that they are the plain algorithm."""

import numpy as np
import pytest
from helpers import CLASSES, Kinks, assert_same_arrays, method_of, some_digits, without

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.data.images import one_hot, to_network
from thesis_gan.methods import Batch
from thesis_gan.methods.wgan import Wasserstein
from thesis_gan.networks.dcgan import DCGANCritic
from thesis_gan.networks.weights import from_arrays, parameters, to_arrays
from thesis_gan.streams import BatchOrder, Streams
from thesis_gan.training import checkpoint
from thesis_gan.training.steps import Steps

pytestmark = pytest.mark.numeric

NAMES = methods.names()
RATES = {name: f"learning_rate={rate}" for name, rate in (("dcgan", 0.001), ("cgan", 0.001), ("wgan", 0.003), ("wgan-gp", 0.003))}
STATISTICS = ("running_mean", "running_var")


def steps_of(name, *overrides, seed=0):
    overrides = ("width=2", "batch_size=8", "z_size=6", *overrides)
    return Steps(method_of(name, *overrides), some_digits(), seed, mx.cpu())


def parameters_of(steps):
    return checkpoint.network_arrays(generator=steps.generator, critic=steps.critic)


def run(steps, numbers=range(3)):
    """A critic and a generator step of each number; all that they logged."""
    logged = []
    for number in numbers:
        for row in (steps.critic_step(number), steps.generator_step(number)):
            logged.append({name: float(array.asscalar()) for name, array in row.items()})
    return logged


def changed(before, after):
    """Whether each array changed, by name."""
    return {name: not np.array_equal(before[name], after[name]) for name in before}


@pytest.mark.parametrize("name", NAMES)
def test_critic_step_changes_the_critic_and_not_the_generator(name):
    steps = steps_of(name)
    generator, critic = to_arrays(steps.generator), to_arrays(steps.critic)
    steps.critic_step(0)
    assert not any(changed(generator, to_arrays(steps.generator)).values())
    # The vector of a layer with one output is that number's sign.
    moved = changed(without(critic, "bias", "beta", "power_vector"), to_arrays(steps.critic))
    assert all(moved.values()), moved


@pytest.mark.parametrize("name", NAMES)
def test_generator_step_changes_the_generators_weights_and_not_the_critics(name):
    steps = steps_of(name)
    generator, critic = to_arrays(steps.generator), to_arrays(steps.critic)
    steps.generator_step(0)
    assert not any(changed(without(critic, *STATISTICS), to_arrays(steps.critic)).values())
    moved = changed(without(generator, "bias", "beta"), to_arrays(steps.generator))
    assert all(moved.values()), moved


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_gives_the_same_run_bit_for_bit(name):
    first, second = steps_of(name), steps_of(name)
    assert run(first) == run(second)
    assert_same_arrays(parameters_of(first), parameters_of(second))


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_gives_another_run(name):
    assert run(steps_of(name), [0]) != run(steps_of(name, seed=1), [0])


@pytest.mark.parametrize("name", NAMES)
def test_a_step_replayed_from_the_same_state_gives_the_same_result(name):
    """In other networks, which took other steps before: a step has no memory but the state that it is given."""
    first = steps_of(name)
    run(first, [0, 1])
    state = parameters_of(first)
    trainers = {"generator_trainer": first.generator_trainer, "critic_trainer": first.critic_trainer}
    states = {key: checkpoint.trainer_arrays(trainer) for key, trainer in trainers.items()}

    second = steps_of(name)
    second.critic_step(5)
    checkpoint.restore_networks(state, generator=second.generator, critic=second.critic)
    for key, arrays in states.items():
        checkpoint.restore_trainer(getattr(second, key), arrays, 2)
    assert run(second, [2]) == run(first, [2])
    assert_same_arrays(parameters_of(second), parameters_of(first))


@pytest.mark.parametrize("name", NAMES)
def test_losses_and_statistics_are_logged_under_their_names(name):
    steps = steps_of(name)
    statistic = "wasserstein" if issubclass(methods.find(name), Wasserstein) else "accuracy"
    assert list(steps.critic_step(0)) == ["critic_loss", statistic]
    assert list(steps.generator_step(0)) == ["generator_loss"]


def test_logged_estimate_of_wgan_is_minus_its_loss():
    row = steps_of("wgan").critic_step(0)
    assert row["wasserstein"].asscalar() == pytest.approx(-row["critic_loss"].asscalar(), rel=1e-6)


def test_every_weight_of_wgans_critic_is_clipped_after_its_steps_and_not_before():
    steps = steps_of("wgan", "init_std=0.1")
    assert np.abs(to_arrays(steps.critic)["layers.2.weight"]).max() > 0.03
    steps.critic_step(0)
    for name, array in without(to_arrays(steps.critic), *STATISTICS).items():
        assert np.abs(array).max() <= np.float32(0.03), name


# The algorithm again, as a textbook has it: no hybridised networks, each batch in a pass of its own, the label stacked with the
# image, no shortcut in the generator's step, Gluon's own losses and optimizers by name, clipping by NumPy.


class Plain:
    def __init__(self, name, settings, seed):
        method = method_of(name, "width=2", "batch_size=8", "z_size=6", *settings)
        self.name, self.settings = name, method.settings
        self.generator, self.critic = method.generator(), DCGANCritic(2, (11, 28, 28)) if name == "cgan" else method.critic()
        for network in (self.generator, self.critic):
            network.initialize()
        self.kinks = Kinks(self.generator, self.critic)
        self.trainers = [self._trainer(network) for network in (self.generator, self.critic)]
        self.streams, self.data = Streams(seed), some_digits()
        self.order = BatchOrder(self.streams, len(self.data.images), 8)
        self.cross_entropy = mx.gluon.loss.SigmoidBinaryCrossEntropyLoss()

    def take_over(self, program):
        """Be in the state of the program. Returns the networks' arrays."""
        arrays = parameters_of(program)
        checkpoint.restore_networks(arrays, generator=self.generator, critic=self.critic)
        for trainer, other in zip(self.trainers, (program.generator_trainer, program.critic_trainer)):
            checkpoint.restore_trainer(trainer, checkpoint.trainer_arrays(other), other._optimizer.num_update)
        self.kinks.nearest = np.inf
        return arrays

    def parameters(self):
        return checkpoint.network_arrays(generator=self.generator, critic=self.critic)

    def _trainer(self, network):
        rate, those = self.settings.learning_rate, list(parameters(network).values())
        if self.name in ("wgan", "wgan-gp"):
            return mx.gluon.Trainer(those, "rmsprop", {"learning_rate": rate, "gamma1": 0.9}, kvstore=None)
        return mx.gluon.Trainer(those, "adam", {"learning_rate": rate, "beta1": 0.5}, kvstore=None)

    def _z(self, name, step):
        return mx.nd.array(self.streams.at(name, step).random((8, 6), dtype=np.float32) * 2 - 1)

    def _condition(self, labels):
        return [mx.nd.array(one_hot(labels, CLASSES))] if self.name == "cgan" else []

    def _score(self, x, *label):
        maps = [mx.nd.broadcast_axis(each.reshape((8, CLASSES, 1, 1)), axis=(2, 3), size=(28, 28)) for each in label]
        return self.critic(mx.nd.concat(x, *maps, dim=1))

    def critic_step(self, step):
        chosen = self.order(step)
        real, condition = mx.nd.array(to_network(self.data.images[chosen])), self._condition(self.data.labels[chosen])
        with mx.autograd.train_mode():
            fake = self.generator(self._z("critic z", step), *condition)
        with mx.autograd.record():
            score_real, score_fake = self._score(real, *condition), self._score(fake, *condition)
            if self.name in ("wgan", "wgan-gp"):
                loss = score_fake.mean() - score_real.mean()
                if self.name == "wgan-gp":
                    epsilon = mx.nd.array(self.streams.uniform("critic epsilon", step, (8, 1, 1, 1)))
                    loss = loss + 10 * self._penalty(epsilon * real + (1 - epsilon) * fake)
            else:
                loss = self.cross_entropy(score_real, mx.nd.ones((8, 1))).mean()
                loss = loss + self.cross_entropy(score_fake, mx.nd.zeros((8, 1))).mean()
        loss.backward()
        self.trainers[1].step(1)
        if self.name == "wgan":
            bound = self.settings.clip
            arrays = to_arrays(self.critic)
            from_arrays(self.critic, {k: a if k.endswith(STATISTICS) else np.clip(a, -bound, bound) for k, a in arrays.items()})
        return {"critic_loss": loss}

    def _penalty(self, x_hat):
        """The gradient by the chain rule, layer by layer from the score back to the image."""
        first, activation, second, _, output = self.critic.layers
        maps = first(x_hat)
        slopes = [(each > 0) * 0.8 + 0.2 for each in (maps, second(activation(maps)))]
        self.kinks.look(second(activation(maps)))
        above = output.weight.data().reshape((1, -1, 7, 7)) * slopes[1]
        gradient = self._transposed(first, self._transposed(second, above, 14) * slopes[0], 28)
        return ((gradient.reshape((8, -1)).norm(axis=1) - 1) ** 2).mean()

    def _transposed(self, convolution, above, size):
        weight = convolution.weight.data().reshape((1, above.shape[1], -1))
        columns = mx.nd.batch_dot(
            mx.nd.broadcast_axis(weight, axis=0, size=8), above.reshape((*above.shape[:2], -1)), transpose_a=True
        )
        return mx.nd.col2im(columns, output_size=(size, size), kernel=(4, 4), stride=(2, 2), pad=(1, 1))

    def generator_step(self, step):
        condition = self._condition(self.streams.at("generator labels", step).integers(0, CLASSES, 8))
        with mx.autograd.record():
            score = self._score(self.generator(self._z("generator z", step), *condition), *condition)
            if self.name in ("wgan", "wgan-gp"):
                loss = -score.mean()
            elif self.settings.generator_loss == "saturating":
                loss = -self.cross_entropy(score, mx.nd.zeros((8, 1))).mean()
            else:
                loss = self.cross_entropy(score, mx.nd.ones((8, 1))).mean()
        loss.backward()
        self.trainers[0].step(1)
        return {"generator_loss": loss}


def relative_error(first, second):
    """Of all parameters of a run as one vector."""
    distance = sum(np.square(first[name] - second[name], dtype=np.float64).sum() for name in first)
    return np.sqrt(distance / sum(np.square(array, dtype=np.float64).sum() for array in second.values()))


def after_three_steps(name, *overrides, change=None):
    """Parameters after three critic and three generator steps of the program, ``change`` made to its method before."""
    steps = steps_of(name, *overrides)
    if change is not None:
        change(steps.method)
    run(steps)
    return without(parameters_of(steps), *STATISTICS)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("dcgan", ["generator_loss=saturating"]),
        ("dcgan", ["generator_loss=non-saturating"]),
        ("cgan", ["generator_loss=non-saturating", "label_size=10"]),
        ("wgan", []),
        ("wgan-gp", []),
    ],
)
def test_twenty_steps_equal_a_plain_implementation(name, overrides, seed):
    """Each from the state in which the program is, so that what rounding makes of a step does not grow in the next.

    Left out are the steps in which a unit is at its kink.
    """
    overrides = [RATES[name], *overrides]
    program, plain = steps_of(name, *overrides, seed=seed), Plain(name, overrides, seed)
    # A bias before batch norm has no gradient but rounding errors, whose signs the optimizers make into steps of full length.
    left_out = [] if name == "wgan-gp" else ["critic layers.2.bias"]
    compared = 0
    for step in range(20):
        for kind in ("critic_step", "generator_step"):
            before = plain.take_over(program)
            loss, found = (getattr(steps, kind)(step) for steps in (plain, program))
            after, expected = parameters_of(program), plain.parameters()
            if plain.kinks.nearest < 4e-6:
                continue
            compared += 1
            ((key, value),) = loss.items()
            assert found[key].asscalar() == pytest.approx(value.asscalar(), rel=1e-5, abs=1e-6), step
            for key in set(expected).difference(left_out):
                size = max(np.linalg.norm(array[key]) for array in (before, expected))
                assert np.linalg.norm(after[key] - expected[key]) <= 1e-5 * size, (step, key)
    assert compared >= 32  # of 40; about one in 25 is to be expected so near


def negate(loss):
    def change(method):
        original = getattr(method, loss)
        setattr(method, loss, lambda batch: -original(batch))

    return change


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("loss", ["critic_loss", "generator_loss"])
def test_changed_sign_of_a_loss_would_be_noticed(name, loss):
    assert relative_error(after_three_steps(name, change=negate(loss)), after_three_steps(name)) > 1e-3


@pytest.mark.parametrize(
    ("name", "override"),
    [
        ("wgan", "clip=0.029"),
        ("wgan", "learning_rate=0.00055"),
        ("dcgan", "learning_rate=0.0011"),
        ("dcgan", "beta1=0.6"),
        ("dcgan", "generator_loss=saturating"),
        ("wgan-gp", "penalty_weight=11"),
    ],
)
def test_changed_setting_would_be_noticed(name, override):
    known, other = after_three_steps(name), after_three_steps(name, override)
    assert relative_error(other, known) > 1e-4


class Spy:
    """Keeps what it is called with, and passes it on."""

    def __init__(self, objective):
        self.objective, self.seen = objective, ()

    def __call__(self, *given):
        self.seen = [each.asnumpy() for each in given if isinstance(each, mx.nd.NDArray)]
        return self.objective(*given)


def arrays_seen(steps, step):
    """What the objectives of a critic step and of a generator step are given, in their order."""
    steps.critic_objective, steps.generator_objective = Spy(steps.critic_objective), Spy(steps.generator_objective)
    steps.critic_step(step)
    steps.generator_step(step)
    return steps.critic_objective.seen, steps.generator_objective.seen


def test_instance_noise_is_on_real_and_generated_images_and_falls_with_the_step():
    """With generator_steps=60 and noise_share=0.5 the deviation is 1 at step 0, 1/2 at 15, 0 from 30 on."""
    for step, deviation in ((0, 1), (15, 0.5), (30, 0)):
        noisy, plain = (steps_of("noisy-gan", f"noise_std={std}", "noise_share=0.5", "batch_size=32") for std in (1, 0))
        for with_noise, without_noise in zip(*(arrays_seen(steps, step)[0] for steps in (noisy, plain))):
            noise = with_noise - without_noise
            assert noise.std() == pytest.approx(deviation, abs=0.02)
            assert noise.mean() == pytest.approx(0, abs=0.02)
    assert np.abs(arrays_seen(steps_of("noisy-gan"), 0)[1][0]).max() > 1.2  # the generator's too


def test_noise_differs_between_steps_networks_and_kinds_of_images(monkeypatch):
    noises = []
    for step in (0, 1):
        steps = steps_of("noisy-gan")
        show = {network: steps._instance_noise(network, step, 60) for network in ("critic", "generator")}
        zero = mx.nd.zeros((8, 1, 28, 28))
        noises += [show["critic"]("real", zero), show["critic"]("fake", zero), show["generator"]("fake", zero)]
    flat = np.stack([noise.asnumpy().ravel() for noise in noises])
    correlation = np.corrcoef(flat)
    assert np.abs(correlation - np.eye(6)).max() < 0.06


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("conditional", ["no", "yes"])
def test_generators_loss_sees_real_images_only_where_its_method_asks(name, conditional):
    steps = steps_of(name, f"conditional={conditional}")
    fake, *others = arrays_seen(steps, 3)[1]
    assert fake.shape == (8, 1, 28, 28)
    if methods.find(name).generator_sees_real:
        real, *others = others
        chosen = BatchOrder(Streams(0), 64, 8, "generator batch order")(3)
        np.testing.assert_array_equal(real, to_network(some_digits().images[chosen]))
        if conditional == "yes":  # real and generated images of the same digits are compared
            np.testing.assert_array_equal(others[0], one_hot(some_digits().labels[chosen], CLASSES))
    assert len(others) == (conditional == "yes")


@pytest.mark.parametrize("name", ["rsgan", "lsgan-reg", "noisy-gan", "sngan", "lsgan"])
def test_gradient_through_the_images_equals_the_plain_one(name):
    """The generator's gradient as the program takes it, in two parts, against one backward pass through both networks."""
    program, plain = steps_of(name, "noise_std=0") if name == "noisy-gan" else steps_of(name), steps_of(name)
    program.generator_step(0)
    z = program._z("generator z", 0)
    if plain.method.generator_sees_real:
        real = mx.nd.array(to_network(some_digits().images[BatchOrder(Streams(0), 64, 8, "generator batch order")(0)]))
    with mx.autograd.record():
        score_real = plain.critic(real) if plain.method.generator_sees_real else None
        fake = plain.generator(z)
        loss = plain.method.generator_loss(Batch(fake, plain.critic(fake), None, score_real))
    loss.backward()
    ours, expected = (
        {k: p.grad().asnumpy() for k, p in parameters(s.generator).items() if p.grad_req != "null"} for s in (program, plain)
    )
    for key, gradient in expected.items():
        assert np.linalg.norm(ours[key] - gradient) <= 1e-4 * np.linalg.norm(gradient) + 1e-9, key
