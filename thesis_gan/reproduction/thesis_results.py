"""The results that the thesis is reproduced of: those on MNIST, and the experiments that need no run."""

from functools import cached_property
from pathlib import Path
from typing import Any, Dict, Optional

from thesis_gan.data.mnist import MNIST
from thesis_gan.errors import UserError
from thesis_gan.reproduction.studies.registry import EXPERIMENTS
from thesis_gan.runs.find import Results, finished
from thesis_gan.runs.run import Run


class ThesisResults(Results):
    """As :class:`Results`, but a run on other data is left out, with a sentence."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError if no run in ``folder`` is finished, whole and on MNIST."""
        super().__init__(folder)
        self.left_out += [f"{run.name} is left out: it is on {run.settings.data}." for run in self.runs if not on_mnist(run)]
        self.runs = list(filter(on_mnist, self.runs))
        if not self.runs:
            raise UserError(
                f"No run in {folder} is on MNIST, which the thesis is about; "
                "`thesis-gan comparison` puts runs on any data side by side."
            )

    @cached_property
    def finished(self) -> Dict[str, Run]:
        """Runs that ended without diverging, by name."""
        return finished(self.runs)

    @cached_property
    def experiments(self) -> Dict[str, Optional[Dict[str, Any]]]:
        """What toy.json and perfect.json hold, by the command that makes it; None where there is none. Raises Damaged."""
        return {experiment.command: experiment.read(self.folder) for experiment in EXPERIMENTS}


def on_mnist(run: Run) -> bool:
    """Whether the thesis's tables, figures and claims are about such a run."""
    return run.data.name == MNIST.name


def of_its_kind(folder: Path) -> Results:
    """What the thesis is about in ``folder``, or all, where that is images and no run is one that the thesis is about."""
    found = Results(folder)
    return found if found.images and not any(map(on_mnist, found.runs)) else ThesisResults(folder)
