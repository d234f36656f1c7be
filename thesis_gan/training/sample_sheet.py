"""What a generator makes as one picture: images in rows, or points in the plane among the real ones."""

from typing import Callable, Dict, Optional

import numpy as np

from thesis_gan.data import points as toy
from thesis_gan.data.images import grid
from thesis_gan.methods import Method
from thesis_gan.streams import Streams
from thesis_gan.training.sampling import SHEET_COLUMNS, SHEET_IMAGES, by_row_labels, draw_z, sample
from thesis_gan.training.steps import Steps

SHEET_POINTS = 1000


def sheet(steps: Steps) -> np.ndarray:
    """What the generator makes now, uint8 (H, W, C); of the same z every time, so that sheets can be compared."""
    return SHEETS[steps.method.kind](steps)


def _of_images(steps: Steps) -> np.ndarray:
    """64 images or, of a generator told labels, ten of each class in a row."""
    labels = by_row_labels() if steps.method.uses_labels else None
    count, columns = (SHEET_IMAGES, SHEET_COLUMNS) if labels is None else (len(labels), 10)
    return grid(_samples(steps, count, labels), columns)


def _of_points(steps: Steps) -> np.ndarray:
    """1,000 points on the critic's scores."""
    from thesis_gan.training import plane_picture

    scores = plane_picture.surface(steps.critic, steps.context)
    return among_real(steps.method, steps.streams, _samples(steps, SHEET_POINTS), scores)


SHEETS: Dict[str, Callable[[Steps], np.ndarray]] = {"images": _of_images, "points": _of_points}


def among_real(method: Method, streams: Streams, points: np.ndarray, scores=None) -> np.ndarray:
    """``points``, (N, 2), over 1,000 real ones as a picture, uint8 (H, W, 3). scores: the Surface beneath, if any."""
    from thesis_gan.training import plane_picture

    real = toy.points(method.settings.data, streams.at("shown points", 0), SHEET_POINTS)
    return plane_picture.picture(f"{method.title} on {method.settings.data}", real, points, scores)


def _samples(steps: Steps, count: int, labels: Optional[np.ndarray] = None) -> np.ndarray:
    z = draw_z(steps.streams, "sheet z", count, steps.method.settings.z_size)
    return sample(steps.generator, z, labels, steps.context)
