"""One small file per GAN. A file put here is a method: ``find`` and ``names`` see every subclass of Method with a name.

To add a variant, write such a file: the losses, and the settings where they are not the common ones. See dcgan.py.
"""

import importlib
import pkgutil
from typing import Dict, List, Type

from thesis_gan.errors import UserError, nearest
from thesis_gan.methods.base import Batch, Method

__all__ = ["Batch", "Method", "find", "names"]


def names(in_thesis: bool = False) -> List[str]:
    """Names of all methods, or of those that the thesis trains, in the order of the table."""
    methods = _methods()
    chosen = [name for name, method in methods.items() if method.in_thesis or not in_thesis]
    return sorted(chosen, key=lambda name: (methods[name].order, name))


def find(name: str) -> Type[Method]:
    """The method called ``name``. Raises UserError, listing the valid names, if there is none."""
    methods = _methods()
    if name not in methods:
        raise UserError(f"There is no method {name!r}; {nearest(name, methods)}the methods are: {', '.join(names())}.")
    return methods[name]


def _methods() -> Dict[str, Type[Method]]:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found, waiting = {}, [Method]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__dict__.get("name"):
            found[kind.name] = kind
    return found
