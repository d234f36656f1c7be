"""The networks of an architecture by its name, for data of a shape, told the label or not."""

from typing import Any, Dict, Tuple

from thesis_gan._compat import mx
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator
from thesis_gan.networks.points import PointCritic, PointGenerator

# By the number of dimensions: images are (C, H, W), points (2,).
GENERATORS = {("dcgan", 3): DCGANGenerator, ("mlp", 3): MLPGenerator, ("mlp", 1): PointGenerator}
CRITICS = {("dcgan", 3): DCGANCritic, ("mlp", 3): MLPCritic, ("mlp", 1): PointCritic}


def make_generator(
    architecture: str, z_size: int, width: int, label_size: int, precision: str, shape: Tuple[int, ...], classes: int
) -> mx.gluon.HybridBlock:
    """A new generator, "dcgan" or "mlp", of what has this shape: images (C, H, W), or for an "mlp" points too.

    precision: "float32", or for a "dcgan" "bfloat16" too.  classes: of the label, 0 for a generator that is told none.
    Raises UserError for a shape that the architecture cannot make.
    """
    kind, options = GENERATORS[architecture, len(shape)], _options(precision)
    if not classes:
        return kind(z_size, width, shape, **options)
    return ConditionalGenerator(kind(z_size + label_size, width, shape, **options), classes, label_size)


def make_critic(
    architecture: str, width: int, norm: str, precision: str, shape: Tuple[int, ...], classes: int
) -> mx.gluon.HybridBlock:
    """A new critic with the normalisation "batch", "layer", "spectral" or "none"; the other arguments as above."""
    return CRITICS[architecture, len(shape)](width, shape, norm, classes, **_options(precision))


def _options(precision: str) -> Dict[str, Any]:
    return {} if precision == "float32" else {"precision": precision}
