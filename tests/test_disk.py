"""Disks that are full or cannot be written, and data files that are gone: one sentence, and nothing half-written.

A small file system in memory stands for the disk. Where it cannot be mounted, which takes the rights of root, a limit on the
size of files stands for a full one, and the test of a read-only one is skipped.
"""

import contextlib
import gzip
import os
import resource
import shutil
import subprocess

import pytest
from helpers import DIGIT, initialised, some_digits

from thesis_gan import files
from thesis_gan.cli import main
from thesis_gan.data import mnist
from thesis_gan.errors import UserError
from thesis_gan.networks.dcgan import DCGANGenerator
from thesis_gan.networks.weights import save_weights
from thesis_gan.runs.run import Run
from thesis_gan.training import checkpoint

SETTINGS = ("width=2", "z_size=10", "batch_size=16", "train_images=160", "num_samples=100", "generator_steps=40")
BLOCK = 64 * 1024


@pytest.fixture(autouse=True)
def _noise_in_place_of_mnist(monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda split, folder=None: some_digits(200))


def train(folder, *settings):
    command = ["train", "dcgan", "--profile", "smoke", "--output", str(folder), "--progress", "json"]
    return main(command + [part for setting in (*SETTINGS, *settings) for part in ("--set", setting)])


@pytest.fixture
def disk(tmp_path):
    """mount(options) makes tmp_path/disk a small file system of its own; skips the test where that is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = []

    def mount(options):
        remount = "remount," if mounted else ""
        command = ["mount", "-t", "tmpfs", "-o", remount + options, "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting a file system is not allowed here")
        mounted.append(options)
        return folder

    yield mount
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def one_sentence(capsys):
    said = capsys.readouterr().err
    assert said.startswith("thesis-gan: ") and said.count("\n") == 1 and "Traceback" not in said
    return said


def assert_nothing_half_written(folder):
    assert not list(folder.rglob(f"*{files.TEMPORARY}"))
    for path in folder.glob("checkpoint*"):
        checkpoint.read(path)
    assert not (folder / "metrics.json").exists()


def test_full_disk_stops_training_with_one_sentence_and_freed_it_goes_on(disk, tmp_path, capsys):
    assert train(tmp_path / "whole") == 0
    size = (tmp_path / "whole" / "checkpoint-0000040.bin").stat().st_size
    folder = disk(f"size={int(1.7 * size)}")  # room for one checkpoint, and not for a second
    capsys.readouterr()
    assert train(folder / "run") == 2
    said = one_sentence(capsys)
    assert "Cannot write" in said and "No space left on device" in said and "free space" in said
    assert_nothing_half_written(folder / "run")
    assert len(list((folder / "run").glob("checkpoint*"))) == 1

    disk("size=8m")
    assert train(folder / "run") == 0
    for name in ("history.csv", "curve.csv", "generator.params"):
        assert (folder / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@contextlib.contextmanager
def file_size_limit(size):
    """No file may grow beyond ``size`` bytes; Python ignores the signal, so that writing fails as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_file_that_cannot_grow_is_not_half_written(tmp_path, capsys):
    with file_size_limit(BLOCK):
        status = train(tmp_path / "run")
    assert status == 2
    assert "checkpoint-0000010.bin (File too large)" in one_sentence(capsys)
    assert_nothing_half_written(tmp_path / "run")
    assert not list((tmp_path / "run").glob("checkpoint*"))


def test_weights_that_do_not_fit_are_not_half_written(tmp_path):
    """MXNet writes them itself, and does not look whether all could be written."""
    generator = initialised(DCGANGenerator(10, 4, DIGIT))
    save_weights(generator, tmp_path / "whole.params")
    size = (tmp_path / "whole.params").stat().st_size
    for limit in (1000, size // 2, size - 1):
        with file_size_limit(limit), pytest.raises(UserError, match=r"Cannot write .*weights\.params"):
            save_weights(generator, tmp_path / "weights.params")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["whole.params"]


def test_read_only_folder_is_one_sentence(disk, capsys):
    folder = disk("size=1m,ro")
    for output in (folder, folder / "run"):
        assert train(output) == 2
        assert "(Read-only file system)" in one_sentence(capsys)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; see the read-only file system")
def test_folder_of_another_user_is_one_sentence(tmp_path, capsys):
    tmp_path.chmod(0o500)
    assert train(tmp_path / "run") == 2
    assert "(Permission denied)" in one_sentence(capsys)


@pytest.mark.parametrize("name", ["config.json", "checkpoint-0000010.bin", "samples", ".lock"])
def test_something_else_in_the_place_of_a_file_is_one_sentence(name, tmp_path, capsys):
    if name == "samples":
        (tmp_path / name).write_text("a file, not a folder")
    else:
        (tmp_path / name).mkdir()
    assert train(tmp_path) == 2
    assert str(tmp_path / name) in one_sentence(capsys)
    assert not list(tmp_path.rglob(f"*{files.TEMPORARY}"))


def test_name_that_is_too_long_is_one_sentence(tmp_path, capsys):
    assert train(tmp_path / ("x" * 300)) == 2
    assert "File name too long" in one_sentence(capsys)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """MNIST's folder, to be spoilt."""
    monkeypatch.undo()
    folder = tmp_path / "data"
    folder.mkdir()
    for path in mnist.FOLDER.glob("*.gz"):
        (folder / path.name).symlink_to(path)
    monkeypatch.setattr(mnist, "FOLDER", folder)
    return folder


def test_data_file_that_is_gone_is_one_sentence_before_anything_is_made(data, tmp_path, capsys):
    (data / "train-labels-idx1-ubyte.gz").unlink()
    assert train(tmp_path / "run") == 2
    assert "train-labels-idx1-ubyte.gz is missing; restore it" in one_sentence(capsys)
    assert not (tmp_path / "run").exists()


def test_data_file_that_vanishes_while_training_costs_no_training(data, tmp_path, capsys):
    """The test digits are needed only for the scores, at the end."""
    gone = data / "t10k-images-idx3-ubyte.gz"
    gone.unlink()
    assert train(tmp_path / "run") == 2
    assert "t10k-images-idx3-ubyte.gz is missing; restore it" in one_sentence(capsys)
    assert not (tmp_path / "run" / "metrics.json").exists()
    trained = (tmp_path / "run" / "generator.params").stat().st_mtime_ns

    gone.symlink_to(mnist.__file__)
    assert train(tmp_path / "run") == 2
    assert "cannot be unpacked" in one_sentence(capsys)
    gone.unlink()
    gone.write_bytes(gzip.compress(b"other digits"))
    assert train(tmp_path / "run") == 2
    assert "is damaged" in one_sentence(capsys)
    assert trained > 0 and Run(tmp_path / "run").settings.width == 2
