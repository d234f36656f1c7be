"""The processes of a run with several workers, all on this machine: scheduler, server and workers, as MXNet calls them."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Dict, List, Sequence

GRACE = 10  # seconds to end in, once asked to or once the others have
STOPPED = 128 + signal.SIGINT


def run_local_workers(count: int, arguments: Sequence[str]) -> int:
    """Run ``thesis-gan`` with ``arguments`` in ``count`` workers, a server and a scheduler. Returns the exit status.

    If one of them fails the others are ended; so are all when this process is. What they say goes where this process's words go.
    """
    command = [sys.executable, "-m", "thesis_gan", *arguments]
    shared = {
        "DMLC_PS_ROOT_URI": "127.0.0.1",
        "DMLC_PS_ROOT_PORT": str(_free_port()),
        "DMLC_NODE_HOST": "127.0.0.1",
        "DMLC_NUM_SERVER": "1",
        "DMLC_NUM_WORKER": str(count),
    }
    processes: Dict[str, subprocess.Popen] = {}
    try:
        for name in ("scheduler", "server", *(f"worker {number}" for number in range(count))):
            environment = {**os.environ, **shared, "DMLC_ROLE": name.split()[0]}
            # A terminal's Ctrl-C goes to this process, which asks the workers alone: they need the server to
            # agree on a checkpoint.
            # MXNet's engine announces itself in the other two, and that is all that they say; how they end is said below.
            said = None if name.startswith("worker") else subprocess.DEVNULL
            processes[name] = subprocess.Popen(
                command, env=environment, stderr=said, start_new_session=True, preexec_fn=_end_with_parent
            )
        workers = [process for name, process in processes.items() if name.startswith("worker")]
        try:
            return _watch(processes, workers)
        except KeyboardInterrupt:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            return _watch(processes, workers)
    finally:
        _end(list(processes.values()))


def _watch(processes: Dict[str, subprocess.Popen], workers: List[subprocess.Popen]) -> int:
    """Wait until the workers are done, or one of all processes has failed."""
    while True:
        left = {name: process.poll() for name, process in processes.items()}
        if all(worker.poll() is not None for worker in workers):
            return next((status for status in (worker.returncode for worker in workers) if status), 0)
        for name, status in left.items():
            if status not in (None, 0, STOPPED):
                # All may be about to end for the same reason, which each then says itself.
                _wait(workers, 1)
                how = f"by signal {-status}" if status < 0 else f"with status {status}"
                print(
                    f"thesis-gan: {name} has ended {how}, so the others are ended too; "
                    "the same command goes on from the last checkpoint.",
                    file=sys.stderr,
                )
                return status if status > 0 else 1
        time.sleep(0.1)


def _end(processes: List[subprocess.Popen]) -> None:
    """End what has not ended by itself: with the workers gone, scheduler and server do within moments."""
    if all(process.poll() is not None for process in processes[2:]):
        _wait(processes, 1)
    for process in processes:
        if process.poll() is None:
            with contextlib.suppress(OSError):
                process.kill()
    _wait(processes, GRACE)


def _wait(processes: List[subprocess.Popen], seconds: float) -> None:
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
