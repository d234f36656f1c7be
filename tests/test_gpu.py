"""Which GPU is used: the driver is asked what the cards are, and MXNet's build what it has code for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from thesis_gan import device, gpu
from thesis_gan._compat import mx
from thesis_gan.cli import main
from thesis_gan.errors import UserError
from thesis_gan.gpu import Card

PASCAL = Card(0, "NVIDIA GeForce GTX 1080", 6, 1)
ADA = Card(1, "NVIDIA GeForce RTX 4090", 8, 9)
HOPPER = Card(0, "NVIDIA H100", 9, 0)
BLACKWELL = Card(0, "NVIDIA GeForce RTX 5090", 12, 0)
KEPLER = Card(0, "Tesla K80", 3, 7)

DRIVER = """
#include <string.h>
int cuInit(unsigned flags) { return INIT; }
int cuDeviceGetCount(int *count) { *count = 2; return 0; }
int cuDeviceGet(int *device, int index) { *device = index + 7; return 0; }
int cuDeviceGetName(char *name, int length, int device) { strncpy(name, device == 7 ? "Old" : "New", length); return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = device == 7 ? (attribute == 75 ? 7 : 5) : (attribute == 75 ? 10 : 3);
    return attribute == 75 || attribute == 76 ? 0 : 1;
}
"""


@pytest.fixture
def machine(monkeypatch):
    """Makes this machine one with these cards, of which MXNet sees all."""

    def has(*cards, build="gpu"):
        monkeypatch.setattr(gpu, "cards", lambda: list(cards))
        monkeypatch.setattr(mx.context, "num_gpus", lambda: len(cards) if build == "gpu" else 0)
        monkeypatch.setattr(mx.runtime.Features, "is_enabled", lambda self, name: build == "gpu")

    return has


@pytest.mark.parametrize(
    ("card", "usable"), [(KEPLER, False), (PASCAL, True), (ADA, True), (HOPPER, False), (BLACKWELL, False)], ids=lambda x: str(x)
)
def test_cards_of_compute_capability_5_to_8_are_usable(card, usable, machine):
    assert card.usable == usable
    machine(card._replace(index=0))
    assert device.context("auto") == (mx.gpu(0) if usable else mx.cpu())


@pytest.mark.parametrize(("card", "age"), [(HOPPER, "new"), (BLACKWELL, "new"), (KEPLER, "old")])
@pytest.mark.parametrize("build", ["gpu", "cpu"])
def test_card_without_code_is_refused_or_passed_over_in_one_sentence(card, age, build, machine, capsys):
    machine(card, build=build)
    with pytest.raises(UserError) as refused:
        device.context("gpu")
    why = str(refused.value)
    assert why.startswith(f"MXNet's GPU build has no machine code for {card}, too {age} for it; it knows compute capability 5.0")
    assert why.endswith("; use --device cpu.")
    assert device.context("auto") == device.context("cpu") == mx.cpu()
    said = capsys.readouterr().err
    # Who has the CPU build has chosen it.
    assert said == (
        why.replace("; use --device cpu.", ". Going on with the CPU.\n").join(["thesis-gan: ", ""]) if build == "gpu" else ""
    )


def test_the_card_that_can_be_used_is(machine, capsys):
    machine(HOPPER, ADA)
    assert device.context("auto") == device.context("gpu") == mx.gpu(1)
    assert capsys.readouterr().err == ""


def test_everything_settles_the_device_before_anything_is_started(machine, monkeypatch, capsys, tmp_path):
    from thesis_gan.reproduction import run_all as everything

    given = []
    monkeypatch.setattr(everything, "run_all", lambda *arguments: given.append(arguments[4]))
    machine(HOPPER)
    assert main(["all", "--device", "gpu", "--output", str(tmp_path / "x")]) == 2
    assert given == [] and "NVIDIA H100 (compute capability 9.0)" in capsys.readouterr().err
    assert main(["all", "--output", str(tmp_path / "x")]) == 0
    assert given == ["cpu"] and capsys.readouterr().err.count("Going on with the CPU.") == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(not shutil.which("gcc"), reason="gcc is not here, which makes the driver's stand-in")
@pytest.mark.parametrize(("init", "found"), [(0, [Card(0, "Old", 7, 5), Card(1, "New", 10, 3)]), (100, [])])
def test_driver_is_asked_for_its_cards(init, found, tmp_path):
    source, library = tmp_path / "driver.c", tmp_path / "libcuda.so.1"
    source.write_text(DRIVER, encoding="ascii")
    subprocess.run(["gcc", "-shared", "-fPIC", f"-DINIT={init}", "-o", str(library), str(source)], check=True)
    assert gpu.cards(str(library)) == found
    # and by the same lines with nothing but Python, as set-up asks
    result = subprocess.run(
        [sys.executable, "-I", str(Path(gpu.__file__)), str(library)], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines() == [f"{card} {'usable' if card.usable else 'not usable'}" for card in found]


def test_no_driver_is_no_card(tmp_path):
    assert gpu.cards(str(tmp_path / "libcuda.so.1")) == []
    assert gpu.cards("libc.so.6") == []  # a library that is no driver


def test_without_a_card_one_sentence_says_so(machine, capsys, tmp_path):
    machine(build="cpu")
    assert main(["train", "dcgan", "--device", "gpu", "--output", str(tmp_path / "x")]) == 2
    assert "MXNet sees no GPU" in capsys.readouterr().err and not (tmp_path / "x").exists()
