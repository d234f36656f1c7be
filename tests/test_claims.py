"""The claims together: how a verdict is said, and claims.json and claims.md as they are made of a folder of results."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import write_run
from made_up_evidence import (
    FALLING,
    FALLS,
    RISES_FIRST,
    RISING,
    TUNED,
    beside_the_table,
    collapsing,
    courses,
    critics,
    first_epochs,
    judged,
    obeying,
    rivals,
    scored,
    standing_still,
    steadiness,
    timed,
)

from thesis_gan.data import mnist
from thesis_gan.data.images import grid
from thesis_gan.data.picture_files import write_picture
from thesis_gan.reproduction import quality_by_epoch
from thesis_gan.reproduction.claims import base, ranking
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.claims.base import NOT_SUPPORTED, SUPPORTED, UNDECIDED, Evidence
from thesis_gan.reproduction.claims.page import CLAIMS
from thesis_gan.reproduction.table1 import FID, IS
from thesis_gan.reproduction.thesis_results import ThesisResults

# By claim: evidence that supports it, and evidence that contradicts it.
FOR_AND_AGAINST = {
    "1": (Evidence(scored((5, 6, 7), (30, 20, 10))), Evidence(scored((7, 6, 5), (10, 20, 30)))),
    "2": (Evidence(steadiness(0.5, 0.1, 0.1)), Evidence(steadiness(0.1, 0.1, 0.9))),
    "3": tuple(
        Evidence(runs, quality=of_samples)
        for runs, of_samples in (courses(RISING, FALLING, FALLING), courses(FALLING, RISING, RISING))
    ),
    "4": (Evidence(first_epochs(RISES_FIRST, FALLS)), Evidence(first_epochs(FALLS, RISES_FIRST))),
    "5": tuple(
        Evidence({**TUNED, **beside_the_table(*accuracy, seeds=3)}, perfect=standing_still())
        for accuracy in ((0.9, 0.97, 0.99), (0.5, 0.6, 0.7))
    ),
    "6": (Evidence({}, toy=critics()), Evidence({}, toy=critics(clipped=(1.0, 2.0)))),
    "7": (Evidence({}, times=timed(20, 20, 40)), Evidence({}, times=timed(20, 2, 2))),
    "8": (Evidence(obeying(0.98, 0.97, 0.96)), Evidence(obeying(0.1, 0.2, 0.1))),
    "9": tuple(Evidence(rivals(*distances), perfect=standing_still()) for distances in ((20, 10), (10, 20))),
    "10": (Evidence(collapsing(1.5, 0.5, 0.5, 0.5)), Evidence(collapsing(0.5, 1.5, 1.5, 1.5))),
}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.id}")
def test_every_claim_can_be_supported_and_can_be_contradicted(claim):
    supports, contradicts = (claim.judge(evidence) for evidence in FOR_AND_AGAINST[claim.id])
    assert (supports.verdict, contradicts.verdict) == (SUPPORTED, NOT_SUPPORTED)


@pytest.mark.parametrize(
    ("p", "said"), [(0.998, "above 0.5"), (1.0, "above 0.5"), (0.5, "0.5"), (0.04134, "0.0413"), (1e-9, "below 1e-6")]
)
def test_p_is_printed_where_its_digits_mean_something(p, said):
    assert base.as_p(p) == said


def test_undecided_claim_says_how_many_seeds_would_decide_it():
    """Steps of 1.6 deviations, 3 seeds: t = 1.6 / sqrt(2 / 3), p = 0.06."""
    runs = scored((100, 101.6, 110), (1000, 900, 800), spread=1.0)
    verdict, evidence = judged(ranking.order_of_scores, runs)
    assert verdict == UNDECIDED
    assert evidence.endswith(
        "If the means and deviations seen are the true ones, 6 seeds of each would show it with a probability of 80 %."
    )
    against = scored((100, 98.4, 110), (1000, 900, 800), spread=1.0)
    assert re.search(r", \d+ seeds of each would speak against it with", judged(ranking.order_of_scores, against).evidence)
    level = scored((100, 100, 110), (1000, 900, 800), spread=1.0)
    assert judged(ranking.order_of_scores, level).evidence.endswith("not even 1,000 seeds of each would decide it.")


def test_every_claim_is_there_once_in_order():
    assert [claim.id for claim in CLAIMS] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.id}")
def test_every_claim_is_open_without_runs_and_says_why(claim):
    verdict, evidence = judged(claim.judge, {})
    assert verdict == UNDECIDED
    assert evidence.endswith(".")


def test_claims_are_written_from_the_finished_runs_of_a_folder(tmp_path):
    for seed in range(3):
        write_run(tmp_path, "cgan", seed, label_accuracy=0.99 - 0.01 * seed, num_samples=1000, generator_steps=3000)
    write_run(tmp_path, "cgan", 3, status="diverged: a loss was not finite by generator step 1200", generator_steps=1200)
    write_run(tmp_path, "cgan", 0, name="cgan-wide-seed0", label_accuracy=0.1, num_samples=1000, generator_steps=3000)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "fig05_cgan_digits.png").write_bytes(b"")
    claims.write(ThesisResults(tmp_path))
    records = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    verdicts = {record["id"]: record["verdict"] for record in records}
    assert verdicts.pop("8") == SUPPORTED
    assert set(verdicts.values()) == {UNDECIDED}
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    for record in records:
        assert f"## {record['id']}: {record['verdict']}\n\n**{record['claim']}** ({record['source']})" in text
        for part in ("argument", "evidence", "rule"):
            assert len(record[part]) > 20
            assert record[part] in text
    assert records[7]["figures"] == ["figures/fig05_cgan_digits.png"]
    assert "](figures/fig05_cgan_digits.png)" in text
    assert records[5]["figures"] == []


def test_claims_read_the_experiments_and_the_comparisons_beside(tmp_path):
    results = tmp_path / "quick"
    write_run(results, "dcgan", 0, generator_steps=3000, minutes=1.0, passes=1.0, **{IS: 5.0, FID: 10.0})
    history = "epoch,passes,critic_loss,accuracy\n1,1,1,0.5\n"
    (results / "runs" / "dcgan-seed0" / "history.csv").write_text(history, encoding="utf-8")
    (results / "toy.json").write_text(json.dumps(critics()), encoding="utf-8")
    for seed in range(3):
        for name, kl in (("gan", 1.5), ("lsgan", 0.5), ("wgan", 0.5), ("rsgan", 0.5)):
            numbers = {"class_kl": kl + 0.01 * seed, "modes_found": 5, FID: 10.0 + seed}
            write_run(tmp_path / "collapse", name, seed, generator_steps=1500, **numbers)
    verdicts = {record["id"]: record["verdict"] for record in claims.write(ThesisResults(results))}
    assert (verdicts["6"], verdicts["10"]) == (SUPPORTED, SUPPORTED)


def test_run_too_short_to_draw_digits_says_nothing_of_any_claim(tmp_path):
    write_run(tmp_path, "cgan", 0, label_accuracy=0.99, num_samples=1000, generator_steps=claims.MINIMUM_STEPS - 1)
    assert {record["verdict"] for record in claims.write(ThesisResults(tmp_path))} == {UNDECIDED}
    assert "Left out for fewer than 1000 generator steps: cgan-seed0." in (tmp_path / "claims.md").read_text(encoding="utf-8")


def test_quality_is_measured_once_from_the_sheets_and_kept(tmp_path, monkeypatch):
    digits = np.random.RandomState(0).randint(0, 256, (64, 28, 28, 1)).astype(np.uint8)
    np.testing.assert_array_equal(quality_by_epoch.cut(grid(digits, 8), 28), digits)
    sheets = {epoch: tmp_path / f"epoch-{epoch:04d}.png" for epoch in (1, 2)}
    for epoch, path in sheets.items():
        write_picture(path, grid(np.full_like(digits, 10 * epoch), 8))
    run = SimpleNamespace(name="wgan-seed0", folder=tmp_path, sheet_files=lambda: sheets, history={"epoch": [3.0]})
    (tmp_path / "history.csv").write_text("epoch\n3\n", encoding="utf-8")
    assert quality_by_epoch.measure(tmp_path, [run]) == {}
    sheets[3] = tmp_path / "epoch-0003.png"
    write_picture(sheets[3], grid(mnist.load("test").images[:64], 8))
    found = quality_by_epoch.measure(tmp_path, [run])
    assert list(found["wgan-seed0"]) == ["1", "2", "3"]
    assert found["wgan-seed0"]["3"] < 0.5 * found["wgan-seed0"]["1"]
    monkeypatch.setattr(quality_by_epoch, "MNISTFeatures", None)
    assert quality_by_epoch.measure(tmp_path, [run]) == found
    kept = dict(sheets)
    sheets.clear()
    assert quality_by_epoch.measure(tmp_path, [run]) == found == quality_by_epoch.read(tmp_path)
    monkeypatch.undo()
    sheets.update(kept)
    write_picture(sheets[1], grid(mnist.load("test").images[:64], 8))
    run.history = {"epoch": [4.0]}  # another run in its place, of as many epochs
    again = quality_by_epoch.measure(tmp_path, [run])["wgan-seed0"]
    assert again["1"] == again["3"] == found["wgan-seed0"]["3"]


def test_runs_that_diverged_count_against_claim_2_and_are_named(tmp_path):
    """Of a table's row: not one beside the table."""
    results = tmp_path / "smoke"
    history = "epoch,passes,critic_loss,accuracy,wasserstein\n1,1,1,0.5,1\n"
    for name, spread in (("dcgan", 0.5), ("wgan", 0.1), ("wgan-gp", 0.1)):
        for seed in range(3):
            write_run(results, name, seed, generator_steps=3000, **{IS: 5.0, FID: 100 * float(np.exp(spread * (seed - 1)))})
            (results / "runs" / f"{name}-seed{seed}" / "history.csv").write_text(history, encoding="utf-8")
    for seed, name in ((3, None), (0, "wgan-plain5-seed0")):
        write_run(results, "wgan", seed, name=name, status="diverged: a loss was nan")
    claim = {each["id"]: each for each in claims.write(ThesisResults(results))}["2"]
    assert claim["verdict"] == UNDECIDED and "3 seeds, 1 diverged; wgan-gp: FID" in claim["evidence"]
    page = (results / "claims.md").read_text(encoding="utf-8")
    assert "Left out for divergence: wgan-plain5-seed0, wgan-seed3." in page
