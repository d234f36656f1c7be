"""``python -m thesis_gan COMMAND``: the same commands as the installed ``thesis-gan``."""

import sys

from thesis_gan.cli import main

if __name__ == "__main__":
    sys.exit(main())
