"""Bad input drawn at random, the same each time: every mistake is one sentence, and nothing wrong is taken in silence."""

import json
import math
import random
import shutil

import numpy as np
import pytest
from helpers import some_digits

from thesis_gan import cli, methods
from thesis_gan.data.array_files import load_array
from thesis_gan.data.base import LabelledImages
from thesis_gan.data.images import one_hot
from thesis_gan.data.picture_files import save_npz
from thesis_gan.errors import UserError
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.runs import train as training
from thesis_gan.runs.run import SUMS, Run
from thesis_gan.schedule import LARGEST, CriticSchedule
from thesis_gan.settings import SETTINGS, Settings

TEXTS = ["", " ", "-", "=", ",", "0", "-1", "1e309", "-1e309", "nan", "inf", "1.5", "0x10", "1e400", "9" * 400, "٣", "½", "None"]
TEXTS += [
    "true",
    "[]",
    "{}",
    "'",
    '"',
    "\n",
    "\t5",
    "5 ",
    "5,5",
    "5x",
    "x5",
    "5x5",
    "5x5x5",
    "-5x5,5",
    "5x0,5",
    "5,",
    ",5",
    "☃",
    "../..",
    "%s",
]
VALUES = [None, True, False, [], {}, [1], {"value": 1}, "", "1", -1, 0, 1, 10**400, 1e308, math.nan, math.inf, 0.5, "adam", "\0"]


def text(draw):
    """One of the known troublemakers, or a few random characters of those that numbers and names are made of."""
    if draw.random() < 0.6:
        return draw.choice(TEXTS)
    return "".join(draw.choice("0123456789.-+exinfa,_ ") for _ in range(draw.randint(1, 8)))


def is_valid(name, value):
    """Whether ``value`` has the setting's declared type and lies in its range: told apart from how ``check`` does it."""
    setting = SETTINGS[name]
    if setting.choices:
        return type(value) is type(setting.choices[0]) and value in setting.choices
    if setting.minimum is not None:
        return type(value) in (int, float) and math.isfinite(value) and setting.minimum <= value <= setting.maximum
    if name == "data":  # any name: whether there are such data is known where they are looked up
        return type(value) is str and value
    numbers = [number for pair in value.stages for number in pair] + [value.rest]
    return type(value) is CriticSchedule and all(type(number) is int and 1 <= number <= LARGEST for number in numbers)


@pytest.mark.parametrize("name", list(SETTINGS))
def test_any_text_or_value_of_a_setting_is_valid_or_refused_by_name(name):
    draw = random.Random(name)
    refused = 0
    for given in [*TEXTS, *VALUES, *(text(draw) for _ in range(300))]:
        try:
            value = SETTINGS[name].check(given)
        except UserError as error:
            assert f"Setting {name} cannot be " in str(error) and ": it is " in str(error)
            refused += 1
        else:
            assert is_valid(name, value) and not isinstance(given, bool), (given, value)
    assert refused > (100 if name != "data" else 10)


def misspelt(draw, name):
    """``name`` with one letter too few, too many, wrong or out of place."""
    place = draw.randrange(len(name))
    kind = draw.randrange(4)
    if kind == 0:
        return name[:place] + name[place + 1 :]
    if kind == 1:
        return name[:place] + draw.choice("abcdefgh_") + name[place:]
    if kind == 2:
        return name[:place] + draw.choice("abcdefgh_") + name[place + 1 :]
    return name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]


def test_misspelt_names_are_refused_and_the_nearest_suggested():
    draw = random.Random(0)
    for _ in range(300):
        method = methods.find(draw.choice(methods.names()))
        valid = list(resolve(method, "smoke").to_json())
        name = draw.choice(valid)
        wrong = misspelt(draw, name)
        if wrong not in valid:
            with pytest.raises(UserError) as error:
                resolve(method, "smoke", [f"{wrong}=1"])
            assert f"There is no setting {wrong!r} here; did you mean " in str(error.value)
    for find, names in ((methods.find, methods.names()), (lambda name: resolve(methods.find("dcgan"), name), list(PROFILES))):
        for name in names:
            with pytest.raises(UserError, match=f"did you mean {name}[?]"):
                find(f"{name}x")


