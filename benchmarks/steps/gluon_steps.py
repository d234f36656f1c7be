"""thesis_gan's own training steps, as they are in a run."""

import sys
from pathlib import Path
from typing import Any, Dict

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
system, width, variant, threads, folder = sys.argv[1:]

from worker import serve  # noqa: E402

from thesis_gan._compat import mx  # noqa: E402
from thesis_gan.data.base import LabelledImages  # noqa: E402
from thesis_gan.methods import find  # noqa: E402
from thesis_gan.profiles import resolve  # noqa: E402
from thesis_gan.training.steps import Steps  # noqa: E402


def gemm() -> None:
    """A float32 matrix product of 2048 x 2048 by oneDNN, which is this machine's peak as MXNet can reach it."""
    mx.nd.FullyConnected(matrix, matrix, num_hidden=2048, no_bias=True)


class Counted:
    """A step with its number, which counts up."""

    def __init__(self, step: Any) -> None:
        self.step, self.number = step, 0

    def __call__(self) -> None:
        self.step(self.number)
        self.number += 1


def facts() -> Dict[str, Any]:
    return {"version": mx.__version__}


matrix = mx.nd.random.uniform(shape=(2048, 2048))
data = LabelledImages(np.load(f"{folder}/images.npy"), np.load(f"{folder}/labels.npy"))
method = find(system)
overrides = [f"width={width}", "batch_size=64", *([] if variant == "float32" else [f"precision={variant}"])]
steps = Steps(method(resolve(method, "quick", overrides)), data, 0, mx.cpu())
serve({"critic": Counted(steps.critic_step), "generator": Counted(steps.generator_step), "gemm": gemm}, mx.nd.waitall, facts)
