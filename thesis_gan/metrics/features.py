"""What a feature network is, and what it says of images."""

from typing import NamedTuple, Protocol, Tuple

import numpy as np


class Features(NamedTuple):
    """What a feature network says of N images, float32 as the network computes it; the metrics take it in float64.

    pool: (N, D) activations for the distances.  logits: (N, classes), unnormalised log-probabilities for the Inception Score.
    """

    pool: np.ndarray
    logits: np.ndarray


class FeatureNetwork(Protocol):
    """A function from images to :class:`Features`.

    name: as ``--features`` has it.  weights_sha256: of the file from which its weights came, 64 hexadecimal digits.
    classes: names of the classes of the data that its logits tell apart; () where it was made for other classes than theirs.
    """

    name: str
    classes: Tuple[str, ...]
    weights_sha256: str

    def __call__(self, images: np.ndarray) -> Features:
        """uint8 (N, H, W, C) -> features of each image. Raises UserError for images that the network cannot take."""
