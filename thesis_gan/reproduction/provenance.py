"""Where stored results come from, and whether today's code still computes as it did then: provenance.json.

The first steps of a run are made again by its stored settings. What they log is kept, and whether they give the first row of the
run's curve.csv to its last digit: then the tests hold the code to them. MNIST's images are always at hand; in the place of others
the first steps that are kept are of noise.
"""

import os
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Optional, Sequence

import numpy as np

from thesis_gan import files, machine
from thesis_gan._compat import mx
from thesis_gan.data.base import LabelledImages
from thesis_gan.reproduction.thesis_results import on_mnist
from thesis_gan.runs.find import first_seeds
from thesis_gan.runs.run import Run
from thesis_gan.training.history import History
from thesis_gan.training.loop import WINDOW
from thesis_gan.training.steps import Steps

FILE = "provenance.json"
OF_FIRST_WEIGHTS = 2  # of the records of first_steps: the same on every processor, up to one step's rounding
NOT_RECORDED = dict.fromkeys(("commit", "processor", "processor_type", "python", "numpy", "mxnet"), machine.UNKNOWN)


def write(runs: Sequence[Run], folder: Path, commit: Optional[str] = None) -> Dict[str, Any]:
    """Write ``folder``/provenance.json of ``runs``; returns what it holds.

    commit: at which runs were trained that do not say it themselves, on this machine and with these libraries; without it
    those are unknown.
    """
    unsaid = NOT_RECORDED if commit is None else {**machine.environment(), "commit": commit}
    with_: Dict[FrozenSet, Dict[str, Any]] = {}
    for run in runs:
        for environment in run.config.get("trained_with") or [unsaid]:
            record = with_.setdefault(frozenset(environment.items()), {**environment, "runs": []})
            record["runs"].append(run.name)
    found = {
        "profile": runs[0].profile,
        "trained_with": list(with_.values()),
        "threads": sorted({run.threads for run in runs}),
        "hours": float(f"{sum(run.metrics['minutes'] for run in runs) / 60:.4g}"),
        "first_steps": {
            # threads: the bits depend on them.
            "made_on": {"processor_type": machine.processor_type(), "threads": int(os.environ["OMP_NUM_THREADS"])},
            "runs": {run.name: {"numbers": first_steps(run), "as_trained": as_trained(run)} for run in first_seeds(runs)},
        },
    }
    files.write_json(folder / FILE, found)
    return found


def first_steps(run: Run) -> List[Dict[str, float]]:
    """What today's code logs by the run's settings and seed: the generator's first step without its update, two critic steps.

    They are of the run's images if these are MNIST's, else of noise.
    The first two records are of the first weights. The last is of what the first update made of them, which at these learning
    rates may be off in the fourth digit on another processor.
    """
    steps = _steps(run, _own_images(run) if on_mnist(run) else _noise(run))
    found = [{"generator_loss": steps.generator_gradient(0)}, steps.critic_step(0), steps.critic_step(1)]
    return [{name: float(array.asscalar()) for name, array in numbers.items()} for numbers in found]


def as_trained(run: Run) -> bool:
    """Whether today's code gives the first row of the run's curve.csv, the means of its first 50 critic steps or a few more.

    Raises UserError if the run's images are not at hand.
    """
    steps, history, critic_step, generator_step = _steps(run, _own_images(run)), History(), 0, 0
    while critic_step < WINDOW:
        for _ in range(run.gan.critic_steps(0)):
            history.add(steps.critic_step(critic_step), "")
            critic_step += 1
        history.add(steps.generator_step(generator_step), "")
        generator_step += 1
    history.settle()
    first = {name: column[0] for name, column in run.curve.items()}
    return all(first.get(name) == float(f"{mean:.8g}") for name, mean in history.end_window({}).items())


def _own_images(run: Run) -> LabelledImages:
    return run.data.training_images(run.settings.train_images, run.seed)


def _noise(run: Run) -> LabelledImages:
    """Two batches of the shape of the run's images, with its classes as labels."""
    count, (channels, height, width) = 2 * run.settings.batch_size, run.data.shape
    images = np.random.RandomState(run.seed).randint(0, 256, (count, height, width, channels)).astype(np.uint8)
    return LabelledImages(images, np.arange(count) % max(1, len(run.data.classes)))


def _steps(run: Run, images: LabelledImages) -> Steps:
    return Steps(run.gan, images, run.seed, mx.cpu())
