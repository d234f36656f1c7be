"""Copies what is worth keeping of a profile's results to results/stored, where git and the regression tests find it."""

import shutil
import tempfile
from pathlib import Path

from thesis_gan.comparison.profiles import COMPARISONS
from thesis_gan.errors import UserError
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction import report, table1
from thesis_gan.reproduction.claims import page as claims
from thesis_gan.reproduction.inception_columns import FILE
from thesis_gan.reproduction.thesis_results import ThesisResults

STORED = Path(__file__).resolve().parents[2] / "results" / "stored"
OUTPUTS = ("table1.md", "table1.csv", "metrics.json", "real.json", "claims.md", "claims.json", "figures")
COMPARISON_OUTPUTS = ("comparison.md", "comparison.csv")
EVIDENCE = ("quality.json", "toy.json", "perfect.json")  # where they have been made
RUN_FILES = ("config.json", "history.csv", "curve.csv", "metrics.json", FILE)
# Too large to keep of many runs, and so kept of single seeds only; a comparison's pictures are made of the sheets.
GENERATOR = "generator.params"
REPORT = "report.html"  # not kept of a comparison: it is made of the other files


def store(results: ThesisResults) -> Path:
    """Replace results/stored/<profile> by the outputs of ``results``, without checkpoints. Returns the folder.

    The claims of all that is stored are judged anew, as they look at the comparisons that lie beside.
    """
    runs, source = results.runs, results.folder
    target = STORED / results.profile
    STORED.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=str(STORED), prefix=".new-"))
    try:
        made = [name for name in EVIDENCE if (source / name).exists()]
        compares, many_seeds = results.profile in COMPARISONS, any(run.seed for run in runs)
        for name in (*OUTPUTS, *(COMPARISON_OUTPUTS if compares else (REPORT,)), *made):
            _copy(source / name, fresh / name)
        if (source / f"real-{FILE}").exists():
            _copy(source / f"real-{FILE}", fresh / f"real-{FILE}")
        for run in runs:
            last_sheet = sorted((run.folder / "samples").glob("epoch-*.png"))[-1:]
            names = RUN_FILES if compares or many_seeds else (*RUN_FILES, GENERATOR)
            for path in [*(run.folder / name for name in names), *last_sheet]:
                if path.exists():
                    _copy(path, fresh / path.relative_to(source))
        fresh.chmod(0o755)
    except FileNotFoundError as error:
        shutil.rmtree(str(fresh))
        raise UserError(f"{error.filename} is missing; make it with `thesis-gan report --results {source}`.") from None
    if target.exists():
        shutil.rmtree(str(target))
    fresh.rename(target)
    for folder in filter(Path.exists, (STORED / profile for profile in PROFILES)):
        stored = ThesisResults(folder)
        judged = claims.write(stored)
        if (folder / REPORT).exists():
            report.write(stored, table1.read(stored), judged)
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(str(source), str(target))
    else:
        shutil.copyfile(str(source), str(target))
