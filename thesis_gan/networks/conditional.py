"""Networks told a label, as the thesis's CGAN does it (§2.4): the same networks with the label added to what they see."""

from thesis_gan._compat import mx


class ConditionalGenerator(mx.gluon.HybridBlock):
    """z (N, z_size), y one-hot (N, classes) -> images.

    y is expanded to ``label_size`` numbers by repeating each, and concatenated to z. The thesis says "expanded to 100
    dimensions" and no more; repetition adds no parameters, and the layer that follows is free to weigh it (ours).
    """

    def __init__(self, generator: mx.gluon.HybridBlock, classes: int, label_size: int) -> None:
        super().__init__()
        self._repeats = label_size // classes
        with self.name_scope():
            self.generator = generator

    def hybrid_forward(self, F, z, y):
        return self.generator(F.concat(z, F.repeat(y, repeats=self._repeats, axis=1), dim=1))


class ConditionalCritic(mx.gluon.HybridBlock):
    """Images (N, C, H, W), y one-hot (N, classes) -> scores (N, 1).

    y is broadcast to one H x W map per class and stacked with the image as channels: C + classes channels.
    """

    def __init__(self, critic: mx.gluon.HybridBlock, size: int) -> None:
        super().__init__()
        self._size = size
        with self.name_scope():
            self.critic = critic

    def hybrid_forward(self, F, x, y):
        return self.critic(self._stack(F, x, y))

    @property
    def penalisable(self) -> bool:
        """Whether a gradient penalty can be had (see LayeredCritic)."""
        return self.critic.penalisable

    def forward_pass(self, x, y):
        """As LayeredCritic.forward_pass, of image and label."""
        return self.critic.forward_pass(self._stack(mx.nd, x, y))

    def tangent_pass(self, v, residuals):
        """As LayeredCritic.tangent_pass; the direction ``v`` is of the image, the label stands still."""
        still = mx.nd.zeros((len(v), self._stacked_labels, self._size, self._size), ctx=v.context, dtype=v.dtype)
        return self.critic.tangent_pass(mx.nd.concat(v, still, dim=1), residuals)

    @property
    def _stacked_labels(self):
        return self.critic.layers[0].weight.shape[1] - 1

    def _stack(self, F, x, y):
        maps = F.reshape(y, (0, 0, 1, 1))
        maps = F.broadcast_axis(maps, axis=(2, 3), size=(self._size, self._size))
        return F.concat(x, maps, dim=1)
