"""What a run's samples are scored by: that follows from what they are samples of."""

from functools import singledispatch
from typing import Any, Dict, Optional

import numpy as np

from thesis_gan.data.base import Dataset
from thesis_gan.data.points import Points
from thesis_gan.metrics.evaluate import evaluate, feature_network
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.point_scores import evaluate_points


@singledispatch
def scores(
    data: Dataset, samples: np.ndarray, features: Optional[FeatureNetwork] = None, labels: Optional[np.ndarray] = None
) -> Dict[str, Any]:
    """Scores of ``samples`` under their names, with their protocol: of images, uint8 (N, H, W, C), against the test images.

    features: by default those that the data set names.  labels: the classes asked for, int (N,), if there were any.
    Those of points, float32 (N, 2), against their distribution, are of the points themselves.
    """
    return evaluate(samples, data.load("test").images, data.reference, features or feature_network(data.features), labels)


@scores.register
def _(data: Points, samples, features=None, labels=None):
    return evaluate_points(samples, data)
