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
from thesis_gan.runs.find import Results
from thesis_gan.runs.run import NEAREST

STORED = Path(__file__).resolve().parents[2] / "results" / "stored"
OUTPUTS = ("metrics.json", "real.json", "figures")
CLAIMS = "claims.json"
THESIS_OUTPUTS = ("table1.md", "table1.csv", "claims.md", CLAIMS)
COMPARISON_OUTPUTS = ("comparison.md", "comparison.csv")
EVIDENCE = ("quality.json", "toy.json", "perfect.json")  # where they have been made
RUN_FILES = ("config.json", "history.csv", "curve.csv", "metrics.json", FILE, NEAREST)
# Too large to keep of many runs, and so kept of single seeds only, and of a comparison's methods where it says so; its pictures
# are made of the sheets.
GENERATOR = "generator.params"
REPORT = "report.html"  # not kept of a comparison: it is made of the other files


def store(results: Results) -> Path:
    """Replace results/stored/<profile> by the outputs of ``results``, without checkpoints. Returns the folder.

    The claims of all that is stored are judged anew, as they look at the comparisons that lie beside.
    """
    runs, source = results.images, results.folder
    target, compared = STORED / results.profile, COMPARISONS.get(results.profile)
    STORED.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=str(STORED), prefix=".new-"))
    try:
        made = [name for name in EVIDENCE if (source / name).exists()]
        of_thesis = THESIS_OUTPUTS if isinstance(results, ThesisResults) else ()
        for name in (*OUTPUTS, *of_thesis, *(COMPARISON_OUTPUTS if compared else (REPORT,)), *made):
            _copy(source / name, fresh / name)
        if (source / f"real-{FILE}").exists():
            _copy(source / f"real-{FILE}", fresh / f"real-{FILE}")
        if compared is None:
            drawing = () if any(run.seed for run in runs) else {run.method.name for run in runs}
        else:
            drawing = compared.generators
        for run in runs:
            last_sheet = sorted((run.folder / "samples").glob("epoch-*.png"))[-1:]
            names = (*RUN_FILES, GENERATOR) if run.method.name in drawing else RUN_FILES
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
    for folder in (STORED / profile for profile in PROFILES if (STORED / profile / CLAIMS).exists()):
        stored = ThesisResults(folder)
        judged = claims.write(stored)
        if (folder / REPORT).exists():
            report.write(stored, table1.read(stored), judged)
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(str(source), str(target), ignore=shutil.ignore_patterns("*.gif"))  # animations are large
    else:
        shutil.copyfile(str(source), str(target))
