"""The training loop: what it counts, when it stops, and that a run taken up again is the run."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import InterruptAt

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.errors import UserError
from thesis_gan.networks.weights import parameters, to_arrays
from thesis_gan.profiles import resolve
from thesis_gan.runs.run import Run
from thesis_gan.runs.train import train
from thesis_gan.training import loop
from thesis_gan.training.budget import budget
from thesis_gan.training.checkpoint import Checkpoints
from thesis_gan.training.display import Progress
from thesis_gan.training.history import read_csv
from thesis_gan.training.loop import Diverged, Interrupted, Training
from thesis_gan.training.objectives import GeneratorObjective
from thesis_gan.training.steps import Steps

pytestmark = pytest.mark.long

TINY = ("train_images=160", "batch_size=16", "width=2", "generator_steps=12", "num_samples=100", "epochs=0")


def training(name, folder, *overrides):
    kind = methods.find(name)
    settings = resolve(kind, "smoke", (*TINY, *overrides))
    data = mnist.load("train")
    few = mnist.LabelledImages(*(array[: settings.train_images] for array in data))
    folder.mkdir(exist_ok=True)
    return Training(kind(settings), few, 0, folder, mx.cpu())


def silent():
    return Progress("", 0)


@pytest.mark.parametrize("name", methods.names())
def test_interrupted_and_resumed_run_equals_an_uninterrupted_one_bit_for_bit(name, tmp_path):
    whole = training(name, tmp_path / "whole")
    whole.run(silent())

    with pytest.raises(Interrupted):
        training(name, tmp_path / "parts").run(InterruptAt(epoch=1))
    resumed = training(name, tmp_path / "parts")
    assert 0 < resumed.generator_steps < 12
    resumed.run(silent())

    for network in ("generator", "critic"):
        expected, found = (to_arrays(getattr(run.steps, network)) for run in (whole, resumed))
        for key in expected:
            np.testing.assert_array_equal(found[key], expected[key], err_msg=key)
    for file in ("history.csv", "curve.csv", "generator.params"):
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_run_that_skips_critic_updates_resumes_bit_for_bit(tmp_path):
    """Adam's steps depend on how many there were, and these are fewer than the critic's steps."""
    settings = ("skip_above=0.6", "learning_rate=0.01", "generator_steps=30")
    whole = training("dcgan", tmp_path / "whole", *settings)
    whole.run(silent())
    assert 0 < whole.steps.critic_updates < whole.critic_steps == 30
    assert 0 < read_csv(tmp_path / "whole" / "history.csv")["skipped"].mean() < 1

    with pytest.raises(Interrupted):
        training("dcgan", tmp_path / "parts", *settings).run(InterruptAt(epoch=2))
    resumed = training("dcgan", tmp_path / "parts", *settings)
    assert 0 < resumed.steps.critic_updates < resumed.critic_steps < 30
    resumed.run(silent())
    assert (tmp_path / "parts" / "history.csv").read_bytes() == (tmp_path / "whole" / "history.csv").read_bytes()
    for key, array in to_arrays(whole.steps.critic).items():
        np.testing.assert_array_equal(to_arrays(resumed.steps.critic)[key], array, err_msg=key)


def test_process_stopped_by_each_signal_resumes_to_the_scores_of_an_uninterrupted_one(tmp_path):
    command = [sys.executable, "-m", "thesis_gan", "train", "dcgan", "--profile", "smoke", "--progress", "json"]
    for override in (*TINY, "generator_steps=600"):
        command += ["--set", override]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert subprocess.run([*command, "--output", str(whole)], capture_output=True).returncode == 0

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = subprocess.Popen(
            [*command, "--output", str(parts)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # These tests themselves may have been started with nohup.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        assert any(b'"window"' in line for line in process.stdout)  # it trains
        process.send_signal(number)
        _, complaint = process.communicate()
        assert process.returncode == 130
        assert complaint.decode() == f"Stopped; a checkpoint is in {parts}, and the same command goes on from it.\n"
        assert not (parts / "metrics.json").exists()
    assert subprocess.run([*command, "--output", str(parts)], capture_output=True).returncode == 0

    expected, found = Run(whole).metrics, Run(parts).metrics
    for varying in ("run", "minutes"):
        expected.pop(varying), found.pop(varying)
    assert found == expected


def test_critic_steps_as_often_as_the_schedule_says(tmp_path):
    # 10 batches a pass: epoch 0 ends with the critic's 12th step, epoch 1 with its 20th, after which it steps twice a round.
    run = training("wgan", tmp_path / "run", "critic_schedule=6x1,4x1,2", "generator_steps=6")
    counts = []
    step = run.steps.critic_step

    def counted(number):
        counts.append(run.generator_steps)
        return step(number)

    run.steps.critic_step = counted
    run.run(silent())
    assert [counts.count(number) for number in range(6)] == [6, 6, 4, 4, 2, 2]


def test_epoch_is_a_pass_of_the_critic_or_as_many_generator_steps(tmp_path):
    for unit, expected in (("critic-pass", [2, 4, 6]), ("generator-pass", [10, 12])):
        run = training("wgan-gp", tmp_path / unit, f"epoch_unit={unit}", "generator_steps=12")
        run.run(silent())
        assert read_csv(tmp_path / unit / "history.csv")["generator_steps"].tolist()[: len(expected)] == expected


def test_training_stops_at_whichever_limit_comes_first(tmp_path):
    run = training("dcgan", tmp_path / "epochs", "epochs=1", "generator_steps=1000")
    assert budget(run.settings).generator_steps == 10
    run.run(silent())
    assert (run.generator_steps, run.critic_steps) == (10, 10)
    run = training("dcgan", tmp_path / "steps", "epochs=100", "generator_steps=7")
    assert budget(run.settings).generator_steps == 7
    run.run(silent())
    assert run.generator_steps == 7


@pytest.mark.parametrize("overrides", [("epochs=5", "generator_steps=0"), ("epochs=2", "generator_steps=9")])
@pytest.mark.parametrize("name", ["dcgan", "wgan"])
def test_budget_is_what_is_made(name, overrides, tmp_path):
    run = training(name, tmp_path / "run", *overrides)
    run.run(silent())
    assert (run.generator_steps, run.critic_steps) == budget(run.settings)


def test_history_holds_the_mean_over_the_epoch(tmp_path):
    run = training("dcgan", tmp_path / "run", "epochs=1", "generator_steps=0")
    losses = []
    step = run.steps.critic_step

    def recorded(number):
        numbers = step(number)
        losses.append(float(numbers["critic_loss"].asscalar()))
        return numbers

    run.steps.critic_step = recorded
    run.run(silent())
    assert len(losses) == 10
    assert read_csv(tmp_path / "run" / "history.csv")["critic_loss"][0] == pytest.approx(np.mean(losses), rel=1e-6)


@pytest.fixture
def loss_lost_at_the_fifth_step(monkeypatch):
    """The generator's loss is not a number from its fifth step on."""
    calls, loss = [], GeneratorObjective.__call__

    def lost(self, *arrays):
        calls.append(1)
        return loss(self, *arrays) * (float("nan") if len(calls) >= 5 else 1)

    monkeypatch.setattr(GeneratorObjective, "__call__", lost)


