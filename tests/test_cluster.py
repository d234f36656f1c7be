"""Runs on a Dask cluster: real schedulers and workers, which are killed, stopped and of another version."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from thesis_gan import files, start
from thesis_gan.errors import UserError
from thesis_gan.files import sha256
from thesis_gan.lock import hold
from thesis_gan.reproduction import cluster, worker
from thesis_gan.reproduction.board import Board
from thesis_gan.reproduction.estimate import Job
from thesis_gan.reproduction.plan import PlannedRun
from thesis_gan.reproduction.processes import train_arguments
from thesis_gan.training.budget import Budget

pytestmark = pytest.mark.long

STEPS = 1800  # so that one that is cut off has not ended before it sees that nobody listens
POINTS = ("data=8gaussians", "epochs=0", "train_images=1000", "batch_size=16", "num_samples=500")
OUTPUTS = ("history.csv", "curve.csv", "generator.params", "config.json")


def planned(output):
    overrides = (*POINTS, f"generator_steps={STEPS}")
    return PlannedRun(output / "runs" / "gan-seed0", "gan", 0, overrides, Job("gan", Budget(STEPS, STEPS)))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """SHA-256 of the files of a run that nothing disturbed, made without Dask."""
    run = planned(tmp_path_factory.mktemp("undisturbed"))
    command = start.command(*train_arguments(run, str(run.folder), "smoke", "cpu"))
    subprocess.run(command, env=start.environment(), check=True, stdout=subprocess.DEVNULL)
    return sums(run.folder)


def sums(folder):
    return {name: sha256(folder / name) for name in OUTPUTS}


def until(true, seconds=120):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_free(folder):
    """Whether nobody trains there."""
    try:
        with hold(folder):
            return True
    except UserError:
        return False


class Machines:
    """A scheduler and workers, each a process of its own, on this machine."""

    def __init__(self, folder, host="127.0.0.1", **variables):
        folder.mkdir()
        self.folder, self.processes, self.variables = folder, [], variables
        self.scheduler_file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--no-dashboard", "--host", host)
        until(self.scheduler_file.exists)

    def worker(self, before=(), **variables):
        """before: a command that starts the worker's."""
        arguments = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(self.folder))
        return self._start("worker", *arguments, before=before, **variables)

    def _start(self, kind, *arguments, before=(), **variables):
        command = [
            *before,
            sys.executable,
            "-m",
            "distributed.cli.dask_" + kind,
            "--scheduler-file",
            str(self.scheduler_file),
            *arguments,
        ]
        environment = {**start.environment(), **self.variables, **variables}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=str(self.folder))
        self.processes.append(process)
        return process

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path):
    machines = Machines(tmp_path / "machines")
    yield machines
    machines.end()


def make(machines, output, meanwhile=lambda trainings: None, kind=cluster.Cluster):
    """Make the run on ``machines``; ``meanwhile`` is called in a thread of its own. Returns why, by name, where it failed."""
    output.mkdir(exist_ok=True)
    run = planned(output)
    board = Board({run.folder.name: run.job}, {}, 0, 1)
    with cluster.connected(str(machines.scheduler_file)) as client:
        client.wait_for_workers(1)
        trainings = kind(client, "smoke", "cpu", board, output)
        thread = threading.Thread(target=meanwhile, args=(trainings,))
        thread.start()
        try:
            trainings.make([run], ())
        finally:
            thread.join()
    return trainings.failures


def is_training(trainings):
    row = trainings._board._rows.get("gan-seed0", {})
    return row.get("event") == "window"


def started_steps(said):
    """The step at which the run went on."""
    return [int(line.split(" step ")[1].split()[0].replace(",", "")) for line in said.splitlines() if "goes on at" in line]


def test_run_of_a_killed_worker_goes_on_elsewhere_with_the_same_bits_and_a_worker_of_another_version_is_not_used(
    machines, tmp_path, undisturbed, capsys
):
    package = tmp_path / "other" / "thesis_gan"
    shutil.copytree(str(Path(start.__file__).parent), str(package), ignore=shutil.ignore_patterns("__pycache__"))
    (package / "penalties.py").write_text("# another version\n", encoding="utf-8")
    first = machines.worker()
    machines.worker(PYTHONPATH=str(package.parent))

    def kill(trainings):
        until(lambda: is_training(trainings))
        first.send_signal(signal.SIGKILL)
        machines.worker()

    assert make(machines, tmp_path / "results", kill) == {}
    said = capsys.readouterr()
    assert sums(planned(tmp_path / "results").folder) == undisturbed
    assert 0 < max(started_steps(said.out)) < STEPS
    (refused,) = {line for line in said.err.splitlines() if "is not used" in line}
    ours = worker.identity()["thesis_gan"]
    assert refused.startswith("all: worker tcp://127.0.0.1:") and f"there, {ours} here" in refused and "NumPy" not in refused
    assert not list((tmp_path / "results").glob(".probe*"))


