"""The Swiss roll."""

import numpy as np

from thesis_gan.data.points import Points


class SwissRoll(Points):
    """A spiral of one and a half turns, from radius 0.63 to 1.88, with noise of deviation 0.033."""

    name = "swissroll"
    title = "Swiss roll"
    order = 40

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        angle = 1.5 * np.pi * (1 + 2 * random.random(count))
        spiral = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1)
        return ((spiral + 0.25 * random.standard_normal((count, 2))) / 7.5).astype(np.float32)
