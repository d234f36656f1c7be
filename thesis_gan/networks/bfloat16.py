"""Layers whose product is computed in bfloat16: 8 bits of precision instead of 24, and two products in the time of one.

Parameters, batch norm's statistics, losses and optimizers stay float32: a layer rounds what it multiplies, and sums in float32
(oneDNN). So do its gradients, rounded at the same places. A product is worth its casts where there is much to multiply: not where
images come in, in the layer of one score, nor in the generator's projection. With batch norm the maps stay in bfloat16 from there
to the last such product, which saves the way back and forth; in critics without, which may be penalised, each product goes back.
"""

from functools import partial
from typing import Any, Dict

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks.layers import BatchNorm, Convolution, LeakyReLU, Output
from thesis_gan.networks.spectral import SpectralConvolution
from thesis_gan.networks.to_image import ConvolutionToImage

autograd, nd, nn = mx.autograd, mx.nd, mx.gluon.nn

# Where the gradient of a transposed convolution's weight is faster as a convolution (ours: measured, benchmarks/RESULTS.md).
ENOUGH_IMAGES, SMALL_SIDE = 32, 8

BFLOAT16 = np.dtype([("bfloat16", np.uint16)])  # MXNet's name for what NumPy has not


def _low(F, array):
    return F.amp_cast(array, dtype=BFLOAT16)


def _high(F, array):
    return F.amp_cast(array, dtype="float32")


class BFloat16Convolution(Convolution):
    """As Convolution, its product and that of its tangent pass in bfloat16; told no label.

    keep: whether the product is left in bfloat16; else it is float32 again.
    """

    def __init__(self, channels: int, in_channels: int, keep: bool = False) -> None:
        super().__init__(channels, in_channels)
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
    """As Gluon's Conv2DTranspose with stride 2 and without a bias, in bfloat16, in which its result is left.

    MXNet 1.9.1 cannot differentiate a transposed convolution whose weight is computed, be it only cast. So its gradients are
    written out (:class:`_TransposedConvolution`), which no graph can hold: the layer runs outside of graphs.
    """

    def hybridize(self, active: bool = True, **options) -> None:
        """Nothing: it is called array by array."""

    def hybrid_forward(self, F, x, weight):
        options = {key: self._kwargs[key] for key in ("kernel", "stride", "pad")}
        return _TransposedConvolution(options)(_low(F, x), weight)


class _TransposedConvolution(autograd.Function):
    """Maps in bfloat16 (N, I, H, W), weight in float32 (I, O, k, k) -> maps in bfloat16 (N, O, 2 H, 2 W).

    The weight's gradient sums over images and places. oneDNN 2.4.4's kernel for it sums over few places at a time, and under AMX
    is no faster than in float32. A convolution with the images for channels and the small maps for its kernel is the same sum:
    with 64 images, side 7, 256 to 128 maps and two threads in 16 ms in the place of 29.
    """

    def __init__(self, options: Dict[str, Any]) -> None:
        super().__init__()
        self._options = options

    def forward(self, x, weight):
        rounded = _low(nd, weight)
        self.save_for_backward(x, rounded)
        return nd.Deconvolution(x, rounded, num_filter=weight.shape[1], no_bias=True, **self._options)

    def backward(self, gradient):
        x, rounded = self.saved_tensors
        images, inputs, side, _ = x.shape
        convolution = partial(nd.Convolution, no_bias=True, num_filter=inputs, **self._options)
        if images < ENOUGH_IMAGES or side > SMALL_SIDE:
            rounded.attach_grad()
            with autograd.record():
                of_x = convolution(gradient, rounded)
            of_x.backward(x)  # so that MXNet sums over the products of gradient and x, as the weight's gradient does
            return of_x, _high(nd, rounded.grad)
        of_weight = nd.Convolution(
            nd.SwapAxis(gradient, dim1=0, dim2=1),
            nd.SwapAxis(x, dim1=0, dim2=1),
            kernel=x.shape[2:],
            dilate=self._options["stride"],
            pad=self._options["pad"],
            num_filter=inputs,
            no_bias=True,
        )
        return convolution(gradient, rounded), _high(nd, nd.SwapAxis(of_weight, dim1=0, dim2=1))


class BFloat16ConvolutionToImage(ConvolutionToImage):
    """As ConvolutionToImage, its product in bfloat16; the patches are added in float32."""

    def patches(self, F, x, weight, bias):
        return _high(F, super().patches(F, *(_low(F, each) for each in (x, weight, bias))))


class BFloat16BatchNorm(BatchNorm):
    """As BatchNorm, from maps in bfloat16 to such; its parameters, statistics and sums are float32."""

    def hybrid_forward(self, F, x, **parameters):
        return super().hybrid_forward(F, _low(F, x), **parameters)


class BFloat16LeakyReLU(LeakyReLU):
    """As LeakyReLU, from maps in bfloat16 to such."""

    def hybrid_forward(self, F, x):
        return super().hybrid_forward(F, _low(F, x))


class BFloat16Output(Output):
    """As Output, of maps in bfloat16; the score is float32, and its product too."""

    def hybrid_forward(self, F, x, **parameters):
        return super().hybrid_forward(F, _high(F, x), **parameters)


def check_bfloat16(context: mx.Context) -> None:
    """Raises UserError where MXNet cannot compute in bfloat16: on a GPU, and on a processor without AVX-512."""
    if context.device_type != "cpu":
        raise UserError("precision=bfloat16 is for the CPU only; leave it out, or use --device cpu.")
    image, kernel = (_low(nd, nd.ones((1, 16, 4, 4), ctx=context)) for _ in range(2))
    try:
        _high(nd, nd.Convolution(image, kernel, kernel=(4, 4), num_filter=1, no_bias=True)).wait_to_read()
    except mx.MXNetError:
        raise UserError("precision=bfloat16 needs a processor with AVX-512, and this is none; leave it out.") from None
