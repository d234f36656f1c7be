"""Spectral normalisation (Miyato et al. 2018): a layer's weights divided by their largest singular value.

The weight, as a matrix W with one row per output, acts as W / sigma with sigma = |W^T u|. Where u is W's first left singular
vector, sigma is its largest singular value, and its derivative, u held fixed, is the u v^T of the paper's §2.1. u is a
parameter without a gradient, so that checkpoints keep it; one step of power iteration moves it on after each update of W.
"""

from thesis_gan._compat import mx
from thesis_gan.networks.layers import Convolution, Dense, value

nd = mx.nd

# Steps of power iteration for the first weights, where u starts anywhere (ours; after that one per update, as in the paper).
FIRST_STEPS = 15
EPSILON = 1e-12


def power_iteration(network: mx.gluon.Block, steps: int = 1) -> None:
    """``steps`` steps of v <- W^T u / |W^T u|, u <- W v / |W v| in every spectrally normalised layer of ``network``."""

    def move_on(block):
        if isinstance(block, _Spectral):
            u, weight = block.power_vector.data(), block.weight.data()
            matrix = nd.reshape(weight, (weight.shape[0], -1))
            for _ in range(steps):
                u = _unit(nd.dot(_unit(nd.dot(u, matrix)), matrix, transpose_b=True))
            block.power_vector.set_data(u)

    network.apply(move_on)


def _unit(vector):
    return vector / (nd.norm(vector) + EPSILON)


class _Spectral:
    """A layer whose weight (outputs, ...) acts as weight / sigma. Mixed into a layer that has a tangent pass."""

    def __init__(self, outputs, *sizes, **options):
        super().__init__(outputs, *sizes, **options)
        with self.name_scope():
            self.power_vector = self.params.get("power_vector", shape=(1, outputs), grad_req="null")

    def hybrid_forward(self, F, x, *of_label, weight, bias, power_vector):
        return super().hybrid_forward(F, x, *of_label, weight=self._normalised(F, weight, power_vector), bias=bias)

    def effective_weight(self, F, beside):
        """As of the plain layer: what the tangent pass multiplies with."""
        return self._normalised(F, value(F, self.weight, beside), value(F, self.power_vector, beside))

    def _normalised(self, F, weight, power_vector):
        along = F.dot(power_vector, F.reshape(weight, (0, -1)))
        sigma = F.sqrt(F.sum(along * along) + EPSILON)
        return F.broadcast_div(weight, F.reshape(sigma, (1,) * len(self.weight.shape)))


class SpectralConvolution(_Spectral, Convolution):
    """As Convolution, spectrally normalised; W has a row per map and a column per map and place of the kernel."""


class SpectralDense(_Spectral, Dense):
    """As Dense, spectrally normalised."""
