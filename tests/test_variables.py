"""Environment variables that MXNet would die of: mended, or ignored with a sentence."""

import os
import signal
import subprocess
import sys

import pytest

from thesis_gan.reproduction.processes import why_failed
from thesis_gan.variables import settle

CORES = os.cpu_count()


@pytest.mark.parametrize(
    ("name", "value", "settled", "said"),
    [
        ("OMP_NUM_THREADS", "1", "1", ""),
        ("OMP_NUM_THREADS", " 1 ", "1", ""),
        ("OMP_NUM_THREADS", "1.0", "1", ""),
        ("OMP_NUM_THREADS", "1,3,2", "1", ""),
        (
            "OMP_NUM_THREADS",
            "99999",
            str(CORES),
            f"OMP_NUM_THREADS=99999 is more than the cores here, {CORES}; so many are used.",
        ),
        ("OMP_NUM_THREADS", "", None, ""),
        ("OMP_NUM_THREADS", "all", None, "OMP_NUM_THREADS=all is ignored: it is no number of threads."),
        ("OMP_NUM_THREADS", "0", None, "OMP_NUM_THREADS=0 is ignored: it is no number of threads."),
        ("OMP_NUM_THREADS", "-1", None, "OMP_NUM_THREADS=-1 is ignored: it is no number of threads."),
        ("OMP_NUM_THREADS", "nan", None, "OMP_NUM_THREADS=nan is ignored: it is no number of threads."),
        ("OMP_NUM_THREADS", "1.5", None, "OMP_NUM_THREADS=1.5 is ignored: it is no number of threads."),
        ("MXNET_CPU_WORKER_NTHREADS", "two", None, "MXNET_CPU_WORKER_NTHREADS=two is ignored: it is no number of threads."),
        ("MXNET_CPU_WORKER_NTHREADS", "1,1", None, "MXNET_CPU_WORKER_NTHREADS=1,1 is ignored: it is no number of threads."),
        ("MXNET_CPU_WORKER_NTHREADS", "1", "1", ""),
        ("MXNET_ENGINE_TYPE", "NaiveEngine", "NaiveEngine", ""),
        ("MXNET_ENGINE_TYPE", "Naive", None, "MXNET_ENGINE_TYPE=Naive is ignored: MXNet's engines are NaiveEngine, "),
        ("MXNET_CPU_TEMP_COPY", "4", "4", ""),
        ("MXNET_CPU_TEMP_COPY", "true", None, "MXNET_CPU_TEMP_COPY=true is ignored: MXNet takes a number there."),
        ("MXNET_MKLDNN_ENABLED", "false", "false", ""),
        ("MXNET_MKLDNN_ENABLED", "no", None, "MXNET_MKLDNN_ENABLED=no is ignored: MXNet takes a number there."),
        ("MXNET_CPU_TEMP_COPY", "٣", None, "MXNET_CPU_TEMP_COPY=٣ is ignored: MXNet takes a number there."),
        ("NNVM_EXEC_MATCH_RANGE", "x", None, "NNVM_EXEC_MATCH_RANGE=x is ignored: MXNet takes a number there."),
        ("MXNET_TUNING_WEIGHT_SCALE", "0.5", "0.5", ""),
        ("MXNET_HOME", "/a b", "/a b", ""),
        ("DMLC_ROLE", "server", None, "DMLC_ROLE=server is ignored: of this program, only train joins other workers."),
        ("OMP_PROC_BIND", "x", "x", ""),  # OpenMP says itself what it makes of it, and goes on
    ],
)
def test_values_are_mended_or_ignored_and_said(name, value, settled, said, capsys):
    environment = {name: value}
    settle(environment)
    assert environment.get(name) == settled
    words = capsys.readouterr().err
    assert words.startswith(f"thesis-gan: {said}") and words.count("\n") == 1 if said else words == ""


def test_mxnet_starts_under_values_that_ended_it_and_its_last_words_are_heard():
    bad = {
        "OMP_NUM_THREADS": "1,1,1",
        "MXNET_CPU_WORKER_NTHREADS": "two",
        "MXNET_MP_WORKER_NTHREADS": "x",
        "MXNET_OMP_MAX_THREADS": "x",
    }
    program = "from thesis_gan._compat import mx; import os; print(os.environ['OMP_NUM_THREADS'], mx.nd.ones(3).sum().asscalar())"
    result = subprocess.run([sys.executable, "-c", program], env={**os.environ, **bad}, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "1 3.0\n")
    said = [line.split("=")[0] for line in result.stderr.splitlines()]
    assert said == [f"thesis-gan: {name}" for name in sorted(bad) if name != "OMP_NUM_THREADS"]

    program = "import thesis_gan.variables as v; v.settle = lambda: None; import thesis_gan._compat"
    result = subprocess.run([sys.executable, "-c", program], env={**os.environ, **bad}, capture_output=True, text=True)
    assert result.returncode == -signal.SIGABRT
    assert "Invalid Parameter format for OMP_NUM_THREADS" in result.stderr and "start using engine" not in result.stderr


def test_last_words_of_a_training_that_dies_are_its_reason(tmp_path):
    reason = why_failed("terminate called\n  what():  Invalid Parameter format\n", -signal.SIGABRT, tmp_path / "error.log")
    log = tmp_path / "error.log"
    last = "its process was ended by SIGABRT after it had said: what():  Invalid Parameter format; start again to go on"
    assert reason == f"{last} (all of it is in {log})"
