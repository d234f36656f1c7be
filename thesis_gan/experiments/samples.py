"""Images to score, from wherever they are: MNIST, an .npz file, a folder of pictures, or a run's generator."""

from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.data import images, mnist
from thesis_gan.experiments.runs import REFERENCE, Run
from thesis_gan.training.sampling import balanced_labels


class Samples(NamedTuple):
    """name: as it was given.  images: uint8 (N, H, W, C).  labels: int (N,), the classes asked for, where there were any."""

    name: str
    images: np.ndarray
    labels: Optional[np.ndarray] = None


def load(name: str, context: mx.Context) -> Samples:
    """``name`` is mnist-test, an .npz file with arr_0, a folder of pictures, or a run's folder, whose generator is sampled.

    Raises UserError if there is none of these, and for a run on points.
    """
    if name == REFERENCE:
        return Samples(name, mnist.load("test").images)
    path = Path(name)
    if not path.is_dir():
        return Samples(name, images.load_npz(path))
    if not (path / "config.json").exists():
        return Samples(name, images.load_folder(path))
    run = Run(path)
    run.check_images()
    labels = balanced_labels(run.settings.num_samples) if run.method(run.settings).uses_labels else None
    return Samples(name, run.evaluation_samples(context), labels)
