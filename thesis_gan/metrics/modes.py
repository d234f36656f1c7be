"""Mode collapse in numbers: which classes a generator draws, and how evenly (thesis §2.5, Fig. 6).

A mode is a class of the classifier, so of digits these numbers see a missing one, not a missing way of writing it.
"""

import numpy as np

MINIMUM_SHARE = 0.01  # of the images; a class that fewer show counts as missing (ours)


def class_shares(logits: np.ndarray) -> np.ndarray:
    """(N, classes) -> (classes,): share of the images, 0 to 1, in which each class is the most probable."""
    return np.bincount(logits.argmax(axis=1), minlength=logits.shape[1]) / len(logits)


def modes_found(shares: np.ndarray, minimum: float = MINIMUM_SHARE) -> int:
    """Number of classes with at least ``minimum`` of the images."""
    return int((shares >= minimum).sum())


def kl_from_uniform(shares: np.ndarray) -> float:
    """KL(shares || uniform) in nats: 0 where all classes are drawn equally often, log(classes) where one is drawn alone."""
    drawn = shares[shares > 0]
    return float(max(0.0, (drawn * np.log(drawn * len(shares))).sum()))
