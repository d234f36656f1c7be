"""What a method is: its losses and what else differs between GANs. One training loop serves all of them."""

from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Dict, Optional, Tuple

from thesis_gan._compat import mx
from thesis_gan.config import CLASSES, Settings, Value
from thesis_gan.networks import ConditionalCritic, ConditionalGenerator, DCGANCritic, DCGANGenerator

NDArray = mx.nd.NDArray


@dataclass(frozen=True)
class Batch:
    """What a loss may look at. A generator loss sees no ``real`` images and no ``score_real`` unless it asks for them.

    real, fake: images (N, C, H, W) in [-1, 1].  score_real, score_fake: (N, 1), the critic's, without a sigmoid.
    condition: () or (one-hot labels,).  critic: the network itself.
    uniform: uniform("name", shape) gives numbers on [0, 1), the same whenever this step is run again.
    """

    fake: NDArray
    score_fake: NDArray
    critic: Any
    condition: Tuple[NDArray, ...]
    uniform: Callable[[str, Tuple[int, ...]], NDArray]
    real: Optional[NDArray] = None
    score_real: Optional[NDArray] = None


class Method:
    """A GAN. Subclasses give the losses; what they do not override is what the DCGAN does.

    name: as on the command line.  source, summary: one line each, for the tables.  order: place in the tables.
    title: as the thesis writes it.  defaults: settings of the source that differ from the common ones.
    tuned: settings found here for short budgets, used by the profiles that say so.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    source: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    order: ClassVar[int] = 100
    uses_labels: ClassVar[bool] = False
    defaults: ClassVar[Dict[str, Value]] = {}
    tuned: ClassVar[Dict[str, Value]] = {}
    # Scores that the source itself reports, under the metrics' names.
    published: ClassVar[Dict[str, float]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "published" not in cls.__dict__:  # a variant's source did not publish what its parent's did
            cls.published = {}

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def critic_loss(self, batch: Batch) -> NDArray:
        """What the critic minimises, one number; ``batch`` is complete."""
        raise NotImplementedError

    def generator_loss(self, batch: Batch) -> NDArray:
        """What the generator minimises, one number."""
        raise NotImplementedError

    def statistics(self, batch: Batch) -> Dict[str, NDArray]:
        """Further numbers of a critic step to be logged, by name."""
        return {}

    def critic_steps(self, epoch: int) -> int:
        """Critic steps per generator step in ``epoch``, counted from 0."""
        return self.settings.critic_schedule(epoch)

    def after_critic_step(self, critic: mx.gluon.HybridBlock) -> None:
        """What is done to the critic after each of its updates."""

    def optimizer(self) -> mx.optimizer.Optimizer:
        """A new optimizer, for either network, as the settings say."""
        settings = self.settings
        if settings.optimizer == "rmsprop":
            return mx.optimizer.RMSProp(settings.learning_rate, gamma1=settings.decay)
        return mx.optimizer.Adam(settings.learning_rate, beta1=settings.beta1, beta2=settings.beta2)

    def generator(self) -> mx.gluon.HybridBlock:
        """A new generator: called with z (N, z_size), and with one-hot labels (N, classes) if the method uses them."""
        settings = self.settings
        if not self.uses_labels:
            return DCGANGenerator(settings.z_size, settings.width)
        inner = DCGANGenerator(settings.z_size + settings.label_size, settings.width)
        return ConditionalGenerator(inner, CLASSES, settings.label_size)

    def critic(self) -> mx.gluon.HybridBlock:
        """A new critic: called with images, and with one-hot labels if the method uses them."""
        settings = self.settings
        if not self.uses_labels:
            return DCGANCritic(settings.width, 1, settings.critic_norm)
        inner = DCGANCritic(settings.width, 1 + CLASSES, settings.critic_norm)
        return ConditionalCritic(inner, size=28)
