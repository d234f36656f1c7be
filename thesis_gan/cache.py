"""Where downloads and reference statistics are kept between runs of the program."""

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path
from typing import Iterator

from thesis_gan.errors import UserError

VARIABLE = "THESIS_GAN_CACHE"


def cache_folder() -> Path:
    """The folder that $THESIS_GAN_CACHE names, else thesis_gan in the user's cache ($XDG_CACHE_HOME, or ~/.cache).

    A relative $XDG_CACHE_HOME is ignored, as its specification says. A user without a home has a folder among the temporary ones.
    """
    own = os.environ.get(VARIABLE, "")
    if own:
        return Path(os.path.expanduser(own))
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        cache = os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(cache):  # no such user: ~ stays as it is
        cache = os.path.join(tempfile.gettempdir(), f"cache-of-user-{os.getuid()}")
    return Path(cache) / "thesis_gan"


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process makes ``path``, in the cache. Raises UserError if that folder cannot be written."""
    with contextlib.ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context(open(str(path.with_suffix(".lock")), "w", encoding="utf-8"))
        except OSError as error:
            raise UserError(
                f"Cannot write {path} ({error.strerror}); free space there, or set ${VARIABLE} to another folder."
            ) from None
        with contextlib.suppress(OSError):  # a file system without locks: at worst both make it
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
