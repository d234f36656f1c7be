"""The networks of an architecture by its name, told the label or not."""

from functools import partial

from thesis_gan._compat import mx
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator

GENERATORS = {
    ("dcgan", "float32"): DCGANGenerator,
    ("dcgan", "bfloat16"): partial(DCGANGenerator, precision="bfloat16"),
    ("mlp", "float32"): MLPGenerator,
}
CRITICS = {
    ("dcgan", "float32"): DCGANCritic,
    ("dcgan", "bfloat16"): partial(DCGANCritic, precision="bfloat16"),
    ("mlp", "float32"): MLPCritic,
}


def make_generator(
    architecture: str, z_size: int, width: int, classes: int, label_size: int, precision: str = "float32"
) -> mx.gluon.HybridBlock:
    """A new generator, "dcgan" or "mlp". classes: of the label, 0 for a generator that is told none.

    precision: "float32", or for a "dcgan" "bfloat16" too.
    """
    kind = GENERATORS[architecture, precision]
    if not classes:
        return kind(z_size, width)
    return ConditionalGenerator(kind(z_size + label_size, width), classes, label_size)


def make_critic(architecture: str, width: int, norm: str, classes: int, precision: str = "float32") -> mx.gluon.HybridBlock:
    """A new critic with the normalisation "batch", "layer", "spectral" or "none"; the other arguments as above."""
    return CRITICS[architecture, precision](width, norm=norm, classes=classes)
