"""A run made longer is, to the last bit, one that was that long from the start; or it is refused, with the reason."""

import json

import pytest
from helpers import InterruptAt
from test_training import TINY

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.profiles import resolve
from thesis_gan.runs.run import Run
from thesis_gan.runs.train import refuse_another, train
from thesis_gan.training.display import Progress
from thesis_gan.training.loop import Interrupted, Training

SILENT = Progress("", 0)
POINTS = ("data=8gaussians", "width=1", "train_images=160", "batch_size=16")

# What a run begins with and goes on to; ten batches are a pass, and a window is 50 critic steps.
LONGER = {
    "within an epoch and a window": ("dcgan", (), "generator_steps=7", "generator_steps=23"),
    "at the end of an epoch": ("lsgan", (), "generator_steps=10", "generator_steps=20"),
    "a schedule, windows of 50 and of more": ("wgan", ("critic_schedule=30x2,7x1,3",), "generator_steps=2", "generator_steps=31"),
    "a window that ends with the run": ("wgan", ("critic_schedule=25x9,3",), "generator_steps=2", "generator_steps=5"),
    "by epochs": ("wgan-gp", ("generator_steps=0",), "epochs=2", "epochs=5"),
    "from steps to epochs": ("cgan", (), "generator_steps=13", "epochs=3 generator_steps=0"),
    "to a limit that another comes before": ("ragan", ("epochs=1",), "generator_steps=4", "generator_steps=1000"),
    "an mlp": ("gan", ("architecture=mlp", "epoch_unit=generator-pass"), "generator_steps=11", "generator_steps=27"),
    "points": ("wgan-gp", POINTS, "generator_steps=11", "generator_steps=27"),
    "skipped updates": ("dcgan", ("skip_above=0.6", "learning_rate=0.01"), "generator_steps=15", "generator_steps=28"),
    "a spectral norm": ("sngan", (), "generator_steps=4", "generator_steps=14"),
    "noise without a standard deviation": ("noisy-gan", ("noise_std=0",), "generator_steps=4", "generator_steps=14"),
}


def training(name, folder, *overrides):
    settings = resolve(methods.find(name), "smoke", (*TINY, "snapshot_epochs=1", *overrides))
    folder.mkdir(exist_ok=True)
    method = methods.find(name)(settings)
    return Training(method, method.data.training_images(settings.train_images, 0), 0, folder, mx.cpu())


