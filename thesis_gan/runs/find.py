"""The runs in a folder of results."""

from pathlib import Path
from typing import Dict, List, Tuple

from thesis_gan.errors import UserError
from thesis_gan.runs.run import FINISHED, Run


def find_runs(results: Path, kind: str = "images") -> List[Run]:
    """All scored runs on images, or points, under ``results``, in the order of the table, then by seed, but :func:`left_out`.

    Raises UserError if there is none.
    """
    runs = [run for run in all_runs(results) if run.kind == kind]
    if not runs:
        raise UserError(f"No run in {results} is on {kind}; `thesis-gan comparison` puts those there side by side.")
    return runs


def all_runs(results: Path) -> List[Run]:
    """As :func:`find_runs`, on images and on points."""
    runs, damaged = _read_runs(results)
    if damaged and not runs:
        raise UserError(next(iter(damaged.values())))
    if not runs:
        raise UserError(f"{results} holds no finished runs; start ./run_all.sh, or name another folder with --results.")
    return sorted(runs, key=lambda run: (run.method.order, run.name.rsplit("-seed")[0], run.seed))


def left_out(results: Path) -> List[str]:
    """A sentence for each run under ``results`` that is not on images, has not finished, or whose files are damaged."""
    unfinished = [path.parent for path in (Path(results) / "runs").glob("*/config.json")]
    unfinished = sorted(folder.name for folder in unfinished if not (folder / "metrics.json").exists())
    runs, damaged = _read_runs(results)
    return [
        *(f"{name} has not finished." for name in unfinished),
        *(f"{name} is left out: {why}" for name, why in damaged.items()),
        *(f"{run.name} is left out: it is on {run.settings.data}." for run in runs if run.kind != "images"),
    ]


def _read_runs(results: Path) -> Tuple[List[Run], Dict[str, str]]:
    runs: List[Run] = []
    damaged: Dict[str, str] = {}
    for path in sorted((Path(results) / "runs").glob("*/metrics.json")):
        try:
            run = Run(path.parent)
            run.verify()
        except UserError as error:
            damaged[path.parent.name] = str(error)
        else:
            runs.append(run)
    return runs, damaged


def finished_runs(results: Path) -> Dict[str, Run]:
    """Runs that ended without diverging, by name."""
    return {run.name: run for run in find_runs(results) if run.metrics["status"] == FINISHED}
