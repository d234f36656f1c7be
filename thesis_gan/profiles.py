"""The profiles, and what a run's settings are under them.

They are, each overriding the one before: the common defaults (settings.py), the method's ``defaults``, the profile's, the
method's ``tuned`` values where the profile says so, the method's own under that profile (``under_profile``), those of the data
(on pictures the method's ``on_pictures`` where the profile takes ``tuned`` ones, a data set's ``settings``, on points the
method's ``on_points``), and ``--set`` on the command line. A setting with no common default belongs to the methods that give it
one; to others it is unknown.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Iterable, Mapping, Optional, Tuple

from thesis_gan import processor
from thesis_gan.errors import UserError, nearest
from thesis_gan.settings import Settings, Value, _setting, default_values

if TYPE_CHECKING:
    from thesis_gan.data import Dataset


@dataclass(frozen=True)
class Profile:
    """What a budget is: whether methods use their ``tuned`` values, and the settings it fixes, ours where they name no origin.

    experiments: whether Fig. 11's and §3.1's experiments and the times, which no setting touches, are made along with the runs.
    seeds: trainings of each method where no other number is asked for; with three the claims can be judged.
    printed_epochs: how long the DCGAN is trained as Algorithm 1 prints it, beside the table's.
    """

    summary: str
    tuned: bool
    settings: Mapping[str, Any]
    seeds: int = 1
    experiments: bool = False
    printed_epochs: int = 3  # thesis §3.1: the discriminator is nearly perfect after 2 or 3


# S1's comparison, as far as S1 gives its settings; z has 100 numbers and 64 samples are shown everywhere.
S1_SETTINGS = {
    "architecture": Value("dcgan", "S1: all methods on the DCGAN's architecture"),
    "batch_size": Value(64, "S1"),
    "epochs": Value(20, "S1"),
    "learning_rate": Value(0.0001, "S1"),
    "optimizer": Value("adam", "S1: all but WGAN"),
    "beta1": Value(0.5, "S1: momentum term"),
}

# Fig. 6. S4 says what makes a GAN collapse: the generator trains on while the discriminator stands still. So here it does
# wherever it ranks more than 60 % of pairs rightly. Found by some twenty short trials of the plain GAN alone.
COLLAPSE = {
    "architecture": Value("mlp", "ours: the first GAN's networks collapse most readily"),
    "critic_norm": "none",
    "width": 16,
    "generator_steps": 2000,
    "epochs": 0,
    "learning_rate": 0.001,
    "critic_schedule": "1",
    "skip_above": Value(0.6, "ours: S4's cause of mode collapse, made to happen"),
}

# S2's own settings, as far as they are no method's: those of wgan-gp-ln (lambda 10, N(0, 0.02), layer norm) stand in its file.
S2_SETTINGS = {
    "data": Value("faces", "S2: faces; drawn ones, as its own were not published"),
    "batch_size": Value(16, "S2"),
    "epochs": Value(0, "S2: counted in iterations"),
    "generator_steps": Value(50000, "S2: 50,000 iterations"),
    "optimizer": Value("adam", "S2"),
    "learning_rate": Value(0.0001, "S2"),
    "beta1": Value(0.0, "S2"),
    "beta2": Value(0.999, "ours: Kingma and Ba's; S2 has CNTK's default, which is nearer to 1"),
    # An iteration takes 0.5 s of one thread of an AMD EPYC (Zen 4) at this width, 0.85 s at 24 and 1.3 s at 32.
    "width": Value(16, "ours: 50,000 iterations end within ten core-hours"),
}

# The one table of what each profile is. What in it names no origin is ours.
PROFILES: Dict[str, Profile] = {
    "smoke": Profile(
        "does everything once, tiny; under a minute",
        True,
        {"generator_steps": 60, "epochs": 0, "train_images": 640, "batch_size": 32, "width": 8, "num_samples": 500},
    ),
    "quick": Profile(
        "2,820 generator steps for every method; 10 to 12 minutes on 2 cores",
        True,
        {"generator_steps": 2820, "epochs": 0, "width": 16},  # 3 passes over the data, the thesis's 3 epochs, are 2,811
    ),
    "standard": Profile(
        "4,000 generator steps for every method, 3 seeds, with Fig. 11's and §3.1's experiments; about an hour",
        True,
        {"generator_steps": 4000, "epochs": 0, "width": 16},
        seeds=3,
        experiments=True,
    ),
    "thesis": Profile(
        "the thesis's settings, 260 epochs, width 32, with those experiments; nine hours on 2 cores",
        False,
        {"width": Value(32, "ours: a step at width 64 takes four times as long"), "snapshot_epochs": 10},
        experiments=True,
        printed_epochs=20,
    ),
    "collapse": Profile(
        "mode collapse (Fig. 6): a setting in which the plain GAN collapses, beside LSGAN, WGAN and RSGAN, 3 seeds; minutes",
        False,
        COLLAPSE,
        seeds=3,
    ),
    "faces-quick": Profile(
        "DCGAN, CGAN by hair's colour and WGAN-GP with layer norm on drawn faces, 1,792 generator steps; under 20 minutes",
        True,
        # Whole passes of each: 16 of the discriminators, 20 of the critic, whose batches are smaller.
        {"data": "faces", "generator_steps": 1792, "epochs": 0, "width": 16, "num_samples": 5000},
    ),
    "faces": Profile(
        "the same at width 32, 11,200 generator steps (Fig. 4); six hours on 2 cores",
        False,
        # 100 passes of the discriminators, 125 of the critic: the three take 10.2 core-hours of an AMD EPYC (Zen 4).
        {"data": "faces", "generator_steps": 11200, "epochs": 0, "width": 32},
    ),
    "s2": Profile(
        "S2's settings: WGAN-GP with layer norm on drawn faces, 50,000 iterations, width 16; a night", False, S2_SETTINGS
    ),
    "s1": Profile("S1's comparison of all methods under its settings, 20 epochs; days", False, S1_SETTINGS),
    "s1-quick": Profile(
        "S1's comparison within 3,000 generator steps (20 times 150), width 16; about 3 minutes a method",
        False,
        {
            **S1_SETTINGS,
            "train_images": 9600,
            "epoch_unit": "generator-pass",
            "width": 16,
            "learning_rate": Value(0.001, "ours: S1's 0.0001 needs S1's 18,740 steps"),
        },
    ),
}


def profile(name: str) -> Profile:
    """The profile called ``name``. Raises UserError, listing the valid names, if there is none."""
    if name not in PROFILES:
        raise UserError(f"There is no profile {name!r}; {nearest(name, PROFILES)}the profiles are: {', '.join(PROFILES)}.")
    return PROFILES[name]


def resolve(method: Any, profile_name: str, overrides: Iterable[str] = (), auto: Optional[Value] = None) -> Settings:
    """Settings of a run of ``method`` (a Method class) under a profile and ``overrides`` ("key=value" texts).

    auto: what precision=auto stands for; by default, what is faster on the processor here.

    Raises UserError for an unknown profile or setting, or a value out of range.
    """
    settings, data = unchecked(method, profile_name, overrides, auto)
    if settings.epochs == 0 and settings.generator_steps == 0:
        raise UserError("Set epochs or generator_steps: with both 0, training would not end.")
    if settings.precision == "bfloat16" and settings.architecture != "dcgan":
        raise UserError(f"precision=bfloat16 is for architecture=dcgan, not {settings.architecture}; leave it out.")
    data.check(settings)
    if data.size is not None and settings.train_images > data.size:
        raise UserError(f"Setting train_images cannot be {settings.train_images}: data={data.name} has {data.size}; lower it.")
    if settings.batch_size % settings.workers:
        raise UserError(
            f"batch_size is {settings.batch_size}, which {settings.workers} workers cannot share equally; change one."
        )
    if settings.workers > 1 and not method.separable:
        raise UserError(f"{method.name} looks at the batch as a whole, which workers do not see; leave workers at 1.")
    if settings.batch_size > settings.train_images:
        raise UserError(f"batch_size is {settings.batch_size}, more than the {settings.train_images} train_images; lower it.")
    return settings


def unchecked(
    method: Any, profile_name: str, overrides: Iterable[str] = (), auto: Optional[Value] = None
) -> "Tuple[Settings, Dataset]":
    """Settings as :func:`resolve` gives them, and their data; whether they go with each other is not asked."""
    from thesis_gan import data as datasets  # with NumPy, which reads the number of threads once it is imported

    chosen = profile(profile_name)
    values = default_values(method)
    for name, value in chosen.settings.items():
        values[name] = value if isinstance(value, Value) else Value(value, f"ours: profile {profile_name}")
    if chosen.tuned:
        values.update(method.tuned)
    values.update(method.under_profile.get(profile_name, {}))
    given: Dict[str, Value] = {}
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals:
            raise UserError(f"--set takes key=value, not {override!r}.")
        if name not in datasets.OPTIONS:  # which are settings of the data
            _setting(name, values).check(text)  # before pictures are read, which may take minutes
        given[name] = Value(text, "command line")
    data = datasets.as_given({name: value.value for name, value in {"data": values["data"], **given}.items()})
    if chosen.tuned and data.by_patches:
        values.update(method.on_pictures)
    values.update(data.settings_of(method))
    for name in given:
        _setting(name, values)
    if data.size is not None and values["train_images"].value > data.size:
        values["train_images"] = Value(data.size, f"all of {data.title}")
    values.update(given)
    if values["precision"].value == "auto":
        values["precision"] = auto or faster_precision(Settings(values), data)
    return Settings(values), data


def faster_precision(settings: Settings, data: "Dataset") -> Value:
    """That in which networks of such settings train faster on the processor here, and why, as its origin."""
    why_not = why_not_bfloat16(settings, data)
    return Value("float32", f"auto: {why_not}") if why_not else Value("bfloat16", "auto: the faster on this processor")


def why_not_bfloat16(settings: Settings, data: "Dataset") -> str:
    """Why they gain nothing by bfloat16 on the processor here, as a clause; "" where they do."""
    if settings.architecture != "dcgan":
        return f"architecture={settings.architecture} has no other"
    return processor.why_not_bfloat16(settings.width, data.shape[-1], "penalty_weight" in settings.to_json())
