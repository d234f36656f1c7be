"""One small file per GAN. A file put here is a method: ``find`` and ``names`` see every subclass of Method with a name.

To add a variant, write such a file: the losses, and the settings where they are not the common ones. See dcgan.py.
"""

from typing import List, Type

from thesis_gan.discover import named
from thesis_gan.errors import UserError, nearest
from thesis_gan.methods.base import Batch, Method

__all__ = ["Batch", "Method", "find", "names"]


def names(in_thesis: bool = False) -> List[str]:
    """Names of all methods, or of those that the thesis trains, in the order of the table."""
    return [name for name, method in named(Method, __name__).items() if method.in_thesis or not in_thesis]


def find(name: str) -> Type[Method]:
    """The method called ``name``. Raises UserError, listing the valid names, if there is none."""
    methods = named(Method, __name__)
    if name not in methods:
        raise UserError(f"There is no method {name!r}; {nearest(name, methods)}the methods are: {', '.join(methods)}.")
    return methods[name]
