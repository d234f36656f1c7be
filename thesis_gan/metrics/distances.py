"""Which pairs of features are near each other, by products in float32, and how near, in float64.

Nearly all pairs are too far apart for a score to care. A float32 product, twice as fast as a float64 one, bounds their distances
from below; only a pair that the bound lets through is looked at in float64. So no score depends on float32's rounding.
"""

import math
from typing import Iterator, NamedTuple, Tuple

import numpy as np

from thesis_gan.metrics.checks import BLOCK
from thesis_gan.progress_bar import bar

# Squared distances from a float64 matrix product are right to about this share of the largest squared norm: what is closer to 0
# is 0, and what is closer to a ball's edge is on it.
ROUNDING = 1e-12

# A pair on its own costs about as much as this many within a float64 matrix product.
PAIR_COST = 100
GATHERED = 2**19  # numbers taken into float64 at a time: 4 MiB


class Tile(NamedTuple):
    """A part of the matrix of distances. rows, columns: its place.  lower: float32 bounds of its squares, in Pairs' own unit."""

    rows: slice
    columns: slice
    lower: np.ndarray


class Pairs:
    """The pairs of ``first``, (N, D), with ``second``, (M, D); finite numbers.

    rounding: what counts as no difference of squared distances, ROUNDING of the largest squared norm about the second's mean.

    **The bound.** With x, y centred, scaled by a power of two and rounded to float32 (unit roundoff u = 2^-24), their product in
    any order of summation is off by at most g |x| |y| <= g (|x|^2 + |y|^2) / 2, g = D u / (1 - D u) (Higham 2002, eq. 3.5).
    Rounding x and y moves the squared distance by at most 4 u (|x|^2 + |y|^2), the two sums after the product by at most 5 u as
    much. So (1 - c) (|x|^2 + |y|^2) - 2 x.y with c = (D + 16) u / (1 - (D + 16) u) is never above the squared distance.
    """

    def __init__(self, first: np.ndarray, second: np.ndarray) -> None:
        self.first, self.second = first, second
        self._mean = np.mean(second, axis=0, dtype=np.float64)  # near the origin less is lost to rounding
        sets = (second,) if first is second else (first, second)
        largest = max(
            np.square(part[start : start + BLOCK] - self._mean).sum(axis=1).max()
            for part in sets
            for start in range(0, len(part), BLOCK)
        )
        self.rounding = ROUNDING * largest
        # Any common centre serves the bound; float32 features are centred in float32, which rounds each number once.
        self._kind = np.result_type(first, second, np.float32)
        self._centre = self._mean.astype(self._kind)
        # The largest norm becomes at most about 1, so that no square overflows.
        self._scale = self._kind.type(math.ldexp(1.0, -max(math.frexp(math.sqrt(largest))[1], -100)) if largest else 1.0)
        self._unit = float(self._scale) ** 2
        first_squares, *others = (self._shrunk_squares(part) for part in sets)
        self._first_squares, self._second_squares = first_squares, others[0] if others else first_squares

    def tiles(self, what: str, upper_triangle: bool = False) -> Iterator[Tile]:
        """All tiles, those on the diagonal first, under a bar called ``what``; or only those on it and above it."""
        starts = [(row, column) for row in range(0, len(self.first), BLOCK) for column in range(0, len(self.second), BLOCK)]
        if upper_triangle:
            starts = [(row, column) for row, column in starts if row <= column]
        known = None
        for row, column in bar(sorted(starts, key=lambda start: start[0] != start[1]), what):
            rows, columns = slice(row, row + BLOCK), slice(column, column + BLOCK)
            if known != row:
                known, one = row, -2 * self._rounded(self.first[rows])
            lower = one @ self._rounded(self.second[columns]).T
            lower += self._first_squares[rows, np.newaxis]
            lower += self._second_squares[columns]
            yield Tile(rows, columns, lower)

    def limit(self, squared: np.ndarray) -> np.ndarray:
        """Squared distances in the unit of the tiles' bounds, rounded up to float32: what a bound exceeds, its pair exceeds."""
        return np.nextafter((squared * self._unit).astype(np.float32), np.float32(np.inf))

    def near(self, tile: Tile, chosen: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions in the two sets, and squared distances in float64, of the pairs of a tile where ``chosen`` is true.

        They come by rows, and within a row by columns.
        """
        first, second = np.nonzero(chosen)
        one, other = self.first[tile.rows], self.second[tile.columns]
        if len(first) * PAIR_COST > chosen.size:
            one, other = one - self._mean, other - self._mean
            squared = (np.square(one).sum(axis=1)[:, np.newaxis] + np.square(other).sum(axis=1) - 2 * (one @ other.T))[chosen]
        else:
            squared = np.empty(len(first))
            step = max(1, GATHERED // one.shape[1])
            for start in range(0, len(first), step):
                part = slice(start, start + step)
                difference = np.subtract(one[first[part]], other[second[part]], dtype=np.float64)
                squared[part] = np.einsum("ij,ij->i", difference, difference)
        squared[squared < self.rounding] = 0
        return first + tile.rows.start, second + tile.columns.start, squared

    def _rounded(self, block: np.ndarray) -> np.ndarray:
        centred = np.subtract(block, self._centre, dtype=self._kind)
        centred *= self._scale
        return centred.astype(np.float32, copy=False)

    def _shrunk_squares(self, features: np.ndarray) -> np.ndarray:
        """(1 - c) |x|^2 of each of the features, float32, less a little for what underflows."""
        blocks = (self._rounded(features[start : start + BLOCK]) for start in range(0, len(features), BLOCK))
        squares = np.concatenate([np.square(block, dtype=np.float64).sum(axis=1) for block in blocks])
        roundoffs = (features.shape[1] + 16) * 2.0**-24
        c = roundoffs / (1 - roundoffs)  # of the class's description
        return ((1 - c) * squares - 2.0**-100).astype(np.float32)
