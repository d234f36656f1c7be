"""How true the time is that `run_all.sh` promises: what its last line says is left, against what was.

    .venv/bin/python benchmarks/progress.py                              # ./run_all.sh: quick, about 9 minutes
    .venv/bin/python benchmarks/progress.py --profile smoke              # what follows goes to run_all.sh

It runs the script in a terminal of its own, 80 columns wide, with the results in a new folder. It prints a table, how
often a promise was wrong by more than a factor of 1.5 (without the first half minute and the last 20 s), and the longest
silence. Nothing else should be running.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import List, NamedTuple, Tuple

ROOT = Path(__file__).resolve().parents[1]
LINE = re.compile(r"All:.*?about (?:(\d+):)?(\d+):(\d\d) left")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Recording(NamedTuple):
    """All in seconds from the start. end: of the command.  said: when, and what was left by its word.  heard: when it wrote."""

    status: int
    end: float
    said: List[Tuple[float, int]]
    heard: List[float]


def record(command: List[str]) -> Recording:
    """Run ``command`` in a terminal, and note when it says what."""
    began = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execv(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    said, heard = [], []
    while True:
        try:
            output = os.read(terminal, 65536)
        except OSError:  # Linux's end of a terminal whose program has ended
            break
        if not output:
            break
        heard.append(time.monotonic() - began)
        for hours, minutes, seconds in LINE.findall(CONTROL.sub("", output.decode(errors="replace")))[-1:]:
            said.append((heard[-1], int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)))
    return Recording(os.waitpid(child, 0)[1], time.monotonic() - began, said, heard)


def main() -> None:
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(__doc__.strip())
    with tempfile.TemporaryDirectory() as output:
        status, end, said, heard = record([str(ROOT / "run_all.sh"), "--output", output, *sys.argv[1:]])
    if status or not said:
        sys.exit(f"run_all.sh ended with status {status}, and said {len(said)} times how long it takes.")
    print("| at | said to be left | left | ratio |\n|---:|---:|---:|---:|")
    step = max(end / 15, 1)
    for turn in range(15):
        at, promised = next(((at, promised) for at, promised in said if at >= turn * step), said[-1])
        print(f"| {at:.0f} s | {promised} s | {end - at:.0f} s | {promised / (end - at):.2f} |")
    judged = [promised / (end - at) for at, promised in said if at > said[0][0] + 30 and end - at > 20]
    wrong = sum(not 1 / 1.5 <= ratio <= 1.5 for ratio in judged)
    silences = [(later - earlier, earlier) for earlier, later in zip([0, *heard], heard)]
    longest, when = max(pair for pair in silences if pair[1] >= said[0][0])
    print(f"\nWrong by more than a factor of 1.5: {wrong} of {len(judged)} promises.")
    print(f"In all {end:.0f} s, {said[0][0]:.0f} of them before the first.")
    print(f"Longest silence after it: {longest:.1f} s, at {when:.0f} s.")


if __name__ == "__main__":
    main()
