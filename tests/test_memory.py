"""A training step holds little memory: what the critic's step let go, the generator's uses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import method_of, some_digits

from thesis_gan import memory, start
from thesis_gan._compat import mx
from thesis_gan.training.steps import Steps

STEPS = Path(__file__).resolve().parents[1] / "benchmarks" / "steps" / "gluon_steps.py"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for the memory")
def test_steps_of_both_networks_use_the_same_memory():
    """DCGAN, 64 images of 64x64x3, width 32: 505 MiB where each graph keeps its arrays, 250 where they are let go."""
    command = [sys.executable, str(STEPS), "dcgan", "32", "float32", "64"]
    asked = "critic 1\ngenerator 1\ncritic 1\ngenerator 1\nmemory\n"
    said = subprocess.run(command, input=asked.encode(), env=start.environment(), check=True, stdout=subprocess.PIPE).stdout
    assert 100 < json.loads(said.splitlines()[-1])["steps"] < 330


def test_arrays_are_apart_during_the_first_steps_alone(monkeypatch):
    calls = []
    monkeypatch.setattr(memory, "_set", lambda *parameter: calls.append(parameter))
    steps = Steps(method_of("dcgan", "width=2", "batch_size=8"), some_digits(), 0, mx.cpu())
    steps.critic_step(0)
    mmap_threshold, trim_threshold = -3, -1  # malloc.h's M_MMAP_THRESHOLD and M_TRIM_THRESHOLD
    assert calls == [(mmap_threshold, 2**20)]
    steps.generator_gradient(0)
    assert calls[1:] == [(mmap_threshold, 2**25), (trim_threshold, 2**30)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's")
def test_freed_memory_is_used_again_without_asking_the_system():
    """1.5 MiB that are let go and taken again would be 384 fresh pages if they were still kept apart."""
    program = """
import resource, numpy as np
from thesis_gan import memory
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
memory.large_apart()
memory.keep_freed()
np.ones(3 * 2**16)
before = faults()
np.ones(3 * 2**16)
print(faults() - before)
"""
    assert int(subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE).stdout) < 50


def test_without_glibc_nothing_is_set(monkeypatch):
    class Library:
        def __init__(self, name):
            pass

    monkeypatch.setattr(memory.ctypes, "CDLL", Library)
    memory._mallopt.cache_clear()
    memory.large_apart()
    memory.keep_freed()
    memory._mallopt.cache_clear()
