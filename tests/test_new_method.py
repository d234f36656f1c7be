"""The new method of docs/methods.md as a file among the methods: it trains with what it says, and is seen everywhere."""

import gc
import re
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from thesis_gan import methods
from thesis_gan.cli import main
from thesis_gan.files import read_json
from thesis_gan.methods.dcgan import DCGAN
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.reproduction.store import STORED
from thesis_gan.settings import Value

PAGE = Path(__file__).resolve().parents[1] / "docs" / "methods.md"


@pytest.fixture
def hinge(tmp_path, monkeypatch):
    """The example's file where methods are looked for, for one test."""
    example = re.search(r"## Adding a method\n.*?```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL).group(1)
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "hinge.py").write_text(example, encoding="utf-8")
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(tmp_path / "methods")])
    yield methods.find("hinge")
    del sys.modules["thesis_gan.methods.hinge"], methods.hinge
    gc.collect()


def test_example_is_in_the_table_a_picture_the_comparison_and_the_report_without_being_told_anywhere(hinge, tmp_path, capsys):
    results = tmp_path / "results"
    results.mkdir()
    shutil.copy(str(STORED / "smoke" / "real.json"), str(results))
    tiny = ["train_images=160", "batch_size=16", "width=2", "generator_steps=3", "num_samples=100"]
    for name in ("dcgan", "hinge"):
        command = ["train", name, "--profile", "smoke", "--output", str(results / "runs" / f"{name}-seed0"), "--progress", "json"]
        for setting in tiny:
            command += ["--set", setting]
        assert main(command) == 0
    said = read_json(results / "runs" / "hinge-seed0" / "config.json")["settings"]["learning_rate"]
    assert said == {"value": 0.0002, "origin": "paper: Lim and Ye 2017"}
    assert main(["report", "--results", str(results)]) == 0
    for file in ("table1.md", "comparison.md"):
        assert "| Hinge GAN | " in (results / file).read_text(encoding="utf-8")
    assert min(Image.open(str(results / "figures" / "methods.png")).size) > 300
    report = (results / "report.html").read_text(encoding="utf-8")
    assert report.count(">Hinge GAN</th>") == 3 and "All methods: samples after the last epoch." in report
    assert main(["list"]) == main(["settings", "hinge"]) == 0
    shown = capsys.readouterr().out
    assert "hinge loss on the discriminator" in shown and "Settings of Hinge GAN (hinge) under the profile quick." in shown
    del hinge


def test_what_a_class_says_wins_over_what_its_parents_tuned_unless_it_tunes_that_itself():
    class Says(DCGAN):
        defaults = {**DCGAN.defaults, "learning_rate": Value(0.0002, "paper: a variant's")}

    class SaysNothing(Says):
        pass

    class Tunes(Says):
        tuned = {"learning_rate": Value(0.007, "ours")}

    class SaysLoss(DCGAN):
        defaults = {**DCGAN.defaults, "generator_loss": Value("saturating", "paper: a variant's")}

    try:
        for kind in (Says, SaysNothing):
            assert resolve(kind, "quick").to_json()["learning_rate"] == {"value": 0.0002, "origin": "paper: a variant's"}
            assert resolve(kind, "quick").generator_loss == "non-saturating"  # of which it says nothing
        assert resolve(Tunes, "quick").learning_rate == 0.007
        assert {resolve(SaysLoss, profile).generator_loss for profile in PROFILES} == {"saturating"}
        assert resolve(Says, "s1-quick").learning_rate == 0.001  # S1's comparison sets one for all
    finally:
        del Says, SaysNothing, Tunes, SaysLoss, kind
        gc.collect()
