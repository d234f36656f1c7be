"""Relativistic GAN: D says how much more real one image is than another (S4; Jolicoeur-Martineau 2018)."""

from typing import Dict

from thesis_gan.methods.base import Batch, Method, Tensor
from thesis_gan.methods.dcgan import minus_log_sigmoid
from thesis_gan.settings import Value


class RSGAN(Method):
    """Real images and generated ones are held against each other in pairs; so the generator's loss has both."""

    name = "rsgan"
    title = "RSGAN"
    source = "S4; Jolicoeur-Martineau 2018"
    summary = "relativistic GAN, image against image"
    order = 80
    generator_sees_real = True
    tuned = {"learning_rate": Value(0.001, "ours: 0.0002 needs more steps than a short budget has")}

    def critic_loss(self, batch: Batch) -> Tensor:
        """-E log sigmoid(D(x) - D(G(z)))  (S4, Relativistic discriminator)."""
        return minus_log_sigmoid(batch.score_real - batch.score_fake)

    def generator_loss(self, batch: Batch) -> Tensor:
        """-E log sigmoid(D(G(z)) - D(x))  (S4, Relativistic discriminator)."""
        return minus_log_sigmoid(batch.score_fake - batch.score_real)

    def statistics(self, batch: Batch) -> Dict[str, Tensor]:
        """accuracy: share of the pairs, 0 to 1, in which D finds the real image the more real one."""
        return {"accuracy": (batch.score_real > batch.score_fake).mean()}
