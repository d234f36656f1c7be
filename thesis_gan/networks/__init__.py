"""Generators and critics as HybridBlocks. They know no losses and no methods.

A critic's last layer has no sigmoid: it returns a score. A method that reads it as a probability applies the sigmoid itself.
"""

from thesis_gan.networks.architectures import make_critic, make_generator
from thesis_gan.networks.bfloat16 import check_bfloat16
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator
from thesis_gan.networks.points import PointCritic, PointGenerator, ToyCritic, gradient_norms
from thesis_gan.networks.portable import make_portable
from thesis_gan.networks.spectral import power_iteration
from thesis_gan.networks.weights import initialise, load_weights, parameters, save_weights

__all__ = [
    "ConditionalGenerator",
    "DCGANCritic",
    "DCGANGenerator",
    "MLPCritic",
    "MLPGenerator",
    "PointCritic",
    "PointGenerator",
    "ToyCritic",
    "check_bfloat16",
    "gradient_norms",
    "initialise",
    "load_weights",
    "make_critic",
    "make_generator",
    "make_portable",
    "parameters",
    "power_iteration",
    "save_weights",
]
