"""Everything at once: a run that fails is named with the reason, and takes neither the others nor the table down."""

import dataclasses
import json
import shutil
import signal
import subprocess
import sys

import pytest
from helpers import write_run
from test_evidence import WHOLE

from thesis_gan.cli import main
from thesis_gan.files import read_json
from thesis_gan.lock import hold
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import processes, table1
from thesis_gan.reproduction import run_all as everything
from thesis_gan.reproduction.plan import THESIS, THESIS_OVERRIDES
from thesis_gan.reproduction.processes import why_failed
from thesis_gan.reproduction.store import STORED
from thesis_gan.reproduction.studies.registry import EXPERIMENTS
from thesis_gan.runs.train import describe

ALL = ["all", "--profile", "smoke", "--jobs", "1"]


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder with a finished run of dcgan; of all that is made of runs, only the table is."""
    monkeypatch.setattr(everything, "write_outputs", lambda results: table1.write(results).markdown)
    finished(tmp_path, "dcgan")
    finished(tmp_path, "dcgan", THESIS, (*THESIS_OVERRIDES, f"epochs={PROFILES['smoke'].printed_epochs}"))
    shutil.copy(str(STORED / "smoke" / "real.json"), str(tmp_path))
    return tmp_path


def finished(results, method, name=None, overrides=()):
    name = f"{name or method}-seed0"
    scores = {"inception_score_mean": 2.0, "frechet_inception_distance": 500.0, "features": "mnist"}
    write_run(results, method, 0, name=name, **scores)
    config, _ = describe(method, "smoke", 0, overrides, 1)
    (results / "runs" / name / "config.json").write_text(json.dumps(config), encoding="utf-8")


def test_failing_runs_are_named_with_the_reason_and_the_table_is_made_of_the_others(results, capsys):
    for name in ("cgan", "wgan-gp"):
        finished(results, name)
    record = results / "runs" / "wgan-gp-seed0" / "metrics.json"
    why = "diverged: critic_loss was nan at critic step 181; the last good checkpoint, of generator step 30, is kept"
    record.write_text(json.dumps({**read_json(record), "status": why}), encoding="utf-8")
    (results / "runs" / "cgan-seed0" / "config.json").write_text("{}", encoding="utf-8")

    assert main([*ALL, "--methods", "dcgan,cgan,wgan-gp", "--output", str(results)]) == 1
    said = capsys.readouterr()
    failures = dict(line.split(" failed: ") for line in said.err.splitlines())
    assert sorted(failures) == ["cgan-seed0", "wgan-gp-seed0"]
    assert "cgan-seed0/config.json is damaged" in failures["cgan-seed0"] and "Traceback" not in said.err
    assert failures["wgan-gp-seed0"] == why
    table = (results / "table1.md").read_text(encoding="utf-8")
    assert "| DCGAN | " in table and "| WGAN-GP (1 of 1 diverged) | " in table
    assert f"- wgan-gp-seed0 {why}." in table
    assert "- cgan-seed0 is left out: " in table
    assert [record["method"] for record in read_json(results / "metrics.json")] == ["dcgan", "wgan-gp"]


def test_run_that_another_process_trains_is_one_failure_among_the_others(results, capsys):
    (results / "runs" / "cgan-seed0").mkdir()
    with hold(results / "runs" / "cgan-seed0"):
        assert main([*ALL, "--methods", "dcgan,cgan", "--output", str(results)]) == 1
    said = capsys.readouterr().err
    assert "cgan-seed0 failed: " in said and "is in use by process " in said
    assert "| DCGAN | " in (results / "table1.md").read_text(encoding="utf-8")


def test_outputs_that_cannot_be_made_are_a_failure(results, capsys):
    (results / "table1.csv").mkdir()
    assert main([*ALL, "--methods", "dcgan", "--output", str(results)]) == 1
    assert "What is made of the runs failed: Cannot write " in capsys.readouterr().err


def test_all_runs_done_is_no_failure(results):
    assert main([*ALL, "--methods", "dcgan", "--output", str(results)]) == 0


@pytest.fixture
def started(results, monkeypatch):
    """Commands of the processes that were started, under a profile with experiments; perfect's, instead of its work, fails."""
    monkeypatch.setitem(PROFILES, "smoke", dataclasses.replace(PROFILES["smoke"], experiments=True))
    commands, popen = [], subprocess.Popen

    def start(command, **options):
        commands.append(command[3:])
        instead = "import sys; sys.exit('thesis-gan: Cannot write it.')" if "perfect" in command else ""
        return popen([sys.executable, "-c", instead], **options)

    monkeypatch.setattr(processes.subprocess, "Popen", start)
    return commands


