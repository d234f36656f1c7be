"""Points in the plane in the place of images: trained by the same loop, scored by what is known of them, drawn."""

import numpy as np
import pytest
from helpers import InterruptAt, assert_same_arrays, initialised, method_of, settings_of, write_run
from PIL import Image

from thesis_gan import cli, methods
from thesis_gan import data as datasets
from thesis_gan._compat import mx
from thesis_gan.comparison import images as comparison
from thesis_gan.comparison import points as points_table
from thesis_gan.data.array_files import load_array
from thesis_gan.data.points import Mixture, Points
from thesis_gan.errors import UserError
from thesis_gan.metrics.point_scores import evaluate_points, mode_shares
from thesis_gan.networks.points import PointCritic, PointGenerator, ToyCritic
from thesis_gan.networks.weights import parameters, to_arrays
from thesis_gan.reproduction import report, table1, thesis_figures
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import Run
from thesis_gan.streams import Streams
from thesis_gan.training import plane_picture
from thesis_gan.training.display import Progress
from thesis_gan.training.loop import Interrupted, Training
from thesis_gan.training.steps import Steps

pytestmark = pytest.mark.numeric

DATA = [name for name in datasets.names() if isinstance(datasets.find(name), Points)]
MIXTURES = [name for name in DATA if datasets.find(name).mixture]
TINY = ("width=1", "batch_size=16", "train_images=64")
SIZE = (560, 480)


def on(data, name, *overrides):
    """The method on these points; one told labels is told none."""
    return method_of(name, f"data={data}", "conditional=no", *overrides)


def data_of(method, seed=0):
    return method.data.training_images(method.settings.train_images, seed)


def test_data_are_digits_faces_or_points():
    assert datasets.names() == ["mnist", "faces", *DATA] == ["mnist", "faces", "8gaussians", "25gaussians", "swissroll"]


def test_training_points_follow_the_seed():
    first, again, other = (datasets.find("swissroll").training_images(50, seed) for seed in (0, 0, 1))
    assert (first.images.dtype, first.images.shape, first.labels.tolist()) == (np.float32, (50, 2), [0] * 50)
    np.testing.assert_array_equal(first.images, again.images)
    assert not np.isin(first.images, other.images).any()


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", methods.names())
def test_every_method_trains_on_points_without_a_nan(name, data):
    method = on(data, name, *TINY)
    steps = Steps(method, data_of(method), 0, mx.cpu())
    assert (type(steps.generator), type(steps.critic)) == (PointGenerator, PointCritic)
    before = to_arrays(steps.generator)
    for step in range(3):
        for numbers in (steps.critic_step(step), steps.generator_step(step)):
            assert all(np.isfinite(array.asscalar()) for array in numbers.values()), numbers
    for network in (steps.generator, steps.critic):
        assert all(np.isfinite(array).all() for array in to_arrays(network).values())
    assert any(not np.array_equal(before[key], array) for key, array in to_arrays(steps.generator).items())


@pytest.mark.parametrize("norm", ["batch", "layer", "spectral", "none"])
def test_critic_of_points_has_every_normalisation(norm):
    method = on("8gaussians", "lsgan", f"critic_norm={norm}", *TINY)
    steps = Steps(method, data_of(method), 0, mx.cpu())
    kinds = [type(layer).__name__ for layer in steps.critic.layers]
    dense = "SpectralDense" if norm == "spectral" else "Dense"
    normal = {"batch": ["BatchNorm"], "layer": ["LayerNorm"]}.get(norm, [])
    assert kinds == [dense, "LeakyReLU", *2 * [dense, *normal, "LeakyReLU"], dense]
    assert np.isfinite(steps.critic_step(0)["critic_loss"].asscalar())


