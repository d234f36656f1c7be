"""Layers of a critic, each with its linearisation.

The gradient penalty needs the parameters' gradient of a function of the input gradient: a second derivative, which MXNet 1.9.1
has not for convolutions. It is had from a *tangent pass*: the derivative of the score along a direction v of the input,
v . grad D(x), computed layer by layer as an ordinary forward graph, so that ordinary backpropagation differentiates it.

So a layer offers, beside ``layer(x)``:

    residuals(F, x, y)          what its tangent pass needs of the forward pass, a list of ``keeps`` arrays
    tangent(F, v, *residuals)   its derivative at x along v; linear in v
    piecewise_linear            whether its derivative is the same all around almost every x
"""

import warnings

from thesis_gan._compat import mx

nn = mx.gluon.nn

# A tangent pass uses no biases, being linear; Gluon would warn of that each time one is built.
warnings.filterwarnings("ignore", message=".* is not used by any computation", category=UserWarning)


class _Linear:
    """A layer that is linear but for its bias: its tangent pass needs nothing of the forward pass.

    (A label's part is added by add_n: by ``+``, with an input of a hybridised graph, MXNet 1.9.1 gets other gradients wrong.)
    """

    keeps = 0
    piecewise_linear = True

    def residuals(self, F, x, y):
        return []

    def effective_weight(self, F, beside):
        """What the layer multiplies with."""
        return value(F, self.weight, beside)

    def _of_inputs(self, F, weight):
        """The weight's part for what comes in; what follows is the label's."""
        return F.slice_axis(weight, axis=1, begin=0, end=self._inputs) if self._classes else weight


def value(F, parameter, beside):
    """A parameter as the graph's variable or, outside a hybridised graph, as its array where ``beside`` lies."""
    return parameter.var() if F is mx.sym else parameter.data(beside.context)


def in_blocks(F, maps, channels):
    """The same maps, (N, channels, H, W), in the layout in which oneDNN's convolutions leave theirs: in blocks of 16 maps.

    What follows, batch norm above all, is several times as fast on it, and takes no further reorders. MXNet offers no way to ask
    for a layout, but a convolution gives it: here one of each map by itself with the number 1.
    """
    first = F.slice(maps, begin=(0, 0, 0, 0), end=(1, channels, 1, 1))
    ones = F.ones_like(F.reshape(first, (channels, 1, 1, 1)))
    return F.Convolution(maps, ones, kernel=(1, 1), num_filter=channels, num_group=channels, no_bias=True)


