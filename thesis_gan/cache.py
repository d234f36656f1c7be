"""Where downloads and reference statistics are kept between runs of the program."""

import os
import tempfile
from pathlib import Path

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
