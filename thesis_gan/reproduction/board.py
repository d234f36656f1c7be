"""What a person sees while several runs are made: a line for each that is under way, and one for all of them."""

import contextlib
import json
import sys
import threading
import time
from typing import Any, Dict, Iterator, List, Optional

from rich.console import Group
from rich.text import Text

from thesis_gan.reproduction.estimate import Estimate, Job
from thesis_gan.training import display
from thesis_gan.training.budget import Budget

# What a job is, in the order in which a person wants to know.
TRAINS, SCORED, STARTS, WORKS, WAITS, DONE, STOPPED, FAILED = range(8)
COUNTED = {
    TRAINS: "training",
    SCORED: "being scored",
    STARTS: "starting",
    WORKS: "computing",
    WAITS: "waiting",
    DONE: "done",
    STOPPED: "interrupted",
    FAILED: "failed",
}
UNDER_WAY = (TRAINS, SCORED, STARTS, WORKS)
IS = {SCORED: "is being scored", STARTS: "starts", WORKS: "computes"}
LONGEST_NAME = 24


class Board:
    """The jobs of a plan, told of from any thread. On a terminal lines that move; elsewhere a line now and then."""

    def __init__(self, jobs: Dict[str, Job], made: Dict[str, Budget], finished: int, workers: int) -> None:
        """jobs: by name, in the order in which they start.  made: steps of earlier starts.  finished: runs done before."""
        self._jobs, self._finished, self.workers = jobs, finished, workers
        self._estimate = Estimate(jobs, made, outputs=finished + sum(bool(job.total.critic_steps) for job in jobs.values()))
        self._state = dict.fromkeys(jobs, WAITS)
        self._rows: Dict[str, Dict[str, Any]] = {}
        self._started: Dict[str, float] = {}
        self._lock = threading.RLock()
        self._rhythm = display.Rhythm()
        self._live = display.live(self, sys.stderr) if sys.stderr.isatty() else None
        if self._live is not None:
            self._live.start()

    def started(self, name: str) -> None:
        """The process of ``name`` starts."""
        with self._lock:
            self._state[name] = STARTS if self._jobs[name].total.critic_steps else WORKS
            self._started[name] = time.monotonic()
            self._estimate.started(name, self._started[name])
            if self._live is None:
                self._print(f"{name}: {IS[self._state[name]]} ...")

    def told(self, name: str, line: bytes) -> None:
        """``line``: what the process of ``name`` printed. What is no report of its progress is passed over."""
        try:
            row = json.loads(line.decode())
            with self._lock:
                if self._state[name] not in UNDER_WAY:  # sent before it ended
                    return
                {"start": self._goes_on, "window": self._stepped, "scoring": self._scoring}[row["event"]](name, row)
        except (ValueError, KeyError, TypeError):
            return
        if self._live is None and self._rhythm.due(""):
            with self._lock:
                self._print(self._summary(bar_width=0))

    def ended(self, name: str, state: int) -> None:
        """``name`` has ended, or does not start any more: DONE, STOPPED (to go on some time) or FAILED."""
        with self._lock:
            self._state[name] = state
            self._estimate.ended(name, time.monotonic())
            taken = f" after {display.duration(time.monotonic() - self._started[name])}" if name in self._started else ""
            at = ""
            if state == STOPPED and name in self._rows:
                at = f" at {display.position(self._rows[name]['generator_steps'], self._jobs[name].total.generator_steps)}"
            self._print(f"{name}: {COUNTED[state]}{at}{taken}")

    def say(self, name: str, sentence: str) -> None:
        """``name`` has something to remark."""
        with self._lock:
            self._print(f"{name}: {sentence}", file=sys.stderr)

    def close(self) -> None:
        """No job is under way any more."""
        if self._live is not None:
            self._live.stop()

    def __rich__(self) -> Group:
        console = self._live.console
        return Group(*map(display.one_line, self.lines(console.width, console.height, console.encoding)))

    def lines(self, width: int, height: int, encoding: Optional[str] = "utf-8") -> List[str]:
        """What the terminal shows: at most ``height - 1`` lines of at most ``width`` characters."""
        with self._lock:
            now = time.monotonic()
            active = [name for name in self._jobs if self._state[name] in UNDER_WAY]
            shown = active[: max(1, height - 3)] if len(active) > height - 2 else active
            lines = self._active(shown, width, now, encoding)
            if len(shown) < len(active):
                lines.append(f"and {len(active) - len(shown)} more")
            return [*lines, self._summary(width, encoding)]

    def _active(self, names: List[str], width: int, now: float, encoding: Optional[str]) -> List[str]:
        """One line each, its columns below those of the others. What does not fit is left out whole, for all of them."""
        title = max((len(_short(name)) for name in names), default=0)
        left = {name: f"{display.duration(self._estimate.left(name, now))} left" for name in names}
        ends = max((len(text) for text in left.values()), default=0)
        for count in (4, 3, 2, 1, 0):  # of numbers
            told_of = {name: self._told_of(name, count) for name in names}
            middle = max((len(text) for text in told_of.values()), default=0)
            room = width - title - middle - ends - 6
            if room >= display.SHORTEST_BAR or not count:
                break
        lines = []
        for name in names:
            full = display.bar(self._estimate.share(name, now), min(room, display.LONGEST_BAR), encoding)
            parts = (f"{_short(name):{title}}", full, f"{told_of[name]:{middle}}", f"{left[name]:>{ends}}")
            lines.append(display.fitted(width, parts, (3, 2, 0)).rstrip())
        return lines

    def _told_of(self, name: str, count: int) -> str:
        if self._state[name] != TRAINS:
            return IS[self._state[name]]
        row = self._rows[name]
        numbers = display.describe(row).split(", ")[:count]
        return "  ".join([f"{row['generator_steps']:,}/{self._jobs[name].total.generator_steps:,}", *filter(None, numbers)])

    def _summary(self, width: int = 1000, encoding: Optional[str] = "utf-8", bar_width: int = display.LONGEST_BAR) -> str:
        now = time.monotonic()
        states = list(self._state.values()) + [DONE] * self._finished
        counts = ", ".join(f"{states.count(state)} {word}" for state, word in COUNTED.items() if state in states)
        active = [name for name, state in self._state.items() if state in UNDER_WAY]
        waiting = [name for name, state in self._state.items() if state == WAITS]
        parts = ["All:", f"{100 * self._estimate.made(now):.0f} %", counts]
        parts.append(f"about {display.duration(self._estimate.whole(active, waiting, self.workers, now))} left")
        room = min(bar_width, width - sum(len(part) + 2 for part in parts))
        if room >= display.SHORTEST_BAR:
            parts.insert(1, display.bar(self._estimate.made(now), room, encoding))
        return display.fitted(width, parts, (0, len(parts) - 2, 1))

    def _goes_on(self, name: str, row: Dict[str, Any]) -> None:
        self._rows[name] = row
        self._state[name] = TRAINS
        self._estimate.trains(name, Budget(row["generator_steps"], row["critic_steps"]), time.monotonic())
        if self._live is None and row["generator_steps"]:
            self._print(f"{name}: goes on at {display.position(row['generator_steps'], self._jobs[name].total.generator_steps)}")

    def _stepped(self, name: str, row: Dict[str, Any]) -> None:
        self._rows[name] = row
        done = Budget(row["generator_steps"], row["critic_steps"])
        self._estimate.stepped(name, done, (row["critic_step"], row["generator_step"]))
        total = self._jobs[name].total.generator_steps
        if self._live is None and (self._rhythm.due(name) or done.generator_steps == total):
            left = display.duration(self._estimate.left(name, time.monotonic()))
            self._print(f"{name}: {display.told(row, total, row['images_per_second'])}, {left} left")

    def _scoring(self, name: str, row: Dict[str, Any]) -> None:
        self._state[name] = SCORED
        self._estimate.scored_from(name, time.monotonic())
        if self._live is None:
            self._print(f"{name}: {IS[SCORED]} ...")

    def _print(self, line: str, file: Any = None) -> None:
        if self._live is not None:
            self._live.console.print(line)
        else:
            print(line, file=file, flush=True)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 10]}…{name[-9:]}"


@contextlib.contextmanager
def making(what: str) -> Iterator[None]:
    """Say that ``what`` is being made; on a terminal with the time that has passed."""
    started = time.monotonic()
    if not sys.stderr.isatty():
        print(f"Making {what} ...", flush=True)
        yield
        return
    with display.live(_Passing(what, started), sys.stderr):
        yield
    print(f"Made {what} in {display.duration(time.monotonic() - started)}.", file=sys.stderr)


class _Passing:
    def __init__(self, what: str, started: float) -> None:
        self._what, self._started = what, started

    def __rich__(self) -> Text:
        return display.one_line(f"Making {self._what} ... {display.duration(time.monotonic() - self._started)}")
