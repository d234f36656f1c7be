"""One process at a time writes in a folder; the second is told who does."""

import contextlib
import fcntl
import os
import socket
from datetime import datetime
from pathlib import Path
from typing import Iterator

from thesis_gan import files
from thesis_gan.errors import NoPlace

NAME = ".lock"


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Be the only process that writes in ``folder``, which is made if need be, until the block ends or the process does.

    The lock is the kernel's (flock), so a killed process cannot leave it behind; the file stays, and says who took it last.
    Raises NoPlace, naming the holder, if another process (or another part of this one) holds it, or if it cannot be made.
    """
    path = Path(folder) / NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(str(path), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise NoPlace(f"Cannot write {path} ({error.strerror}); {files.remedy(error)}.") from None
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "another process"
            raise NoPlace(f"{folder} is in use by {holder}; wait for it to end.") from None
        except OSError as error:
            raise NoPlace(f"{folder} cannot be locked ({error.strerror}); use another file system.") from None
        # On a full disk the lock holds all the same, only without a name.
        with contextlib.suppress(OSError):
            file.truncate()
            file.write(f"process {os.getpid()} on {socket.gethostname()} since {datetime.now():%Y-%m-%d %H:%M:%S}\n")
            file.flush()
        yield
