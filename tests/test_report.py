"""The report's page: what is marked in its tables, its size, and all that moves, in a real browser."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import initialised, write_run
from PIL import Image

from thesis_gan._compat import mx
from thesis_gan.data.images import one_hot
from thesis_gan.networks.dcgan import DCGANGenerator
from thesis_gan.networks.mlp import MLPGenerator
from thesis_gan.reproduction import report, report_data, report_generators, table1
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.find import first_seeds
from thesis_gan.runs.run import Run
from thesis_gan.tables import Table
from thesis_gan.training.sampling import sample

ROOT = Path(__file__).resolve().parents[1]
QUICK = ROOT / "results" / "stored" / "quick"
AXE = ROOT / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("gpu", "quic", "background-networking", "component-update", "sync")
ARGUMENTS = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in QUIET)]
LINE = "document.querySelector('#plot canvas').toDataURL()"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The stored quick results, whose DCGAN and WGAN have a second, grey sheet of samples, of their first epoch."""
    folder = tmp_path_factory.mktemp("quick") / "results"
    shutil.copytree(str(QUICK), str(folder))
    for name in ("dcgan-seed0", "wgan-seed0"):
        Image.new("L", (224, 224), 90).save(str(folder / "runs" / name / "samples" / "epoch-0001.png"))
    return ThesisResults(folder)


def write(results):
    claims = json.loads((results.folder / "claims.json").read_text(encoding="utf-8"))
    report.write(results, table1.read(results), claims)
    return results.folder / "report.html"


@pytest.fixture(scope="module")
def path(results):
    return write(results)


def test_tables_mark_the_best_and_leave_out_empty_columns():
    table = Table(
        ["", "IS, ours", "FID, ours", "nothing", "minutes"],
        [
            ["A", "7.1 ± 0.2", "30", "–", "2"],
            ["B", "7.1", "4e1", "–", "1"],
            ["C", "6", "–", "–", "1"],
            ["real digits", "9", "1", "–", "–"],
        ],
    )
    shown = report.shown(table)
    assert shown.header == ["", "IS, ours", "FID, ours", "minutes"]
    assert [[cell.text for cell in row if cell.best] for row in shown.rows] == [["7.1 ± 0.2", "30"], ["7.1"], [], []]
    equal = report.shown(Table(["", "recall"], [["A", "0.00"], ["B", "0.00"]]))
    assert not any(cell.best for row in equal.rows for cell in row)


def test_settings_of_runs_that_differ_in_their_seeds_only_stand_once(tmp_path):
    for name, seeds in {"gan": (0, 1, 2), "wgan": (0, 2), "lsgan": (0,)}.items():
        for seed in seeds:
            write_run(tmp_path, name, seed)
    runs = [Run(path) for path in sorted((tmp_path / "runs").iterdir())]
    found = report.settings_of(runs)
    assert list(found) == ["gan, seeds 0 to 2", "lsgan-seed0", "wgan, seeds 0, 2"]
    assert found["gan, seeds 0 to 2"] == runs[0].settings.to_json()
    config = json.loads((runs[0].folder / "config.json").read_text(encoding="utf-8"))
    config["settings"]["learning_rate"]["value"] *= 2
    (runs[0].folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert list(report.settings_of([Run(runs[0].folder), *runs[1:3]])) == ["gan-seed0", "gan, seeds 1 to 2"]


def test_page_takes_as_many_generators_as_fit(results, path, monkeypatch):
    whole = path.read_text(encoding="utf-8")
    assert len(whole.encode()) < report.LIMIT
    limit = len(whole.encode()) - 1_000_000
    monkeypatch.setattr(report, "LIMIT", limit)
    less = write(results)
    assert "Not to draw here" not in whole
    text = less.read_text(encoding="utf-8")
    left_out = re.search(r"larger than 16 MiB: (.*?)\. <code>", text).group(1).split(", ")
    drawing = re.findall(r'"title":"([^"]*)","z":', text)
    assert sorted(drawing + left_out) == ["CGAN", "DCGAN", "WGAN", "WGAN-GP"] and drawing and left_out
    assert whole.count('"repeats":') == 4 and less.stat().st_size <= limit
    path.write_text(whole, encoding="utf-8")


# In the browser.


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("there is no Chromium here; .ci/run installs it where it may")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, path):
    """Opens the page; afterwards, nothing was said in its console, and no request left it."""
    contexts, said, asked = [], [], []

    def opened(**options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url[:100]))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()] * len(contexts)


