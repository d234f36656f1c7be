"""A run as a folder: made by training and scoring, read by the table, the figures and the claims."""

import contextlib
import math
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.config import CLASSES, KINDS, PROFILES, Settings, resolve
from thesis_gan.data import mnist, toy
from thesis_gan.data.images import grid, one_hot, read_picture
from thesis_gan.errors import Damaged, UserError
from thesis_gan.lock import hold
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.metrics.evaluate import evaluate
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.points import evaluate_points
from thesis_gan.networks import load_weights
from thesis_gan.streams import Streams
from thesis_gan.training.budget import budget
from thesis_gan.training.history import read_csv
from thesis_gan.training.longer import LENGTH, why_not
from thesis_gan.training.loop import SNAPSHOTS, Diverged, Training, differences, refuse_differences
from thesis_gan.training.progress import for_stream
from thesis_gan.training.sampling import SHEET_COLUMNS, balanced_labels, draw_z, line, sample
from thesis_gan.training.sheets import among_real

REFERENCE = "mnist-test"
FINISHED = "finished"
SUMS = "SHA256SUMS"  # of a finished run's files, as sha256sum writes and checks them
REMEDY = "start the same run again, which makes it anew from the last checkpoint"
MOVE = "If it is this run's, move it away and start the same run again; if not, use another folder"
SUMMED = ("config.json", "history.csv", "curve.csv", "generator.params")
SNAPSHOT = f"{SNAPSHOTS}/epoch-*.params"


def train(
    method_name: str,
    profile: str,
    seed: int,
    overrides: Sequence[str],
    folder: Path,
    context: mx.Context,
    threads: int,
    progress: str,
) -> "Run":
    """Train one method in ``folder``, or go on with it, or do nothing if it is done; sample and score it.

    A finished run of which a file is damaged is finished anew from its last checkpoint. From there on, a run is also made longer,
    where no setting depends on its length.

    Raises UserError if the folder holds a run of other settings or another process trains in it, Interrupted if training
    was stopped.
    """
    config, settings = describe(method_name, profile, seed, overrides, threads)
    if refuse_another(folder, config) and Run(folder).complete:
        return Run(folder)
    data = _training_data(settings, seed)
    with hold(folder):
        if refuse_another(folder, config) and Run(folder).complete:  # by another process since
            return Run(folder)
        for part in (folder, folder / "samples", folder / SNAPSHOTS):
            files.sweep(part)
        return _train(config, settings, data, folder, context, progress)


def _training_data(settings: Settings, seed: int) -> mnist.LabelledImages:
    """The first of MNIST's digits, or points drawn from the seed, as many as the setting train_images says."""
    if KINDS[settings.data] == "points":
        return toy.training_points(settings.data, Streams(seed), settings.train_images)
    return mnist.LabelledImages(*(array[: settings.train_images] for array in mnist.load("train")))


def _train(
    config: Dict[str, Any], settings: Settings, data: mnist.LabelledImages, folder: Path, context: mx.Context, progress: str
) -> "Run":
    training = Training(methods.find(config["method"])(settings), data, config["seed"], folder, context)
    for sentence in training.warnings:
        print(f"thesis-gan: {sentence}", file=sys.stderr)
    for name in ("metrics.json", SUMS, "generator.params"):  # of a run that was finished, until it is so again
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()
    files.write_json(folder / "config.json", config)
    run = Run(folder)
    display = for_stream(progress, run.name, budget(settings).generator_steps, training.generator_steps)
    status = FINISHED
    try:
        training.run(display)
    except Diverged as diverged:
        status = f"diverged: {diverged}"
    finally:
        display.close()
    run.score(training, status, context)
    return run


def describe(
    method_name: str, profile: str, seed: int, overrides: Sequence[str], threads: int
) -> Tuple[Dict[str, Any], Settings]:
    """What a run's config.json says, and its settings. Raises UserError for unknown names and bad values."""
    settings = resolve(methods.find(method_name), profile, overrides)
    config = {"method": method_name, "seed": seed, "profile": profile, "threads": threads, "settings": settings.to_json()}
    return config, settings


