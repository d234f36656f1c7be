"""What ``from thesis_gan import …`` gives: to train a GAN, to read a run, to draw from its generator, to score images.

Images are uint8 (N, H, W, C), 0 to 255, with C = 1 or 3; points in the plane are float32 (N, 2). device is "cpu", "gpu" or
"auto": a GPU where MXNet can use one. A mistake in what is asked for raises UserError, in one sentence that says how to mend it.

MXNet is imported by the first of these functions that needs it. It then takes as many threads as the environment variable
OMP_NUM_THREADS says; where that is not set, it is set to 1, as on the command line.
"""

import os
import sys
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Type, Union

from thesis_gan import variables
from thesis_gan.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from thesis_gan.runs.run import Run

# Imports of MXNet and NumPy wait until a function runs: see above.

THREADS = "OMP_NUM_THREADS"
PROGRESS = ("auto", "bar", "lines")


def train(
    method: str,
    folder: Union[str, Path],
    profile: str = "quick",
    seed: int = 0,
    settings: Optional[Mapping[str, Any]] = None,
    device: str = "auto",
    progress: str = "auto",
) -> "Run":
    """Train one method in ``folder``, draw from it and score it; as ``thesis-gan train``.

    The same call again goes on with a run that was stopped, to the same numbers, and returns one that is finished as it is.

    method: one of :func:`method_names`.  profile: "smoke", "quick" (the default), "standard", "thesis" and the others that
    docs/reproduction.md lists.
    settings: what is to be otherwise than in the profile, e.g. {"learning_rate": 0.001, "width": 32}.
    progress: "auto" (a bar on a terminal, elsewhere a line now and then), "bar" or "lines".
    Whether training went well is in the run's ``metrics["status"]``: "finished", or "diverged: …" with what was not finite.
    Raises UserError for unknown names and values, and where the folder holds another run; KeyboardInterrupt when it is stopped,
    with what is done kept in a checkpoint.
    """
    threads = _threads()
    from thesis_gan.device import context
    from thesis_gan.runs.train import train as train_run
    from thesis_gan.settings import LARGEST_SEED
    from thesis_gan.training.loop import Interrupted

    if not isinstance(settings, (Mapping, type(None))):
        raise UserError(f"settings are values by name, as {{'width': 32}}, not {settings!r}.")
    if progress not in PROGRESS:
        raise UserError(f"progress is one of {', '.join(PROGRESS)}, not {progress!r}.")
    overrides = [f"{name}={value}" for name, value in (settings or {}).items()]
    which = (str(method), str(profile), _whole("seed", seed, 0, LARGEST_SEED), overrides)
    try:
        return train_run(*which, _path("folder", folder), context(device), threads, progress)
    except Interrupted:
        raise KeyboardInterrupt(f"Stopped; a checkpoint is in {folder}, and the same call goes on from it.") from None


def load_run(folder: Union[str, Path]) -> "Run":
    """The run in ``folder``, as :func:`train` or the command line left it. Raises UserError if it holds none, or a damaged one.

    Of a run there are: ``settings`` (``run.settings.learning_rate``, and ``run.settings.to_json()`` with the origin of each
    value), ``metrics`` (its scores, and what it cost), ``history`` (one number per epoch) and ``curve`` (one per short window
    of steps) as NumPy arrays by name, ``sheets()`` (a picture of samples per epoch) and ``picture(samples)``.
    """
    return run_class()(_path("folder", folder))


def sample(run: "Run", count: int, labels: Optional[Sequence[int]] = None, device: str = "auto") -> "np.ndarray":
    """``count`` images, uint8 (count, H, W, C), or points, float32 (count, 2), of a finished run's generator.

    The same each time. labels: the class of each, for methods that are told labels; where they are left out, all classes in turn.
    Raises UserError for labels of a method that is told none, and where they are not ``count`` numbers of classes.
    """
    _threads()
    import numpy as np

    from thesis_gan.device import context

    if not isinstance(run, run_class()):
        raise UserError(f"run is what train and load_run return, not {run!r}.")
    count, wanted = _whole("count", count, 1, sys.maxsize), None
    if labels is not None:
        given = list(labels) if isinstance(labels, (Sequence, np.ndarray)) else [labels]
        if len(given) != count:
            raise UserError(f"{count} labels are needed, one for each image, not {len(given)}.")
        wanted = np.array([_whole("label", label, 0, sys.maxsize) for label in given])
    return run.sample(count, context(device), wanted)


def evaluate(
    samples: Union["Run", "np.ndarray", str, Path],
    reference: Union["np.ndarray", str, Path, None] = None,
    features: Optional[str] = None,
    device: str = "auto",
) -> Dict[str, Any]:
    """Scores of images, under the names of torch-fidelity, with the protocol; as ``thesis-gan evaluate``.

    samples: a finished run, images, or the path of an .npz, an .npy or a folder of pictures.
    reference: the same but for a run, or "mnist-test"; by default what belongs to the run, and for other samples "mnist-test".
    features: "mnist", "faces", "inception" or "inception-gluoncv"; by default the run's own, and for other samples those of the
    reference, else "mnist". A run on pictures of one's own has none: beside other images its patches alone are scored.
    A run on points is scored by its points: reference and features are then left out.
    Raises UserError for images that cannot be scored, and for names that are not known.
    """
    _threads()
    import numpy as np

    from thesis_gan.device import context
    from thesis_gan.metrics.evaluate import feature_network
    from thesis_gan.runs import image_source

    place = context(device)
    if isinstance(reference, run_class()):
        raise UserError("reference is images or their path, not a run; draw from it with sample.")
    if isinstance(samples, run_class()):
        if samples.kind != "images" and (reference is not None or features is not None):
            raise UserError(f"{samples.folder} is a run on points, which has its own scores; leave reference and features out.")
        if reference is None:
            return samples.evaluate(place, None if features is None else feature_network(features, context=place))
        samples = samples.folder
    if isinstance(samples, np.ndarray):
        samples = image_source.Samples("images", samples)
    else:
        samples = image_source.load(str(_path("samples", samples)), place)
    if not isinstance(reference, np.ndarray):
        reference = samples.usual_reference if reference is None else str(_path("reference", reference))
    features = features or samples.features(reference if isinstance(reference, str) else "")
    network = feature_network(features, context=place) if features else None
    return image_source.score(samples, reference, network, place)


def method_names() -> List[str]:
    """Names of all methods that can be trained, in the order of the tables."""
    _threads()
    from thesis_gan import methods

    return methods.names()


def run_class() -> Type["Run"]:
    """The class Run, for ``isinstance`` and for annotations."""
    _threads()
    from thesis_gan.runs.run import Run

    return Run


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or not least <= value <= most:
        at_most = "on" if most == sys.maxsize else f"to {most}"
        raise UserError(f"{name} is a whole number from {least} {at_most}, not {value!r}.")
    return int(value)


def _path(name: str, value: Any) -> Path:
    if not isinstance(value, (str, os.PathLike)) or not str(value):
        raise UserError(f"{name} is a path, not {value!r}.")
    return Path(value)


def _threads() -> int:
    """The number of threads that MXNet has, or is going to have once it is imported."""
    if "mxnet" not in sys.modules:
        os.environ.setdefault(THREADS, "1")
        variables.settle()  # as MXNet's import does: more threads than cores are not had
    first = os.environ.get(THREADS, "").split(",")[0].strip()
    if first.isdigit() and int(first):
        return int(first)
    from thesis_gan._compat import usable_cores

    return usable_cores()
