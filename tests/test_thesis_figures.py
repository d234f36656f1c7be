"""Every figure can be looked at alone: axes, units, legend, settings; in grey, and without red-green vision."""

import itertools
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import colors
from PIL import Image
from test_snapshots import course

from thesis_gan.comparison import images as comparison
from thesis_gan.comparison.profiles import S1_COMPARISON
from thesis_gan.reproduction import other_data, thesis_figures, training_length
from thesis_gan.reproduction.store import STORED
from thesis_gan.reproduction.studies import clipping, clipping_figures, perfect_discriminator_figure
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs import figure_style as style
from thesis_gan.training import plane_picture

# Of linear RGB, for complete dichromacy: Machado, Oliveira and Fernandes 2009, severity 1.0.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # sRGB, IEC 61966-2-1
LEAST_LIGHTNESS, LEAST_DIFFERENCE = 15, 20  # in CIE L*, and in CIE 1976 delta E, between any two series


def lab(color, vision="normal"):
    """CIE L*a*b* of a colour as it looks to such eyes."""
    rgb = np.array(colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(VISIONS[vision]) @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_lightness_and_difference_are_the_known_ones():
    np.testing.assert_allclose(lab("white"), [100, 0, 0], atol=0.02)
    np.testing.assert_allclose(lab("red"), [53.24, 80.09, 67.20], atol=0.05)
    np.testing.assert_allclose(lab("0.5")[0], 53.39, atol=0.05)
    seen = {vision: np.linalg.norm(lab("#ff0000", vision) - lab("#807f00", vision)) for vision in VISIONS}
    assert seen["normal"] > 2 * max(seen["protanopia"], seen["deuteranopia"])


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(len(style.STYLES)), 2)))
def test_any_two_series_differ_in_grey_without_red_green_vision_and_in_line_and_marker(first, second):
    one, other = style.STYLES[first], style.STYLES[second]
    assert abs(lab(one["color"])[0] - lab(other["color"])[0]) > LEAST_LIGHTNESS
    for vision in VISIONS:
        assert np.linalg.norm(lab(one["color"], vision) - lab(other["color"], vision)) > LEAST_DIFFERENCE, vision
    assert one["linestyle"] != other["linestyle"] and one["marker"] != other["marker"]


def test_every_series_stands_out_from_the_paper():
    assert all(lab("white")[0] - lab(look["color"])[0] > LEAST_LIGHTNESS for look in style.STYLES)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """(figure, small print) by file name, of every figure that the package draws: smoke's, and those of the experiments."""
    folder, found = tmp_path_factory.mktemp("drawn"), {}
    (folder / "runs").symlink_to(STORED / "smoke" / "runs")
    save = style.save

    def keep(figure, path, small_print):
        save(figure, path, small_print)
        found[path.name] = (figure, small_print)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "save", keep)
        results = ThesisResults(folder)
        assert thesis_figures.write(results) == []
        evidence = {
            name: json.loads((STORED / "quick" / f"{name}.json").read_text(encoding="utf-8")) for name in ("toy", "perfect")
        }
        clipping_figures.draw(folder / "figures", list(surfaces(evidence["toy"])), evidence["toy"])
        perfect_discriminator_figure.draw(folder / "figures", evidence["perfect"])
        of_snapshots = [
            course([90 / (1 + place), 30, 10 + place], seeds=1 + place)._replace(title=run.method.title)
            for place, run in enumerate(results.in_table)
        ]
        runs = results.in_table
        lines = [style.settings_line(run) for run in runs]
        style.save(comparison.side_by_side(runs), folder / S1_COMPARISON.picture, lines)
        style.save(other_data.losses(runs), folder / "figures" / other_data.LOSSES, lines)
        draws = {
            training_length.FID_BY_TIME: training_length.fid_by_time,
            training_length.SCORES_BY_EPOCH: training_length.scores_by_epoch,
        }
        for file, draw in draws.items():
            style.save(draw(of_snapshots), folder / "figures" / file, lines)
    assert all(min(Image.open(str(folder / "figures" / name)).size) > 200 for name in set(found) - {S1_COMPARISON.picture})
    return found


def test_estimate_of_a_long_run_has_its_beginning_and_all_of_it_each_on_an_axis(monkeypatch):
    """260 epochs, as the thesis trains: after ten the estimate is a fiftieth of what it was, and has to be seen all the same."""
    passes = np.linspace(0.1, 260, 2600)
    epochs = np.arange(1.0, 261)
    run = ThesisResults(STORED / "smoke").finished["wgan-seed0"]

    def estimate(at):
        return 0.1 + 5 * np.exp(-at)

    for name, at in (("curve", passes), ("history", epochs)):
        monkeypatch.setattr(type(run), name, {"passes": at, "wasserstein": estimate(at)})
    beginning, whole = thesis_figures.estimate_by_epoch(run).axes
    for axis, last in ((beginning, 10), (whole, 260)):
        np.testing.assert_allclose(axis.lines[1].get_xdata()[-1], last, atol=0.11)
    assert beginning.get_ylim()[1] > 4 and 0.1 < whole.get_ylim()[1] < 0.12


def surfaces(evidence):
    """Of made-up critics: the scores of the trained ones are not kept."""
    axis = np.linspace(-2, 2, 9)
    for record in evidence["critics"]:
        yield clipping.Surface(record, plane_picture.Surface(axis, np.hypot(*np.meshgrid(axis, axis))), np.zeros((5, 2)))


FILES = [figure.file for figure in thesis_figures.FIGURES]
FILES += [
    other_data.LOSSES,
    *clipping_figures.CAPTIONS,
    *perfect_discriminator_figure.CAPTIONS,
    S1_COMPARISON.picture,
    *training_length.CAPTIONS,
]


