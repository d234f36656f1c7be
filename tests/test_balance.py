"""Skipping the critic's update while it is too strong."""

import numpy as np
import pytest
from helpers import assert_same_arrays, method_of, some_digits

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.networks.weights import to_arrays
from thesis_gan.training.steps import Steps, strength

pytestmark = pytest.mark.numeric


def column(*scores):
    return mx.nd.array(scores).reshape((-1, 1))


@pytest.mark.parametrize(
    ("real", "fake", "expected"),
    [
        ((1, 2), (-1, 0), 1),
        ((-1, 0), (1, 2), 0),
        ((0, 2), (1, -1), 3 / 4),  # 0 > -1, 2 > 1, 2 > -1
        ((5, 5), (5, 5), 0),
        ((1, 2, 3, 4), (2.5, 2.5, 2.5, 2.5), 1 / 2),
    ],
)
def test_strength_is_the_share_of_pairs_in_the_right_order(real, fake, expected):
    assert strength(column(*real), column(*fake)) == expected


def test_strength_asks_only_for_the_order():
    random = np.random.RandomState(0)
    real, fake = random.normal(0.5, 1, 20), random.normal(0, 1, 20)
    assert strength(column(*real), column(*fake)) == strength(column(*np.exp(3 * real)), column(*np.exp(3 * fake)))


def steps_of(name, *overrides):
    return Steps(method_of(name, "width=2", "batch_size=8", "z_size=6", *overrides), some_digits(), 0, mx.cpu())


class Decided:
    """Stands for ``strength`` and gives these values in turn."""

    def __init__(self, *values):
        self._values = list(values)

    def __call__(self, score_real, score_fake):
        return self._values.pop(0)


@pytest.mark.parametrize("name", methods.names())
def test_too_strong_a_critic_is_left_as_it_is_and_another_is_updated(name, monkeypatch):
    monkeypatch.setattr("thesis_gan.training.steps.strength", Decided(0.81, 0.79, 0.8))
    steps, moved = steps_of(name, "skip_above=0.8"), []
    for step in range(3):
        before = {key: array for key, array in to_arrays(steps.critic).items() if "running" not in key}
        numbers = steps.critic_step(step)
        after = to_arrays(steps.critic)
        moved.append(any(not np.array_equal(array, after[key]) for key, array in before.items()))
        assert numbers["skipped"].asscalar() == (not moved[-1])
    assert moved == [False, True, True]
    assert steps.critic_updates == 2


def test_steps_that_are_not_skipped_are_the_plain_ones(monkeypatch):
    monkeypatch.setattr("thesis_gan.training.steps.strength", Decided(0.7, 0.7))
    plain, watched = steps_of("dcgan"), steps_of("dcgan", "skip_above=0.8")
    for step in range(2):
        plain.critic_step(step)
        assert "skipped" in watched.critic_step(step)
    assert_same_arrays(to_arrays(watched.critic), to_arrays(plain.critic))


def test_without_the_option_no_step_is_skipped(monkeypatch):
    monkeypatch.setattr("thesis_gan.training.steps.strength", None)  # it is not even called
    steps = steps_of("dcgan")
    assert "skipped" not in steps.critic_step(0)
    assert steps.critic_updates == 1
