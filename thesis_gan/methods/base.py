"""What a method is: its losses and what else differs between GANs. One training loop serves all of them."""

from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Collection, Dict, Optional, Sequence, Tuple, Union

from thesis_gan import data as datasets
from thesis_gan._compat import mx
from thesis_gan.networks.architectures import make_critic, make_generator
from thesis_gan.networks.spectral import power_iteration
from thesis_gan.penalties import check_penalisable
from thesis_gan.settings import Settings, Value

NDArray = mx.nd.NDArray
Tensor = Union[NDArray, mx.sym.Symbol]


@dataclass(frozen=True)
class Batch:
    """What a loss or a penalty may look at.

    real, fake: images (N, C, H, W) in [-1, 1], or points (N, 2).
    score_real, score_fake: (N, 1), the critic's, without a sigmoid. (Of real images a generator loss sees either only if its
    method asks for them: ``generator_sees_real``.)
    condition: one-hot labels (N, classes) that the critic is told with the images: () or one.  critic: the network itself.
    uniform: only for a penalty: uniform("name", shape) gives numbers on [0, 1), the same whenever this step is run again.

    A penalty gets arrays. A loss is part of the step's graph: in training, it gets symbols, and so is written with what both
    have, arithmetic and methods such as ``score.mean()``, or with the operators of :func:`namespace`.
    """

    fake: Tensor
    score_fake: Tensor
    real: Optional[Tensor] = None
    score_real: Optional[Tensor] = None
    critic: Any = None
    condition: Sequence[Tensor] = ()
    uniform: Optional[Callable[[str, Tuple[int, ...]], NDArray]] = None


