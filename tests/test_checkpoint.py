"""Checkpoints: exact, checked, and enough for an optimizer to go on as if nothing had happened."""

import copy

import numpy as np
import pytest
from helpers import DIGIT, assert_same_arrays, initialised

from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks.dcgan import DCGANCritic
from thesis_gan.networks.weights import to_arrays
from thesis_gan.training import checkpoint
from thesis_gan.training.checkpoint import Checkpoint

EXAMPLE = Checkpoint(
    {
        "generator up1.weight": np.random.RandomState(0).normal(0, 1, (3, 2, 4)).astype(np.float32),
        "double": np.array([np.pi, np.nan, np.inf]),
        "whole": np.arange(5),
        "scalar": np.float32(0.1).reshape(()),
    },
    {"critic_steps": 7, "seconds": 1 / 3, "history": [{"loss": 0.1}], "note": "ε → 0"},
)


@pytest.fixture
def path(tmp_path):
    checkpoint.write(tmp_path / "checkpoint.bin", EXAMPLE)
    return tmp_path / "checkpoint.bin"


def test_what_is_read_is_what_was_written_to_the_last_bit(path):
    read = checkpoint.read(path)
    assert read.state == EXAMPLE.state
    assert_same_arrays(read.arrays, EXAMPLE.arrays)
    assert {name: array.dtype for name, array in read.arrays.items()} == {
        name: array.dtype for name, array in EXAMPLE.arrays.items()
    }


def test_writing_again_replaces_the_checkpoint(path):
    checkpoint.write(path, Checkpoint({}, {"critic_steps": 8}))
    assert checkpoint.read(path) == Checkpoint({}, {"critic_steps": 8})


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_truncated_checkpoint_is_named(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError, match=r"checkpoint\.bin is damaged"):
        checkpoint.read(path)


def test_checkpoint_that_lacks_its_last_byte_is_named(path):
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"checkpoint\.bin is damaged"):
        checkpoint.read(path)


def test_checkpoint_with_something_after_its_end_is_named(path):
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(UserError, match=r"checkpoint\.bin is damaged"):
        checkpoint.read(path)


def test_one_changed_byte_anywhere_is_noticed(path):
    """Each byte of the head, and 500 of the rest; each changed in one bit or in several."""
    content, random = path.read_bytes(), np.random.RandomState(0)
    head = len(checkpoint.MAGIC) + 32
    for position in [*range(head), *random.choice(np.arange(head, len(content)), 500, replace=False)]:
        damaged = bytearray(content)
        damaged[position] ^= random.randint(1, 256)
        path.write_bytes(bytes(damaged))
        with pytest.raises(UserError, match=r"checkpoint\.bin is damaged"):
            checkpoint.read(path)


def test_foreign_file_is_named(path):
    np.savez(str(path.with_suffix(".npz")), np.arange(3))
    with pytest.raises(UserError, match=r"checkpoint\.npz is damaged"):
        checkpoint.read(path.with_suffix(".npz"))


def test_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(UserError, match=r"checkpoint\.bin cannot be read"):
        checkpoint.read(tmp_path / "checkpoint.bin")


def test_select_takes_one_networks_arrays_under_their_own_names():
    arrays = {"critic a.weight": 1, "critic b": 2, "critic_trainer 0.0": 3, "generator a.weight": 4}
    assert checkpoint.select(arrays, "critic") == {"a.weight": 1, "b": 2}


def test_networks_are_restored_exactly():
    first, second = initialised(DCGANCritic(2, DIGIT)), initialised(DCGANCritic(3, DIGIT))
    arrays = checkpoint.network_arrays(one=first, other=second)
    restored = initialised(DCGANCritic(2, DIGIT), 1.0, "new"), initialised(DCGANCritic(3, DIGIT), 1.0, "new")
    checkpoint.restore_networks(arrays, one=restored[0], other=restored[1])
    assert_same_arrays(to_arrays(restored[0]), to_arrays(first))
    assert_same_arrays(to_arrays(restored[1]), to_arrays(second))


OPTIMIZERS = {
    "Adam": lambda: mx.optimizer.Adam(0.01, beta1=0.5),
    "RMSProp": lambda: mx.optimizer.RMSProp(0.01, gamma1=0.9),
    "SGD": lambda: mx.optimizer.SGD(learning_rate=0.01),
    "SGD with momentum": lambda: mx.optimizer.SGD(learning_rate=0.01, momentum=0.9),
}


def train(critic, trainer, steps):
    """One step of some training for each number in ``steps``."""
    for step in steps:
        x = mx.nd.array(np.random.RandomState(step).uniform(-1, 1, (4, 1, 28, 28)))
        with mx.autograd.record():
            loss = mx.nd.square(critic(x) - 1).mean()
        loss.backward()
        trainer.step(1)


def trainer_of(critic, optimizer):
    return mx.gluon.Trainer(critic.collect_params(), OPTIMIZERS[optimizer](), kvstore=None)


