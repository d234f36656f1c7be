"""What a generator makes as one picture: images in rows, or points in the plane among the real ones."""

from functools import singledispatch
from typing import Optional

import numpy as np

from thesis_gan.data.base import Dataset
from thesis_gan.data.images import grid, one_hot
from thesis_gan.data.points import Points
from thesis_gan.streams import Streams
from thesis_gan.training.sampling import ROW, SHEET_COLUMNS, by_row_labels, draw_z, sample
from thesis_gan.training.steps import Steps

ROWS = 100  # of classes, on the sheet of a generator told labels


def sheet(steps: Steps) -> np.ndarray:
    """What the generator makes now, uint8 (H, W, C); of the same z every time, so that sheets can be compared.

    Of a generator told labels, ten samples of each class in a row; points are on the critic's scores.
    """
    method, condition, count, columns = steps.method, None, steps.method.data.sheet_samples, SHEET_COLUMNS
    if method.uses_labels:
        labels = by_row_labels(min(ROWS, method.told_classes))
        condition, count, columns = one_hot(labels, method.told_classes), len(labels), ROW
    z = draw_z(steps.streams, "sheet z", count, method.settings.z_size)
    samples = sample(steps.generator, z, condition, steps.context)
    return picture(method.data, samples, method.title, steps.streams, columns, steps)


@singledispatch
def picture(
    data: Dataset, samples: np.ndarray, title: str, streams: Streams, columns: int = SHEET_COLUMNS, steps: Optional[Steps] = None
) -> np.ndarray:
    """Samples of ``data`` as one picture, uint8 (H, W, C): images in so many columns.

    Points are over as many real ones, drawn from ``streams`` as a sheet shows, and on the critic's scores if ``steps`` has one.
    """
    return grid(samples, min(columns, len(samples)))


@picture.register
def _(data: Points, samples, title, streams, columns=SHEET_COLUMNS, steps=None):
    from thesis_gan.training import plane_picture

    scores = None if steps is None else plane_picture.surface(steps.critic, steps.context)
    real = data.draw(streams.at("shown points", 0), data.sheet_samples)
    return plane_picture.picture(f"{title} on {data.name}", real, samples, scores)
