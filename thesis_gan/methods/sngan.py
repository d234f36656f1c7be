"""SN-GAN: every layer of the critic spectrally normalised, hinge loss (Miyato et al. 2018)."""

from typing import Dict

from thesis_gan.methods.base import Batch, Method, Tensor, accuracy
from thesis_gan.settings import Value


class SNGAN(Method):
    """The spectral norm alone keeps the critic Lipschitz; the loss is the paper's hinge loss, one of the two it tries."""

    name = "sngan"
    title = "SN-GAN"
    source = "S3 (cited); Miyato et al. 2018"
    summary = "spectral norm on every critic layer, hinge loss"
    order = 70
    defaults = {"critic_norm": Value("spectral", "paper: Miyato et al. 2018, §2.1")}
    on_points = {}  # its norm is its own
    tuned = {"learning_rate": Value(0.001, "ours: 0.0002 needs more steps than a short budget has")}

    def critic_loss(self, batch: Batch) -> Tensor:
        """E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))  (Miyato et al. 2018, §4)."""
        return (1 - batch.score_real).relu().mean() + (1 + batch.score_fake).relu().mean()

    def generator_loss(self, batch: Batch) -> Tensor:
        """-E D(G(z))  (Miyato et al. 2018, §4)."""
        return -batch.score_fake.mean()

    def statistics(self, batch: Batch) -> Dict[str, Tensor]:
        """accuracy: share of images, 0 to 1, on the right side of 0."""
        return {"accuracy": accuracy(batch.score_real, batch.score_fake)}
