"""Trainings on the workers of a Dask cluster, which may be other machines."""

import contextlib
import hashlib
import json
import logging
import re
import socket
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional, Sequence, Set, Tuple
from urllib.parse import urlsplit

from thesis_gan import files
from thesis_gan.errors import UserError
from thesis_gan.reproduction.board import FAILED, STOPPED, Board
from thesis_gan.reproduction.plan import PlannedRun
from thesis_gan.reproduction.processes import experiment_arguments, tell_of_end, train_arguments, why_failed
from thesis_gan.reproduction.studies.registry import Experiment

SECONDS_TO_CONNECT = 30
LOOK = 0.2  # seconds between two looks at what has ended
SECONDS_TO_STOP = 60  # that trainings are given to write a checkpoint

WHERE = "tcp://HOST:PORT or tls://HOST:PORT, Dask's scheduler file, or local:N for N worker processes on this machine"


def import_distributed() -> Any:
    """The package ``distributed``. Raises ImportError, in one sentence, if it is not installed."""
    try:
        import distributed
    except ImportError as error:
        raise ImportError(f"Dask cannot be imported ({error}): run ./run_all.sh setup --dask in the repository") from error
    return distributed


@contextlib.contextmanager
def connected(where: str) -> Iterator[Any]:
    """A Dask client of the cluster at ``where``: see WHERE.

    Raises UserError if there is none; warns where anybody who reaches the scheduler could use it.
    """
    distributed = import_distributed()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters of it, the sentences here say
    local = re.fullmatch(r"local:([1-9]\d{0,3})", where)
    with contextlib.ExitStack() as stack:
        try:
            if local:
                # The workers only wait: a hundred looks a second at what they do would cost what the trainings need.
                quiet = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "500ms"}
                import dask

                stack.enter_context(dask.config.set(quiet))
                cluster = distributed.LocalCluster(
                    n_workers=int(local.group(1)),
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
                stack.enter_context(cluster)
                client = distributed.Client(cluster)
            elif re.match(r"(tcp|tls)://.", where):
                _warn_if_open(where)
                client = distributed.Client(where, timeout=SECONDS_TO_CONNECT)
            else:
                if not Path(where).is_file():
                    raise UserError(f"--dask {where} is no address and no file; it takes {WHERE}.")
                _warn_if_open(files.read_json(where).get("address", ""))
                client = distributed.Client(scheduler_file=where, timeout=SECONDS_TO_CONNECT)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise UserError(
                f"No Dask scheduler answers at {where} ({_named(error)}); start one (docs/cluster.md), or name another."
            ) from None
        stack.enter_context(client)
        yield client


def _named(error: BaseException) -> str:
    """What kind of error it is, and the first line of what it says, if anything."""
    return ": ".join([type(error).__name__, *str(error).splitlines()[:1]])


def _warn_if_open(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "tls" and not _is_here(parts.hostname or ""):
        print(
            f"thesis-gan: Whoever reaches the scheduler at {address} can run any command on its workers: use it only in a "
            "network that you trust, or with Dask's TLS (docs/cluster.md).",
            file=sys.stderr,
        )


def _is_here(host: str) -> bool:
    """Whether ``host`` is an address of this machine that no other machine reaches."""
    try:
        addresses = {found[4][0] for found in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(address.startswith("127.") or address == "::1" for address in addresses)


class Workers:
    """Which workers may be used, from what they say themselves and from who is there."""

    def __init__(self) -> None:
        self.threads = 0  # of those that may be used
        self.refused: Set[str] = set()
        self.only_refused = False
        self._admissions: Dict[str, int] = {}  # by address, which a worker that is started anew may have again
        self._used: Set[Tuple[str, int]] = set()

    def admit(self, address: str) -> None:
        """A worker has said that it is the same as this machine."""
        self._admissions[address] = self._admissions.get(address, 0) + 1

    def look(self, client: Any) -> Optional[bool]:
        """See who is there now. Returns whether tasks may be stranded that were sent earlier, None if the scheduler is lost.

        They are where of those that could be used at the look before none is left: Dask looks for a place for a task when it is
        sent, when its worker is lost and when another comes; but that one is only admitted later, and then nobody looks.
        """
        admitted = dict(self._admissions)  # before those that are there: who is in both was there once it was admitted
        try:
            there = client.nthreads() if client.status == "running" else None
        except OSError:
            there = None
        if there is None:
            return None
        before, self._used = self._used, {(address, admitted[address]) for address in there if address in admitted}
        self.threads = sum(there[address] for address, _ in self._used)
        self.only_refused = bool(there) and not admitted and set(there) <= self.refused
        return bool(self._used) and not before & self._used


class Cluster:
    """The runs of a plan on the workers of ``client``, shown on ``board``."""

    def __init__(self, client: Any, profile: str, device: str, board: Board, output: Path) -> None:
        """output: the folder of all results, which this process holds."""
        self._client, self._board, self._output = client, board, output.resolve()
        self._profile, self._device = profile, device
        self._token = f"probe-{uuid.uuid4().hex}"
        self._logs: Dict[str, Path] = {}
        self._folders: Dict[str, Path] = {}
        self._under_way: Set[str] = set()
        self._workers = Workers()
        self.failures: Dict[str, str] = {}

    def make(self, runs: Sequence[PlannedRun], experiments: Sequence[Experiment]) -> None:
        """Make all to their ends. Raises UserError if the scheduler is lost, or if no worker may be used."""
        from thesis_gan.reproduction import worker

        ours = worker.identity()
        resource = f"thesis-gan-{hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).hexdigest()[:16]}"
        topic = f"thesis-gan-{self._token}"
        probe = self._output / f".{self._token}{files.TEMPORARY}"
        files.write_text(probe, self._token)
        futures: Dict[str, Any] = {}
        try:
            self._client.subscribe_topic(topic, self._heard)
            self._admit(worker.Admission(ours, resource, topic))
            tasks = list(self._tasks(runs, experiments, topic, send=not self._shared()))

            def submit(names: Sequence[str]) -> None:
                for place, task in enumerate(tasks):
                    if task.name in names:
                        asked = {"key": f"{task.name}-{uuid.uuid4().hex}", "resources": {resource: 1}, "priority": -place}
                        futures[task.name] = self._client.submit(worker.make, task, pure=False, **asked)

            self._workers.look(self._client)
            submit([task.name for task in tasks])
            self._collect(futures, submit)
        except (KeyboardInterrupt, UserError):
            self._stop(list(futures.values()))
            raise
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()

    def _admit(self, admission: Any) -> None:
        # Its name before distributed 2024, which the last for Python 3.8 is.
        register = getattr(self._client, "register_plugin", None) or self._client.register_worker_plugin
        try:
            register(admission)
        except Exception as error:  # a worker's own, sent here: what it cannot import, above all
            raise UserError(
                f"A worker cannot take part ({type(error).__name__}: {error}); install this version of thesis_gan, with "
                "./run_all.sh setup --dask, on every machine."
            ) from None

    def _shared(self) -> bool:
        """Whether all workers that are there see the folder of the results; each run is told anew by its own."""
        from thesis_gan.reproduction.worker import sees

        try:
            return all(self._client.run(sees, str(self._output), self._token).values())
        except Exception:  # of a worker that is not the same, and not used
            return False

    def _tasks(self, runs: Sequence[PlannedRun], experiments: Sequence[Experiment], topic: str, send: bool) -> Iterator[Any]:
        from thesis_gan.reproduction.worker import FOLDER, Task

        for run in runs:
            name, folder = run.folder.name, run.folder.resolve()
            self._logs[name], self._folders[name] = folder / "error.log", folder
            arguments = train_arguments(run, FOLDER, self._profile, self._device)
            begun = {}
            if send and folder.is_dir():
                begun = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name[0] != "."}
            yield Task(name, tuple(arguments), str(folder), str(self._output), True, self._token, begun, topic)
        for experiment in experiments:
            name = experiment.command
            self._logs[name], self._folders[name] = self._output / f"{name}-error.log", self._output
            arguments = experiment_arguments(experiment, FOLDER)
            yield Task(name, tuple(arguments), str(self._output), str(self._output), False, self._token, {}, topic)

    def _collect(self, futures: Dict[str, Any], submit: Callable[[Sequence[str]], None]) -> None:
        """Take each result as it comes, until none of ``futures``, by name, is left; ``submit`` sends tasks anew."""
        waits = False
        while futures:
            ended = [name for name, future in futures.items() if future.status != "pending"]
            for name in ended:
                self._take(name, futures.pop(name))
            if ended:
                continue
            time.sleep(LOOK)
            stranded = self._workers.look(self._client)
            if stranded is None:  # what has become of the scheduler, the futures will tell
                continue
            self._board.workers = max(1, self._workers.threads)
            if stranded:
                self._client.cancel(list(futures.values()))
                submit(list(futures))
            if self._workers.only_refused:
                raise UserError("No worker is the same as this machine, so none is used; see above.")
            if not self._workers.threads and not waits:
                self._under_way.clear()
                self._board.say("all", "there is no worker that can be used; the runs wait for one.")
            waits = not self._workers.threads

    def _take(self, name: str, future: Any) -> None:
        if future.status in ("cancelled", "lost"):
            raise UserError("The Dask scheduler is gone; what is finished is kept. Start it again, and the same command goes on.")
        self._under_way.discard(name)
        if future.status == "error":
            error = future.exception()
            self.failures[name] = f"no worker could make it ({_named(error)})"
            self._board.ended(name, FAILED)
            return
        made = future.result()
        future.release()
        try:
            if made.files is not None:
                self._keep(name, made.files)
        except UserError as error:
            self.failures[name] = str(error)
            self._board.ended(name, FAILED)
            return
        tell_of_end(self._board, name, made.status, made.said)
        if made.status:
            self.failures[name] = why_failed(made.said, made.status, self._logs[name])

    def _keep(self, name: str, sent: Dict[str, Any]) -> None:
        """Write the files of a run that was made elsewhere, metrics.json, which says that it is finished, last."""
        for path, (content, digest) in sent.items():
            if hashlib.sha256(content).hexdigest() != digest:
                raise UserError(f"{path} came back damaged (its SHA-256 is not the worker's); start again to make it anew.")
        for path in sorted(sent, key=lambda path: path == "metrics.json"):
            files.write_bytes(self._folders[name] / path, sent[path][0])

    def _heard(self, event: Any) -> None:
        """``event``: what a worker sent while it works, and when."""
        _, message = event
        if "admitted" in message:
            self._workers.admit(message["admitted"])
            return
        if "refused" in message:
            if message["refused"] not in self._workers.refused:
                self._workers.refused.add(message["refused"])
                self._board.say("all", f"worker {message['refused']} is not used: {message['differences']}.")
            return
        name = message["name"]
        if "ended" in message:
            self._under_way.discard(name)
        elif not message["line"]:
            self._under_way.add(name)
            self._board.started(name)
        else:
            self._board.told(name, message["line"].encode())

    def _stop(self, futures: Sequence[Any]) -> None:
        """Give up what is not done, and wait until the trainings under way have written a checkpoint."""
        under_way = set(self._under_way)
        if self._client.status == "running":  # without a scheduler the workers end them by themselves
            with contextlib.suppress(OSError):
                self._client.cancel(list(futures))
                until = time.monotonic() + SECONDS_TO_STOP
                while self._under_way and time.monotonic() < until:
                    time.sleep(LOOK)
        for name in under_way:
            self._board.ended(name, STOPPED)
