"""What a step minimises as one graph, from images to a number.

Called from Python one by one, operators cost MXNet 20 to 30 microseconds each beside their work, in a graph a few: of the step of
a small network every tenth millisecond.
"""

from typing import List, Sequence

from thesis_gan._compat import mx
from thesis_gan.methods import Batch, Method


class CriticObjective(mx.gluon.HybridBlock):
    """Real and generated images (N, ...), and their labels if the critic is told them, one-hot (N, classes) -> a list of

    the critic's loss but for a penalty, one number; the scores of the real and of the generated images, (N, 1) each, without a
    gradient; and the method's statistics, one number each, called ``statistics`` in their order.
    """

    def __init__(self, method: Method, critic: mx.gluon.HybridBlock) -> None:
        super().__init__()
        self.critic, self._method = critic, method
        self.statistics: Sequence[str] = ()
        self.hybridize(static_alloc=True, static_shape=True)

    def hybrid_forward(self, F, real, fake, *condition) -> List:
        score_real, score_fake = self.critic.scores(F, real, fake, *condition)
        batch = Batch(fake, score_fake, real, score_real, self.critic, condition)
        statistics = self._method.statistics(batch)
        self.statistics = tuple(statistics)
        beside = (score_real, score_fake, *statistics.values())
        return [self._method.critic_loss(batch), *(F.BlockGrad(each) for each in beside)]


class GeneratorObjective(mx.gluon.HybridBlock):
    """Generated images (N, ...), real ones if the method's generator sees them, labels as above -> the generator's loss."""

    def __init__(self, method: Method, critic: mx.gluon.HybridBlock) -> None:
        super().__init__()
        self.critic, self._method = critic, method
        self.hybridize(static_alloc=True, static_shape=True)

    def hybrid_forward(self, F, fake, *others):
        if self._method.generator_sees_real:
            real, *condition = others
            score_real, score_fake = self.critic.scores(F, real, fake, *condition)
        else:
            real, score_real, condition = None, None, others
            score_fake = self.critic(fake, *condition)
        return self._method.generator_loss(Batch(fake, score_fake, real, score_real, self.critic, condition))
