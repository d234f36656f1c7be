"""What a person sees while a run trains."""

import json
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, TextIO, Union

from rich.console import Console
from rich.live import Live
from rich.text import Text

from thesis_gan.training.budget import Budget

Row = Dict[str, Any]
NOTHING = Budget(0, 0)

# Seconds between two lines about one run where there is no terminal: no silence at first, and no flood after hours.
FIRST_GAP, LAST_GAP, GAP_SHARE = 3.0, 300.0, 0.03
SHORTEST_BAR, LONGEST_BAR = 6, 30  # characters


class Speed(NamedTuple):
    """images_per_second: real images that the critic sees.

    critic_step, generator_step: seconds that one takes, its share of the sheets and checkpoints included.
    """

    images_per_second: float
    critic_step: float
    generator_step: float


def for_stream(kind: str, title: str, total: Budget, initial: Budget) -> "Progress":
    """total, initial: steps of the whole run, and those made before this start.

    kind: "bar", "lines", "json" (one object per report, for a program), or "auto": a bar on a terminal."""
    if kind == "auto":
        kind = "bar" if sys.stderr.isatty() else "lines"
    return {"bar": Bar, "lines": Lines, "json": Json}[kind](title, total, initial)


def describe(row: Row) -> str:
    """The numbers of a row of the history in short."""
    shorts = (("critic_loss", "D"), ("generator_loss", "G"), ("wasserstein", "W"), ("accuracy", "accuracy"))
    return ", ".join(f"{short} {row[name]:.3f}" for name, short in shorts if name in row)


def position(done: int, total: int) -> str:
    """E.g. ``step 20 of 60``."""
    return f"step {done:,} of {total:,}"


def duration(seconds: float) -> str:
    """E.g. ``0:07``, ``12:34`` (minutes and seconds) or ``1 h 05 min``."""
    seconds = int(seconds + 0.5)
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds // 3600:,} h {seconds // 60 % 60:02d} min"


def fitted(width: int, parts: Sequence[str], droppable: Sequence[int]) -> str:
    """``parts`` with two spaces between them, in at most ``width`` characters: parts are left out whole, in the order given."""
    kept: List[Optional[str]] = list(parts)

    def line() -> str:
        return "  ".join(part for part in kept if part)

    for place in droppable:
        if len(line()) <= width:
            break
        kept[place] = None
    return line()


def bar(share: float, width: int, encoding: Optional[str]) -> str:
    """A bar of which ``share``, 0 to 1, is full, ``width`` characters long if one can be as short as that, else none.

    encoding: what the terminal takes; where it lacks lines, the bar is made of ``#`` and ``-``.
    """
    full, empty = "━", "─"
    try:
        (full + empty).encode(encoding or "ascii")
    except (UnicodeError, LookupError):
        full, empty = "#", "-"
    width = width if width >= SHORTEST_BAR else 0
    filled = int(width * min(1.0, max(0.0, share)))
    return full * filled + empty * (width - filled)


def console(stream: TextIO) -> Console:
    """A console that writes what it is given, on one line as long as it is."""
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)


def live(shown: Any, stream: TextIO) -> Live:
    """``shown``, drawn anew twice a second at the bottom of the terminal, as wide as that is then.

    The streams stay as they are: what others print there is theirs.
    """
    return Live(
        shown, console=console(stream), refresh_per_second=2, redirect_stdout=False, redirect_stderr=False, transient=True
    )


def one_line(text: str) -> Text:
    """For :func:`live`: a line that is never broken into two."""
    return Text(text, no_wrap=True, overflow="crop")


