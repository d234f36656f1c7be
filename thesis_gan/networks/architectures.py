"""The networks of an architecture by its name, of images or of points, told the label or not."""

from functools import partial

from thesis_gan._compat import mx
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator
from thesis_gan.networks.points import PointCritic, PointGenerator

GENERATORS = {
    ("images", "dcgan", "float32"): DCGANGenerator,
    ("images", "dcgan", "bfloat16"): partial(DCGANGenerator, precision="bfloat16"),
    ("images", "mlp", "float32"): MLPGenerator,
    ("points", "mlp", "float32"): PointGenerator,
}
CRITICS = {
    ("images", "dcgan", "float32"): DCGANCritic,
    ("images", "dcgan", "bfloat16"): partial(DCGANCritic, precision="bfloat16"),
    ("images", "mlp", "float32"): MLPCritic,
    ("points", "mlp", "float32"): PointCritic,
}


def make_generator(
    architecture: str,
    z_size: int,
    width: int,
    classes: int,
    label_size: int,
    precision: str = "float32",
    of: str = "images",
) -> mx.gluon.HybridBlock:
    """A new generator, "dcgan" or "mlp". classes: of the label, 0 for a generator that is told none.

    precision: "float32", or for a "dcgan" "bfloat16" too.  of: "images", or for an "mlp" that is told no label "points" too.
    """
    kind = GENERATORS[of, architecture, precision]
    if not classes:
        return kind(z_size, width)
    return ConditionalGenerator(kind(z_size + label_size, width), classes, label_size)


def make_critic(
    architecture: str, width: int, norm: str, classes: int, precision: str = "float32", of: str = "images"
) -> mx.gluon.HybridBlock:
    """A new critic with the normalisation "batch", "layer", "spectral" or "none"; the other arguments as above."""
    return CRITICS[of, architecture, precision](width, norm=norm, classes=classes)
