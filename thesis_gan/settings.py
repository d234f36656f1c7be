"""Settings: what can be set, what values it may have, and where each value comes from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from thesis_gan.errors import UserError, nearest
from thesis_gan.schedule import CriticSchedule

LARGEST_SEED = 2**32 - 1  # that NumPy's generators take


class Value(NamedTuple):
    """A setting's value and where it comes from: the thesis, a paper, or "ours"."""

    value: Any
    origin: str


@dataclass(frozen=True)
class Setting:
    """One thing that can be set. ``parse`` makes the value of a text; numbers lie in [minimum, maximum]."""

    name: str
    parse: Callable[[str], Any]
    help: str
    default: Optional[Value] = None
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    choices: Tuple[Any, ...] = ()

    def check(self, given: Any) -> Any:
        """The value that ``given`` (a text or a value) means. Raises UserError naming the setting and what it may be."""
        try:
            if isinstance(given, bool):  # true in a JSON file is no 1
                raise TypeError(given)
            value = self.parse(given)
            if self.choices and value not in self.choices:
                raise ValueError(value)
            if self.minimum is not None and not self.minimum <= value <= self.maximum:  # so NaN is refused too
                raise ValueError(value)
        except (TypeError, ValueError, OverflowError):
            raise UserError(f"Setting {self.name} cannot be {given!r}: it is {self._expected()}.") from None
        return value

    def _expected(self) -> str:
        if self.choices:
            return f"{self.help}, one of {', '.join(map(str, self.choices))}"
        if self.minimum is not None:
            return f"{self.help}, from {self.minimum:.12g} to {self.maximum:.12g}"
        return self.help


def _name(text: Any) -> str:
    if not isinstance(text, str) or not text:
        raise ValueError(text)
    return text


def _whole(text: Any) -> int:
    if not float(text).is_integer():  # so 1e6 is one million
        raise ValueError(text)
    return int(float(text))


DCGAN_PAPER = "paper: Radford et al. 2015, §4"


SETTINGS: Dict[str, Setting] = {
    setting.name: setting
    for setting in (
        # How long, and what is counted.
        Setting("epochs", _whole, "epochs to train, 0 for no such limit", Value(260, "thesis, Algorithm 1"), 0, 1e6),
        Setting("generator_steps", _whole, "generator steps to train, 0 for no such limit", Value(0, "ours"), 0, 1e9),
        Setting(
            "epoch_unit",
            str,
            "what one epoch is: a pass of the critic over the data, or as many generator steps as a pass has batches",
            Value("critic-pass", "ours: the thesis does not say; 30/15/5 then costs few generator steps"),
            choices=("critic-pass", "generator-pass"),
        ),
        Setting(
            "critic_schedule",
            CriticSchedule.parse,
            "critic steps per generator step, e.g. 5, or 30x2,15x2,5 (30 for 2 epochs, 15 for 2, then 5)",
            Value("1", "thesis, Algorithm 1: k = 1"),
        ),
        # Data and networks.
        Setting(
            "data",
            _name,
            "what is learnt: digits (mnist), drawn faces (faces), a distribution of points in the plane, or pictures at a path: "
            "a folder, an .npz, .npy or .rec",
            Value("mnist", "thesis: MNIST"),
        ),
        Setting("image_size", _whole, "pixels on a side to which pictures at a path are brought", choices=(28, 32, 64, 128)),
        Setting("skip_broken", str, "whether pictures at a path that cannot be read are left out", choices=("no", "yes")),
        Setting("train_images", _whole, "number of training images, or points", Value(60000, "thesis: all of MNIST"), 1, 1e9),
        Setting("batch_size", _whole, "images, or points, in a batch", Value(64, "S1; the thesis does not say"), 1, 10000),
        Setting("workers", _whole, "processes that share each batch", Value(1, "ours: one process"), 1, 1000),
        Setting("z_size", _whole, "numbers in z", Value(100, "thesis §2.2"), 1, 10000),
        Setting(
            "architecture",
            str,
            "what the networks are: convolutional (dcgan) or multilayer perceptrons (mlp)",
            Value("dcgan", "thesis §2.3"),
            choices=("dcgan", "mlp"),
        ),
        Setting(
            "width",
            _whole,
            "maps in the critic's first layer; an mlp has 16 times as many units in each hidden layer",
            Value(64, "ours: MXNet's own DCGAN example"),
            1,
            1024,
        ),
        Setting(
            "precision",
            str,
            "the numbers that the convolutional networks' largest layers multiply; auto: what is faster on this processor",
            Value("float32", "ours: MXNet's default"),
            choices=("float32", "bfloat16", "auto"),
        ),
        Setting(
            "init_std",
            float,
            "standard deviation of the first weights, 0 for sqrt(2 / inputs of the layer)",
            Value(0.02, DCGAN_PAPER),
            0,
            10,
        ),
        Setting(
            "critic_norm",
            str,
            "normalisation in the critic",
            Value("batch", "thesis §2.3"),
            choices=("batch", "layer", "spectral", "none"),
        ),
        Setting(
            "conditional",
            str,
            "whether both networks are told the label",
            Value("no", "thesis §2.1: labels come with the CGAN"),
            choices=("no", "yes"),
        ),
        Setting(
            "label_size",
            _whole,
            "numbers that a label is expanded to for the generator, a multiple of the number of classes",
            Value(100, "thesis §2.4"),
            1,
            10000,
        ),
        # Losses and optimizers.
        Setting("learning_rate", float, "the optimizers' learning rate", Value(0.0002, DCGAN_PAPER), 0, 10),
        Setting("optimizer", str, "the optimizer", Value("adam", DCGAN_PAPER), choices=("adam", "rmsprop")),
        Setting("beta1", float, "Adam's decay of the mean gradient", Value(0.5, DCGAN_PAPER), 0, 0.999999),
        Setting("beta2", float, "Adam's decay of the mean square", Value(0.999, "paper: Kingma and Ba 2015, §2"), 0, 0.999999),
        Setting("decay", float, "RMSProp's decay of the mean square", Value(0.9, "ours: MXNet's default"), 0, 0.999999),
        Setting("generator_loss", str, "the generator's loss", choices=("saturating", "non-saturating")),
        Setting("clip", float, "bound on the size of every critic weight", minimum=1e-6, maximum=1e6),
        Setting("penalty_weight", float, "weight of the gradient penalty", minimum=0, maximum=1e6),
        Setting(
            "neighbourhood",
            float,
            "how far from real images the gradient is penalised, in standard deviations of their pixels",
            minimum=0,
            maximum=100,
        ),
        Setting("target_fake", float, "a, the score that the critic is to give generated images", minimum=-1e6, maximum=1e6),
        Setting("target_real", float, "b, the score that the critic is to give real images", minimum=-1e6, maximum=1e6),
        Setting("target_generator", float, "c, the score that the generator is to get", minimum=-1e6, maximum=1e6),
        Setting("mean_weight", float, "weight of the squared difference of mean scores", minimum=0, maximum=1e6),
        Setting("noise_std", float, "standard deviation of the instance noise at first", minimum=0, maximum=100),
        Setting("noise_share", float, "share of the run in which the instance noise falls to 0", minimum=1e-6, maximum=1),
        # The weakest critic is at 0.5, and none is above 1.
        Setting(
            "skip_above",
            float,
            "the critic's update is skipped where it ranks more than this share of (real, generated) pairs rightly; 1 for never",
            Value(1.0, "ours: S4 has the rule and no value; none of the papers uses it"),
            0.5,
            1,
        ),
        # Scores and files.
        Setting(
            "num_samples",
            _whole,
            "images, or points, generated for the scores",
            Value(10000, "ours: as many as test digits"),
            100,
            60000,
        ),
        Setting("checkpoint_minutes", float, "minutes between checkpoints within an epoch", Value(5.0, "ours"), 0.001, 1e6),
        Setting(
            "snapshot_epochs",
            _whole,
            "epochs between snapshots of the generator, which are kept to be scored later; 0 for none",
            Value(0, "ours: they take room"),
            0,
            1e6,
        ),
    )
}


