"""Whether what was read from JSON is what was written there."""

import sys
from typing import Any


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
