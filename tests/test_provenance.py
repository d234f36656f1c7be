"""The stored results say where they come from, and today's code still computes as it did when they were trained."""

import json
import os
import shutil

import pytest

from thesis_gan import machine
from thesis_gan.cli import main
from thesis_gan.files import read_json
from thesis_gan.json_shape import conforms, is_number, is_text
from thesis_gan.machine import UNKNOWN, processor_type
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import provenance, store
from thesis_gan.reproduction.provenance import FILE, OF_FIRST_WEIGHTS, as_trained, first_steps
from thesis_gan.reproduction.store import STORED
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.find import Results, first_seeds
from thesis_gan.runs.run import Run

PROFILE_NAMES = [profile for profile in PROFILES if (STORED / profile).exists()]
PROVENANCE = {profile: read_json(STORED / profile / FILE) for profile in PROFILE_NAMES}
# Runs whose first steps today's code is to give; of those trained before its last change of numbers it cannot.
HELD = [
    (profile, name)
    for profile, content in PROVENANCE.items()
    for name, found in content["first_steps"]["runs"].items()
    if found["as_trained"]
]
WHOLE_WINDOW = ("smoke", "standard", "thesis")  # a second or more each


@pytest.mark.parametrize("profile", PROFILE_NAMES)
def test_stored_results_say_by_what_they_were_trained(profile):
    content, runs = PROVENANCE[profile], Results(STORED / profile).runs
    environment = dict.fromkeys(provenance.NOT_RECORDED, is_text)
    shape = {"profile": is_text, "trained_with": [{**environment, "runs": [is_text]}], "threads": [is_number], "hours": is_number}
    assert conforms(content, shape)
    assert {name for record in content["trained_with"] for name in record["runs"]} == {run.name for run in runs}
    assert content["hours"] == pytest.approx(sum(run.metrics["minutes"] for run in runs) / 60, rel=1e-3)
    assert content["threads"] == sorted({run.threads for run in runs})
    assert list(content["first_steps"]["runs"]) == [run.name for run in first_seeds(runs)]


def test_runs_by_which_the_code_is_held_are_there():
    """If a change of numbers is wanted, what is stored is trained anew; a flag that is false is no way round."""
    assert {name for profile, name in HELD if profile == "smoke"} == set(PROVENANCE["smoke"]["first_steps"]["runs"])
    known = [profile for profile in PROFILE_NAMES if PROVENANCE[profile]["trained_with"][0]["commit"] != UNKNOWN]
    assert {(profile, name) for profile in known for name in PROVENANCE[profile]["first_steps"]["runs"]} <= set(HELD)


@pytest.mark.numeric
@pytest.mark.parametrize(("profile", "name"), HELD)
def test_first_steps_are_still_those_of_the_training(profile, name):
    """To the last bit on the type of processor and with the threads of the storing; elsewhere to 1e-5, of the first weights."""
    kept, run = PROVENANCE[profile]["first_steps"], Run(STORED / profile / "runs" / name)
    here = {"processor_type": processor_type(), "threads": int(os.environ["OMP_NUM_THREADS"])}
    found, expected = first_steps(run), kept["runs"][name]["numbers"]
    if here == kept["made_on"]:
        assert found == expected
        assert profile not in WHOLE_WINDOW or as_trained(run)
    assert len(found) == len(expected)
    for step, stored in zip(found[:OF_FIRST_WEIGHTS], expected):
        assert step == pytest.approx(stored, rel=1e-5, abs=1e-5)


def test_changes_of_numbers_are_seen(tmp_path):
    """By settings that only what comes after the first update feels, and by a seed, which all feel."""
    folder = tmp_path / "wgan-seed0"
    shutil.copytree(str(STORED / "smoke" / "runs" / "wgan-seed0"), str(folder))
    kept = first_steps(Run(folder))
    config = read_json(folder / "config.json")
    config["settings"]["clip"]["value"] *= 0.99
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    changed = first_steps(Run(folder))
    assert changed[:2] == kept[:2] and changed[2] != kept[2] and not as_trained(Run(folder))
    run = Run(STORED / "smoke" / "runs" / "wgan-seed0")
    run.seed = 1
    assert all(step != known for step, known in zip(first_steps(run), kept)) and not as_trained(run)


def test_older_runs_are_of_the_commit_that_is_said_and_of_an_unknown_one_otherwise(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "first_steps", lambda run: [])
    monkeypatch.setattr(provenance, "as_trained", lambda run: True)
    runs = ThesisResults(STORED / "smoke").runs
    for run in runs:
        run.config.pop("trained_with", None)
    names = [run.name for run in runs]
    assert provenance.write(runs, tmp_path)["trained_with"] == [{**provenance.NOT_RECORDED, "runs": names}]
    (said,) = provenance.write(runs, tmp_path, "a" * 40)["trained_with"]
    assert said == {**machine.environment(), "commit": "a" * 40, "runs": names}
    runs[0].config["trained_with"] = [{**said, "commit": "b"}, {**said, "commit": "c"}]
    for record in runs[0].config["trained_with"]:
        del record["runs"]
    by_commit = {record["commit"]: record["runs"] for record in provenance.write(runs, tmp_path)["trained_with"]}
    assert by_commit == {"b": names[:1], "c": names[:1], UNKNOWN: names[1:]}
    assert read_json(tmp_path / FILE)["profile"] == "smoke"


def test_store_says_what_it_adds_and_which_first_steps_are_others(tmp_path, monkeypatch, capsys):
    results, stored = tmp_path / "results", tmp_path / "stored"
    shutil.copytree(str(STORED / "smoke"), str(results))
    for path in results.glob("runs/*/config.json"):  # as before runs told it themselves
        config = read_json(path)
        config.pop("trained_with", None)
        path.write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setattr(store, "STORED", stored)
    monkeypatch.setattr(provenance, "first_steps", lambda run: [])
    monkeypatch.setattr(provenance, "as_trained", lambda run: run.name != "cgan-seed0")
    assert main(["store", "--results", str(results), "--commit", "abc"]) == 0
    size = sum(path.stat().st_size for path in stored.rglob("*") if path.is_file()) / 2**20
    said = capsys.readouterr().out
    assert f"Stored in {stored / 'smoke'}: {size:.1f} MiB, {size:.1f} MiB more than before; {size:.1f} MiB are stored" in said
    assert said.endswith("Today's code, on this processor, does not give the first steps of cgan-seed0.\n")
    (record,) = json.loads((stored / "smoke" / FILE).read_text(encoding="utf-8"))["trained_with"]
    assert record["commit"] == "abc"
