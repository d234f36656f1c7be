"""LSGAN': an LSGAN whose generator also draws the mean scores together (S1, "Our Method")."""

from thesis_gan.methods.base import Batch, Tensor
from thesis_gan.methods.lsgan import LSGAN
from thesis_gan.settings import Value


class RegularisedLSGAN(LSGAN):
    """Where the least-squares gradient vanishes, that of the difference of means does not (S1's argument)."""

    name = "lsgan-reg"
    title = "LSGAN′"
    source = "S1, Our Method"
    summary = "LSGAN, regularised by the difference of mean scores"
    order = 51
    separable = False  # for the square of a mean
    generator_sees_real = True
    defaults = {**LSGAN.defaults, "mean_weight": Value(1.0, "ours: S1 gives no value for its lambda")}

    def generator_loss(self, batch: Batch) -> Tensor:
        """1/2 E (D(G(z)) - c)^2 + lambda (E D(G(z)) - E D(x))^2  (S1, Our Method III)."""
        difference = batch.score_fake.mean() - batch.score_real.mean()
        return super().generator_loss(batch) + self.settings.mean_weight * difference.square()