def refuse_another(folder: Path, config: Dict[str, Any]) -> bool:
    """Whether ``folder`` holds the run of ``config``; it does not where it holds one that is to be made longer.

    Raises UserError, naming the differences, if it holds another.
    """
    if not (folder / "config.json").exists():
        return False
    saved, settings = Run(folder), Settings.from_json(config["settings"])
    changed = differences({key: config[key] for key in ("method", "seed", "profile", "threads")}, saved.config)
    if not changed and not settings.differences(saved.settings, but=LENGTH) and settings.differences(saved.settings):
        why = why_not(saved.method(settings), saved.settings)
        if why:
            raise UserError(f"{folder} holds this run, but {why}; choose another --output.")
        return False
    refuse_differences(folder, changed + settings.differences(saved.settings))
    return True


class Run:
    """A run's folder, read when asked."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError if ``folder`` holds no run, Damaged if its config.json is not as it was written."""
        self.folder = Path(folder)
        if not (self.folder / "config.json").exists():
            raise UserError(f"{self.folder} is not the folder of a run: it has no config.json.")
        path = self._verified("config.json")
        try:
            self.config = files.read_json(path)
        except Damaged:
            raise Damaged(files.unreadable(path) or f"{path} is damaged or another program's. {MOVE}.") from None
        try:
            self.method = methods.find(self.config["method"])
            self.settings = Settings.from_json(self.config["settings"], self.method)
            self.seed, self.profile, self.threads = (self.config[key] for key in ("seed", "profile", "threads"))
            numbers = {type(number) for number in (self.seed, self.threads)}
            if self.profile not in PROFILES or numbers != {int} or self.seed < 0 or self.threads < 1:
                raise ValueError
        except UserError as error:
            raise Damaged(f"{path} is damaged or another program's ({error}) {MOVE}.") from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Damaged(f"{path} is damaged or another program's. {MOVE}.") from None

    @property
    def name(self) -> str:
        """The folder's own name, e.g. ``wgan-gp-seed0``."""
        return self.folder.name

    @property
    def complete(self) -> bool:
        """Whether training has ended, its scores are written, and all files are as they were written."""
        try:
            self.verify()
        except UserError:
            return False
        return True

    @property
    def metrics(self) -> Dict[str, Any]:
        """The run's record in metrics.json. Raises Damaged if it is not as it was written."""
        record = files.read_json(self.folder / "metrics.json")
        if not _is_record(record):
            raise Damaged(f"{self.folder / 'metrics.json'} is damaged; delete it and start the run again to score it anew.")
        return record

    @property
    def kind(self) -> str:
        """What the run's generator makes: "images" or "points"."""
        return KINDS[self.settings.data]

    @property
    def in_table(self) -> bool:
        """Whether the run is a row of the table: one of a method's seeds, in the folder that its profile gives it."""
        return self.name == f"{self.config['method']}-seed{self.seed}"

    @property
    def history(self) -> Dict[str, np.ndarray]:
        """Columns of history.csv: means over each epoch. Raises Damaged if it is not as it was written."""
        return read_csv(self._verified("history.csv"))

    @property
    def curve(self) -> Dict[str, np.ndarray]:
        """Columns of curve.csv: means over short windows of steps. Raises Damaged if it is not as it was written."""
        return read_csv(self._verified("curve.csv"))

    def check_images(self) -> None:
        """Raises UserError for a run whose generator makes points, where only images will do."""
        if self.kind != "images":
            raise UserError(f"{self.folder} is a run on {self.settings.data}, and this is for images; name a run on mnist.")

    def verify(self) -> None:
        """Raises Damaged for the first file that is not as it was written, UserError if the run has not finished."""
        for name in self._sums():
            self._verified(name)
        _ = self.metrics

    def _verified(self, name: str) -> Path:
        path, sums = self.folder / name, self._sums()
        if name in sums and not path.exists():
            raise Damaged(f"{path} is missing; {REMEDY}.")
        if name in sums and files.sha256(path) != sums[name]:
            raise Damaged(f"{path} is damaged (its SHA-256 is not the one in {SUMS}); {REMEDY}.")
        return path

    def _sums(self) -> Dict[str, str]:
        """SHA-256 by file; none for a run that has not finished, or is from before there were any."""
        path = self.folder / SUMS
        if not path.exists():
            return {}
        sums = dict(reversed(line.split("  ", 1)) for line in files.read_text(path).splitlines() if "  " in line)
        if not sums or any(name not in SUMMED and not fnmatch(name, SNAPSHOT) for name in sums):
            raise Damaged(f"{path} is damaged; delete it and start the same run again.")
        return sums

    def sample(
        self, count: int, context: mx.Context, labels: Optional[np.ndarray] = None, stream: str = "sample z"
    ) -> np.ndarray:
        """``count`` images uint8 (N, H, W, C), or points float32 (N, 2), of the trained generator, the same each time.

        labels: int (count,) for a method that uses them, by default 0 to 9 in turn.
        Raises UserError if labels are given to a method that uses none.
        """
        method = self.method(self.settings)
        if labels is not None and not method.uses_labels:
            raise UserError(f"{self.config['method']} is not told labels; leave --labels out.")
        if labels is None and method.uses_labels:
            labels = balanced_labels(count)
        return self._generate(self._draw_z(stream, count), labels, context)

    def interpolate(self, rows: int, steps: int, context: mx.Context, between_labels: bool = False) -> np.ndarray:
        """Images uint8 (rows, steps, H, W, C) on the way from one z to another; the same each time.

        A method told labels draws the digit of the row's number on the way. between_labels: z stands still, and each row goes
        from its digit to the next (9 to 0).  Raises UserError for such a way of a method that is told none, and for points.
        """
        self.check_images()
        told = self.method(self.settings).uses_labels
        if between_labels and not told:
            raise UserError(f"{self.config['method']} is not told labels; leave --between labels out.")
        first, last = (self._draw_z(f"interpolation z {end}", rows) for end in ("first", "last"))
        z = line(first, first if between_labels else last, steps)
        labels = None
        if told:
            digits = balanced_labels(rows)
            ends = (one_hot(digits, CLASSES), one_hot((digits + between_labels) % CLASSES, CLASSES))
            labels = line(*ends, steps).reshape((rows * steps, CLASSES))
        images = self._generate(z.reshape((rows * steps, -1)), labels, context)
        return images.reshape((rows, steps, *images.shape[1:]))

    def sheets(self) -> Dict[int, np.ndarray]:
        """The run's sheets of samples, uint8 (H, W, C), by epoch from 1. Raises UserError if there is none."""
        paths = sorted((self.folder / "samples").glob("epoch-*.png"))
        if not paths:
            raise UserError(f"{self.folder} has no sheets of samples; train the run again to have one per epoch.")
        return {int(path.stem.split("-")[1]): read_picture(path) for path in paths}

    def snapshots(self) -> Dict[int, Path]:
        """Files of the generator's weights by epoch from 1, where the setting snapshot_epochs kept some."""
        return {int(path.stem.split("-")[1]): path for path in sorted(self.folder.glob(SNAPSHOT))}

    def picture(self, samples: np.ndarray) -> np.ndarray:
        """Samples as :meth:`sample` gives them -> uint8 (H, W, C): images in rows of 8, points over real ones."""
        if self.kind == "points":
            return among_real(self.method(self.settings), Streams(self.seed), samples)
        return grid(samples, min(SHEET_COLUMNS, len(samples)))

    def _draw_z(self, stream: str, count: int) -> np.ndarray:
        return draw_z(Streams(self.seed), stream, count, self.settings.z_size)

    def generator(self, context: mx.Context, precision: Optional[str] = None) -> mx.gluon.HybridBlock:
        """The trained generator. precision: "float32" or "bfloat16", by default the one in which it was trained.

        Raises UserError if the run has not finished, Damaged if its weights are not as they were written.
        """
        settings = self.settings.to_json()
        if precision is not None:
            settings["precision"]["value"] = precision
        generator = self.method(Settings.from_json(settings)).generator()
        load_weights(generator, self._verified("generator.params"), context)
        return generator

    def _generate(self, z: np.ndarray, labels: Optional[np.ndarray], context: mx.Context) -> np.ndarray:
        generator = self.generator(context)
        generator.hybridize(static_alloc=True)
        return sample(generator, z, labels, context)

    def evaluation_samples(self, context: mx.Context) -> np.ndarray:
        """What is scored: ``num_samples`` images, classes in turn, or points, as :meth:`sample` gives them."""
        return self.sample(self.settings.num_samples, context, stream="evaluation z")

    def evaluate(self, context: mx.Context, features: Optional[FeatureNetwork] = None) -> Dict[str, Any]:
        """Scores of ``num_samples`` images of the generator against MNIST's test set, by default in the classifier's features.

        Those of points, against their distribution, are of the points themselves.
        """
        images = self.evaluation_samples(context)
        if self.kind == "points":
            return evaluate_points(images, self.settings.data)
        labels = balanced_labels(len(images)) if self.method(self.settings).uses_labels else None
        return evaluate(images, mnist.load("test").images, REFERENCE, features or MNISTFeatures(), labels)

    def rescore(self, context: mx.Context) -> None:
        """Score a finished run anew, without training, and write its metrics.json with what it cost as before."""
        record = self.metrics
        if record["status"] == FINISHED:
            files.write_json(self.folder / "metrics.json", {**record, **self.evaluate(context)})

    def score(self, training: Training, status: str, context: mx.Context) -> None:
        """Write metrics.json, the run's last file: its status, what it cost and, if it finished, its scores.

        Before it, SHA256SUMS of the files that are read again.
        """
        record = {
            "run": self.name,
            "method": self.config["method"],
            "seed": self.seed,
            "status": status,
            "generator_steps": training.generator_steps,
            "critic_steps": training.critic_steps,
            "passes": training.passes(),
            "minutes": training.seconds / 60,
        }
        if status == FINISHED:
            record.update(self.evaluate(context))
        present = [name for name in SUMMED if (self.folder / name).exists()]
        present += [path.relative_to(self.folder).as_posix() for path in self.snapshots().values()]
        files.write_text(self.folder / SUMS, "".join(f"{files.sha256(self.folder / name)}  {name}\n" for name in present))
        files.write_json(self.folder / "metrics.json", record)


