"""Images of any side, in colour, with any number of classes: every method trains on them, and a run knows what its data were."""

import numpy as np
import pytest
from helpers import InterruptAt, Noise, assert_same_arrays, method_of

from thesis_gan import data as datasets
from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.data.mnist import MNIST
from thesis_gan.data.picture_files import read_picture
from thesis_gan.errors import Damaged, UserError
from thesis_gan.networks.bfloat16 import check_bfloat16
from thesis_gan.networks.weights import parameters, to_arrays
from thesis_gan.runs.run import Run
from thesis_gan.runs.train import train
from thesis_gan.training.budget import budget
from thesis_gan.training.display import Progress
from thesis_gan.training.loop import Interrupted, Training
from thesis_gan.training.steps import Steps

TINY = ("width=1", "batch_size=4", "z_size=3", "label_size=20", "train_images=24")


def steps_of(name, shape, *overrides, classes=4):
    data = Noise(shape, classes)
    method = method_of(name, *TINY, *overrides, data=data)
    return Steps(method, data.training_images(24, 0), 0, mx.cpu())


def assert_trains(steps, count=2):
    before = to_arrays(steps.generator)
    for step in range(count):
        for numbers in (steps.critic_step(step), steps.generator_step(step)):
            assert all(np.isfinite(array.asscalar()) for array in numbers.values()), numbers
    after = to_arrays(steps.generator)
    assert all(np.isfinite(array).all() for network in (after, to_arrays(steps.critic)) for array in network.values())
    assert any(not np.array_equal(before[key], array) for key, array in after.items())


@pytest.mark.parametrize("conditional", ["no", "yes"])
@pytest.mark.parametrize(("architecture", "shape"), [("dcgan", (1, 32, 32)), ("mlp", (3, 5, 7)), ("dcgan", (3, 64, 64))])
@pytest.mark.parametrize("name", methods.names())
def test_every_method_trains_on_every_shape_told_labels_or_not(name, architecture, shape, conditional):
    steps = steps_of(name, shape, f"architecture={architecture}", f"conditional={conditional}")
    assert_trains(steps)
    told = () if conditional == "no" else (mx.nd.one_hot(mx.nd.array([0, 3]), 4),)
    images = steps.generator(mx.nd.ones((2, 3)), *told)
    assert images.shape == (2, *shape)
    assert steps.critic(images, *told).shape == (2, 1)


@pytest.mark.parametrize("name", ["cgan", "wgan-gp", "wgan-gp-ln", "sngan"])
def test_largest_images_in_colour(name):
    assert_trains(steps_of(name, (3, 128, 128)), count=1)


@pytest.mark.parametrize("conditional", ["no", "yes"])
@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "wgan-gp-ln", "sngan"])
@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 32, 32), (1, 64, 64), (3, 128, 128)], ids=str)
def test_bfloat16_trains_on_every_shape(shape, name, conditional):
    try:
        check_bfloat16(mx.cpu())
    except UserError as why:
        pytest.skip(str(why))
    overrides = ("width=8", f"conditional={conditional}")
    exact, rounded = (steps_of(name, shape, *overrides, *more) for more in ((), ("precision=bfloat16",)))
    numbers = [float(each.critic_step(0)["critic_loss"].asscalar()) for each in (exact, rounded)]
    assert numbers[1] == pytest.approx(numbers[0], rel=0.05, abs=0.02)
    assert_trains(rounded, count=1)


def test_stages_follow_from_the_side():
    found = {}
    for side in (28, 32, 64, 128):
        steps = steps_of("dcgan", (3, side, side), "width=2")
        shapes = {name: parameter.shape for name, parameter in parameters(steps.generator).items() if name.startswith("up")}
        critic = [layer.weight.shape[:2] for layer in steps.critic.layers if hasattr(layer, "weight")]
        found[side] = [shape[:2] for name, shape in shapes.items() if name.endswith("weight")], critic, sorted(shapes)[-1]
    assert found == {
        28: ([(8, 4), (4, 3)], [(2, 3), (4, 2), (1, 4 * 49)], "up2.weight"),
        32: ([(16, 8), (8, 4), (4, 3)], [(2, 3), (4, 2), (8, 4), (1, 8 * 16)], "up3.weight"),
        64: ([(32, 16), (16, 8), (8, 4), (4, 3)], [(2, 3), (4, 2), (8, 4), (16, 8), (1, 16 * 16)], "up4.weight"),
        128: (
            [(64, 32), (32, 16), (16, 8), (8, 4), (4, 3)],
            [(2, 3), (4, 2), (8, 4), (16, 8), (32, 16), (1, 32 * 16)],
            "up5.weight",
        ),
    }


