"""The experiments of Fig. 11 and §3.1, and the times, as programs: tiny, every file, the numbers in them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import initialised, method_of, some_digits
from PIL import Image

from thesis_gan import cli
from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.lock import hold
from thesis_gan.networks.points import ToyCritic
from thesis_gan.networks.weights import parameters, to_arrays
from thesis_gan.reproduction.claims import gradients
from thesis_gan.reproduction.studies import (
    clipping,
    clipping_figures,
    divergences,
    perfect_discriminator,
    perfect_discriminator_figure,
    registry,
    step_times,
)
from thesis_gan.training.steps import Steps

TINY_TOY = clipping.Size(3, 8, 4, 16, 4, 8, 4, 16, 2, 50, 9)
TINY_PERFECT = perfect_discriminator.Size(early_steps=2, steps=4, looks=2, seeds=2, width=2)


def shown(folder, captions):
    for name in captions:
        assert min(Image.open(str(folder / "figures" / name)).size) > 200, name


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        whole = divergences.measure
        patch.setattr(divergences, "measure", lambda: whole(2))
        clipping.make(folder, TINY_TOY)
    return folder, json.loads((folder / clipping.EVIDENCE).read_text(encoding="utf-8"))


def test_toy_critics_are_recorded_for_every_distribution_and_constraint(toys):
    folder, evidence = toys
    shown(folder, clipping_figures.CAPTIONS)
    found = [(record["distribution"], record["constraint"]) for record in evidence["critics"]]
    assert found == [(name, by) for name in ("8gaussians", "25gaussians", "swissroll") for by in ("clip 0.1", "penalty")]
    for record in evidence["critics"]:
        assert 0.3 < record["exact"] < 1.5
        assert sum(record["weights"]["counts"]) <= record["weights"]["total"] == 2 * 8 + 8 * 8 + 8
    names = [(record["constraint"], record["seed"]) for record in evidence["deep"]]
    assert names == [(by, seed) for by in ("clip 0.1", "clip 0.01", "clip 0.001", "penalty") for seed in (0, 1)]
    for record in evidence["deep"]:
        assert set(record["norms"]) == {"0", "1", "2", "3", "4"}
        assert all(len(norms) == 4 and min(norms) > 0 for norms in record["norms"].values())
        assert ("share_at_bounds" in record) == (record["clip"] is not None)


def test_late_norms_are_geometric_means_over_the_second_half():
    norms = {"0": [1.0, 1.0], "30": [7.0, 7.0], "60": [1.0, 10.0], "90": [100.0, 1000.0]}
    np.testing.assert_allclose(clipping.late_norms({"norms": norms}), [10, 100])


def test_constraints_are_the_methods_with_their_settings():
    clipped, penalised = clipping.Constraint("", 0.01).method(64), clipping.PENALTY.method(64)
    assert (clipped.name, clipped.settings.clip, clipped.settings.optimizer) == ("wgan", 0.01, "rmsprop")
    assert (penalised.name, penalised.settings.penalty_weight, penalised.settings.beta1) == ("wgan-gp", 10, 0)


@pytest.fixture(scope="module")
def perfects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("perfect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "load", lambda split: some_digits(512))
        give, given = perfect_discriminator.from_arrays, []
        patch.setattr(perfect_discriminator, "from_arrays", lambda *pair: given.append(pair) or give(*pair))
        perfect_discriminator.make(folder, TINY_PERFECT)
        assert len(given) == 8  # each faces the generator that was trained before, and stands still
    return folder, json.loads((folder / perfect_discriminator.EVIDENCE).read_text(encoding="utf-8"))


def test_discriminators_are_recorded_for_every_game_noise_and_seed(perfects):
    folder, evidence = perfects
    shown(folder, perfect_discriminator_figure.CAPTIONS)
    records = evidence["discriminators"]
    assert len({(record["game"], record["noise"], record["seed"]) for record in records}) == len(records) == 8
    for record in records:
        assert len(record["accuracy"]) == len(record["critic_loss"]) == 4
        assert record["looks"] == [0, 3]
        assert all(len(norms) == 2 and min(norms) > 0 for norms in record["gradient_norms"].values())
    losses = {loss for record in records for loss in record["gradient_norms"]}
    assert losses == set(perfect_discriminator_figure.LOSSES)
    assert len(gradients._drops(evidence, "saturating", True)) == 2


def test_perfect_discriminator_has_a_divergence_of_log_2():
    np.testing.assert_allclose(
        perfect_discriminator.jensen_shannon({"critic_loss": [2 * np.log(2), 0.0]}), [0, np.log(2)], atol=1e-12
    )


def test_gradient_of_a_step_is_had_without_making_the_step():
    steps = Steps(method_of("dcgan", "width=2"), some_digits(128), 0, mx.cpu())
    before = to_arrays(steps.generator)
    loss = steps.generator_gradient(0)
    after = to_arrays(steps.generator)
    weights = [name for name in before if "running" not in name]
    assert all(np.array_equal(before[name], after[name]) for name in weights)
    assert steps.generator_step(0)["generator_loss"].asscalar() == loss.asscalar()
    assert not np.array_equal(before["project.weight"], to_arrays(steps.generator)["project.weight"])


def test_times_are_of_every_method_of_the_thesis_in_every_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda split: some_digits(640))
    step_times.make(tmp_path, step_times.Size(turns=2, rounds=1, profile="smoke"))
    found = registry.EXPERIMENTS[-1].read(tmp_path)
    assert {name: record["critic_steps"] for name, record in found["methods"].items()} == {
        "dcgan": 1,
        "cgan": 1,
        "wgan": 5,
        "wgan-gp": 5,
    }
    assert (found["width"], found["batch_size"], found["batches_per_pass"]) == (8, 32, 640 // 32)
    for record in found["methods"].values():
        assert all(len(record[key]) == 2 and min(record[key]) > 0 for key in step_times.LOGGED)
        seconds = step_times.round_ms(record) / 1000
        np.testing.assert_allclose(seconds, [(record["critic_steps"] * c + g) / 1000 for c, g in zip(*each(record))])
    assert 0 < step_times.share_of_time(found) < 3


def each(record):
    return record["critic_ms"], record["generator_ms"]


@pytest.mark.parametrize("name", ["toy", "perfect", "times"])
def test_commands_make_the_evidence_in_the_folder_asked_for(name, tmp_path, monkeypatch, capsys):
    module = {"toy": clipping, "perfect": perfect_discriminator, "times": step_times}[name]
    made = []
    monkeypatch.setattr(module, "make", lambda folder: made.append(folder) or {"methods": {}})
    assert cli.main([name, "--output", str(tmp_path)]) == 0
    assert made == [tmp_path]
    assert f"{name}.json" in capsys.readouterr().out
    with hold(tmp_path):
        assert cli.main([name, "--output", str(tmp_path)]) == 2
        assert "is in use by " in capsys.readouterr().err
        assert made == [tmp_path]
        assert cli.main([name, "--output", str(tmp_path), "--held"]) == 0  # as run_all.sh starts it, which holds the folder
    assert made == [tmp_path] * 2


def test_times_are_milliseconds_of_a_step(monkeypatch):
    now, clock = [0.0], step_times._Clock.__new__(step_times._Clock)
    monkeypatch.setattr(step_times, "time", SimpleNamespace(monotonic=lambda: now[0]))
    clock._made = {"critic": 0}
    clock.steps = SimpleNamespace(critic_step=lambda number: now.__setitem__(0, now[0] + 0.25), generator_step=None)
    assert clock._time("critic", 4) == 250


def test_share_at_bounds_is_of_all_weights_within_5_percent_of_either_bound():
    critic = initialised(ToyCritic(2, 2))
    for name, values in (("layers.0.weight", [[0.1, -0.096], [0.094, 0]]), ("layers.2.weight", [[-0.1, 0.05]])):
        parameters(critic)[name].set_data(mx.nd.array(values))
    assert clipping._weights(critic, clipping.Constraint("", 0.1))["share_at_bounds"] == 3 / 6


def test_gradient_norm_is_of_all_the_generators_parameters_together():
    steps = Steps(method_of("dcgan", "width=2"), some_digits(128), 0, mx.cpu())
    found = perfect_discriminator._gradient_norm(steps, 0)
    of = [each.grad().asnumpy().ravel() for each in parameters(steps.generator).values() if each.grad_req != "null"]
    assert found == pytest.approx(np.linalg.norm(np.concatenate(of)), rel=1e-5)
