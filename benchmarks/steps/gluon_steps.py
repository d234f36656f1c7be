"""thesis_gan's own training steps, as they are in a run."""

import sys
from pathlib import Path
from typing import Any, Dict

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
system, width, variant, side = sys.argv[1:]

from worker import BATCH, noise, serve  # noqa: E402

from thesis_gan import processor  # noqa: E402
from thesis_gan._compat import mx  # noqa: E402
from thesis_gan.data.base import LabelledImages  # noqa: E402
from thesis_gan.methods import find  # noqa: E402
from thesis_gan.profiles import resolve  # noqa: E402
from thesis_gan.training.steps import Steps  # noqa: E402


class Counted:
    """A step with its number, which counts up."""

    def __init__(self, step: Any) -> None:
        self.step, self.number = step, 0

    def __call__(self) -> None:
        self.step(self.number)
        self.number += 1


def facts() -> Dict[str, Any]:
    return {"version": mx.__version__, "instructions": processor.instructions()}


data = LabelledImages(*noise(int(side)))
method = find(system)
overrides = [f"data={'mnist' if side == '28' else 'faces'}", f"train_images={len(data.images)}", f"batch_size={BATCH}"]
overrides += [f"width={width}", f"precision={variant}"]
steps = Steps(method(resolve(method, "quick", overrides)), data, 0, mx.cpu())
serve({"critic": Counted(steps.critic_step), "generator": Counted(steps.generator_step)}, mx.nd.waitall, facts)
