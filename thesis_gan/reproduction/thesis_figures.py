"""The thesis's figures that are made of runs on MNIST, as figures/figNN_*.png, NN being the thesis's number."""

from typing import Callable, Dict, List, NamedTuple, Sequence

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.data.images import grid
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.metrics.evaluate import distances_by_count
from thesis_gan.reproduction.plan import THESIS, WGAN_PLAIN
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs import figure_style as style
from thesis_gan.runs.run import Run
from thesis_gan.streams import Streams
from thesis_gan.training.sampling import SHEET_COLUMNS, by_row_labels

FIRST_EPOCHS = 6  # thesis, Fig. 10
LONG, BEGINNING = 40, 10  # epochs: of more than LONG the fall in the beginning would flatten all that follows
ONE_AXIS = (6, 3.8)  # inches
MARKERS = 40  # more of them on a curve than these hide it
EPOCH = "epoch (passes of the critic over the data)"
ESTIMATE = "Wasserstein estimate\nE f(x) − E f(G(z)) (units of the score)"


class Figure(NamedTuple):
    """file: its name.  needs: names of its runs.  draw: makes it of them, in that order.  caption: for the report.

    takes: names of runs that it shows after those, where there are such.
    samples: whether the generators are needed, which stored results do not have.
    """

    file: str
    needs: Sequence[str]
    draw: Callable[..., "style.pyplot.Figure"]
    caption: str
    takes: Sequence[str] = ()
    samples: bool = False


def write(results: ThesisResults) -> List[str]:
    """Draw every figure whose runs are there. Returns one sentence for each that could not be drawn."""
    runs = results.finished
    missing = []
    for figure in FIGURES:
        path, lacking = results.folder / "figures" / figure.file, [name for name in figure.needs if name not in runs]
        if lacking:
            diverged = {run.name for run in results.runs} - set(runs)
            why = " and ".join(f"{name}, which {'diverged' if name in diverged else 'is not there'}" for name in lacking)
            missing.append(f"{figure.file} needs {why} ({results.folder}).")
            path.unlink(missing_ok=True)  # of runs that were there before
            continue
        used = [runs[name] for name in (*figure.needs, *figure.takes) if name in runs]
        if figure.samples and path.exists() and not all(run.has_generator for run in used):
            continue  # as results are stored
        style.save(figure.draw(*used), path, [style.settings_line(run) for run in used])
    return missing


def real_and(run: Run) -> "style.pyplot.Figure":
    """Fig. 3: real digits beside generated ones."""
    return style.sheets(["real digits (MNIST)", f"generated with {run.method.title}"], [_real_sheet(), _sheet(run)])


def side_by_side(*runs: Run) -> "style.pyplot.Figure":
    """Fig. 8 and 13: digits of several methods."""
    return style.sheets([f"generated with {run.method.title}" for run in runs], [_sheet(run) for run in runs])


def by_class(run: Run) -> "style.pyplot.Figure":
    """Fig. 5: digits 0 to 9, one class per row."""
    sheet = grid(run.sample(100, mx.cpu(), by_row_labels(len(mnist.MNIST.classes))), 10)
    figure = style.sheets([f"generated with {run.method.title}: row = digit asked for"], [sheet])
    axis = figure.axes[0]
    for digit in range(10):
        axis.text(-8, 28 * digit + 14, str(digit), ha="right", va="center")
    return figure


def accuracy_by_epoch(*runs: Run) -> "style.pyplot.Figure":
    """Fig. 7: the discriminator's share of right answers, an axis per run."""
    width = 6 if len(runs) == 1 else 4.5 * len(runs)
    figure, axes = style.pyplot.subplots(1, len(runs), figsize=(width, 3.8), sharey=True, squeeze=False)
    for place, (axis, run) in enumerate(zip(axes[0], runs)):
        settings = run.settings
        axis.set_title(f"learning rate {settings.learning_rate:g}, {settings.generator_loss} loss", fontsize=10)
        _curve(axis, run, "accuracy", place)
        axis.axhline(0.5, color="0.5", linewidth=0.8)
        axis.text(0.01, 0.505, "chance", fontsize=8, color="0.4", transform=axis.get_yaxis_transform())
        axis.set(ylim=(0.45, 1.02), xlabel="epoch (passes of the discriminator over the data)")
        axis.legend()
    axes[0, 0].set_ylabel(f"accuracy of {runs[0].method.title}'s discriminator\n(share of images)")
    return figure


def estimate_by_epoch(run: Run) -> "style.pyplot.Figure":
    """Fig. 9 and 12: the critic's estimate of the Wasserstein distance; of a long run its beginning, too, alone."""
    passes, estimate = run.curve["passes"], run.curve["wasserstein"]
    parts = [np.inf] if passes[-1] <= LONG else [BEGINNING, np.inf]
    figure, axes = style.pyplot.subplots(1, len(parts), figsize=ONE_AXIS if len(parts) == 1 else (9, 3.8), squeeze=False)
    for axis, until in zip(axes[0], parts):
        axis.set(title=run.method.title, xlabel=EPOCH)
        axis.axhline(0, color="0.5", linewidth=0.8)
        _curve(axis, run, "wasserstein", until=until)
        axis.legend()
    axes[0, 0].set_ylabel(ESTIMATE)
    if len(parts) > 1:
        later = estimate[passes > BEGINNING]
        reach = 0.1 * max(np.ptp(later), np.abs(later).max())
        axes[0, 0].set_title(f"{run.method.title}, the first {BEGINNING} epochs")
        ends = (min(0, later.min()) - reach, max(0, later.max()) + reach)
        axes[0, 1].set(title=f"all epochs, on the scale of those after {BEGINNING}", ylim=ends)
    return figure


