"""Runs the tests as other processors and on other Pythons take them, and keeps what came of it in PROCESSORS.md beside this file.

    python benchmarks/processors.py processors [--only default,AVX2] [--scores AVX2,default] [pytest arguments]
    python benchmarks/processors.py pythons [--only 3.8,3.13] [pytest arguments]

``processors`` starts the tests once for each set of instructions that oneDNN and OpenBLAS can be told to do with. (NumPy and the
C library still choose for themselves.) With --scores it also trains the whole quick profile under those named, without any tests
if --only is empty, and writes the scores beside the stored ones. ``pythons`` takes each Python 3.8 to 3.13 on PATH and in
~/.pyenv/versions, in a clone of what is committed and an environment of its own.

A row takes the place of the one before it of the same processor and instructions, or of the same Python; others stay. With pytest
arguments the rows are printed, and written only where --output says.
"""

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine

ROOT = machine.ROOT
PAGE = Path(__file__).with_name("PROCESSORS.md")

# Name: the flag in /proc/cpuinfo that a processor has to have, and the largest that oneDNN and OpenBLAS may then use.
INSTRUCTIONS = {
    "default": ("", "", ""),
    "AVX512_CORE": ("avx512bw", "AVX512_CORE", "SkylakeX"),
    "AVX2": ("avx2", "AVX2", "Haswell"),
    "AVX": ("avx", "AVX", "Sandybridge"),
    "SSE41": ("sse4_1", "SSE41", "Nehalem"),
}
PYTHONS = [f"3.{minor}" for minor in range(8, 14)]

