"""README is true: its table is the stored one, its files exist (its example of a method: test_new_method.py)."""

import re
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


LISTED = re.findall(r"^\| \[`([\w-]+)`\]", TEXT, re.MULTILINE)


def test_every_method_that_is_stored_has_a_row():
    """A file that somebody puts in methods/ is no part of README, nor of what is stored, until its runs are."""
    stored = {record["method"] for record in read_json(STORED / "s1-quick" / "metrics.json")}
    assert len(LISTED) == len(set(LISTED)) and set(LISTED) == stored <= set(methods.names())


@pytest.mark.parametrize("name", LISTED)
def test_row_of_a_method_has_what_it_is_and_where_it_comes_from(name):
    method = methods.find(name)
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| [`{name}`]"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert (cells[1], cells[4]) == (method.summary, method.source)
    assert Path(re.search(r"\((.*)\.py\)", cells[0]).group(1)).name == method.__module__.split(".")[-1]
    scores = [stored_score(profile, name) for profile in ("standard", "s1-quick")]
    assert cells[5:] == scores, f"README's row of {name} ends in | {' | '.join(scores)} |"


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_listed(name):
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| `{name}`"))
    seeds = PROFILES[name].seeds
    assert re.findall(r"(\d+) seeds", row) == ([] if seeds == 1 else [str(seeds)])


def test_every_linked_file_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target