def schedules(plain: Run, warmed_up: Run) -> "style.pyplot.Figure":
    """Fig. 10: the estimate in the first 6 epochs, (a) with 5 critic steps throughout, (b) with 30, 15 and 5."""
    figure, axes = style.pyplot.subplots(1, 2, figsize=(9, 3.8), sharey=True)
    titles = ("(a) 5 critic steps throughout", "(b) 30, 15, then 5 critic steps")
    for place, (axis, run, title) in enumerate(zip(axes, (plain, warmed_up), titles)):
        _curve(axis, run, "wasserstein", place, until=FIRST_EPOCHS)
        axis.set(title=title, xlabel=EPOCH, xlim=(0, FIRST_EPOCHS + 0.2))  # the last marker whole
        axis.axhline(0, color="0.5", linewidth=0.8)
        axis.legend()
    axes[0].set_ylabel(ESTIMATE)
    return figure


def distance_by_samples(run: Run) -> "style.pyplot.Figure":
    """FID against the number of samples, and the line by which it is extrapolated."""
    distances = distances_by_count(run.evaluation_samples(mx.cpu()), mnist.load("test").images, MNISTFeatures())
    figure, axis = style.pyplot.subplots(figsize=ONE_AXIS)
    axis.set(title=run.method.title, xlabel="generated samples N (axis in 1/N)", ylabel="FID (MNIST classifier's features)")
    axis.plot(
        1 / distances.counts, distances.distances, label="mean over 5 random subsets of N", **{**style.STYLES[0], "linestyle": ""}
    )
    ends = np.array([0, 1 / distances.counts[0]])
    line = {**style.STYLES[1], "marker": ""}
    axis.plot(ends, distances.limit + distances.slope * ends, label=f"line in 1/N; at N → ∞: {distances.limit:.1f}", **line)
    shown = distances.counts[[0, 1, 3, -1]]
    axis.set_xticks([0, *1 / shown], ["∞", *map(str, shown)])
    axis.legend()
    return figure


FIGURES = (
    Figure(
        "fig03_dcgan_digits.png", ["dcgan-seed0"], real_and, "Fig. 3: real digits, and digits generated with DCGAN.", samples=True
    ),
    Figure(
        "fig05_cgan_digits.png", ["cgan-seed0"], by_class, "Fig. 5: CGAN, the digits 0 to 9, one class per row.", samples=True
    ),
    Figure(
        "fig07_discriminator_accuracy.png",
        ["dcgan-seed0"],
        accuracy_by_epoch,
        "Fig. 7: accuracy of DCGAN's discriminator; where the profile's settings are not the thesis's, then under those too.",
        [f"{THESIS}-seed0"],
    ),
    Figure("fig08_dcgan_wgan_digits.png", ["dcgan-seed0", "wgan-seed0"], side_by_side, "Fig. 8: DCGAN and WGAN.", samples=True),
    Figure("fig09_wgan_estimate.png", ["wgan-seed0"], estimate_by_epoch, "Fig. 9: the Wasserstein estimate, WGAN."),
    Figure(
        "fig10_critic_schedules.png",
        [f"{WGAN_PLAIN}-seed0", "wgan-seed0"],
        schedules,
        "Fig. 10: the estimate in the first 6 epochs with 5 critic steps throughout, and with 30, 15 and 5.",
    ),
    Figure("fig12_wgan_gp_estimate.png", ["wgan-gp-seed0"], estimate_by_epoch, "Fig. 12: the Wasserstein estimate, WGAN-GP."),
    Figure(
        "fig13_wgan_wgan_gp_digits.png", ["wgan-seed0", "wgan-gp-seed0"], side_by_side, "Fig. 13: WGAN and WGAN-GP.", samples=True
    ),
    Figure(
        "fid_by_samples.png",
        ["wgan-gp-seed0"],
        distance_by_samples,
        "How FID depends on the number of generated samples (the reference stays the 10,000 test digits).",
        samples=True,
    ),
)


def _curve(axis, run: Run, name: str, place: int = 0, until: float = np.inf) -> None:
    """Means over epochs with markers, at epochs' ends, over the means of short windows of steps."""
    look = style.STYLES[place]
    fine, coarse = (_until(columns, until) for columns in (run.curve, run.history))
    whole = np.diff(coarse["passes"], prepend=0) > 0.1  # the last epoch may be a few steps only, and its mean means little
    apart = 1 + int(whole.sum()) // MARKERS
    thin = {"linewidth": 0.8, "alpha": 0.7} if apart == 1 else {"linewidth": 0.5, "alpha": 0.35}
    axis.plot(fine["passes"], fine[name], color=look["color"], label="mean of 50 or a few more steps", **thin)
    marked = f"mean of the epoch{'' if apart == 1 else f', every {apart}th marked'}"
    axis.plot(coarse["passes"][whole], coarse[name][whole], label=marked, markersize=5, markevery=apart, **look)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_locator(style.pyplot.MaxNLocator(integer=True))


def _until(columns: Dict[str, np.ndarray], passes: float) -> Dict[str, np.ndarray]:
    # An epoch ends with the round of critic steps in which the pass does, a little later.
    near = columns["passes"] <= passes + 0.1
    return {name: column[near] for name, column in columns.items()}


def _sheet(run: Run) -> np.ndarray:
    return grid(run.sample(mnist.MNIST.sheet_samples, mx.cpu()), SHEET_COLUMNS)


def _real_sheet() -> np.ndarray:
    images = mnist.load("train").images
    return grid(images[Streams(0).at("real sheet", 0).permutation(len(images))[: mnist.MNIST.sheet_samples]], SHEET_COLUMNS)
