"""Sliced Wasserstein distance of the patches of a Laplacian pyramid (Karras et al. 2018, §5): scores without a feature network.

Each level of the pyramid holds the details of one size: the finest the edges and the noise, the coarsest what is drawn where.
Small patches of both sets are held against each other as clouds of points, along random lines. What the numbers mean shows in
what real images have against other real ones: it is not 0, and it falls as their number grows.
"""

from typing import Dict, Iterator, List, Tuple

import numpy as np
from scipy.ndimage import correlate1d

from thesis_gan.errors import UserError
from thesis_gan.metrics.bootstrap import about, resampled
from thesis_gan.progress_bar import bar
from thesis_gan.streams import Streams

# All from the paper, or from its program where the paper is silent.
PATCH = 7  # pixels
PATCHES = 128  # of each image and level
DIRECTIONS = 512
SCALE = 1000.0
BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16

# The paper's smallest level is 16; that of 28 pixels has 14 (ours), or its pyramid would be the image alone.
SMALLEST = 14

IMAGES = 256  # of which patches are held at a time; another number gives other patches
RESAMPLED_DIRECTIONS = 128  # the first of them: with all, an interval is as wide and takes four times as long
HELD = 2**24  # projections of a set held at a time: 64 MiB


def sliced_wasserstein_distances(first: np.ndarray, second: np.ndarray, seed: int = 0) -> Dict[str, float]:
    """``sliced_wasserstein_distance``, the mean over the levels, and ``sliced_wasserstein_distance_16`` … by the level's side.

    first, second: uint8 (N, H, W, C) and (M, H, W, C), H = W >= 7, C any; N and M may differ, but the distance falls with both,
    so compare only numbers of equally many images. Of each image, 128 patches of 7x7 pixels at random places; those of a set are
    brought to mean 0 and deviation 1 in each channel, so the brightness and the contrast of a whole set do not count. Then the
    exact Wasserstein-1 distance along 512 random directions, mean times 1,000. Equal sets have 0. ``seed`` says the places, the
    same for both sets, and the directions. Raises UserError for other arrays.
    """
    sides = _checked_sides(first, second)
    found = {
        f"sliced_wasserstein_distance_{size}": _distance_at(first, second, level, sides, Streams(seed))
        for level, size in enumerate(sides)
    }
    return {"sliced_wasserstein_distance": float(np.mean(list(found.values()))), **found}


def sliced_wasserstein_interval(
    first: np.ndarray, second: np.ndarray, distance: float, resamples: int, seed: int = 0
) -> Tuple[float, float]:
    """95 % interval of ``distance``, the ``sliced_wasserstein_distance`` of the same arguments, by drawing ``first`` anew.

    What it means says :func:`~thesis_gan.metrics.bootstrap.bootstrap_interval`. An image that is drawn brings all its patches;
    they keep the mean and the deviation by which the whole set is normalised. Raises UserError as the distance does.
    """
    sides = _checked_sides(first, second)
    counts = np.stack([np.bincount(chosen, minlength=len(first)) for chosen in resampled(len(first), resamples)])
    levels = [_resampled_at(first, second, level, sides, Streams(seed), counts) for level in range(len(sides))]
    return about(distance, np.mean(levels, axis=0))


def _checked_sides(first: np.ndarray, second: np.ndarray) -> List[int]:
    """Sides of the levels of these images. Raises UserError for arrays that cannot be compared."""
    for images in (first, second):
        if images.dtype != np.uint8 or images.ndim != 4 or not len(images):
            raise UserError(f"The images must be uint8 (N, H, W, C), not {images.dtype} {images.shape}.")
    if first.shape[1:] != second.shape[1:]:
        raise UserError(f"Images of {first.shape[1:]} and of {second.shape[1:]} cannot be compared; bring both to one shape.")
    side, width, _ = first.shape[1:]
    if side != width or side < PATCH:
        raise UserError(
            f"The sliced Wasserstein distance needs square images of {PATCH} pixels or more, and these are {width}x{side} "
            "(width x height); cut both sides to squares, or choose other --metrics."
        )
    return level_sides(side)


