"""A run as a folder: made by training and scoring, read by the table, the figures and the claims."""

import contextlib
import math
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence

import numpy as np

from thesis_gan import data as datasets
from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.data.images import grid, one_hot
from thesis_gan.data.picture_files import read_picture, write_picture
from thesis_gan.errors import Damaged, UserError
from thesis_gan.json_shape import conforms, is_number, is_text
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.inception_weights import weights_at_hand
from thesis_gan.metrics.nearest_images import nearest_images
from thesis_gan.metrics.scores import scores
from thesis_gan.networks.weights import load_weights
from thesis_gan.profiles import PROFILES
from thesis_gan.settings import CHANGES_NO_NUMBER, Settings
from thesis_gan.streams import Streams
from thesis_gan.training.event_file import EventFile
from thesis_gan.training.history import read_csv
from thesis_gan.training.longer import LENGTH
from thesis_gan.training.loop import SNAPSHOTS, Training
from thesis_gan.training.sample_sheet import picture
from thesis_gan.training.sampling import balanced_labels, draw_z, line, sample
from thesis_gan.training.tensorboard import write_finished

FINISHED = "finished"
SCORE = re.compile(r"\w+_(mean|std|distance|accuracy)|precision|recall|density|coverage")  # of metrics.json, one number each
RENAMED = {"digit_kl": "class_kl"}  # what older runs call their scores
SUMS = "SHA256SUMS"  # of a finished run's files, as sha256sum writes and checks them
REMEDY = "start the same run again, which makes it anew from the last checkpoint"
MOVE = "If it is this run's, move it away and start the same run again; if not, use another folder"
SUMMED = ("config.json", "history.csv", "curve.csv", "generator.params")
NEAREST = "nearest.png"
NEAREST_SHOWN, NEAREST_TO_EACH = 12, 3
WRITTEN = ("metrics.json", *SUMMED[1:], SUMS, "samples", SNAPSHOTS, NEAREST)  # what a run's folder holds beside config.json
SNAPSHOT = f"{SNAPSHOTS}/epoch-*.params"
SNAPSHOT_SCORES = "snapshots.json"  # see snapshots.py
INCEPTION_SCORES = "inception.json"  # see inception_columns.py
OF_GENERATOR = (SNAPSHOT_SCORES, INCEPTION_SCORES)  # made when they are wanted; gone with the numbers that they are of


