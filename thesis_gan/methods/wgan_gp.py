"""WGAN-GP: a Wasserstein critic kept Lipschitz by a penalty on its gradient (Gulrajani et al. 2017).

The paper's optimizer is Adam: ``--set optimizer=adam --set learning_rate=0.0001 --set beta1=0 --set beta2=0.9``. The thesis's
RMSProp trains as well within 3,000 generator steps (docs/reproduction.md), so no profile changes it.
"""

from thesis_gan.data.points import POINTS_CODE
from thesis_gan.methods.base import Batch, NDArray
from thesis_gan.methods.wgan import Wasserstein
from thesis_gan.penalties import between, gradient_penalty
from thesis_gan.settings import Value


class WGANGP(Wasserstein):
    """As WGAN, with no clipping: the norm of the critic's gradient is drawn to 1 between real and generated images."""

    name = "wgan-gp"
    title = "WGAN-GP"
    source = "thesis §3.4 (S0); Gulrajani et al. 2017"
    summary = "Wasserstein critic, gradient penalised"
    order = 40
    in_thesis = True
    published = {"inception_score_mean": 1.8670504, "frechet_inception_distance": 171.6774}  # thesis, Table 1
    defaults = {
        "learning_rate": Value(0.003, "thesis §3.4: WGAN's hyperparameters"),
        "optimizer": Value("rmsprop", "thesis §3.4: WGAN's hyperparameters"),
        "critic_schedule": Value("5", "thesis, Algorithm 2: n_critic = 5"),
        "critic_norm": Value("none", "paper: Gulrajani et al. 2017, §4: no batch norm under the penalty"),
        "penalty_weight": Value(10.0, "S2; paper: Gulrajani et al. 2017, §4"),
    }

    on_points = {
        **Wasserstein.on_points,
        "optimizer": Value("adam", POINTS_CODE),
        "penalty_weight": Value(0.1, POINTS_CODE),
    }

    def critic_penalty(self, batch: Batch) -> NDArray:
        """lambda E(||grad f(x_hat)||_2 - 1)^2  (thesis §3.4)."""
        epsilon = batch.uniform("epsilon", (len(batch.real),) + (1,) * (batch.real.ndim - 1))
        x_hat = between(batch.real, batch.fake, epsilon)
        return self.settings.penalty_weight * gradient_penalty(batch.critic, x_hat, batch.condition)
