"""The two scripts on machines and under settings that people have: nothing is installed here, what is missing is only said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import environment  # noqa: E402
import pip_settings  # noqa: E402
import system  # noqa: E402


def test_a_rebuild_that_fails_forgets_neither_build_nor_extras_nor_python(tmp_path, monkeypatch):
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    for name, text in (
        ("build", "gpu"),
        ("made-with", "python3.9"),
        ("installed", "x"),
        ("installed-faces", "x"),
        ("pyvenv.cfg", ""),
    ):
        (venv / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(environment, "VENV", venv)
    environment.clear()
    left = {path.name: path.read_text(encoding="utf-8").strip() for path in venv.iterdir()}
    assert left == {"build": "gpu", "made-with": "python3.9", "installed-faces": ""}
    installed = []
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "make_environment", lambda build: installed.append(build))
    monkeypatch.setattr(environment, "pip", lambda *arguments: installed.append(Path(arguments[-3]).name))
    environment.set_up(None, [], consent=True)
    assert installed == ["gpu", "requirements-faces.txt"]


@pytest.fixture
def bare(monkeypatch):
    """A machine without these libraries; gives the commands that would have been run."""
    commands = []

    def lacks(*libraries, root, apt=True):
        absent = set(libraries)
        monkeypatch.setattr(system, "_loads", lambda library: library not in absent)
        monkeypatch.setattr(system.os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(system.shutil, "which", lambda name: f"/usr/bin/{name}" if apt else None)

        def start(command, **options):
            # As on a fresh machine: nothing can be installed before the lists of packages are there.
            commands.append(command)
            done = command[1] == "update" or ["apt-get", "update"] in commands
            if done and command[1] == "install":
                absent.clear()
            return subprocess.CompletedProcess(command, 0 if done else 100, b"E: Unable to locate package libgomp1\n")

        monkeypatch.setattr(system.subprocess, "run", start)
        return commands

    return lacks


def test_root_has_all_that_is_missing_installed_at_once(bare, capsys):
    commands = bare("libgomp.so.1", "libquadmath.so.0", root=True)
    system.complete()
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "libgomp1", "libquadmath0"]
    assert commands == [install, ["apt-get", "update"], install]
    said = "Missing here: libgomp.so.1, libquadmath.so.0. Installing libgomp1 libquadmath0 with apt-get ...\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("apt", "remedy"),
    [
        (True, "install them with: sudo apt-get update && sudo apt-get install libgomp1 libquadmath0"),
        (False, "install what brings them (in Debian and Ubuntu: libgomp1 libquadmath0)"),
    ],
)
def test_others_are_told_in_one_sentence(bare, apt, remedy):
    commands = bare("libgomp.so.1", "libquadmath.so.0", root=not apt, apt=apt)
    with pytest.raises(system.SetUpError) as refused:
        system.complete()
    assert str(refused.value) == f"Missing here: libgomp.so.1, libquadmath.so.0; {remedy}" and commands == []


def test_scripts_start_by_a_link_and_by_another_shell_and_say_what_is_wrong_with_a_python(tmp_path):
    for name in ("run_all.sh", "run_tests.sh"):
        (tmp_path / name).symlink_to(ROOT / name)
        for start in ([str(tmp_path / name)], ["sh", str(ROOT / name)], ["sh", str(tmp_path / name)]):
            result = subprocess.run(
                start, env={**os.environ, "LC_ALL": "C", "PYTHON": "/nowhere"}, cwd=str(tmp_path), capture_output=True, text=True
            )
            assert (result.returncode, result.stdout) == (2, "")
            assert result.stderr.startswith("PYTHON=/nowhere cannot be started (No such file or directory); name a suitable one")
    for python, reason in ((str(tmp_path), "Is a directory"), (sys.executable, "PYTHONHASHSEED must be")):
        environment = {**os.environ, "LC_ALL": "C", "PYTHON": python, "PYTHONHASHSEED": "abc"}
        result = subprocess.run([str(ROOT / "run_all.sh")], env=environment, capture_output=True, text=True)
        assert result.returncode == 2 and f"PYTHON={python} cannot be started (" in result.stderr and reason in result.stderr


def test_nothing_is_missing_where_the_tests_run():
    assert system.missing() == {}


def test_of_pips_settings_those_count_that_reach_the_packages(monkeypatch, tmp_path):
    lines = ["[global]", "index-url = https://a.example/simple", "user = true", "quiet = 2", "timeout = 7"]
    (tmp_path / "pip.conf").write_text("\n".join([*lines, "[install]", "target = /nowhere", "no-deps = true"]))
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    settings = {"CONFIG_FILE": str(tmp_path / "pip.conf"), "PROXY": "http://p.example:3128", "TIMEOUT": "9"}
    for name, value in {**settings, "TARGET": "/x", "REQUIRE_VIRTUALENV": "1", "DRY_RUN": "1", "NO_BINARY": ":all:"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    pip_settings.environment.cache_clear()
    found = pip_settings.environment(sys.executable)
    pip_settings.environment.cache_clear()
    assert {name: found[name] for name in ("PIP_INDEX_URL", "PIP_PROXY", "PIP_TIMEOUT", "PIP_CONFIG_FILE")} == {
        "PIP_INDEX_URL": "https://a.example/simple",
        "PIP_PROXY": "http://p.example:3128",
        "PIP_TIMEOUT": "9",  # the environment before the file, as pip has it
        "PIP_CONFIG_FILE": os.devnull,
    }
    others = ("USER", "QUIET", "TARGET", "NO_DEPS", "REQUIRE_VIRTUALENV", "DRY_RUN", "NO_BINARY")
    assert [name for name in others if f"PIP_{name}" in found] == []


def test_gpu_build_is_asked_for_before_gigabytes_are_downloaded(monkeypatch):
    monkeypatch.setattr(environment.sys, "stdin", None)
    card = environment.gpu.Card(0, "NVIDIA H100", 9, 0)
    for cards, why in (([card], "no machine code for NVIDIA H100"), ([], "No NVIDIA driver shows a card here")):
        monkeypatch.setattr(environment.gpu, "cards", lambda cards=cards: cards)
        with pytest.raises(system.SetUpError, match=rf"{why}.*say \./run_all\.sh setup --gpu --yes"):
            environment.ask_for_gpu_build(consent=False)
        environment.ask_for_gpu_build(consent=True)
    monkeypatch.setattr(environment.gpu, "cards", lambda: [card._replace(major=8)])
    environment.ask_for_gpu_build(consent=False)  # a script, on a machine that can use it


def test_set_up_once_nothing_is_written_and_where_it_cannot_be_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "stamped", lambda name, stamp: True)
    monkeypatch.setattr(environment, "ROOT", tmp_path / "none")
    environment.set_up("cpu", ["dev"])
    monkeypatch.setattr(environment, "stamped", lambda name, stamp: name == "installed")
    with pytest.raises(system.SetUpError, match="is not set up for the tests yet, and cannot be written"):
        environment.set_up("cpu", ["dev"])


READ_ONLY = """
mount -t overlay overlay -o "lowerdir=$2:$1" "$1" || exit 77
cd "$1"
touch x && { rm x; exit 77; }
set -e
./run_all.sh --data swissroll --methods gan --profile smoke --output "$3" --set num_samples=100 --set generator_steps=3
./run_tests.sh tests/test_schedule.py
"""


@pytest.mark.skipif(not (ROOT / ".venv" / "installed-dev").exists(), reason="set up otherwise than by run_tests.sh")
def test_both_scripts_work_where_the_repository_is_mounted_read_only(tmp_path):
    """In a mount namespace of its own, the repository is covered by itself, read-only, at the same path; for root too."""
    (tmp_path / "nothing").mkdir()  # an overlay without a place to write needs two folders
    command = ["unshare", "--mount", "bash", "-c", READ_ONLY, "bash", str(ROOT), str(tmp_path / "nothing"), str(tmp_path / "out")]
    try:
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        pytest.skip("unshare is not here")
    if result.returncode == 77 or result.stdout.startswith(b"unshare: "):
        pytest.skip("a mount of its own is not allowed here")
    assert result.returncode == 0, result.stdout.decode()
    assert "| gan-seed0 | swissroll | finished |" in (tmp_path / "out" / "points.md").read_text(encoding="utf-8")
    assert b" passed" in result.stdout


def test_a_terminal_shows_what_pip_does_just_now(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(environment, "LOG", tmp_path / "install.log")
    command = [sys.executable, "-S", "-c", "import time; print('Downloading numpy', flush=True); time.sleep(0.3); 1 / 0"]

    def shown(terminal):
        monkeypatch.setattr(environment.sys.stderr, "isatty", lambda: terminal, raising=False)
        with open(environment.LOG, "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.DEVNULL)
            environment.show_until_it_ends(process, every=0.1)
        assert process.returncode == 1
        return capsys.readouterr().err

    assert "0 s  Downloading numpy" in shown(True)
    assert shown(False) == ""
