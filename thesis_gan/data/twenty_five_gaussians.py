"""Twenty-five Gaussians on a grid."""

import numpy as np

from thesis_gan.data.points import Mixture, Points

_PLACES = np.arange(-2, 3)


class TwentyFiveGaussians(Points):
    """Twenty-five Gaussians of deviation 0.018 on a 5 x 5 grid, 0.71 apart."""

    name = "25gaussians"
    title = "25 Gaussians"
    order = 30
    mixture = Mixture(2 * np.stack(np.meshgrid(_PLACES, _PLACES), axis=-1).reshape(-1, 2) / 2.828, 0.05 / 2.828)

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        centres = 2.0 * random.integers(-2, 3, (count, 2))
        return ((centres + 0.05 * random.standard_normal((count, 2))) / 2.828).astype(np.float32)
