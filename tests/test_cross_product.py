"""Methods, architectures and labels are independent of each other: every combination trains, and keeps its step ratio."""

import numpy as np
import pytest
from helpers import method_of, some_digits

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator
from thesis_gan.networks.weights import to_arrays
from thesis_gan.training.display import Progress
from thesis_gan.training.loop import Training
from thesis_gan.training.steps import Steps


@pytest.mark.parametrize("conditional", ["no", "yes"])
@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
@pytest.mark.parametrize("name", methods.names())
def test_every_combination_trains_without_a_nan(name, architecture, conditional):
    overrides = (f"architecture={architecture}", f"conditional={conditional}", "width=2", "batch_size=8", "z_size=6")
    steps = Steps(method_of(name, *overrides), some_digits(), 0, mx.cpu())
    assert isinstance(steps.generator, ConditionalGenerator) == (conditional == "yes")
    inputs = {"mlp": 28 * 28, "dcgan": 1}[architecture] + {"no": 0, "yes": 10}[conditional]
    assert steps.critic.layers[0].weight.shape[1] == inputs
    inner = (steps.generator if conditional == "no" else steps.generator.generator, steps.critic)
    assert [isinstance(net, kind) for net, kind in zip(inner, (MLPGenerator, MLPCritic))] == [architecture == "mlp"] * 2
    before = to_arrays(steps.generator)
    for step in range(4):
        for numbers in (steps.critic_step(step), steps.generator_step(step)):
            assert all(np.isfinite(array.asscalar()) for array in numbers.values()), numbers
    for network in (steps.generator, steps.critic):
        assert all(np.isfinite(array).all() for array in to_arrays(network).values())
    # LSGAN's generator has no gradient where the scores are exactly c, but not for four steps.
    assert any(not np.array_equal(before[key], array) for key, array in to_arrays(steps.generator).items())


@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
@pytest.mark.parametrize("name", methods.names())
def test_label_makes_a_difference_to_both_networks(name, architecture):
    method = method_of(name, f"architecture={architecture}", "conditional=yes", "width=2", "z_size=6", "init_std=0.3")
    steps = Steps(method, some_digits(), 0, mx.cpu())
    assert isinstance(steps.critic, MLPCritic) == (architecture == "mlp")
    z, x = mx.nd.ones((2, 6)) * 0.5, mx.nd.ones((2, 1, 28, 28)) * 0.5
    labels = mx.nd.one_hot(mx.nd.array([3, 7]), 10)
    for first, second in (steps.generator(z, labels).asnumpy(), steps.critic(x, labels).asnumpy()):
        assert np.abs(first - second).max() > 1e-4


@pytest.mark.parametrize("schedule", ["1", "3", "4x2,2"])
@pytest.mark.parametrize("name", methods.names())
def test_critic_steps_as_often_as_asked(name, schedule, tmp_path, monkeypatch):
    """The order of steps as they are made, an epoch being three generator steps."""
    made = []
    nothing = {"loss": mx.nd.zeros((1,))}
    monkeypatch.setattr(Steps, "critic_step", lambda self, step: made.append("D") or nothing)
    monkeypatch.setattr(Steps, "generator_step", lambda self, step: made.append("G") or nothing)
    overrides = (f"critic_schedule={schedule}", "epoch_unit=generator-pass", "train_images=24", "batch_size=8", "epochs=3")
    method = method_of(name, "width=1", "z_size=2", "generator_steps=0", *overrides)
    Training(method, some_digits(24), 0, tmp_path, mx.cpu()).run(Progress("", 0))
    by_epoch = {"1": (1, 1, 1), "3": (3, 3, 3), "4x2,2": (4, 4, 2)}[schedule]
    assert "".join(made) == "".join(3 * ("D" * steps + "G") for steps in by_epoch)
