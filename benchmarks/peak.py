"""The largest resident memory of this process so far."""

import re
import resource
import sys
from pathlib import Path


def peak() -> float:
    """In MiB."""
    try:  # Linux's getrusage counts what the process that started this one held, too
        return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text(encoding="ascii")).group(1)) / 2**10
    except (OSError, AttributeError):  # macOS counts in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