@pytest.mark.parametrize("norm", ["layer", "spectral", "none"])
def test_tangent_pass_of_the_critic_is_its_derivative(norm):
    critic = initialised(ToyCritic(4, 8, norm=norm), None)
    x = mx.nd.array(datasets.find("swissroll").draw(Streams(0).at("x", 0), 20))
    x.attach_grad()
    with mx.autograd.record():
        score = critic(x)
    score.backward()
    v = mx.nd.array(Streams(0).normal("v", 0, (20, 2)))
    _, residuals = critic.forward_pass(x)
    expected = (x.grad * v).sum(axis=1, keepdims=True).asnumpy()
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(critic.tangent_pass(v, residuals).asnumpy(), expected, rtol=1e-4, atol=1e-6)


def test_settings_of_points_stand_over_the_profiles_and_under_the_command_line():
    digits, settings = settings_of("dcgan"), settings_of("dcgan", "data=swissroll", "batch_size=17")
    assert (digits.data, digits.architecture, digits.critic_norm, digits.batch_size) == ("mnist", "dcgan", "batch", 32)
    assert (settings.architecture, settings.critic_norm, settings.z_size, settings.batch_size) == ("mlp", "none", 2, 17)
    assert settings.to_json()["architecture"]["origin"].startswith("paper: Gulrajani et al. 2017")
    assert settings_of("sngan", "data=swissroll").critic_norm == "spectral"
    assert settings_of("wgan-gp-ln", "data=swissroll").critic_norm == "layer"


@pytest.mark.parametrize(
    ("name", "overrides", "complaint"),
    [
        (
            "dcgan",
            ["data=8gaussian"],
            "There is no data set '8gaussian'; did you mean 8gaussians\\? .* mnist, faces, 8gaussians, 25gaussians, swissroll",
        ),
        ("dcgan", ["data=swissroll", "architecture=dcgan"], "architecture=dcgan is for images; data=swissroll needs mlp"),
        ("dcgan", ["data=swissroll", "precision=bfloat16"], "precision=bfloat16 is for architecture=dcgan, not mlp"),
        ("dcgan", ["data=8gaussians", "conditional=yes"], "conditional=yes needs labels, and data=8gaussians has none"),
        ("cgan", ["data=8gaussians"], "conditional=yes needs labels, and data=8gaussians has none; add --set conditional=no"),
    ],
)
def test_what_points_have_not_is_refused(name, overrides, complaint):
    with pytest.raises(UserError, match=complaint):
        settings_of(name, *overrides)


def test_penalty_refuses_batch_norm_on_points_too():
    with pytest.raises(UserError, match="set critic_norm to none or layer"):
        on("8gaussians", "wgan-gp", "critic_norm=batch").critic()


@pytest.mark.parametrize("name", MIXTURES)
def test_mixtures_are_those_that_are_drawn(name):
    mixture, drawn = datasets.find(name).mixture, datasets.find(name).draw(Streams(0).at("drawn", 0), 20000)
    nearest = np.linalg.norm(drawn[:, None] - mixture.centres, axis=2).argmin(axis=1)
    np.testing.assert_allclose(np.bincount(nearest) / 20000, 1 / len(mixture.centres), rtol=0.15)
    assert (drawn - mixture.centres[nearest]).std() == pytest.approx(mixture.deviation, rel=0.02)


def test_mode_shares_are_of_the_points_within_three_deviations_of_the_nearest_centre():
    mixture = Mixture(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 0.1)
    some = [[0.29, 0], [0, -0.2], [0.31, 0], [0.5, 0], [1.0, 0.299], [5, 5], [0.25, 0.25], [0, 0.9]]
    np.testing.assert_allclose(mode_shares(np.array(some), mixture), [2 / 8, 1 / 8, 1 / 8])


def test_scores_of_points_made_by_hand():
    """Of 10 points of 8 Gaussians, half are at one centre, four at the next, one far away: a tenth of 1/8 is passed by any."""
    centres = datasets.find("8gaussians").mixture.centres
    scores = evaluate_points(np.concatenate([centres[[0] * 5 + [1] * 4], [[9.0, 9.0]]]), datasets.find("8gaussians"))
    assert (scores["modes_found"], scores["modes"], scores["high_quality_share"]) == (2, 8, pytest.approx(0.9))
    assert (scores["num_samples"], scores["distance_samples"], scores["reference"]) == (10, 10, "8gaussians")
    one_each = np.concatenate([np.repeat(centres, 100, axis=0), centres[:1].repeat(8000, axis=0)])
    assert evaluate_points(one_each, datasets.find("8gaussians"))["modes_found"] == 1  # 100 of 8,800 are less than 1/80 ...
    assert evaluate_points(one_each[:7900], datasets.find("8gaussians"))["modes_found"] == 8  # ... but not of 7,900


