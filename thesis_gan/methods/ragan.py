"""Relativistic average GAN: each image against the mean of the other kind (Jolicoeur-Martineau 2018)."""

from thesis_gan.methods.base import Batch, NDArray
from thesis_gan.methods.dcgan import minus_log_sigmoid
from thesis_gan.methods.rsgan import RSGAN


class RAGAN(RSGAN):
    """Half the variance of pairs: a score is held against the mean score of the batch."""

    name = "ragan"
    title = "RaGAN"
    source = "S4; Jolicoeur-Martineau 2018"
    summary = "relativistic GAN, image against average"
    order = 81

    def critic_loss(self, batch: Batch) -> NDArray:
        """-E log sigmoid(D(x) - E D(G(z))) - E log(1 - sigmoid(D(G(z)) - E D(x)))."""
        return average_loss(batch.score_real, batch.score_fake)

    def generator_loss(self, batch: Batch) -> NDArray:
        """-E log sigmoid(D(G(z)) - E D(x)) - E log(1 - sigmoid(D(x) - E D(G(z))))."""
        return average_loss(batch.score_fake, batch.score_real)


def average_loss(higher: NDArray, lower: NDArray) -> NDArray:
    """Small where the scores ``higher``, (N, 1), are above the mean of ``lower``, and those below the mean of these."""
    return minus_log_sigmoid(higher - lower.mean()) + minus_log_sigmoid(higher.mean() - lower)
