"""Randomness as a function of (seed, stream name, step), not of history.

Any step of a run can be replayed, and a resumed run repeats an uninterrupted one, because nothing here has a state.
"""

import zlib
from typing import Tuple

import numpy as np


class Streams:
    """Independent random streams of one seed; equal arguments always give equal numbers."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def at(self, name: str, step: int) -> np.random.Generator:
        """A fresh generator for ``step`` (>= 0) of the stream ``name``."""
        entropy = (self.seed, zlib.crc32(name.encode()), step)
        return np.random.Generator(np.random.Philox(np.random.SeedSequence(entropy)))

    def uniform(self, name: str, step: int, shape: Tuple[int, ...], low: float = 0.0) -> np.ndarray:
        """float32 array of ``shape``, uniform on [low, 1)."""
        numbers = self.at(name, step).random(shape, dtype=np.float32)
        return numbers * np.float32(1 - low) + np.float32(low)

    def normal(self, name: str, step: int, shape: Tuple[int, ...]) -> np.ndarray:
        """float32 array of ``shape``, standard normal."""
        return self.at(name, step).standard_normal(shape, dtype=np.float32)


class BatchOrder:
    """Which images make up batch number i, for every i >= 0, without a state.

    Each pass over the data is a fresh shuffle; the images left over at its end (60,000 = 937 * 64 + 32) wait for the next.
    """

    def __init__(self, streams: Streams, count: int, batch_size: int, name: str = "batch order") -> None:
        self.batches_per_pass = count // batch_size
        self._streams, self._count, self._batch_size, self._name = streams, count, batch_size, name
        self._cached_pass, self._order = -1, np.empty(0, np.int64)

    def __call__(self, index: int) -> np.ndarray:
        """int64 (batch_size,): positions of the images of batch ``index``."""
        current_pass, position = divmod(index, self.batches_per_pass)
        if current_pass != self._cached_pass:
            self._order = self._streams.at(self._name, current_pass).permutation(self._count)
            self._cached_pass = current_pass
        return self._order[position * self._batch_size : (position + 1) * self._batch_size]
