"""What running the table's trainings side by side gains: the same trainings, one thread each at once, and all threads in turn.

The trainings are those of the quick profile, shortened. Printed: seconds of each way and their ratio.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
METHODS = ("wgan-gp", "wgan", "cgan", "dcgan")  # the longest first, as run_all.sh starts them


def train(method: str, threads: int, steps: int) -> None:
    """One training in a process of its own, as run_all.sh starts it."""
    command = [sys.executable, "-m", "thesis_gan", "train", method, "--threads", str(threads)]
    with tempfile.TemporaryDirectory() as folder:
        overrides = ["--set", f"generator_steps={steps}", "--set", "num_samples=1000"]
        subprocess.run(
            [*command, "--output", f"{folder}/run", *overrides],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def seconds(at_once: int, threads: int, steps: int) -> float:
    """All trainings, so many at once."""
    started = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda method: train(method, threads, steps), METHODS))
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int, default=100, help="generator steps of each training")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print("| | in turn, all threads each | side by side, one thread each | ratio |\n|---|---|---|---|")
    for repeat in range(options.repeats):
        in_turn = seconds(1, options.cores, options.steps)
        side_by_side = seconds(options.cores, 1, options.steps)
        print(f"| {repeat + 1} | {in_turn:.1f} s | {side_by_side:.1f} s | {side_by_side / in_turn:.2f} |", flush=True)


if __name__ == "__main__":
    main()