@pytest.mark.usefixtures("loss_lost_at_the_fifth_step")
def test_a_loss_that_is_not_finite_ends_the_run_and_its_history_shows_it(tmp_path):
    with pytest.raises(Diverged, match="generator_loss was nan at generator step 5; there is no checkpoint from before"):
        training("dcgan", tmp_path / "run").run(silent())
    assert np.isnan(read_csv(tmp_path / "run" / "curve.csv")["generator_loss"]).all()
    assert not list((tmp_path / "run").glob("checkpoint*"))


@pytest.mark.usefixtures("loss_lost_at_the_fifth_step")
def test_diverged_run_is_recorded_not_dropped_and_its_last_good_generator_is_kept(tmp_path):
    overrides = (*TINY, "checkpoint_minutes=0.001", "train_images=32")  # an epoch is 2 steps
    run = train("dcgan", "smoke", 0, overrides, tmp_path / "dcgan-seed0", mx.cpu(), 1, "json")
    why = "generator_loss was nan at generator step 5; the last good checkpoint, of generator step 4, is kept"
    assert run.metrics["status"] == f"diverged: {why}"
    assert run.metrics["minutes"] > 0
    assert "inception_score_mean" not in run.metrics
    assert np.ptp(run.sample(3, mx.cpu())) > 0