def test_every_figure_is_looked_at(drawn):
    assert sorted(drawn) == sorted(FILES)


@pytest.mark.parametrize("file", FILES)
def test_figure_has_labelled_axes_or_titled_sheets(drawn, file):
    figure, _ = drawn[file]
    for axis in filter(lambda axis: axis.axison, figure.axes):
        if axis.get_label() == "<colorbar>":
            assert axis.get_ylabel()
            continue
        # Axes side by side, or one above the other, that share a scale may share its label.
        for share, label in (("x", "get_xlabel"), ("y", "get_ylabel")):
            siblings = getattr(axis, f"get_shared_{share}_axes")().get_siblings(axis)
            assert any(getattr(sibling, label)() for sibling in siblings), (share, axis.get_title())
    for axis in filter(lambda axis: not axis.axison, figure.axes):
        assert bool(axis.get_title()) == bool(axis.images)


@pytest.mark.parametrize("file", FILES)
def test_figure_has_a_legend_where_there_is_more_than_one_line_and_no_line_without_a_name(drawn, file):
    figure, _ = drawn[file]
    for axis in figure.axes:
        named = [line.get_label() for line in axis.lines if not line.get_label().startswith("_")]
        legend = axis.get_legend()
        assert (len(named) > 1) == (legend is not None)
        if legend is not None:
            assert [text.get_text() for text in legend.get_texts()] == named
        for line in set(axis.lines):
            if line.get_label() not in named:  # a level, e.g. 0 or log 2, or the data, which the figure's own title names
                level = len(set(line.get_ydata())) == 1 and (axis.texts or 0 in line.get_ydata())
                assert level or figure._suptitle


@pytest.mark.parametrize("file", FILES)
def test_lines_of_one_axis_are_told_apart_without_their_colour(drawn, file):
    figure, _ = drawn[file]
    for axis in figure.axes:
        looks = [
            (line.get_linestyle(), line.get_marker(), line.get_linewidth())
            for line in axis.lines
            if not line.get_label().startswith("_")
        ]
        assert len(set(looks)) == len(looks)


@pytest.mark.parametrize("file", FILES)
def test_figure_says_its_settings_in_small_print(drawn, file):
    figure, small_print = drawn[file]
    assert all(len(line) > 20 for line in small_print)
    (written,) = (text for text in figure.texts if text.get_fontsize() == style.SMALL_PRINT)
    assert written.get_text() == "\n".join(small_print)
    assert any(word in written.get_text() for word in ("learning rate", "Adam", "RMSProp"))


def test_surfaces_are_coloured_from_light_to_dark():
    shades = [lab(style.pyplot.get_cmap(plane_picture.SHADES)(place))[0] for place in np.linspace(0, 1, 20)]
    assert max(np.diff(shades)) < 0


def test_accuracy_is_shown_under_the_profiles_and_under_the_thesis_settings(drawn):
    figure, small_print = drawn["fig07_discriminator_accuracy.png"]
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["learning rate 0.004, non-saturating loss", "learning rate 0.0002, saturating loss"]
    assert [line.split(":")[0] for line in small_print] == ["dcgan-seed0", "dcgan-thesis-seed0"]


def test_marks_do_not_hide_a_curve_of_many_epochs(drawn):
    """Of the thesis's 260 epochs every seventh is marked, and the legend says so; of few every one."""
    for epochs, apart in ((6, 1), (39, 1), (260, 7)):
        columns = {"passes": np.arange(1.0, epochs + 1), "accuracy": np.linspace(0.5, 1, epochs)}
        figure, axis = style.pyplot.subplots()
        thesis_figures._curve(axis, SimpleNamespace(curve=columns, history=columns), "accuracy")
        line = axis.lines[1]
        assert line.get_markevery() == apart and len(line.get_xdata()) == epochs
        assert line.get_label() == "mean of the epoch" + (f", every {apart}th marked" if apart > 1 else "")
        style.pyplot.close(figure)


def test_figures_of_runs_that_are_gone_are_gone_and_those_of_stored_runs_stay(tmp_path):
    shutil.copytree(str(STORED / "smoke"), str(tmp_path / "smoke"))
    figures, runs = tmp_path / "smoke" / "figures", tmp_path / "smoke" / "runs"
    before = {path.name: path.read_bytes() for path in figures.iterdir()}
    for run in runs.iterdir():
        (run / "generator.params").unlink(missing_ok=True)
    shutil.rmtree(str(runs / "cgan-seed0"))
    record = json.loads((runs / "wgan-gp-seed0" / "metrics.json").read_text(encoding="utf-8"))
    diverged = json.dumps({**record, "status": "diverged: a loss was nan"})
    (runs / "wgan-gp-seed0" / "metrics.json").write_text(diverged, encoding="utf-8")
    said = thesis_figures.write(ThesisResults(tmp_path / "smoke"))
    assert f"fig05_cgan_digits.png needs cgan-seed0, which is not there ({tmp_path / 'smoke'})." in said
    assert any(line.startswith("fig13_wgan_wgan_gp_digits.png needs wgan-gp-seed0, which diverged") for line in said)
    gone = {line.split()[0] for line in said}
    assert gone == {"fig05_cgan_digits.png", "fig12_wgan_gp_estimate.png", "fig13_wgan_wgan_gp_digits.png", "fid_by_samples.png"}
    after = {path.name: path.read_bytes() for path in figures.iterdir()}
    assert set(before) - set(after) == gone
    for name in ("fig03_dcgan_digits.png", "fig08_dcgan_wgan_digits.png"):  # cannot be drawn anew
        assert after[name] == before[name]
