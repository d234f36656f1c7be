"""Makes .venv complete: creates it, installs the requirements, repairs it.

Called by environment.sh with a suitable Python. Stamps (.venv/installed, .venv/installed-dev), written when
an installation is complete, say for which Python, place and requirements. Where they match, nothing is done;
where the first does not, .venv is made anew, so that no earlier state has to be understood.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pip_settings
import system
from system import SetUpError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(1, str(ROOT))

from thesis_gan import gpu  # noqa: E402 (needs nothing that is yet to be installed)

VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
COMMON = ROOT / "requirements-common.txt"
BUILDS = {"cpu": ROOT / "requirements.txt", "gpu": ROOT / "requirements-gpu.txt"}
# What only some need, installed into .venv besides; the last is for the tests, which need the others too.
EXTRAS = {name: ROOT / f"requirements-{name}.txt" for name in ("export", "tensorboard", "faces", "dask", "dev")}

FACES_PYTHON = (3, 10)
NO_FACES = (
    "The packages that draw faces need Python 3.10 or newer, all else is installed: make the file on such a Python, here or on "
    "another machine, with `thesis-gan faces --output faces.npz`, and put it into ~/.cache/thesis_gan (or $THESIS_GAN_CACHE)"
)


def expected_stamp(build, requirements):
    digest = hashlib.sha256()
    # The place counts because the scripts in .venv/bin contain it.
    digest.update(f"{sys.version_info[:2]} {build} {ROOT}".encode())
    for path in requirements:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamped(name, stamp):
    return read(VENV / name) == stamp and VENV_PYTHON.exists()


def read(path):
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None


def write(path, text):
    """Write so that the file is there as a whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def pip(*arguments):
    command = [VENV_PYTHON, "-m", "pip", "install", *arguments]
    # Without a compiler's help: a package without a wheel is an error here, not a build.
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"== pip install {' '.join(map(str, arguments))}\n")
        log.flush()
        process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, env=pip_settings.environment(VENV_PYTHON), stdout=log, stderr=log
        )
    show_until_it_ends(process)
    if process.returncode != 0:
        lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [line for line in lines if "ERROR" in line]
        cause = f" ({errors[-1].strip()})" if errors else ""
        raise SetUpError(
            f"Installing failed{cause}: see {LOG.relative_to(ROOT)}, check the network and the free disk space, and start again"
        )


def show_until_it_ends(process, every=0.5):
    """In a terminal, keep one line on what pip does just now; it may be silent for a minute otherwise."""
    terminal = sys.stderr is not None and sys.stderr.isatty()
    began = time.monotonic()
    try:
        while process.poll() is None:
            if terminal:
                done = LOG.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or [""]
                print(f"\r\033[K{time.monotonic() - began:3.0f} s  {done[0].strip()[:70]}", end="", file=sys.stderr, flush=True)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(every)
    finally:
        if process.poll() is None:
            process.terminate()
        if terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def make_environment(build):
    system.complete()
    size = "several minutes and 5 GB" if build == "gpu" else "about a minute"
    print(f"Setting up .venv (first time only, {size}) ...", file=sys.stderr, flush=True)
    if sys.version_info >= (3, 14):
        version = ".".join(map(str, sys.version_info[:2]))
        print(f"Python {version} is untried here; 3.8 to 3.13 are known to work.", file=sys.stderr)
    clear()
    command = [sys.executable, "-m", "venv", str(VENV)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        reason = result.stdout.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise SetUpError(f"{sys.executable} could not make .venv: {reason[0]}")
    # First, so that an interrupted installation is taken up with the same choices.
    write(VENV / "build", build)
    write(VENV / "made-with", sys.executable)
    pip("--only-binary=:all:", "pip>=21.3")
    pip("--only-binary=:all:", "-r", COMMON)
    pip("--only-binary=:all:", "--no-deps", "-r", BUILDS[build])
    pip("--no-deps", "--no-build-isolation", "--editable", ROOT)


def clear():
    """Empty .venv but of what says which Python, build and extras it had, so that an interruption forgets none."""
    if not VENV.is_dir() or VENV.is_symlink():
        shutil.rmtree(VENV, ignore_errors=True)
        return
    for path in list(VENV.iterdir()):
        if path.name.startswith("installed-"):
            with contextlib.suppress(OSError):
                os.truncate(str(path), 0)  # it is not installed any more; needs no room
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in ("build", "made-with"):
            with contextlib.suppress(OSError):
                path.unlink()


def ask_for_gpu_build(consent):
    """Ask before gigabytes are downloaded: who sits at a terminal always, a script only where no card here can use them."""
    found = gpu.cards()
    why_not = gpu.unusable(found)
    if not found:
        why_not = f"No NVIDIA driver shows a card here; MXNet's GPU build needs one of {gpu.CARDS}"
    if consent:
        return
    cost = "The GPU build downloads gigabytes and takes 5 GB of disk space"
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        facts = f"{why_not}. {cost}" if why_not else f"{cost}; this machine has {', '.join(map(str, found))}"
        print(f"{facts}. Install it? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise SetUpError("Nothing is installed.")
    elif why_not:
        raise SetUpError(f"{why_not}. {cost}: to install it all the same, say ./run_all.sh setup --gpu --yes")


def set_up(build, extras, consent=False):
    build = build or read(VENV / "build") or "cpu"
    requirements = [COMMON, BUILDS[build]]
    stamp = expected_stamp(build, requirements)
    stamp_extras = expected_stamp(build, requirements + list(EXTRAS.values()))

    def missing():
        return [extra for extra in extras if not stamped(f"installed-{extra}", stamp_extras)]

    def complete():
        return stamped("installed", stamp) and not missing()

    if complete():
        return
    try:
        lock = os.fdopen(os.open(ROOT / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o666), "w")
    except OSError as error:
        done = "set up for the tests yet" if stamped("installed", stamp) else "set up yet"
        raise SetUpError(
            f"{ROOT} is not {done}, and cannot be written ({error.strerror}): start ./run_tests.sh there once while it "
            "can be written, or use a copy in a folder that can"
        ) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another start may be installing: wait for it
        if complete():
            return
        if not stamped("installed", stamp):
            # Made anew, .venv has again what it had.
            extras = [*extras, *(extra for extra in EXTRAS if extra not in extras and (VENV / f"installed-{extra}").exists())]
            if build == "gpu":
                ask_for_gpu_build(consent)
            make_environment(build)
            write(VENV / "installed", stamp)
        for extra in missing():
            # --force-reinstall repairs what an interrupted installation left half-written.
            pip("--only-binary=:all:", "--force-reinstall", "-r", EXTRAS[extra], "-c", COMMON)
            write(VENV / f"installed-{extra}", stamp_extras)


def main():
    # No --help: after whatever ends with status 0, the calling script goes on.
    parser = argparse.ArgumentParser(prog="run_all.sh setup", add_help=False)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--gpu", dest="build", action="store_const", const="gpu")
    choice.add_argument("--cpu", dest="build", action="store_const", const="cpu")
    for extra in EXTRAS:
        parser.add_argument(f"--{extra}", dest="extras", action="append_const", const=extra, default=[], help=argparse.SUPPRESS)
    parser.add_argument("--yes", action="store_true")
    arguments = parser.parse_args()
    try:
        set_up(arguments.build, arguments.extras, arguments.yes)
        if "faces" in arguments.extras and sys.version_info < FACES_PYTHON:
            raise SetUpError(NO_FACES)
    except SetUpError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted; the next start sets .venv up again.")


if __name__ == "__main__":
    main()