def test_a_parameter_that_is_not_finite_ends_the_run_before_a_checkpoint_of_it(tmp_path):
    run = training("dcgan", tmp_path / "run", "train_images=32")
    step = run.steps.generator_step

    def spoiled(number):
        numbers = step(number)
        if number == 5:  # the last step before a checkpoint, so that no loss has seen it yet
            bias = next(each for key, each in parameters(run.steps.generator).items() if key.endswith("bias"))
            bias.set_data(bias.data() * float("inf"))
        return numbers

    run.steps.generator_step = spoiled
    with pytest.raises(Diverged, match=r"generator \S+bias was not finite at generator step 6; .* of generator step 4, is kept"):
        run.run(silent())
    assert sorted(path.name for path in run.folder.glob("checkpoint*")) == ["checkpoint-0000002.bin", "checkpoint-0000004.bin"]


def test_going_on_with_other_settings_is_refused_and_each_difference_named(tmp_path):
    train("dcgan", "smoke", 0, TINY, tmp_path / "run", mx.cpu(), 1, "json")
    with pytest.raises(UserError, match=r"learning_rate is now 0\.5, was 0\.00.*; width is now 3, was 2"):
        train("dcgan", "smoke", 0, (*TINY, "width=3", "learning_rate=0.5"), tmp_path / "run", mx.cpu(), 1, "json")
    with pytest.raises(UserError, match="seed is now 1, was 0; width is now 3, was 2; use the settings"):
        train("dcgan", "smoke", 1, (*TINY, "width=3"), tmp_path / "run", mx.cpu(), 1, "json")


@pytest.mark.parametrize("name", ["history.csv", "generator.params", "metrics.json", "SHA256SUMS", "config.json"])
def test_damaged_or_missing_file_of_a_finished_run_is_made_anew_from_the_last_checkpoint(name, tmp_path, monkeypatch):
    def start():
        return train("dcgan", "smoke", 0, TINY, tmp_path / "run", mx.cpu(), 1, "json")

    monkeypatch.setattr(Run, "evaluate", lambda self, context: {})
    whole = {path.name: path.read_bytes() for path in start().folder.iterdir() if path.is_file()}
    path = tmp_path / "run" / name
    if name not in ("config.json", "SHA256SUMS"):
        path.write_bytes(path.read_bytes()[:-3])
        assert not Run(tmp_path / "run").complete
        assert start().complete
    path.unlink()
    assert name == "SHA256SUMS" or not (name != "config.json" and Run(tmp_path / "run").complete)
    assert start().complete
    if name == "SHA256SUMS":  # without it nothing is checked, and nothing has to be made
        del whole[name]
    for file, content in whole.items():
        found = (tmp_path / "run" / file).read_bytes()
        assert found == content or file.startswith(("checkpoint-", "metrics", ".lock")), file  # these hold the time


def test_a_snapshot_is_the_generator_after_so_many_epochs_and_is_verified_with_the_run(tmp_path):
    overrides = (*TINY, "train_images=32")  # an epoch is 2 steps
    longer = ("generator_steps=8", "snapshot_epochs=2")
    run = train("dcgan", "smoke", 0, (*overrides, *longer), tmp_path / "run", mx.cpu(), 1, "json")
    shorter = train("dcgan", "smoke", 0, (*overrides, "generator_steps=4"), tmp_path / "shorter", mx.cpu(), 1, "json")
    assert sorted(run.snapshots()) == [2, 4] and shorter.snapshots() == {}
    for epoch, whole in ((2, shorter), (4, run)):
        assert run.snapshots()[epoch].read_bytes() == (whole.folder / "generator.params").read_bytes()
    assert run.complete
    run.snapshots()[2].write_bytes(b"damaged")
    assert not run.complete


def test_finished_run_is_not_trained_again(tmp_path):
    first = train("dcgan", "smoke", 0, TINY, tmp_path / "run", mx.cpu(), 1, "json")
    written = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    train("dcgan", "smoke", 0, TINY, tmp_path / "run", mx.cpu(), 1, "json")
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == written


