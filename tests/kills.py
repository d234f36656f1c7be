"""Kills processes (SIGKILL) while they train and while they write a table, and holds what comes out against uninterrupted ones.

    python tests/kills.py --kills 200 --write benchmarks/KILLS.md

A life is one run of one method: it is killed again and again, each time at a moment drawn from the seed, started again, and at
last left to finish; then the same with its table. Half of the kills come from outside at a random time, the others strike in
the middle of writing a file: when half of it is written, before it takes its name, or after. test_kills.py does a short life.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from helpers import assert_same_arrays, some_digits  # noqa: E402
from PIL import Image  # noqa: E402

from thesis_gan import cli, files, methods  # noqa: E402
from thesis_gan._compat import mx  # noqa: E402
from thesis_gan.data import mnist  # noqa: E402
from thesis_gan.files import TEMPORARY  # noqa: E402
from thesis_gan.lock import hold  # noqa: E402
from thesis_gan.profiles import resolve  # noqa: E402
from thesis_gan.training import checkpoint  # noqa: E402
from thesis_gan.training.history import read_csv  # noqa: E402

# A checkpoint every 60 ms, an epoch every 10 critic steps: most moments are near a write.
SETTINGS = (
    "width=1",
    "z_size=10",
    "batch_size=16",
    "train_images=160",
    "epochs=0",
    "num_samples=100",
    "checkpoint_minutes=0.001",
)
CRITIC_STEPS = 300
RUN_FILES = ("checkpoint", "history.csv", "curve.csv", "epoch-", "generator.params", "SHA256SUMS", "metrics.json", "config.json")
TABLE_FILES = ("real.json", "metrics.json", "table1.csv", "table1.md")
HALF, UNNAMED, NAMED = "half-written", "before it takes its name", "just after"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="file for the result, Markdown")
    options = parser.parse_args()
    random, deaths, lives, started = np.random.RandomState(options.seed), Counter(), Counter(), time.monotonic()
    references = {}
    with tempfile.TemporaryDirectory() as folder:
        while sum(deaths.values()) < options.kills:
            name = methods.names()[sum(lives.values()) % len(methods.names())]
            if name not in references:
                references[name] = uninterrupted(Path(folder) / "whole" / name, name)
            life = Life(Path(folder) / f"life-{sum(lives.values())}", name, random)
            life.train(kills=8)
            assert_same_run(life.run_folder, references[name])
            life.tabulate(kills=2)
            deaths.update(life.deaths)
            lives[name] += 1
            print(f"{sum(deaths.values())} kills, {sum(lives.values())} lives, {time.monotonic() - started:.0f} s", flush=True)
    text = report(deaths, lives, options, time.monotonic() - started)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")


class Life:
    """One run and its table, in ``folder``; ``deaths`` counts where it was killed."""

    def __init__(self, folder, method, random):
        self.method, self._random, self.deaths = method, random, Counter()
        self.results = folder
        self.run_folder = folder / "runs" / f"{method}-seed0"

    def train(self, kills):
        """Train to the end, killed ``kills`` times on the way (less often if it is done before)."""
        before = sum(self.deaths.values())
        while sum(self.deaths.values()) < before + kills:
            if self._random.rand() < 0.5:
                moment = ("outside", 0.3 * self._random.rand())
            else:
                moment = self._in_write(RUN_FILES, (0.65, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05), 6)
            if not self._kill(train_command(self.method, self.run_folder), moment):
                break
            assert_whole(self.run_folder)
        succeed(train_command(self.method, self.run_folder))

    def tabulate(self, kills):
        """Make the table anew, killed ``kills`` times on the way, and hold it against an uninterrupted one."""
        command = ["table", "--results", str(self.results)]
        succeed(command)
        whole = {name: (self.results / name).read_bytes() for name in TABLE_FILES}
        for _ in range(kills):
            for name in TABLE_FILES:
                if self._random.rand() < 0.5 and (self.results / name).exists():  # else there is an old file to be replaced
                    (self.results / name).unlink()
            if not self._kill(command, self._in_write(("metrics.json", "table1.csv", "table1.md"), (0.4, 0.3, 0.3), 1)):
                raise AssertionError("the table was not killed")
            for name in TABLE_FILES:
                assert not (self.results / name).exists() or (self.results / name).read_bytes() == whole[name], name
        succeed(command)
        assert {name: (self.results / name).read_bytes() for name in TABLE_FILES} == whole

    def _in_write(self, names, shares, latest):
        name = names[self._random.choice(len(names), p=shares)]
        number = 1 + self._random.randint(latest) if name == "checkpoint" else 1
        return ("write", name, number, (HALF, UNNAMED, NAMED)[self._random.randint(3)])

    def _kill(self, command, moment):
        """Run ``command`` and kill it at ``moment``; False if it was done before."""
        death = json.dumps(moment[1:]) if moment[0] == "write" else ""
        process = subprocess.Popen(
            [sys.executable, __file__, "victim", death, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        if moment[0] == "outside":
            process.stdout.readline()  # it has come so far as to report an epoch
            time.sleep(moment[1])
            process.kill()
        said, complaint = process.communicate()
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, complaint.decode()
            return False
        where = "from outside, while training" if moment[0] == "outside" else f"writing {moment[1].rstrip('-')}, {moment[3]}"
        if moment[0] == "outside" and said.count(b'"epoch"') and self._trained():
            where = "from outside, after the last step"
        self.deaths[f"table: {where}" if command[0] == "table" else where] += 1
        return True

    def _trained(self):
        return (self.run_folder / "generator.params").exists()


def train_command(method, folder):
    steps = f"generator_steps={CRITIC_STEPS // resolve(methods.find(method), 'smoke').critic_schedule.rest}"
    sets = [part for setting in (*SETTINGS, steps) for part in ("--set", setting)]
    return ["train", method, "--profile", "smoke", "--output", str(folder), "--progress", "json", *sets]


def succeed(command):
    result = subprocess.run([sys.executable, __file__, "victim", "", *command], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def uninterrupted(folder, method):
    """The folder of a run of ``method`` that nobody disturbs."""
    run_folder = folder / "runs" / f"{method}-seed0"
    succeed(train_command(method, run_folder))
    return run_folder


def victim(death, command):
    """In the process that is to die: the command line, on noise in the place of MNIST.

    death: "", or JSON [name, number, moment]: die in the number-th write of a file whose name begins so.
    """
    mnist.load = lambda split, folder=None: some_digits({"train": 160, "test": 200}[split])
    if death:
        die_in_write(*json.loads(death))
    return cli.main(command)


def die_in_write(name, number, moment):
    write_bytes, fsync, replace, seen = files.write_bytes, os.fsync, os.replace, []

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def fsync_half(handle):
        os.ftruncate(handle, os.fstat(handle).st_size // 2)
        fsync(handle)
        die()

    def write_and_die(path, content):
        if Path(path).name.startswith(name):
            seen.append(path)
            if len(seen) == number:
                if moment == HALF:
                    os.fsync = fsync_half
                elif moment == UNNAMED:
                    os.replace = lambda *names: die()
                else:
                    os.replace = lambda *names: (replace(*names), die())
        write_bytes(path, content)

    files.write_bytes = write_and_die


def assert_whole(folder):
    """Whatever has its own name is whole; the lock is free; what was saved once is still there."""
    with hold(folder):
        for path in folder.rglob("*"):
            if path.name.startswith(".") or path.is_dir():
                continue
            if path.suffix == ".bin":
                checkpoint.read(path)
            elif path.suffix == ".json":
                files.read_json(path)
            elif path.suffix == ".csv":
                read_csv(path)
            elif path.suffix == ".png":
                Image.open(str(path)).load()
            elif path.suffix == ".params":
                assert mx.nd.load(str(path))
            else:
                assert path.name == "SHA256SUMS", path
    if (folder / "history.csv").exists() and len(read_csv(folder / "history.csv")["epoch"]) > 1:
        assert list(folder.glob("checkpoint-*.bin"))


def assert_same_run(found, expected):
    """The same files with the same bytes; of what holds the time, all but the time."""

    def names(folder):
        own = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
        return sorted(str(name) for name in own if not name.match("checkpoint-*"))

    assert not list(found.rglob(f"*{TEMPORARY}"))
    assert names(found) == names(expected)
    for name in names(expected):
        if name != "metrics.json":
            assert (found / name).read_bytes() == (expected / name).read_bytes(), f"{found / name}"
    metrics = [files.read_json(folder / "metrics.json") for folder in (found, expected)]
    saved = [checkpoint.read(max(folder.glob("checkpoint-*.bin"))) for folder in (found, expected)]
    for record in metrics:
        record.pop("minutes")
    for each in saved:
        each.state.pop("seconds")
    assert metrics[0] == metrics[1]
    assert_same_arrays(saved[0].arrays, saved[1].arrays)
    assert saved[0].state == saved[1].state


REPORT = """# Kills

{kills} processes were ended with SIGKILL, in {runs} runs ({lived}) and their tables.
After every kill each file that had its own name was whole. Every run, started again, ended with the bytes of an
uninterrupted one: parameters, optimizer states, history, curve, sample sheets, generator, scores. So did every table.

Made by `python tests/kills.py --kills {asked} --seed {seed}` in {minutes:.0f} minutes, niced on a busy machine,
with Python {python}, MXNet {mxnet}, NumPy {numpy}, one thread.

| killed | times |
| --- | ---: |
"""


def report(deaths, lives, options, seconds):
    head = REPORT.format(
        kills=sum(deaths.values()),
        runs=sum(lives.values()),
        lived=", ".join(f"{count} of {name}" for name, count in lives.items()),
        asked=options.kills,
        seed=options.seed,
        minutes=seconds / 60,
        python=platform.python_version(),
        mxnet=mx.__version__,
        numpy=np.__version__,
    )
    return head + "".join(f"| {where} | {count} |\n" for where, count in sorted(deaths.items()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["victim"]:
        sys.exit(victim(sys.argv[2], sys.argv[3:]))
    main()
