"""What a data set is: its shape, its classes, and how its images, or points, are had."""

import hashlib
from typing import Any, Callable, ClassVar, Dict, Mapping, NamedTuple, Optional, Tuple

import numpy as np

from thesis_gan.errors import UserError
from thesis_gan.settings import Settings, Value


class LabelledImages(NamedTuple):
    """Images at the edge of the program.

    images: uint8 (N, H, W, C), 0 to 255; or, of data that are points, float32 (N, 2).  labels: int64 (N,), from 0 on.
    """

    images: np.ndarray
    labels: np.ndarray


class Dataset:
    """Images to learn, some for training and some to score against. Subclasses say what and where they are.

    name: as ``--set data=`` has it.  title: as sentences have it.  order: place in lists.  kind: what its samples are called.
    shape: (C, H, W) of its images in a network, or (2,) of points.  classes: names of its classes, none if it has no labels.
    size: number of its training images, None where any number can be had.
    features, reference: the feature network by which samples are scored, and what their scores call its test images.
    settings: where the settings of images are no measure for it.  architectures: those that it can be learnt by.
    sheet_samples: how many samples a picture of them shows.
    by_patches: whether samples are also scored by what needs no feature network: patches, and the nearest training images.
    """

    name: str = ""
    title: str = ""
    order: ClassVar[int] = 100
    kind: ClassVar[str] = "images"
    shape: Tuple[int, ...] = ()
    classes: Tuple[str, ...] = ()
    size: Optional[int] = None
    features: ClassVar[str] = ""
    reference: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Value]] = {}
    architectures: ClassVar[Tuple[str, ...]] = ("dcgan", "mlp")
    sheet_samples: ClassVar[int] = 64  # S1 shows as many
    by_patches: ClassVar[bool] = False

    @property
    def class_nouns(self) -> Tuple[str, str]:
        """What sentences call one of its classes, and several."""
        return ("class", "classes")

    def load(self, split: str) -> LabelledImages:
        """All of ``split``, "train" or "test". Raises UserError, naming the file, if what it is read from is not whole."""
        raise NotImplementedError

    def training_images(self, count: int, seed: int) -> LabelledImages:
        """What a run trains on: the first ``count``, or all if there are fewer; which they are may depend on its seed."""
        return LabelledImages(*(array[:count] for array in self.load("train")))

    def fingerprint(self) -> str:
        """64 hexadecimal digits that are others if the training images are: SHA-256 of their bytes, or of what defines them."""
        return hashlib.sha256(np.ascontiguousarray(self.load("train").images)).hexdigest()

    def record(self) -> Dict[str, Any]:
        """What a run keeps of its data, as JSON: without them, its generator can still be made and they be told from others."""
        return {"shape": list(self.shape), "classes": list(self.classes), "sha256": self.fingerprint()}

    def settings_of(self, method: Any) -> Mapping[str, Value]:
        """Where the settings of ``method`` (a Method class) are other ones on these data."""
        return self.settings

    def check(self, settings: Settings) -> None:
        """Raises UserError for settings that do not go with these data."""
        if settings.architecture not in self.architectures:
            raise UserError(
                f"architecture={settings.architecture} is for images; data={self.name} needs {' or '.join(self.architectures)}."
            )
        if settings.conditional == "yes" and not self.classes:
            raise UserError(f"conditional=yes needs labels, and data={self.name} has none; add --set conditional=no.")
        if settings.conditional == "yes" and settings.label_size % len(self.classes):
            raise UserError(
                f"Setting label_size cannot be {settings.label_size}: data={self.name} has {len(self.classes)} classes, "
                "and it is a multiple of their number."
            )

    def check_images(self, where: str) -> None:
        """Raises UserError, naming ``where`` the samples are from, if they are no images."""


class RecordedData(Dataset):
    """Images as far as a run has kept what they are, without looking for them."""

    def __init__(self, name: str, record: Mapping[str, Any], reopen: Optional[Callable[[], Dataset]] = None) -> None:
        """reopen: gives what it is a record of, if it may still be there, or raises UserError.

        Raises KeyError, TypeError or ValueError if ``record`` is not what :meth:`Dataset.record` gives.
        """
        self._record, self._reopen = record, reopen
        self.name = self.title = name
        self.shape, self.classes, self._fingerprint = tuple(record["shape"]), tuple(record["classes"]), record["sha256"]
        if len(self.shape) != 3 or not all(type(size) is int and size > 0 for size in self.shape):
            raise ValueError(record)
        if not all(isinstance(text, str) for text in (*self.classes, self._fingerprint)):
            raise ValueError(record)

    def load(self, split: str) -> LabelledImages:
        """As what it is a record of. Raises UserError if that is not there as it was."""
        if self._reopen is not None:
            now = self._reopen()
            if now.record() == self._record:
                return now.load(split)
        raise UserError(f"The data of this run, {self.name}, are not here, or not as they were; bring them back.")

    def record(self) -> Dict[str, Any]:
        return dict(self._record)

    def fingerprint(self) -> str:
        return self._fingerprint
