"""How long the runs of a plan still take: what each has yet to do, each kind of it at its own measured speed.

Until something is measured a small table of costs stands in; from then on it is only used for what has not been seen yet, by how
much slower or faster than the table this machine was with the rest.
"""

import heapq
from typing import Dict, List, NamedTuple, Sequence

from thesis_gan.training.budget import Budget


class Cost(NamedTuple):
    """Milliseconds of a critic step and of a generator step."""

    critic: float
    generator: float


# Under `quick` (batch 64; the CGAN is twice as wide), one thread, processor time on an AMD EPYC: only their ratios matter.
COSTS = {
    "gan": Cost(5.7, 5.8),
    "dcgan": Cost(11.8, 16.7),
    "cgan": Cost(11.0, 15.4),  # 33.1 and 46.3 at twice the width
    "wgan": Cost(11.9, 15.8),
    "wgan-gp": Cost(19.6, 15.6),
    "wgan-gp-ln": Cost(59.0, 35.0),  # a quarter of it, at batch 16
    "dragan": Cost(21.7, 15.9),
}
OTHERS = Cost(12.0, 17.0)  # a method that is not in the table
WIDTH, BATCH, SIDE = 16, 64, 28  # what they are for
# Places grow with the side's square, and larger pictures have a layer more: at 64 pixels DCGAN and CGAN take 8.3 and 9.5 times
# as long, WGAN-GP with layer norm 5.7 times (the stored runs of `faces-quick`).
SIDES_POWER = 2.5
CALLS = 2.0  # milliseconds of each step that depend on neither
START = 3.0  # seconds: from the process to the first step
SCORING, SCORED_IMAGE = 1.5, 0.0006  # seconds: of every run, and of each image that is drawn and scored
STUDY = 60.0  # seconds: an experiment that needs no run
OUTPUT = 2.0  # seconds for each run: its part of the tables, figures and pages

REMEMBERED = 0.1  # the share of a new window in the mean speed of a run


class Job(NamedTuple):
    """A run, or with no steps an experiment, as the estimate sees it.

    method: in COSTS, or another.  images: how many are scored.  side: of the images, pixels.
    """

    method: str
    total: Budget
    images: int = 0
    width: int = WIDTH
    batch: int = BATCH
    side: int = SIDE

    @property
    def expected(self) -> Cost:
        """Seconds of a critic step and of a generator step by the table."""
        # A step has a part that no width changes, and one that grows with its square.
        factor = (0.25 + 0.75 * (self.width / WIDTH) ** 2) * self.batch / BATCH * (self.side / SIDE) ** SIDES_POWER
        return Cost(*((CALLS + factor * (number - CALLS)) / 1000 for number in COSTS.get(self.method, OTHERS)))

    @property
    def scoring(self) -> float:
        """Seconds of its scoring by the table."""
        return SCORING + self.images * SCORED_IMAGE


def seconds(job: Job) -> float:
    """About how long ``job`` takes by the table, start and scoring included."""
    return Estimate({"": job}, {}, 0).left("", 0.0)


