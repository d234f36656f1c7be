"""Several workers on one run: together they do what one does."""

import numpy as np
import pytest
from helpers import method_of, settings_of, some_digits

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks.weights import from_arrays, parameters, to_arrays
from thesis_gan.training import checkpoint
from thesis_gan.training.steps import Steps
from thesis_gan.training.workers import Alone, join

pytestmark = pytest.mark.numeric

SEPARABLE = [name for name in methods.names() if methods.find(name).separable]
SMALL = ("architecture=mlp", "critic_norm=none", "width=4", "batch_size=8", "z_size=6")


class Part(Alone):
    """Worker ``rank`` of ``count`` in this process: it keeps its gradients and numbers, and gets the sums from the test."""

    def __init__(self, rank, count, others=None):
        self.rank, self.count, self.others = rank, count, others

    def part(self, batch):
        size = len(batch) // self.count
        return np.ascontiguousarray(batch[self.rank * size : (self.rank + 1) * size])

    def average(self, name, network, numbers):
        gradients = [each.grad() for each in parameters(network).values() if each.grad_req != "null"]
        self.found = [array.asnumpy() for array in (*gradients, *numbers.values())]
        if self.others is None:
            return numbers
        means = [np.mean(arrays, axis=0) for arrays in zip(self.found, *(other.found for other in self.others))]
        for gradient, mean in zip(gradients, means):
            gradient[:] = mx.nd.array(mean)
        return dict(zip(numbers, map(mx.nd.array, means[len(gradients) :])))


def gradients_of(network):
    known = parameters(network)
    return {name: each.grad().asnumpy() for name, each in known.items() if each.grad_req != "null"}


def trained(network):
    return {name: each.data().asnumpy() for name, each in parameters(network).items() if each.grad_req != "null"}


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays.values()])


@pytest.mark.parametrize("name", SEPARABLE)
def test_workers_make_the_steps_that_one_makes_of_the_whole_batch(name):
    overrides = [each for each in SMALL if name != "sngan" or not each.startswith("critic_norm")]
    overrides = [each for each in overrides if name != "wgan-gp-ln" or not each.startswith("critic_norm")]
    method, data = method_of(name, *overrides), some_digits()
    whole = Steps(method, data, 0, mx.cpu())
    second = Part(1, 2)
    parts = [Steps(method, data, 0, mx.cpu(), workers=second), Steps(method, data, 0, mx.cpu(), workers=Part(0, 2, [second]))]
    for step in range(20):
        for network, take in (("critic", "critic_step"), ("generator", "generator_step")):
            for each in parts:  # from the same state, so that differences do not grow
                for side in ("generator", "critic"):
                    from_arrays(getattr(each, side), to_arrays(getattr(whole, side)))
                    trainer = f"{side}_trainer"
                    updates = step + (side == "critic" and network == "generator")
                    arrays = checkpoint.trainer_arrays(getattr(whole, trainer))
                    checkpoint.restore_trainer(getattr(each, trainer), arrays, updates)
            numbers = getattr(whole, take)(step)
            found = [getattr(each, take)(step) for each in parts][1]
            expected, got = (gradients_of(getattr(each, network)) for each in (whole, parts[1]))
            largest = max(np.abs(gradient).max() for gradient in expected.values())
            # Of the network's largest: a bias's gradient may be what is left where far larger parts cancel out.
            for key in expected:
                np.testing.assert_allclose(got[key], expected[key], rtol=0, atol=1e-5 * largest, err_msg=f"{key}, step {step}")
            # Adam and RMSProp divide each gradient by its own size: where it is all but 0 (that of a Wasserstein critic's last
            # bias is 0 but for rounding), they make steps of the rounding. There parameters are not compared.
            clear = np.abs(flat(expected)) > 1e-4 * largest
            assert clear.mean() > 0.3
            expected, got = (flat(trained(getattr(each, network)))[clear] for each in (whole, parts[1]))
            assert np.linalg.norm(got - expected) < 1e-5 * np.linalg.norm(expected), f"{network}, step {step}"
            for key in numbers:
                np.testing.assert_allclose(found[key].asnumpy(), numbers[key].asnumpy(), rtol=1e-4, atol=1e-5, err_msg=key)


@pytest.mark.parametrize("name", sorted(set(methods.names()) - set(SEPARABLE)))
def test_what_is_of_the_whole_batch_is_refused(name):
    with pytest.raises(UserError, match="as a whole"):
        settings_of(name, "workers=2")


def test_mistakes_are_one_sentence(monkeypatch):
    with pytest.raises(UserError, match="cannot share equally"):
        settings_of("wgan", "workers=3", "batch_size=64")
    with pytest.raises(UserError, match="--local-workers 2"):
        join(2)
    monkeypatch.setenv("DMLC_ROLE", "worker")
    monkeypatch.setenv("DMLC_NUM_WORKER", "3")
    with pytest.raises(UserError, match="starts 3 workers"):
        join(2)
