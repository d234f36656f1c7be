"""A trained generator as a file that other programs can run: ONNX, or MXNet's own symbol and parameters."""

import importlib.util
from pathlib import Path
from typing import Dict, Tuple

import numpy as np

from thesis_gan import __version__, files
from thesis_gan._compat import mx
from thesis_gan.data.images import one_hot
from thesis_gan.errors import UserError
from thesis_gan.export import onnx_file, symbol_file
from thesis_gan.export.graph import trace
from thesis_gan.runs.run import Run

TOLERANCE = 1e-5  # of numbers in [-1, 1]; relative of larger ones, as points may have
CHECKED = 7  # images of a check; no batch that anything else here has
SYMBOL = "-symbol.json"


def export(run: Run, path: Path) -> str:
    """Write the generator of ``run``, in float32, and return a sentence of what was written and how it was checked.

    path: X.onnx, or X-symbol.json, beside which X-0000.params is written.

    Inputs are ``z``, float32 (N, z_size), drawn from [-1, 1), and, if the method uses labels, ``label``, one-hot float32
    (N, classes); N is free. The output is ``images``, float32 (N, C, H, W) in [-1, 1], or ``points``, float32 (N, 2).

    Raises UserError for another name, for a run that has not finished, and if what would be written does not draw what the
    generator draws; ImportError if ONNX is not installed and X.onnx is asked for.
    """
    path = Path(path)
    if path.suffix != ".onnx" and not path.name.endswith(SYMBOL):
        raise UserError(f"--output {path} must end in .onnx or {SYMBOL}.")
    metadata = _metadata(run)
    with mx.name.NameManager():  # or the names in the file would depend on what was made before
        traced = trace(run.generator(mx.cpu(), precision="float32"), _inputs(run), run.kind)
    if path.suffix == ".onnx":
        model = onnx_file.convert(traced, metadata)
        if importlib.util.find_spec("onnxruntime") is None:
            checked = "not checked, as ONNX Runtime is not installed (./run_all.sh setup --export)"
        else:
            checked = _compare(run, path, "ONNX Runtime", onnx_file.draw(model, _batch(run)))
        written = {path: model}
    else:
        symbol = symbol_file.convert(traced, metadata)
        checked = _compare(run, path, "MXNet", symbol_file.draw(symbol, _batch(run)))
        # The graph last: where it is, its weights are.
        written = {path.with_name(f"{path.name[: -len(SYMBOL)]}-0000.params"): symbol.parameters, path: symbol.symbol}
    for name, content in written.items():
        files.write_bytes(name, content)
    return f"The generator of {run.name} is in {' and '.join(map(str, written))}: {checked}."


def _metadata(run: Run) -> Dict[str, object]:
    """What a reader may want to know of the generator. Raises UserError if the run has not finished."""
    return {
        "method": run.config["method"],
        "title": run.method.title,
        "data": run.settings.data,
        "seed": run.seed,
        "profile": run.profile,
        "scores": run.metrics,
        "settings": run.settings.to_json(),
        "thesis_gan": __version__,
    }


def _inputs(run: Run) -> Dict[str, Tuple[int, ...]]:
    """Names of what the generator is called with, in order, and the shape of each without the batch."""
    labels = {"label": (run.gan.told_classes,)} if run.gan.uses_labels else {}
    return {"z": (run.settings.z_size,), **labels}


def _batch(run: Run) -> Dict[str, np.ndarray]:
    random = np.random.RandomState(0)
    batch = {"z": random.uniform(-1, 1, (CHECKED, run.settings.z_size)).astype(np.float32)}
    if "label" in _inputs(run):
        batch["label"] = one_hot(run.balanced_labels(CHECKED), run.gan.told_classes)
    return batch


def _compare(run: Run, path: Path, program: str, drawn: np.ndarray) -> str:
    """A sentence's part that says how near ``drawn`` is to what the generator draws of :func:`_batch`.

    The generator, as it is trained and not in its portable form, is computed in float64. Where its own float32 is further than
    the tolerance from that, as a wide network's may be, so far may ``drawn`` be, twice.
    """

    def by_gluon(precision: str) -> np.ndarray:
        generator = run.generator(mx.cpu(), precision="float32")
        generator.cast(precision)
        return generator(*(mx.nd.array(array, dtype=precision) for array in _batch(run).values())).asnumpy()

    expected = by_gluon("float64")

    def difference(images: np.ndarray) -> float:
        return float(np.max(np.abs(images - expected) / np.maximum(1, np.abs(expected))))

    if not difference(drawn) <= max(TOLERANCE, 2 * difference(by_gluon("float32"))):
        raise UserError(
            f"{path} is not written: {program} draws images that differ by {difference(drawn):.1g}; please report it."
        )
    return f"{program} draws from it what Gluon does (largest difference {difference(drawn):.1g})"
