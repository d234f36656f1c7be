"""Statistics of a reference that other programs have kept, as pytorch-fid does: all that FID needs of it."""

from pathlib import Path
from typing import Optional

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.metrics.frechet import Gaussian

NEED_IMAGES = "KID, precision, recall, density and coverage"  # the scores for which statistics are too little


def load_statistics(path: Path) -> Optional[Gaussian]:
    """``mu`` (D,) and ``sigma`` (D, D) of an .npz; None if ``path`` is no such file, or holds the images (``arr_0``) as well.

    Raises UserError if these are no mean and no covariance.
    """
    try:
        with np.load(str(path), allow_pickle=False) as loaded:
            if "arr_0" in loaded.files:
                return None
            mean, covariance = (np.asarray(loaded[name], np.float64) for name in ("mu", "sigma"))
    except Exception:  # a damaged archive makes zipfile and NumPy raise a dozen kinds; whoever reads it as images says what it is
        return None
    size = mean.shape
    if len(size) != 1 or 0 in size or covariance.shape != size * 2:
        raise UserError(f"{path} has mu of {mean.shape} and sigma of {covariance.shape}; they are (D,) and (D, D) for FID.")
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise UserError(f"{path} has NaN or infinity in mu or sigma; make these statistics anew.")
    scale = np.abs(covariance).max()
    if np.abs(covariance - covariance.T).max() > 1e-4 * scale or (np.diag(covariance) < 0).any():
        raise UserError(f"{path} has a sigma that is no covariance; make these statistics anew.")
    return Gaussian(mean, (covariance + covariance.T) / 2)
