"""On what a measurement was made: the processor, and the commit."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def processor():
    """Its name with family and model."""
    lines = cpuinfo()
    return f"{lines.get('model name', '?').strip()} (family {lines.get('cpu family', '?')}, model {lines.get('model', '?')})"


def flags():
    """Names of what the processor can do, "" among them."""
    return {"", *cpuinfo().get("flags", "").split()}


def cpuinfo():
    """What Linux says of one of its cores."""
    return dict(re.findall(r"^(\S[^\t:]*?)\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE))


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
