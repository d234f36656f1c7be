"""Generators that draw in the report: their layers and weights as the page's generator.js computes them.

A layer is a product (kind "dense") or a 4x4 transposed convolution with stride 2 (kind "up"); then each of its maps is scaled
and shifted, as batch norm does once training has ended, and goes through ReLU or tanh. Weights are float16: halved in size,
they move an image by less than two grey levels. Scales and shifts, which are few, stay float32.
"""

import base64
from functools import singledispatch
from typing import Any, Dict, List, Optional

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANGenerator
from thesis_gan.networks.mlp import MLPGenerator
from thesis_gan.runs.run import Run

Layer = Dict[str, Any]


def for_page(run: Run) -> Optional[Dict[str, Any]]:
    """The run's generator as JSON, or None if its weights are not there or are no numbers of float16."""
    if not run.has_generator:
        return None
    generator, classes = run.generator(mx.cpu(), precision="float32"), 0
    if isinstance(generator, ConditionalGenerator):
        generator, classes = generator.generator, run.gan.told_classes
    described = layers(generator)
    if not described:
        return None
    return {
        "run": run.name,
        "title": run.method.title,
        "z": run.settings.z_size,
        "classes": list(run.data.classes) if classes else [],
        "repeats": run.settings.label_size // classes if classes else 0,
        "shape": list(run.data.shape),
        "layers": described,
    }


@singledispatch
def layers(generator: mx.gluon.HybridBlock) -> List[Layer]:
    """The generator's layers, first to last; none of a generator that the page cannot compute."""
    return []


@layers.register
def _(generator: DCGANGenerator) -> List[Layer]:
    stages = generator._stages
    products = [generator.project, *stages[1::2]]
    described = [_layer(product, "relu", norm) for product, norm in zip(products, stages[::2])]
    return _finite([*described, _layer(products[-1], "tanh")])


@layers.register
def _(generator: MLPGenerator) -> List[Layer]:
    blocks = list(generator.layers)
    return _finite([_layer(block, "tanh" if block is blocks[-1] else "relu") for block in blocks])


def _layer(product: mx.gluon.HybridBlock, activation: str, norm: Optional[mx.gluon.HybridBlock] = None) -> Layer:
    weight = product.weight.data().asnumpy()
    kind = "dense" if weight.ndim == 2 else "up"
    if norm is None:
        shift = product.bias.data().asnumpy()
        scale = np.ones_like(shift)
    else:
        gamma, beta, mean, variance = (
            parameter.data().asnumpy().astype(np.float64)
            for parameter in (norm.gamma, norm.beta, norm.running_mean, norm.running_var)
        )
        scale = gamma / np.sqrt(variance + norm._kwargs["eps"])
        shift = beta - mean * scale
    return {
        "kind": kind,
        "shape": list(weight.shape),  # (outputs, inputs), or (inputs, outputs, 4, 4)
        "activation": activation,
        "weight": weight.astype("<f2"),
        "scale": scale.astype("<f4"),
        "shift": shift.astype("<f4"),
    }


def _finite(described: List[Layer]) -> List[Layer]:
    arrays = ("weight", "scale", "shift")
    if not all(np.isfinite(layer[name]).all() for layer in described for name in arrays):
        return []
    return [{**layer, **{name: base64.b64encode(layer[name].tobytes()).decode() for name in arrays}} for layer in described]
