"""The experiments that need no run, Fig. 11's, §3.1's and the times: what each writes, and whether it is there."""

from pathlib import Path
from typing import Any, Callable, Dict, NamedTuple, Optional

from thesis_gan.errors import Damaged
from thesis_gan.reproduction.studies import (
    clipping,
    clipping_figures,
    perfect_discriminator,
    perfect_discriminator_figure,
    step_times,
)


class Experiment(NamedTuple):
    """command: ``thesis-gan COMMAND`` makes it.  read: its evidence in a folder of results, None if there is none.

    captions: of its figures, by file.  alone: whether nothing else may go on meanwhile.
    """

    command: str
    read: Callable[[Path], Optional[Dict[str, Any]]]
    captions: Dict[str, str]
    alone: bool = False

    def is_made(self, results: Path) -> bool:
        """Whether its evidence and its figures are in ``results``, the evidence as it was written."""
        try:
            evidence = self.read(results)
        except Damaged:
            return False
        return evidence is not None and self.is_drawn(results)

    def is_drawn(self, results: Path) -> bool:
        """Whether its figures are in ``results``."""
        return all((results / "figures" / file).exists() for file in self.captions)


EXPERIMENTS = (
    Experiment("toy", clipping.read, clipping_figures.CAPTIONS),
    Experiment("perfect", perfect_discriminator.read, perfect_discriminator_figure.CAPTIONS),
    Experiment("times", step_times.read, {}, alone=True),
)
