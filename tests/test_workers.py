"""Several workers on one run, in real processes: together they do what one does, and they end together."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import worker_program
from helpers import assert_same_arrays, settings_of

from thesis_gan import methods, start
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.files import sha256
from thesis_gan.reproduction.plan import plan
from thesis_gan.runs import local_workers
from thesis_gan.runs.local_workers import run_local_workers
from thesis_gan.training import checkpoint, workers
from thesis_gan.training.workers import exact_parts, joined

pytestmark = [pytest.mark.numeric, pytest.mark.long]

# MXNet would act on the role when it is imported.
PROGRAM = """
import os, pathlib, sys
role = os.environ.pop("DMLC_ROLE")
sys.path.append(sys.argv[2])
import worker_program
worker_program.main(role, pathlib.Path(sys.argv[1]))
"""

CASES = [name for name, _ in worker_program.cases()]


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """The folder of what two workers found, in one start of their processes."""
    folder = tmp_path_factory.mktemp("together")
    assert run_local_workers(worker_program.COUNT, [sys.executable, "-c", PROGRAM, str(folder), str(Path(__file__).parent)]) == 0
    return folder


@pytest.fixture(scope="module")
def findings(together):
    return [json.loads((together / f"worker-{rank}.json").read_text(encoding="utf-8")) for rank in range(2)]


@pytest.mark.parametrize("name", CASES)
def test_workers_make_the_steps_that_one_makes_of_the_whole_batch(name, findings):
    for found in (each["steps"][name] for each in findings):
        # Gradients of the network's largest: a bias's may be what is left where far larger parts cancel out.
        assert found["gradients"] < 1e-5 and found["parameters"] < 1e-5 and found["numbers"] < 1e-5
        assert found["compared"] > 0.3
        assert (0 < found["skipped"] < worker_program.STEPS) == (name == "skipping")


def test_with_batch_norm_each_worker_normalises_its_own_part(findings):
    for rank, found in enumerate(each["batch norm"] for each in findings):
        assert found["from the halves"] < 1e-5 and found["from the whole"] > 0.01
        assert found["statistics"] == [rank == 0, rank == 1]


def test_statistic_that_is_not_finite_in_one_worker_ends_all(findings, together):
    first, second = (found["diverged"] for found in findings)
    assert first.startswith("a running statistic of another worker was not finite at generator step 3; there is no checkpoint")
    assert second.startswith("generator ") and second.endswith("running_var was not finite at generator step 3")
    assert (together / "diverged-0" / "history.csv").exists() and not list((together / "diverged-1").iterdir())


def test_scores_are_gathered_in_the_order_of_the_workers_and_questions_are_answered_by_all(findings):
    for found in findings:
        assert found["gathered"] == [[0], [10], [1], [11]]
        assert found["any"] == [True, False, True]


class Started:
    """``thesis-gan train … --local-workers 2`` on the run that the other workers trained undisturbed."""

    def __init__(self, folder):
        self.folder = folder
        command = start.command("train", "gan", "--profile", "smoke", "--output", str(folder), "--progress", "lines")
        for setting in worker_program.run_settings():
            command += ["--set", setting]
        command += ["--local-workers", "2"]
        before = self.steps()
        self.process = subprocess.Popen(command, env=start.environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while self.steps() == before and self.process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.children = self._children()

    def steps(self):
        return checkpoint.latest_step(self.folder)

    def said(self):
        """Its status and last words, once it has ended, and nobody is left of those that it started."""
        _, words = self.process.communicate(timeout=120)
        assert sorted(self.children.values()) == ["scheduler", "server", "worker", "worker"]
        assert "Traceback" not in words.decode()
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{child}").exists() for child in self.children):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return self.process.returncode, words.decode()

    def _children(self):
        """{process number: what DMLC_ROLE says}."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    variables = dict(each.split("=", 1) for each in (path / "environ").read_text().split("\0") if "=" in each)
                    found[int(path.name)] = variables["DMLC_ROLE"]
            except (OSError, KeyError):
                pass
        return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_interrupted_and_killed_it_ends_as_a_whole_and_the_same_command_goes_on_to_the_same_bits(together, tmp_path):
    folder = tmp_path / "run"

    started = Started(folder)
    started.process.send_signal(signal.SIGINT)
    status, said = started.said()
    assert status == 128 + signal.SIGINT
    assert said.count("Stopped") == 1 and f"a checkpoint is in {folder}, and the same command goes on from it" in said

    started = Started(folder)
    os.kill(next(child for child, role in started.children.items() if role == "worker"), signal.SIGKILL)
    status, said = started.said()
    assert status == 1
    assert " was ended by SIGKILL, so the others are ended too; the same command goes on from the last checkpoint." in said

    started = Started(folder)
    status, said = started.said()
    assert (status, said) == (0, "")
    for name in ("history.csv", "curve.csv", "generator.params", "config.json"):
        assert sha256(folder / name) == sha256(together / "run" / name), name
    ours, theirs = (checkpoint.read(max(each.glob("checkpoint-*.bin"))) for each in (folder, together / "run"))
    assert_same_arrays(ours.arrays, theirs.arrays)


