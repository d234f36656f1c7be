"""Memory and step time over a long training: 5,000 generator steps at the smallest size.

    python benchmarks/long_life.py [--method dcgan] [--steps 5000] [--write benchmarks/LONG_LIFE.md]

The training is the real one, with its history, sheets and checkpoints; only the digits are noise. Memory is the resident set, as
Linux counts it. The step time is the processor's, and of each tenth of the run that of the quickest of its windows of 50 critic
steps, as other programs on the machine only ever make a window slower.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import machine
import numpy as np

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.data.base import LabelledImages
from thesis_gan.profiles import resolve
from thesis_gan.training.display import Progress
from thesis_gan.training.loop import Training

SETTINGS = ("width=1", "z_size=10", "batch_size=16", "train_images=1600", "epochs=0", "checkpoint_minutes=0.1")
PARTS = 10

TEXT = """# Long life

{method}, {steps:,} generator steps at the smallest size (width 1, batches of 16), with a checkpoint and a sheet of samples after
every 100 critic steps. Made by `{command}`
at commit {commit}, on one thread of {processor}
(Python {python}, MXNet {mxnet}, NumPy {numpy}).

| generator steps | resident memory, MiB | processor ms per generator step, quickest |
| ---: | ---: | ---: |
{rows}

From the second tenth to the last, memory changed by {memory:+.1f} MiB ({per_step:+.0f} bytes a step). The step time of the last
four tenths differs from that of the four after the first by {drift:+.1%}.
"""


class Observer(Progress):
    """Notes memory and time at each window, in an array that does not grow."""

    def __init__(self, windows):
        super().__init__("", 0)
        self.rows = np.full((windows, 3), np.nan)  # generator steps, processor seconds, MiB
        self._count = 0

    def window(self, row, images_per_second):
        self.rows[self._count] = row["generator_steps"], time.process_time(), resident()
        self._count += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", default="dcgan")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--write", type=Path, help="file for the result, Markdown")
    options = parser.parse_args()
    text = report(options.method, options.steps, observe(options.method, options.steps))
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")


def observe(method_name, steps):
    """Array (windows, 3): generator steps made, seconds, MiB resident."""
    method = methods.find(method_name)
    settings = resolve(method, "smoke", (*SETTINGS, f"generator_steps={steps}"))
    random = np.random.RandomState(0)
    noise = LabelledImages(random.randint(0, 256, (1600, 28, 28, 1)).astype(np.uint8), random.randint(0, 10, 1600))
    observer = Observer(steps)
    with tempfile.TemporaryDirectory() as folder:
        Training(method(settings), noise, 0, Path(folder), mx.cpu()).run(observer)
    return observer.rows[~np.isnan(observer.rows[:, 0])]


def tenths(windows):
    """Array (10, 3): steps, MiB at the end, milliseconds per step of the quickest window of each tenth of the run."""
    steps, seconds, memory = windows.T
    rates = np.diff(seconds) / np.diff(steps) * 1e3
    ends = np.linspace(0, len(rates), PARTS + 1).astype(int)
    return np.array([(steps[end], memory[end], rates[start:end].min()) for start, end in zip(ends, ends[1:])])


def report(method, steps, windows):
    rows = tenths(windows)
    memory = rows[-1, 1] - rows[1, 1]
    return TEXT.format(
        method=method,
        steps=steps,
        command=f"python benchmarks/long_life.py --method {method} --steps {steps}",
        processor=machine.name(),
        commit=machine.commit(),
        python=platform.python_version(),
        mxnet=mx.__version__,
        numpy=np.__version__,
        rows="\n".join(f"| {step:.0f} | {mib:.1f} | {milliseconds:.2f} |" for step, mib, milliseconds in rows),
        memory=memory,
        per_step=memory * 2**20 / (rows[-1, 0] - rows[1, 0]),
        drift=rows[-4:, 2].mean() / rows[1:5, 2].mean() - 1,
    )


def resident():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
