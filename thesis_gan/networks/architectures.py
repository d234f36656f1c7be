"""The networks that settings name, for data of a shape, told the label or not."""

from typing import Any, Dict, Tuple

from thesis_gan._compat import mx
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator
from thesis_gan.networks.points import PointCritic, PointGenerator
from thesis_gan.settings import Settings

# By the number of dimensions: images are (C, H, W), points (2,).
GENERATORS = {("dcgan", 3): DCGANGenerator, ("mlp", 3): MLPGenerator, ("mlp", 1): PointGenerator}
CRITICS = {("dcgan", 3): DCGANCritic, ("mlp", 3): MLPCritic, ("mlp", 1): PointCritic}


def make_generator(settings: Settings, shape: Tuple[int, ...], classes: int) -> mx.gluon.HybridBlock:
    """A new generator, as the settings say, of what has this shape: images (C, H, W), or for an "mlp" points too.

    classes: of the label, 0 for a generator that is told none. Raises UserError for a shape that the architecture cannot make.
    """
    kind, z_size = GENERATORS[settings.architecture, len(shape)], settings.z_size + (settings.label_size if classes else 0)
    generator = kind(z_size, settings.width, shape, **_options(settings))
    return ConditionalGenerator(generator, classes, settings.label_size) if classes else generator


def make_critic(settings: Settings, shape: Tuple[int, ...], classes: int) -> mx.gluon.HybridBlock:
    """A new critic; the arguments as above."""
    kind = CRITICS[settings.architecture, len(shape)]
    return kind(settings.width, shape, settings.critic_norm, classes, **_options(settings))


def _options(settings: Settings) -> Dict[str, Any]:
    return {} if settings.precision == "float32" else {"precision": settings.precision}
