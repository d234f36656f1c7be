"""What a training step takes in two workers here, what they send, and at which width eight machines would pay, on paper.

    .venv/bin/python benchmarks/workers.py [--method wgan-gp] [--widths 16,64] [--turns 2]  # about 3 minutes

Each way in turn, so that what else the machine does falls on all alike: a run of one worker with one thread, one with two
threads, and two workers with one thread each, all with batch 64. Medians over the turns of the run's own speed; its first window,
of 50 critic steps, does not count.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from thesis_gan import start

WAYS = {"1 worker, 1 thread": (1, 1), "1 worker, 2 threads": (1, 2), "2 workers, 1 thread each": (2, 1)}
BATCH = 64
NETWORKS = {"1 Gbit/s": 0.9e9 / 8, "10 Gbit/s": 9e9 / 8}  # bytes per second, less a tenth for the protocols
MACHINES = 8


def step_times(method, width, rounds, workers, threads):
    """Seconds of a critic step and of a generator step."""
    with tempfile.TemporaryDirectory() as folder:
        command = start.command("train", method, "--profile", "smoke", "--output", folder, "--threads", str(threads))
        command += ["--progress", "json", "--device", "cpu"]
        sizes = (f"width={width}", f"batch_size={BATCH}", "train_images=60000", "epochs=0", f"generator_steps={rounds}")
        for setting in (*sizes, "num_samples=100"):
            command += ["--set", setting]
        if workers > 1:
            command += ["--local-workers", str(workers)]
        said = subprocess.run(command, env=start.environment(), check=True, stdout=subprocess.PIPE).stdout
    events = [json.loads(line) for line in said.splitlines()]
    windows = [event for event in events if event["event"] == "window"][1:]
    return tuple(statistics.median(window[f"{side}_step"] for window in windows) for side in ("critic", "generator"))


def sizes(method, width):
    """How many numbers are learnt in each network, and how many critic steps there are to one of the generator."""
    from thesis_gan import methods
    from thesis_gan._compat import mx
    from thesis_gan.networks.weights import initialise, parameters
    from thesis_gan.profiles import resolve
    from thesis_gan.streams import Streams

    made = methods.find(method)(resolve(methods.find(method), "smoke", [f"width={width}"]))
    found = []
    for name, network in (("critic", made.critic()), ("generator", made.generator())):
        initialise(network, Streams(0), name, 0.02, mx.cpu())
        found.append(sum(each.data().size for each in parameters(network).values() if each.grad_req != "null"))
    return (*found, made.critic_steps(0))


def on_paper(round_of_one, numbers, bandwidth, servers):
    """How many times as fast MACHINES are, on paper: with BATCH images each, and with BATCH in all.

    round_of_one: seconds that one takes for BATCH images; a part of them is taken to take its part of it. 8 bytes a number: more
    than two workers send each in two parts. A server's link carries, in one direction and then the other, what all machines send
    of its share. What the servers compute, and the time that a message takes, are left out.
    """
    exchange = 2 * 8 * numbers * MACHINES / servers / bandwidth
    return MACHINES * round_of_one / (round_of_one + exchange), round_of_one / (round_of_one / MACHINES + exchange)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", default="wgan-gp")
    parser.add_argument("--widths", default="16,64")
    parser.add_argument("--steps", type=int, default=125, help="of the critic, more than 50 (default 125)")
    parser.add_argument("--turns", type=int, default=2)
    options = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, load {os.getloadavg()[0]:.1f}, {options.method}, batch {BATCH}")
    for width in map(int, options.widths.split(",")):
        critic, generator, critic_steps = sizes(options.method, width)
        times = {way: [] for way in WAYS}
        for _ in range(options.turns):
            for way, (workers, threads) in WAYS.items():
                times[way].append(step_times(options.method, width, -(-options.steps // critic_steps), workers, threads))
        print(f"\nwidth {width}: critic {critic:,} numbers, generator {generator:,}; {critic_steps} critic steps a round")
        print(f"sent and received by each of two workers: {4 * critic / 1e6:.2f} MB a critic step, {4 * generator / 1e6:.2f} MB")
        rounds = {}
        for way, found in times.items():
            each = [statistics.median(column) for column in zip(*found)]
            rounds[way] = statistics.median(critic_steps * one + other for one, other in found)
            print(
                f"  {way:26} critic {1e3 * each[0]:6.1f} ms  generator {1e3 * each[1]:6.1f} ms  round {1e3 * rounds[way]:7.1f} ms"
            )
        alone = min(rounds[way] for way, (workers, _) in WAYS.items() if workers == 1)
        print(f"  2 workers / 1 worker, 2 threads: {rounds['2 workers, 1 thread each'] / rounds['1 worker, 2 threads']:.2f}")
        print(f"  on paper, {MACHINES} machines against one: with {BATCH} images each, and with {BATCH} in all")
        for name, bandwidth in NETWORKS.items():
            for servers in (1, MACHINES):
                gains = on_paper(alone, critic_steps * critic + generator, bandwidth, servers)
                where = f"{name}, {servers} server{'s' if servers > 1 else ''}"
                print(f"    {where:22} {gains[0]:4.1f} and {gains[1]:4.1f} times as fast")


if __name__ == "__main__":
    main()