class Rhythm:
    """When the next line is due where lines stay: after seconds at first, and ever more rarely the longer it takes."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._last: Dict[str, float] = {}

    def due(self, name: str) -> bool:
        """Whether a line about ``name`` is due; then it counts as written."""
        now = time.monotonic()
        gap = min(LAST_GAP, max(FIRST_GAP, GAP_SHARE * (now - self._started)))
        if now - self._last.get(name, -LAST_GAP) < gap:
            return False
        self._last[name] = now
        return True


class Progress:
    """Told of every window of steps and of every epoch."""

    def __init__(self, title: str, total: Union[Budget, int], initial: Union[Budget, int] = NOTHING) -> None:
        self.title, self.total, self.initial = title, total, initial

    def window(self, row: Row, speed: Speed) -> None:
        """A short window of steps has ended; ``row`` is its row of the curve."""

    def epoch(self, row: Row, speed: Speed) -> None:
        """An epoch has ended; ``row`` is its row of the history."""

    def close(self) -> None:
        """Training has ended or stopped."""

    def scoring(self) -> None:
        """Training has ended, and the run is to be scored."""

    def scored(self, record: Row) -> None:
        """The run has ended, and what is in its metrics.json is ``record``."""


class Bar(Progress):
    """One line that moves: steps, their numbers, and the time left."""

    def __init__(self, title: str, total: Budget, initial: Budget) -> None:
        super().__init__(title, total, initial)
        self._done, self._row, self._left = initial.generator_steps, {}, ""
        self._live = live(self, sys.stderr)
        self._live.start()

    def __rich__(self) -> Text:
        width = self._live.console.width
        share = self._done / max(1, self.total.generator_steps)
        numbers = describe(self._row).split(", ")
        for count in range(len(numbers), -1, -1):
            end = (position(self._done, self.total.generator_steps), ", ".join(numbers[:count]), self._left)
            room = width - sum(len(part) + 2 for part in (self.title, *filter(None, end)))
            if room >= SHORTEST_BAR:
                break
        parts = (self.title, bar(share, min(room, LONGEST_BAR), self._live.console.encoding), *end)
        return one_line(fitted(width, parts, (3, 4, 0)))

    def window(self, row: Row, speed: Speed) -> None:
        self._done, self._row = row["generator_steps"], row
        critic_steps, generator_steps = (self.total.critic_steps - row["critic_steps"], self.total.generator_steps - self._done)
        left = max(0, critic_steps) * speed.critic_step + generator_steps * speed.generator_step
        self._left = f"{duration(left)} left"

    def close(self) -> None:
        self._live.stop()

    def scoring(self) -> None:
        print(f"{self.title} is trained, and is being scored ...", file=sys.stderr, flush=True)


class Lines(Progress):
    """Quiet lines, for where there is no terminal."""

    def __init__(self, title: str, total: Budget, initial: Budget = NOTHING) -> None:
        super().__init__(title, total, initial)
        self._rhythm = Rhythm()
        self._written = initial.generator_steps
        if self._written:
            print(f"{title}: goes on at {position(self._written, total.generator_steps)}", flush=True)

    def window(self, row: Row, speed: Speed) -> None:
        last = row["generator_steps"] == self.total.generator_steps
        if last or self._rhythm.due(self.title):
            print(f"{self.title}: {told(row, self.total.generator_steps, speed.images_per_second)}", flush=True)

    def scoring(self) -> None:
        print(f"{self.title}: trained; being scored ...", flush=True)


def told(row: Row, total: int, images_per_second: float) -> str:
    """E.g. ``step 20 of 60, D 0.693, G 0.700, 2,000 images/s``."""
    parts = (position(row["generator_steps"], total), describe(row), f"{images_per_second:,.0f} images/s")
    return ", ".join(part for part in parts if part)


class Json(Progress):
    """One JSON object per line, read by the program that runs several trainings side by side."""

    def __init__(self, title: str, total: Budget, initial: Budget) -> None:
        super().__init__(title, total, initial)
        self._print("start", initial._asdict())

    def window(self, row: Row, speed: Speed) -> None:
        self._print("window", {**speed._asdict(), **row})

    def scoring(self) -> None:
        self._print("scoring", {})

    def scored(self, record: Row) -> None:
        self._print("scored", {})

    def _print(self, event: str, message: Row) -> None:
        print(json.dumps({"event": event, **message}), flush=True)
