"""A generator in operators that other programs know: the same weights, the same images but for the last bits.

Two things in our graphs are there for MXNet's sake, and ONNX has no word for one of them: the last convolution is taken apart
into a product and ``col2im``, because MXNet cannot differentiate it whole; and a convolution with ones only changes how maps lie
in memory. Who only draws images needs neither, so here the first is one transposed convolution again, and the second is left out.
"""

from thesis_gan._compat import mx
from thesis_gan.networks.layers import BatchNorm
from thesis_gan.networks.to_image import ConvolutionToImage


def make_portable(generator: mx.gluon.HybridBlock) -> None:
    """Change ``generator``, in float32 and not called yet, to that form. It draws as before, but can be trained no longer."""

    def convert(block):
        if isinstance(block, ConvolutionToImage):
            block.whole = True
        if isinstance(block, BatchNorm):
            block.reorder = False

    generator.apply(convert)