def test_settings_that_the_optimizer_does_not_use_are_told_of(tmp_path, capsys):
    for name, settings, said in (
        ("wgan", ("beta1=0", "beta2=0.9"), "beta1 and beta2 are set, and optimizer=rmsprop does not use them; leave them out"),
        ("dcgan", ("decay=0.5",), "decay is set, and optimizer=adam does not use it; leave it out"),
        ("wgan", ("decay=0.5",), ""),
        ("wgan", ("optimizer=adam", "beta1=0"), ""),
    ):
        short = (*TINY, "generator_steps=1", *settings)
        train(name, "smoke", 0, short, tmp_path / "-".join((name, *settings)), mx.cpu(), 1, "lines")
        told = [line for line in capsys.readouterr().err.splitlines() if "does not use" in line]
        assert told == ([f"thesis-gan: {said}, or set another optimizer."] if said else [])


def test_sheets_of_many_epochs_are_thinned_and_the_last_is_kept(tmp_path, monkeypatch):
    kept = [epoch for epoch in range(1, 40_001) if loop.has_sheet(epoch)]
    assert kept == [*range(1, 301), *range(310, 3001, 10), *range(3100, 30_001, 100), *range(31_000, 40_001, 1000)]
    monkeypatch.setattr(loop, "SHEETS", 1)
    training("dcgan", tmp_path / "run", "generator_steps=30", "batch_size=80").run(silent())  # 15 epochs of 2 steps
    sheets = sorted(path.name for path in (tmp_path / "run" / "samples").iterdir())
    assert sheets == ["epoch-0001.png", "epoch-0010.png", "epoch-0015.png"]
    assert len(read_csv(tmp_path / "run" / "history.csv")["epoch"]) == 15
    for steps in (23, 26, 30):  # in the middle of epoch 12, at the end of 13, of 15: what was the last is not, and no sheet stays
        training("dcgan", tmp_path / "longer", f"generator_steps={steps}", "batch_size=80").run(silent())
        last = -(-steps // 2)
        found = sorted(path.name for path in (tmp_path / "longer" / "samples").iterdir())
        assert found == ["epoch-0001.png", "epoch-0010.png", f"epoch-{last:04}.png"]


@pytest.fixture
def now(monkeypatch):
    """The clock of training, which stands still unless it is set."""
    now = [0.0]
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def ten_seconds_a_step(monkeypatch, now):
    step = Steps.generator_step

    def slow(self, number):
        now[0] += 10
        return step(self, number)

    monkeypatch.setattr(Steps, "generator_step", slow)


def test_time_is_of_all_starts_and_checkpoints_come_by_the_minute(tmp_path, monkeypatch, now):
    ten_seconds_a_step(monkeypatch, now)
    save, saved = Checkpoints.save, []
    monkeypatch.setattr(Checkpoints, "save", lambda self, at, each: (saved.append(at), save(self, at, each))[1])
    with pytest.raises(Interrupted):
        training("dcgan", tmp_path / "run", "checkpoint_minutes=0.5").run(InterruptAt(epoch=1))
    now[0] += 1000  # nobody trains
    run = training("dcgan", tmp_path / "run", "checkpoint_minutes=0.5")
    run.run(silent())
    # Each 40 s, at the end of the epoch of ten steps, when it is stopped, and at the end.
    assert (run.seconds, saved) == (120, [4, 8, 10, 10, 12])


def test_minutes_are_minutes(tmp_path, monkeypatch, now):
    ten_seconds_a_step(monkeypatch, now)
    monkeypatch.setattr(Run, "evaluate", lambda self, context: {})
    assert train("dcgan", "smoke", 0, TINY, tmp_path / "run", mx.cpu(), 1, "json").metrics["minutes"] == 2


def test_speed_is_of_each_kind_of_step_but_its_first_with_what_lies_between(now):
    clock = loop._StepClock()
    for timer, seconds in ((clock.critic, 50), (clock.critic, 2), (clock.critic, 2), (clock.generator, 70), (clock.generator, 6)):
        with timer:
            now[0] += seconds
    now[0] += 10  # a sheet: as much as the steps that count
    assert clock.speed(32) == (2 * 32 / 20, 4, 12)


def test_a_second_ctrl_c_stops_at_once_and_under_nohup_a_closed_terminal_is_ignored():
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with loop.stop_requests() as requests:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGINT)
            assert requests == [signal.SIGINT]
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGHUP, previous)