class Run:
    """A run's folder, read when asked. method: its class.  gan: of it, with the run's settings and data."""

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
            # Runs from before there was such a record are on data that are known by their name.
            record = self.config.get("data")
            self.data = datasets.of(self.settings) if record is None else datasets.recorded(self.settings, record)
            self.gan = self.method(self.settings, self.data)
            if "trained_with" in self.config and not conforms(self.config["trained_with"], [{is_text: is_text}]):
                raise ValueError
            if self.profile not in PROFILES or numbers != {int} or self.seed < 0 or self.threads < 1:
                raise ValueError
        except UserError as error:
            raise Damaged(f"{path} is damaged or another program's ({error}) {MOVE}.") from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Damaged(f"{path} is damaged or another program's. {MOVE}.") from None

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @property
    def name(self) -> str:
        """The folder's own name, e.g. ``wgan-gp-seed0``."""
        return self.folder.name

    @property
    def group(self) -> str:
        """The name without its seed: that of all runs that differ in their seeds only, e.g. ``wgan-gp``."""
        return re.sub(rf"-seed{self.seed}(?!\d)", "", self.name)

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
        return {**with_todays_names(record), "run": self.name}  # the folder may have been renamed since

    @property
    def kind(self) -> str:
        """What the run's generator makes: "images" or "points"."""
        return self.data.kind

    @property
    def in_table(self) -> bool:
        """Whether the run is in a row of the table: one of a method's seeds, in the folder that its profile gives it."""
        return self.name == f"{self.config['method']}-seed{self.seed}"

    @property
    def history(self) -> Dict[str, np.ndarray]:
        """Columns of history.csv: means over each epoch. Raises Damaged if it is not as it was written."""
        return read_csv(self._verified("history.csv"))

    @property
    def curve(self) -> Dict[str, np.ndarray]:
        """Columns of curve.csv: means over short windows of steps. Raises Damaged if it is not as it was written."""
        return read_csv(self._verified("curve.csv"))

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
        self,
        count: int,
        context: mx.Context,
        labels: Optional[np.ndarray] = None,
        stream: str = "sample z",
        seed: Optional[int] = None,
        weights: Optional[Path] = None,
    ) -> np.ndarray:
        """``count`` images uint8 (N, H, W, C), or points float32 (N, 2), of the trained generator, the same each time.

        labels: int (count,) for a method that uses them, by default all classes in turn.  seed: of z, by default the run's own.
        weights: a file of others than those after the last step.
        Raises UserError if labels are given to a method that uses none, or are of no class.
        """
        if labels is not None and not self.gan.uses_labels:
            raise UserError(f"{self.config['method']} is not told labels; leave them out.")
        labels = self.balanced_labels(count) if labels is None else labels
        condition = None if labels is None else one_hot(labels, self.gan.told_classes)
        return self._generate(self._draw_z(stream, count, seed), condition, context, weights)

    def balanced_labels(self, count: int) -> Optional[np.ndarray]:
        """int64 (count,): all classes in turn, if the generator is told them; None if it is told none."""
        return balanced_labels(count, self.gan.told_classes) if self.gan.uses_labels else None

    def interpolate(self, rows: int, steps: int, context: mx.Context, between_labels: bool = False) -> np.ndarray:
        """Images uint8 (rows, steps, H, W, C) on the way from one z to another; the same each time.

        A method told labels draws the class of the row's number on the way. between_labels: z stands still, and each row goes
        from its class to the next (the last to the first).  Raises UserError for such a way of a method that is told none, and
        for points.
        """
        self.data.check_images(str(self.folder))
        if between_labels and not self.gan.uses_labels:
            raise UserError(f"{self.config['method']} is not told labels; leave --between labels out.")
        first, last = (self._draw_z(f"interpolation z {end}", rows) for end in ("first", "last"))
        z = line(first, first if between_labels else last, steps)
        labels, condition = self.balanced_labels(rows), None
        if labels is not None:
            classes = self.gan.told_classes
            ends = (one_hot(labels, classes), one_hot((labels + between_labels) % classes, classes))
            condition = line(*ends, steps).reshape((rows * steps, classes))
        images = self._generate(z.reshape((rows * steps, -1)), condition, context)
        return images.reshape((rows, steps, *images.shape[1:]))

    def sheet_files(self, most: Optional[int] = None) -> Dict[int, Path]:
        """Files of the run's sheets of samples by epoch from 1. Raises UserError if there is none.

        most: how many, spread evenly over them, the first and the last included; by default all.
        """
        paths = sorted((self.folder / "samples").glob("epoch-*.png"), key=_epoch_of)
        if not paths:
            raise UserError(f"{self.folder} has no sheets of samples; train the run again to have one per epoch.")
        if most is not None:
            paths = [paths[place] for place in np.unique(np.linspace(0, len(paths) - 1, most).round().astype(int))]
        return {_epoch_of(path): path for path in paths}

    def sheets(self) -> Dict[int, np.ndarray]:
        """All of them, uint8 (H, W, C)."""
        return {epoch: read_picture(path) for epoch, path in self.sheet_files().items()}

    def write_events(self, tensorboard: Path) -> None:
        """Write the events of this finished run there. Raises UserError as :func:`event_file`."""
        events = event_file(tensorboard, self.name, {**self.config, "settings": self.settings.to_json()})
        write_finished(events, self.curve, self.history, self.folder / "samples", self.metrics)

    def snapshots(self) -> Dict[int, Path]:
        """Files of the generator's weights by epoch from 1, where the setting snapshot_epochs kept some."""
        return {int(path.stem.split("-")[1]): path for path in sorted(self.folder.glob(SNAPSHOT))}

    def picture(self, samples: np.ndarray) -> np.ndarray:
        """Samples as :meth:`sample` gives them -> uint8 (H, W, C): images in rows of 8, points over real ones."""
        return picture(self.data, samples, self.method.title, Streams(self.seed))

    def _draw_z(self, stream: str, count: int, seed: Optional[int] = None) -> np.ndarray:
        return draw_z(Streams(self.seed if seed is None else seed), stream, count, self.settings.z_size)

    @property
    def has_generator(self) -> bool:
        """Whether its weights are here, which stored results may be without."""
        return (self.folder / "generator.params").exists()

    def generator(
        self, context: mx.Context, precision: Optional[str] = None, weights: Optional[Path] = None
    ) -> mx.gluon.HybridBlock:
        """The trained generator. precision: "float32" or "bfloat16", by default the one in which it was trained.

        weights: as in :meth:`sample`.
        Raises UserError if the run has not finished or its weights were not kept, Damaged if they are not as they were written.
        """
        lacks = not self.has_generator and (self.folder / "metrics.json").exists()
        if weights is None and lacks and not self._sums():  # stored without them; a run as it was trained can be made whole
            again = f"`thesis-gan train --config {self.folder / 'config.json'} --output DIR` trains it again"
            raise UserError(f"{self.folder} holds the run's results without its weights, generator.params; {again}.")
        settings = self.settings.to_json()
        if precision is not None:
            settings["precision"]["value"] = precision
        generator = self.method(Settings.from_json(settings), self.data).generator()
        load_weights(generator, weights or self._verified("generator.params"), context)
        return generator

    def _generate(
        self, z: np.ndarray, condition: Optional[np.ndarray], context: mx.Context, weights: Optional[Path] = None
    ) -> np.ndarray:
        generator = self.generator(context, weights=weights)
        generator.hybridize(static_alloc=True)
        return sample(generator, z, condition, context)

    def evaluation_samples(self, context: mx.Context, weights: Optional[Path] = None) -> np.ndarray:
        """What is scored: ``num_samples`` images, classes in turn, or points, as :meth:`sample` gives them."""
        return self.sample(self.settings.num_samples, context, stream="evaluation z", weights=weights)

    def evaluate(
        self,
        context: mx.Context,
        features: Optional[FeatureNetwork] = None,
        metrics: Optional[Sequence[str]] = None,
        epoch: Optional[int] = None,
    ) -> Dict[str, Any]:
        """Scores of what :meth:`evaluation_samples` gives, by default in the feature network that the data name.

        epoch: of the snapshot after it, not of the generator at the end.  Raises KeyError if no snapshot of that epoch was kept,
        Damaged if it is not as it was written.
        """
        weights = None if epoch is None else self._verified(self.snapshots()[epoch].relative_to(self.folder).as_posix())
        samples = self.evaluation_samples(context, weights)
        return scores(self.data, samples, features, self.balanced_labels(len(samples)), metrics=metrics)

    def rescore(self, context: mx.Context) -> None:
        """Score a finished run anew, without training, and write its metrics.json with what it cost as before."""
        record = self.metrics
        if record["status"] == FINISHED:
            files.write_json(self.folder / "metrics.json", {**record, **self.evaluate(context)})
            self.write_nearest(context)
        if self.snapshots():  # scored anew by the next command that needs their scores
            with contextlib.suppress(FileNotFoundError):
                (self.folder / SNAPSHOT_SCORES).unlink()
        if weights_at_hand() is not None:  # without them these scores could not be had again
            with contextlib.suppress(FileNotFoundError):
                (self.folder / INCEPTION_SCORES).unlink()

    def write_nearest(self, context: mx.Context) -> None:
        """Write nearest.png, for data whose scores do not say it: generated images above the training images nearest to each."""
        if not self.data.by_patches:
            return
        real = self.data.training_images(self.settings.train_images, self.seed).images
        generated = self.sample(NEAREST_SHOWN, context)
        places, _ = nearest_images(generated, real, min(NEAREST_TO_EACH, len(real)))
        write_picture(self.folder / NEAREST, grid(np.concatenate([generated, *(real[row] for row in places.T)]), NEAREST_SHOWN))

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
            self.write_nearest(context)
        present = [name for name in SUMMED if (self.folder / name).exists()]
        present += [path.relative_to(self.folder).as_posix() for path in self.snapshots().values()]
        files.write_text(self.folder / SUMS, "".join(f"{files.sha256(self.folder / name)}  {name}\n" for name in present))
        files.write_json(self.folder / "metrics.json", record)


