"""A run as a folder: made by training and scoring, read by the table, the figures and the claims."""

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.config import Settings, resolve
from thesis_gan.data import mnist
from thesis_gan.errors import UserError
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.metrics.evaluate import evaluate
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.networks import load_weights
from thesis_gan.streams import Streams
from thesis_gan.training.budget import budget
from thesis_gan.training.history import read_csv
from thesis_gan.training.loop import Diverged, Training, refuse_other_settings
from thesis_gan.training.progress import for_stream
from thesis_gan.training.sampling import balanced_labels, draw_z, sample

REFERENCE = "mnist-test"
FINISHED = "finished"


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

    Raises UserError if the folder holds a run of other settings, Interrupted if training was stopped.
    """
    config, settings = describe(method_name, profile, seed, overrides, threads)
    if refuse_another(folder, config) and Run(folder).scored:
        return Run(folder)
    kind = methods.find(method_name)
    data = mnist.load("train")
    data = mnist.LabelledImages(*(array[: settings.train_images] for array in data))
    training = Training(kind(settings), data, seed, folder, context)
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
    """Whether ``folder`` holds the run of ``config``. Raises UserError, naming the differences, if it holds another."""
    if not (folder / "config.json").exists():
        return False
    saved = Run(folder)
    for key in ("method", "seed", "profile", "threads"):
        if saved.config[key] != config[key]:
            raise UserError(f"{folder} holds a run with {key} {saved.config[key]}, not {config[key]}; choose another --output.")
    refuse_other_settings(folder, saved.settings, Settings.from_json(config["settings"]))
    return True


class Run:
    """A run's folder, read when asked."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError if ``folder`` holds no run."""
        self.folder = Path(folder)
        if not (self.folder / "config.json").exists():
            raise UserError(f"{self.folder} is not the folder of a run: it has no config.json.")
        self.config = files.read_json(self.folder / "config.json")
        try:
            self.method = methods.find(self.config["method"])
            self.settings = Settings.from_json(self.config["settings"])
            self.seed, self.profile, self.threads = (self.config[key] for key in ("seed", "profile", "threads"))
        except (KeyError, TypeError, AttributeError):
            path = self.folder / "config.json"
            raise UserError(f"{path} is damaged or another program's; delete the folder and train again.") from None

    @property
    def name(self) -> str:
        """The folder's own name, e.g. ``wgan-gp-seed0``."""
        return self.folder.name

    @property
    def scored(self) -> bool:
        """Whether training has ended and its scores are written."""
        return (self.folder / "metrics.json").exists()

    @property
    def metrics(self) -> Dict[str, Any]:
        """The run's record in metrics.json. Raises UserError if it is damaged."""
        record = files.read_json(self.folder / "metrics.json")
        if not isinstance(record, dict) or "status" not in record:
            raise UserError(f"{self.folder / 'metrics.json'} is damaged; delete it and start the run again to score it anew.")
        return record

    @property
    def in_table(self) -> bool:
        """Whether the run is a row of the table: one of a method's seeds, in the folder that its profile gives it."""
        return self.name == f"{self.config['method']}-seed{self.seed}"

    @property
    def history(self) -> Dict[str, np.ndarray]:
        """Columns of history.csv: means over each epoch."""
        return read_csv(self.folder / "history.csv")

    @property
    def curve(self) -> Dict[str, np.ndarray]:
        """Columns of curve.csv: means over short windows of steps."""
        return read_csv(self.folder / "curve.csv")

    def sample(
        self, count: int, context: mx.Context, labels: Optional[np.ndarray] = None, stream: str = "sample z"
    ) -> np.ndarray:
        """``count`` images uint8 (N, H, W, C) of the trained generator, the same each time.

        labels: int (count,) for a method that uses them, by default 0 to 9 in turn.
        Raises UserError if labels are given to a method that uses none.
        """
        if labels is not None and not self.method.uses_labels:
            raise UserError(f"{self.config['method']} is not told labels; leave --labels out.")
        if labels is None and self.method.uses_labels:
            labels = balanced_labels(count)
        generator = self.method(self.settings).generator()
        load_weights(generator, self.folder / "generator.params", context)
        generator.hybridize(static_alloc=True)
        return sample(generator, draw_z(Streams(self.seed), stream, count, self.settings.z_size), labels, context)

    def evaluation_images(self, context: mx.Context) -> np.ndarray:
        """The images that are scored: ``num_samples`` of them, uint8 (N, H, W, C), classes in turn, the same each time."""
        return self.sample(self.settings.num_samples, context, stream="evaluation z")

    def evaluate(self, context: mx.Context, features: Optional[FeatureNetwork] = None) -> Dict[str, Any]:
        """Scores of ``num_samples`` images of the generator against MNIST's test set; by default in the classifier's features."""
        images = self.evaluation_images(context)
        labels = balanced_labels(len(images)) if self.method.uses_labels else None
        return evaluate(images, mnist.load("test").images, REFERENCE, features or MNISTFeatures(), labels)

    def rescore(self, context: mx.Context) -> None:
        """Score a finished run anew, without training, and write its metrics.json with what it cost as before."""
        record = self.metrics
        if record["status"] == FINISHED:
            files.write_json(self.folder / "metrics.json", {**record, **self.evaluate(context)})

    def score(self, training: Training, status: str, context: mx.Context) -> None:
        """Write metrics.json, the run's last file: its status, what it cost and, if it finished, its scores."""
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
        files.write_json(self.folder / "metrics.json", record)


def find_runs(results: Path) -> List[Run]:
    """All scored runs under ``results``, in the order of the table, then by seed."""
    folders = sorted(path.parent for path in (Path(results) / "runs").glob("*/metrics.json"))
    if not folders:
        raise UserError(f"{results} holds no finished runs; start ./run_all.sh, or name another folder with --results.")
    return sorted((Run(folder) for folder in folders), key=lambda run: (run.method.order, run.name.rsplit("-seed")[0], run.seed))


def finished_runs(results: Path) -> Dict[str, Run]:
    """Runs that ended without diverging, by name."""
    return {run.name: run for run in find_runs(results) if run.metrics["status"] == FINISHED}
