"""Images, or points, from a generator, the same for the same seed."""

from typing import Optional

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.data.images import from_network
from thesis_gan.streams import Streams

BATCH = 250  # samples that are made at a time
SHEET_COLUMNS = 8
ROW = 10  # samples of one class (thesis, Fig. 5)


def sample(generator: mx.gluon.HybridBlock, z: np.ndarray, condition: Optional[np.ndarray], context: mx.Context) -> np.ndarray:
    """z float32 (N, z_size) -> images uint8 (N, H, W, C), or points float32 (N, 2), with batch norm's running statistics.

    condition: float32 (N, classes), one-hot labels or what lies between two, or None for a generator that is told none.
    """
    images = []
    for start in range(0, len(z), BATCH):
        part = slice(start, start + BATCH)
        told = () if condition is None else (mx.nd.array(condition[part], ctx=context),)
        images.append(from_network(generator(mx.nd.array(z[part], ctx=context), *told).asnumpy()))
    return np.concatenate(images)


def draw_z(streams: Streams, name: str, count: int, z_size: int) -> np.ndarray:
    """float32 (count, z_size), uniform on [-1, 1) (thesis §2.2: a uniform noise vector)."""
    return streams.uniform(name, 0, (count, z_size), low=-1.0)


def line(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    """(rows, ...) each -> (rows, steps, ...): from ``first`` to ``last`` in equal steps, both included.

    Straight, as z fills a cube: every point between two of its points is a z that training may have drawn.
    """
    share = np.linspace(0, 1, steps, dtype=np.float32).reshape((1, steps) + (1,) * (first.ndim - 1))
    return (1 - share) * first[:, None] + share * last[:, None]


def balanced_labels(count: int, classes: int) -> np.ndarray:
    """int64 (count,): 0 to classes - 1 in turn, so that every class is had equally often."""
    return np.arange(count) % classes


def by_row_labels(classes: int) -> np.ndarray:
    """int64 (classes * ROW,): one class per row of a sheet (thesis, Fig. 5)."""
    return np.repeat(np.arange(classes), ROW)