@pytest.mark.parametrize("shape", [(1, 30, 30), (3, 32, 64), (1, 256, 256)])
def test_other_sides_are_refused_with_those_that_go(shape):
    for network in ("generator", "critic"):
        with pytest.raises(UserError, match=rf"side 28, 32, 64, 128, and these are {shape[1]}x{shape[2]}; .*architecture=mlp"):
            getattr(method_of("dcgan", *TINY, data=Noise(shape)), network)()


def test_label_is_expanded_to_a_multiple_of_the_classes():
    with pytest.raises(UserError, match="label_size cannot be 10: data=noise has 4 classes"):
        method_of("cgan", *TINY, "label_size=10", "data=mnist", data=Noise((1, 28, 28)))
    method_of("dcgan", *TINY, "label_size=7", data=Noise((1, 28, 28)))  # it is told none


def test_labels_are_refused_where_there_are_none():
    with pytest.raises(UserError, match="conditional=yes needs labels, and data=noise has none"):
        method_of("cgan", *TINY, data=Noise((1, 28, 28), classes=0))


def training_of(name, folder, *overrides):
    folder.mkdir(exist_ok=True)
    data = Noise((3, 32, 32))
    method = method_of(name, *TINY, "epochs=2", "generator_steps=0", *overrides, data=data)
    return Training(method, data.training_images(24, 0), 0, folder, mx.cpu())


@pytest.mark.parametrize("name", ["dcgan", "cgan", "wgan-gp-ln", "sngan"])
def test_interrupted_and_resumed_run_equals_an_uninterrupted_one_bit_for_bit(name, tmp_path):
    overrides = ("conditional=yes", "epoch_unit=generator-pass", "critic_schedule=2")
    whole = training_of(name, tmp_path / "whole", *overrides)
    whole.run(Progress("", 0))
    with pytest.raises(Interrupted):
        training_of(name, tmp_path / "parts", *overrides).run(InterruptAt(epoch=1))
    resumed = training_of(name, tmp_path / "parts", *overrides)
    assert 0 < resumed.generator_steps < whole.generator_steps
    resumed.run(Progress("", 0))
    for network in ("generator", "critic"):
        assert_same_arrays(*(to_arrays(getattr(run.steps, network)) for run in (resumed, whole)))
    for file in ("history.csv", "curve.csv", "generator.params", "samples/epoch-0002.png"):
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes(), file
    assert read_picture(tmp_path / "whole" / "samples" / "epoch-0002.png").shape == (4 * 32, 10 * 32, 3)  # a row per class


def test_sheet_without_labels_has_rows_of_eight(tmp_path):
    training = training_of("dcgan", tmp_path / "run", "epochs=1")
    training.run(Progress("", 0))
    assert read_picture(tmp_path / "run" / "samples" / "epoch-0001.png").shape == (8 * 32, 8 * 32, 3)


def test_run_is_as_long_as_its_images_make_it(tmp_path):
    """24 images where the settings speak of 640: 6 batches are a pass, for the plan and for the loop."""
    data = Noise((1, 28, 28))
    method = method_of("wgan", *TINY, "train_images=640", "critic_schedule=2", "epochs=3", "generator_steps=0", data=data)
    (tmp_path / "run").mkdir()
    training = Training(method, data.training_images(640, 0), 0, tmp_path / "run", mx.cpu())
    training.run(Progress("", 0))
    assert (training.generator_steps, training.critic_steps) == budget(method.settings, 24) == (9, 18)


