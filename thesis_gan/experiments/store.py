"""Copies what is worth keeping of a profile's results to results/stored, where git and the regression tests find it."""

import shutil
from pathlib import Path

from thesis_gan.experiments.runs import find_runs

STORED = Path(__file__).resolve().parents[2] / "results" / "stored"
OUTPUTS = ("table1.md", "table1.csv", "metrics.json", "real.json", "claims.md", "claims.json", "report.html", "figures")
RUN_FILES = ("config.json", "history.csv", "curve.csv", "metrics.json", "generator.params")


def store(results: Path) -> Path:
    """Replace results/stored/<profile> by the outputs in ``results``, without checkpoints. Returns the folder."""
    runs = find_runs(results)
    target = STORED / runs[0].config["profile"]
    if target.exists():
        shutil.rmtree(str(target))
    target.mkdir(parents=True)
    for name in OUTPUTS:
        _copy(results / name, target / name)
    for run in runs:
        folder = target / "runs" / run.name
        (folder / "samples").mkdir(parents=True)
        for name in RUN_FILES:
            if (run.folder / name).exists():
                _copy(run.folder / name, folder / name)
        last_sheet = max((run.folder / "samples").glob("epoch-*.png"))
        _copy(last_sheet, folder / "samples" / last_sheet.name)
    return target


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(str(source), str(target))
    else:
        shutil.copyfile(str(source), str(target))
