"""Generators and critics as HybridBlocks. They know no losses and no methods.

A critic's last layer has no sigmoid: it returns a score. A method that reads it as a probability applies the sigmoid itself.
"""

from thesis_gan.networks.conditional import ConditionalCritic, ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic, DCGANGenerator
from thesis_gan.networks.weights import initialise, load_weights, save_weights

__all__ = [
    "ConditionalCritic",
    "ConditionalGenerator",
    "DCGANCritic",
    "DCGANGenerator",
    "initialise",
    "load_weights",
    "save_weights",
]
