"""Step times of 2 workers with one thread each against one with two threads and one with one, and the bytes of a step.

    python benchmarks/workers.py [--method wgan-gp] [--widths 16,64] [--steps 40] [--turns 3]

All in turn, so that what else the machine does falls on all alike; times are medians of the turns' own.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WAYS = {"1 worker, 1 thread": (1, 1), "1 worker, 2 threads": (1, 2), "2 workers, 1 thread each": (2, 1)}


def seconds_per_round(method: str, width: int, steps: int, workers: int, threads: int) -> float:
    """Seconds of a round (the critic's steps and one of the generator), by curve of the run itself: start and scores left out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "thesis_gan", "train", method, "--profile", "smoke", "--output", folder]
        command += ["--threads", str(threads), "--progress", "json"]
        for each in (f"width={width}", "batch_size=64", "epochs=0", f"generator_steps={steps}", "num_samples=100"):
            command += ["--set", each]
        if workers > 1:
            command += ["--local-workers", str(workers)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        minutes = re.search(r'"minutes": ([0-9.e-]+)', (Path(folder) / "metrics.json").read_text(encoding="utf-8"))
        return 60 * float(minutes.group(1)) / steps


def parameter_bytes(method: str, width: int) -> str:
    """Bytes that a worker sends, and receives, for one step of each network."""
    from thesis_gan import methods
    from thesis_gan._compat import mx
    from thesis_gan.networks import initialise, parameters
    from thesis_gan.profiles import resolve
    from thesis_gan.streams import Streams

    made = methods.find(method)(resolve(methods.find(method), "smoke", [f"width={width}"]))
    found = []
    for name, network in (("critic", made.critic()), ("generator", made.generator())):
        initialise(network, Streams(0), name, 0.02, mx.cpu())
        size = sum(each.data().size for each in parameters(network).values() if each.grad_req != "null")
        found.append(f"{name} {4 * size / 1e6:.2f} MB")
    return ", ".join(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", default="wgan-gp")
    parser.add_argument("--widths", default="16,64")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, load {os.getloadavg()[0]:.1f}, {options.method}, batch 64")
    for width in map(int, options.widths.split(",")):
        times = {way: [] for way in WAYS}
        for _ in range(options.turns):
            for way, (workers, threads) in WAYS.items():
                times[way].append(seconds_per_round(options.method, width, options.steps, workers, threads))
        print(f"width {width}: each way and step, {parameter_bytes(options.method, width)}")
        for way, found in times.items():
            print(f"  {way:26} {1e3 * statistics.median(found):8.1f} ms a round")


if __name__ == "__main__":
    main()
