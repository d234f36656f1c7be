"""Inception Score (Salimans et al. 2016; thesis §2.5.1): exp(E_x KL(p(y|x) || p(y)))."""

from typing import Tuple

import numpy as np


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """(N, classes) unnormalised -> normalised log-probabilities, float64."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def inception_score(logits: np.ndarray, splits: int = 10, seed: int = 0) -> Tuple[float, float]:
    """Mean and standard deviation, over ``splits`` parts of the images, of a score from 1 to the number of classes.

    logits: (N, classes), N >= splits. The images are shuffled first (by ``seed``), as the real ones come sorted by writer.
    """
    log_p = log_softmax(np.asarray(logits, np.float64))
    log_p = log_p[np.random.RandomState(seed).permutation(len(log_p))]
    scores = []
    for part in np.array_split(log_p, splits):
        p = np.exp(part)
        marginal = p.mean(axis=0)
        # 0 log 0 = 0: a class that no image has adds nothing.
        log_marginal = np.log(np.where(marginal > 0, marginal, 1))
        scores.append(np.exp((p * (part - log_marginal)).sum(axis=1).mean()))
    return float(np.mean(scores)), float(np.std(scores))
