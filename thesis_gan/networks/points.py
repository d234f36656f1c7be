"""Networks of points in the plane instead of images: chains of rectified layers, the critic's as deep as asked (thesis, Fig. 11).

Those of a run are of four layers each, as in the code that Gulrajani et al. published with their paper (2017).
"""

from typing import Tuple

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.networks.layered_critic import LayeredCritic
from thesis_gan.networks.mlp import UNITS, dense_layers

autograd, nn = mx.autograd, mx.gluon.nn

DEPTH = 4  # layers of a run's networks


class PointGenerator(mx.gluon.HybridBlock):
    """z (N, z_size) in [-1, 1] -> points (N, *shape) anywhere, through three layers of 16 width rectified units."""

    def __init__(self, z_size: int, width: int, shape: Tuple[int, ...]) -> None:
        super().__init__()
        units = UNITS * width
        with self.name_scope():
            self.layers = nn.HybridSequential()
            for place in range(DEPTH - 1):
                self.layers.add(nn.Dense(units, activation="relu", in_units=units if place else z_size))
            self.layers.add(nn.Dense(*shape, in_units=units))

    def hybrid_forward(self, F, z):
        return self.layers(z)


class ToyCritic(LayeredCritic):
    """Points (N, inputs) -> scores (N, 1), through ``depth`` layers, the output among them, of ``units`` rectified units.

    norm: as of :func:`dense_layers`.
    """

    def __init__(self, depth: int, units: int, inputs: int = 2, norm: str = "none") -> None:
        # Gulrajani et al. 2017 have ReLU here: slope 0.
        super().__init__(*dense_layers(depth, units, inputs, norm, slope=0.0))


class PointCritic(ToyCritic):
    """The critic of a run: of 16 width units. classes: 0, as points have no labels."""

    def __init__(self, width: int, shape: Tuple[int, ...], norm: str = "none", classes: int = 0) -> None:
        if classes:
            raise ValueError("points have no labels")
        super().__init__(DEPTH, UNITS * width, *shape, norm=norm)


def gradient_norms(critic: LayeredCritic, x: mx.nd.NDArray) -> np.ndarray:
    """(layers with weights,): mean over i of ||d D(x_i) / d h||_2, h being what each such layer takes in; the first is x itself.

    By which factor these change from layer to layer is by which gradients explode or vanish with depth.
    """
    steps = []
    for layer in critic.layers:
        x = x.detach()
        x.attach_grad()
        with autograd.record():
            y = layer(x)
        steps.append((layer, x, y))
        x = y
    gradient, norms = mx.nd.ones_like(x), []
    for layer, x, y in reversed(steps):
        y.backward(gradient)
        gradient = x.grad
        if hasattr(layer, "weight"):
            norms.append(gradient.square().sum(axis=1).sqrt().mean().asscalar())
    return np.array(norms[::-1], np.float64)
