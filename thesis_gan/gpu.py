"""NVIDIA's cards as their driver tells of them, and which of them MXNet's GPU build can use. Needs neither MXNet nor NumPy."""

import ctypes
import sys
from typing import List, NamedTuple

DRIVER = "libcuda.so.1"

# The library of mxnet-cu112 1.9.1 holds machine code for 5.0, 6.0, 7.0, 8.0 and 8.6 and no PTX (read from its fat binaries). A
# card runs the code of its own major number with the same minor number or a smaller one, and no other.
OLDEST, NEWEST = 5, 8
CARDS = "compute capability 5.0 to 8.9, Maxwell to Ada: GeForce GTX 900 to RTX 40, V100, A100, L40"

# Attributes in cuda.h
MAJOR, MINOR = 75, 76


class Card(NamedTuple):
    """A card's place in the driver's list, its name, and its compute capability."""

    index: int
    name: str
    major: int
    minor: int

    @property
    def usable(self) -> bool:
        """Whether MXNet's GPU build holds machine code for it."""
        return OLDEST <= self.major <= NEWEST

    def __str__(self) -> str:
        return f"{self.name} (compute capability {self.major}.{self.minor})"


def cards(driver: str = DRIVER) -> List[Card]:
    """The cards that the driver shows to this process, in its order. None without a driver, or where it does not start."""
    number = ctypes.c_int()
    try:
        cuda = ctypes.CDLL(driver)
        _call(cuda.cuInit, 0)
        _call(cuda.cuDeviceGetCount, ctypes.byref(number))
        return [_card(cuda, index) for index in range(number.value)]
    except (OSError, AttributeError):  # no driver of CUDA 2 or later, or one without a card
        return []


def _card(cuda: ctypes.CDLL, index: int) -> Card:
    device, name = ctypes.c_int(), ctypes.create_string_buffer(256)
    _call(cuda.cuDeviceGet, ctypes.byref(device), index)
    _call(cuda.cuDeviceGetName, name, len(name), device)
    numbers = []
    for attribute in (MAJOR, MINOR):
        number = ctypes.c_int()
        _call(cuda.cuDeviceGetAttribute, ctypes.byref(number), attribute, device)
        numbers.append(number.value)
    return Card(index, name.value.decode(errors="replace"), *numbers)


def _call(function, *arguments) -> None:
    if function(*arguments) != 0:
        raise OSError("a call of the driver failed")


def unusable(found: List[Card]) -> str:
    """Why none of ``found`` can be used, as the first half of a sentence; empty where one can, or where there is none."""
    if not found or any(card.usable for card in found):
        return ""
    which = " nor ".join(str(card) for card in found)
    newer = any(card.major > NEWEST for card in found)
    return f"MXNet's GPU build has no machine code for {which}, too {'new' if newer else 'old'} for it; it knows {CARDS}"


if __name__ == "__main__":  # what a user is asked for, and what the tests call with a driver of their own
    for card in cards(*sys.argv[1:]):
        print(card, "usable" if card.usable else "not usable")
