"""Kills processes (SIGKILL) while they train and while they write a table, and holds what comes out against uninterrupted ones.

    python tests/kills.py --kills 300 --write benchmarks/KILLS.md

A life is one run: it is killed again and again, each time at a moment drawn from the seed, started again, and at last left to
finish; then the same with its table. A fifth of the kills come from outside at a random time, the others strike in the middle of
writing a file: when half of it is written, before it takes its name, or just after. cases() says what is trained. Two lives are
lived at a time. Commit nothing meanwhile: a run's config.json holds the commit, and a life that sees two has other bytes.
test_kills.py does a short life.
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import machine  # noqa: E402
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
MLP, POINTS = ("architecture=mlp",), ("train_images=480",)  # of points fewer epochs, whose pictures take long
PICTURES = ("data=tests/reference/faces.npz", "image_size=28")  # as a user's own: decoded into the cache, a tenth held out
RUN_FILES = ("checkpoint", "history.csv", "curve.csv", "epoch-", "generator.params", "SHA256SUMS", "metrics.json", "config.json")
LAST_FILES = ("generator.params", "SHA256SUMS", "metrics.json")  # in this order, when training has ended
# Of each kind of data, the command that makes the table, and its files.
TABLES = {
    "digits": ("table", ("real.json", "metrics.json", "table1.csv", "table1.md")),
    "points": ("comparison", ("points.csv", "points.md")),
    "pictures": ("comparison", ("real.json", "comparison.csv", "comparison.md")),
}
HALF, UNNAMED, NAMED = "half-written", "before it takes its name", "just after"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="file for the result, Markdown")
    options = parser.parse_args()
    deaths, lives, started = Counter(), Counter(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        os.environ["THESIS_GAN_CACHE"] = str(Path(folder) / "cache")
        while sum(deaths.values()) < options.kills or 2 * in_writing(deaths) < options.kills:
            numbers = range(sum(lives.values()), sum(lives.values()) + 2)
            for life in pool.map(lambda number: whole_life(Path(folder), number, options.seed), numbers):
                deaths.update(life.deaths)
                lives[life.title] += 1
            print(f"{sum(deaths.values())} kills, {sum(lives.values())} lives, {time.monotonic() - started:.0f} s", flush=True)
    text = report(deaths, lives, options, time.monotonic() - started)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")


def in_writing(deaths):
    """How many of them struck while a file was being written."""
    return sum(count for where, count in deaths.items() if where.endswith((HALF, UNNAMED)))


def cases():
    """(method, settings) of all that is trained: every method, perceptrons, points in the plane, and pictures."""
    found = [(name, ()) for name in methods.names()]
    found += [(name, MLP) for name in ("dcgan", "cgan", "wgan-gp")]
    places = (("gan", "8gaussians"), ("wgan-gp", "swissroll"), ("wgan", "25gaussians"))
    found += [(name, (f"data={place}", *POINTS)) for name, place in places]
    return found + [(name, PICTURES) for name in ("cgan", "wgan-gp-ln")]


def whole_life(folder, number, seed):
    """Live life ``number``, and hold it against a run of the same that nobody disturbs."""
    method, settings = cases()[number % len(cases())]
    life = Life(folder / f"life-{number}", method, np.random.RandomState([seed, number]), settings)
    life.train(kills=8)
    assert_same_run(life.run_folder, uninterrupted(folder / f"whole-{number}", method, settings))
    life.tabulate(kills=2)
    return life


class Life:
    """One run and its table, in ``folder``; ``deaths`` counts where it was killed."""

    def __init__(self, folder, method, random, settings=()):
        self.method, self._random, self._settings, self.deaths = method, random, settings, Counter()
        self.results = folder
        self.run_folder = folder / "runs" / f"{method}-seed0"

    @property
    def title(self):
        """Its method, and what else it is."""
        return " ".join([self.method, *(setting for setting in self._settings if setting not in POINTS)])

    def train(self, kills):
        """Train to the end, killed ``kills`` times on the way (less often if it is done before)."""
        moments = [self._moment() for _ in range(kills)]
        for moment in sorted(moments, key=lambda moment: LAST_FILES.index(moment[1]) if moment[1] in LAST_FILES else -1):
            if not self._kill(train_command(self.method, self.run_folder, self._settings), moment):
                break
            assert_whole(self.run_folder)
        succeed(train_command(self.method, self.run_folder, self._settings))

    def _moment(self):
        if self._random.rand() < 0.25:
            return ("outside", 0.3 * self._random.rand())
        return self._in_write(RUN_FILES, (0.65, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05), 6)

    def tabulate(self, kills):
        """Make the table anew, killed ``kills`` times on the way, and hold it against an uninterrupted one."""
        data = [part for part in self._settings if part.startswith("data=")]
        name, names = TABLES["digits" if not data else "pictures" if data[0] in PICTURES else "points"]
        command = [name, "--results", str(self.results)]
        succeed(command)
        whole = {name: (self.results / name).read_bytes() for name in names}
        for _ in range(kills):
            for name in names:
                if self._random.rand() < 0.5 and (self.results / name).exists():  # else there is an old file to be replaced
                    (self.results / name).unlink()
            written = [name for name in names if name != "real.json"]  # which is made once
            if not self._kill(command, self._in_write(written, [1 / len(written)] * len(written), 1)):
                raise AssertionError("the table was not killed")
            for name in names:
                assert not (self.results / name).exists() or (self.results / name).read_bytes() == whole[name], name
        succeed(command)
        assert {name: (self.results / name).read_bytes() for name in names} == whole

    def _in_write(self, names, shares, latest):
        name = names[self._random.choice(len(names), p=shares)]
        number = 1 + self._random.randint(latest) if name == "checkpoint" else 1
        return ("write", name, number, self._random.choice((HALF, UNNAMED, NAMED), p=(0.4, 0.4, 0.2)))

    def _kill(self, command, moment):
        """Run ``command`` and kill it at ``moment``; False if it was done before."""
        death = json.dumps(moment[1:]) if moment[0] == "write" else ""
        process = subprocess.Popen(
            [sys.executable, __file__, "victim", death, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
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
        self.deaths[where if command[0] == "train" else f"table: {where}"] += 1
        return True

    def _trained(self):
        return (self.run_folder / "generator.params").exists()


def train_command(method, folder, settings=()):
    steps = f"generator_steps={CRITIC_STEPS // resolve(methods.find(method), 'smoke').critic_schedule.rest}"
    sets = [part for setting in (*SETTINGS, steps, *settings) for part in ("--set", setting)]
    return ["train", method, "--profile", "smoke", "--output", str(folder), "--progress", "json", *sets]


def succeed(command):
    result = subprocess.run([sys.executable, __file__, "victim", "", *command], capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr


def uninterrupted(folder, method, settings=()):
    """The folder of a run of ``method`` that nobody disturbs."""
    run_folder = folder / "runs" / f"{method}-seed0"
    succeed(train_command(method, run_folder, settings))
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

{kills} processes were ended with SIGKILL, {writing} of them while a file was being written, in {runs} runs and their tables.
After every kill each file that had its own name was whole. Every run, started again, ended with the bytes of an
uninterrupted one: parameters, optimizer states, history, curve, sample sheets, generator, scores. So did every table.

Made by `python tests/kills.py --kills {asked} --seed {seed}` in {minutes:.0f} minutes, at commit {commit},
on {processor}, with Python {python}, MXNet {mxnet}, NumPy {numpy}, two runs of one thread at a time.

| trained | runs |
| --- | ---: |
{lived}
| killed | times |
| --- | ---: |
{died}"""


def report(deaths, lives, options, seconds):
    def lines(counts):
        return "".join(f"| {what} | {count} |\n" for what, count in counts)

    return REPORT.format(
        kills=sum(deaths.values()),
        writing=in_writing(deaths),
        runs=sum(lives.values()),
        asked=options.kills,
        seed=options.seed,
        minutes=seconds / 60,
        commit=machine.commit(),
        processor=machine.name(),
        python=platform.python_version(),
        mxnet=mx.__version__,
        numpy=np.__version__,
        lived=lines(lives.items()),
        died=lines(sorted(deaths.items())),
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["victim"]:
        sys.exit(victim(sys.argv[2], sys.argv[3:]))
    main()
