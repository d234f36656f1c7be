"""On what a measurement was made: the processor, and the commit."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from thesis_gan.processor import flags, name  # noqa: E402, F401 (given on)


def commit(folder=ROOT):
    """The short name of what is checked out, and whether files are other than there."""
    git = ["git", "-C", str(folder)]
    return said([*git, "rev-parse", "--short", "HEAD"]) + (" and changes" if said([*git, "status", "--porcelain"]) else "")


def said(command):
    """What it prints, or nothing where it cannot be started or fails."""
    try:
        return subprocess.run(
            command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, encoding="utf-8"
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
