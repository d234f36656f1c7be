"""One process at a time writes in a folder."""

import os
import re
import subprocess
import sys

import pytest
from helpers import write_run

from thesis_gan import lock
from thesis_gan.cli import main
from thesis_gan.errors import UserError
from thesis_gan.lock import hold

HOLDER = """
import sys
from pathlib import Path
from thesis_gan.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of tmp_path/run."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_second_process_is_told_who_holds_the_folder_and_since_when(holder, tmp_path):
    with pytest.raises(UserError) as error, hold(tmp_path / "run"):
        pass
    who = rf"process {holder.pid} on {re.escape(os.uname().nodename)} since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.search(rf"run is in use by {who}; wait for it to end\.$", str(error.value))


def test_lock_of_a_killed_process_is_free(holder, tmp_path):
    holder.kill()
    holder.wait()
    with hold(tmp_path / "run"):
        assert f"process {os.getpid()} " in (tmp_path / "run" / lock.NAME).read_text()


def test_lock_is_free_after_the_block_and_after_an_error_in_it(tmp_path):
    with pytest.raises(ZeroDivisionError), hold(tmp_path):
        _ = 1 / 0
    with hold(tmp_path), pytest.raises(UserError, match=f"in use by process {os.getpid()}"), hold(tmp_path):
        pass
    with hold(tmp_path):
        pass


@pytest.mark.parametrize("command", ["train", "all", "table", "figures", "claims", "report", "rescore", "comparison", "store"])
def test_every_command_that_writes_in_a_held_folder_is_refused(command, tmp_path, capsys):
    write_run(tmp_path, "dcgan", 0)
    folder = tmp_path / "runs" / "dcgan-seed1" if command == "train" else tmp_path
    folder.mkdir(exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    arguments = {"train": ["train", "dcgan", "--output"], "all": ["all", "--profile", "smoke", "--output"]}
    with hold(folder):
        assert main([*arguments.get(command, [command, "--results"]), str(folder)]) == 2
        said = capsys.readouterr().err
        assert f"is in use by process {os.getpid()}" in said
        assert said.endswith(
            "; wait for it to end, or choose another --output.\n" if command in arguments else "; wait for it to end.\n"
        )
    assert sorted(tmp_path.rglob("*")) == sorted([folder / lock.NAME, *before])
