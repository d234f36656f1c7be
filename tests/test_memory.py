"""A training step holds little memory: what the critic's step let go, the generator's uses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from thesis_gan import memory, start

STEPS = Path(__file__).resolve().parents[1] / "benchmarks" / "steps" / "gluon_steps.py"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for the memory")
def test_steps_of_both_networks_use_the_same_memory():
    """DCGAN, 64 images of 64x64x3, width 32: 505 MiB where each graph keeps its arrays, 250 where they are let go."""
    command = [sys.executable, str(STEPS), "dcgan", "32", "float32", "64"]
    asked = "critic 1\ngenerator 1\ncritic 1\ngenerator 1\nmemory\n"
    said = subprocess.run(command, input=asked.encode(), env=start.environment(), check=True, stdout=subprocess.PIPE).stdout
    assert 100 < json.loads(said.splitlines()[-1])["steps"] < 330


def test_without_glibc_nothing_is_set(monkeypatch):
    class Library:
        def __init__(self, name):
            pass

    monkeypatch.setattr(memory.ctypes, "CDLL", Library)
    memory.large_apart()
    memory.keep_freed()
