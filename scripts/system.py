"""What MXNet needs of the system besides Python, looked for before anything is downloaded.

A minimal Debian or Ubuntu lacks some of it. There, root has it installed; everybody else is told how.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys

# What libmxnet.so is linked to beyond the C library, and the packages of Debian and Ubuntu that bring it.
LIBRARIES = {
    "libgomp.so.1": "libgomp1",
    "libquadmath.so.0": "libquadmath0",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
}


class SetUpError(Exception):
    """One sentence for the user."""


def missing():
    """What is missing here, each with its package of Debian and Ubuntu."""
    names = {}
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        names["venv"] = "python{}.{}-venv".format(*sys.version_info)
    if sys.platform == "linux":
        names.update({library: package for library, package in LIBRARIES.items() if not _loads(library)})
    return names


def _loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def complete():
    """Install what is missing where that is ours to do (root, apt). Raises SetUpError with the command where it is not."""
    names = missing()
    if not names:
        return
    what = "{} of {}".format(", ".join(names), sys.executable) if list(names) == ["venv"] else ", ".join(names)
    if "venv" in names and sys.base_prefix != "/usr":
        raise SetUpError(
            f"Missing here: {what}; {sys.executable} is not the system's: install it anew with them, "
            "or name another one as in PYTHON=/path/to/python3"
        )
    packages = " ".join(names.values())
    if not shutil.which("apt-get"):
        raise SetUpError(f"Missing here: {what}; install what brings them (in Debian and Ubuntu: {packages})")
    if os.geteuid() != 0:
        raise SetUpError(f"Missing here: {what}; install them with: sudo apt-get update && sudo apt-get install {packages}")
    print(f"Missing here: {what}. Installing {packages} with apt-get ...", file=sys.stderr, flush=True)
    _apt_get(list(names.values()))
    importlib.invalidate_caches()
    still = missing()
    if still:
        raise SetUpError(
            f"{', '.join(still)} are missing even after apt-get has installed {packages}; start again or install them"
        )


def _apt_get(packages):
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    # A fresh machine has no lists of packages, or old ones: where they do not do, they are fetched.
    for command in (install, ["apt-get", "update"], install):
        result = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if command is install and result.returncode == 0:
            return
    said = [line for line in result.stdout.decode(errors="replace").splitlines() if line.startswith("E:")]
    raise SetUpError(
        f"apt-get could not install {' '.join(packages)} ({said[-1] if said else 'it does not say why'}); "
        "install them by hand and start again"
    )