def test_images_above_what_there_is():
    with pytest.raises(UserError, match="train_images cannot be 70000: data=mnist has 60000"):
        method_of("dcgan", "train_images=70000")
    assert method_of("dcgan", "data=swissroll", "train_images=70000").settings.train_images == 70000


@pytest.fixture
def small_mnist():
    """Fewer digits that are called MNIST, under a name of the test, and forgotten after it."""

    class Few(MNIST):
        name, size = "few-digits", 24

        def fingerprint(self):
            return "f" * 64

    yield Few
    Few.name = ""


def test_default_number_of_images_is_at_most_what_there_is(small_mnist):
    settings = method_of("dcgan", "data=few-digits", "batch_size=4", profile="quick").settings
    assert (settings.train_images, settings.to_json()["train_images"]["origin"]) == (24, "all of MNIST")


OVERRIDES = ["width=1", "batch_size=4", "train_images=16", "generator_steps=2", "num_samples=100"]


def made(folder, *overrides):
    return train("cgan", "smoke", 0, [*OVERRIDES, *overrides], folder, mx.cpu(), 1, "json")


def test_run_records_its_data_and_is_sampled_where_they_are_not(tmp_path, small_mnist):
    run = made(tmp_path / "run", "data=few-digits")
    assert run.config["data"] == {"shape": [1, 28, 28], "classes": list("0123456789"), "sha256": "f" * 64}
    known = run.sample(12, mx.cpu())
    small_mnist.name = ""
    assert "few-digits" not in datasets.names()
    alone = Run(run.folder)
    np.testing.assert_array_equal(alone.sample(12, mx.cpu()), known)
    assert alone.balanced_labels(12).tolist() == [*range(10), 0, 1]
    assert alone.picture(known).shape == (2 * 28, 8 * 28, 1)
    with pytest.raises(UserError, match="data of this run, few-digits, are not here"):
        alone.evaluate(mx.cpu())


def test_other_data_under_the_same_name_are_refused(tmp_path, small_mnist, monkeypatch):
    made(tmp_path / "run", "data=few-digits")
    monkeypatch.setattr(small_mnist, "fingerprint", lambda self: "e" * 64)
    with pytest.raises(UserError, match="run holds a run on other data: few-digits is not what it was"):
        made(tmp_path / "run", "data=few-digits")
    with pytest.raises(UserError, match="on other data"):
        made(tmp_path / "run", "data=few-digits", "generator_steps=4")


def test_run_from_before_data_were_recorded_is_read_and_goes_on(tmp_path):
    run = made(tmp_path / "run")
    config = run.config
    del config["data"]
    files.write_json(run.folder / "config.json", config)
    (run.folder / "SHA256SUMS").unlink()
    assert isinstance(Run(run.folder).data, MNIST)
    assert made(tmp_path / "run", "generator_steps=4").config["data"] == MNIST().record()


@pytest.mark.parametrize("record", [None, 7, {}, {"shape": 3}, {"shape": [1], "classes": [], "sha256": ""}])
def test_damaged_record_of_the_data_is_named(tmp_path, record):
    config = made(tmp_path / "run").config
    (tmp_path / "run" / "SHA256SUMS").unlink()
    settings = {**config["settings"], "data": {"value": "gone", "origin": ""}}
    files.write_json(tmp_path / "run" / "config.json", {**config, "settings": settings, "data": record})
    with pytest.raises(Damaged, match=r"config\.json is damaged"):
        Run(tmp_path / "run")


def test_scores_of_older_runs_are_read_under_the_names_of_today(tmp_path):
    run = made(tmp_path / "run")
    record = files.read_json(run.folder / "metrics.json")
    older = dict(record)
    older["digit_kl"] = older.pop("class_kl")
    files.write_json(run.folder / "metrics.json", older)
    assert run.metrics == record
    run.rescore(mx.cpu())
    assert files.read_json(run.folder / "metrics.json") == record


def test_fingerprint_follows_the_training_images():
    first, again, other = (Noise((1, 28, 28), size=size).fingerprint() for size in (5, 5, 6))
    assert first == again != other
    points = [datasets.find(name).fingerprint() for name in ("8gaussians", "25gaussians", "swissroll")]
    assert len({*points, first, MNIST().fingerprint()}) == 5