def test_numbers_in_the_page_are_those_of_the_runs(visit, results):
    page = visit()
    header = page.locator("#table1 thead tr").locator("th, td").all_inner_texts()
    rows = {
        row[0]: dict(zip(header, row))
        for row in (each.locator("th, td").all_text_contents() for each in page.locator("#table1 tbody tr").all())
    }
    records = json.loads((results.folder / "metrics.json").read_text(encoding="utf-8"))
    titles = {run.name: run.method.title for run in results.runs}
    assert len(records) == 4
    for record in records:
        row = {name: cell.replace(" (best)", "") for name, cell in rows[titles[record["run"]]].items()}
        assert row["IS, ours"] == f"{record['inception_score_mean']:.2f}"
        assert row["FID, ours"] == f"{record['frechet_inception_distance']:.1f}"
        assert row["minutes"] == f"{record['minutes']:.1f}"
    drawn = json.loads(page.locator("#curves-data").text_content())
    for line in drawn["runs"]:
        history = next(run.history for run in results.runs if run.name == line["run"])
        assert line["numbers"]["critic_loss"] == pytest.approx(history["critic_loss"], rel=1e-5)


def test_slider_changes_the_digits_and_they_play_on_request(visit):
    page = visit()
    frame, slider = page.locator(".frame").first, page.locator("#moment")
    last = frame.screenshot()
    slider.press("Home")
    first = frame.screenshot()
    assert first != last
    assert "epoch 1," in frame.get_attribute("alt")
    page.locator("#play").click()
    page.get_by_role("button", name="Play").wait_for()  # it is called Stop while it plays
    assert frame.screenshot() == last


def test_generators_draw_in_the_page_what_gluon_draws(visit, results):
    page = visit()
    names = page.evaluate("generators.map((each) => each.run)")
    runs = {run.name: run for run in first_seeds(results.in_table)}
    assert names == list(runs)
    for place, run in enumerate(runs.values()):
        z = np.random.RandomState(place).uniform(-1, 1, (4, run.settings.z_size)).astype(np.float32)
        condition = one_hot(np.array([0, 3, 5, 9]), 10) if run.gan.uses_labels else None
        if condition is not None:
            condition[3] = 0.5 * condition[0] + 0.5 * condition[1]  # on the way from one digit to another
        expected = sample(run.generator(mx.cpu()), z, condition, mx.cpu())
        told = [[]] * 4 if condition is None else condition.tolist()
        drawn = page.evaluate(
            "([at, z, told]) => z.map((each, i) => Array.from(Generator.draw(generators[at], each, told[i])))",
            [place, z.tolist(), told],
        )
        assert np.std(drawn) > 20
        assert np.abs(np.reshape(drawn, expected.shape) - expected.astype(int)).max() <= 2, run.name


@pytest.mark.parametrize(("kind", "shape"), [(MLPGenerator, (1, 28, 28)), (DCGANGenerator, (3, 64, 64))])
def test_perceptrons_and_generators_of_colour_are_drawn_too(visit, kind, shape):
    generator = initialised(kind(10, 2, shape))
    z = np.random.RandomState(0).uniform(-1, 1, (3, 10)).astype(np.float32)
    expected = sample(generator, z, None, mx.cpu())
    stored = {"layers": report_generators.layers(generator)}
    drawn = visit().evaluate("([stored, z]) => z.map((each) => Array.from(Generator.draw(stored, each)))", [stored, z.tolist()])
    drawn = np.reshape(drawn, (3, *shape)).transpose(0, 2, 3, 1)
    assert np.std(expected) > 20 and np.abs(drawn - expected.astype(int)).max() <= 2


