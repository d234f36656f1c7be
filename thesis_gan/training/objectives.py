"""What a step minimises. But for a penalty it is one graph, from images to a number.

Called from Python one by one, operators cost MXNet 20 to 30 microseconds each beside their work, within a graph a few. There are
enough of them in a loss, and in what a critic makes of a label, for a twentieth to a tenth of a critic step.
"""

from typing import Callable, Dict, NamedTuple, Sequence, Tuple

from thesis_gan._compat import mx
from thesis_gan.methods import Batch, Method

NDArray = mx.nd.NDArray


class CriticNumbers(NamedTuple):
    """loss, statistics: one number each; only the loss has a gradient.  score_real, score_fake: (N, 1)."""

    loss: NDArray
    statistics: Dict[str, NDArray]
    score_real: NDArray
    score_fake: NDArray


class CriticObjective:
    """The critic's loss, penalty included, and what else is to be known of its step. Call it inside ``autograd.record()``."""

    def __init__(self, method: Method, critic: mx.gluon.HybridBlock) -> None:
        self._method, self._critic, self._graph = method, critic, _CriticGraph(method, critic)

    def __call__(
        self, real: NDArray, fake: NDArray, condition: Sequence[NDArray], uniform: Callable[[str, Tuple[int, ...]], NDArray]
    ) -> CriticNumbers:
        """real, fake: images (N, ...).  condition: one-hot labels (N, classes) of both, or nothing.  uniform: as of a Batch."""
        loss, score_real, score_fake, *statistics = self._graph(real, fake, *condition)
        penalty = self._method.critic_penalty(Batch(fake, score_fake, real, score_real, self._critic, condition, uniform))
        loss = loss if penalty is None else loss + penalty
        return CriticNumbers(loss, dict(zip(self._graph.statistics, statistics)), score_real, score_fake)


class _CriticGraph(mx.gluon.HybridBlock):
    """The loss without the penalty, the scores, and the statistics, whose names are known once it is traced."""

    def __init__(self, method, critic):
        super().__init__()
        self.critic, self._method, self.statistics = critic, method, ()
        self.hybridize()

    def hybrid_forward(self, F, real, fake, *condition):
        score_real, score_fake = self.critic.scores(F, real, fake, *condition)
        batch = Batch(fake, score_fake, real, score_real, self.critic, condition)
        statistics = self._method.statistics(batch)
        self.statistics = tuple(statistics)
        beside = (score_real, score_fake, *statistics.values())
        return [self._method.critic_loss(batch), *(F.BlockGrad(each) for each in beside)]


class GeneratorObjective(mx.gluon.HybridBlock):
    """Generated images (N, ...); real ones too, if the method's generator sees them; labels as above -> the generator's loss."""

    def __init__(self, method: Method, critic: mx.gluon.HybridBlock) -> None:
        super().__init__()
        self.critic, self._method = critic, method
        self.hybridize()

    def hybrid_forward(self, F, fake, *others):
        if self._method.generator_sees_real:
            real, *condition = others
            score_real, score_fake = self.critic.scores(F, real, fake, *condition)
        else:
            real, score_real, condition = None, None, others
            score_fake = self.critic(fake, *condition)
        return self._method.generator_loss(Batch(fake, score_fake, real, score_real, self.critic, condition))
