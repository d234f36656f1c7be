"""How people start programs: with streams closed, in any locale and folder, under other programs' settings. Nothing ends."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from thesis_gan import cache, start
from thesis_gan.cli import main
from thesis_gan.files import read_json
from thesis_gan.metrics import inception_weights as weights

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[1]
TINY = ["train", "dcgan", "--profile", "smoke"]
for setting in ("train_images=160", "batch_size=16", "width=2", "generator_steps=3", "num_samples=100"):
    TINY += ["--set", setting]
NARROW = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def run(*arguments, folder=ROOT, **variables):
    """The command line in a process of its own, as ``thesis-gan`` starts it."""
    environment = {**start.environment(), **variables}
    return subprocess.run(start.command(*map(str, arguments)), cwd=str(folder), env=environment, capture_output=True)


DRAWING = """
import hashlib, io
from thesis_gan.plots import STYLES, pyplot
figure, axis = pyplot.subplots()
axis.plot([1, 3, 2], **STYLES[1], label="$x^2$")
axis.set_title("critic")
axis.legend()
content = io.BytesIO()
figure.savefig(content, format="png", bbox_inches="tight", metadata={"Software": None})
print(hashlib.sha256(content.getvalue()).hexdigest())
"""


def test_figures_keep_their_bytes_under_any_settings_of_matplotlibs(tmp_path):
    home, here = tmp_path / "home", tmp_path / "here"
    (home / ".config" / "matplotlib" / "stylelib").mkdir(parents=True)
    here.mkdir()
    (home / ".config" / "matplotlib" / "matplotlibrc").write_text("text.usetex: True\nfont.size: 30\nsavefig.dpi: 7\n")
    (home / ".config" / "matplotlib" / "stylelib" / "mine.mplstyle").write_bytes(b"\xe9\xff: 1\n")
    (here / "matplotlibrc").write_bytes(b"\xe9\xff: 1\n")
    drawn = []
    for folder, variables in (
        (tmp_path, {}),
        (here, {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}),
        (tmp_path, {"MPLCONFIGDIR": str(home / ".config" / "matplotlib"), "MPLBACKEND": "bogus"}),
        (tmp_path, {"MATPLOTLIBRC": str(home / ".config" / "matplotlib" / "matplotlibrc")}),
    ):
        environment = {**start.environment(), **variables}
        command = [sys.executable, "-c", DRAWING]
        result = subprocess.run(command, cwd=str(folder), env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        drawn.append(result.stdout)
    assert len(set(drawn)) == 1 and len(drawn[0]) == 65


def test_closed_streams_and_narrow_ones_end_nothing(tmp_path):
    command = " ".join(f"'{part}'" for part in start.command(*TINY, "--output"))
    shell = ["bash", "-c", f"{command} '{tmp_path}' <&- >&- 2>&-"]
    assert subprocess.run(shell, env=start.environment(), capture_output=True).returncode == 0
    assert read_json(tmp_path / "metrics.json")["status"] == "finished"
    assert (tmp_path / ".lock").read_bytes().count(b"\n") == 1  # nothing was printed into a file
    result = run("list", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, b"") and b"Goodfellow" in result.stdout


def test_where_not_every_sign_can_be_shown_others_stand_for_it_and_the_work_is_done(tmp_path):
    results = tmp_path / "smoke"
    shutil.copytree(str(ROOT / "results" / "stored" / "smoke"), str(results))
    for encoding, variables in (("latin-1", {"PYTHONIOENCODING": "latin-1"}), ("ascii", NARROW)):
        (results / "table1.md").unlink()
        result = run("table", "--results", results, **variables)
        assert (result.returncode, result.stderr) == (0, b"")
        table = (results / "table1.md").read_text(encoding="utf-8")
        assert "–" in table and result.stdout == f"{table}\n".encode(encoding, "replace")
    result = run("evaluate", results / "runs" / "dcgan-seed0", "--num-samples", "100", PYTHONIOENCODING="latin-1")
    assert result.returncode == 0 and re.search(rb"Inception Score +\? +\d", result.stdout)


def test_names_that_are_not_utf_8_are_names_like_others(tmp_path):
    for name, variables in ((b"caf\xe9", {}), ("café".encode(), NARROW)):
        folder = os.path.join(os.fsencode(str(tmp_path)), name)
        command = [*map(os.fsencode, start.command(*TINY, "--output")), folder]
        result = subprocess.run(command, env={**start.environment(), **variables}, capture_output=True)
        assert result.returncode == 0, result.stderr
        record = read_json(Path(os.fsdecode(folder)) / "metrics.json")
        assert (os.fsencode(record["run"]), record["status"]) == (name, "finished") or variables
        picture = os.path.join(folder, b"x.png")
        assert main(["sample", os.fsdecode(folder), "--count", "3", "--output", os.fsdecode(picture)]) == 0
        assert os.path.getsize(picture) > 0


def test_the_current_folders_modules_warnings_and_docstrings_do_not_matter(tmp_path):
    for name in ("random.py", "json.py", "numpy.py", "tempfile.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong one')\n")
    result = run(*TINY, "--output", ".", folder=tmp_path, PYTHONWARNINGS="error")
    assert result.returncode == 0, result.stderr
    assert read_json(tmp_path / "metrics.json")["run"] == tmp_path.name
    assert result.stdout.decode().endswith(f"The run is in {tmp_path}.\n")
    command = [sys.executable, "-OO", "-m", "thesis_gan", "evaluate", str(tmp_path)]
    result = subprocess.run(command, cwd=str(ROOT), env={**os.environ, "PYTHONOPTIMIZE": "2"}, capture_output=True)
    assert result.returncode == 0, result.stderr


def test_cache_is_where_its_variables_mean(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("THESIS_GAN_CACHE", "~/x")
    assert cache.cache_folder() == tmp_path / "x"
    monkeypatch.delenv("THESIS_GAN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.cache_folder() == tmp_path / ".cache" / "thesis_gan"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert cache.cache_folder() == tmp_path / "c" / "thesis_gan"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # a number without a name, without $HOME
    assert cache.cache_folder().is_absolute() and "~" not in str(cache.cache_folder())


def test_damaged_weights_and_a_missing_bundle_of_certificates_are_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    (tmp_path / weights.PUBLISHED).write_bytes(b"half")
    with pytest.raises(weights.UserError, match=r"none\.pem, which \$REQUESTS_CA_BUNDLE names\); get https"):
        weights.published_weights()
    assert f"{tmp_path / weights.PUBLISHED} is damaged (its SHA-256 is not the published one)" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("git"), reason="git is not here")
def test_a_clone_has_the_files_as_they_are_stored(tmp_path):
    names = ["run_all.sh", "scripts/environment.sh", ".gitattributes"]
    for name in names:
        (tmp_path / "a" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(ROOT / name), str(tmp_path / "a" / name))
    git = ["git", "-c", "core.autocrlf=true", "-c", "user.name=a", "-c", "user.email=a@b"]
    # Not those of a hook that runs these tests, nor what the user has set.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean.update(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path), GIT_CONFIG_NOSYSTEM="1")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"], ["clone", "-q", ".", str(tmp_path / "b")]):
        subprocess.run([*git, *command], cwd=str(tmp_path / "a"), env=clean, check=True, capture_output=True)
    for name in names:
        assert (
            hashlib.sha256((tmp_path / "b" / name).read_bytes()).digest() == hashlib.sha256((ROOT / name).read_bytes()).digest()
        )
