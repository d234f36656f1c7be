"""Generator and critic for 28x28 images by the DCGAN guidelines (thesis §2.3; Radford et al. 2015, §3).

Strided convolutions in place of pooling, batch norm in both, no fully connected hidden layers, ReLU in the generator with a
tanh output, LeakyReLU (slope 0.2) in the critic. ``width`` is the number of maps of the critic's first layer.
"""

from functools import partial

from thesis_gan._compat import mx
from thesis_gan.networks.bfloat16 import (
    BFloat16BatchNorm,
    BFloat16Conv2DTranspose,
    BFloat16Convolution,
    BFloat16ConvolutionToImage,
    BFloat16LeakyReLU,
    BFloat16Output,
    SpectralBFloat16Convolution,
)
from thesis_gan.networks.layered_critic import LayeredCritic
from thesis_gan.networks.layers import BatchNorm, Convolution, LeakyReLU, Output, normalisation
from thesis_gan.networks.spectral import SpectralConvolution, SpectralDense
from thesis_gan.networks.to_image import ConvolutionToImage

nn = mx.gluon.nn

# The layers that differ with the precision.
TRANSPOSED = {"float32": nn.Conv2DTranspose, "bfloat16": BFloat16Conv2DTranspose}
TO_IMAGE = {"float32": ConvolutionToImage, "bfloat16": BFloat16ConvolutionToImage}
BATCH_NORM = {"float32": BatchNorm, "bfloat16": BFloat16BatchNorm}
CONVOLUTION = {"float32": Convolution, "bfloat16": BFloat16Convolution}
SPECTRAL_CONVOLUTION = {"float32": SpectralConvolution, "bfloat16": SpectralBFloat16Convolution}


class DCGANGenerator(mx.gluon.HybridBlock):
    """z (N, z_size) in [-1, 1] -> images (N, channels, 28, 28) in [-1, 1]; maps 4 width 7x7, 2 width 14x14, channels 28x28.

    precision: "float32", or "bfloat16" from the first batch norm to the last product.
    """

    def __init__(self, z_size: int, width: int, channels: int = 1, precision: str = "float32") -> None:
        super().__init__()
        self._shape = (-1, 4 * width, 7, 7)
        with self.name_scope():
            # A transposed convolution from a 1x1 map to 7x7 is this product; oneDNN is faster and safer at it.
            self.project = nn.Dense(4 * width * 7 * 7, use_bias=False, in_units=z_size)
            self.norm1 = BATCH_NORM[precision](4 * width, reorder=True)
            self.up1 = TRANSPOSED[precision](2 * width, 4, 2, 1, use_bias=False, in_channels=4 * width)
            self.norm2 = BATCH_NORM[precision](2 * width)
            self.up2 = TO_IMAGE[precision](channels, 2 * width, size=28)

    def hybrid_forward(self, F, z):
        maps = F.Activation(self.norm1(F.reshape(self.project(z), self._shape)), "relu")
        maps = F.Activation(self.norm2(self.up1(maps)), "relu")
        return F.Activation(self.up2(maps), "tanh")


class DCGANCritic(LayeredCritic):
    """Images (N, channels, 28, 28) -> scores (N, 1); maps width 14x14, 2 width 7x7.

    norm: "batch" (DCGAN, WGAN), or "none" or "layer" under a gradient penalty, which needs the score of an image not to
    depend on the others of its batch (Gulrajani et al. 2017, §4), or "spectral", of every layer (Miyato et al. 2018).
    classes: if not 0, it is told one-hot labels (N, classes), which are broadcast to 28x28 and stacked with the image
    (thesis §2.4).
    precision: "float32", or "bfloat16" for the product of the second layer and, with batch norm, from the first activation to
    the last.
    """

    def __init__(self, width: int, channels: int = 1, norm: str = "batch", classes: int = 0, precision: str = "float32") -> None:
        in_units = 2 * width * 7 * 7
        convolution, activation, second, output = Convolution, LeakyReLU, CONVOLUTION[precision], Output(in_units)
        if norm == "batch" and precision == "bfloat16":
            activation, second, output = BFloat16LeakyReLU, partial(BFloat16Convolution, keep=True), BFloat16Output(in_units)
        if norm == "spectral":
            convolution, second, output = SpectralConvolution, SPECTRAL_CONVOLUTION[precision], SpectralDense(1, in_units)
        super().__init__(
            convolution(width, channels, classes),
            activation(),
            second(2 * width, in_channels=width),
            *normalisation(norm, 2 * width),
            activation(),
            output,
        )