# A run may go on with other values of these.
CHANGES_NO_NUMBER = ("checkpoint_minutes", "snapshot_epochs")


class Settings:
    """A run's resolved settings: attributes are values."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        """values: as texts or as they are. Raises UserError for unknown settings and bad values."""
        self._values = {name: Value(_setting(name, SETTINGS).check(value), origin) for name, (value, origin) in values.items()}

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name].value
        except KeyError:
            raise AttributeError(f"this method has no setting {name}") from None

    def to_json(self) -> Dict[str, Dict[str, Any]]:
        """{"name": {"value": ..., "origin": ...}}, with schedules in their written form."""
        return {name: {"value": _plain(value), "origin": origin} for name, (value, origin) in self._values.items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Mapping[str, Any]], method: Any = None) -> "Settings":
        """The inverse of :meth:`to_json`. Raises UserError for unknown settings, bad values and what is no such content.

        method: whose default a setting has that is younger than ``content``, and so is not in it.
        """
        try:
            entries = {name: Value(entry["value"], entry["origin"]) for name, entry in content.items()}
        except (AttributeError, KeyError, TypeError):
            raise UserError("Settings have a value and an origin each.") from None
        for name, entry in entries.items():
            if not isinstance(entry.origin, str):
                raise UserError(f"The origin of setting {name} is a text, not {entry.origin!r}.")
        return cls({**({} if method is None else default_values(method)), **entries})

    def differences(self, other: "Settings", but: Sequence[str] = ()) -> List[str]:
        """One line per setting that is not the same in ``other``; what changes no result, and ``but``, are left out."""
        lines = []
        for name in sorted(set(self._values) | set(other._values)):
            mine, theirs = (_plain(each._values[name].value) if name in each._values else None for each in (self, other))
            if mine != theirs and name not in (*CHANGES_NO_NUMBER, *but):
                lines.append(f"{name} is now {mine}, was {theirs}")
        return lines


def for_experiment(method: Any, values: Mapping[str, Value]) -> Settings:
    """Settings of an experiment that is no run: those of ``method`` (a Method class), and over them ``values``, as said there."""
    return Settings({**default_values(method), **values})


def default_values(method: Any) -> Dict[str, Value]:
    """The common defaults, and over them those of ``method`` (a Method class)."""
    values = {name: setting.default for name, setting in SETTINGS.items() if setting.default is not None}
    return {**values, **method.defaults}


def _setting(name: str, valid: Mapping[str, Any]) -> Setting:
    if name not in valid:
        raise UserError(f"There is no setting {name!r} here; {nearest(name, valid)}the settings are: {', '.join(sorted(valid))}.")
    return SETTINGS[name]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, CriticSchedule) else value


def refuse_differences(folder: Path, changed: List[str]) -> None:
    """Raises UserError, naming each, if there are differences between the run in ``folder`` and the one asked for."""
    if changed:
        raise UserError(
            f"{folder} holds a run with other settings: {'; '.join(changed)}; "
            "use the settings it was started with, or another --output."
        )


def differences(now: Mapping[str, Any], then: Mapping[str, Any]) -> List[str]:
    """One line for each key of ``now`` that had another value."""
    return [f"{key} is now {now[key]}, was {then[key]}" for key in now if now[key] != then[key]]
