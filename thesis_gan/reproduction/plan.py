"""Which runs make up a table: one per method and seed, and those that a single figure or claim needs."""

from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from thesis_gan import data as datasets
from thesis_gan import methods
from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.errors import UserError
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.reproduction.estimate import SIDE, Job, seconds
from thesis_gan.settings import Settings, default_values
from thesis_gan.training.budget import Budget, budget
from thesis_gan.training.checkpoint import latest_step

# Folders, under runs/, of runs that are no row of the table: Fig. 10 (a) needs one beside the table's WGAN, Fig. 7 one beside
# the table's DCGAN where that has other settings than the thesis's.
WGAN_PLAIN = "wgan-plain5"
WGAN_PLAIN_OVERRIDES = ("critic_schedule=5", "epochs=6")  # thesis, Fig. 10: the first 6 epochs
THESIS = "dcgan-thesis"
THESIS_SETTINGS = {  # thesis, Algorithm 1
    name: str(methods.find("dcgan").defaults[name].value) for name in ("learning_rate", "generator_loss", "critic_schedule")
}
THESIS_OVERRIDES = tuple(f"{name}={value}" for name, value in THESIS_SETTINGS.items())
BESIDE_TABLE = {
    THESIS: "the DCGAN as the thesis's Algorithm 1 has it, for Fig. 7",
    WGAN_PLAIN: "the WGAN with 5 critic steps throughout, for Fig. 10 (a)",
}


def default_methods(profile: str, overrides: Sequence[str] = ()) -> List[str]:
    """Names of the methods that ``profile`` trains where none are named: the thesis's own, or those that it compares.

    Not those that are told labels where the data that ``overrides`` name have none. Raises UserError if these cannot be had.
    """
    names = methods.names(in_thesis=True)
    if profile in COMPARISONS:
        names = list(COMPARISONS[profile].methods) or methods.names()
    data = _given_data(overrides)
    if data is None or data.classes:
        return names
    return [name for name in names if default_values(methods.find(name))["conditional"].value == "no"]


class PlannedRun(NamedTuple):
    """One training to be made: where, of what, and with which settings beside the profile's.

    job: how much there is to do.
    """

    folder: Path
    method: str
    seed: int
    overrides: Tuple[str, ...]
    job: Job

    def made(self, profile: str) -> Budget:
        """The steps that earlier starts have made, by its latest checkpoint."""
        step = latest_step(self.folder)
        if not step:
            return Budget(0, 0)
        return budget(resolve(methods.find(self.method), profile, (*self.overrides, f"generator_steps={step}")))


def plan(profile: str, method_names: Sequence[str], seeds: int, output: Path, overrides: Sequence[str] = ()) -> List[PlannedRun]:
    """All runs, those that take longest first so that the last to end do not run alone.

    overrides: what is set otherwise than the profile has it, as with --set, for each method that has such a setting.
    Raises UserError for unknown names, and for a setting that none of the methods has.
    """
    names = list(dict.fromkeys(method_names))
    data = _given_data(overrides)
    given = _by_method(profile, names, overrides, data)

    def planned(method: str, seed: int, name: str = "", more: Tuple[str, ...] = ()) -> PlannedRun:
        changed = (*given[method], *more)
        settings = resolve(methods.find(method), profile, changed)
        if settings.workers > 1:
            raise UserError("Each run of a table has one worker; leave workers out, or train a single run (docs/cluster.md).")
        shape = (data or datasets.of(settings)).shape
        side = shape[-1] if len(shape) == 3 else SIDE  # of points there is none
        job = Job(method, budget(settings), settings.num_samples, settings.width, settings.batch_size, side)
        folder = output / "runs" / f"{name or method}-seed{seed}"
        return PlannedRun(folder, method, seed, changed, job)

    # Beside the table's runs, those that the thesis's figures of digits need.
    beside = [name for name in names if profile not in COMPARISONS and _settings(name, profile, given).data == "mnist"]
    runs = [planned(name, seed) for name in names for seed in range(seeds)]
    if "wgan" in beside:
        runs += [planned("wgan", seed, WGAN_PLAIN, WGAN_PLAIN_OVERRIDES) for seed in range(seeds)]
    if "dcgan" in beside and unlike_thesis(_settings("dcgan", profile, given)):
        printed = (*THESIS_OVERRIDES, f"epochs={PROFILES[profile].printed_epochs}")
        runs += [planned("dcgan", seed, THESIS, printed) for seed in range(seeds)]
    return sorted(runs, key=lambda run: seconds(run.job), reverse=True)


def _settings(method: str, profile: str, given: Mapping[str, Tuple[str, ...]]) -> Settings:
    return resolve(methods.find(method), profile, given[method])


def _by_method(
    profile: str, names: Sequence[str], overrides: Sequence[str], data: Optional[datasets.Dataset]
) -> Dict[str, Tuple[str, ...]]:
    """Of the overrides those that each method takes: a setting of some methods only is set for these.

    data: what the overrides name, None if they leave the profile's.
    """
    known = {}
    for name in names:
        of_data = {} if data is None else data.settings_of(methods.find(name))
        known[name] = {**resolve(methods.find(name), profile).to_json(), **of_data}
    for override in overrides:
        if not any(override.partition("=")[0] in settings for settings in known.values()):
            resolve(methods.find(names[0]), profile, [override])  # which says what is wrong
    return {
        name: tuple(override for override in overrides if override.partition("=")[0] in settings)
        for name, settings in known.items()
    }


def _given_data(overrides: Sequence[str]) -> Optional[datasets.Dataset]:
    """The data that the overrides name, None if they leave the profile's. Raises UserError if they cannot be had."""
    given = dict(override.partition("=")[::2] for override in overrides)
    return datasets.as_given(given) if "data" in given else None


def unlike_thesis(settings: Settings) -> List[str]:
    """Those of THESIS_SETTINGS that a DCGAN's ``settings`` have otherwise, each with its value there."""
    return [
        f"{name} {getattr(settings, name)}" for name, value in THESIS_SETTINGS.items() if str(getattr(settings, name)) != value
    ]
