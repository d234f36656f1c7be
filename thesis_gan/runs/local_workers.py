"""The processes of one run in several workers, all on this machine: workers, a server and a scheduler, as MXNet calls them."""

import contextlib
import ctypes
import signal
import socket
import subprocess
import sys
import time
from typing import Dict, List, Sequence

from thesis_gan import start
from thesis_gan.training.loop import stop_requests

STOPPED = 128 + signal.SIGINT
MISTAKE = 2  # the command line's exit status where it has said what is wrong with what was asked for

GRACE = 5  # seconds for the others to end by themselves, once one has
GAP = 0.05  # seconds between two looks at the processes


def run_local_workers(count: int, command: Sequence[str]) -> int:
    """Run ``command`` in ``count`` workers, a server and a scheduler, which hear this machine only. Returns the exit status.

    If one of them fails the others are ended; so are all when this process is. What they say goes where this process's words go.
    Ctrl-C, a termination signal and a closed terminal are passed on to one worker, which tells the others; a second Ctrl-C ends
    all at once.
    """
    variables = {
        **start.environment(),
        "DMLC_PS_ROOT_URI": "127.0.0.1",
        "DMLC_PS_ROOT_PORT": str(_free_port()),
        "DMLC_NODE_HOST": "127.0.0.1",
        "DMLC_NUM_SERVER": "1",
        "DMLC_NUM_WORKER": str(count),
    }
    processes: Dict[str, subprocess.Popen] = {}
    with stop_requests() as requests:
        try:
            for name in ("The scheduler", "The server", *(f"Worker {number}" for number in range(1, count + 1))):
                role = name.split()[0].lower() if name.startswith("Worker") else name.split()[1]
                # In sessions of their own: a terminal's signals go to this process alone.
                processes[name] = subprocess.Popen(
                    command, env={**variables, "DMLC_ROLE": role}, start_new_session=True, preexec_fn=_end_with_parent
                )
            return _watch(processes, requests)
        except KeyboardInterrupt:  # the second Ctrl-C
            print("\nStopped; the same command goes on from the last checkpoint, if one has been written.", file=sys.stderr)
            return STOPPED
        finally:
            _end(list(processes.values()))


def _watch(processes: Dict[str, subprocess.Popen], requests: List[int]) -> int:
    """Wait until the workers are done, or one of all processes has failed."""
    workers = [process for name, process in processes.items() if name.startswith("Worker")]
    told = False
    while True:
        if requests and not told:
            workers[0].terminate()
            told = True
        failed = {name: process.returncode for name, process in processes.items() if process.poll()}
        if failed or all(worker.poll() == 0 for worker in workers):
            break
        time.sleep(GAP)
    if not failed:
        return 0
    name, status = next(iter(failed.items()))
    if status != MISTAKE:
        _wait(workers, GRACE)  # they may end for the same reason, which they say themselves
    if told:
        if status < 0:  # before it could say anything
            print("Stopped; the same command goes on from the last checkpoint, if one has been written.", file=sys.stderr)
        return STOPPED
    if status < 0 or (status != MISTAKE and any(worker.poll() is None for worker in workers)):
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"has ended with status {status}"
        sentence = f"{name} {how}, so the others are ended too; the same command goes on from the last checkpoint."
        print(f"thesis-gan: {sentence}", file=sys.stderr)
    return max(status, 1)


def _end(processes: Sequence[subprocess.Popen]) -> None:
    """End what does not end by itself: scheduler and server do so when the workers have left."""
    if all(process.poll() == 0 for process in processes[2:]):
        _wait(processes, GRACE)
    for process in processes:
        if process.poll() is None:
            process.kill()
    for process in processes:
        process.wait()


def _wait(processes: Sequence[subprocess.Popen], seconds: float) -> None:
    until = time.monotonic() + seconds
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end_with_parent() -> None:
    """On Linux, be killed when the parent is."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
