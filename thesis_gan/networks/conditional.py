"""A generator told a label, as the thesis's CGAN does it (§2.4): the same network with the label added to what it sees."""

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

    def hybridize(self, active: bool = True, **options) -> None:
        """As one graph, if the generator is one."""
        super().hybridize(active, **options)
        self._active = self.generator._active

    def hybrid_forward(self, F, z, y):
        return self.generator(F.concat(z, F.repeat(y, repeats=self._repeats, axis=1), dim=1))
