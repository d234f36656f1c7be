"""DRAGAN: a GAN whose discriminator's gradient is penalised around real data only (Kodali et al. 2017)."""

from thesis_gan.methods.base import Batch, NDArray
from thesis_gan.methods.dcgan import DCGAN
from thesis_gan.penalties import gradient_penalty
from thesis_gan.settings import Value


class DRAGAN(DCGAN):
    """The norm of the gradient of D's logit is drawn to 1 in the neighbourhood of real images (S2)."""

    name = "dragan"
    title = "DRAGAN"
    source = "S2; Kodali et al. 2017"
    summary = "GAN, gradient penalised around real images"
    order = 60
    separable = False  # for the deviation of the pixels of the batch
    defaults = {
        **DCGAN.defaults,
        "generator_loss": Value("non-saturating", "S3, S4; paper: Goodfellow et al. 2014, §3"),
        "critic_norm": Value("none", "paper: Gulrajani et al. 2017, §4: no batch norm under the penalty"),
        "penalty_weight": Value(10.0, "paper: Kodali et al. 2017"),
        "neighbourhood": Value(0.5, "ours: half the data's deviation; the paper leaves its c open"),
    }
    tuned = {"learning_rate": Value(0.001, "ours: 0.0002 needs more steps than a short budget has")}
    under_profile = {}

    def critic_penalty(self, batch: Batch) -> NDArray:
        """lambda E (||grad D(x + delta)||_2 - 1)^2  (S2; Kodali et al. 2017).

        delta ~ U[-r, r] in every pixel, r = neighbourhood times the standard deviation of all pixels of the batch.
        """
        real = batch.real
        deviation = (real - real.mean()).square().mean().sqrt()
        delta = self.settings.neighbourhood * deviation * (2 * batch.uniform("neighbourhood", real.shape) - 1)
        return self.settings.penalty_weight * gradient_penalty(batch.critic, real + delta, batch.condition)
