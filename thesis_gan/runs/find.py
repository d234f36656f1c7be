"""The runs in a folder of results, read and verified once, and then handed to all that is made of them."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Dict, Iterable, List

from thesis_gan.errors import UserError
from thesis_gan.runs.run import FINISHED, Run


class Results:
    """A folder of results as it was when this was made.

    folder: where they are.  runs: all that are scored, in the order of the table, then by seed, but those that are
    left_out: a sentence for each that has not finished, or whose files are damaged.
    """

    def __init__(self, folder: Path) -> None:
        """Raises UserError if no run in ``folder`` is finished and whole."""
        refuse_without_runs(folder)
        self.folder = Path(folder)
        unfinished = [path.parent for path in (self.folder / "runs").glob("*/config.json")]
        unfinished = sorted(run.name for run in unfinished if not (run / "metrics.json").exists())
        self.left_out = [f"{name} has not finished." for name in unfinished]
        runs, damaged = [], []
        for path in sorted((self.folder / "runs").glob("*/metrics.json")):
            try:
                runs.append(ReadRun(path.parent))
            except UserError as error:
                damaged.append(str(error))
                self.left_out.append(f"{path.parent.name} is left out: {error}")
        if not runs:
            raise UserError(damaged[0])
        self.runs: List[Run] = sorted(runs, key=lambda run: (run.method.order, run.group, run.seed))

    @property
    def images(self) -> List[Run]:
        return [run for run in self.runs if run.kind == "images"]

    @property
    def points(self) -> List[Run]:
        return [run for run in self.runs if run.kind != "images"]

    @property
    def in_table(self) -> List[Run]:
        """The runs on images that are in rows of the table."""
        return [run for run in self.images if run.in_table]

    @property
    def profile(self) -> str:
        return self.runs[0].profile


class ReadRun(Run):
    """A scored run as it was when this was made: each file is verified once, and parsed once at most."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError if the run has not finished, Damaged for the first file that is not as it was written."""
        self._verified = lru_cache(maxsize=None)(super()._verified)
        self._sums = lru_cache(maxsize=None)(super()._sums)
        super().__init__(folder)
        self.verify()

    metrics, history, curve = (cached_property(read.fget) for read in (Run.metrics, Run.history, Run.curve))


def refuse_without_runs(folder: Path) -> None:
    """Raises UserError if there is no scored run in ``folder``, whole or not."""
    if not any((Path(folder) / "runs").glob("*/metrics.json")):
        raise UserError(f"{folder} holds no finished runs; start ./run_all.sh, or name another folder with --results.")


def finished(runs: List[Run]) -> Dict[str, Run]:
    """Those that ended without diverging, by name."""
    return {run.name: run for run in runs if run.metrics["status"] == FINISHED}


def first_seeds(runs: Iterable[Run]) -> List[Run]:
    """Of runs that differ in their seeds only, the one with the first."""
    first: Dict[str, Run] = {}
    runs = list(runs)
    for run in sorted(runs, key=lambda run: run.seed):
        first.setdefault(run.group, run)
    return [run for run in runs if run in first.values()]
