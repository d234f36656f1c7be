"""Inception Score (Salimans et al. 2016; thesis §2.5.1): exp(E_x KL(p(y|x) || p(y)))."""

from typing import Tuple

import numpy as np
from scipy.special import log_softmax

from thesis_gan.metrics.checks import checked

SHUFFLE_SEED = 2020  # torch-fidelity's, so that the same images fall into the same parts


def inception_score(logits: np.ndarray, splits: int = 10, seed: int = SHUFFLE_SEED) -> Tuple[float, float]:
    """Mean and standard deviation, over ``splits`` parts of the images, of a score from 1 to the number of classes.

    logits: (N, classes), N >= splits. The images are shuffled first (by ``seed``), as the real ones come sorted by writer.
    Raises UserError for other arrays.
    """
    count = len(checked(logits, splits))
    order = np.random.RandomState(seed).permutation(count)
    scores = []
    for part in range(splits):
        chosen = order[part * count // splits : (part + 1) * count // splits]
        log_p = log_softmax(logits[chosen].astype(np.float64), axis=1)
        p = np.exp(log_p)
        marginal = p.mean(axis=0)
        # 0 log 0 = 0: a class that no image has adds nothing.
        log_marginal = np.log(np.where(marginal > 0, marginal, 1))
        scores.append(np.exp((p * (log_p - log_marginal)).sum(axis=1).mean()))
    return float(np.mean(scores)), float(np.std(scores))
