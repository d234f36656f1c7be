"""What a Dask worker does: it proves that it computes as the one that sends does, and makes one run in a process of its own.

Nothing here imports MXNet, which only the process that trains needs.
"""

import contextlib
import hashlib
import shutil
import subprocess
import tempfile
import threading
import time
from importlib import metadata
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import dask
from distributed import Worker, WorkerPlugin, get_worker
from distributed.utils import sync

import thesis_gan
from thesis_gan import files, start
from thesis_gan.errors import UserError
from thesis_gan.lock import hold

FOLDER = "{folder}"  # in a task's arguments: where the run is to be
SECONDS_TO_END = 60  # that a training is given to write a checkpoint
SECONDS_OF_ANOTHER = 600  # that a lost worker's training is waited for, which ends once it sees that nobody listens
LOOK = 1.0  # seconds between two looks at whether a run is still wanted


class Task(NamedTuple):
    """One run, as it is sent.

    arguments: of ``thesis-gan``, with FOLDER in them.  folder: where the sender has it, ``root`` being the folder of all results.
    locks: whether the command locks its folder.  token: what the root holds where it is shared: see :func:`sees`.
    sent: files that the sender has already, for a worker that does not share its folder.  topic: of the events sent back.
    """

    name: str
    arguments: Tuple[str, ...]
    folder: str
    root: str
    locks: bool
    token: str
    sent: Dict[str, bytes]
    topic: str


class Made(NamedTuple):
    """What came of a task: its exit status, what it said on standard error, and where the folder is not shared its files.

    files: bytes and SHA-256 by path within the folder, None where it is shared.
    """

    status: int
    said: str
    files: Any


def identity() -> Dict[str, str]:
    """All that the numbers depend on and that may differ between machines."""
    digest = hashlib.sha256()
    package = Path(thesis_gan.__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    versions = {"thesis_gan": f"{thesis_gan.__version__} (content {digest.hexdigest()[:12]})"}
    for name, packages in (("MXNet", ("mxnet", "mxnet-cu112")), ("NumPy", ("numpy",))):
        versions[name] = next(filter(None, map(_version, packages)), "none")
    return versions


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def differences(theirs: Dict[str, str], ours: Dict[str, str]) -> List[str]:
    """E.g. ``NumPy 1.24.4 there, 1.26.4 here``."""
    return [f"{name} {theirs.get(name)} there, {here} here" for name, here in ours.items() if theirs.get(name) != here]


class Admission(WorkerPlugin):
    """On each worker, those that come later too: one that is the same as the sender gets the resource that runs ask for."""

    def __init__(self, ours: Dict[str, str], resource: str, topic: str) -> None:
        self.name = resource
        self._ours, self._topic = ours, topic

    async def setup(self, worker: Worker) -> None:
        theirs = identity()
        if theirs == self._ours:
            await worker.set_resources(**{self.name: worker.state.nthreads})
            worker.log_event(self._topic, {"admitted": worker.address})
        else:
            sentence = "; ".join(differences(theirs, self._ours))
            worker.log_event(self._topic, {"refused": worker.address, "differences": sentence})


def sees(root: str, token: str) -> bool:
    """Whether ``root`` here is the sender's: it holds the token there, and both can write."""
    probe = Path(root) / f".{token}{files.TEMPORARY}"
    try:
        if probe.read_text(encoding="utf-8") != token:
            return False
        with tempfile.NamedTemporaryFile(dir=root, prefix=".", suffix=files.TEMPORARY):
            return True
    except (OSError, UnicodeError):
        return False


def make(task: Task) -> Made:
    """Make the run of ``task`` in a process of its own, whose progress is sent back as it comes.

    It is stopped, with a checkpoint, when nobody waits for it any more, or this worker has lost the scheduler.
    """
    worker = get_worker()
    key = worker.get_current_task()
    shared = sees(task.root, task.token)
    with contextlib.ExitStack() as stack:
        if shared:
            folder = Path(task.folder)
            folder.mkdir(parents=True, exist_ok=True)
        else:
            folder = Path(tempfile.mkdtemp(prefix=f"{task.name}-", dir=worker.local_directory))
            stack.callback(shutil.rmtree, str(folder), ignore_errors=True)
            for name, content in task.sent.items():
                files.write_bytes(folder / name, content)
        wanted = _Wanted(worker, key)
        if shared and task.locks:
            _wait_for_another(folder, wanted)
        status, said = _run(
            start.command(*(str(folder) if argument == FOLDER else argument for argument in task.arguments)),
            lambda line: worker.log_event(task.topic, {"name": task.name, "line": line}),
            wanted,
        )
        worker.log_event(task.topic, {"name": task.name, "ended": status})
        return Made(status, said, None if shared else packed(folder))


def packed(folder: Path) -> Dict[str, Tuple[bytes, str]]:
    """Bytes and SHA-256 of all files in ``folder`` that are whole, by their paths within it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            content = path.read_bytes()
            found[path.relative_to(folder).as_posix()] = (content, hashlib.sha256(content).hexdigest())
    return found


def _run(command: Sequence[str], tell: Callable[[str], Any], wanted: "_Wanted") -> Tuple[int, str]:
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=_environment())
        with _ended_when(wanted, process):
            tell("")
            for line in process.stdout:
                tell(line.decode(errors="replace"))
            status = process.wait()
        complaints.seek(0)
        return status, complaints.read().decode(errors="replace")


def _environment() -> Dict[str, str]:
    """That of a training without a worker: what Dask's nanny has set for the worker itself, threads too, is taken out again."""
    environment = start.environment()
    for kind in ("environ", "pre-spawn-environ"):
        for name, value in (dask.config.get(f"distributed.nanny.{kind}", None) or {}).items():
            if environment.get(name) == str(value):
                del environment[name]
    return environment


@contextlib.contextmanager
def _ended_when(wanted: "_Wanted", process: subprocess.Popen) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            if not wanted():
                process.terminate()
                if not over.wait(SECONDS_TO_END):
                    process.kill()
                return

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
        over.set()
        watching.join()


class _Wanted:
    """Whether a run is still waited for: its task is not cancelled, and the scheduler has answered not long ago.

    Not long is half of the time after which the scheduler gives a silent worker's runs to others (Dask's worker-ttl).
    """

    def __init__(self, worker: Worker, key: str) -> None:
        self._worker, self._key = worker, key
        silence = dask.utils.parse_timedelta(dask.config.get("distributed.scheduler.worker-ttl") or "300s")
        self._patience = silence / 2
        self._answered = self._asked = time.monotonic()

    def __call__(self) -> bool:
        task = self._worker.state.tasks.get(self._key)
        if task is None or task.state == "cancelled" or self._worker.status.name != "running":
            return False
        if time.monotonic() - self._asked > self._patience / 5:
            self._asked = time.monotonic()
            with contextlib.suppress(Exception):  # whatever it is: there was no answer
                sync(self._worker.loop, self._worker.scheduler.echo, callback_timeout=self._patience / 5, data="")
                self._answered = time.monotonic()
        return time.monotonic() - self._answered < self._patience


def _wait_for_another(folder: Path, wanted: _Wanted) -> None:
    """Until no other training holds ``folder``; not for ever: then the command itself says who does."""
    until = time.monotonic() + SECONDS_OF_ANOTHER
    while time.monotonic() < until and wanted():
        try:
            with hold(folder):
                return
        except UserError:
            time.sleep(LOOK)
