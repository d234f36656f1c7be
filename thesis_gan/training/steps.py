"""One training step of each network, the same for every method."""

from typing import Callable, Optional, Tuple

import numpy as np

from thesis_gan import memory
from thesis_gan._compat import mx
from thesis_gan.data.base import LabelledImages
from thesis_gan.data.images import one_hot, to_network
from thesis_gan.methods import Method
from thesis_gan.networks.bfloat16 import check_bfloat16
from thesis_gan.networks.weights import initialise, parameters
from thesis_gan.streams import BatchOrder, Streams
from thesis_gan.training.budget import budget
from thesis_gan.training.objectives import CriticObjective, GeneratorObjective
from thesis_gan.training.workers import ALONE, Alone, Numbers

autograd, nd = mx.autograd, mx.nd


class Steps:
    """Both networks of a method with their optimizers; a step is a function of its number and the networks' state.

    of: another's whose networks these steps are of too, in the place of new ones.
    workers: who shares each batch. Each draws what the whole batch needs and takes its rows, so that together they do the same
    as one; what has a batch norm sees the rows of its own worker only.
    """

    def __init__(
        self,
        method: Method,
        data: LabelledImages,
        seed: int,
        context: mx.Context,
        of: Optional["Steps"] = None,
        workers: Alone = ALONE,
    ) -> None:
        memory.large_apart()
        settings = method.settings
        self.method, self.context, self._data, self.workers = method, context, data, workers
        self.streams = Streams(seed)
        self.order = BatchOrder(self.streams, len(data.images), settings.batch_size)
        self._generator_order = BatchOrder(self.streams, len(data.images), settings.batch_size, "generator batch order")
        self._whole_run = budget(settings, len(data.images))
        self.critic_updates = 0  # fewer than critic steps where some are skipped
        self._batch_size, self._z_size = settings.batch_size, settings.z_size
        if settings.precision == "bfloat16":
            check_bfloat16(context)
        if of is None:
            self.generator, self.critic = method.generator(), method.critic()
            for name, network in (("generator", self.generator), ("critic", self.critic)):
                initialise(network, self.streams, name, settings.init_std or None, context)
                network.hybridize()
        else:
            self.generator, self.critic = of.generator, of.critic
        self.critic_objective = CriticObjective(method, self.critic)
        self.generator_objective = GeneratorObjective(method, self.critic)
        self.generator_trainer = self._trainer(self.generator)
        self.critic_trainer = self._trainer(self.critic)

    def critic_step(self, step: int) -> Numbers:
        """Critic step number ``step``: one update of the critic on a real and a generated batch.

        The update is left out where the critic is stronger than the setting skip_above allows; ``skipped`` then is 1, else 0.
        """
        real, condition = self._real(self.order(step))
        with autograd.pause(train_mode=True):
            fake = self.generator(self._z("critic z", step), *condition)
        noise = self._instance_noise("critic", step, self._whole_run.critic_steps)
        real, fake = noise("real", real), noise("fake", fake)
        with autograd.record():
            found = self.critic_objective(real, fake, condition, self._uniform("critic", step))
        numbers = {"critic_loss": found.loss, **found.statistics}
        if self.method.settings.skip_above < 1:
            scores = (self.workers.gather(f"scores of {kind}", getattr(found, f"score_{kind}")) for kind in ("real", "fake"))
            skipped = strength(*scores) > self.method.settings.skip_above
            numbers["skipped"] = self._to_device(np.array([skipped], np.float32))
            if skipped:
                return self.workers.average("skipped critic step", None, numbers)
        found.loss.backward()
        numbers = self.workers.average("critic", self.critic, numbers)
        self.critic_trainer.step(1)
        self.critic_updates += 1
        self.method.after_critic_step(self.critic)
        return numbers

    def generator_step(self, step: int) -> Numbers:
        """Generator step number ``step``: one update of the generator, the critic held fixed."""
        loss = self.generator_gradient(step)
        numbers = self.workers.average("generator", self.generator, {"generator_loss": loss})
        self.generator_trainer.step(1)
        return numbers

    def generator_gradient(self, step: int) -> mx.nd.NDArray:
        """The generator's loss in step number ``step``; its gradient is left in the generator's parameters, which stay."""
        noise = self._instance_noise("generator", step, self._whole_run.generator_steps)
        real = ()
        if self.method.generator_sees_real:
            images, condition = self._real(self._generator_order(step))
            real = (noise("real", images),)
        else:
            labels = self.streams.at("generator labels", step).integers(0, self.method.told_classes or 1, self._batch_size)
            condition = self._condition(self.workers.part(labels))
        with autograd.record():
            fake = self.generator(self._z("generator z", step), *condition)
        # The gradient goes through the critic to the images first, and from there on through the generator:
        # so no gradients are computed for the critic's weights.
        # (MXNet forgets the inputs of a graph once it is differentiated: what both graphs use is detached for the second.)
        images = noise("fake", fake.detach())
        images.attach_grad()
        with autograd.record():
            loss = self.generator_objective(images, *real, *(array.detach() for array in condition))
        fake.backward(autograd.grad(loss, images)[0])
        memory.keep_freed()  # by now a step's kernels are made
        return loss

    def _uniform(self, stream: str, step: int) -> Callable[[str, Tuple[int, ...]], mx.nd.NDArray]:
        """The numbers that a penalty may ask for by name and shape."""
        return lambda name, shape: self._to_device(self._part_of(self.streams.uniform, f"{stream} {name}", step, shape))

    def _real(self, chosen: np.ndarray) -> Tuple[mx.nd.NDArray, Tuple[mx.nd.NDArray, ...]]:
        """Real images, or points, at this worker's part of these positions, and what the networks are told of them."""
        chosen = self.workers.part(chosen)
        return self._to_device(to_network(self._data.images[chosen])), self._condition(self._data.labels[chosen])

    def _instance_noise(self, stream: str, step: int, of: int) -> Callable[[str, mx.nd.NDArray], mx.nd.NDArray]:
        """What shows images to the critic in ``step`` of so many: as they are, or with the method's noise."""
        deviation = self.method.instance_noise(step / of)

        def show(name: str, images: mx.nd.NDArray) -> mx.nd.NDArray:
            if not deviation:
                return images
            drawn = self._part_of(self.streams.normal, f"{stream} {name} noise", step, images.shape)
            return images + deviation * self._to_device(drawn)

        return show

    def _z(self, name: str, step: int) -> mx.nd.NDArray:
        whole = self.streams.uniform(name, step, (self._batch_size, self._z_size), low=-1.0)
        return self._to_device(self.workers.part(whole))

    def _part_of(self, draw: Callable[..., np.ndarray], name: str, step: int, shape: Tuple[int, ...]) -> np.ndarray:
        """This worker's rows, of ``shape``, of what is drawn for the whole batch."""
        return self.workers.part(draw(name, step, (shape[0] * self.workers.count, *shape[1:])))

    def _condition(self, labels: np.ndarray) -> Tuple[mx.nd.NDArray, ...]:
        return (self._to_device(one_hot(labels, self.method.told_classes)),) if self.method.uses_labels else ()

    def _to_device(self, array: np.ndarray) -> mx.nd.NDArray:
        return nd.from_numpy(array).as_in_context(self.context)

    def _trainer(self, network: mx.gluon.HybridBlock) -> mx.gluon.Trainer:
        # A checkpoint knows them by their place, so in the network's order: Gluon's own is of names with numbers, which depend on
        # what was made before in this process.
        return mx.gluon.Trainer(list(parameters(network).values()), self.method.optimizer(), kvstore=None)


def strength(score_real: mx.nd.NDArray, score_fake: mx.nd.NDArray) -> float:
    """Share, 0 to 1, of the pairs of a real and a generated image in which the real one has the higher score; 0.5 by chance.

    By it the critic's update can be skipped (S4: "skip its phase if it tells the samples apart too well").

    score_real, score_fake: (N, 1). It asks only how the critic orders images, so it means the same for every loss; a tie counts
    as wrong. It is taken of the scores of the very step that is to be made or skipped: so it needs no memory, and a resumed
    run skips the same steps.
    """
    return float(mx.nd.broadcast_greater(score_real, score_fake.T).mean().asscalar())
