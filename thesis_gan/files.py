"""Files that matter: written whole or not at all, and checked when read."""

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Union

from thesis_gan.errors import Damaged, NoPlace, UserError

PathLike = Union[str, Path]
TEMPORARY = ".tmp"  # how the names of files end that are being written


def write_bytes(path: PathLike, content: bytes) -> None:
    """Write ``content`` to ``path`` so that a reader sees the old file or the new one, never a part.

    The bytes go to a temporary file beside ``path``, are synced, and the file is renamed; what a killed process leaves of
    such a file, :func:`sweep` removes. A link stays one, to the new file; a device or a pipe stays too, and is written to.
    Raises NoPlace if the folder cannot be written.
    """
    named, path = path, Path(os.path.realpath(str(path)) if os.path.islink(str(path)) else path)
    temporary = None
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            path.write_bytes(content)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=str(path.parent), prefix=f".{path.name}.", suffix=TEMPORARY)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; an output file should have the usual rights.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, str(path))
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise NoPlace(f"Cannot write {named} ({error.strerror}); {remedy(error)}.") from None
    finally:  # after a second Ctrl-C too
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def remedy(error: OSError) -> str:
    """What to do where something could not be written."""
    return "free space there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it possible to write there"


def sweep(folder: PathLike) -> None:
    """Remove from ``folder`` what killed processes left half-written. Only for who alone may write there: see lock.py."""
    for path in Path(folder).glob(f".*{TEMPORARY}"):
        with contextlib.suppress(OSError):
            path.unlink()


def write_text(path: PathLike, content: str) -> None:
    """Write ``content`` as UTF-8 to ``path``, whole or not at all (see :func:`write_bytes`).

    What is not text, in a file's name, is written as ``\\udcXX``, which in JSON is that name again.
    """
    write_bytes(path, content.encode("utf-8", "backslashreplace"))


def write_json(path: PathLike, content: Any) -> None:
    """Write ``content`` as indented JSON to ``path``, whole or not at all (see :func:`write_bytes`)."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_text(path: PathLike) -> str:
    """Read UTF-8 text. Raises Damaged naming the file if it cannot be read as such."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        raise Damaged(unreadable(path)) from None
    except ValueError as error:
        raise Damaged(f"{path} cannot be read ({error}); delete it and run the command again.") from None


def read_json(path: PathLike) -> Any:
    """Read a JSON file. Raises UserError naming the file if it is missing, Damaged if it is not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; the run that writes it has not finished.") from None
    except OSError:
        raise Damaged(unreadable(path)) from None
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{path} cannot be read ({error}); delete it and run the command again.") from None


def _sync_folder(folder: Path) -> None:
    """Make a new name in ``folder`` last through a power cut."""
    handle = os.open(str(folder), os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot do it; what it can, is done
            raise
    finally:
        os.close(handle)


def sha256(path: PathLike) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits. Raises UserError if the file cannot be read, or is a pipe."""
    digest = hashlib.sha256()
    try:
        refuse_pipe(path)
        with open(str(path), "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        raise UserError(unreadable(path)) from None
    return digest.hexdigest()


def refuse_pipe(path: PathLike) -> None:
    """Raise UserError if there is something at ``path`` that is no file: opened, a pipe would be waited for."""
    if Path(path).exists() and not Path(path).is_file():
        raise UserError(unreadable(path))


def unreadable(path: PathLike) -> str:
    """A sentence that says why the file at ``path`` cannot be opened, and what to do; "" if it can."""
    path = Path(path)
    try:
        if path.is_symlink() and not path.exists():
            return f"{path} is a link to {os.readlink(str(path))}, which is missing; mend the link or take it away."
        if path.is_dir():
            return f"{path} is a folder where a file is expected; name the file."
        if path.exists() and not path.is_file():  # opened, a pipe would be waited for
            return f"{path} is no file that can be read again and again; save what it gives as one."
        with open(str(path), "rb"):
            return ""
    except FileNotFoundError:
        return f"{path} is missing; name a file that is there."
    except PermissionError:
        return f"{path} may not be read by you; allow it, e.g. with `chmod u+r {path}`."
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}); see that its disk and its folder are as they should be."
