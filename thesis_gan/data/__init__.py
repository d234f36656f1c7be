"""What is learnt. A file put here is a data set: ``find`` and ``names`` see every subclass of Dataset with a name.

To add one, write such a file: its shape, its classes, and how its images are had. See mnist.py.
"""

from types import MappingProxyType
from typing import Any, Dict, List, Mapping

from thesis_gan.data.base import Dataset, LabelledImages, RecordedData
from thesis_gan.data.own_pictures import HELD_OUT, OwnPictures, RecordedPictures, is_path
from thesis_gan.discover import named
from thesis_gan.errors import UserError, nearest
from thesis_gan.settings import SETTINGS, Settings

__all__ = ["Dataset", "LabelledImages", "as_given", "find", "names", "of", "recorded", "references"]

OPTIONS = ("image_size", "skip_broken")  # settings that say how pictures at a path are read


def names() -> List[str]:
    """Names of all data sets."""
    return list(named(Dataset, __name__))


def find(name: str, options: Mapping[str, Any] = MappingProxyType({})) -> Dataset:
    """The data set called ``name``, or the pictures at that path, read with ``options``, values of the settings in OPTIONS.

    Raises UserError, listing the valid names, if there is none, and for pictures that cannot be had.
    """
    datasets = named(Dataset, __name__)
    if name in datasets:
        return datasets[name]()
    if is_path(name):
        return OwnPictures(name, **options)
    raise UserError(
        f"There is no data set {name!r}; {nearest(name, datasets)}the data sets are: {', '.join(datasets)}, "
        "or the path of a folder of pictures, an .npz, .npy or .rec."
    )


def as_given(texts: Mapping[str, str]) -> Dataset:
    """What settings given as texts, by name, call ``data``, read with those of OPTIONS that they have. Raises as :func:`find`."""
    return find(texts["data"], {name: SETTINGS[name].check(texts[name]) for name in OPTIONS if name in texts})


def of(settings: Settings) -> Dataset:
    """What ``settings`` say is learnt. Raises UserError as :func:`find`."""
    return find(settings.data, {name: getattr(settings, name) for name in OPTIONS if hasattr(settings, name)})


def recorded(settings: Settings, record: Dict) -> Dataset:
    """What ``settings`` say a run has learnt, of which it kept ``record`` (:meth:`Dataset.record`).

    Pictures at a path, and a data set that is no longer there or has another shape or other classes by now, are what the run
    knows of them; pictures are looked for once they are wanted.
    Raises KeyError, TypeError or ValueError if ``record`` is no such record.
    """
    name = settings.data
    if HELD_OUT in record:
        return RecordedPictures(name, record, lambda: OwnPictures(name, *(getattr(settings, option) for option in OPTIONS)))
    try:
        now = find(name)
    except UserError:
        return RecordedData(name, record)
    return now if (list(now.shape), list(now.classes)) == (record["shape"], record["classes"]) else RecordedData(name, record)


def references() -> Dict[str, Dataset]:
    """The data sets whose test images others can be scored against, by the name of that reference."""
    datasets = (kind() for kind in named(Dataset, __name__).values())
    return {dataset.reference: dataset for dataset in datasets if dataset.reference}
