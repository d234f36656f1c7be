"""A run that is killed at random moments, and its table, come out as if nothing had happened. kills.py does this 300 times."""

import numpy as np
import pytest
from kills import PICTURES, Life, assert_same_run, uninterrupted

pytestmark = pytest.mark.long


def test_run_and_table_killed_at_random_moments_equal_uninterrupted_ones_bit_for_bit(tmp_path):
    life = Life(tmp_path / "life", "dcgan", np.random.RandomState(11))
    life.train(kills=9)
    assert_same_run(life.run_folder, uninterrupted(tmp_path / "whole", "dcgan"))
    life.tabulate(kills=2)
    for where, least in (("", 10), ("writing checkpoint", 3), ("while training", 2), ("table", 2)):
        assert sum(count for death, count in life.deaths.items() if where in death) >= least, life.deaths


def test_the_same_on_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "cache"))
    life = Life(tmp_path / "life", "cgan", np.random.RandomState(3), PICTURES)
    life.train(kills=4)
    assert_same_run(life.run_folder, uninterrupted(tmp_path / "whole", "cgan", PICTURES))
    life.tabulate(kills=2)
    assert sum(life.deaths.values()) >= 5, life.deaths
