"""Snapshots are scored once, as the run itself is; how long is enough follows from their scores by a rule."""

import json
import shutil

import numpy as np
import pytest
from helpers import write_run
from PIL import Image
from test_evidence import WHOLE

from thesis_gan._compat import mx
from thesis_gan.cli import main
from thesis_gan.comparison.rows import FID, IS
from thesis_gan.errors import Damaged
from thesis_gan.reproduction import training_length
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.reproduction.training_length import Course
from thesis_gan.runs import snapshots
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import SNAPSHOT_SCORES, Run
from thesis_gan.runs.train import train
from thesis_gan.training import loop

TINY = ("generator_steps=0", "epochs=4", "train_images=320", "width=2", "num_samples=120", "snapshot_epochs=2")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Results with one run, of 4 epochs of 10 steps, and snapshots of the second and the last; scored."""
    results = tmp_path_factory.mktemp("results")
    run = train("cgan", "smoke", 0, TINY, results / "runs" / "cgan-seed0", mx.cpu(), 1, "lines")
    snapshots.score([run])
    return results


@pytest.fixture
def results(trained, tmp_path):
    """A copy to change."""
    shutil.copytree(str(trained), str(tmp_path / "results"))
    return tmp_path / "results"


def run_in(results):
    return Run(results / "runs" / "cgan-seed0")


def test_last_snapshot_scores_as_the_run_does_and_the_others_have_their_place_in_it(trained):
    run = run_in(trained)
    first, last = snapshots.scored(run)
    assert (first["epoch"], last["epoch"]) == (2, 4)
    assert [last[key] for key in (IS, FID)] == pytest.approx([run.metrics[key] for key in (IS, FID)], rel=1e-9)
    assert first[FID] != last[FID]
    assert [(first[key], last[key]) for key in ("generator_steps", "critic_steps", "passes", "images")] == [
        (20, 40),
        (20, 40),
        (2, 4),
        (640, 1280),
    ]
    assert last["hours"] == pytest.approx(run.metrics["minutes"] / 60, rel=1e-5)
    assert first["hours"] == pytest.approx(last["hours"] / 2, rel=1e-5)
    content = json.loads((run.folder / SNAPSHOT_SCORES).read_text(encoding="utf-8"))
    assert content["num_samples"] == 120 and content["weights_sha256"] == run.metrics["weights_sha256"]
    assert snapshots.distances(run) == {"2": first[FID], "4": last[FID]}


def test_snapshots_are_scored_once_and_what_is_known_is_enough(results, monkeypatch):
    run = run_in(results)
    known = snapshots.scored(run)
    monkeypatch.setattr(snapshots, "feature_network", None)
    snapshots.score([run])
    assert snapshots.scored(run) == known
    for path in (*run.snapshots().values(), run.folder / "SHA256SUMS"):
        path.unlink()
    snapshots.score([run])
    assert snapshots.scored(run) == known


def test_snapshots_of_what_is_finished_are_told_to_be_had_no_more(results, capsys):
    folder = run_in(results).folder
    before = sorted(run_in(results).snapshots())
    for wanted, said in (
        ("snapshot_epochs=1", True),
        ("snapshot_epochs=2", False),
        ("snapshot_epochs=4", False),
        ("snapshot_epochs=0", False),
    ):
        train("cgan", "smoke", 0, (*TINY[:-1], wanted), folder, mx.cpu(), 1, "lines")
        assert (f"No snapshots can be had of what is finished already ({folder}); name" in capsys.readouterr().err) == said
    assert sorted(run_in(results).snapshots()) == before


def test_snapshots_and_sheets_are_kept_where_several_epochs_end_with_one_round(tmp_path, monkeypatch):
    """Two batches are a pass, and a round has five critic steps: it ends two or three epochs, under the number of the first."""
    monkeypatch.setattr(loop, "SHEETS", 4)
    settings = ("generator_steps=12", "epochs=0", "train_images=64", "width=2", "num_samples=100", "snapshot_epochs=5")
    run = train("wgan-gp", "smoke", 0, settings, tmp_path / "run", mx.cpu(), 1, "lines")
    assert run.history["epoch"].astype(int).tolist() == [1, 3, 6, 8, 11, 13, 16, 18, 21, 23, 26, 28]
    assert sorted(run.snapshots()) == [3, 8, 13, 18, 23, 28]  # 5, 10 and so on are over
    assert sorted(run.sheet_files()) == [1, 3, 8, 18, 28]  # the first 4 epochs, then 10, 20 and 30


def test_scores_go_with_the_numbers_that_they_are_of(results):
    run = run_in(results)
    known = snapshots.scored(run)
    run.rescore(mx.cpu())
    assert snapshots.scored(run) == []
    snapshots.score([run])
    assert snapshots.scored(run) == known
    train("cgan", "smoke", 0, (*TINY[:1], "epochs=6", *TINY[2:]), run.folder, mx.cpu(), 1, "lines")  # made longer
    assert snapshots.scored(run) == []


def test_damaged_snapshots_are_one_sentence(results):
    run = run_in(results)
    for content in ("[]", "{}", '{"snapshots": [{"epoch": 2}]}', '{"snapshots": [3]}'):
        (run.folder / SNAPSHOT_SCORES).write_text(content, encoding="utf-8")
        with pytest.raises(Damaged, match=r"snapshots.json is damaged; delete it and run the command again"):
            snapshots.scored(run)
    (run.folder / SNAPSHOT_SCORES).unlink()
    run.snapshots()[2].write_bytes(b"")
    with pytest.raises(Damaged, match=r"epoch-0002.params is damaged"):
        snapshots.score([run])


def course(fid, hours=None, seeds=1):
    fid = np.array(fid, float)
    epoch = 10 * (1 + np.arange(len(fid)))
    hours = epoch / 100 if hours is None else np.array(hours)
    return Course("A method", epoch, hours, 10 - fid / 20, fid, 0.9 * fid, 1.1 * fid, seeds)


@pytest.mark.parametrize(
    ("fid", "enough", "best"),
    [
        ([100, 50, 20, 10, 9, 8], 3, 5),  # 95 % of 92 is had at 12.6
        ([100, 13, 40, 8], 3, 3),
        ([100, 12, 40, 8], 1, 3),  # reached once, whatever comes after
        ([100, 5, 8], 1, 1),  # the best does not count for it
        ([10, 8, 12], 0, 1),
        ([10, 10], 0, 0),
    ],
)
def test_enough_is_where_95_percent_of_the_improvement_is_had(fid, enough, best):
    assert (course(fid).enough, course(fid).best) == (enough, best)


def test_what_is_had_within_a_time_is_the_last_snapshot_before_it_is_over():
    found = course([30, 20, 10], hours=[0.3, 0.6, 0.9])
    assert [found.within(hours) for hours in (0.1, 0.3, 0.7, 8)] == [None, 0, 1, 2]


def test_page_and_figures_are_made_of_the_scored_snapshots(results):
    page = training_length.write(ThesisResults(results))
    first, last = snapshots.scored(run_in(results))
    began, took = (f"{3600 * record['hours']:.0f} s" for record in (first, last))
    cell = f"epoch 4, {took}: IS {last[IS]:.2f}, FID {last[FID]:.1f}"
    lines = (results / training_length.FILE).read_text(encoding="utf-8").splitlines()
    assert page.markdown.splitlines() == lines
    (row,) = (line for line in lines if line.startswith("| CGAN"))
    assert row.endswith(f"| {cell} |") and row.startswith(
        f"| CGAN | epoch 2, {began}: IS {first[IS]:.2f}, FID {first[FID]:.1f} |"
    )
    assert any("the run's own clock shared out by its steps" in line for line in lines)
    for file in training_length.CAPTIONS:
        assert min(Image.open(str(results / "figures" / file)).size) > 300


def test_what_is_had_within_a_time_is_told_of_trainings_that_outlast_the_shortest(results, monkeypatch):
    trained = [course([30, 20, 10], hours) for hours in ([0.05, 0.1, 0.16], [0.1, 0.9, 2], [0.5, 0.9, 2])]
    tables, dashes = [], []
    for found in trained:
        monkeypatch.setattr(training_length, "courses", lambda results, found=found: [found])
        page = training_length.read(ThesisResults(results))
        tables.append([table.rows for table in page.tables])
        dashes.append("A dash: the first snapshot is of a later time." in page.notes)
    (short,), (_, had), (_, late) = tables
    assert late[0][1] == "–" and dashes == [False, False, True]
    assert short[0][-1] == "epoch 30, 10 min: IS 9.50, FID 10.0"
    cells = ["epoch 10, 6 min: IS 8.50, FID 30.0", "epoch 20, 54 min: IS 9.00, FID 20.0", "epoch 30, 2.0 h: IS 9.50, FID 10.0"]
    assert had == [["A method", *cells]]


def test_time_is_that_of_the_steps_as_measured_alone_where_they_were_measured_at_this_width(results):
    times = json.loads(json.dumps(WHOLE["times"]))
    times.update(width=2, batch_size=32)
    (results / "times.json").write_text(json.dumps(times), encoding="utf-8")
    found = ThesisResults(results)
    (of_cgan,) = training_length.courses(found)
    # Medians 20.5 and 30.5 ms; 20 and 40 steps of each.
    np.testing.assert_allclose(of_cgan.hours, np.array([20, 40]) * 51 / 3.6e6)
    assert "each as long as it took alone on one thread of a processor" in training_length.read(found).markdown
    disturbed = json.loads(json.dumps(times))
    disturbed["methods"]["wgan"]["share_of_time"] = [0.5, 0.6]
    for other in ({**times, "width": 32}, disturbed):
        (results / "times.json").write_text(json.dumps(other), encoding="utf-8")
        (of_cgan,) = training_length.courses(ThesisResults(results))
        assert of_cgan.hours[1] == pytest.approx(run_in(results).metrics["minutes"] / 60, rel=1e-5)


def test_seeds_are_averaged_where_all_have_the_snapshot(results, monkeypatch):
    runs = results / "runs"
    shutil.copytree(str(runs / "cgan-seed0"), str(runs / "cgan-seed1"))
    other = runs / "cgan-seed1" / SNAPSHOT_SCORES
    content = json.loads(other.read_text(encoding="utf-8"))
    content["snapshots"][1][FID] += 10
    other.write_text(json.dumps(content), encoding="utf-8")
    (runs / "cgan-seed1" / "SHA256SUMS").unlink()
    for name in ("config.json", "metrics.json"):
        path = runs / "cgan-seed1" / name
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "seed": 1}), encoding="utf-8")
    (of_cgan,) = training_length.courses(ThesisResults(results))
    last = snapshots.scored(run_in(results))[1][FID]
    assert of_cgan.seeds == 2
    np.testing.assert_allclose([of_cgan.fid[1], of_cgan.low[1], of_cgan.high[1]], [last + 5, last, last + 10])
    printed = {}
    monkeypatch.setattr(training_length.style, "save", lambda figure, path, lines: printed.update({path.name: lines}))
    training_length.write(ThesisResults(results))
    *_, settings, seeds = printed[training_length.FID_BY_TIME]
    assert settings.startswith("cgan-seed0: ") and seeds.startswith("Means over 2 seeds; ")
    assert printed[training_length.SCORES_BY_EPOCH] == [settings, seeds]


def test_training_time_is_drawn_in_minutes_where_it_is_short():
    for factor, unit, shown in ((1, "minutes", [6, 12, 18]), (10, "hours", [1, 2, 3])):
        (axis,) = training_length.fid_by_time([course([9, 8, 7], hours=factor * np.array([0.1, 0.2, 0.3]))]).axes
        assert axis.get_xlabel() == f"training time on one thread ({unit})"
        np.testing.assert_allclose(axis.lines[0].get_xdata(), shown)


def test_runs_that_diverged_are_named(results):
    write_run(results, "wgan", 0, status="diverged: a loss was nan")
    assert "Left out for divergence: wgan-seed0." in training_length.read(ThesisResults(results)).notes


def test_nothing_is_made_where_there_are_no_snapshots(results):
    training_length.write(ThesisResults(results))
    assert (results / "figures" / training_length.FID_BY_TIME).exists()
    (results / "runs" / "cgan-seed0" / SNAPSHOT_SCORES).unlink()
    assert training_length.write(ThesisResults(results)) is None
    assert not (results / training_length.FILE).exists()
    assert not (results / "figures" / training_length.FID_BY_TIME).exists()  # of snapshots that were there before


def test_figures_and_claims_score_what_is_not_scored_yet(results, monkeypatch):
    path = results / "runs" / "cgan-seed0" / SNAPSHOT_SCORES
    monkeypatch.setattr(claims, "write", lambda results: [])
    path.unlink()
    assert main(["claims", "--results", str(results)]) == 0
    assert path.exists() and len(Results(results).runs) == 1
