"""Distributions of points in the plane on which critics can be looked at (thesis, Fig. 11; Gulrajani et al. 2017, Fig. 1).

Places and widths are those of the code that Gulrajani et al. published with their paper: all lie within about [-2, 2].
"""

from typing import Any, Mapping, NamedTuple, Optional

import numpy as np

from thesis_gan.data.base import Dataset, LabelledImages
from thesis_gan.errors import UserError
from thesis_gan.settings import Value
from thesis_gan.streams import Streams

POINTS_CODE = "paper: Gulrajani et al. 2017, its published code for these points"


class Mixture(NamedTuple):
    """Gaussians with equal shares. centres: (K, 2).  deviation: of each of them, the same along every direction."""

    centres: np.ndarray
    deviation: float


class Points(Dataset):
    """Points in the plane, as many as are asked for. mixture: the Gaussians of those that have modes."""

    kind = "points"
    class_nouns = ("mode", "modes")
    shape = (2,)
    mixture: Optional[Mixture] = None
    architectures = ("mlp",)
    sheet_samples = 1000
    # Found by short trials on 8gaussians, where no code is named.
    settings = {
        "architecture": Value("mlp", POINTS_CODE),
        "init_std": Value(0.0, f"{POINTS_CODE}; He et al. 2015"),
        "z_size": Value(2, POINTS_CODE),
        "width": Value(8, "ours: 128 units; the published code's 512 take too long here"),
        "batch_size": Value(256, POINTS_CODE),
        "learning_rate": Value(0.0005, "ours: the published code's 0.0001 needs more steps than a short budget has"),
        "beta2": Value(0.9, POINTS_CODE),
    }

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """float32 (count, 2)."""
        raise NotImplementedError

    def load(self, split: str) -> LabelledImages:
        """1,000 points, always the same: by them the distribution is known again."""
        return _unlabelled(self.draw(Streams(0).at(f"{split} points", 0), 1000))

    def training_images(self, count: int, seed: int) -> LabelledImages:
        return _unlabelled(self.draw(Streams(seed).at("training points", 0), count))

    def settings_of(self, method: Any) -> Mapping[str, Value]:
        return {**self.settings, **method.on_points}

    def check_images(self, where: str) -> None:
        raise UserError(f"{where} is a run on {self.name}, and this is for images; name a run on mnist.")


def _unlabelled(points: np.ndarray) -> LabelledImages:
    return LabelledImages(points, np.zeros(len(points), np.int64))