class Estimate:
    """Of jobs by their names. Each is told of as it starts, trains, is scored and ends; times are seconds of one clock."""

    def __init__(self, jobs: Dict[str, Job], done: Dict[str, Budget], outputs: int) -> None:
        """done: steps that were made earlier, where any were.  outputs: runs of which tables and figures are made at the end."""
        self._jobs = jobs
        self._done = {name: done.get(name, Budget(0, 0)) for name in jobs}
        self._outputs = outputs
        self._stage = dict.fromkeys(jobs, "waits")
        self._since: Dict[str, float] = {}
        self._seconds: Dict[str, List[float]] = {}  # measured, of a critic step and of a generator step
        # What was measured so far, and what the table says of the same.
        self._measured = dict.fromkeys(("steps", "start", "scoring"), 0.0)
        self._expected = dict.fromkeys(("steps", "start", "scoring"), 0.0)

    def started(self, name: str, now: float) -> None:
        """Its process starts."""
        self._stage[name], self._since[name] = "starts", now

    def trains(self, name: str, done: Budget, now: float) -> None:
        """The process is ready; ``done`` are the steps that an earlier start made."""
        self._count("start", now - self._since[name], START)
        self._stage[name], self._done[name] = "trains", done

    def stepped(self, name: str, done: Budget, seconds: Sequence[float]) -> None:
        """``done`` steps are made, and in the last window a critic's and a generator's took ``seconds``, 0 where unknown."""
        before, self._done[name] = self._done[name], done
        means = self._seconds.setdefault(name, [0.0, 0.0])
        made = (done.critic_steps - before.critic_steps, done.generator_steps - before.generator_steps)
        for kind, expected in enumerate(self._jobs[name].expected):
            if seconds[kind]:
                share = REMEMBERED if means[kind] else 1.0
                means[kind] += share * (seconds[kind] - means[kind])
                self._count("steps", made[kind] * seconds[kind], made[kind] * expected)

    def scored_from(self, name: str, now: float) -> None:
        """It is trained, and its scoring begins."""
        self._stage[name], self._since[name] = "scored", now

    def ended(self, name: str, now: float) -> None:
        """It is done, or has failed."""
        if self._stage[name] == "scored":
            self._count("scoring", now - self._since[name], self._jobs[name].scoring)
        self._stage[name] = "ended"

    def left(self, name: str, now: float) -> float:
        """Seconds that ``name`` still takes once it has a process."""
        return self._from(name, self._stage[name], self._done[name], now - self._since.get(name, now))

    def _from(self, name: str, stage: str, done: Budget, passed: float) -> float:
        """Seconds that it still takes once it has been at ``stage`` for ``passed`` seconds, and has ``done`` so many steps."""
        job = self._jobs[name]
        if stage == "ended":
            return 0.0
        start, scoring = START * self._slowness("start"), job.scoring * self._slowness("scoring")
        if not job.total.critic_steps:
            return max(1.0, start + STUDY * self._slowness("steps") - passed)
        if stage == "scored":
            return max(1.0, scoring - passed)
        if stage == "starts":
            start = max(0.0, start - passed)
        elif stage == "trains":
            start = 0.0
        return start + self._steps_left(name, done) + scoring

    def whole(self, active: Sequence[str], waiting: Sequence[str], workers: int, now: float) -> float:
        """Seconds until all is done: those that wait start in their order, each where a worker is free first."""
        free = [self.left(name, now) for name in active]
        free += [0.0] * max(0, workers - len(free))
        heapq.heapify(free)
        for name in waiting:
            heapq.heappush(free, heapq.heappop(free) + self.left(name, now))
        return max(free, default=0.0) + self._outputs * OUTPUT * self._slowness("scoring")

    def share(self, name: str, now: float) -> float:
        """The share of ``name`` that is done, 0 to 1."""
        return min(1.0, max(0.0, 1 - self.left(name, now) / self._all_of(name)))

    def made(self, now: float) -> float:
        """The share of the work of all jobs that is done, 0 to 1."""
        left, whole = (sum(map(part, self._jobs)) for part in (lambda name: self.left(name, now), self._all_of))
        return min(1.0, max(0.0, 1 - left / whole)) if whole else 1.0

    def _count(self, kind: str, measured: float, expected: float) -> None:
        self._measured[kind] += measured
        self._expected[kind] += expected

    def _slowness(self, kind: str) -> float:
        """This machine's seconds for what takes one by the table; of a kind not yet seen, as of what was."""
        for seen in (kind, "start", "steps"):
            if self._measured[seen] > 0:
                return self._measured[seen] / self._expected[seen]
        return 1.0

    def _steps_left(self, name: str, done: Budget) -> float:
        total, measured = self._jobs[name].total, self._seconds.get(name, (0.0, 0.0))
        expected = [self._slowness("steps") * seconds for seconds in self._jobs[name].expected]
        critic, generator = (one or other for one, other in zip(measured, expected))
        steps = (total.critic_steps - done.critic_steps) * critic
        return max(0.0, steps + (total.generator_steps - done.generator_steps) * generator)

    def _all_of(self, name: str) -> float:
        return self._from(name, "waits", Budget(0, 0), 0.0)
