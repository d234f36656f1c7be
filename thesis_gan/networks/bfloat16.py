"""Layers whose product is computed in bfloat16: 8 bits of precision instead of 24, and two products in the time of one.

Parameters, batch norm's statistics, losses and optimizers stay float32: a layer rounds what it multiplies, and sums in float32
(oneDNN). So do its gradients, rounded at the same places. A product is worth its casts where there is much to multiply: not where
images come in, in the layer of one score, nor in the generator's projection. With batch norm the maps stay in bfloat16 from there
to the last such product, which saves the way back and forth; in critics without, which may be penalised, each product goes back.
"""

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks.layers import BatchNorm, Convolution, LeakyReLU, Output, in_blocks, value
from thesis_gan.networks.spectral import SpectralConvolution
from thesis_gan.networks.to_image import ConvolutionToImage

autograd, nd, nn = mx.autograd, mx.nd, mx.gluon.nn

BFLOAT16 = np.dtype([("bfloat16", np.uint16)])  # MXNet's name for what NumPy has not


def _low(F, array):
    return F.amp_cast(array, dtype=BFLOAT16)


def _high(F, array):
    return F.amp_cast(array, dtype="float32")


class BFloat16Convolution(Convolution):
    """As Convolution, its product and that of its tangent pass in bfloat16; told no label.

    keep: whether the product is left in bfloat16; else it is float32 again.
    """

    def __init__(self, channels: int, in_channels: int, classes: int = 0, side: int = 0, keep: bool = False) -> None:
        super().__init__(channels, in_channels, classes, side)
        self._keep = keep

    def hybrid_forward(self, F, x, **parameters):
        parameters = {name: _low(F, parameter) for name, parameter in parameters.items()}
        maps = super().hybrid_forward(F, _low(F, x), **parameters)
        return maps if self._keep else _high(F, maps)

    def effective_weight(self, F, beside):
        return _low(F, super().effective_weight(F, beside))

    def tangent(self, F, v):
        return _high(F, super().tangent(F, _low(F, v)))


class SpectralBFloat16Convolution(SpectralConvolution, BFloat16Convolution):
    """As SpectralConvolution: the weight is normalised in float32, and then rounded."""

    def effective_weight(self, F, beside):
        return _low(F, super().effective_weight(F, beside))


class BFloat16Conv2DTranspose(nn.Conv2DTranspose):
    """As Gluon's Conv2DTranspose without a bias, in bfloat16, in which its result is left.

    MXNet 1.9.1 cannot differentiate a transposed convolution whose weight is computed, be it only cast: it writes the gradient
    where nothing is allocated yet. So the graph has a rounded copy for its parameter. Before the optimizer's step
    :func:`collect_gradients` brings the copy's gradient to the weight.
    """

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self._rounded = (_Rounded(self.weight),)  # within a tuple Gluon does not see it: it is not to be saved
        self.params.update({each.name: each for each in self._rounded})  # here it does: the graph finds it

    def hybrid_forward(self, F, x, weight):
        return super().hybrid_forward(F, _low(F, x), value(F, self._rounded[0], x))

    def collect_gradients(self) -> None:
        """Give the weight the gradient of its copy."""
        self._rounded[0].pass_gradient_on()


class BFloat16ConvolutionToImage(ConvolutionToImage):
    """As ConvolutionToImage, its product in bfloat16; the patches are added in float32."""

    def patches(self, F, x, weight, bias):
        return _high(F, super().patches(F, *(_low(F, each) for each in (x, weight, bias))))


class BFloat16BatchNorm(BatchNorm):
    """As BatchNorm, from maps in bfloat16 to such; its parameters, statistics and sums are float32.

    reorder_gradient: whether the gradient that comes back is not in oneDNN's blocks while the maps are. AMX's convolutions leave
    either with the channels last; and where the two lie differently, oneDNN has only a reference kernel, fifty times as slow.
    """

    def __init__(self, channels: int, reorder: bool = False, reorder_gradient: bool = False) -> None:
        super().__init__(channels, reorder)
        self._reorder_gradient = reorder_gradient

    def hybrid_forward(self, F, x, **parameters):
        maps = super().hybrid_forward(F, _low(F, x), **parameters)
        return in_blocks(F, maps, self._channels) if self._reorder_gradient else maps


class BFloat16LeakyReLU(LeakyReLU):
    """As LeakyReLU, from maps in bfloat16 to such."""

    def hybrid_forward(self, F, x):
        return super().hybrid_forward(F, _low(F, x))


class BFloat16Output(Output):
    """As Output, of maps in bfloat16; the score is float32, and its product too."""

    def hybrid_forward(self, F, x, **parameters):
        return super().hybrid_forward(F, _high(F, x), **parameters)


class _Rounded(mx.gluon.Parameter):
    """The bfloat16 copy of a parameter, made anew each time that it is asked for."""

    def __init__(self, master: mx.gluon.Parameter) -> None:
        super().__init__(f"{master.name}_bfloat16", shape=master.shape, dtype=BFLOAT16)
        self._master = master

    def initialize(self, *arguments, **options) -> None:
        """Nothing: its values are the master's."""

    def data(self, ctx=None):
        master = self._master.data(ctx)
        with autograd.pause():
            if self._data is None:
                self._load_init(_low(nd, master), [master.context])
            else:
                nd.amp_cast(master, dtype=BFLOAT16, out=self._data[0])
        return self._data[0]

    def pass_gradient_on(self) -> None:
        """Make its gradient the master's."""
        nd.amp_cast(self.grad(), dtype="float32", out=self._master.grad())
        self._master.data()._fresh_grad = True  # or the trainer takes it for one of an earlier step


def collect_gradients(network: mx.gluon.Block) -> None:
    """Bring the gradients of rounded copies to the parameters that are trained, between the backward pass and their update."""

    def collect(block):
        if isinstance(block, BFloat16Conv2DTranspose):
            block.collect_gradients()

    network.apply(collect)


def check_bfloat16(context: mx.Context) -> None:
    """Raises UserError where MXNet cannot compute in bfloat16: on a GPU, and on a processor without AVX-512."""
    if context.device_type != "cpu":
        raise UserError("precision=bfloat16 is for the CPU only; leave it out, or use --device cpu.")
    image, kernel = (_low(nd, nd.ones((1, 16, 4, 4), ctx=context)) for _ in range(2))
    try:
        _high(nd, nd.Convolution(image, kernel, kernel=(4, 4), num_filter=1, no_bias=True)).wait_to_read()
    except mx.MXNetError:
        raise UserError("precision=bfloat16 needs a processor with AVX-512, and this is none; leave it out.") from None
