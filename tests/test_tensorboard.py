"""What TensorBoard shows of a run is what the run logged, once each and all of it, however often it was stopped."""

import io
import sys

import numpy as np
import pytest
from helpers import some_digits
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

from thesis_gan import cli
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.reproduction.plan import plan
from thesis_gan.reproduction.run_all import run_all
from thesis_gan.runs import train as runs
from thesis_gan.training import loop
from thesis_gan.training.display import Lines
from thesis_gan.training.event_file import EventFile
from thesis_gan.training.objectives import GeneratorObjective

STEPS = 9
POSITION = ("epoch", "passes", "generator_steps", "critic_steps")


@pytest.fixture(autouse=True, scope="module")
def small_runs():
    """Epochs of 3 steps, windows of 2, and no images scored."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "WINDOW", 2)
        patch.setattr("thesis_gan.data.mnist.load", lambda split: some_digits(96))
        patch.setattr(
            runs.Run, "evaluate", lambda *_: {"frechet_inception_distance": 12.5, "num_samples": 500, "features": "mnist"}
        )
        yield


def train(folder, tensorboard, method="dcgan", *overrides):
    overrides = [f"generator_steps={STEPS}", "train_images=96", *overrides]
    return runs.train(method, "smoke", 0, overrides, folder, mx.cpu(), 1, "lines", tensorboard)


def written(tensorboard):
    """All points in the only file, in the order of tag and step: (tag, step, number or bytes of the picture)."""
    (path,) = tensorboard.rglob("*tfevents*")
    points = [
        (value.tag, event.step, value.image.encoded_image_string or value.simple_value)
        for event in LegacyEventFileLoader(str(path)).Load()
        for value in event.summary.value
    ]
    return sorted(points, key=lambda point: point[:2])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nobody disturbed, in ``run``, and its events, in ``events``."""
    folder = tmp_path_factory.mktemp("whole")
    train(folder / "run", folder / "events")
    return folder


def test_tensorboard_reads_what_the_run_logged(whole):
    run = runs.Run(whole / "run")
    seen = EventAccumulator(str(whole / "events" / "smoke" / "run"))
    seen.Reload()
    tags = []
    for group, columns in (("steps", run.curve), ("epochs", run.history)):
        for name in set(columns) - set(POSITION):
            tags.append(f"{group}/{name}")
            points = seen.Scalars(tags[-1])
            np.testing.assert_array_equal([point.step for point in points], columns["generator_steps"])
            np.testing.assert_allclose([point.value for point in points], columns[name], rtol=1e-6)
    assert {"steps/critic_loss", "epochs/generator_loss", "epochs/accuracy"} < set(tags)
    (score,) = seen.Scalars("scores/frechet_inception_distance")
    assert (score.step, score.value) == (STEPS, 12.5)
    assert set(seen.Tags()["scalars"]) == {*tags, "scores/frechet_inception_distance"}
    assert [(point.step, point.encoded_image_string) for point in seen.Images("samples")] == [
        (3 * epoch, (whole / "run" / "samples" / f"epoch-000{epoch}.png").read_bytes()) for epoch in (1, 2, 3)
    ]
    (sheet, *_) = seen.Images("samples")
    assert Image.open(io.BytesIO(sheet.encoded_image_string)).size == (sheet.width, sheet.height)


class Killed(Exception):
    """Ends a training where it stands, without a checkpoint."""


def train_to(step, folder, tensorboard, monkeypatch):
    def window(self, row, images_per_second):
        if row["generator_steps"] >= step:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Lines, "window", window)
        train(folder, tensorboard)


def test_a_resumed_run_writes_each_point_once_and_leaves_none_out(whole, tmp_path, monkeypatch):
    train_to(6, tmp_path / "run", tmp_path / "events", monkeypatch)  # the last checkpoint is of step 3
    assert {step for _, step, _ in written(tmp_path / "events")} == {2, 3, 4, 6}
    train_to(8, tmp_path / "run", tmp_path / "events", monkeypatch)
    train(tmp_path / "run", tmp_path / "events")
    points = written(tmp_path / "events")
    assert points == written(whole / "events")
    # Three numbers of five windows and of three epochs, three sheets, one score.
    assert len({(tag, step) for tag, step, _ in points}) == len(points) == 5 * 3 + 3 * 3 + 3 + 1


def test_a_run_that_was_started_without_has_all_its_points_too(whole, tmp_path, monkeypatch):
    train_to(6, tmp_path / "run", None, monkeypatch)
    train(tmp_path / "run", tmp_path / "events")
    assert written(tmp_path / "events") == written(whole / "events")


