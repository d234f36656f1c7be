"""A folder of results is read and verified once, whatever is made of it."""

import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
from helpers import write_run

from thesis_gan import files
from thesis_gan.errors import UserError
from thesis_gan.reproduction.run_all import write_outputs
from thesis_gan.reproduction.store import STORED
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import SUMMED, SUMS, Run

opened = Counter()


def count(event, given):
    if event == "open" and given[1]:  # without a mode it is os.open, by which pathlib's own open() goes before Python 3.10
        opened.update([str(given[0])])


sys.addaudithook(count)


@pytest.fixture
def smoke(tmp_path):
    """The stored smoke runs, with checksums as finished runs have them, and the evidence of quick's experiments."""
    copy = tmp_path / "smoke"
    shutil.copytree(str(STORED / "smoke"), str(copy))
    for name in ("toy", "perfect"):
        shutil.copy(str(STORED / "quick" / f"{name}.json"), str(copy))
    for run in (copy / "runs").iterdir():
        present = [name for name in SUMMED if (run / name).exists()]
        (run / SUMS).write_text("".join(f"{files.sha256(run / name)}  {name}\n" for name in present), encoding="utf-8")
    return copy


def test_report_reads_every_file_of_the_runs_once(smoke, monkeypatch):
    hashed, whole = Counter(), files.sha256
    monkeypatch.setattr(files, "sha256", lambda path: hashed.update([str(path)]) or whole(path))
    opened.clear()
    write_outputs(ThesisResults(smoke))
    of_runs = {path: count for path, count in opened.items() if path.startswith(str(smoke / "runs")) and Path(path).is_file()}
    summed = {path for path in of_runs if Path(path).name in SUMMED}
    assert {Path(path).name for path in summed} == set(SUMMED)
    assert {path: hashed[path] for path in summed} == dict.fromkeys(summed, 1)
    # Beside being hashed, each is read once at most; generators are read by MXNet, once a figure.
    read = {path: count - hashed[path] for path, count in of_runs.items() if not path.endswith(".params")}
    assert max(read.values()) == 1 and len(read) >= 5 * len(list((smoke / "runs").iterdir()))
    for name in ("toy.json", "perfect.json", "real.json"):
        assert opened[str(smoke / name)] == 1


def test_results_stay_as_they_were_when_they_were_read(tmp_path):
    write_run(tmp_path, "wgan", 0, passes=2.0)
    results = Results(tmp_path)
    (tmp_path / "runs" / "wgan-seed0" / "metrics.json").write_text("{", encoding="utf-8")
    assert [run.metrics["passes"] for run in results.runs] == [2.0]
    with pytest.raises(UserError, match=r"metrics.json cannot be read"):
        Results(tmp_path)


def test_what_is_left_out_is_said_and_why(tmp_path):
    for name in ("dcgan", "wgan", "gan"):
        write_run(tmp_path, name, 0)
    write_run(tmp_path, "lsgan", 0, overrides=("data=swissroll",))
    (tmp_path / "runs" / "wgan-seed0" / "metrics.json").unlink()
    (tmp_path / "runs" / "gan-seed0" / "metrics.json").write_text("[]", encoding="utf-8")
    results = ThesisResults(tmp_path)
    assert [run.name for run in results.runs] == ["dcgan-seed0"]
    assert [run.name for run in Results(tmp_path).points] == ["lsgan-seed0"]
    unfinished, damaged, other = results.left_out
    assert unfinished == "wgan-seed0 has not finished."
    assert damaged.startswith("gan-seed0 is left out: ") and "metrics.json is damaged" in damaged
    assert other == "lsgan-seed0 is left out: it is on swissroll."


@pytest.mark.parametrize(
    ("name", "seed", "group"),
    [("wgan-gp-seed0", 0, "wgan-gp"), ("cgan-seed10-lr", 10, "cgan-lr"), ("x-seed10", 1, "x-seed10"), ("mine", 0, "mine")],
)
def test_group_of_a_run_is_its_name_without_its_own_seed(tmp_path, name, seed, group):
    write_run(tmp_path, "dcgan", seed, name=name)
    assert Run(tmp_path / "runs" / name).group == group
