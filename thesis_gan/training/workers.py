"""Several processes, one run: each computes its part of every batch; what they find is summed by MXNet's dist_sync store.

The parameters stay with the workers, and each makes the same update of them from the same sum. (Two Gluon Trainers on one store
would share their keys, and mix up the weights of generator and critic: apache/mxnet#13054. So the keys here are our own.)
"""

import atexit
import contextlib
import os
import sys
import threading
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks import parameters

# Seconds that a worker waits for the others before it gives up. The slowest they do between two sums is a sheet and a checkpoint.
PATIENCE = 300

_kept: List[Any] = []  # a store that is freed waits for the other workers, who may be dead


class Alone:
    """The one worker of a run that has no others."""

    rank, count = 0, 1

    def part(self, batch: np.ndarray) -> np.ndarray:
        """The rows of ``batch`` (B, ...) that are this worker's: (B / count, ...)."""
        return batch

    def average(
        self, name: str, network: Optional[mx.gluon.Block], numbers: Dict[str, mx.nd.NDArray]
    ) -> Dict[str, mx.nd.NDArray]:
        """Put the mean over all workers in the place of the gradients of ``network``, if any; return the means of ``numbers``.

        name: of what is averaged, the same in all workers. A loss that is a mean over its images is, and so is its
        gradient, the mean over equal parts of the batch.
        """
        return numbers

    def gather(self, name: str, scores: mx.nd.NDArray) -> mx.nd.NDArray:
        """(B / count, 1) of each worker -> (B, 1), those of worker 0 first."""
        return scores

    def check_same_step(self, step: int) -> None:
        """Raises UserError if the others are to go on from another step: they do not see the same checkpoint."""

    def any(self, *questions: bool) -> Tuple[bool, ...]:
        """For each question, whether any worker says yes."""
        return questions


class Workers(Alone):
    """One of several, in a store that they all have joined. Whatever is called here is called by all, in the same order."""

    def __init__(self, store: Any) -> None:
        self._store, self.rank, self.count = store, store.rank, store.num_workers
        self._known: Dict[str, mx.nd.NDArray] = {}
        self.pushed: Dict[str, int] = {}  # bytes, by name, in one exchange

    def part(self, batch: np.ndarray) -> np.ndarray:
        size = len(batch) // self.count
        return np.ascontiguousarray(batch[self.rank * size : (self.rank + 1) * size])

    def average(
        self, name: str, network: Optional[mx.gluon.Block], numbers: Dict[str, mx.nd.NDArray]
    ) -> Dict[str, mx.nd.NDArray]:
        known = {} if network is None else parameters(network)
        gradients = [parameter.grad() for parameter in known.values() if parameter.grad_req != "null"]
        arrays = [*gradients, *numbers.values()]
        # One key for each network: a message costs more than the few numbers of a bias.
        mean = self._sum(name, mx.nd.concat(*(array.reshape((-1,)) for array in arrays), dim=0)) / self.count
        start, found = 0, []
        for array in arrays:
            found.append(mean[start : start + array.size].reshape(array.shape).as_in_context(array.context))
            start += array.size
        for gradient, averaged in zip(gradients, found):
            gradient[:] = averaged
        return dict(zip(numbers, found[len(gradients) :]))

    def gather(self, name: str, scores: mx.nd.NDArray) -> mx.nd.NDArray:
        whole = np.zeros((self.count, *scores.shape), np.float32)
        whole[self.rank] = scores.asnumpy()
        return self._sum(name, mx.nd.array(whole)).reshape((-1, *scores.shape[1:]))

    def any(self, *questions: bool) -> Tuple[bool, ...]:
        return tuple(
            bool(yes)
            for yes in self._sum(f"{len(questions)} questions", mx.nd.array([float(each) for each in questions])).asnumpy()
        )

    def check_same_step(self, step: int) -> None:
        # Whole numbers up to 2^24 are exact in float32, and so two of them for a step of up to 10^9.
        high, low = divmod(step, 1 << 16)
        steps = self.gather("first step", mx.nd.array([[high, low]])).asnumpy()
        if (steps != steps[0]).any():
            found = ", ".join(str(int(each[0]) * (1 << 16) + int(each[1])) for each in steps)
            raise UserError(
                f"The workers would go on from different generator steps ({found}): "
                "--output must be one folder that all of them see."
            )

    def _sum(self, name: str, array: mx.nd.NDArray) -> mx.nd.NDArray:
        array = array.as_in_context(mx.cpu())
        with _patience():
            if name not in self._known:
                self._known[name] = mx.nd.zeros(array.shape)
                self._store.init(name, self._known[name])
                self.pushed[name] = 4 * array.size
            out = self._known[name]
            self._store.push(name, array)
            self._store.pull(name, out)
            out.wait_to_read()
        return out


def join(count: int) -> Alone:
    """Be one of ``count`` workers, as the DMLC_* variables of MXNet's launchers say. Waits until all are there.

    Raises UserError if there are no such variables, or if they speak of another number.
    """
    if count == 1:
        return Alone()
    said = os.environ.get("DMLC_NUM_WORKER")
    if os.environ.get("DMLC_ROLE") != "worker" or said is None:
        raise UserError(
            f"workers={count} needs {count} processes; start them here with --local-workers {count}, "
            "or by a launcher that sets DMLC_ROLE and its like (docs/cluster.md)."
        )
    if said != str(count):
        raise UserError(f"workers={count}, but the launcher starts {said} workers (DMLC_NUM_WORKER); make them agree.")
    with _patience():
        store = mx.kv.create("dist_sync")
    _kept.append(store)
    return Workers(store)


@contextlib.contextmanager
def failing_at_once() -> Iterator[None]:
    """A worker that fails inside leaves without waiting for the others, which an orderly exit would."""
    try:
        yield
    except BaseException as error:
        if _kept and type(error).__name__ != "Interrupted":  # to which all agree
            atexit.register(_leave)
        raise


def _leave() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Ends this process if what is inside takes too long. MXNet's wait for a dead worker has no end, and hears no signal."""

    def give_up() -> None:
        print(
            f"thesis-gan: The other workers have not been heard of for {PATIENCE} s, so this one ends; "
            "the same command goes on from the last checkpoint.",
            file=sys.stderr,
            flush=True,
        )
        os._exit(1)

    timer = threading.Timer(PATIENCE, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
