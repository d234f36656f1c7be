"""What a run is made with: the commit, the processor, Python and the libraries that its numbers may depend on."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Dict

import numpy as np

from thesis_gan import processor
from thesis_gan._compat import mx

UNKNOWN = "unknown"
ROOT = Path(__file__).resolve().parents[1]
INSTRUCTIONS = ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx512bw", "avx512f", "avx2", "avx", "sse4_1")
CHOOSERS = ("DNNL_MAX_CPU_ISA", "OPENBLAS_CORETYPE")  # what oneDNN and OpenBLAS can be told to do without


def environment() -> Dict[str, str]:
    """Of this process: commit, processor, processor_type, python, numpy and mxnet."""
    return {
        "commit": commit(),
        "processor": processor.name(),
        "processor_type": processor_type(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "mxnet": mx.__version__,
    }


def commit() -> str:
    """This program's commit, 40 hexadecimal digits, with "-dirty" where a tracked file has been changed since.

    UNKNOWN where the program does not lie in a git repository of its own, or there is no git.
    """
    try:
        top = _git("rev-parse", "--show-toplevel")
        return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") if Path(top).resolve() == ROOT else UNKNOWN
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN


def processor_type() -> str:
    """What float32's rounding depends on, as far as this program can see it."""
    about, flags = processor.about(), processor.flags()
    parts = [about[key] for key in ("vendor_id", "cpu family", "model")]
    parts += [next((name for name in INSTRUCTIONS if name in flags), platform.machine())]
    # AMX is switched on wherever it is had, and float32 does not use it.
    chosen = [f"{name}={os.environ[name]}" for name in CHOOSERS if os.environ.get(name, processor.AMX) != processor.AMX]
    return " ".join(parts + chosen)


def _git(*arguments: str) -> str:
    result = subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, timeout=10, capture_output=True, text=True)
    return result.stdout.strip()
