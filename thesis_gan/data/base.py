"""What all data are: images, or points, with labels."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the settings need the names below before the number of threads is set, which NumPy reads when imported
    import numpy as np

# What a run can be trained on, and what that is made of.
KINDS = {"mnist": "images", "8gaussians": "points", "25gaussians": "points", "swissroll": "points"}


class LabelledImages(NamedTuple):
    """Images at the edge of the program.

    images: uint8 (N, H, W, C), 0 to 255; or, of data that are points, float32 (N, 2).  labels: int64 (N,), 0 to 9.
    """

    images: "np.ndarray"
    labels: "np.ndarray"
