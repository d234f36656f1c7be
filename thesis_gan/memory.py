"""What glibc does with memory that is let go, so that a training step neither holds much nor asks for it anew each time.

A step's arrays are made when they are needed and let go as soon as they are not (networks are hybridized without static_alloc):
so the critic's step and the generator's use the same memory, and hold less than if each kept its own. Measured in
benchmarks/RESULTS.md.
"""

import ctypes
from functools import lru_cache
from typing import Callable

# Parameters of mallopt, by their numbers in malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def large_apart() -> None:
    """From 1 MiB on, let arrays come from the system and go back to it one by one, until :func:`keep_freed`.

    For the first steps: what then is made to stay, oneDNN's kernels above all, lies side by side, not scattered between arrays
    that are let go, whose places could not become one again.
    """
    _set(_MMAP_THRESHOLD, 2**20)


def keep_freed() -> None:
    """Use again what is let go, up to 1 GiB, without asking the system for it.

    The system hands out fresh pages, filled with zeros, which would take up to a sixth of a step's time. Beyond 32 MiB, where
    glibc itself ends, arrays still come from the system one by one.
    """
    _set(_MMAP_THRESHOLD, 2**25)
    _set(_TRIM_THRESHOLD, 2**30)


def _set(parameter: int, value: int) -> None:
    """For this process, whatever its environment says. Without glibc it does nothing."""
    _mallopt()(parameter, value)


@lru_cache(maxsize=None)
def _mallopt() -> Callable[[int, int], int]:
    try:
        return ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return lambda parameter, value: 0
