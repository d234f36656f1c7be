"""What runs in each measured process: it waits for "STEP COUNT" on standard input and answers with seconds per step."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peak import peak

BATCH = 64
# By the images' side: their channels, and the classes that a CGAN is told; as MNIST's digits and the drawn faces.
CHANNELS, CLASSES = {28: 1, 64: 3}, {28: 10, 64: 19}


def noise(side: int) -> Tuple[np.ndarray, np.ndarray]:
    """Images, uint8 (N, side, side, C), and labels (N,): a step takes as long whatever is drawn."""
    random, count = np.random.RandomState(0), 10 * BATCH
    images = random.randint(0, 256, (count, side, side, CHANNELS[side])).astype(np.uint8)
    return images, random.randint(0, CLASSES[side], count)


def serve(steps: Dict[str, Callable[[], Any]], wait: Callable[[], None], facts: Callable[[], Dict[str, Any]]) -> None:
    """Answer requests until the input ends; to be called before a step was made.

    wait: returns when the work of all steps so far is done.
    """
    before = resident()
    for line in sys.stdin:
        request, _, count = line.strip().partition(" ")
        if request == "facts":
            answer: Any = facts()
        elif request == "memory":
            answer = {"process": peak(), "steps": peak() - before}
        else:
            steps[request]()  # wakes the threads
            wait()
            started = time.perf_counter()
            for _ in range(int(count)):
                steps[request]()
            wait()
            answer = (time.perf_counter() - started) / int(count)
        print(json.dumps(answer), flush=True)


def resident() -> float:
    """Its resident memory now, in MiB; its largest where Linux cannot be asked."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return peak()
