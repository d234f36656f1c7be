"""Critic steps per generator step, by epoch."""

from typing import NamedTuple, Tuple

LARGEST = 1_000_000  # steps, or epochs: more is a slip of the keyboard


class CriticSchedule(NamedTuple):
    """How often the critic steps for one step of the generator.

    stages: (steps, epochs) pairs in order.  rest: steps from then on. Written "30x2,15x2,5": 30 steps in the first 2 epochs,
    15 in the next 2, 5 from then on (thesis §3.3, Fig. 10 b).
    """

    stages: Tuple[Tuple[int, int], ...]
    rest: int

    @classmethod
    def parse(cls, text: str) -> "CriticSchedule":
        """Read the written form. Raises ValueError if it is not one."""
        *stages, rest = str(text).split(",")
        pairs = tuple((int(steps), int(epochs)) for steps, epochs in (stage.split("x") for stage in stages))
        schedule = cls(pairs, int(rest))
        if any(not 1 <= number <= LARGEST for number in (schedule.rest, *(number for pair in pairs for number in pair))):
            raise ValueError(f"steps and epochs are from 1 to {LARGEST}")
        return schedule

    def __call__(self, epoch: int) -> int:
        """Steps in ``epoch``, counted from 0."""
        for steps, epochs in self.stages:
            if epoch < epochs:
                return steps
            epoch -= epochs
        return self.rest

    def __str__(self) -> str:
        return ",".join([*(f"{steps}x{epochs}" for steps, epochs in self.stages), str(self.rest)])
