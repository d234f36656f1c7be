"""Evidence that is no run: toy.json and perfect.json, read as they were written or refused in one sentence."""

import sys
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from thesis_gan import files
from thesis_gan.errors import Damaged

SMALLEST = 1e-38  # about the smallest float32; a gradient's norm below it counts as so large, so that it has a logarithm


def read(path: Path, command: str, is_whole: Callable[[Any], bool]) -> Optional[Dict[str, Any]]:
    """What ``path`` holds, None where there is no such file.

    is_whole: whether the content is what ``thesis-gan COMMAND`` writes.  Raises Damaged, naming the file and that command, if
    it is not, or is no JSON.
    """
    if not path.exists():
        return None
    try:
        content = files.read_json(path)
    except Damaged:
        content = None
    if not is_whole(content):
        raise Damaged(f"{path} is damaged; make it anew with `thesis-gan {command} --output {path.parent}`.")
    return content


def conforms(content: Any, shape: Any) -> bool:
    """Whether ``content``, as read from JSON, has ``shape``, which is one of:

    {"key": shape, ...}: an object with at least these keys.  {test: shape}: an object, not empty, whose keys all pass the test.
    [shape]: a list of such, not empty.  A test: a function of the value, true or false.
    """
    if isinstance(shape, dict):
        if not isinstance(content, dict):
            return False
        test, of_all = next(iter(shape.items()))
        if callable(test):
            return len(content) > 0 and all(test(key) and conforms(value, of_all) for key, value in content.items())
        return all(key in content and conforms(content[key], part) for key, part in shape.items())
    if isinstance(shape, list):
        return isinstance(content, list) and len(content) > 0 and all(conforms(entry, shape[0]) for entry in content)
    return shape(content)


def is_text(value: Any) -> bool:
    """Whether ``value`` is a text."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Whether ``value`` is a finite number; true and false are none."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def is_positive(value: Any) -> bool:
    """Whether ``value`` is a finite number above 0."""
    return is_number(value) and value > 0


def is_share(value: Any) -> bool:
    """Whether ``value`` is a number from 0 to 1."""
    return is_number(value) and 0 <= value <= 1
