"""Copies what is worth keeping of a profile's results to results/stored, where git and the regression tests find it."""

import shutil
import tempfile
from pathlib import Path

from thesis_gan.errors import UserError
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import report
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.inception_columns import FILE
from thesis_gan.reproduction.plan import COMPARISONS
from thesis_gan.runs.find import find_runs

STORED = Path(__file__).resolve().parents[2] / "results" / "stored"
OUTPUTS = ("table1.md", "table1.csv", "metrics.json", "real.json", "claims.md", "claims.json", "figures")
COMPARISON_OUTPUTS = ("comparison.md", "comparison.csv")
EVIDENCE = ("quality.json", "toy.json", "perfect.json")  # where they have been made
RUN_FILES = ("config.json", "history.csv", "curve.csv", "metrics.json", FILE)
# Too large to keep of many runs, and so kept of single seeds only; a comparison's pictures are made of the sheets.
GENERATOR = "generator.params"
REPORT = "report.html"  # not kept of a comparison: it is made of the other files


def store(results: Path) -> Path:
    """Replace results/stored/<profile> by the outputs in ``results``, without checkpoints. Returns the folder.

    The claims of all that is stored are judged anew, as they look at the comparisons that lie beside.
    """
    runs = find_runs(results)
    target = STORED / runs[0].profile
    STORED.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=str(STORED), prefix=".new-"))
    try:
        made = [name for name in EVIDENCE if (results / name).exists()]
        compares, many_seeds = runs[0].profile in COMPARISONS, any(run.seed for run in runs)
        for name in (*OUTPUTS, *(COMPARISON_OUTPUTS if compares else (REPORT,)), *made):
            _copy(results / name, fresh / name)
        if (results / f"real-{FILE}").exists():
            _copy(results / f"real-{FILE}", fresh / f"real-{FILE}")
        for run in runs:
            last_sheet = sorted((run.folder / "samples").glob("epoch-*.png"))[-1:]
            names = RUN_FILES if compares or many_seeds else (*RUN_FILES, GENERATOR)
            for path in [*(run.folder / name for name in names), *last_sheet]:
                if path.exists():
                    _copy(path, fresh / path.relative_to(results))
        fresh.chmod(0o755)
    except FileNotFoundError as error:
        shutil.rmtree(str(fresh))
        raise UserError(f"{error.filename} is missing; make it with `thesis-gan report --results {results}`.") from None
    if target.exists():
        shutil.rmtree(str(target))
    fresh.rename(target)
    for folder in filter(Path.exists, (STORED / profile for profile in PROFILES)):
        claims.write(folder)
        if (folder / REPORT).exists():
            report.write(folder)
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(str(source), str(target))
    else:
        shutil.copyfile(str(source), str(target))
