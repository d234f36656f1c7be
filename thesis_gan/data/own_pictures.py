"""Pictures of one's own: what ``--set data=PATH`` names."""

import os
from pathlib import Path
from typing import Any, Dict

from thesis_gan.data.base import Dataset, LabelledImages, RecordedData
from thesis_gan.data.picture_cache import nearest_side, prepared
from thesis_gan.data.picture_sources import ARRAYS, RECORDS, open_source
from thesis_gan.settings import Value

LABEL_SIZE = 100  # thesis §2.4; of other numbers of classes the multiple that is nearest

HELD_OUT = "held_out"  # what a run's record calls the number of pictures it was not trained on


def is_path(name: str) -> bool:
    """Whether ``name`` looks like a path, or is one."""
    return bool(name) and (os.sep in name or Path(name).suffix.lower() in (*ARRAYS, RECORDS) or Path(name).exists())


class OwnPictures(Dataset):
    """A folder of pictures (subfolders are classes), an .npz, .npy or .rec, brought to ``image_size`` and kept in the cache.

    A tenth, at most 10,000, is its test part, which is never trained on.
    """

    by_patches = True
    reference = "held-out"

    def __init__(self, name: str, image_size: int = 0, skip_broken: str = "no") -> None:
        """image_size: pixels on a side, by default as the pictures' size allows. Raises UserError if they cannot be had."""
        source = open_source(Path(os.path.expanduser(name)))
        origin = "command line" if image_size else "ours: the nearest that is not above the smallest picture's"
        image_size = image_size or nearest_side(source)
        self.name, self._pictures = name, prepared(source, image_size, skip_broken == "yes")
        self.title = f"the pictures in {name}"
        images, self.classes = self._pictures.train.images, self._pictures.classes
        self.shape, self.size = (images.shape[3], *images.shape[1:3]), len(images)
        self.settings = {
            "image_size": Value(image_size, origin),
            "skip_broken": Value(skip_broken, "ours: nothing is left out unasked"),
            "label_size": label_size(len(self.classes)),
        }

    def load(self, split: str) -> LabelledImages:
        """Images that are mapped from the cache: taken into memory as they are indexed."""
        return {"train": self._pictures.train, "test": self._pictures.test}[split]

    def fingerprint(self) -> str:
        return self._pictures.sha256

    def record(self) -> Dict[str, Any]:
        return {**super().record(), HELD_OUT: len(self._pictures.test.images)}


class RecordedPictures(RecordedData):
    """Such pictures as a run recorded them, which are looked for only when they are wanted."""

    by_patches = True
    reference = OwnPictures.reference


def label_size(classes: int) -> Value:
    """The setting of this name: the thesis's, or the multiple of the number of classes that is nearest."""
    size = max(1, round(LABEL_SIZE / (classes or 1))) * (classes or 1)
    return Value(size, "thesis §2.4" if size == LABEL_SIZE else "ours: the multiple of the number of classes nearest to 100")