# In the place of the program, without MXNet. A worker that is asked to end leaves a file, by which the other ends too; where
# there is a status, the first worker ends with it.
STAND_IN = """
import os, pathlib, signal, sys, time
folder, role = pathlib.Path(sys.argv[1]), os.environ["DMLC_ROLE"]
def tell(*_):
    (folder / "told").write_text(str(os.getpid()))
    sys.exit(130)
signal.signal(signal.SIGTERM, tell)
(folder / f"{role}-{os.getpid()}").touch()
if role == "worker" and len(sys.argv) > 2:
    try:
        (folder / "first").touch(exist_ok=False)
        sys.exit(int(sys.argv[2]))
    except FileExistsError:
        pass
while role != "worker" or not (folder / "told").exists():
    time.sleep(0.02)
"""


def stand_in(folder, *status):
    return [sys.executable, "-c", STAND_IN, str(folder), *map(str, status)]


def begun(folder):
    """The process numbers of those that have begun."""
    return [int(path.name.partition("-")[2]) for path in folder.glob("*-*")]


def all_begun(folder):
    deadline = time.monotonic() + 60
    while len(begun(folder)) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return begun(folder)


def alive(processes):
    return [process for process in processes if Path(f"/proc/{process}").exists()]


@pytest.fixture
def hangup():
    """A closed terminal is noticed, though these tests may have been started with nohup."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, previous)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_request_to_stop_is_passed_on_to_one_worker_and_nobody_is_left(number, tmp_path, capfd, hangup):
    asking = threading.Thread(target=lambda: (all_begun(tmp_path), os.kill(os.getpid(), number)))
    asking.start()
    assert run_local_workers(2, stand_in(tmp_path)) == 128 + signal.SIGINT
    asking.join()
    assert int((tmp_path / "told").read_text()) in begun(tmp_path) and not alive(begun(tmp_path))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("status", "sentences"), [(1, 1), (2, 0)])
def test_worker_that_fails_ends_the_others_and_a_mistake_is_not_told_twice(status, sentences, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(local_workers, "GRACE", 1)
    assert run_local_workers(2, stand_in(tmp_path, status)) == status
    assert begun(tmp_path) and not alive(begun(tmp_path))
    assert capfd.readouterr().err.count(f" has ended with status {status}, so the others are ended too;") == sentences


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children outlive their parent there")
def test_workers_of_a_killed_process_are_killed(tmp_path):
    program = "import sys; from thesis_gan.runs.local_workers import run_local_workers; run_local_workers(2, sys.argv[1:])"
    command = [sys.executable, "-c", program, *stand_in(tmp_path)]
    process = subprocess.Popen(command, env=start.environment())
    children = all_begun(tmp_path)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while alive(children):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_sums_of_several_workers_do_not_depend_on_the_order_in_which_they_come():
    random = np.random.RandomState(0)
    numbers = (random.standard_normal((5, 1000)) * 10.0 ** random.uniform(-12, 2, (5, 1000))).astype(np.float32)
    largest = np.full(1000, np.abs(numbers).max())
    parts = np.stack([exact_parts(each, largest, 5) for each in numbers])
    orders = [random.permutation(5) for _ in range(20)]

    def sums(of):
        return {sum(of[place] for place in order).tobytes() for order in orders}

    assert parts.dtype == np.float32 and len(sums(parts)) == 1 and len(sums(numbers)) > 1
    exact = numbers.astype(np.float64).sum(axis=0)
    assert np.abs(parts.sum(axis=0).astype(np.float64).sum(axis=0) - exact).max() < 5 * 10**2 * 2.0**-48 * largest[0]
    for odd in (0.0, np.inf, np.nan):
        found = exact_parts(*np.full((2, 1), odd, np.float32), 5).sum(axis=0)
        assert found[0] == odd or not (np.isfinite(odd) or np.isfinite(found).any())


def test_worker_that_hears_nothing_of_the_others_ends():
    program = "import sys, time; from thesis_gan.training.workers import Patience\nwith Patience().at_most(0.1): time.sleep(60)"
    done = subprocess.run([sys.executable, "-c", program], env=start.environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "not heard of any more, so this one ends; the same command goes on from the last checkpoint." in done.stderr


@pytest.mark.parametrize("name", [name for name in methods.names() if not methods.find(name).separable])
def test_what_looks_at_the_whole_batch_is_refused(name):
    with pytest.raises(UserError, match="as a whole"):
        settings_of(name, "workers=2")


ROLE = dict.fromkeys(workers.NEEDED, "1")


@pytest.mark.parametrize(
    ("count", "role", "variables", "sentence"),
    [
        (2, None, {}, "--local-workers 2"),
        (1, "worker", ROLE, "add --set workers=N, or unset DMLC_ROLE"),
        (2, "boss", ROLE, "DMLC_ROLE cannot be 'boss': it is one of worker, server, scheduler"),
        (2, "worker", {**ROLE, "DMLC_NUM_WORKER": "3"}, "workers=2, but the launcher starts 3 workers"),
        (2, "server", {"DMLC_NUM_WORKER": "2"}, "not DMLC_PS_ROOT_URI and DMLC_PS_ROOT_PORT and DMLC_NUM_SERVER;"),
    ],
)
def test_what_does_not_go_together_is_said_before_anybody_is_waited_for(count, role, variables, sentence, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=sentence), joined(count, role):
        pass


def test_build_without_parameter_servers_and_runs_of_a_table_have_one_worker(monkeypatch, tmp_path):
    for name, value in {**ROLE, "DMLC_NUM_WORKER": "2"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(mx.runtime, "Features", lambda: SimpleNamespace(is_enabled=lambda name: name != "DIST_KVSTORE"))
    with pytest.raises(UserError, match="has no parameter servers"), joined(2, "worker"):
        pass
    with pytest.raises(UserError, match="Each run of a table has one worker"):
        plan("smoke", ["wgan"], 1, tmp_path, ["workers=2"])


def test_batch_that_cannot_be_shared_equally_is_refused():
    with pytest.raises(UserError, match="batch_size is 64, which 3 workers cannot share equally"):
        settings_of("wgan", "workers=3", "batch_size=64")


class InThread(workers.Workers):
    """One of several, in threads of this process, whose sums need no store."""

    def __init__(self, rank, table, barrier):
        self.rank, self.count, self._table, self._barrier = rank, barrier.parties, table, barrier
        self._patience = SimpleNamespace(at_most=lambda seconds: contextlib.nullcontext())

    def _sum(self, name, array):
        self._table[self.rank] = array
        self._barrier.wait(30)
        total = sum(self._table[rank] for rank in range(self.count))
        self._barrier.wait(30)
        return total


def in_threads(work, count=3):
    table, barrier = {}, threading.Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda rank: work(InThread(rank, table, barrier)), range(count)))


def test_three_workers_have_the_mean_of_their_numbers():
    random = np.random.RandomState(0)
    numbers = [[random.standard_normal(shape).astype(np.float32) for shape in ((3, 4), (5,))] for _ in range(3)]
    for found in in_threads(lambda worker: worker._means("test", numbers[worker.rank])):
        for place, mean in enumerate(found):
            expected = np.mean([each[place] for each in numbers], axis=0, dtype=np.float64)
            np.testing.assert_allclose(mean, expected, rtol=1e-6, atol=1e-7)


def test_workers_that_would_go_on_from_different_steps_are_refused():
    in_threads(lambda worker: worker.check_same_step(70_000))
    with pytest.raises(UserError, match=r"different generator steps \(70000, 70000, 3\)"):
        in_threads(lambda worker: worker.check_same_step(3 if worker.rank == 2 else 70_000))
