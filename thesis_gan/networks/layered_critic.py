"""The critic made of layers (see layers.py), with its tangent pass."""

from functools import cached_property
from types import SimpleNamespace

from thesis_gan._compat import mx

nn = mx.gluon.nn


class LayeredCritic(mx.gluon.HybridBlock):
    """A chain of layers from images to scores (N, 1), with its tangent pass.

    The first layer may be told a label, one-hot (N, classes), which then follows the images into every pass.
    """

    def __init__(self, *layers: mx.gluon.HybridBlock) -> None:
        super().__init__()
        with self.name_scope():
            self.layers = nn.HybridSequential()
            self.layers.add(*layers)

    def hybrid_forward(self, F, x, *label):
        return self._scores(x, _told(F, self.layers, label))

    def scores(self, F, real, fake, *label):
        """Images (N, ...) twice, of the same labels -> their scores, (N, 1) each; for the graph of a loss.

        The label's part is made once for both. They go in one pass where the score of an image does not depend on its batch,
        which is faster; else in a pass each.
        """
        told = _told(F, self.layers, label)
        if not self.penalisable:
            return self._scores(real, told), self._scores(fake, told)
        real_and_fake, told = F.concat(real, fake, dim=0), [F.concat(each, each, dim=0) for each in told]
        return F.split(self._scores(real_and_fake, told), num_outputs=2, axis=0)

    def _scores(self, x, told):
        for layer in self.layers:
            x, told = layer(x, *told), ()
        return x

    @property
    def penalisable(self) -> bool:
        """Whether every layer has a tangent pass, so that a gradient penalty can be had."""
        return all(hasattr(layer, "tangent") for layer in self.layers)

    def forward_pass(self, x, *label):
        """(N, ...), and the label, if the critic is told one -> scores (N, 1) and the residuals for :meth:`tangent_pass`."""
        score, *residuals = self._passes.forward(x, *label)
        if all(layer.piecewise_linear for layer in self.layers):
            # No gradient comes from them; unless they are detached, MXNet still takes its zeros back through the forward pass.
            residuals = [residual.detach() for residual in residuals]
        return score, residuals

    def tangent_pass(self, v, residuals):
        """Derivatives v_i . grad D(x_i), (N, 1), along ``v`` of x's shape, at the x of the residuals; the label stands still."""
        return self._passes.tangent(v, *residuals)

    @cached_property
    def _passes(self):
        """Both, once they are asked for; in no block, so that Gluon sees the parameters once, under the critic's own names."""
        return SimpleNamespace(forward=_ForwardPass(self.layers), tangent=_TangentPass(self.layers))


def _told(F, layers, label):
    """What the first layer makes of the label, if there is one."""
    return [layers[0].of_label(F, each) for each in label]


class _Pass(mx.gluon.HybridBlock):
    """A way through the layers, as a graph."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.hybridize()


class _ForwardPass(_Pass):
    """The layers' forward pass, which also returns the residuals of all layers."""

    def hybrid_forward(self, F, x, *label):
        residuals, told = [], _told(F, self.layers, label)
        for layer in self.layers:
            y, told = layer(x, *told), ()
            residuals += layer.residuals(F, x, y)
            x = y
        return [x, *residuals]


class _TangentPass(_Pass):
    """The layers' tangent pass at the residuals of a forward pass."""

    def hybrid_forward(self, F, v, *residuals):
        remaining = list(residuals)
        for layer in self.layers:
            v = layer.tangent(F, v, *(remaining.pop(0) for _ in range(layer.keeps)))
        return v
