"""``python -m thesis_gan COMMAND``: the same commands as the installed ``thesis-gan``."""

import sys

if __name__ == "__main__":
    # Python's own modules before those of the current folder, which -m puts first.
    sys.path.append(sys.path.pop(0))

    from thesis_gan.cli import main

    sys.exit(main())
