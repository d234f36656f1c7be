"""The generator's last convolution: from many maps to an image twice their size."""

from thesis_gan._compat import mx


class ConvolutionToImage(mx.gluon.HybridBlock):
    """4x4 transposed convolution with stride 2 to few maps, with a bias: (N, in_channels, H, W) -> (N, channels, 2 H, 2 W).

    MXNet 1.9.1 has one, but cannot differentiate it to a single map on the CPU, and here it is slower. So it is taken apart: at
    each place the maps give a 4x4 patch of every output map, which is a product, and then overlapping patches are added up.

    size: 2 H, of square maps.
    whole: set it to have it computed by that operator after all (portable.py).
    """

    whole = False

    def __init__(self, channels: int, in_channels: int, size: int) -> None:
        super().__init__()
        self._in_channels, self._patches, self._size = in_channels, 16 * channels, (size, size)
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(in_channels, channels, 4, 4))
            self.bias = self.params.get("bias", shape=(channels,))

    def hybrid_forward(self, F, x, weight, bias):
        if self.whole:
            geometry = {"kernel": (4, 4), "stride": (2, 2), "pad": (1, 1), "num_filter": self.weight.shape[1]}
            return F.Deconvolution(x, weight, bias, no_bias=False, **geometry)
        weight = F.reshape(F.transpose(F.reshape(weight, (self._in_channels, -1))), (self._patches, -1, 1, 1))
        # Each number of the output lies in the middle 2x2 of exactly one patch: there the bias is added, and once.
        middle = F.broadcast_axis(F.reshape(bias, (1, -1, 1, 1)), axis=(2, 3), size=(2, 2))
        bias = F.reshape(F.pad(middle, mode="constant", pad_width=(0, 0, 0, 0, 1, 1, 1, 1)), (-1,))
        patches = F.reshape(self.patches(F, x, weight, bias), (0, 0, -1))
        return F.col2im(patches, output_size=self._size, kernel=(4, 4), stride=(2, 2), pad=(1, 1))

    def patches(self, F, x, weight, bias):
        """(N, in_channels, H, W) -> (N, 16 channels, H, W): the patches of each place."""
        return F.Convolution(x, weight, bias, kernel=(1, 1), num_filter=self._patches)
