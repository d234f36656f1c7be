"""Where downloads and reference statistics are kept between runs of the program."""

import os
from pathlib import Path

VARIABLE = "THESIS_GAN_CACHE"


def cache_folder() -> Path:
    """The folder that $THESIS_GAN_CACHE names, else thesis_gan in the user's cache ($XDG_CACHE_HOME, or ~/.cache)."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")) / "thesis_gan"