def test_a_finished_run_is_written_without_training(whole, tmp_path):
    train(whole / "run", tmp_path)
    points, expected = written(tmp_path), written(whole / "events")
    assert [point[:2] for point in points] == [point[:2] for point in expected]
    for point, other in zip(points, expected):
        assert point[2] == (other[2] if isinstance(other[2], bytes) else pytest.approx(other[2], rel=1e-6))


def test_a_run_that_is_made_longer_has_the_points_of_one_that_was_so_long(whole, tmp_path):
    train(tmp_path / "run", tmp_path / "events", "dcgan", "generator_steps=6")
    train(tmp_path / "run", tmp_path / "events")
    assert written(tmp_path / "events") == written(whole / "events")


def test_a_diverged_run_has_the_window_in_which_it_diverged(tmp_path, monkeypatch):
    calls, loss = [], GeneratorObjective.__call__

    def lost_at_the_fifth_step(self, *arrays):
        calls.append(1)
        return loss(self, *arrays) * (float("nan") if len(calls) >= 5 else 1)

    monkeypatch.setattr(GeneratorObjective, "__call__", lost_at_the_fifth_step)
    for again in (False, True):
        run = train(tmp_path / "run", tmp_path / str(again))  # the second time it is finished
        assert run.metrics["status"].startswith("diverged: generator_loss was nan at generator step 5")
        losses = {step: number for tag, step, number in written(tmp_path / str(again)) if tag == "steps/generator_loss"}
        assert list(np.isfinite(list(losses.values()))) == [True, True, False] and list(losses) == [2, 4, 6]
        assert not [tag for tag, _, _ in written(tmp_path / str(again)) if tag.startswith("scores")]


def test_events_of_another_run_are_not_overwritten(whole, tmp_path):
    train(tmp_path / "run", tmp_path / "events", "dcgan", "beta1=0.4")
    before = written(tmp_path / "events")
    with pytest.raises(UserError, match="holds the events of another run; delete that folder, or choose another --tensorboard"):
        train(whole / "run", tmp_path / "events")
    assert written(tmp_path / "events") == before
    for place in (whole / "run" / "config.json", tmp_path / "events"):  # a file, and another run's
        with pytest.raises((UserError, OSError)):
            train(tmp_path / "new" / "run", place)
        assert [path.name for path in (tmp_path / "new" / "run").iterdir()] == [".lock"]


def test_events_that_cannot_be_written_do_not_stop_training(tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(EventFile, "flush", full)
    assert train(tmp_path / "run", tmp_path / "events").metrics["status"] == "finished"
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "can no longer be written (No space left on device); training goes on" in sentence


def test_all_writes_finished_runs_and_names_the_one_that_it_cannot(tmp_path, monkeypatch, capsys):
    (planned,) = plan("smoke", ["lsgan"], 1, tmp_path / "results")
    monkeypatch.setattr("thesis_gan.reproduction.run_all.write_outputs", lambda _: "")
    runs.train("lsgan", "smoke", 0, planned.overrides, planned.folder, mx.cpu(), 1, "lines")
    assert run_all("smoke", ["lsgan"], 1, tmp_path / "results", "cpu", 1, tmp_path / "events") == 0
    assert ("scores/frechet_inception_distance", 60, 12.5) in written(tmp_path / "events")
    (path,) = (tmp_path / "events").rglob("*tfevents*")
    path.rename(path.with_name("events.out.tfevents.1.another"))
    assert run_all("smoke", ["lsgan"], 1, tmp_path / "results", "cpu", 1, tmp_path / "events") == 1
    assert "lsgan-seed0 failed" in capsys.readouterr().err


def test_all_tells_its_trainings(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(
        "thesis_gan.reproduction.processes.Trainings._start", lambda self, name, command, log: commands.append(command)
    )
    run_all("smoke", ["lsgan"], 1, tmp_path / "results", "cpu", 1, tmp_path / "events")
    (command,) = commands
    assert cli._parser().parse_args(command[3:]).tensorboard == tmp_path / "events"


def test_without_tensorboardx_one_sentence_says_how_to_have_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    monkeypatch.setitem(sys.modules, "tensorboardX.proto", None)
    monkeypatch.setitem(sys.modules, "tensorboardX.proto.event_pb2", None)
    for command in (["all", "--profile", "smoke"], ["train", "dcgan", "--profile", "smoke"]):
        status = cli.main([*command, "--output", str(tmp_path / command[0]), "--tensorboard", str(tmp_path / "events")])
        (sentence,) = capsys.readouterr().err.splitlines()
        assert status == 2 and "run ./run_all.sh setup --tensorboard" in sentence
    assert not list(tmp_path.iterdir())
