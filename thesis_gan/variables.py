"""Environment variables that MXNet and its libraries read: what they would die of is mended or ignored, and said.

A value that MXNet cannot read ends the process (abort, segmentation fault), so all are looked at before it is imported.
"""

import os
import re
from typing import MutableMapping, Optional

from thesis_gan.errors import say

OURS = re.compile(r"OMP_NUM_THREADS|DMLC_ROLE|(MXNET|NNVM)_\w+")
THREADS = re.compile(r"\w+THREADS")
ENGINES = ("NaiveEngine", "ThreadedEngine", "ThreadedEnginePerDevice", "ThreadedEnginePooled")
TEXT = re.compile(r"MXNET_\w*(TYPE|BACKEND|HOME|PATH|REPO|API|CONTEXT|FLAGS)")
REAL = re.compile(r"MXNET_\w*(SCALE|PENALTY)")
WHOLE = re.compile(r"MXNET_\w*(SIZE|COPY|NUM|CAP|BOUND|THRESHOLD|TRAIN_FWD|TRAIN_BWD|NODE_TRAIN|DEFAULT|MODE|RESERVE|CUTOFF)")


def settle(environment: Optional[MutableMapping[str, str]] = None) -> None:
    """Mend in ``environment`` (default: this process's) what MXNet cannot read, and print on standard error what is ignored.

    A number of threads is written as the whole number that OpenMP would take first ("4,3,2" is 4), and never more than the cores.
    """
    environment = os.environ if environment is None else environment
    for variable in filter(OURS.fullmatch, sorted(environment)):
        value = environment[variable].strip()
        if not value:
            del environment[variable]
        elif THREADS.fullmatch(variable):
            _settle_threads(environment, variable, value)
        elif variable == "DMLC_ROLE":  # with it, importing MXNet serves a cluster, or waits for one for ever
            _ignore(environment, variable, "of this program, only train joins other workers")
        elif variable == "MXNET_ENGINE_TYPE":
            if value not in ENGINES:
                _ignore(environment, variable, f"MXNet's engines are {', '.join(ENGINES)}")
        elif not TEXT.fullmatch(variable) and not _is_number(variable, value):
            _ignore(environment, variable, "MXNet takes a number there")


def _settle_threads(environment: MutableMapping[str, str], variable: str, value: str) -> None:
    first = value.split(",")[0].strip() if variable == "OMP_NUM_THREADS" else value
    try:
        number = float(first)
    except ValueError:
        number = 0.0
    if not (number >= 1 and number == number // 1):  # infinity and NaN are unequal to it too
        _ignore(environment, variable, "it is no number of threads")
        return
    cores = os.cpu_count() or 1
    if number > cores:
        say(f"{variable}={value} is more than the cores here, {cores}; so many are used.")
    environment[variable] = str(int(min(number, cores)))


def _is_number(variable: str, value: str) -> bool:
    if value.lower() in ("true", "false"):
        return not WHOLE.fullmatch(variable)
    number = r"[+-]?\d*\.?\d+([eE][+-]?\d+)?" if REAL.fullmatch(variable) else r"[+-]?\d{1,9}"
    return bool(re.fullmatch(number, value, re.ASCII))


def _ignore(environment: MutableMapping[str, str], variable: str, why: str) -> None:
    say(f"{variable}={environment.pop(variable)} is ignored: {why}.")
