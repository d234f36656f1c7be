"""Several processes, one run: each computes its part of every batch; what they find is summed by MXNet's dist_sync store.

The parameters stay with the workers, and each makes the same update of them from the same sum. (Two Gluon Trainers on one store
would share their keys, and mix up the weights of generator and critic: apache/mxnet#13054. So the keys here are our own.)
"""

import atexit
import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.errors import UserError, say
from thesis_gan.networks.weights import parameters

Numbers = Dict[str, mx.nd.NDArray]  # by name, one element each

# Seconds that a worker waits for the others before it gives up: those who read or prepare their data first, and those who train
# (the slowest that they do between two sums is a sheet and a checkpoint).
PATIENCE_AT_START, PATIENCE = 3600.0, 300.0

ROLES = ("worker", "server", "scheduler")  # of MXNet's processes; all but the workers carry what these send
SERVING = ROLES[1:]
NEEDED = ("DMLC_PS_ROOT_URI", "DMLC_PS_ROOT_PORT", "DMLC_NUM_SERVER", "DMLC_NUM_WORKER")


class Alone:
    """The one worker of a run that has no others."""

    rank, count = 0, 1

    @property
    def first(self) -> bool:
        """Whether this is the worker that writes the run's files."""
        return self.rank == 0

    def part(self, batch: np.ndarray) -> np.ndarray:
        """The rows of ``batch`` (B, ...) that are this worker's: (B / count, ...)."""
        return batch

    def average(self, name: str, network: Optional[mx.gluon.Block], numbers: Numbers) -> Numbers:
        """Put the mean over all workers in the place of the gradients of ``network``, if any; return the means of ``numbers``.

        name: of what is averaged, the same in all workers. A loss that is a mean over its images is, and so is its
        gradient, the mean over equal parts of the batch.
        """
        return numbers

    def gather(self, name: str, scores: mx.nd.NDArray) -> mx.nd.NDArray:
        """(B / count, ...) of each worker -> (B, ...), those of worker 0 first."""
        return scores

    def any(self, *questions: bool) -> Tuple[bool, ...]:
        """For each question, whether any worker says yes."""
        return questions

    def start_together(self, finished: bool) -> bool:
        """Wait until all workers are here. Returns whether any of them finds the run finished."""
        return finished

    def check_same_step(self, step: int) -> None:
        """Raises UserError if the others are to go on from another step: they do not see the same checkpoint."""

    def leave(self) -> None:
        """Part with the others; all do it at the same time, and nothing of this may be called afterwards."""


ALONE = Alone()


class Workers(Alone):
    """One of several, in a store that they all have joined. Whatever is called here is called by all, in the same order."""

    def __init__(self, store: Any, patience: "Patience") -> None:
        self._store, self.rank, self.count = store, store.rank, store.num_workers
        self._known: Dict[str, mx.nd.NDArray] = {}
        self._patience, self.joined = patience, True

    def part(self, batch: np.ndarray) -> np.ndarray:
        size = len(batch) // self.count
        return np.ascontiguousarray(batch[self.rank * size : (self.rank + 1) * size])

    def average(self, name: str, network: Optional[mx.gluon.Block], numbers: Numbers) -> Numbers:
        known = {} if network is None else parameters(network)
        gradients = [parameter.grad() for parameter in known.values() if parameter.grad_req != "null"]
        arrays = [*gradients, *numbers.values()]
        means = self._means(name, [array.asnumpy() for array in arrays])
        found = [mx.nd.array(mean, ctx=array.context) for mean, array in zip(means, arrays)]
        for gradient, mean in zip(gradients, found):
            gradient[:] = mean
        return dict(zip(numbers, found[len(gradients) :]))

    def gather(self, name: str, scores: mx.nd.NDArray) -> mx.nd.NDArray:
        whole = self._gathered(name, scores.asnumpy())
        return mx.nd.array(whole.reshape((-1, *scores.shape[1:])), ctx=scores.context)

    def any(self, *questions: bool) -> Tuple[bool, ...]:
        return tuple(bool(yes) for yes in self._sum(f"{len(questions)} questions", np.array(questions, np.float32)))

    def start_together(self, finished: bool) -> bool:
        with self._patience.at_most(PATIENCE_AT_START):
            return self.any(finished)[0]

    def check_same_step(self, step: int) -> None:
        with self._patience.at_most(PATIENCE_AT_START):
            # Whole numbers up to 2^24 are exact in float32, and so two of them for a step of up to 10^9.
            found = self._gathered("first step", np.array(divmod(step, 1 << 16), np.float32))
        steps = [int(high) * (1 << 16) + int(low) for high, low in found]
        if len(set(steps)) > 1:
            raise UserError(
                f"The workers would go on from different generator steps ({', '.join(map(str, steps))}): "
                "--output must be one folder that all of them see."
            )

    def leave(self) -> None:
        with self._patience.at_most(PATIENCE):
            self._store = None  # freeing it waits for the others
        self.joined = False

    def abandon(self) -> None:
        """Part with others who may be dead, so that nobody is waited for."""
        self._store.handle = ctypes.c_void_p()  # nothing to free
        self.joined = False

    def _means(self, name: str, arrays: Sequence[np.ndarray]) -> List[np.ndarray]:
        # One key for each network: a message costs more than the few numbers of a bias.
        flat = np.concatenate([array.ravel() for array in arrays])
        if self.count == 2:  # of two, the sum is the same in either order
            mean = self._sum(name, flat) / 2
        else:
            sizes = self._gathered(f"sizes, {name}", np.array([np.abs(array).max() for array in arrays])).max(axis=0)
            parts = exact_parts(flat, np.repeat(sizes, [array.size for array in arrays]), self.count)
            mean = (self._sum(name, parts).astype(np.float64).sum(axis=0) / self.count).astype(np.float32)
        ends = np.cumsum([array.size for array in arrays])
        return [part.reshape(array.shape) for part, array in zip(np.split(mean, ends[:-1]), arrays)]

    def _gathered(self, name: str, array: np.ndarray) -> np.ndarray:
        """float32 (...) of each worker -> (count, ...). Whatever the order, all that is added to a number is 0."""
        whole = np.zeros((self.count, *array.shape), array.dtype)
        whole[self.rank] = array
        return self._sum(name, whole)

    def _sum(self, name: str, array: np.ndarray) -> np.ndarray:
        """Of float32 arrays: whatever their type, the server rounds sums to it."""
        key = f"{name} ({array.size})"  # of which the store does not let the size change
        pushed = mx.nd.array(array)  # new each time: the store pulls the sum into it too
        with self._patience.at_most(PATIENCE):
            if key not in self._known:
                self._known[key] = mx.nd.zeros(array.shape)
                self._store.init(key, self._known[key])
            self._store.push(key, pushed)
            self._store.pull(key, self._known[key])
            return self._known[key].asnumpy()


