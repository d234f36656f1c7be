"""What is made of runs on other images than the thesis's digits: the comparison, real images in it, more pictures and a report.

Table 1, the thesis's figures and its claims are MNIST's, and are left out. (Fig. 4, of faces, is the samples side by side.)
"""

from typing import Dict, Optional, Sequence

import numpy as np

from thesis_gan import files
from thesis_gan.comparison import images
from thesis_gan.comparison.rows import Row
from thesis_gan.data.images import grid
from thesis_gan.data.picture_files import read_picture, titled, write_animation
from thesis_gan.errors import UserError
from thesis_gan.json_shape import conforms, is_text
from thesis_gan.metrics.evaluate import SLICED
from thesis_gan.metrics.scores import scores
from thesis_gan.reproduction import report
from thesis_gan.reproduction.board import making
from thesis_gan.runs import figure_style as style
from thesis_gan.runs.find import Results, finished
from thesis_gan.runs.run import NEAREST, Run
from thesis_gan.training.sampling import SHEET_COLUMNS

LOSSES = "losses.png"
REAL = "real.json"
NETWORK = "weights_sha256"  # in scores: of the feature network, if there was one
FEW_POINTS = 20
FRAMES = 20  # of an animation: S2's, which is stored, stays below a megabyte


def write(results: Results) -> str:
    """Write comparison.md and .csv, metrics.json, the pictures and report.html of the runs on images; returns the first.

    Raises UserError if these are on different data, or none is one of a method's seeds.
    """
    with making("the comparison"):
        page = images.write(results, real_images(results))
        files.write_json(results.folder / "metrics.json", [run.metrics for run in results.in_table])
        pictures = {f"figures/{file}": caption for file, caption in images.pictures(results).items()}
        pictures.update(_draw(results, [run for run in finished(results.in_table).values() if run.seed == 0]))
    with making("the report"):
        report.write(results, comparison=page, pictures=pictures)
    return page.markdown


def real_images(results: Results) -> Optional[images.RealImages]:
    """What training images score against those held out, kept in real.json, and some of these; None if they are not here."""
    data, path = results.images[0].data, results.folder / REAL
    known = files.read_json(path) if path.exists() else {}
    # As the runs are scored, which may be anew and by another network since.
    by = next((run.metrics[NETWORK] for run in results.images if NETWORK in run.metrics), None)
    if not conforms(known, {"sha256": is_text}) or (known["sha256"], known.get(NETWORK)) != (data.fingerprint(), by):
        try:
            training = data.load("train").images[: results.images[0].settings.num_samples]
            found = scores(data, np.ascontiguousarray(training), metrics=None if by else [SLICED])
            known = {**found, "sha256": data.fingerprint()}
        except UserError:  # they are no longer there, or too few
            return None
        files.write_json(path, known)
    row = Row("real", "Real images", {}, [{"status": "finished", **known}])
    try:
        some = data.load("test").images[: data.sheet_samples]
    except UserError:
        return images.RealImages(row)
    return images.RealImages(row, [("Real images, held out", grid(some, SHEET_COLUMNS))])


def _draw(results: Results, runs: Sequence[Run]) -> Dict[str, str]:
    """Draw the losses and an animation of each of these finished runs; returns captions of their pictures, by path."""
    if not runs:
        return {}
    style.save(losses(runs), results.folder / "figures" / LOSSES, [style.settings_line(run) for run in runs])
    captions = {f"figures/{LOSSES}": "Losses of critic and generator while they train."}
    for run in runs:
        frames = [titled(read_picture(file), f"epoch {epoch}") for epoch, file in run.sheet_files(FRAMES).items()]
        write_animation(results.folder / "figures" / f"{run.name}.webp", frames, 250)
        if (run.folder / NEAREST).exists():
            captions[f"runs/{run.name}/{NEAREST}"] = (
                f"{run.method.title}: a dozen samples, and below each the training images nearest to it, pixel by pixel."
            )
    return captions


def losses(runs: Sequence[Run]) -> "style.pyplot.Figure":
    """Of critics and of generators, against the generator's steps."""
    figure, axes = style.pyplot.subplots(1, 2, figsize=(10, 3.6))
    looks = style.STYLES if len(runs) <= len(style.STYLES) else ({},) * len(runs)  # else Matplotlib's ten colours
    for axis, name in zip(axes, ("critic_loss", "generator_loss")):
        for look, run in zip(looks, runs):
            steps, values = run.curve["generator_steps"], run.curve[name]
            marker = look.get("marker", ".") if len(steps) < FEW_POINTS else ""  # a single point is no line
            axis.plot(steps, values, label=run.method.title, **{"linewidth": 0.8, **look, "marker": marker})
        axis.set(xlabel="generator step", ylabel=name.replace("_", " "), title="means over some 50 critic steps")
        axis.legend()
    return figure
