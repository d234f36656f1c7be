"""LSGAN: least squares in the place of the logarithms (Mao et al. 2017)."""

from typing import Dict

from thesis_gan.methods.base import Batch, Method, Tensor, accuracy
from thesis_gan.settings import Value


class LSGAN(Method):
    """The critic is to give a to generated images and b to real ones; the generator is to get c. The score is D itself.

    (a, b, c) = (-1, 1, 0), which minimises a Pearson chi-squared divergence, or (0, 1, 1), S4's and S1's other choice:
    ``--set target_fake=0 --set target_generator=1``.
    """

    name = "lsgan"
    title = "LSGAN"
    source = "S1, S4; Mao et al. 2017"
    summary = "least-squares losses"
    order = 50
    defaults = {
        "learning_rate": Value(0.0001, "S1"),
        "beta1": Value(0.5, "S1: momentum term"),
        "target_fake": Value(-1.0, "S1: a"),
        "target_real": Value(1.0, "S1: b"),
        "target_generator": Value(0.0, "S1: c"),
    }
    tuned = {"learning_rate": Value(0.001, "ours: 0.0001 needs more steps than a short budget has")}
    under_profile = {
        "collapse": {
            "target_fake": Value(0.0, "S4, whose claim it is that LSGAN helps"),
            "target_real": Value(1.0, "S4"),
            "target_generator": Value(1.0, "S4"),
        }
    }

    def critic_loss(self, batch: Batch) -> Tensor:
        """1/2 E (D(x) - b)^2 + 1/2 E (D(G(z)) - a)^2  (S1; Mao et al. 2017, eq. 2)."""
        settings = self.settings
        return half_square(batch.score_real, settings.target_real) + half_square(batch.score_fake, settings.target_fake)

    def generator_loss(self, batch: Batch) -> Tensor:
        """1/2 E (D(G(z)) - c)^2  (S1; Mao et al. 2017, eq. 2)."""
        return half_square(batch.score_fake, self.settings.target_generator)

    def statistics(self, batch: Batch) -> Dict[str, Tensor]:
        """accuracy: share of images, 0 to 1, whose score is nearer to its own target than to the other's, if a < b."""
        boundary = (self.settings.target_fake + self.settings.target_real) / 2
        return {"accuracy": accuracy(batch.score_real, batch.score_fake, boundary)}


def half_square(score: Tensor, target: float) -> Tensor:
    """1/2 E (score - target)^2."""
    return 0.5 * (score - target).square().mean()
