"""Distributions of points in the plane on which critics can be looked at (thesis, Fig. 11; Gulrajani et al. 2017, Fig. 1).

Places and widths are those of the code that Gulrajani et al. published with their paper: all lie within about [-2, 2].
"""

from typing import Callable, Dict, NamedTuple

import numpy as np

from thesis_gan.data.base import LabelledImages
from thesis_gan.errors import UserError, nearest
from thesis_gan.settings import Value
from thesis_gan.streams import Streams


def eight_gaussians(random: np.random.Generator, count: int) -> np.ndarray:
    """float32 (count, 2): eight Gaussians of deviation 0.014 on a circle of radius 1.41."""
    angles = random.integers(0, 8, count) * (np.pi / 4)
    centres = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return _float32((centres + 0.02 * random.standard_normal((count, 2))) / 1.414)


def twenty_five_gaussians(random: np.random.Generator, count: int) -> np.ndarray:
    """float32 (count, 2): twenty-five Gaussians of deviation 0.018 on a 5 x 5 grid, 0.71 apart."""
    centres = 2.0 * random.integers(-2, 3, (count, 2))
    return _float32((centres + 0.05 * random.standard_normal((count, 2))) / 2.828)


def swiss_roll(random: np.random.Generator, count: int) -> np.ndarray:
    """float32 (count, 2): a spiral of one and a half turns, from radius 0.63 to 1.88, with noise of deviation 0.033."""
    angle = 1.5 * np.pi * (1 + 2 * random.random(count))
    spiral = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1)
    return _float32((spiral + 0.25 * random.standard_normal((count, 2))) / 7.5)


DISTRIBUTIONS: Dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "8gaussians": eight_gaussians,
    "25gaussians": twenty_five_gaussians,
    "swissroll": swiss_roll,
}


class Mixture(NamedTuple):
    """Gaussians with equal shares. centres: (K, 2).  deviation: of each of them, the same along every direction."""

    centres: np.ndarray
    deviation: float


_ANGLES, _PLACES = np.arange(8) * (np.pi / 4), np.arange(-2, 3)

# Those of the distributions that have modes.
MIXTURES: Dict[str, Mixture] = {
    "8gaussians": Mixture(2 * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1) / 1.414, 0.02 / 1.414),
    "25gaussians": Mixture(2 * np.stack(np.meshgrid(_PLACES, _PLACES), axis=-1).reshape(-1, 2) / 2.828, 0.05 / 2.828),
}


def training_points(name: str, streams: Streams, count: int) -> LabelledImages:
    """``count`` points of a run on the distribution called ``name``, the same for the same seed, where its images would be."""
    return LabelledImages(points(name, streams.at("training points", 0), count), np.zeros(count, np.int64))


def points(name: str, random: np.random.Generator, count: int) -> np.ndarray:
    """float32 (count, 2) of the distribution called ``name``. Raises UserError, listing the valid names, if there is none."""
    if name not in DISTRIBUTIONS:
        raise UserError(
            f"There is no distribution {name!r}; {nearest(name, DISTRIBUTIONS)}the distributions are: {', '.join(DISTRIBUTIONS)}."
        )
    return DISTRIBUTIONS[name](random, count)


def _float32(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.float32)


# Where the images' settings are no measure. Found by short trials on 8gaussians.
TOY_CODE = "paper: Gulrajani et al. 2017, its published code for these points"


POINTS = {
    "architecture": Value("mlp", TOY_CODE),
    "init_std": Value(0.0, f"{TOY_CODE}; He et al. 2015"),
    "z_size": Value(2, TOY_CODE),
    "width": Value(8, "ours: 128 units; the published code's 512 take too long here"),
    "batch_size": Value(256, TOY_CODE),
    "learning_rate": Value(0.0005, "ours: the published code's 0.0001 needs more steps than a short budget has"),
    "beta2": Value(0.9, TOY_CODE),
}
