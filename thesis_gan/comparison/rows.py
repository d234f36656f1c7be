"""A row of a table: a method, with the scores of its runs over seeds."""

from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.runs.run import FINISHED, Run
from thesis_gan.settings import refuse_differences

IS, FID = "inception_score_mean", "frechet_inception_distance"
KID = "kernel_inception_distance_mean"
PROTOCOL = ("features", "weights_sha256", "num_samples", "reference")
OF_PATCHES = ("reference_images", "sliced_wasserstein_images")  # the protocol of the sliced Wasserstein distance


class Row(NamedTuple):
    """One method: its runs over seeds. records: as in metrics.json.  inception: their scores in Inception features, if any."""

    name: str
    title: str
    published: Dict[str, float]
    records: List[Dict[str, Any]]
    inception: Sequence[Dict[str, Any]] = ()

    @property
    def label(self) -> str:
        """The method's title, with how many of its runs diverged."""
        failed = sum(record["status"] != FINISHED for record in self.records)
        return self.title + (f" ({failed} of {len(self.records)} diverged)" if failed else "")

    def values(self, key: str) -> np.ndarray:
        """The numbers called ``key`` of the runs that have it."""
        return numbers(self.records, key)

    @property
    def cells(self) -> Dict[str, Any]:
        """What every CSV has of it: its name, how many seeds, and how they were scored."""
        scored = {key: next((record[key] for record in self.records if key in record), "") for key in (*PROTOCOL, *OF_PATCHES)}
        return {"method": self.name, "seeds": len(self.records), **scored}


def rows(runs: Sequence[Run]) -> List[Row]:
    """The rows, in the order of ``runs``; one that is no row of a table is passed over.

    Raises UserError if none is, or if a method's seeds differ in their settings.
    """
    found: Dict[str, Row] = {}
    first: Dict[str, Run] = {}
    for run in runs:
        if not run.in_table:
            continue
        name = run.config["method"]
        refuse_differences(run.folder, first.setdefault(name, run).settings.differences(run.settings))
        found.setdefault(name, Row(name, run.method.title, run.method.published, [])).records.append(run.metrics)
    if not found:
        raise UserError("No run here is a row of the table; start ./run_all.sh to make them.")
    return list(found.values())


def numbers(records: Sequence[Dict[str, Any]], key: str) -> np.ndarray:
    """float64: the numbers called ``key`` of those ``records`` that have it."""
    return np.array([record[key] for record in records if key in record], np.float64)
