"""Which runs make up a table: one per method and seed, and those that a single figure or claim needs."""

from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

from thesis_gan import data as datasets
from thesis_gan import methods
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.settings import Settings, default_values
from thesis_gan.training.budget import budget

# Folders, under runs/, of runs that are no row of the table: Fig. 10 (a) needs one beside the table's WGAN, Fig. 7 one beside
# the table's DCGAN where that has other settings than the thesis's.
WGAN_PLAIN = "wgan-plain5"
WGAN_PLAIN_OVERRIDES = ("critic_schedule=5", "epochs=6")  # thesis, Fig. 10: the first 6 epochs
THESIS = "dcgan-thesis"
THESIS_SETTINGS = {  # thesis, Algorithm 1
    name: str(methods.find("dcgan").defaults[name].value) for name in ("learning_rate", "generator_loss", "critic_schedule")
}
THESIS_OVERRIDES = tuple(f"{name}={value}" for name, value in THESIS_SETTINGS.items())


class Comparison(NamedTuple):
    """What a profile is for that holds methods against each other, beyond the thesis's table.

    methods: their names, none for all.  picture, caption: of their samples side by side, of the first seed or of every one.
    """

    methods: Tuple[str, ...]
    picture: str
    caption: str
    every_seed: bool = False


FACES = Comparison(
    ("dcgan", "cgan", "wgan-gp-ln"),
    "fig04_faces.png",
    "Fig. 4: real faces (drawn ones, in the place of the thesis's) beside the samples of each method; the CGAN's rows are hair's "
    "colours.",
)
S1_COMPARISON = Comparison((), "s1_methods.png", "S1's comparison: samples of all methods after the last epoch.")
COMPARISONS = {
    "faces-quick": FACES,
    "faces": FACES,
    "s2": FACES._replace(methods=("wgan-gp-ln",)),
    "s1": S1_COMPARISON,
    "s1-quick": S1_COMPARISON,
    "collapse": Comparison(
        ("gan", "lsgan", "wgan", "rsgan"),
        "fig06_mode_collapse.png",
        "Fig. 6: a GAN that collapses, and what S4 names against it under the same budget; a row per seed.",
        every_seed=True,
    ),
}


def default_methods(profile: str, data: Optional[str] = None) -> List[str]:
    """Names of the methods that ``profile`` trains where none are named: the thesis's own, or those that it compares.

    Not those that are told labels where ``data`` has none. Raises UserError if ``data`` cannot be had.
    """
    names = methods.names(in_thesis=True)
    if profile in COMPARISONS:
        names = list(COMPARISONS[profile].methods) or methods.names()
    if data is None or datasets.find(data).classes:
        return names
    return [name for name in names if default_values(methods.find(name))["conditional"].value == "no"]


class PlannedRun(NamedTuple):
    """One training to be made: where, of what, and with which settings beside the profile's.

    generator_steps: how many it makes.  cost: about proportional to the time it takes.
    """

    folder: Path
    method: str
    seed: int
    overrides: Tuple[str, ...]
    generator_steps: int
    cost: int


def plan(profile: str, method_names: Sequence[str], seeds: int, output: Path, data: Optional[str] = None) -> List[PlannedRun]:
    """All runs, those that take longest first so that the last to end do not run alone.

    data: what is learnt, in the place of the profile's.  Raises UserError for unknown names.
    """
    chosen = () if data is None else (f"data={data}",)
    beside_table = profile not in COMPARISONS and data in (None, "mnist")

    def planned(method: str, seed: int, name: str = "", overrides: Tuple[str, ...] = ()) -> PlannedRun:
        overrides = (*chosen, *overrides)
        settings = resolve(methods.find(method), profile, overrides)
        steps = budget(settings)
        folder = output / "runs" / f"{name or method}-seed{seed}"
        return PlannedRun(folder, method, seed, overrides, steps.generator_steps, sum(steps) * settings.width)

    names = list(dict.fromkeys(method_names))
    runs = [planned(name, seed) for name in names for seed in range(seeds)]
    if "wgan" in names and beside_table:
        runs += [planned("wgan", seed, WGAN_PLAIN, WGAN_PLAIN_OVERRIDES) for seed in range(seeds)]
    if "dcgan" in names and beside_table and unlike_thesis(resolve(methods.find("dcgan"), profile)):
        overrides = (*THESIS_OVERRIDES, f"epochs={PROFILES[profile].printed_epochs}")
        runs += [planned("dcgan", seed, THESIS, overrides) for seed in range(seeds)]
    return sorted(runs, key=lambda run: run.cost, reverse=True)


def unlike_thesis(settings: Settings) -> List[str]:
    """Those of THESIS_SETTINGS that a DCGAN's ``settings`` have otherwise, each with its value there."""
    return [
        f"{name} {getattr(settings, name)}" for name, value in THESIS_SETTINGS.items() if str(getattr(settings, name)) != value
    ]