class Method:
    """A GAN. Subclasses give the losses; what they do not override is what the DCGAN does.

    name: as on the command line.  source, summary: one line each, for the tables.  order: place in the tables.
    title: as the thesis writes it.  defaults: settings of the source that differ from the common ones; those that a class gives
    itself win over the ``tuned``, ``under_profile`` and ``on_pictures`` that it inherits.
    tuned: settings found here for short budgets, used by the profiles that say so.  under_profile: settings of the method
    under single profiles, by their names.  on_points: its settings where the data are points in the plane.  on_pictures: those
    found here, as ``tuned`` is, where the data are pictures of other things than digits.
    in_thesis: whether the thesis trains it; what is not is trained where it is asked for.
    generator_sees_real: whether the generator's loss needs real images and their scores, as relativistic ones do.
    separable: whether losses and penalties are means over images, or pairs, so that workers may each take a part of the batch.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    source: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    order: ClassVar[int] = 100
    in_thesis: ClassVar[bool] = False
    generator_sees_real: ClassVar[bool] = False
    separable: ClassVar[bool] = True
    defaults: ClassVar[Dict[str, Value]] = {}
    tuned: ClassVar[Dict[str, Value]] = {}
    under_profile: ClassVar[Dict[str, Dict[str, Value]]] = {}
    on_points: ClassVar[Dict[str, Value]] = {
        "critic_norm": Value(
            "none", "ours: batch norm tells whole batches of points apart at once, and the generator learns nothing"
        )
    }
    on_pictures: ClassVar[Dict[str, Value]] = {}
    # Scores that the source itself reports, under the metrics' names.
    published: ClassVar[Dict[str, float]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # What its parent's source did says nothing of a variant.
        if "published" not in cls.__dict__:
            cls.published = {}
        if "in_thesis" not in cls.__dict__:
            cls.in_thesis = False
        # What it says itself wins over what its parent found for its own losses.
        inherited = [parent.__dict__.get("defaults", {}) for parent in cls.__mro__[1:]]
        own = {name for name, value in cls.__dict__.get("defaults", {}).items() if all(value != of.get(name) for of in inherited)}
        if "on_pictures" not in cls.__dict__:
            cls.on_pictures = {} if "tuned" in cls.__dict__ else _without(cls.on_pictures, own)
        if "tuned" not in cls.__dict__:
            cls.tuned = _without(cls.tuned, own)
        if "under_profile" not in cls.__dict__:
            cls.under_profile = {profile: _without(values, own) for profile, values in cls.under_profile.items()}

    def __init__(self, settings: Settings, data: Optional[datasets.Dataset] = None) -> None:
        """data: what is learnt; by default what the setting of this name says. Raises UserError for settings that do not fit."""
        self.settings = settings
        self.data = datasets.of(settings) if data is None else data
        self.data.check(settings)

    @property
    def uses_labels(self) -> bool:
        """Whether both networks are told the label."""
        return self.settings.conditional == "yes"

    @property
    def told_classes(self) -> int:
        """Number of classes of the labels that the networks are told, 0 if they are told none."""
        return len(self.data.classes) if self.uses_labels else 0

    def critic_loss(self, batch: Batch) -> Tensor:
        """What the critic minimises, one number, but for :meth:`critic_penalty`."""
        raise NotImplementedError

    def critic_penalty(self, batch: Batch) -> Optional[NDArray]:
        """What is added to the critic's loss, one number, where that takes a gradient; None for nothing."""
        return None

    def generator_loss(self, batch: Batch) -> Tensor:
        """What the generator minimises, one number."""
        raise NotImplementedError

    def statistics(self, batch: Batch) -> Dict[str, Tensor]:
        """Further numbers of a critic step to be logged, by name."""
        return {}

    def critic_steps(self, epoch: int) -> int:
        """Critic steps per generator step in ``epoch``, counted from 0."""
        return self.settings.critic_schedule(epoch)

    def instance_noise(self, progress: float) -> float:
        """Standard deviation of the noise on all images that the critic sees; 0 for none.

        progress: 0 to 1, the share of the run's critic steps, or generator steps, that are made.
        """
        return 0.0

    @property
    def shares_of_the_run(self) -> Sequence[str]:
        """Names of the settings that are shares of the whole run: with one, a longer run is another from its first step on."""
        return ()

    def after_critic_step(self, critic: mx.gluon.HybridBlock) -> None:
        """What is done to the critic after each of its updates: a spectral norm follows its weights."""
        power_iteration(critic)

    def optimizer(self) -> mx.optimizer.Optimizer:
        """A new optimizer, for either network, as the settings say."""
        settings = self.settings
        if settings.optimizer == "rmsprop":
            return mx.optimizer.RMSProp(settings.learning_rate, gamma1=settings.decay)
        return mx.optimizer.Adam(settings.learning_rate, beta1=settings.beta1, beta2=settings.beta2)

    @property
    def idle_settings(self) -> Sequence[str]:
        """Names of the settings that the optimizer does not use."""
        return ("beta1", "beta2") if self.settings.optimizer == "rmsprop" else ("decay",)

    def generator(self) -> mx.gluon.HybridBlock:
        """A new generator: called with z (N, z_size), and with one-hot labels (N, classes) if the method uses them."""
        return make_generator(self.settings, self.data.shape, self.told_classes)

    def critic(self) -> mx.gluon.HybridBlock:
        """A new critic: called with images or points, and with one-hot labels if the method uses them.

        Raises UserError where the method has a penalty, and it cannot be penalised.
        """
        critic = make_critic(self.settings, self.data.shape, self.told_classes)
        if type(self).critic_penalty is not Method.critic_penalty:
            check_penalisable(critic)
        return critic


def _without(values: Dict[str, Value], names: Collection[str]) -> Dict[str, Value]:
    return {name: value for name, value in values.items() if name not in names}


def accuracy(score_real: Tensor, score_fake: Tensor, boundary: float = 0.0) -> Tensor:
    """Share of images, 0 to 1, whose score (N, 1) is on the right side of ``boundary``: above it if real, below it if not."""
    return namespace(score_real).concat(score_real > boundary, score_fake < boundary, dim=0).mean()


def namespace(tensor: Tensor) -> Any:
    """Where the operators on it are: mx.sym for a symbol, mx.nd for an array."""
    return mx.sym if isinstance(tensor, mx.sym.Symbol) else mx.nd
