"""Layers of a critic, each with its linearisation, and the critic made of them.

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
    """A layer that is linear but for its bias: its tangent pass needs nothing of the forward pass."""

    keeps = 0
    piecewise_linear = True

    def residuals(self, F, x, y):
        return []

    def effective_weight(self, F, beside):
        """What the layer multiplies with."""
        return value(F, self.weight, beside)


def value(F, parameter, beside):
    """A parameter as the graph's variable or, outside a hybridised graph, as its array where ``beside`` lies."""
    return parameter.var() if F is mx.sym else parameter.data(beside.context)


class Convolution(_Linear, nn.Conv2D):
    """4x4 convolution with stride 2: (N, in_channels, H, W) -> (N, channels, H / 2, W / 2).

    classes: if not 0, it is called with one-hot labels (N, classes) too, and is the convolution of the image stacked with
    the label broadcast to one H x W map per class. A convolution being linear, the label's part is that of one map of ones:
    it is computed once for each class, not for each image, and looked up. Then H and W must be ``side``.
    """

    def __init__(self, channels: int, in_channels: int, classes: int = 0, side: int = 28) -> None:
        super().__init__(channels, 4, 2, 1, in_channels=in_channels + classes)
        self._in_channels, self._classes, self._side = in_channels, classes, side

    def hybrid_forward(self, F, x, *label, weight, bias):
        maps = F.Convolution(x, self._of_image(F, weight), bias, **self._kwargs)
        return maps + self._looked_up(F, x, *label, weight) if self._classes else maps

    def tangent(self, F, v):
        weight = self._of_image(F, self.effective_weight(F, v))
        return F.Convolution(v, weight, **dict(self._kwargs, no_bias=True))

    def _of_image(self, F, weight):
        return F.slice_axis(weight, axis=1, begin=0, end=self._in_channels) if self._classes else weight

    def _looked_up(self, F, x, label, weight):
        """(N, channels, H / 2, W / 2): what each image's label adds to the maps."""
        ones = F.ones_like(F.slice(x, begin=(0, 0), end=(1, 1)))
        kernels = F.slice_axis(weight, axis=1, begin=self._in_channels, end=None)
        kernels = F.reshape(kernels, (-1, 1, *self._kwargs["kernel"]))
        options = dict(self._kwargs, no_bias=True, num_filter=self._classes * self._channels)
        by_class = F.reshape(F.Convolution(ones, kernels, **options), (self._channels, self._classes, -1))
        by_class = F.reshape(F.swapaxes(by_class, 1, 2), (-1, self._classes))
        half = self._side // 2
        maps = F.FullyConnected(label, by_class, num_hidden=self._channels * half * half, no_bias=True)
        return F.reshape(maps, (-1, self._channels, half, half))


class Dense(_Linear, nn.Dense):
    """Every input to every unit: (N, ...) -> (N, units).

    classes: if not 0, it is called with one-hot labels (N, classes) too, which follow the inputs.
    """

    def __init__(self, units: int, in_units: int, classes: int = 0) -> None:
        super().__init__(units, in_units=in_units + classes)
        self._inputs, self._classes = in_units, classes

    def hybrid_forward(self, F, x, *label, weight, bias):
        x = F.concat(F.flatten(x), *label, dim=1) if self._classes else x
        return F.FullyConnected(x, weight, bias, num_hidden=self._units)

    def tangent(self, F, v):
        weight = self.effective_weight(F, v)
        weight = F.slice_axis(weight, axis=1, begin=0, end=self._inputs) if self._classes else weight
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
    """Batch norm over (N, H, W). It has no tangent pass: under it a score depends on the whole batch."""

    def __init__(self, channels: int) -> None:
        super().__init__(in_channels=channels)


def normalisation(norm: str, channels: int) -> list:
    """The layers that ``norm`` ("batch", "layer", "spectral" or "none") puts after a layer of ``channels`` outputs."""
    kinds = {"batch": (BatchNorm,), "layer": (LayerNorm,), "spectral": (), "none": ()}[norm]  # the spectral norm adds no layer
    return [kind(channels) for kind in kinds]


class LayeredCritic(mx.gluon.HybridBlock):
    """A chain of layers from images to scores (N, 1), with its tangent pass. The first layer may be told a label."""

    def __init__(self, *layers: mx.gluon.HybridBlock) -> None:
        super().__init__()
        with self.name_scope():
            self.layers = nn.HybridSequential()
            self.layers.add(*layers)
        self._passes = None

    def hybrid_forward(self, F, x, *label):
        for layer in self.layers:
            x, label = layer(x, *label), ()
        return x

    @property
    def penalisable(self) -> bool:
        """Whether every layer has a tangent pass, so that a gradient penalty can be had."""
        return all(hasattr(layer, "tangent") for layer in self.layers)

    def forward_pass(self, x, *label):
        """(N, ...) and one-hot labels, if it is told them -> scores (N, 1) and the residuals that :meth:`tangent_pass` needs."""
        score, *residuals = self._both_passes().forward(x, *label)
        if all(layer.piecewise_linear for layer in self.layers):
            # No gradient comes from them; unless they are detached, MXNet still takes its zeros back through the forward pass.
            residuals = [residual.detach() for residual in residuals]
        return score, residuals

    def tangent_pass(self, v, residuals):
        """Derivatives v_i . grad D(x_i), (N, 1), along ``v`` of x's shape, at the x of the residuals; the label stands still."""
        return self._both_passes().tangent(v, *residuals)

    def _both_passes(self):
        if self._passes is None:
            self._passes = _Passes(self.layers)
        return self._passes


class _Passes:
    """Both passes, hybridised. No block, so that Gluon sees the parameters once, under the critic's own names."""

    def __init__(self, layers):
        self.forward, self.tangent = _ForwardPass(layers), _TangentPass(layers)
        for block in (self.forward, self.tangent):
            block.hybridize(static_alloc=True, static_shape=True)


class _ForwardPass(mx.gluon.HybridBlock):
    """The layers' forward pass, which also returns the residuals of all layers."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def hybrid_forward(self, F, x, *label):
        residuals = []
        for layer in self.layers:
            y, label = layer(x, *label), ()
            residuals += layer.residuals(F, x, y)
            x = y
        return [x, *residuals]


class _TangentPass(mx.gluon.HybridBlock):
    """The layers' tangent pass at the residuals of a forward pass."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def hybrid_forward(self, F, v, *residuals):
        remaining = list(residuals)
        for layer in self.layers:
            v = layer.tangent(F, v, *(remaining.pop(0) for _ in range(layer.keeps)))
        return v
