"""Inception scores of runs and of real digits: kept beside them once computed, and computed where the weights are at hand."""

from pathlib import Path
from typing import Any, Callable, Dict, Optional

from thesis_gan import files
from thesis_gan.device import context
from thesis_gan.errors import Damaged
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.inception import InceptionFeatures
from thesis_gan.runs.run import INCEPTION_SCORES

FILE = INCEPTION_SCORES


class InceptionScores:
    """Scores in Inception features, by the file in which they are kept."""

    def __init__(self, weights: Optional[Path]) -> None:
        """``weights``: their file, or None for the scores alone that are kept."""
        self._weights = weights
        self._sha256 = None if self._weights is None else files.sha256(self._weights)
        self._network: Optional[InceptionFeatures] = None

    def kept(self, path: Path, evaluate: Callable[[FeatureNetwork], Dict[str, Any]]) -> Dict[str, Any]:
        """The scores at ``path``; where they are missing or by other weights, what ``evaluate`` gives, kept there from now on.

        Empty if there are neither scores nor weights. Raises UserError if the file or the weights are damaged.
        """
        known = files.read_json(path) if path.exists() else {}
        if not isinstance(known, dict):
            raise Damaged(f"{path} is damaged; delete it and run the command again.")
        if self._weights is None or known.get("weights_sha256") == self._sha256:
            return known
        if self._network is None:
            self._network = InceptionFeatures(self._weights, context("auto"))
        print(f"Inception scores for {path} ...", flush=True)
        scores = evaluate(self._network)
        files.write_json(path, scores)
        return scores
