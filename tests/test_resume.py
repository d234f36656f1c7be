"""What a run goes on from: the newest checkpoint that is its own and whole."""

import re
import shutil

import numpy as np
import pytest
from helpers import assert_same_arrays
from test_training import training

from thesis_gan.errors import UserError
from thesis_gan.networks.weights import to_arrays
from thesis_gan.training.checkpoint import Checkpoint, Checkpoints
from thesis_gan.training.display import Progress
from thesis_gan.training.loop import Interrupted, Training

EPOCHS_OF_TWO_STEPS = ("train_images=32",)


class GoneAt(Progress):
    """Cannot be shown any more from the end of an epoch on, like the pipe to a program that was killed."""

    def __init__(self, epoch):
        super().__init__("", 0)
        self._epoch = epoch

    def epoch(self, row, images_per_second):
        if row["epoch"] >= self._epoch:
            raise BrokenPipeError


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a run that nobody disturbed."""
    run = training("dcgan", tmp_path_factory.mktemp("whole"), *EPOCHS_OF_TWO_STEPS)
    run.run(Progress("", 0))
    return run


@pytest.fixture
def stopped(tmp_path):
    """The folder of the same run, stopped at step 6, with the checkpoints of steps 4 and 6."""
    with pytest.raises(Interrupted):
        training("dcgan", tmp_path / "run", *EPOCHS_OF_TWO_STEPS).run(GoneAt(epoch=3))
    assert names(tmp_path / "run") == ["checkpoint-0000004.bin", "checkpoint-0000006.bin"]
    return tmp_path / "run"


def names(folder):
    return sorted(path.name for path in folder.glob("checkpoint*"))


def assert_goes_on_to_the_same_end(run, whole):
    run.run(Progress("", 0))
    for network in ("generator", "critic"):
        assert_same_arrays(to_arrays(getattr(run.steps, network)), to_arrays(getattr(whole.steps, network)))
    for file in ("history.csv", "curve.csv", "generator.params", "samples/epoch-0006.png"):
        assert (run.folder / file).read_bytes() == (whole.folder / file).read_bytes()
    assert names(run.folder)[-1] == names(whole.folder)[-1] and len(names(run.folder)) == 2


def test_run_whose_progress_nobody_reads_any_more_saves_and_stops(stopped, whole):
    run = training("dcgan", stopped, *EPOCHS_OF_TWO_STEPS)
    assert (run.generator_steps, run.warnings) == (6, [])
    assert_goes_on_to_the_same_end(run, whole)


def empty(path, whole):
    path.write_bytes(b"")


def cut(path, whole):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path, whole):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def foreign(path, whole):
    path.write_bytes(b"GIF89a, say")


def folder_instead(path, whole):
    path.unlink()
    path.mkdir()


def of_another_run(path, whole):
    other = training("dcgan", path.parent.parent / "other", *EPOCHS_OF_TWO_STEPS, "learning_rate=0.5")
    with pytest.raises(Interrupted):
        other.run(GoneAt(epoch=3))
    shutil.copy(str(other.folder / path.name), str(path))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (empty, "is damaged, or no checkpoint of this version"),
        (cut, "is damaged: its checksum is not that of its content"),
        (flip, "is damaged: its checksum is not that of its content"),
        (foreign, "is damaged, or no checkpoint of this version"),
        (folder_instead, "cannot be read"),
        (of_another_run, r"is another run's \(learning_rate is now 0.004, was 0.5\)"),
    ],
)
def test_checkpoint_that_is_not_right_is_named_and_the_one_before_it_used(spoil, why, stopped, whole):
    spoil(stopped / "checkpoint-0000006.bin", whole)
    run = training("dcgan", stopped, *EPOCHS_OF_TWO_STEPS)
    (said,) = run.warnings
    assert re.search(rf"checkpoint-0000006\.bin {why}.*; going on from the one before it, .*checkpoint-0000004\.bin\.$", said)
    assert run.generator_steps == 4
    if spoil is not folder_instead:
        assert_goes_on_to_the_same_end(run, whole)


def test_checkpoint_of_another_seed_is_not_taken(stopped):
    method = training("dcgan", stopped, *EPOCHS_OF_TWO_STEPS)
    with pytest.raises(UserError, match=r"another run's \(seed is now 1, was 0\)"):
        Training(method.method, method.steps._data, 1, stopped, method.context)


def test_nothing_is_trained_over_when_no_checkpoint_is_right(stopped):
    for name in names(stopped):
        cut(stopped / name, None)
    before = {path: path.read_bytes() for path in stopped.glob("checkpoint*")}
    with pytest.raises(UserError) as error:
        training("dcgan", stopped, *EPOCHS_OF_TWO_STEPS)
    assert all(name in str(error.value) for name in names(stopped)) and "to train from the start" in str(error.value)
    assert {path: path.read_bytes() for path in stopped.glob("checkpoint*")} == before


def test_checkpoint_of_an_older_version_is_not_passed_over_in_silence(tmp_path):
    (tmp_path / "checkpoint.bin").write_bytes(b"thesis_gan checkpoint 1\n" + bytes(100))
    with pytest.raises(UserError, match=r"checkpoint\.bin is damaged, or no checkpoint of this version"):
        training("dcgan", tmp_path)


def test_run_that_ended_between_its_last_epoch_and_its_end_has_the_same_curve(tmp_path, monkeypatch):
    overrides = ("epochs=1", "generator_steps=0")
    undisturbed = training("dcgan", tmp_path / "whole", *overrides)
    undisturbed.run(Progress("", 0))

    class Killed(Exception):
        pass

    def die(self):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_end_window", die)
        with pytest.raises(Killed):
            training("dcgan", tmp_path / "parts", *overrides).run(Progress("", 0))
    training("dcgan", tmp_path / "parts", *overrides).run(Progress("", 0))
    for file in ("history.csv", "curve.csv"):
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_last_two_good_checkpoints_are_kept_whatever_else_there_was(tmp_path):
    (tmp_path / "checkpoint-0000009.bin").write_bytes(b"damaged")
    checkpoints = Checkpoints(tmp_path)
    for step in (3, 5, 5, 7):
        checkpoints.save(step, Checkpoint({}, {"step": step}))
        assert len(names(tmp_path)) <= 2
    assert names(tmp_path) == ["checkpoint-0000005.bin", "checkpoint-0000007.bin"]
    taken = []
    again = Checkpoints(tmp_path)
    assert again.load(lambda path, saved: taken.append(saved.state["step"])) == []
    assert taken == [7]
    again.save(7, Checkpoint({}, {"step": 7}))
    assert names(tmp_path) == ["checkpoint-0000005.bin", "checkpoint-0000007.bin"]
    again.save(8, Checkpoint({}, {"step": 8}))
    assert names(tmp_path) == ["checkpoint-0000007.bin", "checkpoint-0000008.bin"]


def test_checkpoint_that_cannot_be_written_leaves_the_two_before_it(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path)
    for step in (1, 2):
        checkpoints.save(step, Checkpoint({}, {"step": step}))
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UserError, match="No space left"):
        checkpoints.save(3, Checkpoint({"x": np.zeros(5)}, {}))
    assert names(tmp_path) == ["checkpoint-0000001.bin", "checkpoint-0000002.bin"]
