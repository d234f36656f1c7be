"""The code as text: clean by ruff, and free of names that belong to one machine."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_ruff_finds_nothing():
    for command in (["check"], ["format", "--check"]):
        result = subprocess.run([sys.executable, "-m", "ruff", *command, str(ROOT)], capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_methods_are_told_apart_only_in_their_own_folder():
    comparison = re.compile(r"(if|elif) .*\b(method|name)\w* *== *[\"']")
    for path in (ROOT / "thesis_gan").rglob("*.py"):
        if "methods" not in path.parts:
            assert not comparison.search(path.read_text(encoding="utf-8")), path


def test_only_compat_imports_mxnet():
    for path in (ROOT / "thesis_gan").rglob("*.py"):
        if path.name != "_compat.py":
            assert not re.search(r"^\s*(import|from) mxnet", path.read_text(encoding="utf-8"), re.MULTILINE), path
