"""The networks of an architecture by its name, told the label or not."""

from thesis_gan._compat import mx
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator


def make_generator(architecture: str, z_size: int, width: int, classes: int, label_size: int) -> mx.gluon.HybridBlock:
    """A new generator, "dcgan" or "mlp". classes: of the label, 0 for a generator that is told none."""
    kind = {"dcgan": DCGANGenerator, "mlp": MLPGenerator}[architecture]
    if not classes:
        return kind(z_size, width)
    return ConditionalGenerator(kind(z_size + label_size, width), classes, label_size)


def make_critic(architecture: str, width: int, norm: str, classes: int) -> mx.gluon.HybridBlock:
    """A new critic with the normalisation "batch", "layer", "spectral" or "none"; the other arguments as above."""
    kind = {"dcgan": DCGANCritic, "mlp": MLPCritic}[architecture]
    return kind(width, norm=norm, classes=classes)
