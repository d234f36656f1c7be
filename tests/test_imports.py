"""Imports point downwards: a module imports only what stands before it in the order of the house, and in no circle."""

import ast
import importlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from thesis_gan._compat import usable_cores

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "thesis_gan"

# From the bottom up. A line may import from lines before it, and its own modules from one another as long as there is no circle.
ORDER = (
    ("errors", "discover", "start", "variables", "gpu", "processor", "memory"),
    ("_compat",),
    ("files", "json_shape", "lock", "schedule", "streams", "progress_bar", "plots", "device", "cache", "tables", "machine"),
    ("settings",),
    ("data",),
    ("profiles",),
    ("networks",),
    ("penalties",),
    ("methods",),
    ("metrics", "training"),
    ("runs",),
    ("export",),
    ("comparison",),
    ("reproduction",),
    ("api", "cli", "__main__"),
)


def modules():
    """{module: the modules of the package that it imports, at its top or within a function}."""
    paths = {path: ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")}
    names = {name[: -len(".__init__")] if name.endswith(".__init__") else name for name in paths.values()} | {""}
    found = {}
    for path, name in paths.items():
        imported = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "thesis_gan":
                module = node.module[len("thesis_gan") :].lstrip(".")
                for alias in node.names:
                    inner = f"{module}.{alias.name}".lstrip(".")
                    imported.add(inner if inner in names else module)
        found[name[: -len(".__init__")] if name.endswith(".__init__") else name] = imported - {""}
    return found


def storey(name):
    """The place of a module in ORDER: that of the longest name there which it is, or lies in."""
    fits = [
        (len(part), place) for place, line in enumerate(ORDER) for part in line if name == part or name.startswith(f"{part}.")
    ]
    assert fits, f"{name} has no place in ORDER"
    return max(fits)[1]


def test_no_import_points_upwards():
    upwards = [
        f"{name} imports {other}"
        for name, others in modules().items()
        if name not in ("__init__", "")
        for other in others
        if storey(other) > storey(name)
    ]
    assert upwards == []


def test_there_is_no_circle():
    graph, done, path = modules(), set(), []

    def visit(name):
        assert name not in path, f"circle: {' -> '.join([*path[path.index(name) :], name])}"
        if name in done:
            return
        path.append(name)
        for other in graph.get(name, ()):
            if not name.startswith(f"{other}."):  # a package's own __init__ lists what is in it
                visit(other)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


def test_command_line_is_read_before_the_number_of_threads_is():
    """NumPy and MXNet read it when they are imported, and ``--threads`` sets it once the command line is read."""
    program = "import sys; from thesis_gan import cli; cli._parser(); print(*{'numpy', 'scipy', 'mxnet'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=str(PACKAGE.parent))
    assert (result.stdout, result.stderr) == ("\n", "")


def test_a_containers_quota_counts_as_cores(monkeypatch):
    for text, cores in (("200000 100000", 2), ("50000 100000", 1), ("max 100000", 64)):
        with monkeypatch.context() as patch:
            patch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)))
            patch.setattr("builtins.open", lambda *arguments, text=text, **options: io.StringIO(text))
            found = usable_cores()
        assert found == cores


@pytest.mark.parametrize("folder", ["thesis_gan", "benchmarks", "scripts", "tests"])
def test_every_name_that_is_imported_of_the_package_is_there(folder):
    """Also where it is imported within a function that no test calls."""
    missing = []
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "thesis_gan":
                module = importlib.import_module(node.module)
                for name in (alias.name for alias in node.names if not hasattr(module, alias.name)):
                    try:
                        importlib.import_module(f"{node.module}.{name}")
                    except ModuleNotFoundError:
                        missing.append(f"{path.relative_to(ROOT)}: {node.module}.{name}")
    assert missing == []
