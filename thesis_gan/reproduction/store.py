"""Copies what is worth keeping of a profile's results to results/stored, where git and the regression tests find it.

The page, report.html, is not kept: it is made of the other files, it is the largest of all, and every claim stands in it, so that
it would be another one whenever some profile's evidence changes.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.errors import UserError
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import provenance, training_length
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.inception_columns import FILE
from thesis_gan.reproduction.report_data import shown_sheets
from thesis_gan.reproduction.thesis_results import ThesisResults
from thesis_gan.runs.find import Results, first_seeds
from thesis_gan.runs.run import NEAREST, SNAPSHOT_SCORES

STORED = Path(__file__).resolve().parents[2] / "results" / "stored"
OUTPUTS = ("metrics.json", "real.json", "figures")
CLAIMS = "claims.json"
THESIS_OUTPUTS = ("table1.md", "table1.csv", "claims.md", CLAIMS)
COMPARISON_OUTPUTS = ("comparison.md", "comparison.csv")
WHERE_MADE = ("quality.json", "toy.json", "perfect.json", "times.json", training_length.FILE, f"real-{FILE}")
RUN_FILES = ("config.json", "history.csv", "curve.csv", "metrics.json", SNAPSHOT_SCORES, FILE, NEAREST)
GENERATOR = "generator.params"
WITH_GENERATORS = ("smoke", "quick")  # the regression tests score these anew; weights are too large to be kept of more


class Stored(NamedTuple):
    """folder: where.  size, before: bytes of it now, and of what was there.  total: of all that is stored.

    others: names of runs whose first steps today's code does not give any more, or not on this processor.
    """

    folder: Path
    size: int
    before: int
    total: int
    others: List[str]


def store(results: Results, commit: Optional[str] = None) -> Stored:
    """Replace results/stored/<profile> by the outputs of ``results``, without checkpoints.

    The claims of all that is stored are judged anew, as they look at the comparisons that lie beside.
    commit: at which runs were trained here that do not say it themselves.
    """
    target = STORED / results.profile
    before = _size(target)
    STORED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=str(STORED), prefix=".new-") as around:
        fresh = Path(around) / results.profile
        first_steps = _collect(results, fresh, commit)
        if target.exists():
            shutil.rmtree(str(target))
        fresh.rename(target)
    for folder in (STORED / profile for profile in PROFILES if (STORED / profile / CLAIMS).exists()):
        claims.write(ThesisResults(folder))
    others = [name for name, found in first_steps.items() if not found["as_trained"]]
    return Stored(target, _size(target), before, _size(STORED), others)


def _collect(results: Results, fresh: Path, commit: Optional[str]) -> Dict[str, Any]:
    """Copy what is kept into the new folder ``fresh``. Returns what provenance.json says of first steps, by the run's name."""
    runs, source, compared = results.images, results.folder, COMPARISONS.get(results.profile)
    made = [name for name in WHERE_MADE if (source / name).exists()]
    of_thesis = THESIS_OUTPUTS if isinstance(results, ThesisResults) else ()
    for name in (*OUTPUTS, *of_thesis, *(COMPARISON_OUTPUTS if compared else ()), *made):
        if not (source / name).exists():
            raise UserError(f"{source / name} is missing; make it with `thesis-gan report --results {source}`.")
        _copy(source / name, fresh / name)
    keeps, drawing = results.profile in WITH_GENERATORS, compared.generators if compared else ()
    moving = compared.animations if compared else ()
    in_report = [] if compared else first_seeds(results.in_table)
    for run in runs:
        sheets = []
        if any((run.folder / "samples").glob("epoch-*.png")):  # points have none, nor has a run that diverged at once
            sheets = [*run.sheet_files().values()][-1:]
        if sheets and run in in_report:
            shown, _ = shown_sheets(run, len(in_report))
            sheets = [*shown.values()]
        names = (*RUN_FILES, GENERATOR) if keeps or run.method.name in drawing else RUN_FILES
        animations = [source / "figures" / f"{run.name}.webp"] if run.method.name in moving else []
        for path in [*(run.folder / name for name in names), *sheets, *animations]:
            if path.exists():
                _copy(path, fresh / path.relative_to(source))
    return provenance.write(runs, fresh, commit)["first_steps"]["runs"]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(str(source), str(target), ignore=shutil.ignore_patterns("*.webp", "*.gif"))  # animations are large
    else:
        shutil.copyfile(str(source), str(target))