def test_snapshots_asked_for_too_late_are_told_of(results, capsys):
    assert main([*ALL, "--methods", "dcgan", "--set", "snapshot_epochs=1", "--output", str(results)]) == 0
    said = capsys.readouterr().err
    assert "No snapshots can be had of what is finished already (dcgan-seed0, dcgan-thesis-seed0); name another --output" in said


def test_pipes_of_processes_that_have_ended_are_closed(results, started, monkeypatch):
    trainings = []
    stop = processes.Trainings.make
    monkeypatch.setattr(processes.Trainings, "make", lambda self, *rest: trainings.append(self) or stop(self, *rest))
    main([*ALL, "--methods", "dcgan", "--output", str(results)])
    (made,) = trainings
    assert len(made._processes) == 3 and all(process.stdout.closed for process in made._processes)


def test_experiments_are_made_with_the_runs_where_the_profile_says_so_and_fail_like_them(results, started, capsys):
    assert main([*ALL, "--methods", "dcgan", "--output", str(results)]) == 1
    assert started == [[name, "--output", str(results), "--threads", "1", "--held"] for name in ("toy", "perfect", "times")]
    said = capsys.readouterr()
    assert "0 runs to train and experiments (toy, perfect, times), 1 side by side" in said.out
    assert said.err == "perfect failed: Cannot write it.\n"
    assert (results / "table1.md").exists()


def test_experiment_is_made_anew_unless_its_evidence_and_its_figures_are_whole(results, started):
    stored = STORED / "quick"
    (results / "figures").mkdir()
    (results / "times.json").write_text(json.dumps(WHOLE["times"]), encoding="utf-8")
    for experiment in EXPERIMENTS:
        if experiment.captions:
            shutil.copy(str(stored / f"{experiment.command}.json"), str(results))
        for file in experiment.captions:
            shutil.copy(str(stored / "figures" / file), str(results / "figures"))

    def made():
        started.clear()
        status = main([*ALL, "--methods", "dcgan", "--output", str(results)])
        return status, [command[0] for command in started]

    assert made() == (0, [])
    (results / "toy.json").write_text("{}", encoding="utf-8")
    assert made() == (0, ["toy"])
    (results / "figures" / next(iter(EXPERIMENTS[1].captions))).unlink()
    assert made() == (1, ["toy", "perfect"])
    (results / "times.json").unlink()
    assert made() == (1, ["toy", "perfect", "times"])  # the last, when nothing else goes on


def test_profiles_of_hours_make_the_experiments():
    assert [name for name, profile in PROFILES.items() if profile.experiments] == ["standard", "thesis"]


def test_other_settings_are_refused_before_anything_is_trained(results, capsys):
    path = results / "runs" / "dcgan-seed0" / "config.json"
    config = read_json(path)
    config["settings"]["width"]["value"] = 3
    path.write_text(json.dumps(config), encoding="utf-8")
    assert main([*ALL, "--methods", "cgan,dcgan", "--output", str(results)]) == 2
    assert "width is now 8, was 3" in capsys.readouterr().err
    assert not (results / "runs" / "cgan-seed0").exists()


@pytest.mark.parametrize(
    ("asked", "seeds"),
    [(["--profile", "standard"], 3), (["--profile", "collapse"], 3), ([], 1), (["--profile", "standard", "--seeds", "2"], 2)],
)
def test_number_of_trainings_is_the_profiles_where_none_is_asked_for(asked, seeds, monkeypatch):
    given = []
    monkeypatch.setattr(everything, "run_all", lambda *arguments: given.append(arguments))
    assert main(["all", *asked]) == 0
    assert given[0][2] == seeds


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ("thesis-gan: Cannot write x.\n", 2, "Cannot write x."),
        ("", 3, "exit status 3"),
        ("", -signal.SIGKILL, "its process was ended by SIGKILL; start again to go on"),
    ],
)
def test_reason_of_a_failure_is_one_sentence(said, status, reason, tmp_path):
    assert why_failed(said, status, tmp_path / "error.log") == reason
    assert list(tmp_path.iterdir()) == []


def test_reason_of_many_lines_is_the_last_and_a_file_with_all(tmp_path):
    reason = why_failed("Traceback\n  here\nZeroDivisionError: by zero\n", 1, tmp_path / "error.log")
    assert reason == f"ZeroDivisionError: by zero (all of it is in {tmp_path / 'error.log'})"
    assert "here" in (tmp_path / "error.log").read_text(encoding="utf-8")
