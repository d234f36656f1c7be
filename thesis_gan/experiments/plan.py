"""Which runs make up a table: one per method and seed, and those that a single figure needs."""

from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple

from thesis_gan import methods
from thesis_gan.config import resolve

# Folder, under runs/, of the run that Fig. 10 (a) needs beside the table's WGAN; not a row of the table.
PLAIN = "wgan-plain5"
PLAIN_OVERRIDES = ("critic_schedule=5", "epochs=6")  # thesis, Fig. 10: the first 6 epochs


class PlannedRun(NamedTuple):
    """One training to be made: where, of what, and with which settings beside the profile's."""

    folder: Path
    method: str
    seed: int
    overrides: Tuple[str, ...]


def plan(profile: str, method_names: Sequence[str], seeds: int, output: Path) -> List[PlannedRun]:
    """All runs, those that take longest first so that the last to end do not run alone.

    Raises UserError for unknown names.
    """
    runs = []
    for name in method_names:
        for seed in range(seeds):
            runs.append(PlannedRun(output / "runs" / f"{name}-seed{seed}", name, seed, ()))
    if "wgan" in method_names:
        runs.append(PlannedRun(output / "runs" / f"{PLAIN}-seed0", "wgan", 0, PLAIN_OVERRIDES))
    return sorted(runs, key=lambda run: _cost(run, profile), reverse=True)


def _cost(run: PlannedRun, profile: str) -> Tuple[int, int]:
    method = methods.find(run.method)
    steps_a_round = resolve(method, profile, run.overrides).critic_schedule.rest
    return (0 if run.overrides else steps_a_round, method.order)


def belongs_to_table(name: str) -> bool:
    """Whether the run in folder ``name`` is a row of the table."""
    return not name.startswith(PLAIN)
