"""Pictures of one's own: from wherever they are, of any size, held out in part, mapped from the cache, in every command."""

import json
import zipfile

import numpy as np
import pytest
from helpers import settings_of
from PIL import Image

from thesis_gan import api, cli, data
from thesis_gan._compat import mx
from thesis_gan.data import picture_cache
from thesis_gan.data.picture_cache import fitted, held_out
from thesis_gan.data.picture_sources import Arrays
from thesis_gan.errors import UserError
from thesis_gan.runs.run import Run

RANDOM = np.random.RandomState(0)
TINY = ["generator_steps=3", "train_images=20", "batch_size=4", "width=2", "z_size=3", "num_samples=100"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def noise(height=32, width=32, channels=3):
    return RANDOM.randint(0, 256, (height, width, channels)).astype(np.uint8)


def picture(pixels):
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def save(folder, count=15, sizes=((32, 32),), channels=3, name="{}.png"):
    folder.mkdir(parents=True, exist_ok=True)
    pixels = [noise(*sizes[number % len(sizes)], channels) for number in range(count)]
    for number, one in enumerate(pixels):
        picture(one).save(str(folder / name.format(number)))
    return pixels


def classes(folder):
    return {name: save(folder / name) for name in ("cats", "dogs")}


def all_images(found):
    return np.concatenate([found.load(split).images for split in ("train", "test")])


def as_set(images):
    return sorted(np.ascontiguousarray(image).tobytes() for image in images)


def test_subfolders_are_classes_and_every_picture_is_there_once_with_its_label(tmp_path):
    pixels = classes(tmp_path / "pets")
    found = data.find(str(tmp_path / "pets"))
    assert (found.shape, found.classes, found.size) == ((3, 32, 32), ("cats", "dogs"), 27)
    assert as_set(all_images(found)) == as_set(pixels["cats"] + pixels["dogs"])
    for split in ("train", "test"):
        images, labels = found.load(split)
        cats = set(as_set(pixels["cats"]))
        assert [image.tobytes() in cats for image in images] == [label == 0 for label in labels]
    first = found.training_images(10, 0).labels
    assert set(first) == {0, 1}  # not one class after the other


def test_what_is_no_picture_below_a_class_is_named(tmp_path, capsys):
    classes(tmp_path / "pets")
    save(tmp_path / "pets" / "birds", name="{}.gif")
    (tmp_path / "pets" / "cats" / "more").mkdir()
    (tmp_path / "pets" / "cats" / "more" / "notes.txt").write_text("x")
    assert data.find(str(tmp_path / "pets")).classes == ("cats", "dogs")
    said = capsys.readouterr().err
    assert (
        "16 files that are no pictures (birds/0.gif, birds/1.gif, " in said
        and " and 11 more) and 1 folder (birds) left out. " in said
    )
    assert "A class needs pictures." in said
    save(tmp_path / "pets" / "cats", 20)
    assert data.find(str(tmp_path / "pets" / "cats")).classes == ()  # a picture lies beside `more`
    assert "1 folder (more) left out. Subfolders are classes where no picture lies beside them." in capsys.readouterr().err


def test_link_back_to_a_folder_that_holds_it_is_one_sentence_and_a_link_to_another_is_a_class(tmp_path):
    classes(tmp_path / "pets")
    save(tmp_path / "elsewhere")
    (tmp_path / "pets" / "birds").symlink_to(tmp_path / "elsewhere")
    assert data.find(str(tmp_path / "pets")).classes == ("birds", "cats", "dogs")
    (tmp_path / "pets" / "dogs" / "again").symlink_to(tmp_path / "pets")
    with pytest.raises(UserError, match=r"pets/dogs/again leads by a link back to .*pets, which holds it; take the link out"):
        data.find(str(tmp_path / "pets"))


def test_tenth_is_held_out_whatever_the_pictures_are_called(tmp_path):
    pixels = classes(tmp_path / "pets")["cats"] + [noise() for _ in range(25)]
    for name, order in (("one", pixels), ("other", pixels[::-1])):
        np.savez(str(tmp_path / f"{name}.npz"), np.stack(order))
    one, other = (data.find(str(tmp_path / f"{name}.npz")) for name in ("one", "other"))
    assert len(one.load("test").images) == 4 and one.record()["held_out"] == 4
    assert as_set(one.load("test").images) == as_set(other.load("test").images)
    assert not set(as_set(one.load("test").images)) & set(as_set(one.load("train").images))
    assert one.classes == () and one.fingerprint() != other.fingerprint()


def test_at_most_ten_thousand_are_held_out_and_equal_pictures_stay_together(tmp_path):
    digests = {
        row: number.to_bytes(8, "big") for row, number in enumerate(np.random.RandomState(0).permutation(120_000).tolist())
    }
    held = held_out(digests, tmp_path)
    assert len(held) == 10_000 and max(digests[row] for row in held) == (9_999).to_bytes(8, "big")
    twins = {row: bytes([row // 3]) for row in range(60)}  # 3 of each: 6 are two kinds
    assert held_out(twins, tmp_path) == [0, 1, 2, 3, 4, 5]
    assert held_out({row: bytes([row // 4]) for row in range(60)}, tmp_path) == [0, 1, 2, 3]  # not half of a kind
    with pytest.raises(UserError, match="too few different pictures"):
        held_out(dict.fromkeys(range(60), b"same"), tmp_path)


def test_steps_only_index_a_map_of_the_cache(tmp_path, cache):
    save(tmp_path / "x", 30)
    images = data.find(str(tmp_path / "x")).training_images(20, 0).images
    base = images
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base, np.memmap) and base.mode == "r" and not images.flags.writeable
    (folder,) = (path for path in cache.glob("pictures-*") if path.is_dir())
    assert (folder / "train").stat().st_size == 27 * 32 * 32 * 3


def test_pictures_are_read_once_and_anew_when_one_changes(tmp_path, monkeypatch):
    folder = tmp_path / "x"
    save(folder, 30)
    first = data.find(str(folder)).fingerprint()
    made = []
    make = picture_cache._make
    monkeypatch.setattr(picture_cache, "_make", lambda *arguments: made.append(1) or make(*arguments))
    assert data.find(str(folder)).fingerprint() == first and not made
    picture(noise()).save(str(folder / "3.png"))
    assert data.find(str(folder)).fingerprint() != first and made == [1]


def test_what_a_killed_process_left_is_made_anew(tmp_path, cache):
    save(tmp_path / "x", 30)
    found = data.find(str(tmp_path / "x"))
    (folder,) = (path for path in cache.glob("pictures-*") if path.is_dir())
    (folder / "train").write_bytes(b"half")
    left = folder.with_suffix(".tmp")
    left.mkdir()
    (left / "train").write_bytes(b"half")
    assert data.find(str(tmp_path / "x")).record() == found.record() and not left.exists()


@pytest.mark.parametrize(("smallest", "side"), [(31, 28), (32, 32), (63, 32), (64, 64), (200, 128), (9, 28)])
def test_side_is_the_nearest_not_above_the_smallest_picture(smallest, side, tmp_path):
    save(tmp_path / "x", 20, ((200, 210), (220, smallest), (205, 205)))
    found = data.find(str(tmp_path / "x"))
    assert found.shape == (3, side, side) and found.settings["image_size"].value == side
    assert data.find(str(tmp_path / "x"), {"image_size": 32}).shape == (3, 32, 32)


def test_square_in_the_middle_is_smoothed_as_it_shrinks():
    wide = np.zeros((64, 100, 3), np.uint8)
    wide[:, 18:82] = np.indices((64, 64)).sum(axis=0)[..., np.newaxis] % 2 * 255  # a chessboard between black edges
    small = fitted(wide, 32)
    assert small.shape == (32, 32, 3) and np.abs(small[2:-2, 2:-2].astype(int) - 127).max() <= 2
    tall = fitted(np.ascontiguousarray(wide.transpose(1, 0, 2)), 32)
    assert np.abs(tall[2:-2, 2:-2].astype(int) - 127).max() <= 2
    same = noise()
    assert fitted(same, 32) is same
    np.testing.assert_allclose(fitted(noise(40, 64, 1), 28).mean(), 127, atol=12)


def test_grey_and_colour_and_other_modes_become_one_set(tmp_path):
    folder = tmp_path / "x"
    grey = save(folder, 20, channels=1)
    assert data.find(str(folder)).shape == (1, 32, 32)
    for mode in ("CMYK", "P"):
        picture(noise()).convert(mode).save(str(folder / f"{mode}.{'tif' if mode == 'CMYK' else 'png'}"))
    found = data.find(str(folder))
    assert found.shape == (3, 32, 32)
    assert set(as_set(np.repeat(one, 3, axis=2) for one in grey)) < set(as_set(all_images(found)))


@pytest.mark.parametrize("index", [True, False])
def test_records_are_read_with_or_without_their_index(index, tmp_path):
    pixels, path = save(tmp_path / "x", 24), tmp_path / "set.rec"
    writer = mx.recordio.MXIndexedRecordIO(str(tmp_path / "set.idx"), str(path), "w")
    for number in range(24):
        header = mx.recordio.IRHeader(0, float(number % 12), number, 0)
        writer.write_idx(number, mx.recordio.pack(header, (tmp_path / "x" / f"{number}.png").read_bytes()))
    writer.close()
    if not index:
        (tmp_path / "set.idx").unlink()
    found = data.find(str(path))
    assert found.classes == tuple(map(str, range(12))) and as_set(all_images(found)) == as_set(pixels)
    of = {pixels[number].tobytes(): number % 12 for number in range(24)}
    assert [of[image.tobytes()] for image in found.load("train").images] == found.load("train").labels.tolist()
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UserError, match=r"set\.rec"):
        data.find(str(path))


@pytest.mark.parametrize("name", ["x.npz", "x.npy"])
def test_arrays_have_labels_where_they_have_them(name, tmp_path):
    images = np.stack([noise(28, 28, 1) for _ in range(30)])
    if name == "x.npy":
        np.save(str(tmp_path / name), images[..., 0])
    else:
        np.savez(str(tmp_path / name), images, labels=np.arange(30) % 3 + 5)
    found = data.find(str(tmp_path / name))
    assert found.class_nouns == ("class", "classes") and data.find("mnist").class_nouns == ("digit", "digits")
    assert (found.shape, found.classes) == ((1, 28, 28), ("5", "6", "7") if name == "x.npz" else ())
    assert as_set(all_images(found)) == as_set(images)


def test_arrays_are_what_they_hold_whatever_their_suffix(tmp_path):
    images = np.stack([noise(28, 28, 1) for _ in range(30)])
    with open(str(tmp_path / "x.npz"), "wb") as file:
        np.save(file, images)
    assert data.find(str(tmp_path / "x.npz")).classes == ()
    with open(str(tmp_path / "y.npy"), "wb") as file:
        np.savez(file, images, labels=np.arange(30) % 3)
    assert data.find(str(tmp_path / "y.npy")).classes == ("0", "1", "2")


@pytest.mark.parametrize("save_as", [np.savez, np.savez_compressed])
def test_damaged_labels_are_one_sentence(save_as, tmp_path):
    path, images = tmp_path / "x.npz", np.stack([noise(28, 28, 1) for _ in range(30)])
    save_as(str(path), images, labels=np.arange(30) % 3)
    whole = path.read_bytes()
    with zipfile.ZipFile(str(path)) as archive:
        info = archive.getinfo("labels.npy")
    begin = whole.index(b"labels.npy", info.header_offset) + len(b"labels.npy")
    for place in range(begin + 20, begin + info.compress_size):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        with pytest.raises(UserError, match=r"x\.npz"):
            list(Arrays(path).items())


def test_home_of_nobody_is_a_missing_folder():
    with pytest.raises(UserError, match="~nobody-of-this-name/pics is missing"):
        data.find("~nobody-of-this-name/pics")


def test_broken_pictures_are_counted_and_named_and_left_out_only_where_asked(tmp_path, capsys):
    folder = tmp_path / "x"
    save(folder, 30)
    (folder / "7.png").write_bytes((folder / "7.png").read_bytes()[:200])
    (folder / "9.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"^2 of the 30 pictures in .*x cannot be read; .*skip_broken=yes.*7\.png.*9\.png"):
        data.find(str(folder))
    assert data.find(str(folder), {"skip_broken": "yes"}).size == 26  # of 28, two are held out
    said = capsys.readouterr().err
    assert "left out, as they cannot be read: 2. " in said and "2 pictures are held out" in said


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: save(path, 19), ", 19 can be read; at least 20 are needed"),
        (
            lambda path: (save(path, 1), classes(path)),
            r", 1 can be read; .* 2 folders \(cats, dogs\) left out. Subfolders are cl",
        ),
        (lambda path: path.mkdir(), "holds no pictures .* name another folder"),
        (lambda path: None, "is missing; data= takes a folder of pictures"),
        (lambda path: path.write_text("x"), "neither a folder of pictures nor an .npz"),
        (lambda path: np.savez(str(path) + ".npz", np.ones((30, 9, 9, 2), np.uint8) * 9), "must hold uint8 .N, H, W, C."),
        (lambda path: np.save(str(path) + ".npy", np.ones((30, 3, 9, 9), np.uint8) * 9), r"images.transpose\(0, 2, 3, 1\)"),
        (lambda path: np.save(str(path) + ".npy", np.ones((30, 9, 9, 4), np.uint8) * 9), r"alpha channel: images\[..., :3\]"),
        (lambda path: np.save(str(path) + ".npy", np.full((30, 9, 9, 3), 0.5)), "float64 .* scale its values to 0 to 255"),
        (lambda path: np.savez(str(path) + ".npz", np.stack([noise()] * 30), labels=np.ones(3, int)), "one for each of its 30"),
        (lambda path: np.savez(str(path) + ".npz", np.stack([noise()] * 30), labels=[None] * 30), "must be whole numbers"),
    ],
    ids=["few", "stray", "empty", "missing", "other", "shape", "channels first", "alpha", "floats", "labels", "objects"],
)
def test_what_cannot_be_learnt_is_one_sentence(make, complaint, tmp_path, capsys):
    make(tmp_path / "x")
    path = next(tmp_path.glob("x*"), tmp_path / "x")
    assert cli.main(["train", "dcgan", "--profile", "smoke", "--set", f"data={path}", "--output", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    with pytest.raises(UserError, match=complaint):
        data.find(str(path))


def test_bad_value_is_refused_before_any_picture_is_read(tmp_path, cache):
    save(tmp_path / "pictures", 30)
    with pytest.raises(UserError, match="num_samples cannot be '60'"):
        settings_of("dcgan", f"data={tmp_path / 'pictures'}", "num_samples=60")
    assert not cache.exists()


def test_all_broken_pictures_are_listed_where_they_are_many(tmp_path, cache):
    save(tmp_path / "x", 30)
    for number in range(5):
        (tmp_path / "x" / f"{number}.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"^5 of the 30 .* And 2 more; all are listed in .*broken-\w+\.txt\.$"):
        data.find(str(tmp_path / "x"))
    (listing,) = cache.glob("broken-*.txt")
    names = [f"{number}.png" in line for number, line in enumerate(listing.read_text(encoding="utf-8").splitlines())]
    assert names == [True] * 5


def test_arrays_of_an_npz_are_mapped_too(tmp_path, cache):
    images = np.stack([noise() for _ in range(30)])
    for save_as in (np.savez, np.savez_compressed):
        save_as(str(tmp_path / "x.npz"), images)
        found = Arrays(tmp_path / "x.npz")
        assert isinstance(found._images, np.memmap) and not list(cache.glob("*.npy"))
        np.testing.assert_array_equal(found._images, images)
        assert all(np.array_equal(item.read(), image) for item, image in zip(found.items(), images))


def test_run_on_ones_own_pictures_is_repeated_by_its_config(tmp_path):
    """Under the same settings, though the profile's would not do: 64 in a batch, and one picture cannot be read."""
    save(tmp_path / "pets", 40)
    (tmp_path / "pets" / "0.png").write_bytes(b"no picture")
    sets = [
        f"data={tmp_path / 'pets'}",
        "skip_broken=yes",
        "image_size=28",
        *TINY[:1],
        "batch_size=8",
        "width=2",
        "num_samples=100",
    ]
    first, second = tmp_path / "first", tmp_path / "second"
    sets = [part for setting in sets for part in ("--set", setting)]
    assert cli.main(["train", "dcgan", "--profile", "smoke", "--progress", "json", "--output", str(first), *sets]) == 0
    assert cli.main(["train", "--config", str(first / "config.json"), "--progress", "json", "--output", str(second)]) == 0
    configs = [json.loads((folder / "config.json").read_text(encoding="utf-8")) for folder in (first, second)]
    assert configs[0] == configs[1] and configs[0]["settings"]["data"]["value"] == str(tmp_path / "pets")
    assert (first / "generator.params").read_bytes() == (second / "generator.params").read_bytes()


def test_data_of_the_command_line_win_over_a_files(tmp_path, capsys):
    """The file's are not looked for; what it says of their size stays, though of the new ones another is usual."""
    save(tmp_path / "old", 30)
    save(tmp_path / "new", 30, sizes=((64, 64),))
    sets = [part for setting in [f"data={tmp_path / 'old'}", *TINY] for part in ("--set", setting)]
    first, second = tmp_path / "first", tmp_path / "second"
    assert cli.main(["train", "dcgan", "--profile", "smoke", "--output", str(first), *sets]) == 0
    (tmp_path / "old").rename(tmp_path / "gone")
    again = ["train", "--config", str(first / "config.json"), "--output", str(second)]
    assert cli.main(again) == 2
    assert cli.main([*again, "--set", f"data={tmp_path / 'new'}"]) == 0
    settings = Run(second).settings
    assert (settings.data, settings.image_size, settings.generator_steps) == (str(tmp_path / "new"), 32, 3)
    assert f"data is {tmp_path / 'new'}, from the command line, not {tmp_path / 'old'} as in" in capsys.readouterr().err


def test_folder_called_as_a_data_set_is_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "mnist", 30)
    assert data.of(settings_of("dcgan", "data=mnist/", "batch_size=8")).shape == (3, 32, 32)
    assert data.of(settings_of("dcgan", "data=mnist")).shape == (1, 28, 28)


def test_a_file_may_say_how_pictures_are_read_and_the_command_line_where_they_are(tmp_path):
    save(tmp_path / "pets", 30)
    (tmp_path / "s.yaml").write_text("skip_broken: 'yes'\n")
    sets = [part for setting in [f"data={tmp_path / 'pets'}", *TINY] for part in ("--set", setting)]
    command = [
        "train",
        "dcgan",
        "--profile",
        "smoke",
        "--config",
        str(tmp_path / "s.yaml"),
        "--output",
        str(tmp_path / "run"),
        *sets,
    ]
    assert cli.main(command) == 0
    assert Run(tmp_path / "run").settings.skip_broken == "yes"


def test_data_are_named_once(tmp_path, capsys):
    assert cli.main(["all", "--data", "faces", "--set", "data=mnist"]) == 2
    assert "both say what to train on; leave one out" in capsys.readouterr().err


def test_one_class_is_none(tmp_path, capsys):
    save(tmp_path / "x" / "only", 30)
    (tmp_path / "x" / "notes.txt").write_text("x")
    assert data.find(str(tmp_path / "x")).classes == ()
    said = capsys.readouterr().err
    assert "has one class only (only)" in said and "x: 1 file that is no picture (notes.txt) left out." in said


def test_settings_of_pictures_are_no_settings_of_other_data(capsys):
    assert cli.main(["train", "dcgan", "--set", "image_size=32"]) == 2
    assert "no setting 'image_size' here" in capsys.readouterr().err
    assert cli.main(["train", "dcgan", "--set", "data=/nowhere.npz", "--set", "image_size=33"]) == 2
    assert "one of 28, 32, 64, 128" in capsys.readouterr().err


def test_every_command_on_ones_own_pictures(tmp_path, capsys):
    """Train, go on, sample, interpolate, animate, evaluate; and without the pictures all but the scores."""
    classes(tmp_path / "pets")
    run, sets = tmp_path / "run", [part for setting in [f"data={tmp_path / 'pets'}", *TINY] for part in ("--set", setting)]
    train = ["train", "cgan", "--profile", "smoke", "--progress", "json", "--output", str(run), *sets]
    assert cli.main(train) == 0
    record = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert (record["reference"], record["reference_images"]) == ("held-out", 3) and "features" not in record
    levels = [record[f"sliced_wasserstein_distance_{side}"] for side in (32, 16)]
    np.testing.assert_allclose(record["sliced_wasserstein_distance"], np.mean(levels))
    with Image.open(str(run / "nearest.png")) as shown:
        assert shown.size == (12 * 32, 4 * 32)
        below = np.asarray(shown)[32:64, :32]
    assert below.tobytes() in set(as_set(data.find(str(tmp_path / "pets")).training_images(20, 0).images))
    assert cli.main(train) == 0  # done already
    commands = (
        ["sample", str(run), "--count", "4", "--labels", "1", "--output", str(tmp_path / "x.npz")],
        ["interpolate", str(run), "--between", "labels", "--rows", "2", "--steps", "3", "--output", str(tmp_path / "x.gif")],
        ["animate", str(run), "--output", str(tmp_path / "x.gif")],
    )
    evaluate = ["evaluate", str(run), "--json", str(tmp_path / "scores.json")]
    for command in (*commands, evaluate):
        assert cli.main(command) == 0
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert scores.items() <= record.items()
    said = capsys.readouterr().out
    assert "… at 16 pixels" in said and "100 images, against held-out.\nSliced Wasserstein: 3 images of each side.\n" in said
    assert cli.main([*evaluate, "--bootstrap", "10"]) == 0
    again = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    low, high = again.pop("sliced_wasserstein_distance_interval")
    assert low <= record["sliced_wasserstein_distance"] <= high and again.pop("resamples") == 10 and again == scores
    assert f"(95 %: {low:.2f} to {high:.2f})" in capsys.readouterr().out
    assert cli.main([*evaluate, "--extrapolate"]) == 2
    assert "--extrapolate needs a feature network; name one with --features" in capsys.readouterr().err
    assert cli.main([*evaluate, "--metrics", "fid,is,swd"]) == 2
    assert "fid and is need a feature network" in capsys.readouterr().err
    assert cli.main([*evaluate, "--metrics", "swd"]) == 0
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8")) == scores
    held_out = data.find(str(tmp_path / "pets")).load("test").images
    by_path = api.evaluate(str(run), device="cpu")
    assert by_path == scores == api.evaluate(run, reference="held-out", device="cpu")
    beside = api.evaluate(Run(run), reference=np.ascontiguousarray(held_out), device="cpu")
    assert beside["sliced_wasserstein_distance"] == scores["sliced_wasserstein_distance"] and beside["reference"] == "3 images"
    (tmp_path / "pets").rename(tmp_path / "gone")
    for command in commands:
        assert cli.main(command) == 0
    assert Run(run).data.shape == (3, 32, 32)
    capsys.readouterr()
    assert cli.main(evaluate) == 2
    assert "pets is missing" in capsys.readouterr().err
    (tmp_path / "gone").rename(tmp_path / "pets")
    picture(noise()).save(str(tmp_path / "pets" / "cats" / "0.png"))
    assert cli.main(evaluate) == 2 and cli.main(train) == 2
    said = capsys.readouterr().err
    assert "not as they were" in said and "is not what it was when the run was started" in said