COUNTS = ("passed", "failed", "skipped")
RUN = ("commit", "date", *COUNTS, "minutes")
SCORES = ("inception_score_mean", "frechet_inception_distance", "precision", "recall")
# Heading of each table: what is said above it, its columns, and how many of these say which row it is.
TABLES = {
    "Processors": (
        "All tests, by the instructions that oneDNN and OpenBLAS were left with (the default is all that the processor has).",
        ("processor", "instructions", *RUN),
        2,
    ),
    "Scores of the quick profile": (
        "The same seed under other instructions: rounding differs, training amplifies it, and this is what is left of it.",
        ("processor", "instructions", "method", *SCORES, "commit", "date"),
        3,
    ),
    "Pythons": ("All tests, each in an environment of its own.", ("Python", "NumPy", "processor", *RUN), 1),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, choices in (("processors", INSTRUCTIONS), ("pythons", PYTHONS)):
        command = commands.add_parser(name)
        command.add_argument("--only", type=_some_of(choices), default=list(choices), help=f"of {', '.join(choices)}")
        command.add_argument("--output", type=Path, help=f"page of the tables (default: {PAGE.relative_to(ROOT)})")
        if name == "processors":
            command.add_argument("--scores", type=_some_of(choices), default=[], help="train under these as well")
            command.add_argument("--profile", default="quick", help="what is trained (default: quick)")
    options, arguments = parser.parse_known_args()
    page = options.output or (None if arguments else PAGE)
    rows = _processors(options, arguments) if options.command == "processors" else _pythons(options, arguments)
    failed = False
    for heading, row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
        failed |= "failed" in TABLES[heading][1] and row[TABLES[heading][1].index("failed")] != "0"
        if page:  # after each: what follows may take an hour
            _write(page, heading, row)
    sys.exit(failed)


def _some_of(choices):
    def parse(text):
        names = [name for name in text.split(",") if name]
        unknown = [name for name in names if name not in choices]
        if unknown:
            raise argparse.ArgumentTypeError(f"there is no {unknown[0]}; choose some of {','.join(choices)}")
        return names

    return parse


def _processors(options, arguments):
    processor, flags = machine.name(), {"", *machine.flags()}
    for name in options.only:
        if INSTRUCTIONS[name][0] not in flags:
            print(f"{processor} has no {name}: left out.")
            continue
        print(f"== {name}", flush=True)
        yield "Processors", (processor, name, *_tests([str(ROOT / "run_tests.sh"), *arguments], ROOT, _environment(name)))
    yield from _stored_scores(options)
    for name in options.scores:
        if INSTRUCTIONS[name][0] not in flags:
            print(f"{processor} has no {name}: left out.")
            continue
        print(f"== {options.profile} under {name}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            about = (processor, name, machine.commit(), _today())
            command = [str(ROOT / "run_all.sh"), "--profile", options.profile, "--output", folder]
            subprocess.run(command, cwd=str(ROOT), env=_environment(name), stdout=subprocess.DEVNULL, check=True)
            yield from _scores(Path(folder), *about)


def _stored_scores(options):
    if options.scores:
        stored = ROOT / "results" / "stored" / options.profile
        made = json.loads((stored / "provenance.json").read_text(encoding="utf-8"))["trained_with"][0]
        last = ["git", "log", "-1", "--format=%cs", "--", str(stored / "metrics.json")]
        yield from _scores(stored, made["processor"], "as stored", made["commit"][:7], machine.said(last))


def _scores(folder, processor, name, commit, date):
    for record in json.loads((folder / "metrics.json").read_text(encoding="utf-8")):
        numbers = [f"{record[score]:.4g}" if score in record else "–" for score in SCORES]
        yield "Scores of the quick profile", (processor, name, f"{record['method']} {record['seed']}", *numbers, commit, date)


def _pythons(options, arguments):
    if machine.said(["git", "status", "--porcelain"]):
        print("What is not committed is left out.")
    for version, python in _found_pythons().items():
        if version not in options.only:
            continue
        print(f"== {python}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "thesis_gan"
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
            environment = {**_environment("default"), "PYTHON": python}
            result = _tests([str(clone / "run_tests.sh"), *arguments], clone, environment)
            own = str(clone / ".venv" / "bin" / "python")
            about = "import sys, numpy; print('%d.%d.%d' % sys.version_info[:3], numpy.__version__)"
            yield "Pythons", (*(machine.said([own, "-c", about]).split() or (version, "?")), machine.name(), *result)


def _found_pythons():
    """Path of one Python by its version, "3.8" to "3.13": that on PATH, else the newest in ~/.pyenv/versions."""
    found = {}
    for version in PYTHONS:
        folders = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*")
        installed = sorted(folders, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)], reverse=True)
        for python in [shutil.which(f"python{version}"), *(str(path / "bin" / "python") for path in installed)]:
            # A name on PATH may be pyenv's, of a version that is not switched on: then it does not start.
            if python and machine.said([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]) == version:
                found[version] = python
                break
    return found


def _tests(command, folder, environment):
    """Run them. Returns commit, date, how many passed, failed and were skipped, and the minutes, as text."""
    commit, date, started, last = machine.commit(folder), _today(), time.monotonic(), ""
    with subprocess.Popen(
        command,
        cwd=str(folder),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout:
            if line.startswith(("FAILED", "ERROR")):
                print(line, end="", flush=True)
            last = line.strip() or last
    counts = {kind: int(number) for number, kind in re.findall(r"(\d+) (passed|failed|skipped|error)", last)}
    counts["failed"] = counts.get("failed", 0) + counts.get("error", 0)
    told = [str(counts.get(kind, 0)) for kind in COUNTS]
    if process.returncode not in (0, 1) or not re.search(r" in [\d.:]+s", last):
        print(last)
        told[COUNTS.index("failed")] = f"ended with {process.returncode}"
    return (commit, date, *told, f"{(time.monotonic() - started) / 60:.1f}")


def _environment(name):
    """This process's, with those instructions only, and without what would change how the tests run."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DNNL_MAX_CPU_ISA", "OPENBLAS_CORETYPE", "PYTHON")}
    _, dnnl, openblas = INSTRUCTIONS[name]
    return {**kept, "DNNL_MAX_CPU_ISA": dnnl, "OPENBLAS_CORETYPE": openblas} if dnnl else kept


def _today():
    return datetime.date.today().isoformat()


def _write(page, heading, row):
    """Put the row into its table on the page."""
    rows = _read(page)
    keys = TABLES[heading][2]
    places = [place for place, other in enumerate(rows[heading]) if other[:keys] == row[:keys]]
    if places:
        rows[heading][places[0]] = row
    else:
        rows[heading].append(row)
    lines = ["# The tests on other processors and Pythons", "", "Made by `benchmarks/processors.py`, which says how.", ""]
    for title, (about, columns, _) in TABLES.items():
        if rows[title]:
            lines += [f"## {title}", "", about, "", "| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
            lines += ["| " + " | ".join(each) + " |" for each in rows[title]] + [""]
    page.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")


def _read(page):
    """The rows of each table on the page, without its heads."""
    rows, heading = {title: [] for title in TABLES}, None
    for line in page.read_text(encoding="utf-8").splitlines() if page.exists() else ():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("| ") and heading in rows:
            rows[heading].append(tuple(cell.strip() for cell in line.strip("| ").split(" | ")))
    return {title: found[1:] for title, found in rows.items()}


if __name__ == "__main__":
    main()
