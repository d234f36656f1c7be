"""WGAN: a critic, kept Lipschitz by clipping its weights, estimates the Wasserstein distance (Arjovsky et al. 2017)."""

from typing import Dict

from thesis_gan._compat import mx
from thesis_gan.methods.base import Batch, Method, Tensor
from thesis_gan.networks.weights import parameters
from thesis_gan.settings import Value


class Wasserstein(Method):
    """The losses that WGAN and its descendants share."""

    def critic_loss(self, batch: Batch) -> Tensor:
        """E f(G(z)) - E f(x)  (thesis §3.2)."""
        return batch.score_fake.mean() - batch.score_real.mean()

    def generator_loss(self, batch: Batch) -> Tensor:
        """-E f(G(z))  (thesis §3.2)."""
        return -batch.score_fake.mean()

    def statistics(self, batch: Batch) -> Dict[str, Tensor]:
        """wasserstein: the estimate E f(x) - E f(G(z)), up to the critic's Lipschitz constant (thesis, Fig. 9 and 12)."""
        return {"wasserstein": batch.score_real.mean() - batch.score_fake.mean()}


class WGAN(Wasserstein):
    """All of the critic's weights stay in [-c, c]; the architecture is the DCGAN's without the sigmoid."""

    name = "wgan"
    title = "WGAN"
    source = "thesis §3.1-3.3 (S0); Arjovsky et al. 2017"
    summary = "Wasserstein critic, weights clipped"
    order = 30
    in_thesis = True
    published = {"inception_score_mean": 1.5933928, "frechet_inception_distance": 179.75687}  # thesis, Table 1
    defaults = {
        "learning_rate": Value(0.003, "thesis, Algorithm 2"),
        "optimizer": Value("rmsprop", "thesis, Algorithm 2"),
        "clip": Value(0.03, "thesis, Algorithm 2"),
        "critic_schedule": Value("30x2,15x2,5", "thesis §3.3, Fig. 10 b"),
    }
    tuned = {"learning_rate": Value(0.0005, "ours: 0.003 does not train within a short budget")}
    under_profile = {
        name: {
            "optimizer": Value("rmsprop", "S1: RMSProp for WGAN"),
            "critic_schedule": Value("5", "paper: Arjovsky et al. 2017, Algorithm 1; S1 has no warm-up"),
        }
        for name in ("s1", "s1-quick", "collapse")
    }

    def after_critic_step(self, critic: mx.gluon.HybridBlock) -> None:
        """w <- clip(w, -c, c) for every parameter, batch norm's too (thesis, Algorithm 2, line 7)."""
        for parameter in parameters(critic).values():
            if parameter.grad_req != "null":  # running statistics are not weights
                weight = parameter.data()
                mx.nd.clip(weight, -self.settings.clip, self.settings.clip, out=weight)
        super().after_critic_step(critic)
