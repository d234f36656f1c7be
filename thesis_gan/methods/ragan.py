"""Relativistic average GAN: each image against the mean of the other kind (Jolicoeur-Martineau 2018)."""

from thesis_gan.methods.base import Batch, Tensor, namespace
from thesis_gan.methods.dcgan import minus_log_sigmoid
from thesis_gan.methods.rsgan import RSGAN


class RAGAN(RSGAN):
    """Half the variance of pairs: a score is held against the mean score of the batch."""

    name = "ragan"
    title = "RaGAN"
    source = "S4; Jolicoeur-Martineau 2018"
    summary = "relativistic GAN, image against average"
    order = 81
    separable = False  # for E D over the batch

    def critic_loss(self, batch: Batch) -> Tensor:
        """-E log sigmoid(D(x) - E D(G(z))) - E log(1 - sigmoid(D(G(z)) - E D(x)))."""
        return average_loss(batch.score_real, batch.score_fake)

    def generator_loss(self, batch: Batch) -> Tensor:
        """-E log sigmoid(D(G(z)) - E D(x)) - E log(1 - sigmoid(D(x) - E D(G(z))))."""
        return average_loss(batch.score_fake, batch.score_real)


def average_loss(higher: Tensor, lower: Tensor) -> Tensor:
    """Small where the scores ``higher``, (N, 1), are above the mean of ``lower``, and those below the mean of these."""
    minus = namespace(higher).broadcast_sub
    return minus_log_sigmoid(minus(higher, lower.mean())) + minus_log_sigmoid(minus(higher.mean(), lower))