def resumed(optimizer, tmp_path, restore=True):
    """Parameters and optimizer states after step 2, with a new critic and a new trainer from step 1 on."""
    critic = initialised(DCGANCritic(2, DIGIT), 0.1)
    trainer = trainer_of(critic, optimizer)
    train(critic, trainer, [0, 1])
    arrays = checkpoint.network_arrays(critic=critic)
    arrays.update({f"trainer {name}": array for name, array in checkpoint.trainer_arrays(trainer).items()})
    checkpoint.write(tmp_path / "x.bin", Checkpoint(arrays, {}))

    arrays = checkpoint.read(tmp_path / "x.bin").arrays
    critic = initialised(DCGANCritic(2, DIGIT), 1.0, "new")
    checkpoint.restore_networks(arrays, critic=critic)
    trainer = trainer_of(critic, optimizer)
    if restore:
        checkpoint.restore_trainer(trainer, checkpoint.select(arrays, "trainer"), 2)
    train(critic, trainer, [2])
    return to_arrays(critic), checkpoint.trainer_arrays(trainer)


def uninterrupted(optimizer):
    critic = initialised(DCGANCritic(2, DIGIT), 0.1)
    trainer = trainer_of(critic, optimizer)
    train(critic, trainer, [0, 1, 2])
    return to_arrays(critic), checkpoint.trainer_arrays(trainer)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_step_after_a_checkpoint_equals_the_uninterrupted_one_bit_for_bit(optimizer, tmp_path):
    for got, expected in zip(resumed(optimizer, tmp_path), uninterrupted(optimizer)):
        assert_same_arrays(got, expected)


@pytest.mark.parametrize("optimizer", ["Adam", "RMSProp"])
def test_without_the_optimizers_state_the_next_step_is_another(optimizer, tmp_path):
    """So that the test above can fail."""
    got, _ = resumed(optimizer, tmp_path, restore=False)
    expected, _ = uninterrupted(optimizer)
    assert np.abs(got["layers.2.weight"] - expected["layers.2.weight"]).max() > 1e-4


class SpectralDense(mx.gluon.nn.HybridBlock):
    """A layer whose state is more than its weights: the vector of a power iteration, moved on by every call in training."""

    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(3, 4))
            self.u = self.params.get("u", shape=(1, 3), grad_req="null")

    def forward(self, x):
        weight, u = self.weight.data(), self.u.data()
        if mx.autograd.is_training():
            with mx.autograd.pause():
                v = mx.nd.L2Normalization(mx.nd.dot(u, weight))
                u = mx.nd.L2Normalization(mx.nd.dot(v, weight, transpose_b=True))
                self.u.set_data(u)
        v = mx.nd.L2Normalization(mx.nd.dot(u, weight)).detach()
        return mx.nd.dot(x, weight, transpose_b=True) / mx.nd.dot(mx.nd.dot(u, weight), v, transpose_b=True)


def test_vectors_that_no_gradient_moves_are_part_of_a_checkpoint(tmp_path):
    def started(name):
        block = initialised(SpectralDense(), name=name)
        block.u.set_data(mx.nd.array([[1, 2, 3]]) if name == "network" else mx.nd.ones((1, 3)))
        return block, trainer_of(block, "Adam")

    def steps(block, trainer, count):
        for _ in range(count):
            with mx.autograd.record():
                loss = mx.nd.square(block(mx.nd.array([[1, -1, 2, 0.5]])) - 1).mean()
            loss.backward()
            trainer.step(1)

    whole, trainer = started("network")
    steps(whole, trainer, 4)
    first, trainer = started("network")
    steps(first, trainer, 2)
    arrays = checkpoint.network_arrays(critic=first)
    arrays.update({f"trainer {name}": array for name, array in checkpoint.trainer_arrays(trainer).items()})
    checkpoint.write(tmp_path / "x.bin", Checkpoint(arrays, {}))
    second, trainer = started("other")
    arrays = checkpoint.read(tmp_path / "x.bin").arrays
    checkpoint.restore_networks(arrays, critic=second)
    checkpoint.restore_trainer(trainer, checkpoint.select(arrays, "trainer"), 2)
    steps(second, trainer, 2)
    assert_same_arrays(to_arrays(second), to_arrays(whole))
    assert np.abs(to_arrays(whole)["u"] - np.array([[1, 2, 3]])).max() > 0.1  # it did move


def test_trainers_state_is_a_copy():
    critic = initialised(DCGANCritic(2, DIGIT), 0.1)
    trainer = trainer_of(critic, "Adam")
    train(critic, trainer, [0])
    arrays = checkpoint.trainer_arrays(trainer)
    before = copy.deepcopy(arrays)
    train(critic, trainer, [1])
    assert_same_arrays(arrays, before)


def test_trainer_that_made_no_update_needs_no_state():
    critic = initialised(DCGANCritic(2, DIGIT), 0.1)
    trainer = trainer_of(critic, "Adam")
    checkpoint.restore_trainer(trainer, {}, 0)
    train(critic, trainer, [0, 1, 2])
    assert_same_arrays(to_arrays(critic), uninterrupted("Adam")[0])
