"""Eight Gaussians on a circle."""

import numpy as np

from thesis_gan.data.points import Mixture, Points

_ANGLES = np.arange(8) * (np.pi / 4)


class EightGaussians(Points):
    """Eight Gaussians of deviation 0.014 on a circle of radius 1.41."""

    name = "8gaussians"
    title = "8 Gaussians"
    order = 20
    mixture = Mixture(2 * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1) / 1.414, 0.02 / 1.414)

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        angles = random.integers(0, 8, count) * (np.pi / 4)
        centres = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return ((centres + 0.02 * random.standard_normal((count, 2))) / 1.414).astype(np.float32)