def find_runs(results: Path, kind: str = "images") -> List[Run]:
    """All scored runs on images, or points, under ``results``, in the order of the table, then by seed, but :func:`left_out`.

    Raises UserError if there is none.
    """
    runs = [run for run in all_runs(results) if run.kind == kind]
    if not runs:
        raise UserError(f"No run in {results} is on {kind}; `thesis-gan comparison` puts those there side by side.")
    return runs


def all_runs(results: Path) -> List[Run]:
    """As :func:`find_runs`, on images and on points."""
    runs, damaged = _read_runs(results)
    if damaged and not runs:
        raise UserError(next(iter(damaged.values())))
    if not runs:
        raise UserError(f"{results} holds no finished runs; start ./run_all.sh, or name another folder with --results.")
    return sorted(runs, key=lambda run: (run.method.order, run.name.rsplit("-seed")[0], run.seed))


def left_out(results: Path) -> List[str]:
    """A sentence for each run under ``results`` that is not on images, has not finished, or whose files are damaged."""
    unfinished = [path.parent for path in (Path(results) / "runs").glob("*/config.json")]
    unfinished = sorted(folder.name for folder in unfinished if not (folder / "metrics.json").exists())
    runs, damaged = _read_runs(results)
    return [
        *(f"{name} has not finished." for name in unfinished),
        *(f"{name} is left out: {why}" for name, why in damaged.items()),
        *(f"{run.name} is left out: it is on {run.settings.data}." for run in runs if run.kind != "images"),
    ]


def _read_runs(results: Path) -> Tuple[List[Run], Dict[str, str]]:
    runs: List[Run] = []
    damaged: Dict[str, str] = {}
    for path in sorted((Path(results) / "runs").glob("*/metrics.json")):
        try:
            run = Run(path.parent)
            run.verify()
        except UserError as error:
            damaged[path.parent.name] = str(error)
        else:
            runs.append(run)
    return runs, damaged


def _is_record(record: Any) -> bool:
    """Whether this is a run's record: a status, what it cost, and no number that is not finite."""
    if not isinstance(record, dict) or not isinstance(record.get("status"), str):
        return False
    costs = [record.get(name) for name in ("seed", "generator_steps", "critic_steps", "passes", "minutes")]
    numbers = [number for number in record.values() if isinstance(number, float)]
    return all(type(cost) in (int, float) for cost in costs) and all(map(math.isfinite, numbers))


def finished_runs(results: Path) -> Dict[str, Run]:
    """Runs that ended without diverging, by name."""
    return {run.name: run for run in find_runs(results) if run.metrics["status"] == FINISHED}