@pytest.mark.parametrize("data", DATA)
def test_real_points_score_as_real_points_do(data):
    scores = evaluate_points(datasets.find(data).draw(Streams(7).at("others", 0), 4000), datasets.find(data))
    assert scores["wasserstein_distance"] == pytest.approx(scores["wasserstein_distance_real"], rel=0.5)
    assert 0 < scores["wasserstein_distance_real"] < 0.15
    assert scores["distance_samples"] == 1000
    if data in MIXTURES:
        # Within three deviations of the centre of a Gaussian in the plane: 1 - exp(-9/2).
        assert scores["high_quality_share"] == pytest.approx(1 - np.exp(-4.5), abs=0.005)
        assert scores["modes_found"] == scores["modes"] == int(data.replace("gaussians", ""))
    else:
        assert not {"modes_found", "modes", "high_quality_share"} & set(scores)


def test_points_moved_away_are_as_far_as_they_were_moved():
    moved = datasets.find("swissroll").draw(Streams(0).at("reference points", 0), 1000) + np.array([3, 4], np.float32)
    assert evaluate_points(moved, datasets.find("swissroll"))["wasserstein_distance"] == pytest.approx(5, rel=1e-6)


def test_surface_has_x_along_its_columns_and_y_along_its_rows():
    critic = initialised(ToyCritic(2, 4))
    scores = plane_picture.surface(critic, mx.cpu(), cells=5)
    np.testing.assert_allclose(scores.axis, [-2, -1, 0, 1, 2])
    assert scores.values[3, 0] == pytest.approx(critic(mx.nd.array([[-2, 1]])).asscalar(), rel=1e-6)
    assert scores.values.shape == (5, 5)


def test_picture_shows_both_kinds_of_points_on_the_surface():
    """Three pixels know it: the middle of the axes is white but for what is drawn there."""
    nowhere, middle = np.full((1, 2), 9.0), np.zeros((1, 2))
    alone = plane_picture.picture("", nowhere, nowhere)
    assert (alone.shape, alone.dtype) == ((*SIZE[::-1], 3), np.uint8)
    for real, generated in ((middle, nowhere), (nowhere, middle)):
        assert (plane_picture.picture("", real, generated) != alone).any(axis=2).sum() in range(4, 100)
    axis = np.linspace(-2, 2, 9)
    on_surface = plane_picture.picture("", nowhere, nowhere, plane_picture.Surface(axis, np.add.outer(axis, axis)))
    assert on_surface.shape == alone.shape
    assert (on_surface != alone).any(axis=2).mean() > 0.3


@pytest.mark.filterwarnings("error", "ignore:.*deprecated")  # what libraries say of each other is not meant
@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_critic_that_is_flat_or_lost_leaves_the_points_alone(value):
    some, axis = np.zeros((3, 2)), np.linspace(-2, 2, 9)
    flat = plane_picture.picture("", some, some, plane_picture.Surface(axis, np.full((9, 9), value)))
    np.testing.assert_array_equal(flat, plane_picture.picture("", some, some))


@pytest.mark.parametrize("name", ["wgan-gp", "dcgan", "sngan"])
def test_interrupted_and_resumed_run_equals_an_uninterrupted_one_bit_for_bit(name, tmp_path):
    def training(folder):
        folder.mkdir(exist_ok=True)
        method = on("8gaussians", name, *TINY, "generator_steps=6")
        return Training(method, data_of(method), 0, folder, mx.cpu())

    whole = training(tmp_path / "whole")
    whole.run(Progress("", 0))
    with pytest.raises(Interrupted):
        training(tmp_path / "parts").run(InterruptAt(epoch=1))
    resumed = training(tmp_path / "parts")
    assert 0 < resumed.generator_steps < 6
    resumed.run(Progress("", 0))
    for network in ("generator", "critic"):
        assert_same_arrays(*(to_arrays(getattr(run.steps, network)) for run in (resumed, whole)))
    files = ["history.csv", "curve.csv", "generator.params", *(f"samples/epoch-000{epoch}.png" for epoch in (1, 2))]
    for file in files:
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes(), file


