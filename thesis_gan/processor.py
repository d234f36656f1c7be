"""The processor here, as far as it matters to oneDNN, which computes for MXNet: AMX is asked for, and bfloat16's worth is known.

oneDNN 2.4.4, MXNet's, has kernels for AMX, the matrix unit of Intel's server processors since 2023, and leaves them off until
``DNNL_MAX_CPU_ISA`` names them; it reads that at its first kernel. Products in float32 do not use AMX: their bits stay.
"""

import ctypes
import os
import re
from pathlib import Path
from typing import Dict, FrozenSet, Mapping, MutableMapping, Optional

from thesis_gan.errors import say

LIMIT = "DNNL_MAX_CPU_ISA"
AMX, BFLOAT16 = "AVX512_CORE_AMX", "AVX512_CORE_BF16"

# What oneDNN can be told to use at most, from most to least, and the flag of a processor that has it.
LEVELS = {
    AMX: "amx_bf16",
    BFLOAT16: "avx512_bf16",
    "AVX512_CORE_VNNI": "avx512_vnni",
    "AVX512_CORE": "avx512bw",
    "AVX2": "avx2",
    "AVX": "avx",
    "SSE41": "sse4_1",
}

# Linux on x86-64: the system call arch_prctl, its ARCH_REQ_XCOMP_PERM, and the state to be permitted: AMX's tiles.
_ARCH_PRCTL, _REQUEST_PERMISSION, _TILES = 158, 0x1023, 18


def use_amx(environment: Optional[MutableMapping[str, str]] = None) -> None:
    """Let oneDNN use AMX where processor and kernel have it; to be called before MXNet is imported, in every process.

    environment: in which it is switched on (default: this process's). A limit that is there already stays, unless it is AMX and
    the kernel does not permit that: the first product would end the process.
    """
    environment = os.environ if environment is None else environment
    if environment.get(LIMIT, AMX) != AMX or LEVELS[AMX] not in flags():
        return
    if _tiles_permitted():
        environment[LIMIT] = AMX
    elif environment.pop(LIMIT, None):
        say(f"{LIMIT}={AMX} is ignored: this kernel does not permit AMX.")


def _tiles_permitted() -> bool:
    """Ask the kernel to let this process use AMX's tiles, which is a fault without. Before Linux 5.16 it knows no such thing."""
    try:
        return ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST_PERMISSION, _TILES) == 0
    except (OSError, AttributeError):
        return False


def instructions(environment: Optional[Mapping[str, str]] = None) -> str:
    """The most that oneDNN uses here once :func:`use_amx` has been called: one of LEVELS, or "" where that is not known."""
    limit = (os.environ if environment is None else environment).get(LIMIT, AMX)
    levels = list(LEVELS)
    # Any other word, ALL too, is for oneDNN all but AMX.
    allowed = levels[levels.index(limit if limit in levels else BFLOAT16) :]
    return next((each for each in allowed if LEVELS[each] in flags() and (each != AMX or _tiles_permitted())), "")


def why_not_bfloat16(width: int, side: int, penalised: bool, environment: Optional[Mapping[str, str]] = None) -> str:
    """Why a step in bfloat16 is no faster here than one in float32, as a clause; "" where it is.

    width: of the networks.  side: of the images, pixels.  penalised: whether the critic has a gradient penalty.
    This is a table of what was measured (benchmarks/RESULTS.md). Timed here, the answer would change from start to start.
    """
    level = instructions(environment)
    if level == AMX or (level == BFLOAT16 and about()["vendor_id"] == "AuthenticAMD"):
        least = 32 if level == BFLOAT16 else 64 if penalised else 0
        if width < least and side < 64:
            of = " with a gradient penalty" if level == AMX else ""
            return f"at {side}x{side} pixels networks{of} of a width below {least} gain nothing by it"
        return ""
    if level == BFLOAT16:
        return "Intel's processors multiply faster in bfloat16 by AMX only, which is not to be had here"
    return "the processor has no instructions for it" if level else "the processor is not known"


def name() -> str:
    """What the processor calls itself, with family and model."""
    return "{model name} (family {cpu family}, model {model})".format_map(about())


def flags() -> FrozenSet[str]:
    """The instruction sets that the processor has, as Linux names them; none where it cannot be asked."""
    return frozenset(about()["flags"].split())


def about() -> Dict[str, str]:
    """What Linux says of the first processor; "?" for what it does not say, and no flags."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:  # macOS
        text = ""
    unknown = {"vendor_id": "?", "cpu family": "?", "model": "?", "model name": "?", "flags": ""}
    return {**unknown, **dict(re.findall(r"^(\S[^\t:]*?)\s*: (.*)$", text, re.MULTILINE))}
