"""A critic of points instead of images: a chain of rectified layers, as deep as asked (thesis, Fig. 11)."""

from typing import List

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.networks.layers import Dense, LayeredCritic, LeakyReLU

autograd = mx.autograd


class ToyCritic(LayeredCritic):
    """Points (N, inputs) -> scores (N, 1), through ``depth`` layers, the output among them, of ``units`` rectified units."""

    def __init__(self, depth: int, units: int, inputs: int = 2) -> None:
        layers: List[mx.gluon.HybridBlock] = []
        for place in range(depth - 1):
            # Gulrajani et al. 2017 have ReLU here: slope 0.
            layers += [Dense(units, inputs if place == 0 else units), LeakyReLU(slope=0.0)]
        super().__init__(*layers, Dense(1, units))


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
