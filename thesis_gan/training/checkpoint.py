"""The state of a run in one file, written whole or not at all, with a checksum; the last two are kept."""

import contextlib
import hashlib
import io
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple

import numpy as np

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks import weights

MAGIC = b"thesis_gan checkpoint 2\n"
KEPT = 2


class Checkpoint(NamedTuple):
    """arrays: parameters and optimizer states by name.  state: everything else, as JSON."""

    arrays: Dict[str, np.ndarray]
    state: Dict[str, Any]


class Unusable(UserError):
    """A file that is no checkpoint to go on from; the message names it and says why."""


class Checkpoints:
    """The checkpoints of one run, ``folder``/checkpoint-STEP.bin, STEP being the generator's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._good: List[Path] = []  # to be kept, oldest first

    def save(self, step: int, checkpoint: Checkpoint) -> None:
        """Write a checkpoint; of the others, only the last good one is kept. Raises UserError if it cannot be written."""
        path = self._folder / f"checkpoint-{step:07d}.bin"
        write(path, checkpoint)
        self._good = [*(good for good in self._good if good != path), path][-KEPT:]
        for other in self._paths():
            if other not in self._good:
                with contextlib.suppress(OSError):
                    other.unlink()

    def load(self, use: Callable[[Path, Checkpoint], None]) -> List[str]:
        """Hand the newest good checkpoint to ``use``; one that it refuses by raising Unusable is passed over as well.

        Returns a sentence for each file passed over.  Raises UserError if there are files, but none can be used.
        """
        faults: List[Unusable] = []
        paths = self._paths()
        for place, path in enumerate(paths):
            try:
                use(path, read(path))
            except Unusable as fault:
                faults.append(fault)
                continue
            self._good = [*paths[place + 1 : place + KEPT], path]  # the one before it is still the next best
            return [f"{fault}; going on from the one before it, {path}." for fault in faults]
        if faults:
            reasons = "; ".join(map(str, faults))
            raise UserError(f"{reasons}; delete what is in {self._folder} to train from the start, or choose another --output.")
        return []

    def _paths(self) -> List[Path]:
        """Newest first. Whatever is called like a checkpoint counts, so that no file is passed over in silence."""
        return sorted(self._folder.glob("checkpoint*.bin"), key=_step, reverse=True)


def latest_step(folder: Path) -> int:
    """Generator steps by the name of the latest checkpoint in ``folder``, 0 if there is none; the file is not looked into."""
    return max([0, *map(_step, folder.glob("checkpoint-*.bin"))])


def _step(path: Path) -> int:
    number = path.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint``: a magic line, SHA-256 of what follows, then an .npz with the state as one of its arrays."""
    body = io.BytesIO()
    state = np.frombuffer(json.dumps(checkpoint.state).encode(), np.uint8)
    np.savez(body, state=state, **{f"array {name}": array for name, array in checkpoint.arrays.items()})
    content = body.getvalue()
    files.write_bytes(path, MAGIC + hashlib.sha256(content).digest() + content)


def read(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises Unusable naming the file if it is truncated, altered or something else."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"Checkpoint {path} cannot be read ({error.strerror})") from None
    start = len(MAGIC) + 32
    if content[: len(MAGIC)] != MAGIC:
        raise Unusable(f"Checkpoint {path} is damaged, or no checkpoint of this version of the program")
    if hashlib.sha256(content[start:]).digest() != content[len(MAGIC) : start]:
        raise Unusable(f"Checkpoint {path} is damaged: its checksum is not that of its content")
    with np.load(io.BytesIO(content[start:]), allow_pickle=False) as loaded:
        state = json.loads(loaded["state"].tobytes().decode())
        arrays = {name[len("array ") :]: loaded[name] for name in loaded.files if name.startswith("array ")}
    return Checkpoint(arrays, state)


def trainer_arrays(trainer: mx.gluon.Trainer) -> Dict[str, np.ndarray]:
    """The optimizer's state arrays by parameter number and place, e.g. "3.0" for Adam's mean of parameter 3."""
    arrays = {}
    for index, state in trainer._updaters[0].states.items():
        for place, array in enumerate(_as_tuple(state)):
            arrays[f"{index}.{place}"] = array.asnumpy().copy()
    return arrays


def restore_trainer(trainer: mx.gluon.Trainer, arrays: Mapping[str, np.ndarray], updates: int) -> None:
    """Give a new trainer the states of ``trainer_arrays`` and the number of updates made, on which Adam's steps depend.

    Gluon's own save_states pickles the optimizer, and reading that back would run whatever the file says.
    """
    if not updates:
        return
    optimizer, updater = trainer._optimizer, trainer._updaters[0]
    optimizer._set_current_context(trainer._params[0].list_ctx()[0].device_id)  # it counts updates for each device
    for index, parameter in enumerate(trainer._params):
        if parameter.grad_req == "null":
            continue
        updater.states[index] = optimizer.create_state_multi_precision(index, parameter.data())
        updater.states_synced[index] = True
        for place, array in enumerate(_as_tuple(updater.states[index])):
            array[:] = mx.nd.array(arrays[f"{index}.{place}"], ctx=array.context, dtype=array.dtype)
        optimizer._index_update_count[index] = updates
    optimizer.num_update = updates


def network_arrays(**networks: mx.gluon.Block) -> Dict[str, np.ndarray]:
    """All parameters of the named networks, as "name parameter"."""
    return {f"{name} {key}": array for name, block in networks.items() for key, array in weights.to_arrays(block).items()}


def restore_networks(arrays: Mapping[str, np.ndarray], **networks: mx.gluon.Block) -> None:
    """The inverse of :func:`network_arrays`."""
    for name, block in networks.items():
        weights.from_arrays(block, select(arrays, name))


def select(arrays: Mapping[str, np.ndarray], name: str) -> Dict[str, np.ndarray]:
    """Those of ``arrays`` called "name ...", under the rest of their names."""
    return {key[len(name) + 1 :]: array for key, array in arrays.items() if key.startswith(f"{name} ")}


def _as_tuple(state):
    if state is None:
        return ()
    return state if isinstance(state, (tuple, list)) else (state,)