def exact_parts(numbers: np.ndarray, largest: np.ndarray, count: int) -> np.ndarray:
    """float32 (N,) -> (2, N): each number in two parts, of which ``count`` are added without rounding.

    largest: (N,), a bound on the size of the number in all workers, the same in all. A server adds in the order of arrival; sums
    that are not rounded do not depend on it. What the parts leave out is less than ``largest * (2 * count)^2 * 2^-48``.
    """
    # Whole multiples of a power of 2, up to 2^24 of them, are float32 numbers; so are their sums, as far as these go.
    unit = np.ldexp(1.0, np.frexp(count * largest.astype(np.float64))[1] - 24)
    fine_unit = np.ldexp(1.0, np.frexp(count * unit / 2)[1] - 24)
    with np.errstate(invalid="ignore"):  # what is not finite stays so, and ends the run
        coarse = np.rint(numbers / unit) * unit
        fine = np.rint((numbers - coarse) / fine_unit) * fine_unit
        return np.stack([coarse, fine]).astype(np.float32)


@contextlib.contextmanager
def joined(count: int, role: Optional[str]) -> Iterator[Optional[Alone]]:
    """Be one of ``count`` workers until the end of the context, or an earlier :meth:`Alone.leave`.

    role: what MXNet's launchers say in DMLC_ROLE, if anything. A scheduler or a server serves until the workers have left; the
    context is entered only then, with None.

    A worker that leaves the context by an exception waits for nobody, as an orderly exit would: at its end Python is cut short.

    Raises UserError if ``count`` and the DMLC_* variables do not go together.
    """
    _check(count, role)
    if count == 1:
        yield ALONE
        return
    if not mx.runtime.Features().is_enabled("DIST_KVSTORE"):
        raise UserError("This build of MXNet has no parameter servers, which workers need; leave workers at 1.")
    os.environ["DMLC_ROLE"] = role
    if role in SERVING:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the workers need it to agree on a last checkpoint
        mx.kvstore.kvstore_server.KVStoreServer(mx.kv.create("dist")).run()
        yield None
        return
    patience = Patience()
    with patience.at_most(PATIENCE_AT_START):
        workers = Workers(mx.kv.create("dist_sync"), patience)
    try:
        yield workers
        if workers.joined:
            workers.leave()
    except BaseException as error:
        if workers.joined:
            workers.abandon()
            interrupted = isinstance(error, KeyboardInterrupt)
            atexit.register(_cut_short, 2 if isinstance(error, UserError) else 128 + signal.SIGINT if interrupted else 1)
        raise


def _check(count: int, role: Optional[str]) -> None:
    if count == 1:
        if role is not None:
            raise UserError(f"DMLC_ROLE={role} asks for a run in several workers; add --set workers=N, or unset DMLC_ROLE.")
        return
    if role is None:
        raise UserError(
            f"workers={count} needs {count} processes; start them here with --local-workers {count}, "
            "or by a launcher that sets DMLC_ROLE and its like (docs/cluster.md)."
        )
    if role not in ROLES:
        raise UserError(f"DMLC_ROLE cannot be {role!r}: it is one of {', '.join(ROLES)}.")
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise UserError(f"DMLC_ROLE is set, but not {' and '.join(missing)}; a launcher sets them all (docs/cluster.md).")
    said = os.environ["DMLC_NUM_WORKER"]
    if said != str(count):
        raise UserError(f"workers={count}, but the launcher starts {said} workers (DMLC_NUM_WORKER); make them agree.")


def _cut_short(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class Patience:
    """Ends this process if something takes too long. MXNet's wait for a dead worker has no end, and hears no signal."""

    def __init__(self) -> None:
        self._until = np.inf
        threading.Thread(target=self._watch, daemon=True).start()

    @contextlib.contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """What is inside may take so long, or as long as a context around it says."""
        outermost = self._until == np.inf
        if outermost:
            self._until = time.monotonic() + seconds
        try:
            yield
        finally:
            if outermost:
                self._until = np.inf

    def _watch(self) -> None:
        while time.monotonic() < self._until:
            time.sleep(1)
        say("The other workers are not heard of any more, so this one ends; the same command goes on from the last checkpoint.")
        os._exit(1)