def level_sides(side: int) -> List[int]:
    """Sides of the pyramid's levels, in pixels, from the finest: halves as long as they are whole and not too small."""
    sides = [side]
    while sides[-1] % 2 == 0 and sides[-1] // 2 >= SMALLEST:
        sides.append(sides[-1] // 2)
    return sides


def laplacian(images: np.ndarray, level: int, coarsest: bool) -> np.ndarray:
    """Level number ``level`` of the Laplacian pyramid of ``images``, float32 (N, C, S, S), S a multiple of 2^(level + 1).

    It is what the next halving would lose; the coarsest level is the smoothed image itself (Burt and Adelson 1983).
    """
    for _ in range(level):
        images = _halved(images)
    return images if coarsest else images - _doubled(_halved(images))


def _halved(images: np.ndarray) -> np.ndarray:
    across = correlate1d(images, BINOMIAL, axis=3, mode="mirror")[..., ::2]
    return correlate1d(across, BINOMIAL, axis=2, mode="mirror")[:, :, ::2]


def _doubled(images: np.ndarray) -> np.ndarray:
    count, channels, height, width = images.shape
    taller = np.zeros((count, channels, 2 * height, width), images.dtype)
    taller[:, :, ::2] = images
    wider = np.zeros((count, channels, 2 * height, 2 * width), images.dtype)
    wider[..., ::2] = correlate1d(taller, 2 * BINOMIAL, axis=2, mode="mirror")
    return correlate1d(wider, 2 * BINOMIAL, axis=3, mode="mirror")


def _distance_at(first: np.ndarray, second: np.ndarray, level: int, sides: List[int], streams: Streams) -> float:
    """The distance at one level, times 1,000."""
    places, others, weights = _coupling(len(first) * PATCHES, len(second) * PATCHES)
    # A direction at a time: the differences of all would take as much memory again.
    distances = [
        np.dot(weights, np.abs(np.sort(one)[places] - np.sort(other)[others]))
        for one, other in _projected(first, second, level, sides, streams, DIRECTIONS, "sliced Wasserstein distance")
    ]
    return float(SCALE * np.mean(distances))


def _resampled_at(
    first: np.ndarray, second: np.ndarray, level: int, sides: List[int], streams: Streams, counts: np.ndarray
) -> np.ndarray:
    """The distances at one level, times 1,000, float64 (R,), with each image of ``first`` so often as ``counts`` (R, N) says.

    On a line it is the area between the two distributions: the share that lies below, over the gaps between the points.
    """
    mass = np.column_stack([counts / len(first), np.full(len(counts), -1 / len(second))]) / PATCHES
    owners = np.repeat(np.arange(len(first) + 1), [*[PATCHES] * len(first), PATCHES * len(second)])
    distances = np.zeros(len(counts))
    for pair in _projected(first, second, level, sides, streams, RESAMPLED_DIRECTIONS, "resamples"):
        points = np.concatenate(pair).astype(np.float64)
        order = np.argsort(points)
        gaps, below = np.diff(points[order]), owners[order[:-1]]
        distances += [gaps @ np.abs(np.cumsum(shares[below])) for shares in mass]
    return SCALE * distances / RESAMPLED_DIRECTIONS


def _projected(
    first: np.ndarray, second: np.ndarray, level: int, sides: List[int], streams: Streams, count: int, what: str
) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """Where the normalised patches of both sets lie along each of the first ``count`` directions, float32 (images * PATCHES,)."""
    size = PATCH * PATCH * first.shape[3]
    directions = streams.at(f"patch directions {sides[level]}", 0).standard_normal((DIRECTIONS, size))[:count]
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    moments = [_moments(_patches(images, level, sides, streams)) for images in (first, second)]
    step = int(np.clip(HELD // (PATCHES * max(len(first), len(second))), 1, count))
    for start in bar(range(0, count, step), f"{what}, {sides[level]} pixels"):
        yield from zip(
            *(
                _projections(_patches(images, level, sides, streams), known, directions[start : start + step], len(images))
                for images, known in zip((first, second), moments)
            )
        )


def _patches(images: np.ndarray, level: int, sides: List[int], streams: Streams) -> Iterator[np.ndarray]:
    """Patches of one level, float32 (n * PATCHES, C, PATCH, PATCH), a few images at a time: they are larger than the images."""
    side = sides[level]
    for number, start in enumerate(range(0, len(images), IMAGES)):
        pixels = images[start : start + IMAGES].transpose(0, 3, 1, 2).astype(np.float32)
        whole = laplacian(pixels, level, coarsest=level == len(sides) - 1)
        places = streams.at(f"patch places {side}", number).integers(0, side - PATCH + 1, (2, IMAGES, PATCHES))
        rows, columns = places[:, : len(pixels)]
        windows = np.lib.stride_tricks.sliding_window_view(whole, (PATCH, PATCH), axis=(2, 3))
        chosen = windows[np.arange(len(pixels))[:, np.newaxis], :, rows, columns]
        yield chosen.reshape(-1, *chosen.shape[2:])


def _moments(patches: Iterator[np.ndarray]) -> Tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel, float64 (C, 1, 1); 1 for the deviation where it is 0."""
    count, total, squares, pivot = 0, 0.0, 0.0, None
    for part in patches:
        if pivot is None:
            pivot = part.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64)  # near the mean less is lost to rounding
        shifted = part - pivot
        count += shifted[:, 0].size
        total, squares = total + shifted.sum(axis=(0, 2, 3)), squares + np.square(shifted).sum(axis=(0, 2, 3))
    variance = np.maximum(squares / count - (total / count) ** 2, 0)
    mean, deviation = pivot[0, :, 0, 0] + total / count, np.where(variance > 0, np.sqrt(variance), 1)
    return mean[:, np.newaxis, np.newaxis], deviation[:, np.newaxis, np.newaxis]


def _projections(
    patches: Iterator[np.ndarray], moments: Tuple[np.ndarray, np.ndarray], directions: np.ndarray, images: int
) -> np.ndarray:
    """float32 (directions, images * PATCHES): where the normalised patches lie along each direction, image by image."""
    mean, deviation = moments
    projections, done = np.empty((len(directions), images * PATCHES), np.float32), 0
    for part in patches:
        normalised = ((part - mean) / deviation).reshape(len(part), -1)
        projections[:, done : done + len(part)] = directions @ normalised.T
        done += len(part)
    return projections


def _coupling(count: int, other_count: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How sorted samples of two sets are moved onto each other: positions in both, and the share of mass that goes that way."""
    # In units of 1 / (count * other_count), which are whole.
    ends = np.union1d(np.arange(1, count + 1) * other_count, np.arange(1, other_count + 1) * count)
    starts = np.concatenate([[0], ends[:-1]])
    return starts // other_count, starts // count, (ends - starts) / (count * other_count)
