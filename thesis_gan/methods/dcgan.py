"""DCGAN: the minimax game of Goodfellow et al. (2014), played by convolutional networks (Radford et al. 2015)."""

from math import log
from typing import Dict

from thesis_gan.methods.base import Batch, Method, Tensor, accuracy, namespace
from thesis_gan.settings import Value

UNDER_S1 = {"generator_loss": Value("non-saturating", "S3, S4; S1 does not say what its DCGAN has")}


class DCGAN(Method):
    """The discriminator tells real from fake; the generator is to be taken for real. The score is D's logit."""

    name = "dcgan"
    title = "DCGAN"
    source = "thesis §2.3-2.5 (S0); Radford et al. 2015"
    summary = "minimax GAN on convolutional networks"
    order = 10
    in_thesis = True
    published = {"inception_score_mean": 1.483697, "frechet_inception_distance": 203.75015}  # thesis, Table 1
    defaults = {
        "learning_rate": Value(0.0002, "thesis, Algorithm 1"),
        "critic_schedule": Value("1", "thesis, Algorithm 1: k = 1"),
        "generator_loss": Value("saturating", "thesis, Algorithm 1"),
        "optimizer": Value("adam", "paper: Radford et al. 2015, §4; the thesis says momentum"),
        "beta1": Value(0.5, "paper: Radford et al. 2015, §4; S1: momentum term"),
    }
    tuned = {
        "learning_rate": Value(0.004, "ours: 0.0002 needs more steps than a short budget has"),
        "generator_loss": Value("non-saturating", "paper: Goodfellow et al. 2014, §3; the sources S3 and S4"),
    }
    under_profile = {
        "s1": UNDER_S1,
        "s1-quick": UNDER_S1,
        "thesis": {"generator_loss": Value("non-saturating", "S3, S4; Algorithm 1's loss, trained beside it, does not learn")},
        "faces": {"generator_loss": Value("non-saturating", "S3, S4; Algorithm 1's loss does not learn")},
    }
    on_pictures = {"learning_rate": Value(0.0005, "ours: found by a trial on the drawn faces")}

    def critic_loss(self, batch: Batch) -> Tensor:
        """-E log D(x) - E log(1 - D(G(z)))  (thesis §2.1)."""
        return minus_log_sigmoid(batch.score_real) + minus_log_sigmoid(-batch.score_fake)

    def generator_loss(self, batch: Batch) -> Tensor:
        """E log(1 - D(G(z))), saturating (thesis, Algorithm 1), or -E log D(G(z)), non-saturating (S3, eq. 2)."""
        if self.settings.generator_loss == "saturating":
            return -minus_log_sigmoid(-batch.score_fake)
        return minus_log_sigmoid(batch.score_fake)

    def statistics(self, batch: Batch) -> Dict[str, Tensor]:
        """accuracy: share of images, 0 to 1, that D puts on the right side of 1/2 (thesis, Fig. 7)."""
        return {"accuracy": accuracy(batch.score_real, batch.score_fake)}


def jensen_shannon(score_real: Tensor, score_fake: Tensor) -> Tensor:
    """D's estimate of the Jensen-Shannon divergence in nats, at most log 2: (E log D(x) + E log(1 - D(G(z))) + log 4) / 2.

    The best D, p / (p + q), makes it the divergence itself; any other D gives less (thesis §2.1; Goodfellow et al. 2014, eq. 6).
    """
    return log(2) - (minus_log_sigmoid(score_real) + minus_log_sigmoid(-score_fake)) / 2


def minus_log_sigmoid(score: Tensor) -> Tensor:
    """-E log sigmoid(score) = E log(1 + exp(-score)), without overflow."""
    return namespace(score).Activation(-score, act_type="softrelu").mean()
