"""Subclasses with a name, found in the files of a package: a file put there is found, and nothing has to be told of it."""

import importlib
import pkgutil
from typing import Dict, List, Type, TypeVar

T = TypeVar("T")


def named(base: Type[T], package: str) -> Dict[str, Type[T]]:
    """Every subclass of ``base`` that gives itself a ``name``, by that name, the modules of ``package`` imported first.

    In their ``order``, a number that each has, and by name where that is equal.
    """
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")
    found: Dict[str, Type[T]] = {}
    waiting: List[Type[T]] = [base]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__dict__.get("name"):
            found[kind.name] = kind
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))