@pytest.fixture
def cable():
    """A network namespace with one cable to this one: what starts a command there, the address of this end, and the pull."""
    name = f"gan{os.getpid() % 100000}"
    address = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
    commands = (
        f"netns add {name}",
        f"link add {name}a type veth peer name {name}b netns {name}",
        f"addr add {address}.1/24 dev {name}a",
        f"link set {name}a up",
        f"-n {name} addr add {address}.2/24 dev {name}b",
        f"-n {name} link set {name}b up",
        f"-n {name} link set lo up",
    )

    def ip(arguments):
        return subprocess.run(["ip", *arguments.split()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root, and the command ip")
    try:
        if not all(map(ip, commands)):
            pytest.skip("this machine makes no network namespaces")
        yield ("ip", "netns", "exec", name), f"{address}.1", lambda: ip(f"link set {name}a down")
    finally:
        ip(f"netns del {name}")


def test_run_of_a_worker_without_network_goes_on_elsewhere_with_the_same_bits(cable, tmp_path, undisturbed, capsys):
    there, address, pull = cable
    machines = Machines(tmp_path / "machines", address, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="10s")
    try:
        machines.worker(before=there)

        def cut(trainings):
            until(lambda: is_training(trainings))
            pull()
            machines.worker()

        assert make(machines, tmp_path / "results", cut) == {}
    finally:
        machines.end()
    assert sums(planned(tmp_path / "results").folder) == undisturbed
    assert 0 < max(started_steps(capsys.readouterr().out)) < STEPS


class NotShared(cluster.Cluster):
    """As if no worker saw the folder of the results."""

    def _tasks(self, *arguments, send):
        yield from (task._replace(token="another") for task in super()._tasks(*arguments, send=True))


def test_after_ctrl_c_the_same_goes_on_and_comes_back_from_a_worker_that_does_not_share_the_folder(
    machines, tmp_path, undisturbed, capsys
):
    machines.worker()
    folder = planned(tmp_path / "results").folder

    def interrupt(trainings):
        until(lambda: is_training(trainings))
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        make(machines, tmp_path / "results", interrupt)
    assert "gan-seed0: interrupted at step " in capsys.readouterr().out
    assert list(folder.glob("checkpoint-*.bin")) and not (folder / "metrics.json").exists()
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("checkpoint-*.bin")}

    assert make(machines, tmp_path / "results", kind=NotShared) == {}
    assert sums(folder) == undisturbed
    assert 0 < max(started_steps(capsys.readouterr().out)) < STEPS
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["status"] == "finished"
    assert before.keys() != {path.name for path in folder.glob("checkpoint-*.bin")}
    assert not list(machines.folder.rglob("gan-seed0-*"))


def test_after_a_closed_terminal_the_same_command_goes_on(machines, tmp_path, undisturbed):
    machines.worker()
    output = tmp_path / "results"
    folder = planned(output).folder
    arguments = ["all", "--profile", "smoke", "--methods", "gan", "--output", str(output), "--device", "cpu"]
    for override in planned(output).overrides:
        arguments += ["--set", override]
    command = start.command(*arguments, "--dask", str(machines.scheduler_file))
    # In a session of its own, whose terminal takes neither the scheduler nor the worker with it.
    client = subprocess.Popen(
        command,
        env=start.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # these tests may have been started with nohup
    )
    until((folder / "config.json").exists)
    os.killpg(client.pid, signal.SIGHUP)
    client.wait(60)
    until(lambda: is_free(folder))  # its training has ended, too
    assert list(folder.glob("checkpoint-*.bin"))
    assert not (folder / "metrics.json").exists() and not list(folder.rglob(f"*{files.TEMPORARY}"))

    done = subprocess.run(command, env=start.environment(), capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert 0 < max(started_steps(done.stdout)) < STEPS
    assert sums(folder) == undisturbed
    assert not list(output.glob(".probe*"))


def test_without_its_scheduler_the_command_says_so_and_goes_on_with_another(machines, tmp_path, undisturbed):
    machines.worker()

    def kill(trainings):
        until(lambda: is_training(trainings))
        machines.scheduler.send_signal(signal.SIGKILL)

    with pytest.raises(UserError, match=r"The Dask scheduler is gone; .* the same command goes on"):
        make(machines, tmp_path / "results", kill)
    again = Machines(tmp_path / "again")
    try:
        again.worker()
        assert make(again, tmp_path / "results") == {}
    finally:
        again.end()
    assert sums(planned(tmp_path / "results").folder) == undisturbed


@pytest.mark.parametrize("where", ["local:0", "local:", "nowhere.json", "http://here:1"])
def test_where_is_an_address_a_file_or_local(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="is no address and no file; it takes tcp://HOST:PORT"), cluster.connected(where):
        pass


def test_where_nobody_answers_one_sentence_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(UserError, match=r"No Dask scheduler answers at tcp://127.0.0.1:9 \("), cluster.connected(
        "tcp://127.0.0.1:9"
    ):
        pass
    (tmp_path / "scheduler.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match="No Dask scheduler answers at "), cluster.connected(str(tmp_path / "scheduler.json")):
        pass
    assert capsys.readouterr().err == ""


def test_errors_without_a_text_are_named_by_their_kind():
    assert [cluster._named(error) for error in (MemoryError(), OSError("no\nway"))] == ["MemoryError", "OSError: no"]


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://localhost:8786", False),
        ("tcp://192.0.2.1:8786", True),
        ("tls://192.0.2.1:8786", False),
    ],
)
def test_open_scheduler_of_another_machine_draws_a_warning(address, warned, capsys):
    cluster._warn_if_open(address)
    assert ("can run any command on its workers" in capsys.readouterr().err) == warned


class Cast:
    """Stands in for a client: who is there, with a thread each."""

    status = "running"

    def __init__(self, *there):
        self.there = there

    def nthreads(self):
        return dict.fromkeys(self.there, 1)


def test_tasks_are_sent_anew_where_no_worker_is_left_of_those_that_could_have_had_them():
    workers, cast = cluster.Workers(), Cast("a", "b")
    assert workers.look(cast) is False  # nobody has been admitted
    workers.admit("a")
    assert workers.look(cast) is True and workers.threads == 1
    workers.admit("b")
    assert workers.look(cast) is False and workers.threads == 2
    cast.there = ("b", "c")
    assert workers.look(cast) is False  # Dask gives what a had to b
    workers.admit("c")
    cast.there = ("c",)
    assert workers.look(cast) is True  # b may have been lost before c was admitted
    assert workers.look(cast) is False
    workers.admit("c")
    assert workers.look(cast) is True  # another, under the same address
    cast.there = ()
    assert workers.look(cast) is False and workers.threads == 0 and not workers.only_refused
    cast.status = "connecting"
    assert workers.look(cast) is None


def test_only_refused_workers_are_no_reason_to_end_while_one_has_yet_to_say_what_it_is():
    workers, cast = cluster.Workers(), Cast("a", "b")
    workers.refused.add("a")
    assert workers.look(cast) is False and not workers.only_refused
    workers.refused.add("b")
    assert workers.look(cast) is False and workers.only_refused
    workers.admit("c")
    assert workers.look(cast) is False and not workers.only_refused  # c is gone, and may come again


def test_differences_name_both():
    ours = {"thesis_gan": "0.1.0 (content 1)", "MXNet": "1.9.1", "NumPy": "1.26.4"}
    assert worker.differences(dict(ours), ours) == []
    assert worker.differences({**ours, "NumPy": "1.24.4"}, ours) == ["NumPy 1.24.4 there, 1.26.4 here"]


def test_damaged_file_is_not_kept_and_the_one_that_says_finished_comes_last(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    files.write_text(folder / "samples" / "z.png", "z")
    files.write_text(folder / "metrics.json", "{}")
    files.write_text(folder / ".lock", "a process")
    sent = worker.packed(folder)
    assert sorted(sent) == ["metrics.json", "samples/z.png"]
    assert sent["metrics.json"] == (b"{}", hashlib.sha256(b"{}").hexdigest())
    run = planned(tmp_path / "results")
    trainings = cluster.Cluster(None, "smoke", "cpu", None, tmp_path / "results")
    trainings._folders["gan-seed0"] = run.folder
    with pytest.raises(UserError, match=r"samples/z.png came back damaged"):
        trainings._keep("gan-seed0", {**sent, "samples/z.png": (b"y", sent["samples/z.png"][1])})
    assert not run.folder.exists()
    written = []
    monkeypatch.setattr(files, "write_bytes", lambda path, content: written.append(path.name))
    trainings._keep("gan-seed0", sent)
    assert written == ["z.png", "metrics.json"]


def test_folder_is_shared_where_the_token_is_seen(tmp_path):
    (tmp_path / ".probe-1.tmp").write_text("probe-1", encoding="utf-8")
    (tmp_path / ".probe-2.tmp").write_text("another", encoding="utf-8")
    assert worker.sees(str(tmp_path), "probe-1")
    assert not worker.sees(str(tmp_path), "probe-2") and not worker.sees(str(tmp_path / "nowhere"), "probe-1")


def test_training_does_not_have_what_the_nanny_sets_for_its_worker(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")  # as Dask has it
    monkeypatch.setenv("OMP_NUM_THREADS", "7")  # the user's own
    environment = worker._environment()
    assert "MALLOC_TRIM_THRESHOLD_" not in environment
    assert environment["OMP_NUM_THREADS"] == "7"


def test_benchmark_of_the_overhead_still_runs():
    program = Path(__file__).resolve().parents[1] / "benchmarks" / "dask_overhead.py"
    command = [sys.executable, str(program), "--profile", "", "--stubs", "2", "--workers", "1"]
    said = subprocess.run(command, env=start.environment(), check=True, stdout=subprocess.PIPE).stdout.decode()
    assert re.fullmatch(r"2 stubs, ms each: --jobs 1 [\d.]+, --dask local:1 [\d.]+\n", said)
