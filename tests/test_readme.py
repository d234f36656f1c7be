"""README is true: its table is the stored one, its files exist, its example of a new method works."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from thesis_gan import methods
from thesis_gan.files import read_json
from thesis_gan.profiles import PROFILES
from thesis_gan.reproduction.store import STORED
from thesis_gan.reproduction.table1 import FID, IS

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LABELS = "label_accuracy"


def test_tables_are_the_stored_ones():
    tables = []
    for file in ("table1.md", "claims.md"):
        blocks = (STORED / "standard" / file).read_text(encoding="utf-8").split("\n\n")
        tables += [block.rstrip() for block in blocks if block.startswith("|")]
    assert len(tables) == 3 and [table for table in tables if table not in TEXT] == []


def stored_score(profile, method):
    """The table's cell: mean scores over the stored seeds of a method; a dash where none is stored."""
    path = STORED / profile / "metrics.json"
    records = [record for record in (read_json(path) if path.exists() else []) if record["method"] == method]
    if not records:
        return "–"
    means = {key: np.mean([record[key] for record in records if key in record] or np.nan) for key in (IS, FID, LABELS)}
    if np.isnan(means[IS]):
        return "diverged"
    obeyed = "" if np.isnan(means[LABELS]) else f", {means[LABELS]:.1%} labels obeyed"
    return f"IS {means[IS]:.2f}, FID {means[FID]:.1f}{obeyed}"


@pytest.mark.parametrize("name", methods.names())
def test_every_method_has_a_row_with_what_it_is_and_where_it_comes_from(name):
    method = methods.find(name)
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| [`{name}`]"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert (cells[1], cells[4]) == (method.summary, method.source)
    assert Path(re.search(r"\((.*)\.py\)", cells[0]).group(1)).name == method.__module__.split(".")[-1]
    scores = [stored_score(profile, name) for profile in ("standard", "s1-quick")]
    assert cells[5:] == scores, f"README's row of {name} ends in | {' | '.join(scores)} |"


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_listed(name):
    table = TEXT.partition("## Profiles")[2].partition("\n## ")[0]
    (row,) = (line for line in table.splitlines() if line.startswith(f"| `{name}`"))
    seeds = PROFILES[name].seeds
    assert re.findall(r"(\d+) seeds", row) == ([] if seeds == 1 else [str(seeds)])


def test_every_linked_file_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_example_of_a_new_method_trains(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    command = ["train", "hinge", "--profile", "smoke", "--set", "generator_steps=2", "--output", str(tmp_path / "run")]
    program = f"{example}\nimport sys\nfrom thesis_gan.cli import main\nsys.exit(main({command!r}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=str(ROOT))
    assert result.returncode == 0, result.stderr