class Convolution(_Linear, nn.Conv2D):
    """4x4 convolution with stride 2: (N, in_channels, H, W) -> (N, channels, H / 2, W / 2).

    classes: if not 0, it is the convolution of the image stacked with the label broadcast to one H x W map per class. Being
    linear, that is the image's part and the label's, which is computed apart (:meth:`of_label`).
    side: H and W, which it has to know for that.
    """

    def __init__(self, channels: int, in_channels: int, classes: int = 0, side: int = 0) -> None:
        super().__init__(channels, 4, 2, 1, in_channels=in_channels + classes)
        self._inputs, self._classes, self._side = in_channels, classes, side

    def hybrid_forward(self, F, x, *of_label, weight, bias):
        maps = F.Convolution(x, self._of_inputs(F, weight), bias, **self._kwargs)
        return F.add_n(maps, *of_label) if of_label else maps

    def of_label(self, F, label):
        """One-hot (N, classes) -> the label's part of the outputs, (N, channels, H / 2, W / 2).

        It is the convolution of one map of ones, made once for each class, not for each image, and looked up.
        """
        kernels = F.slice_axis(self.effective_weight(F, label), axis=1, begin=self._inputs, end=None)
        kernels = F.reshape(F.swapaxes(kernels, 0, 1), (-1, 1, *self._kwargs["kernel"]))
        corner = F.reshape(F.slice(label, begin=(0, 0), end=(1, 1)), (1, 1, 1, 1))
        ones = F.ones_like(F.broadcast_axis(corner, axis=(2, 3), size=(self._side, self._side)))
        options = dict(self._kwargs, no_bias=True, num_filter=self._classes * self._channels)
        by_class = F.reshape(F.Convolution(ones, kernels, **options), (self._classes, -1))
        maps = F.reshape(F.take(by_class, F.argmax(label, axis=1)), (-1, self._channels, self._side // 2, self._side // 2))
        return in_blocks(F, maps, self._channels)  # as the image's part is: only then is their sum

    def tangent(self, F, v):
        weight = self._of_inputs(F, self.effective_weight(F, v))
        return F.Convolution(v, weight, **dict(self._kwargs, no_bias=True))


class Dense(_Linear, nn.Dense):
    """Every input to every unit: (N, ...) -> (N, units).

    classes: if not 0, one-hot labels (N, classes) follow the inputs; their part is computed apart (:meth:`of_label`).
    """

    def __init__(self, units: int, in_units: int, classes: int = 0) -> None:
        super().__init__(units, in_units=in_units + classes)
        self._inputs, self._classes = in_units, classes

    def hybrid_forward(self, F, x, *of_label, weight, bias):
        units = F.FullyConnected(x, self._of_inputs(F, weight), bias, num_hidden=self._units)
        return F.add_n(units, *of_label) if of_label else units

    def of_label(self, F, label):
        """One-hot (N, classes) -> the label's part of the outputs, (N, units)."""
        weight = F.slice_axis(self.effective_weight(F, label), axis=1, begin=self._inputs, end=None)
        return F.dot(label, weight, transpose_b=True)

    def tangent(self, F, v):
        weight = self._of_inputs(F, self.effective_weight(F, v))
        return F.FullyConnected(v, weight, num_hidden=self._units, no_bias=True)


class Output(Dense):
    """All maps to one score: (N, ...) -> (N, 1). A convolution whose kernel is the whole map, hence no hidden layer."""

    def __init__(self, in_units: int) -> None:
        super().__init__(1, in_units)


class LeakyReLU(mx.gluon.HybridBlock):
    """max(x, slope x); its derivative is 1 or the slope, and constant around almost every x."""

    keeps = 1
    piecewise_linear = True

    def __init__(self, slope: float = 0.2) -> None:
        super().__init__()
        self._slope = slope

    def hybrid_forward(self, F, x):
        return F.LeakyReLU(x, slope=self._slope)

    def residuals(self, F, x, y):
        return [F.BlockGrad(F.clip(y * 1e38, self._slope, 1))]  # 1 where y > 0, else the slope

    def tangent(self, F, v, derivative):
        return v * derivative


class LayerNorm(mx.gluon.HybridBlock):
    """Each sample's maps brought to mean 0 and variance 1 over (C, H, W), then scaled and shifted by map (Ba et al. 2016).

    A sum along an axis, and a copy along one, is a product with a matrix of ones: MXNet's own reductions and broadcasts, and
    their derivatives, take many times as long.
    """

    keeps = 2
    piecewise_linear = False

    def __init__(self, channels: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self._epsilon = epsilon
        with self.name_scope():
            self.gamma = self.params.get("gamma", shape=(1, channels, 1))
            self.beta = self.params.get("beta", shape=(1, channels, 1))

    def hybrid_forward(self, F, x, gamma, beta):
        normal, _ = self._normalise(F, F.flatten(x))
        return F.reshape_like(normal * self._by_map(F, gamma, normal) + self._by_map(F, beta, normal), x)

    def residuals(self, F, x, y):
        return self._normalise(F, F.flatten(x))

    def tangent(self, F, v, normal, inverse_std):
        # With n = (x - mean) r, r = 1 / std: dn = r (dv - mean(dv) - n mean(n dv)).
        flat = F.flatten(v)
        change = (flat - _row_means(F, flat) - normal * _row_means(F, normal * flat)) * inverse_std
        return F.reshape_like(change * self._by_map(F, value(F, self.gamma, v), flat), v)

    def _normalise(self, F, flat):
        """(N, D) -> the normalised rows and 1 / std of each row, in all of its places; both (N, D)."""
        centred = flat - _row_means(F, flat)
        inverse_std = F.rsqrt(_row_means(F, centred * centred) + self._epsilon)
        return [centred * inverse_std, inverse_std]

    def _by_map(self, F, parameter, flat):
        """A number per map, (1, C, 1) -> (N, D): that of each number's map."""
        maps = F.reshape(F.slice_axis(flat, axis=0, begin=0, end=1), (0, self.gamma.shape[1], -1))
        row = F.reshape(F.broadcast_like(parameter, F.BlockGrad(maps)), (1, -1))
        return F.dot(F.ones_like(F.slice_axis(flat, axis=1, begin=0, end=1)), row)


def _row_means(F, flat):
    """(N, D) -> (N, D): the mean of each row in all of its places."""
    ones = F.ones_like(F.slice_axis(flat, axis=0, begin=0, end=1))
    sums, count = F.dot(flat, ones, transpose_b=True), F.dot(ones, ones, transpose_b=True)
    return F.dot(F.broadcast_div(sums, count), ones)


class BatchNorm(nn.BatchNorm):
    """Batch norm over (N, H, W). It has no tangent pass: under it a score depends on the whole batch.

    reorder: whether what comes in is not in oneDNN's blocks, and is to be brought there (:func:`in_blocks`).
    """

    def __init__(self, channels: int, reorder: bool = False) -> None:
        super().__init__(in_channels=channels)
        self._channels, self.reorder = channels, reorder

    def hybrid_forward(self, F, x, **parameters):
        maps = in_blocks(F, x, self._channels) if self.reorder else x
        return super().hybrid_forward(F, maps, **parameters)


def normalisation(norm: str, channels: int) -> list:
    """The layers that ``norm`` ("batch", "layer", "spectral" or "none") puts after a layer of ``channels`` outputs."""
    kinds = {"batch": (BatchNorm,), "layer": (LayerNorm,), "spectral": (), "none": ()}[norm]  # the spectral norm adds no layer
    return [kind(channels) for kind in kinds]
