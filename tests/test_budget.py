"""How long a run is, against steps counted by hand and against the training loop."""

import pytest
from helpers import method_of, settings_of, some_digits

from thesis_gan._compat import mx
from thesis_gan.training.budget import budget
from thesis_gan.training.display import Progress
from thesis_gan.training.loop import Training

WARM_UP = "30x2,15x2,5"


def steps(schedule, *overrides, epochs=0, generator_steps=0, unit="critic-pass"):
    """Of a run on all of MNIST: 60000 // 64 = 937 batches per pass."""
    settings = ("train_images=60000", "batch_size=64", f"critic_schedule={schedule}", f"epoch_unit={unit}")
    limits = (f"epochs={epochs}", f"generator_steps={generator_steps}")
    return tuple(budget(settings_of("wgan", *settings, *limits, *overrides)))


@pytest.mark.parametrize(
    ("schedule", "epochs", "expected"),
    [
        ("1", 1, (937, 937)),
        ("1", 6, (5622, 5622)),
        ("1", 260, (243620, 243620)),
        ("5", 1, (188, 940)),  # 937 / 5 = 187.4
        ("5", 2, (375, 1875)),  # and 934 / 5 more
        ("5", 6, (1125, 5625)),  # 5622 / 5 = 1124.4
        (WARM_UP, 1, (32, 960)),  # 937 / 30 = 31.2
        (WARM_UP, 2, (63, 1890)),  # 914 / 30 = 30.5
        (WARM_UP, 3, (125, 2820)),  # 921 / 15 = 61.4
        (WARM_UP, 4, (187, 3750)),  # 928 / 15 = 61.9
        (WARM_UP, 5, (374, 4685)),  # 935 / 5 = 187
        (WARM_UP, 6, (562, 5625)),  # 937 / 5 = 187.4
    ],
)
def test_an_epoch_ends_with_the_round_in_which_the_critic_has_seen_all_batches(schedule, epochs, expected):
    assert steps(schedule, epochs=epochs) == expected


@pytest.mark.parametrize(
    ("schedule", "epochs", "expected"),
    [("1", 6, (5622, 5622)), ("5", 6, (5622, 28110)), (WARM_UP, 1, (937, 28110)), (WARM_UP, 6, (5622, 93700))],
)
def test_an_epoch_of_generator_steps_has_as_many_as_a_pass_has_batches(schedule, epochs, expected):
    assert steps(schedule, epochs=epochs, unit="generator-pass") == expected


@pytest.mark.parametrize(
    ("schedule", "limit", "unit", "expected"),
    [
        ("1", 1, "critic-pass", 1),
        ("1", 3000, "critic-pass", 3000),
        ("5", 188, "critic-pass", 940),  # just the first epoch
        ("5", 3000, "critic-pass", 15000),
        (WARM_UP, 100, "critic-pass", 2445),  # 63 x 30 + 37 x 15
        (WARM_UP, 3000, "critic-pass", 17815),  # 63 x 30 + 124 x 15 + 2813 x 5
        (WARM_UP, 2000, "generator-pass", 58110),  # 1874 x 30 + 126 x 15
    ],
)
def test_generator_steps_end_a_run_without_a_limit_of_epochs(schedule, limit, unit, expected):
    assert steps(schedule, generator_steps=limit, unit=unit) == (limit, expected)


# 80 images in batches of 8: 10 batches per pass, fewer than a round has steps.
SHORT = ("train_images=80", "batch_size=8", "generator_steps=0")


def test_budget_of_very_many_short_epochs_is_known_at_once():
    settings = settings_of("wgan", *SHORT[:2], "critic_schedule=30x1,5", "epochs=0", "generator_steps=1000000000")
    assert tuple(budget(settings)) == (1_000_000_000, 5_000_000_025)


@pytest.mark.parametrize("unit", ["critic-pass", "generator-pass"])
def test_the_first_of_two_limits_ends_the_run(unit):
    assert steps("5", epochs=6, generator_steps=50, unit=unit) == (50, 250)
    assert steps("5", epochs=1, generator_steps=100000, unit=unit) == steps("5", epochs=1, unit=unit)


@pytest.mark.parametrize(
    ("schedule", "epochs", "expected"),
    [
        ("30x1,5", 1, (1, 30)),
        ("30x1,5", 2, (1, 30)),  # the one round was three passes long
        ("30x1,5", 3, (1, 30)),
        ("30x1,5", 4, (3, 40)),
        (WARM_UP, 4, (2, 45)),  # after the 30, the fourth epoch
        (WARM_UP, 5, (3, 50)),
    ],
)
def test_epochs_that_a_round_has_run_past_take_no_steps_and_none_less_than_none(schedule, epochs, expected):
    settings = settings_of("wgan", *SHORT, f"critic_schedule={schedule}", f"epochs={epochs}")
    assert tuple(budget(settings)) == expected


@pytest.mark.parametrize("unit", ["critic-pass", "generator-pass"])
@pytest.mark.parametrize(
    "overrides",
    [
        ("critic_schedule=3", "epochs=2"),
        ("critic_schedule=30x1,5", "epochs=4"),
        ("critic_schedule=4x1,2x1,1", "epochs=3"),
        ("critic_schedule=4x1,2x1,1", "epochs=9", "generator_steps=7"),
        ("critic_schedule=4x1,2x1,1", "epochs=0", "generator_steps=13"),
    ],
    ids=" ".join,
)
def test_budget_is_what_the_training_loop_counts(overrides, unit, tmp_path, monkeypatch):
    """The loop itself, with steps that only are counted."""
    method = method_of("wgan", *SHORT, "width=1", "z_size=2", f"epoch_unit={unit}", *overrides)
    training = Training(method, some_digits(80), 0, tmp_path, mx.cpu())
    for step in ("critic_step", "generator_step"):
        monkeypatch.setattr(training.steps, step, lambda number, name=step: {name: mx.nd.zeros((1,))})
    training.run(Progress("", 0))
    assert (training.generator_steps, training.critic_steps) == tuple(budget(method.settings))
