"""notebooks/tour.ipynb runs from top to bottom, and its stored outputs are what it gives."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from thesis_gan.reproduction.store import STORED
from thesis_gan.runs.run import Run

pytestmark = pytest.mark.long

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "tour.ipynb"


def run_through(notebook, folder):
    """The notebook with the outputs that its cells give, when it is run in ``folder``; pictures as PNG, and without times."""
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/jpeg", None)  # Pillow gives each picture twice
    return notebook


def printed(notebook):
    """What each cell of code prints."""
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]


def pictures(notebook):
    """How many pictures each cell of code shows."""
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in codes]


@pytest.fixture(scope="module")
def stored():
    notebook = nbformat.read(str(NOTEBOOK), as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_the_stored_notebook_can_be_read_and_is_light(stored):
    assert NOTEBOOK.stat().st_size < 150_000
    assert sum(pictures(stored)) >= 8 and all(printed(stored)[place] for place in (0, 1, 3, -1))
    assert "/home/" not in NOTEBOOK.read_text(encoding="utf-8") and "/tmp" not in NOTEBOOK.read_text(encoding="utf-8")
    for name, title in (("dcgan", "DCGAN"), ("wgan-gp", "WGAN-GP")):
        scores = Run(STORED / "quick" / "runs" / f"{name}-seed0").metrics
        line = rf"^{title} +IS {scores['inception_score_mean']:.2f} +FID +{scores['frechet_inception_distance']:.1f}$"
        assert re.search(line, printed(stored)[3], re.MULTILINE)


def test_it_runs_and_gives_the_stored_outputs(stored, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # this process has taken as many as there are cores
    made = run_through(nbformat.from_dict({**stored, "cells": [cell.copy() for cell in stored.cells]}), NOTEBOOK.parent)
    assert pictures(made) == pictures(stored)
    texts = list(zip(printed(made), printed(stored)))
    trained = next(place for place, (text, _) in enumerate(texts) if "penalty_weight = " in text)
    assert texts[trained][0].splitlines()[-3:] == texts[trained][1].splitlines()[-3:]
    # Up to there all comes from stored files; what is trained rounds as the processor does, and scores say as much.
    assert all(first == second for first, second in texts[:trained])
    assert "the same images: True" in texts[trained + 2][0]
    distances = [float(number) for number in re.findall(r"FID +([\d.]+)", texts[-1][0])]
    assert len(distances) == 3 and distances == sorted(distances) and distances[0] < 20
