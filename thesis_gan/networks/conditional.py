"""Networks told a label, as the thesis's CGAN does it (§2.4): the same networks with the label added to what they see."""

from thesis_gan._compat import mx
from thesis_gan.config import CLASSES
from thesis_gan.networks.mlp import PIXELS, SIZE


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

    def __init__(self, critic: mx.gluon.HybridBlock, classes: int = CLASSES) -> None:
        super().__init__()
        self._classes = classes
        with self.name_scope():
            self.critic = critic

    @staticmethod
    def inputs(classes: int) -> int:
        """Channels that the inner critic sees."""
        return 1 + classes

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
        still = mx.nd.zeros((len(v), self._classes), ctx=v.context, dtype=v.dtype)
        return self.critic.tangent_pass(self._stack(mx.nd, v, still), residuals)

    def _stack(self, F, x, y):
        maps = F.reshape(y, (0, 0, 1, 1))
        maps = F.broadcast_axis(maps, axis=(2, 3), size=(SIZE, SIZE))
        return F.concat(x, maps, dim=1)


class ConditionalMLPCritic(ConditionalCritic):
    """The same for a critic that sees rows of numbers: y follows the pixels, as in the first CGAN (Mirza and Osindero 2014)."""

    @staticmethod
    def inputs(classes: int) -> int:
        """Numbers that the inner critic sees."""
        return PIXELS + classes

    def _stack(self, F, x, y):
        return F.concat(F.flatten(x), y, dim=1)