WORDS = [
    "train",
    "sample",
    "evaluate",
    "table",
    "all",
    "list",
    "trian",
    "dcgan",
    "dgcan",
    "--set",
    "--seed",
    "--output",
    "--profile",
]
WORDS += [
    "--count",
    "--labels",
    "--jobs",
    "--seeds",
    "--threads",
    "--methods",
    "--results",
    "--device",
    "--progress",
    "--no-such",
    "--",
]
WORDS += ["smoke", "width=2", "width=0", "widht=2", "cpu", "json", "-1", "3", "x.png", "x.gif", "1,2", "1,12", "a b", "-h"]
RUNNERS = ("_all", "_train", "_sample", "_evaluate", "_table", "_figures", "_claims", "_report", "_store", "_train_classifier")


@pytest.fixture
def nothing_runs(monkeypatch, tmp_path):
    """Commands are read and checked, but the work behind them is not done; they leave no files."""
    monkeypatch.chdir(tmp_path)

    def stop(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr("thesis_gan.reproduction.run_all.run_all", stop)
    monkeypatch.setattr("thesis_gan.data.mnist.load", stop)
    monkeypatch.setattr("thesis_gan.data.mnist.verify", stop)
    monkeypatch.setattr("thesis_gan.metrics.classifier.train", stop)
    monkeypatch.setattr("thesis_gan.metrics.classifier.MNISTFeatures.__init__", stop)
    return tmp_path


@pytest.mark.usefixtures("nothing_runs")
def test_any_command_line_is_run_or_refused_in_one_sentence(capsys, tmp_path):
    draw = random.Random(1)
    refused = 0
    for _ in range(600):
        arguments = [draw.choice(WORDS) if draw.random() < 0.85 else text(draw) for _ in range(draw.randint(0, 7))]
        if draw.random() < 0.7:
            arguments = [draw.choice(["train", "sample", "evaluate", "all", "table"]), *arguments]
        try:
            status = cli.main(arguments)
        except SystemExit as end:
            assert end.code == 0 and "-h" in arguments
            continue
        said = capsys.readouterr().err
        assert "Traceback" not in said
        if status == 2:
            refused += 1
            assert said.startswith("thesis-gan: "), arguments
            assert said.endswith(("\n", ".")) and len(said) < 2000, arguments
        else:
            assert status == 0 or (status == 130 and "Stopped" in said), (arguments, said)
    assert refused > 300
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a tiny finished run, with the checksums of its files."""
    folder = tmp_path_factory.mktemp("fuzz") / "dcgan-seed0"
    overrides = ("train_images=64", "batch_size=16", "width=1", "z_size=4", "generator_steps=60", "num_samples=100")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thesis_gan.data.mnist.load", lambda split: LabelledImages(*some_digits(200)))
        training.train("dcgan", "smoke", 0, overrides, folder, training.mx.cpu(), 1, "json")
    return folder


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(str(finished), str(tmp_path / finished.name)) and tmp_path / finished.name


def changed(draw, content):
    """``content`` with a byte changed, a piece cut out, the end cut off, or something put in."""
    place = draw.randrange(len(content))
    kind = draw.randrange(4)
    if kind == 0:
        return content[:place] + bytes([content[place] ^ (1 << draw.randrange(8))]) + content[place + 1 :]
    if kind == 1:
        return content[:place] + content[place + draw.randint(1, 20) :]
    if kind == 2:
        return content[:place]
    return content[:place] + bytes(draw.randrange(256) for _ in range(draw.randint(1, 5))) + content[place:]


READERS = {
    "config.json": lambda folder: Run(folder),
    "history.csv": lambda folder: Run(folder).history,
    "curve.csv": lambda folder: Run(folder).curve,
    "generator.params": lambda folder: Run(folder).sample(1, training.mx.cpu()),
}


@pytest.mark.parametrize("name", list(READERS))
def test_every_change_of_a_finished_runs_files_is_noticed(name, run):
    draw, content = random.Random(name), (run / name).read_bytes()
    READERS[name](run)
    for _ in range(200):
        damaged = changed(draw, content)
        if damaged != content:
            (run / name).write_bytes(damaged)
            with pytest.raises(UserError) as error:
                READERS[name](run)
            assert str(run / name) in str(error.value)


@pytest.mark.parametrize("name", ["config.json", "history.csv", "curve.csv", "metrics.json", SUMS])
def test_damaged_file_of_a_run_without_checksums_is_refused_by_name_or_has_a_meaning(name, run):
    draw, content = random.Random(name), (run / name).read_bytes()
    if name != SUMS:
        (run / SUMS).unlink()
    refused = 0
    for _ in range(300):
        (run / name).write_bytes(changed(draw, content))
        try:
            opened = Run(run)
            record = opened.metrics
            columns = [*opened.history.values(), *opened.curve.values()]
        except UserError as error:
            assert str(run) in str(error) and "\n" not in str(error)
            refused += 1
            continue
        assert type(opened.seed) is int and opened.seed >= 0 and opened.threads >= 1 and opened.profile in PROFILES
        assert all(is_valid(key, getattr(opened.settings, key)) for key in opened.settings.to_json())
        assert type(record["status"]) is str and all(math.isfinite(record[key]) for key in ("minutes", "passes"))
        assert len({len(column) for column in opened.history.values()}) == 1 and all(c.dtype == np.float64 for c in columns)
    assert refused > 60


def test_any_value_in_the_place_of_another_in_config_json_is_refused_or_valid(run):
    (run / SUMS).unlink()
    whole = json.loads((run / "config.json").read_text(encoding="utf-8"))
    for value in VALUES:
        for key in whole:
            check_config(run, {**whole, key: value})
        for name, entry in whole["settings"].items():
            for key in entry:
                check_config(run, {**whole, "settings": {**whole["settings"], name: {**entry, key: value}}})
            check_config(run, {**whole, "settings": {**whole["settings"], name: value}})


def check_config(folder, content):
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    try:
        opened = Run(folder)
    except UserError as error:
        assert str(folder / "config.json") in str(error)
    else:
        assert type(opened.seed) is int and type(opened.threads) is int and type(opened.profile) is str
        assert all(is_valid(key, getattr(opened.settings, key)) for key in opened.settings.to_json())
        assert all(type(entry["origin"]) is str for entry in opened.settings.to_json().values())


def test_settings_of_any_json_are_refused_or_valid():
    for value in VALUES:
        for content in (value, {"width": value}, {"no_such": {"value": 1, "origin": "ours"}}):
            try:
                settings = Settings.from_json(content)
            except UserError:
                continue
            assert settings.to_json() == {}


def test_damaged_images_are_refused_by_name_or_are_images(tmp_path):
    draw, path = random.Random(2), tmp_path / "x.npz"
    save_npz(path, some_digits(3).images)
    content, refused = path.read_bytes(), 0
    for _ in range(500):
        path.write_bytes(changed(draw, content))
        try:
            images = load_array(path)
        except UserError as error:
            assert str(path) in str(error)
            refused += 1
        else:
            np.testing.assert_array_equal(images, some_digits(3).images)  # a change in what no one reads
    assert refused > 400


@pytest.mark.parametrize("labels", [[10], [-1], [0, 5, 99], [3, -10]])
def test_labels_out_of_range_are_refused(labels):
    with pytest.raises(UserError, match=f"Labels go from 0 to 9, not from {min(labels)} to {max(labels)}"):
        one_hot(np.array(labels), 10)
