"""The experiments that need no run, Fig. 11's, §3.1's and the times: what each writes, and whether it is there."""

from pathlib import Path
from types import ModuleType
from typing import Any, Dict, NamedTuple, Optional

from thesis_gan import files
from thesis_gan.errors import Damaged
from thesis_gan.reproduction.studies import (
    clipping,
    clipping_figures,
    perfect_discriminator,
    perfect_discriminator_figure,
    step_times,
)


class Experiment(NamedTuple):
    """command: ``thesis-gan COMMAND`` makes it.  study: has its ``make``, the name of its EVIDENCE, and when that is whole.

    captions: of its figures, by file.  alone: whether nothing else may go on meanwhile.
    """

    command: str
    study: ModuleType
    captions: Dict[str, str]
    alone: bool = False

    def read(self, results: Path) -> Optional[Dict[str, Any]]:
        """Its evidence in ``results``, None if there is none. Raises Damaged if it is not as the command writes it."""
        path = results / self.study.EVIDENCE
        if not path.exists():
            return None
        try:
            content = files.read_json(path)
        except Damaged:
            content = None
        if not self.study.is_whole(content):
            raise Damaged(f"{path} is damaged; make it anew with `thesis-gan {self.command} --output {results}`.")
        return content

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
    Experiment("toy", clipping, clipping_figures.CAPTIONS),
    Experiment("perfect", perfect_discriminator, perfect_discriminator_figure.CAPTIONS),
    Experiment("times", step_times, {}, alone=True),
)
