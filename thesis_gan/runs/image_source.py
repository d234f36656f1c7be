"""Images to score, and their scores: a data set's test images, an .npz file, a folder of pictures, or a run's generator."""

from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Union

import numpy as np

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.data import Dataset, references
from thesis_gan.data.array_files import load_array
from thesis_gan.data.picture_folder import load_folder, survey
from thesis_gan.errors import UserError, say
from thesis_gan.metrics.features import FeatureNetwork
from thesis_gan.metrics.frechet import Gaussian
from thesis_gan.metrics.scores import against, labels_seen, scores, some_of
from thesis_gan.metrics.statistics_file import NEED_IMAGES, load_statistics
from thesis_gan.runs.run import Run


class Samples(NamedTuple):
    """name: as it was given.  images: uint8 (N, H, W, C).

    Of a run's generator, labels: int (N,), the classes asked for, where there were any; data: what it was trained on.
    """

    name: str
    images: np.ndarray
    labels: Optional[np.ndarray] = None
    data: Optional[Dataset] = None

    @property
    def usual_reference(self) -> str:
        """Name of the reference that they are held against by default."""
        return "mnist-test" if self.data is None else self.data.reference

    def features(self, reference: str) -> str:
        """Name of the feature network that scores them by default against ``reference``; "" if there is none.

        Of a run, what its data name, which one's own pictures do not; of other images, the reference's.
        """
        if self.data is not None:
            return self.data.features
        return references()[reference].features if reference in references() else "mnist"

    def labels_seen_by(self, features: Optional[FeatureNetwork]) -> Optional[np.ndarray]:
        """The classes asked for, if ``features`` knows them."""
        return None if self.data is None else labels_seen(self.labels, self.data, features)


def load(name: str, context: mx.Context, count: Optional[int] = None) -> Samples:
    """``name`` is mnist-test, faces-test, an .npz with arr_0, an .npy, a folder of pictures, or a run's: its generator's.

    count: how many images; by default a run's num_samples, and of other images all. Of more than that, those are taken that
    chance says, the same each time, in their order. Raises UserError if there is none of these, for a run on points, and where
    there are too few.
    """
    path = Path(name)
    if name in references():
        images = references()[name].load("test").images
    elif not path.is_dir():
        images = load_array(path)
    elif not _is_run(path):
        images = load_folder(path)
    else:
        run = Run(path)
        run.data.check_images(str(path))
        count = run.settings.num_samples if count is None else count
        return Samples(name, run.sample(count, context, stream="evaluation z"), run.balanced_labels(count), run.data)
    if count is not None and images.ndim > 0:
        if count > len(images):
            raise UserError(f"{name} holds {len(images)} images, fewer than --num-samples {count}; ask for at most so many.")
        images = some_of(images, count)
    return Samples(name, images)


def score(
    samples: Samples, reference: Union[str, np.ndarray], features: Optional[FeatureNetwork], context: mx.Context, *more: Any
) -> Dict[str, Any]:
    """Scores of ``samples`` against what ``reference`` names, or images, uint8 (N, H, W, C).

    features: None for the patches alone, of a run what its data have.  more: resamples, extrapolate and metrics, as
    :func:`thesis_gan.metrics.scores.scores` has them, and raises.
    """
    if samples.data is not None and isinstance(reference, str) and reference == samples.data.reference:
        return scores(samples.data, samples.images, features, samples.labels, *more)
    name, images = reference, reference
    if isinstance(reference, str):
        images = load_reference(reference, context)
    else:
        name = f"{len(reference)} images"
    seen = samples.labels_seen_by(features)
    mixed = (samples.data is not None, False)
    return against(samples.images, images, name, features, seen, *more, by_patches=features is None, mixed=mixed)


def load_reference(name: str, context: mx.Context) -> Union[np.ndarray, Gaussian]:
    """Images, uint8 (N, H, W, C), of what :func:`load` takes; or FID's statistics of them, of an .npz with mu and sigma."""
    statistics = None if name in references() else load_statistics(Path(name))
    if statistics is None:
        return load(name, context).images
    say(f"{name} holds statistics, which are enough for FID; {NEED_IMAGES} need the images they were made of.")
    return statistics


def _is_run(folder: Path) -> bool:
    """Whether ``folder`` is a run's; where pictures lie, a config.json that is no run's is another program's."""
    path = folder / "config.json"
    if not path.exists():
        return False
    try:
        config = files.read_json(path)
    except UserError:
        config = None
    return (isinstance(config, dict) and {"method", "settings"} <= set(config)) or not survey(folder).pictures
