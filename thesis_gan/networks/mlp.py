"""Multilayer perceptrons of images: the networks of the first GAN (thesis §2.1; Goodfellow et al. 2014, §5).

Two hidden layers each, of 16 ``width`` units, so that one setting scales every architecture. Goodfellow et al. give no sizes,
and have maxout and dropout in D; LeakyReLU in their place, and a tanh output as of the DCGAN, are ours.
"""

from typing import Tuple

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.networks.layered_critic import LayeredCritic
from thesis_gan.networks.layers import Dense, LeakyReLU, normalisation
from thesis_gan.networks.spectral import SpectralDense

nn = mx.gluon.nn

UNITS = 16  # of a hidden layer, for each unit of width


class MLPGenerator(mx.gluon.HybridBlock):
    """z (N, z_size) in [-1, 1] -> images (N, *shape) in [-1, 1], through two layers of 16 width rectified units."""

    def __init__(self, z_size: int, width: int, shape: Tuple[int, ...]) -> None:
        super().__init__()
        self._shape, units = (-1, *shape), UNITS * width
        with self.name_scope():
            self.layers = nn.HybridSequential()
            self.layers.add(
                nn.Dense(units, activation="relu", in_units=z_size),
                nn.Dense(units, activation="relu", in_units=units),
                nn.Dense(int(np.prod(shape)), activation="tanh", in_units=units),
            )

    def hybrid_forward(self, F, z):
        return F.reshape(self.layers(z), self._shape)


class MLPCritic(LayeredCritic):
    """Images (N, *shape) -> scores (N, 1), through two layers of 16 width units.

    norm: as of :func:`dense_layers`.
    classes: if not 0, it is told one-hot labels (N, classes), which follow the pixels, as in the first CGAN (Mirza
    and Osindero 2014).
    """

    def __init__(self, width: int, shape: Tuple[int, ...], norm: str = "none", classes: int = 0) -> None:
        super().__init__(*dense_layers(3, UNITS * width, int(np.prod(shape)), norm, classes))


def dense_layers(depth: int, units: int, inputs: int, norm: str, classes: int = 0, slope: float = 0.2) -> list:
    """A critic's ``depth`` layers, the last to one score, and what is between them; the first may be told labels.

    norm: "batch", "layer", "spectral" or "none"; the first layer has only the spectral one, as in the DCGAN's critic.
    """
    dense = SpectralDense if norm == "spectral" else Dense
    layers = [dense(units, inputs, classes), LeakyReLU(slope)]
    for _ in range(depth - 2):
        layers += [dense(units, units), *normalisation(norm, units), LeakyReLU(slope)]
    return [*layers, dense(1, units)]