def contents(folder):
    """Every file of a run but its checkpoints, which know how long they took."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".bin"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("case", LONGER)
def test_run_made_longer_equals_one_that_was_so_from_the_start(case, tmp_path):
    name, overrides, short, long = LONGER[case]
    whole = training(name, tmp_path / "whole", *overrides, *long.split())
    whole.run(SILENT)
    first = training(name, tmp_path / "parts", *overrides, *short.split())
    first.run(SILENT)
    assert contents(tmp_path / "parts") != contents(tmp_path / "whole")
    second = training(name, tmp_path / "parts", *overrides, *long.split())
    assert 0 < second.generator_steps == first.generator_steps < whole.generator_steps and second.warnings == []
    second.run(SILENT)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_run_made_longer_three_times_and_interrupted_is_still_the_same(tmp_path):
    settings = ("critic_schedule=3",)
    training("wgan", tmp_path / "whole", *settings, "generator_steps=31").run(SILENT)
    for steps in (1, 6, 20):
        training("wgan", tmp_path / "parts", *settings, f"generator_steps={steps}").run(SILENT)
    with pytest.raises(Interrupted):
        training("wgan", tmp_path / "parts", *settings, "generator_steps=31").run(InterruptAt(epoch=8))
    training("wgan", tmp_path / "parts", *settings, "generator_steps=31").run(SILENT)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_checkpoint_in_which_the_end_is_closed_is_passed_over(tmp_path):
    """So an older version wrote its last one: with it, the longer run's curve would have a row too many."""
    training("dcgan", tmp_path / "whole", "generator_steps=23").run(SILENT)
    older = training("dcgan", tmp_path / "parts", "generator_steps=13")
    older.run(SILENT)
    older._save()
    longer = training("dcgan", tmp_path / "parts", "generator_steps=23")
    (said,) = longer.warnings
    assert "checkpoint-0000013.bin is an older version's, of the end of a shorter run; going on from the one before" in said
    assert longer.generator_steps == 10
    longer.run(SILENT)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folders of a run of 12 steps that was made 18 long, and of one of 18."""
    folder = tmp_path_factory.mktemp("runs")
    for name, lengths in (("parts", (12, 18)), ("whole", (18,))):
        for steps in lengths:
            made(folder / name / "dcgan-seed0", f"generator_steps={steps}")
    return folder


def made(folder, *overrides, name="dcgan", progress="json"):
    return train(name, "smoke", 0, (*TINY, *overrides), folder, mx.cpu(), 1, progress)


def test_longer_run_has_the_files_the_scores_and_the_sums_of_the_other(finished):
    parts, whole = (contents(finished / name / "dcgan-seed0") for name in ("parts", "whole"))
    records = [json.loads(files.pop("metrics.json")) for files in (parts, whole)]
    for files in (parts, whole):
        files.pop(".lock")
    assert parts == whole and "SHA256SUMS" in parts
    for record in records:
        assert record.pop("minutes") > 0
    assert records[0] == records[1] and records[0]["generator_steps"] == 18


def test_scores_of_the_shorter_generator_go_with_it(tmp_path, monkeypatch):
    made(tmp_path / "run", "generator_steps=12")
    inception = tmp_path / "run" / "inception.json"
    inception.write_text("{}", encoding="utf-8")
    monkeypatch.setattr("thesis_gan.runs.run.weights_at_hand", lambda: None)
    Run(tmp_path / "run").rescore(mx.cpu())
    assert inception.exists()  # it could not be had again
    monkeypatch.setattr("thesis_gan.runs.run.weights_at_hand", lambda: tmp_path)
    for change in (lambda: Run(tmp_path / "run").rescore(mx.cpu()), lambda: made(tmp_path / "run", "generator_steps=18")):
        inception.write_text("{}", encoding="utf-8")
        made(tmp_path / "run", "generator_steps=12")
        assert inception.exists()  # it is finished: nothing is done
        change()
        assert not inception.exists()


def test_shorter_run_is_refused_and_nothing_is_touched(finished):
    folder = finished / "parts" / "dcgan-seed0"
    before = contents(folder)
    with pytest.raises(UserError, match=r"is of 18 generator steps and 12 are asked for; .*not shorter; choose another --output"):
        made(folder, "generator_steps=12")
    with pytest.raises(UserError, match=r"learning_rate is now 0\.5, was 0\.004"):
        made(folder, "generator_steps=30", "learning_rate=0.5")
    assert contents(folder) == before and Run(folder).complete


def test_run_whose_noise_falls_over_its_whole_length_is_not_made_longer(tmp_path):
    run = made(tmp_path / "run", "generator_steps=2", name="noisy-gan")
    before = contents(run.folder)
    with pytest.raises(UserError, match="its noise_share is a share of the whole run, so that one of 4"):
        made(run.folder, "generator_steps=4", name="noisy-gan")
    assert contents(run.folder) == before
    with pytest.raises(UserError, match="generator_steps is now 4, was 2"):
        training("noisy-gan", run.folder, "snapshot_epochs=0", "generator_steps=4")


def test_run_that_is_being_made_longer_is_not_finished_till_it_is(tmp_path, monkeypatch):
    run = made(tmp_path / "run", "generator_steps=2")
    monkeypatch.setattr(Training, "run", lambda self, progress: (_ for _ in ()).throw(Interrupted))
    with pytest.raises(Interrupted):
        made(run.folder, "generator_steps=4")
    monkeypatch.undo()
    left = Run(run.folder)
    assert not left.complete and left.settings.generator_steps == 4
    with pytest.raises(UserError, match="the run has not finished; start it again to go on"):
        left.sample(1, mx.cpu())
    assert made(run.folder, "generator_steps=4").metrics["generator_steps"] == 4
    assert refuse_another(run.folder, Run(run.folder).config)