def test_canvas_follows_the_sliders_the_plane_and_the_digit(visit):
    page = visit()
    seen = []

    def look():
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen.append(page.evaluate("document.getElementById('drawn').toDataURL()"))

    look()
    page.locator("#across").press("End")
    look()
    page.locator("#plane").click(position={"x": 20, "y": 20})
    look()
    page.locator("#generator").select_option(label="CGAN")
    look()
    page.locator("#digit").select_option("7")
    look()
    page.locator("#way").press("End")
    look()
    assert len(set(seen)) == len(seen)


def test_curves_are_switched_off_and_tell_their_values(visit):
    page = visit()
    before = page.evaluate(LINE)
    page.locator("#groups input").first.uncheck()
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert page.evaluate(LINE) != before
    page.locator("#quantity").select_option("sheet_fid")
    page.locator("#plot .u-over").scroll_into_view_if_needed()
    page.locator("#plot .u-over").hover()
    values = page.locator("#plot .u-value").all_inner_texts()
    assert any(value.replace(".", "").isdigit() for value in values[1:])


def test_the_walk_stops_where_the_slider_is_taken(visit):
    page = visit()
    page.locator("#walk").click()
    page.wait_for_timeout(300)
    assert float(page.locator("#way").input_value()) > 0
    page.locator("#way").press("Home")
    assert page.get_by_role("button", name="Walk").is_visible()
    page.wait_for_timeout(150)
    assert page.locator("#way").input_value() == "0"
    page.locator("#walk").click()
    page.locator("#generator").select_option(index=1)
    assert page.get_by_role("button", name="Walk").is_visible()


def test_paper_has_the_whole_plot_and_what_is_folded_is_folded_again(visit):
    page = visit(viewport={"width": 1280, "height": 800})
    wide = page.locator("#plot .uplot").bounding_box()["width"]
    folded = page.locator("details:not([open])").count()
    assert folded > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("#plot .uplot").bounding_box()["width"] <= 660 < wide
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == folded
    assert page.locator("#plot .uplot").bounding_box()["width"] == wide


def test_without_scripts_nothing_stands_there_that_does_not_work(visit):
    page = visit(java_script_enabled=False)
    assert not page.locator("#draw").is_visible() and not page.locator("#curves").is_visible()
    assert "Without JavaScript" in page.locator("header").inner_text()
    assert page.locator("#table1 table").is_visible() and page.locator(".frame").first.is_visible()


def test_runs_under_other_settings_are_lines_of_their_own(tmp_path):
    for name, seed in (("dcgan-seed0", 0), ("dcgan-seed1", 1), ("dcgan-seed1-width-4", 1), ("mine", 3)):
        write_run(tmp_path, "dcgan", seed, name=name)
        history = "epoch,passes,generator_steps,critic_steps,critic_loss\n1,1,5,5,0.5\n"
        (tmp_path / "runs" / name / "history.csv").write_text(history, encoding="utf-8")
    runs = [Run(path) for path in sorted((tmp_path / "runs").iterdir())]
    lines = {line["run"]: line["group"] for line in report_data.curves(runs, tmp_path)["runs"]}
    assert lines == {"dcgan-seed0": "dcgan", "dcgan-seed1": "dcgan", "dcgan-seed1-width-4": "dcgan-width-4", "mine": "mine"}


def test_verdicts_lead_to_their_evidence_and_figures_are_large_on_click(visit, results):
    page = visit(viewport={"width": 1280, "height": 800})
    claims = json.loads((results.folder / "claims.json").read_text(encoding="utf-8"))
    assert page.locator("#verdicts .verdict").all_inner_texts() == [claim["verdict"] for claim in claims]
    missing = "[...document.querySelectorAll('a[href^=\"#\"]')].filter((a) => !document.getElementById(a.hash.slice(1))).length"
    assert page.evaluate(missing) == 0
    assert page.locator("#verdicts li").last.bounding_box()["y"] < 800  # all of it on the first screen
    page.locator("#verdicts a").nth(4).click()
    assert claims[4]["evidence"] in page.locator(":target").inner_text()
    page.locator(".enlarge").first.press("Enter")
    assert page.locator("dialog img").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog img").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_phone_and_axe_finds_nothing_serious(visit, scheme):
    page = visit(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if not AXE.exists():
        pytest.skip("axe-core is not here; .ci/run fetches it where there is npm")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
    assert serious == []
