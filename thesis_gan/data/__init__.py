"""What is learnt. A file put here is a data set: ``find`` and ``names`` see every subclass of Dataset with a name.

To add one, write such a file: its shape, its classes, and how its images are had. See mnist.py.
"""

from typing import Dict, List

from thesis_gan.data.base import Dataset, LabelledImages, RecordedData
from thesis_gan.discover import named
from thesis_gan.errors import UserError, nearest

__all__ = ["Dataset", "LabelledImages", "find", "names", "recorded", "references"]


def names() -> List[str]:
    """Names of all data sets."""
    return list(named(Dataset, __name__))


def find(name: str) -> Dataset:
    """The data set called ``name``. Raises UserError, listing the valid names, if there is none."""
    datasets = named(Dataset, __name__)
    if name not in datasets:
        raise UserError(f"There is no data set {name!r}; {nearest(name, datasets)}the data sets are: {', '.join(datasets)}.")
    return datasets[name]()


def recorded(name: str, record: Dict) -> Dataset:
    """The data set called ``name``, of which a run kept ``record`` (:meth:`Dataset.record`).

    Where it is no longer there, or has another shape or other classes by now, it is what the run knows of it, without images.
    Raises KeyError, TypeError or ValueError if ``record`` is no such record.
    """
    try:
        now = find(name)
    except UserError:
        return RecordedData(name, record)
    return now if (list(now.shape), list(now.classes)) == (record["shape"], record["classes"]) else RecordedData(name, record)


def references() -> Dict[str, Dataset]:
    """The data sets whose test images others can be scored against, by the name of that reference."""
    datasets = (kind() for kind in named(Dataset, __name__).values())
    return {dataset.reference: dataset for dataset in datasets if dataset.reference}
