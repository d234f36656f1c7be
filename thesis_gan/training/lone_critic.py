"""A critic trained alone, against a generator that stands still: what a critic is, once it is as good as it gets."""

from typing import Callable, Iterator, NamedTuple, Optional, Tuple

import numpy as np

from thesis_gan import memory
from thesis_gan._compat import mx
from thesis_gan.methods import Method
from thesis_gan.networks.weights import initialise
from thesis_gan.streams import Streams
from thesis_gan.training.objectives import CriticObjective

autograd, nd = mx.autograd, mx.nd

# (random, count) -> float32 (count, ...): samples of one side.
Sampler = Callable[[np.random.Generator, int], np.ndarray]


class Sides(NamedTuple):
    """What a critic is to tell apart: samplers of real and of generated samples."""

    real: Sampler
    fake: Sampler

    def draw(self, streams: Streams, name: str, step: int, count: int) -> Tuple[mx.nd.NDArray, mx.nd.NDArray]:
        """``count`` of each, the same for the same seed, ``name`` and ``step``."""
        return tuple(
            nd.from_numpy(np.ascontiguousarray(sampler(streams.at(f"{name} {side}", step), count)))
            for side, sampler in zip(self._fields, self)
        )


def train_critic(
    method: Method,
    critic: mx.gluon.HybridBlock,
    sides: Sides,
    steps: int,
    seed: int,
    first_deviation: Optional[float] = None,
) -> Iterator[int]:
    """Train ``critic`` from fresh weights with ``method``'s critic loss, optimizer and what it does after each step.

    first_deviation: standard deviation of the first weights; None draws them after He et al. 2015.
    The learning rate falls in a straight line to 0 over the second half, so that the critic comes to rest.
    Yields the number of steps made, before the first and after each, so that the caller can look.
    """
    streams, batch_size = Streams(seed), method.settings.batch_size
    initialise(critic, streams, "critic", first_deviation, mx.cpu())
    critic.hybridize()
    memory.keep_freed()
    objective = CriticObjective(method, critic)
    trainer = mx.gluon.Trainer(critic.collect_params(), method.optimizer(), kvstore=None)
    for step in range(steps):
        yield step
        trainer.set_learning_rate(method.settings.learning_rate * min(1.0, 2 * (1 - step / steps)))
        real, fake = sides.draw(streams, "critic batch", step, batch_size)

        def uniform(name: str, shape: Tuple[int, ...], step: int = step) -> mx.nd.NDArray:
            return nd.from_numpy(streams.uniform(name, step, shape))

        with autograd.record():
            loss = objective(real, fake, (), uniform).loss
        loss.backward()
        trainer.step(1)
        method.after_critic_step(critic)
    yield steps
