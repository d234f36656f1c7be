"""Generator and critic of images by the DCGAN guidelines (thesis §2.3; Radford et al. 2015, §3).

Strided convolutions in place of pooling, batch norm in both, no fully connected hidden layers, ReLU in the generator with a
tanh output, LeakyReLU (slope 0.2) in the critic. ``width`` is the number of maps of the critic's first layer.

Each stage halves the side and doubles the maps, down to 4x4, or from 28 to 7x7: as many stages as that takes.
"""

from functools import partial
from typing import List, Tuple

from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks import bfloat16
from thesis_gan.networks.layered_critic import LayeredCritic
from thesis_gan.networks.layers import BatchNorm, Convolution, LeakyReLU, Output, normalisation
from thesis_gan.networks.spectral import SpectralConvolution, SpectralDense
from thesis_gan.networks.to_image import ConvolutionToImage

nn = mx.gluon.nn

# The layers that differ with the precision.
TRANSPOSED = {"float32": nn.Conv2DTranspose, "bfloat16": bfloat16.BFloat16Conv2DTranspose}
TO_IMAGE = {"float32": ConvolutionToImage, "bfloat16": bfloat16.BFloat16ConvolutionToImage}
BATCH_NORM = {"float32": BatchNorm, "bfloat16": bfloat16.BFloat16BatchNorm}
CONVOLUTION = {"float32": Convolution, "bfloat16": bfloat16.BFloat16Convolution}
SPECTRAL_CONVOLUTION = {"float32": SpectralConvolution, "bfloat16": bfloat16.SpectralBFloat16Convolution}


# Sides of the images and, of each, that of the smallest maps.
SMALLEST = {28: 7, 32: 4, 64: 4, 128: 4}


class DCGANGenerator(mx.gluon.HybridBlock):
    """z (N, z_size) in [-1, 1] -> images (N, *shape) in [-1, 1].

    Its maps, for 28x28: 4 width 7x7, 2 width 14x14, and the image; for 64x64: 16 width 4x4, 8 width 8x8, and so on.
    precision: "float32", or "bfloat16" from the first batch norm to the last product.  Raises UserError for another shape.
    """

    def __init__(self, z_size: int, width: int, shape: Tuple[int, ...], precision: str = "float32") -> None:
        super().__init__()
        sides = _sides(shape)
        maps = [width << place for place in reversed(range(1, len(sides)))]  # of all stages but the image
        self._shape = (-1, maps[0], sides[-1], sides[-1])
        self._stages = []
        with self.name_scope():
            # A transposed convolution from a 1x1 map to 4x4 or 7x7 is this product; oneDNN is faster and safer at it.
            self.project = nn.Dense(maps[0] * sides[-1] ** 2, use_bias=False, in_units=z_size)
            for place, (inputs, outputs) in enumerate(zip(maps, [*maps[1:], None]), 1):
                # Not in oneDNN's blocks is what a dense layer gives, and whatever comes from outside of a graph.
                reorder = place == 1 or precision == "bfloat16"
                self._add(f"norm{place}", BATCH_NORM[precision](inputs, reorder))
                if outputs:
                    self._add(f"up{place}", TRANSPOSED[precision](outputs, 4, 2, 1, use_bias=False, in_channels=inputs))
                else:
                    self._add(f"up{place}", TO_IMAGE[precision](shape[0], inputs, size=sides[0]))

    def _add(self, name: str, block: mx.gluon.HybridBlock) -> None:
        setattr(self, name, block)
        self._stages.append(block)

    def hybridize(self, active: bool = True, **options) -> None:
        """As one graph, or, where a layer is in none (bfloat16), the others as a graph each."""
        super().hybridize(active, **options)
        self._active = active and not any(isinstance(stage, bfloat16.BFloat16Conv2DTranspose) for stage in self._stages)

    def hybrid_forward(self, F, z):
        maps = F.reshape(self.project(z), self._shape)
        for norm, up in zip(self._stages[::2], self._stages[1::2]):
            maps = up(F.Activation(norm(maps), "relu"))
        return F.Activation(maps, "tanh")


class DCGANCritic(LayeredCritic):
    """Images (N, *shape) -> scores (N, 1); maps, for 28x28: width 14x14, 2 width 7x7; for 64x64: width 32x32 to 8 width 4x4.

    norm: "batch" (DCGAN, WGAN), or "none" or "layer" under a gradient penalty, which needs the score of an image not to
    depend on the others of its batch (Gulrajani et al. 2017, §4), or "spectral", of every layer (Miyato et al. 2018).
    classes: if not 0, it is told one-hot labels (N, classes), which are broadcast to the size of the image and stacked with it
    (thesis §2.4).
    precision: "float32", or "bfloat16" for the products between the first layer and the last and, with batch norm, from the
    first activation to the last.
    Raises UserError for another shape.
    """

    def __init__(
        self, width: int, shape: Tuple[int, ...], norm: str = "batch", classes: int = 0, precision: str = "float32"
    ) -> None:
        sides = _sides(shape)
        maps = [width << place for place in range(len(sides) - 1)]
        in_units = maps[-1] * sides[-1] ** 2
        first, activation, convolution, output = Convolution, LeakyReLU, CONVOLUTION[precision], Output(in_units)
        if norm == "batch" and precision == "bfloat16":
            activation, convolution = bfloat16.BFloat16LeakyReLU, partial(bfloat16.BFloat16Convolution, keep=True)
            output = bfloat16.BFloat16Output(in_units)
        if norm == "spectral":
            first, convolution, output = SpectralConvolution, SPECTRAL_CONVOLUTION[precision], SpectralDense(1, in_units)
        layers = [first(width, shape[0], classes, side=sides[0]), activation()]
        for inputs, outputs in zip(maps, maps[1:]):
            layers += [convolution(outputs, in_channels=inputs), *normalisation(norm, outputs), activation()]
        super().__init__(*layers, output)


def _sides(shape: Tuple[int, ...]) -> List[int]:
    """Of maps, from the image (C, H, W) to the smallest. Raises UserError for images that these networks are not made for."""
    _, height, width = shape
    if height != width or height not in SMALLEST:
        sides = ", ".join(map(str, SMALLEST))
        raise UserError(
            f"architecture=dcgan is for square images of side {sides}, and these are {height}x{width}; "
            "resize them, or use architecture=mlp."
        )
    sides = [height]
    while sides[-1] > SMALLEST[height]:
        sides.append(sides[-1] // 2)
    return sides