def _epoch_of(sheet: Path) -> int:
    return int(sheet.stem.split("-")[1])


def with_todays_names(record: Dict[str, Any]) -> Dict[str, Any]:
    """A run's record, as whatever version wrote it, with its scores called as they are now."""
    return {RENAMED.get(name, name): value for name, value in record.items()}


def event_file(tensorboard: Path, name: str, config: Mapping[str, Any]) -> EventFile:
    """A new file for the events of the run ``name``, whose config.json says ``config``, in ``tensorboard``/PROFILE/NAME.

    Raises UserError if another run's are there, or it cannot be written.
    """
    may_change = (*CHANGES_NO_NUMBER, *LENGTH)
    settings = {key: entry["value"] for key, entry in config["settings"].items() if key not in may_change}
    identity = {key: config[key] for key in ("method", "seed", "profile", "threads")}
    return EventFile(tensorboard / config["profile"] / name, {**identity, "settings": settings})


def _is_record(record: Any) -> bool:
    """Whether this is a run's record: a status, what it cost, scores that are numbers, and no number that is not finite."""
    numbers = dict.fromkeys(("seed", "generator_steps", "critic_steps", "passes", "minutes"), is_number)
    if isinstance(record, dict):
        numbers.update(dict.fromkeys(filter(SCORE.fullmatch, record), is_number))
    return conforms(record, {"status": is_text, **numbers}) and all(
        map(math.isfinite, (number for number in record.values() if isinstance(number, float)))
    )