def test_order_of_the_optimizers_parameters_does_not_depend_on_what_was_made_before():
    """Gluon numbers the layers that a process makes: the third critic has those from dense8 to dense11."""
    orders = []
    with mx.name.NameManager():
        for _ in range(3):
            method = on("8gaussians", "dcgan", *TINY)
            steps = Steps(method, data_of(method), 0, mx.cpu())
            names = {parameter.name: name for name, parameter in parameters(steps.critic).items()}
            orders.append([names[parameter.name] for parameter in steps.critic_trainer._params])
    assert "dense10_weight" in names and orders[0] == orders[1] == orders[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run as the command line makes it, alone in its folder of results."""
    folder = tmp_path_factory.mktemp("results") / "runs" / "wgan-gp-seed0"
    command = ["train", "wgan-gp", "--profile", "smoke", "--progress", "json", "--output", str(folder)]
    for setting in ("data=8gaussians", *TINY, "generator_steps=3", "num_samples=300"):
        command += ["--set", setting]
    assert cli.main(command) == 0
    assert cli.main(command) == 0  # it is done already
    return Run(folder)


def test_run_records_its_scores_beside_what_it_cost(run):
    record = run.metrics
    assert (record["status"], record["generator_steps"], record["critic_steps"]) == ("finished", 3, 15)
    expected = evaluate_points(run.evaluation_samples(mx.cpu()), datasets.find("8gaussians"))
    assert {name: record[name] for name in expected} == expected
    assert (record["num_samples"], record["distance_samples"]) == (300, 300)
    assert run.complete and run.history["wasserstein"].shape == (3,)


def test_every_epoch_has_its_picture(run):
    pictures = sorted((run.folder / "samples").iterdir())
    assert [path.name for path in pictures] == [f"epoch-000{epoch}.png" for epoch in (1, 2, 3)]
    assert {Image.open(str(path)).size for path in pictures} == {SIZE}


def test_sample_writes_points_as_an_array_and_as_a_picture(run, tmp_path, capsys):
    for file in ("x.npz", "x.png"):
        assert cli.main(["sample", str(run.folder), "--count", "20", "--output", str(tmp_path / file)]) == 0
        assert f"20 points are in {tmp_path / file}" in capsys.readouterr().out
    written = load_array(tmp_path / "x.npz")
    assert (written.dtype, written.shape) == (np.float32, (20, 2))
    np.testing.assert_array_equal(written, run.sample(20, mx.cpu()))
    assert Image.open(str(tmp_path / "x.png")).size == SIZE


def test_animation_has_a_frame_for_each_epoch(run, tmp_path):
    assert cli.main(["animate", str(run.folder), "--output", str(tmp_path / "x.gif")]) == 0
    with Image.open(str(tmp_path / "x.gif")) as animation:
        assert (animation.size, animation.n_frames) == ((SIZE[0], SIZE[1] + 14), 3)


def test_rescore_gives_the_same_scores_and_the_table_of_points(run, capsys):
    before = run.metrics
    results = run.folder.parents[1]
    assert cli.main(["rescore", "--results", str(results)]) == 0
    assert run.metrics == before
    assert "# Points in the plane" in capsys.readouterr().out
    (results / "points.md").unlink()


def test_comparison_puts_runs_on_points_side_by_side(run, capsys):
    results = run.folder.parents[1]
    assert cli.main(["comparison", "--results", str(results)]) == 0
    text = (results / "points.md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    distance = run.metrics["wasserstein_distance"]
    assert f"| wgan-gp-seed0 | 8gaussians | finished | {distance:.3f} | " in text
    assert not (results / "comparison.md").exists()
    header, row = (results / "points.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), row.split(",")))
    assert (cells["method"], cells["data"], float(cells["wasserstein_distance"])) == ("wgan-gp", "8gaussians", distance)


@pytest.mark.parametrize("command", ["table", "figures", "report", "claims", "store"])
def test_what_the_thesis_has_is_of_mnist_and_says_so_where_there_are_only_points(command, run, capsys):
    assert cli.main([command, "--results", str(run.folder.parents[1])]) == 2
    assert (
        "is on MNIST, which the thesis is about; `thesis-gan comparison` puts runs on any data side by side."
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "command",
    [
        ["interpolate", "{run}", "--output", "x.png"],
        ["evaluate", "{run}"],
        ["evaluate", "mnist-test", "--reference", "{run}"],
        ["sample", "{run}", "--count", "5", "--labels", "1", "--output", "x.png"],
    ],
)
def test_what_only_images_have_is_refused_in_a_sentence(command, run, capsys):
    assert cli.main([part.format(run=run.folder) for part in command]) == 2
    complaint = capsys.readouterr().err
    assert "is a run on 8gaussians, and this is for images" in complaint or "is not told labels" in complaint


def test_columns_are_for_images(run, tmp_path, capsys):
    sheet = ["sample", str(run.folder), "--count", "9", "--output", str(tmp_path / "x.png")]
    assert cli.main([*sheet, "--columns", "3"]) == 2
    assert f"--columns is for images, and {run.folder} makes points; leave it out." in capsys.readouterr().err
    assert cli.main(sheet) == 0


SCORES = {
    "inception_score_mean": 5.0,
    "frechet_inception_distance": 200.0,
    "features": "mnist",
    "weights_sha256": "0" * 64,
    "num_samples": 500,
    "reference": "mnist-test",
}


def test_runs_on_points_are_left_out_of_what_is_made_of_images_and_named(tmp_path, monkeypatch):
    results = tmp_path / "smoke"
    (results / "figures").mkdir(parents=True)
    write_run(results, "lsgan", 0, **SCORES)
    write_run(results, "dcgan", 0, overrides=("data=8gaussians",), wasserstein_distance=0.5)
    write_run(tmp_path / "s1", "dcgan", 0, overrides=("data=8gaussians",), wasserstein_distance=0.5)
    monkeypatch.setattr(table1, "real_scores", lambda results: {**SCORES, **dict.fromkeys(table1.FIDELITY_KEYS, 0.5)})
    of_thesis = ThesisResults(results)
    assert [run.name for run in of_thesis.runs] == ["lsgan-seed0"]
    table = table1.write(of_thesis)
    text = table.markdown
    assert "| LSGAN |" in text and "- dcgan-seed0 is left out: it is on 8gaussians." in text
    assert len(thesis_figures.write(of_thesis)) == len(thesis_figures.FIGURES)  # a sentence for each that has no run
    judged = claims.write(of_thesis)
    assert len(judged) == len(claims.CLAIMS)
    report.write(of_thesis, table, judged)
    assert "dcgan-seed0: settings" not in (results / "report.html").read_text(encoding="utf-8")
    monkeypatch.setattr(comparison, "pictures", lambda results: {})
    assert "| LSGAN |" in comparison.write(Results(results)).markdown
    assert "| dcgan-seed0 | 8gaussians | finished | 0.500 | 30 |" in points_table.write(Results(results)).markdown


def test_short_training_brings_the_points_to_the_data():
    method = on("8gaussians", "wgan-gp", "width=4", "batch_size=64", "train_images=2000", "generator_steps=150")
    steps = Steps(method, data_of(method), 0, mx.cpu())

    def distance():
        z = mx.nd.array(Streams(1).uniform("z", 0, (500, method.settings.z_size), low=-1.0))
        return evaluate_points(steps.generator(z).asnumpy(), datasets.find("8gaussians"))["wasserstein_distance"]

    before = distance()
    for step in range(150):
        for critic_step in range(5):
            steps.critic_step(5 * step + critic_step)
        steps.generator_step(step)
    assert before > 0.9
    assert distance() < 0.5 * before
