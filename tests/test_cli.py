"""The command line: its commands, and one clear sentence for each mistake."""

import errno
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from helpers import CLASSES, initialised
from PIL import Image

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.cli import main
from thesis_gan.data.images import one_hot
from thesis_gan.networks.weights import save_weights
from thesis_gan.reproduction import run_all as everything
from thesis_gan.runs.run import Run
from thesis_gan.streams import Streams
from thesis_gan.training.sampling import draw_z

TINY = ["train_images=160", "batch_size=16", "width=2", "generator_steps=3", "num_samples=100"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two tiny finished runs."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("dcgan", "cgan"):
        arguments = ["train", name, "--profile", "smoke", "--output", str(folder / name), "--progress", "json"]
        for setting in TINY:
            arguments += ["--set", setting]
        assert main(arguments) == 0
    return folder


def complaint(capsys, *arguments):
    """What a command that fails says; it is one line, with no traceback, and the status is 2."""
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("thesis-gan: ") and said.count("\n") == 1 and "Traceback" not in said
    return said


def test_list_names_every_method_with_its_source(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == methods.names()
    assert all(methods.find(name).source in line for name, line in zip(methods.names(), lines))


def test_sample_writes_a_sheet(runs, tmp_path):
    assert main(["sample", str(runs / "dcgan"), "--count", "10", "--output", str(tmp_path / "x.png")]) == 0
    assert Image.open(str(tmp_path / "x.png")).size == (4 * 8 * 28, 4 * 2 * 28)  # to be looked at
    arguments = ["--count", "10", "--columns", "5", "--scale", "1", "--output", str(tmp_path / "x.png")]
    assert main(["sample", str(runs / "dcgan"), *arguments]) == 0
    assert Image.open(str(tmp_path / "x.png")).size == (5 * 28, 2 * 28)


def test_sample_writes_arr_0_as_uint8_n_h_w_c_and_the_same_each_time(runs, tmp_path):
    for name in ("a", "b"):
        path = str(tmp_path / f"{name}.npz")
        assert main(["sample", str(runs / "cgan"), "--count", "12", "--labels", "3,7", "--output", path]) == 0
    first, second = (np.load(str(tmp_path / f"{name}.npz"))["arr_0"] for name in ("a", "b"))
    assert first.dtype == np.uint8 and first.shape == (12, 28, 28, 1)
    np.testing.assert_array_equal(first, second)


@pytest.fixture
def vivid(runs, tmp_path):
    """The CGAN's run with a generator whose images differ, as those of three steps hardly do."""
    shutil.copytree(str(runs / "cgan"), str(tmp_path / "vivid"))
    run = Run(tmp_path / "vivid")
    save_weights(initialised(run.method(run.settings).generator()), run.folder / "generator.params")
    (run.folder / "SHA256SUMS").unlink()
    return run.folder


@pytest.mark.parametrize("between", ["z", "labels"])
def test_interpolation_goes_from_end_to_end(vivid, tmp_path, between):
    arguments = ["interpolate", str(vivid), "--rows", "3", "--steps", "4", "--between", between, "--scale", "1", "--output"]
    assert main([*arguments, str(tmp_path / "x.png")]) == main([*arguments, str(tmp_path / "x.gif")]) == 0
    picture = np.asarray(Image.open(str(tmp_path / "x.png")))
    assert picture.shape == (3 * 28, 4 * 28)
    with Image.open(str(tmp_path / "x.gif")) as animation:
        assert (animation.n_frames, animation.size) == (6, (3 * 28, 28))  # there and back, without its ends twice
        animation.seek(3)
        shown = np.asarray(animation.convert("L"))
    np.testing.assert_array_equal(shown[:, :28], picture[:28, -28:])


def test_interpolated_ends_are_images_of_the_two_z_and_of_the_two_digits(runs, vivid):
    run = Run(vivid)
    ways = run.interpolate(10, 3, mx.cpu(), between_labels=True)
    z = draw_z(Streams(0), "interpolation z first", 10, run.settings.z_size)
    for end, digits in ((0, np.arange(10)), (2, (np.arange(10) + 1) % 10)):
        np.testing.assert_allclose(ways[:, end].astype(int), run._generate(z, one_hot(digits, CLASSES), mx.cpu()), atol=1)
    run = Run(runs / "dcgan")
    ways = run.interpolate(2, 5, mx.cpu())
    for end, name in ((0, "first"), (4, "last")):
        z = draw_z(Streams(0), f"interpolation z {name}", 2, run.settings.z_size)
        np.testing.assert_allclose(ways[:, end].astype(int), run._generate(z, None, mx.cpu()), atol=1)
    assert (ways[:, 0] != ways[:, 4]).any()


def test_animation_of_training_has_a_frame_per_sheet(runs, tmp_path):
    assert main(["animate", str(runs / "dcgan"), "--output", str(tmp_path / "x.gif")]) == 0
    with Image.open(str(tmp_path / "x.gif")) as animation:
        assert animation.n_frames == len(list((runs / "dcgan" / "samples").glob("*.png"))) == 1
        assert animation.size == (4 * 8 * 28, 4 * 8 * 28 + 14)


def test_animation_of_a_long_training_has_at_most_so_many_frames(runs, tmp_path, capsys):
    shutil.copytree(str(runs / "dcgan"), str(tmp_path / "run"))
    for epoch in range(2, 31):
        shutil.copyfile(
            str(tmp_path / "run" / "samples" / "epoch-0001.png"), str(tmp_path / "run" / "samples" / f"epoch-{epoch:04}.png")
        )
    assert list(Run(tmp_path / "run").sheet_files(4)) == [1, 11, 20, 30] and len(Run(tmp_path / "run").sheet_files()) == 30
    assert main(["animate", str(tmp_path / "run"), "--frames", "4", "--output", str(tmp_path / "x.webp")]) == 0
    assert "4 of 30 epochs are in" in capsys.readouterr().out
    with Image.open(str(tmp_path / "x.webp")) as animation:
        assert animation.n_frames == 4
    shutil.copyfile(str(tmp_path / "run" / "samples" / "epoch-0001.png"), str(tmp_path / "run" / "samples" / "epoch-10000.png"))
    assert list(Run(tmp_path / "run").sheet_files())[-2:] == [30, 10_000]


def test_evaluate_writes_the_fields_names_and_the_protocol(runs, tmp_path):
    images = str(tmp_path / "x.npz")
    assert main(["sample", str(runs / "dcgan"), "--count", "200", "--output", images]) == 0
    assert main(["evaluate", images, "--json", str(tmp_path / "x.json")]) == 0
    scores = json.loads((tmp_path / "x.json").read_text())
    names = {"inception_score_mean", "inception_score_std", "frechet_inception_distance", "kernel_inception_distance_mean"}
    assert names | {"kernel_inception_distance_std", "precision", "recall", "f_score", "density", "coverage"} < set(scores)
    assert (scores["features"], scores["num_samples"], scores["reference"]) == ("mnist", 200, "mnist-test")
    assert len(scores["weights_sha256"]) == 64


def test_images_against_themselves_have_no_distance(runs, tmp_path):
    images = str(tmp_path / "x.npz")
    assert main(["sample", str(runs / "dcgan"), "--count", "200", "--output", images]) == 0
    assert main(["evaluate", images, "--reference", images, "--json", str(tmp_path / "x.json")]) == 0
    assert json.loads((tmp_path / "x.json").read_text())["frechet_inception_distance"] == pytest.approx(0, abs=1e-6)


def test_folder_file_and_run_of_the_same_images_score_the_same(runs, tmp_path):
    arguments = ["sample", str(runs / "dcgan"), "--count", "200", "--output", str(tmp_path / "x.npz")]
    assert main(arguments) == 0
    (tmp_path / "pictures").mkdir()
    for index, image in enumerate(np.load(str(tmp_path / "x.npz"))["arr_0"]):
        Image.fromarray(image[..., 0]).save(str(tmp_path / "pictures" / f"{index:03d}.png"))
    scores = []
    for samples in ("x.npz", "pictures"):
        arguments = ["evaluate", str(tmp_path / samples), "--reference", str(runs / "cgan"), "--json", str(tmp_path / "x.json")]
        assert main(arguments) == 0
        scores.append(json.loads((tmp_path / "x.json").read_text()))
    assert scores[0] == scores[1]
    assert scores[0]["reference"] == str(runs / "cgan")


def test_intervals_and_the_limit_come_on_request(runs, tmp_path, capsys):
    arguments = ["evaluate", str(runs / "dcgan"), "--bootstrap", "20", "--extrapolate", "--json", str(tmp_path / "x.json")]
    assert main(arguments) == 0
    scores = json.loads((tmp_path / "x.json").read_text())
    low, high = scores["frechet_inception_distance_interval"]
    assert low < scores["frechet_inception_distance"] < high
    distance = scores["frechet_inception_distance"]
    assert f"↓  {distance:.1f}  (95 %: {low:.1f} to {high:.1f})" in capsys.readouterr().out
    assert scores["frechet_inception_distance_limit"] < scores["frechet_inception_distance"]
    assert main(["evaluate", str(runs / "dcgan"), "--bootstrap", "1"]) == 2
    assert main(["evaluate", str(runs / "dcgan"), "--bootstrap", "20", "--metrics", "kid"]) == 2
    assert "--bootstrap gives intervals of IS, FID and the sliced Wasserstein distance; add" in capsys.readouterr().err
    assert main(["evaluate", str(runs / "dcgan"), "--bootstrap", "2", "--metrics", "kid,swd", "--json", arguments[-1]]) == 0
    intervals = [name for name in json.loads((tmp_path / "x.json").read_text()) if name.endswith("_interval")]
    assert intervals == ["sliced_wasserstein_distance_interval"]


def test_evaluating_a_run_gives_its_stored_scores(runs, tmp_path):
    assert main(["evaluate", str(runs / "cgan"), "--json", str(tmp_path / "x.json")]) == 0
    scores, stored = (json.loads(path.read_text()) for path in (tmp_path / "x.json", runs / "cgan" / "metrics.json"))
    assert {key: stored[key] for key in scores} == scores


def test_a_run_is_repeated_by_its_own_config_file(runs, tmp_path, capsys):
    command = ["train", "--config", str(runs / "cgan" / "config.json"), "--output", str(tmp_path / "again")]
    assert main([*command, "--progress", "json"]) == 0
    for name in ("config.json", "generator.params", "history.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (runs / "cgan" / name).read_bytes()
    capsys.readouterr()
    assert main([*command, "--seed", "1"]) == 2  # what is there is seed 0
    first, second = capsys.readouterr().err.splitlines()
    assert "seed is 1, from the command line, not 0 as in" in first and "seed is now 1, was 0" in second


def test_seed_gives_other_images_and_the_runs_own_seed_the_same(runs, vivid, tmp_path):
    images = {}
    for name, more in (("run", []), ("own", ["--seed", "0"]), ("other", ["--seed", "7"]), ("again", ["--seed", "7"])):
        path = tmp_path / f"{name}.npz"
        assert main(["sample", str(vivid), "--count", "8", "--output", str(path), *more]) == 0
        images[name] = np.load(str(path))["arr_0"]
    np.testing.assert_array_equal(images["run"], images["own"])
    np.testing.assert_array_equal(images["other"], images["again"])
    assert (images["run"] != images["other"]).any(axis=(1, 2, 3)).all()


def test_folder_gets_a_picture_of_each_image_all_or_none(vivid, tmp_path, capsys, monkeypatch):
    sample = ["sample", str(vivid), "--count", "12", "--output"]
    assert main([*sample, str(tmp_path / "x.npz")]) == main([*sample, str(tmp_path / "new" / "pictures")]) == 0
    paths = sorted((tmp_path / "new" / "pictures").iterdir())
    assert [path.name for path in paths] == [f"{number:05d}.png" for number in range(12)]
    found = np.stack([np.asarray(Image.open(str(path))) for path in paths])
    np.testing.assert_array_equal(found, np.load(str(tmp_path / "x.npz"))["arr_0"][..., 0])
    assert "holds something already; name a new folder." in complaint(capsys, *sample, tmp_path / "new" / "pictures")
    assert main([*sample, str(tmp_path / "large"), "--scale", "3"]) == 0
    assert Image.open(str(tmp_path / "large" / "00000.png")).size == (84, 84)
    monkeypatch.setattr("PIL.Image.Image.save", full)
    assert "choose another --output" in complaint(capsys, *sample, tmp_path / "more")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large", "new", "vivid", "x.npz"]


def test_enlarged_pixels_are_squares(vivid, tmp_path):
    for name, scale in (("small", "1"), ("large", "4")):
        arguments = ["--count", "3", "--scale", scale, "--output", str(tmp_path / f"{name}.png")]
        assert main(["sample", str(vivid), *arguments]) == 0
    small, large = (np.asarray(Image.open(str(tmp_path / f"{name}.png"))) for name in ("small", "large"))
    np.testing.assert_array_equal(large, np.kron(small, np.ones((4, 4), np.uint8)))


def test_so_many_samples_and_metrics_as_are_asked_for(runs, tmp_path, capsys):
    def scored(*arguments):
        assert main(["evaluate", *map(str, arguments), "--json", str(tmp_path / "x.json")]) == 0
        return json.loads((tmp_path / "x.json").read_text())

    names = {"frechet_inception_distance", "kernel_inception_distance_mean", "kernel_inception_distance_std"}
    protocol = {"features", "weights_sha256", "num_samples", "reference", "kernel_subset_size"}
    found = scored(runs / "dcgan", "--metrics", "fid, kid", "--num-samples", 120)
    assert set(found) == names | protocol and found["num_samples"] == 120
    all_of_them = scored(runs / "dcgan", "--num-samples", 120)
    assert found == {key: all_of_them[key] for key in found}
    assert set(scored(runs / "dcgan", "--metrics", "precision")) == {"precision", *protocol} - {"kernel_subset_size"}
    images = np.random.RandomState(0).randint(0, 256, (300, 28, 28, 1)).astype(np.uint8)
    np.savez(str(tmp_path / "images.npz"), images)
    assert scored(tmp_path / "images.npz", "--num-samples", 200)["num_samples"] == 200
    capsys.readouterr()
    for arguments, expected in (
        (["--metrics", "fid,fdi"], "There is no metric 'fdi'; did you mean fid?"),
        (["--metrics", "labels"], "labels cannot be had of these images in mnist features against mnist-test"),
        (["--num-samples", "301"], "holds 300 images, fewer than --num-samples 301"),
    ):
        assert expected in complaint(capsys, "evaluate", tmp_path / "images.npz", *arguments)


def test_scores_are_shown_rounded_aligned_and_with_the_better_way(runs, capsys):
    assert main(["evaluate", str(runs / "cgan")]) == 0
    *lines, protocol, warning = capsys.readouterr().out.splitlines()
    arrows = {line.split("  ")[0].strip(): line[line.index("↑" if "↑" in line else "↓")] for line in lines}
    assert arrows["Inception Score"] == arrows["precision"] == arrows["labels obeyed"] == "↑"
    assert arrows["FID"] == arrows["KID"] == arrows["KL of classes"] == "↓"
    assert len({line.index(arrow) for line in lines for arrow in "↑↓" if arrow in line}) == 1
    (kid,) = (line for line in lines if line.startswith("KID"))
    assert "±" not in kid and "every subset is all 100 images" in kid
    assert protocol.startswith("100 images, mnist features (weights ") and protocol.endswith(", against mnist-test.")
    assert warning == "Careful: scores of fewer than 1,000 images (here 100) are far from those of many."


def test_reader_that_has_seen_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run([sys.executable, "-m", "thesis_gan", "list"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (result.returncode, result.stderr) == (1, b"")


def test_rescore_gives_the_scores_of_training_and_keeps_what_it_cost(runs, tmp_path, monkeypatch):
    (tmp_path / "runs").mkdir()
    shutil.copytree(str(runs / "cgan"), str(tmp_path / "runs" / "cgan-seed0"))
    path = tmp_path / "runs" / "cgan-seed0" / "metrics.json"
    trained = json.loads(path.read_text())
    path.write_text(json.dumps({**trained, "frechet_inception_distance": -1.0, "recall": -1.0}))
    monkeypatch.setattr(everything, "write_outputs", lambda results: "the table")
    assert main(["rescore", "--results", str(tmp_path)]) == 0
    assert json.loads(path.read_text()) == {**trained, "run": "cgan-seed0"}  # as its folder is called


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["trian"], "invalid choice: 'trian' (choose from"),
        (["train"], "following arguments are required: METHOD"),
        (["train", "dcgan", "--seed", "-1"], "'-1' is not a whole number from 0 to"),
        (["train", "dcgan", "--threads", "100000"], "'100000' is not a whole number from 1 to"),
        (["all", "--methods", ""], "There is no method ''"),
        (["train", "dcgn"], "did you mean dcgan"),
        (["train", "dcgan", "--profile", "fast"], "smoke, quick, standard, thesis"),
        (["train", "dcgan", "--profile", "quik"], "did you mean quick? the profiles are"),
        (["train", "dcgan", "--set", "widht=3"], "did you mean width"),
        (["train", "dcgan", "--set", "width"], "key=value"),
        (["train", "dcgan", "--set", "width=many"], "Setting width cannot be 'many'"),
        (["train", "dcgan", "--set", "learning_rate=nan"], "from 0 to 10"),
        (["train", "dcgan", "--set", "clip=0.1"], "no setting 'clip'"),
        (["train", "dcgan", "--set", "critic_norm=group"], "one of batch, layer, spectral, none"),
        (["train", "wgan", "--set", "critic_schedule=30x"], "30x2,15x2,5"),
        (["train", "dcgan", "--set", "epochs=0", "--set", "generator_steps=0"], "Set epochs or generator_steps"),
        (["train", "dcgan", "--set", "train_images=8", "--set", "batch_size=9"], "batch_size"),
        (["all", "--profile", "fast"], "smoke, quick, standard, thesis"),
        (["all", "--methods", "dcgan,wgam"], "did you mean wgan"),
    ],
)
def test_mistaken_names_and_values_are_one_sentence(arguments, expected, capsys, tmp_path):
    assert expected in complaint(capsys, *arguments, "--output", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_config_of_another_program_among_pictures_makes_no_run(tmp_path, capsys):
    pictures = np.random.RandomState(0).randint(0, 256, (120, 28, 28)).astype(np.uint8)
    for index, picture in enumerate(pictures):
        Image.fromarray(picture).convert("RGB").save(str(tmp_path / f"{index:03d}.png"))
    scores = []
    for content in (None, '{"model": "unet", "epochs": 3}', "[1, 2]", "no JSON"):
        if content is not None:
            (tmp_path / "config.json").write_text(content)
        assert main(["evaluate", str(tmp_path), "--json", str(tmp_path.parent / "x.json")]) == 0
        scores.append(json.loads((tmp_path.parent / "x.json").read_text()))
        assert ("1 file that is no picture (config.json) left out" in capsys.readouterr().err) == (content is not None)
    assert scores[0]["num_samples"] == 120 and all(each == scores[0] for each in scores)
    said = complaint(capsys, "train", "dcgan", "--profile", "smoke", "--output", tmp_path)
    assert "config.json is damaged or another program's." in said and "delete" not in said.lower()
    for path in tmp_path.glob("*.png"):
        path.unlink()
    assert "config.json is damaged or another program's." in complaint(capsys, "evaluate", tmp_path)


def test_pictures_in_a_runs_folder_leave_it_a_run(runs, tmp_path):
    shutil.copytree(str(runs / "dcgan"), str(tmp_path / "run"))
    assert main(["sample", str(tmp_path / "run"), "--count", "3", "--output", str(tmp_path / "run" / "x.png")]) == 0
    assert main(["evaluate", str(tmp_path / "run"), "--json", str(tmp_path / "x.json")]) == 0
    assert json.loads((tmp_path / "x.json").read_text())["num_samples"] == 100


def test_missing_and_foreign_inputs_are_one_sentence(runs, tmp_path, capsys):
    finished = tmp_path / "finished"
    shutil.copytree(str(runs / "dcgan"), str(finished / "runs" / "dcgan-seed0"))
    foreign = tmp_path / "foreign.npz"
    foreign.write_bytes(b"no archive")
    floats, tiny, other = tmp_path / "floats.npz", tmp_path / "tiny.npz", tmp_path / "other.npz"
    np.savez(str(floats), np.zeros((200, 28, 28, 1), np.float32))
    np.savez(str(tiny), np.zeros((3, 28, 28, 1), np.uint8))
    np.savez(str(other), images=np.zeros((200, 28, 28, 1), np.uint8))
    large = tmp_path / "large.npz"
    np.savez(str(large), np.zeros((200, 32, 32, 3), np.uint8))
    for arguments, expected in (
        (["evaluate", tmp_path / "none.npz"], "is missing"),
        (["evaluate", tmp_path / "none"], "is missing; name a folder of pictures, a run's folder, or an .npz or .npy file."),
        (["table", "--results", finished, "--weights", tmp_path / "no.pth"], "no.pth is missing; name a file that is there."),
        (["sample", runs / "dcgan", "--count", "20000", "--output", tmp_path / "x.png"], "write X.npz or a folder with --output"),
        (
            ["sample", runs / "dcgan", "--count", "3", "--columns", "2", "--output", tmp_path / "x.npz"],
            "--columns is for pictures",
        ),
        (["sample", runs / "dcgan", "--count", "3", "--columns", "2", "--output", tmp_path / "x"], "--columns is for a sheet"),
        (["evaluate", foreign], "no readable .npz or .npy file"),
        (["evaluate", floats], "uint8"),
        (["evaluate", tiny], "at least 100"),
        (["evaluate", other], "no array arr_0"),
        (["evaluate", large], "have 3 channel(s) and the reference (mnist-test) has 1"),
        (["evaluate", large, "--reference", large], "28x28x1, not 32x32x3; use --features inception"),
        (["evaluate", tmp_path], "holds neither a run nor pictures"),
        (["evaluate", runs / "dcgan", "--reference", tmp_path / "none"], "is missing"),
        (["evaluate", runs / "dcgan", "--reference", ""], "--reference: it is an empty name"),
        (["evaluate", runs / "dcgan", "--reference", large], "1 channel(s) and the reference"),
        (["evaluate", runs / "dcgan", "--features", "inception", "--weights", foreign], "is damaged or is no file of PyTorch"),
        (["evaluate", runs / "dcgan", "--features", "inception", "--weights", tmp_path / "no.pth"], "no.pth is missing"),
        (["evaluate", runs / "dcgan", "--features", "inception-gluoncv", "--weights", foreign], "GluonCV's Inception-v3"),
        (["evaluate", runs / "dcgan", "--weights", foreign], "does not hold the MNIST classifier's weights"),
        (["sample", tmp_path, "--count", "3", "--output", tmp_path / "x.png"], "is not the folder of a run"),
        (
            ["sample", runs / "dcgan", "--count", "3", "--output", tmp_path / "x.gif"],
            "must end in .png or .npz, or be a new folder",
        ),
        (["sample", runs / "dcgan", "--count", "3", "--labels", "1", "--output", tmp_path / "x.png"], "not told labels"),
        (["sample", runs / "cgan", "--count", "3", "--labels", "1,12", "--output", tmp_path / "x.png"], "from 0 to 9"),
        (["table", "--results", tmp_path], "holds no finished runs"),
        (["comparison", "--results", tmp_path], "holds no finished runs"),
        (
            ["interpolate", runs / "dcgan", "--rows", "600", "--output", tmp_path / "x.png"],
            "A sheet of 600 ways of 10 images would be 280 x 16800 pixels, too large",
        ),
        (["interpolate", runs / "dcgan", "--output", tmp_path / "x.jpg"], "must end in .png, .gif or .webp"),
        (["interpolate", runs / "dcgan", "--steps", "1", "--output", tmp_path / "x.png"], "from 2 to 1000"),
        (["interpolate", runs / "dcgan", "--between", "labels", "--output", tmp_path / "x.png"], "not told labels"),
        (["animate", runs / "dcgan", "--output", tmp_path / "x.png"], "must end in .gif or .webp"),
        (["animate", tmp_path, "--output", tmp_path / "x.gif"], "is not the folder of a run"),
    ):
        assert expected in complaint(capsys, *arguments)


def test_output_that_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    said = complaint(capsys, "train", "dcgan", "--profile", "smoke", "--output", blocked / "run")
    assert "Cannot write" in said and "; make it possible to write there, or choose another --output." in said
    assert blocked.read_text() == "not a folder"


def full(*arguments, **keywords):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_another_place_is_offered_where_the_command_takes_one(runs, tmp_path, capsys, monkeypatch):
    shutil.copytree(str(runs / "dcgan"), str(tmp_path / "runs" / "dcgan-seed0"))
    monkeypatch.setattr("tempfile.mkstemp", full)
    for arguments, remedy in (
        (
            ["sample", runs / "dcgan", "--count", "3", "--output", tmp_path / "x.png"],
            "free space there, or choose another --output.",
        ),
        (["evaluate", runs / "dcgan", "--json", tmp_path / "x.json"], "free space there, or choose another --json."),
        (["claims", "--results", tmp_path], "free space there."),
    ):
        assert complaint(capsys, *arguments).endswith(f"(No space left on device); {remedy}\n")


@pytest.mark.parametrize(
    ("arguments", "place", "promise"),
    [
        (["evaluate", "RUN"], "runs.image_source.load", "the same command starts anew"),
        (["sample", "RUN", "--count", "3", "--output", "x.png"], "runs.run.Run.sample", "the same command starts anew"),
        (["animate", "RUN", "--output", "x.gif"], "runs.run.Run.sheet_files", "the same command starts anew"),
        (["table", "--results", "RESULTS"], "reproduction.table1.write", "the same command starts anew"),
        (["report", "--results", "RESULTS"], "reproduction.run_all.write_outputs", "the same command starts anew"),
        (["toy", "--output", "x"], "reproduction.studies.clipping.make", "the same command starts anew"),
        (
            ["train", "dcgan", "--output", "x"],
            "runs.train.train",
            "goes on from the last checkpoint, if one has been written",
        ),
        (
            ["all", "--output", "x"],
            "reproduction.run_all.run_all",
            "what is finished is kept, and the same command goes on with the rest",
        ),
    ],
)
def test_ctrl_c_promises_a_checkpoint_only_where_there_may_be_one(arguments, place, promise, runs, tmp_path, capsys, monkeypatch):
    def interrupted(*arguments, **keywords):
        raise KeyboardInterrupt

    shutil.copytree(str(runs / "dcgan"), str(tmp_path / "runs" / "dcgan-seed0"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(f"thesis_gan.{place}", interrupted)
    places = {"RUN": str(runs / "dcgan"), "RESULTS": str(tmp_path)}
    assert main([places.get(argument, argument) for argument in arguments]) == 130
    said = capsys.readouterr().err
    assert (
        said.startswith("\nStopped; ") and said.endswith(f"{promise}.\n") and ("checkpoint" in said) == (arguments[0] == "train")
    )
