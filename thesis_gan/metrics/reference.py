"""What is needed of reference images to score any number of sets against them: computed once, then read from the cache."""

import contextlib
import hashlib
import io
import zipfile
from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np

from thesis_gan import files
from thesis_gan.cache import cache_folder
from thesis_gan.errors import UserError
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.frechet import Gaussian, gaussian
from thesis_gan.metrics.manifold import DENSITY_K, nearest_neighbours

FORMAT = 2  # counts up when what is kept, or how it is computed, changes


class Reference(NamedTuple):
    """pool: float32 (M, D).  gaussian: of pool.  neighbours: (M, k), see :func:`nearest_neighbours`."""

    pool: np.ndarray
    gaussian: Gaussian
    neighbours: np.ndarray


def reference_statistics(images: np.ndarray, features: FeatureNetwork) -> Reference:
    """Statistics of ``images``, uint8 (M, H, W, C), M > 5, from the cache where they are there and whole.

    The cache knows them by the images' bytes, the network's name and its weights. Where it cannot be written, nothing is kept.
    """
    path = cache_folder() / f"reference-{features.name}-{_key(images, features)}.npz"
    known = _read(path, len(images))
    if known:
        return known
    pool = features(images).pool
    reference = Reference(pool, gaussian(pool), nearest_neighbours(pool, DENSITY_K))
    content = io.BytesIO()
    mean, covariance = reference.gaussian
    np.savez(content, pool=pool, mean=mean, covariance=covariance, neighbours=reference.neighbours)
    with contextlib.suppress(UserError):  # scores must not depend on a place to keep these
        files.write_bytes(path, content.getvalue())
    return reference


def _key(images: np.ndarray, features: FeatureNetwork) -> str:
    digest = hashlib.sha256(f"{FORMAT} {features.name} {features.weights_sha256} {images.dtype} {images.shape} ".encode())
    digest.update(np.ascontiguousarray(images))
    return digest.hexdigest()[:32]


def _read(path: Path, count: int) -> Optional[Reference]:
    """What is kept at ``path``; None if there is none, or if it is damaged (the archive has a checksum of each array)."""
    try:
        with np.load(str(path), allow_pickle=False) as kept:
            pool, mean, covariance, neighbours = (kept[name] for name in ("pool", "mean", "covariance", "neighbours"))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    size = pool.shape[1:]
    if (len(pool), mean.shape, covariance.shape, neighbours.shape) != (count, size, size * 2, (count, DENSITY_K)):
        return None
    return Reference(pool, Gaussian(mean, covariance), neighbours)
