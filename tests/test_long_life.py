"""A long training costs no more memory than a short one. benchmarks/long_life.py measures 5,000 steps, and their time."""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))
from long_life import observe


def test_memory_is_flat_once_training_is_under_way():
    steps, _, memory = observe("dcgan", 700).T
    growth = memory[-1] - memory[steps >= 200][0]
    assert len(steps) == 14 and np.isfinite(memory).all()
    assert growth < 3, f"{growth:.1f} MiB in 500 steps"  # 6 kB a step; measured: 0.1 MiB
