"""What Dask adds to a plan: `--dask local:N` against `--jobs N`, and seconds per run of very many tiny ones.

    .venv/bin/python benchmarks/dask_overhead.py                    # smoke, 2 at a time; then 1,000 stubs
    .venv/bin/python benchmarks/dask_overhead.py --profile quick --stubs 0

The first is the whole command, both ways in turn, each in a new folder. In the second a process of Python that ends at once
stands in for each training, so that nothing but the sending, starting and taking back is timed; both ways again.
"""

import argparse
import contextlib
import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from thesis_gan import start
from thesis_gan.reproduction import cluster
from thesis_gan.reproduction.board import Board
from thesis_gan.reproduction.estimate import Job
from thesis_gan.reproduction.plan import PlannedRun
from thesis_gan.reproduction.processes import Trainings
from thesis_gan.training.budget import Budget


def whole(profile, methods, workers):
    """Seconds of the whole command by Dask and by processes, one after the other."""
    seconds = {}
    for way in (("--jobs", str(workers)), ("--dask", f"local:{workers}")):
        with tempfile.TemporaryDirectory() as output:
            command = start.command("all", "--profile", profile, "--output", output, *way)
            command += ["--methods", methods] if methods else []
            began = time.monotonic()
            subprocess.run(command, env=start.environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds[" ".join(way)] = time.monotonic() - began
    return seconds


def end_at_once():
    """Let every training started by this process be a Python that ends at once."""
    import sys

    from thesis_gan import start

    start.command = lambda *arguments: [sys.executable, "-S", "-c", ""]


def stubs(count, workers):
    """Seconds per run of ``count`` stubs by processes and by Dask, its cluster once started."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        output = Path(folder)
        runs = [PlannedRun(output / "runs" / f"s{n}", "gan", n, (), Job("gan", Budget(1, 1))) for n in range(count)]
        jobs = {run.folder.name: run.job for run in runs}
        for run in runs:
            run.folder.mkdir(parents=True)
        end_at_once()
        began = time.monotonic()
        Trainings("smoke", "cpu", None, Board(jobs, {}, 0, workers)).make(runs, (), output, workers)
        seconds[f"--jobs {workers}"] = (time.monotonic() - began) / count
        with cluster.connected(f"local:{workers}") as client:
            client.wait_for_workers(workers)
            client.run(end_at_once)
            began = time.monotonic()
            trainings = cluster.Cluster(client, "smoke", "cpu", Board(jobs, {}, 0, workers), output)
            trainings.make(runs, ())
            seconds[f"--dask local:{workers}"] = (time.monotonic() - began) / count
    assert not trainings.failures
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="smoke", help='"" leaves the whole command out')
    parser.add_argument("--methods", help="of the plan (default: the profile's)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--stubs", type=int, default=1000)
    options = parser.parse_args()
    for _ in range(options.turns):
        if options.profile:
            show(f"{options.profile}, seconds", whole(options.profile, options.methods, options.workers))
        if options.stubs:
            seconds = stubs(options.stubs, options.workers)
            show(f"{options.stubs} stubs, ms each", {way: 1000 * each for way, each in seconds.items()})


def show(what, numbers):
    print(f"{what}: " + ", ".join(f"{way} {number:.1f}" for way, number in numbers.items()), flush=True)


if __name__ == "__main__":
    main()
