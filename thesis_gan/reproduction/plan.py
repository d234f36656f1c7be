"""Which runs make up a table: one per method and seed, and those that a single figure or claim needs."""

from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple

from thesis_gan import methods
from thesis_gan.profiles import PROFILES, resolve
from thesis_gan.reproduction.estimate import Job, seconds
from thesis_gan.settings import Settings
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


class Comparison(NamedTuple):
    """What a profile is for that holds methods against each other, beyond the thesis's table.

    methods: their names, none for all.  picture, caption: of their samples side by side, of the first seed or of every one.
    """

    methods: Tuple[str, ...]
    picture: str
    caption: str
    every_seed: bool = False


S1_COMPARISON = Comparison((), "s1_methods.png", "S1's comparison: samples of all methods after the last epoch.")
COMPARISONS = {
    "s1": S1_COMPARISON,
    "s1-quick": S1_COMPARISON,
    "collapse": Comparison(
        ("gan", "lsgan", "wgan", "rsgan"),
        "fig06_mode_collapse.png",
        "Fig. 6: a GAN that collapses, and what S4 names against it under the same budget; a row per seed.",
        every_seed=True,
    ),
}


def default_methods(profile: str) -> List[str]:
    """Names of the methods that ``profile`` trains where none are named: the thesis's own, or those that it compares."""
    if profile not in COMPARISONS:
        return methods.names(in_thesis=True)
    return list(COMPARISONS[profile].methods) or methods.names()


class PlannedRun(NamedTuple):
    """One training to be made: where, of what, and with which settings beside the profile's.

    job: how much there is to do.
    """

    folder: Path
    method: str
    seed: int
    overrides: Tuple[str, ...]
    job: Job

    @property
    def generator_steps(self) -> int:
        """How many it makes."""
        return self.job.total.generator_steps

    def made(self, profile: str) -> Budget:
        """The steps that earlier starts have made, by its latest checkpoint."""
        step = latest_step(self.folder)
        if not step:
            return Budget(0, 0)
        return budget(resolve(methods.find(self.method), profile, (*self.overrides, f"generator_steps={step}")))


def plan(profile: str, method_names: Sequence[str], seeds: int, output: Path) -> List[PlannedRun]:
    """All runs, those that take longest first so that the last to end do not run alone.

    Raises UserError for unknown names.
    """

    def planned(method: str, seed: int, name: str = "", overrides: Tuple[str, ...] = ()) -> PlannedRun:
        settings = resolve(methods.find(method), profile, overrides)
        job = Job(method, budget(settings), settings.num_samples, settings.width, settings.batch_size)
        folder = output / "runs" / f"{name or method}-seed{seed}"
        return PlannedRun(folder, method, seed, overrides, job)

    names = list(dict.fromkeys(method_names))
    runs = [planned(name, seed) for name in names for seed in range(seeds)]
    if "wgan" in names and profile not in COMPARISONS:
        runs += [planned("wgan", seed, WGAN_PLAIN, WGAN_PLAIN_OVERRIDES) for seed in range(seeds)]
    if "dcgan" in names and profile not in COMPARISONS and unlike_thesis(resolve(methods.find("dcgan"), profile)):
        overrides = (*THESIS_OVERRIDES, f"epochs={PROFILES[profile].printed_epochs}")
        runs += [planned("dcgan", seed, THESIS, overrides) for seed in range(seeds)]
    return sorted(runs, key=lambda run: seconds(run.job), reverse=True)


def unlike_thesis(settings: Settings) -> List[str]:
    """Those of THESIS_SETTINGS that a DCGAN's ``settings`` have otherwise, each with its value there."""
    return [
        f"{name} {getattr(settings, name)}" for name, value in THESIS_SETTINGS.items() if str(getattr(settings, name)) != value
    ]
