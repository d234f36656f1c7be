"""Which runs make up a table: one per method and seed, and those that a single figure needs."""

from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple

from thesis_gan import methods
from thesis_gan.config import resolve
from thesis_gan.training.budget import budget

# Folder, under runs/, of the run that Fig. 10 (a) needs beside the table's WGAN; not a row of the table.
PLAIN = "wgan-plain5"
PLAIN_OVERRIDES = ("critic_schedule=5", "epochs=6")  # thesis, Fig. 10: the first 6 epochs


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


def plan(profile: str, method_names: Sequence[str], seeds: int, output: Path) -> List[PlannedRun]:
    """All runs, those that take longest first so that the last to end do not run alone.

    Raises UserError for unknown names.
    """

    def planned(method: str, seed: int, name: str = "", overrides: Tuple[str, ...] = ()) -> PlannedRun:
        settings = resolve(methods.find(method), profile, overrides)
        steps = budget(settings)
        folder = output / "runs" / f"{name or method}-seed{seed}"
        return PlannedRun(folder, method, seed, overrides, steps.generator_steps, sum(steps) * settings.width)

    names = list(dict.fromkeys(method_names))
    runs = [planned(name, seed) for name in names for seed in range(seeds)]
    if "wgan" in names:
        runs.append(planned("wgan", 0, PLAIN, PLAIN_OVERRIDES))
    return sorted(runs, key=lambda run: run.cost, reverse=True)
