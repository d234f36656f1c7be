"""A progress bar for what takes longer than a few seconds."""

from typing import Any, Iterable

from tqdm import tqdm

SECONDS_BEFORE_THE_BAR = 3


def bar(steps: Iterable[Any], what: str) -> Iterable[Any]:
    """``steps``, with a bar called ``what`` on a terminal once they have taken a few seconds."""
    return tqdm(steps, desc=what, delay=SECONDS_BEFORE_THE_BAR, disable=None, leave=False, dynamic_ncols=True)
