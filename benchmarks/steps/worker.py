"""What runs in each measured process: it waits for "STEP COUNT" on standard input and answers with seconds per step."""

import json
import resource
import sys
import time
from typing import Any, Callable, Dict


def serve(steps: Dict[str, Callable[[], Any]], wait: Callable[[], None], facts: Callable[[], Dict[str, Any]]) -> None:
    """Answer requests until the input ends. wait: returns when the work of all steps so far is done."""
    for line in sys.stdin:
        request, _, count = line.strip().partition(" ")
        if request == "facts":
            answer: Any = facts()
        elif request == "memory":  # in MiB; Linux counts in KiB, macOS in bytes
            answer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        else:
            steps[request]()  # wakes the threads
            wait()
            started = time.perf_counter()
            for _ in range(int(count)):
                steps[request]()
            wait()
            answer = (time.perf_counter() - started) / int(count)
        print(json.dumps(answer), flush=True)
