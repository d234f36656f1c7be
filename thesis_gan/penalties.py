"""Gradient penalties, with exact parameter gradients."""

from typing import Sequence

from thesis_gan._compat import mx
from thesis_gan.errors import UserError

nd, autograd = mx.nd, mx.autograd

# Under the root of the norm: a zero gradient, where the norm has no derivative, then gives 0 instead of NaN.
EPSILON = 1e-12


def gradient_penalty(critic: mx.gluon.HybridBlock, x_hat: mx.nd.NDArray, condition: Sequence = ()) -> mx.nd.NDArray:
    """mean over i of (||grad D(x_hat_i)||_2 - 1)^2, one number (thesis §3.4; Gulrajani et al. 2017, eq. 3).

    critic: with ``forward_pass`` and ``tangent_pass`` (networks.layers.LayeredCritic).  x_hat: (N, C, H, W), or (N, 2) of
    points in the plane: where the gradient is taken.  condition: one-hot labels (N, classes), if the critic is told them.

    Call it inside ``autograd.record()``: ``backward()`` then gives the exact gradient for the critic's parameters, by
    d penalty / d parameters = d (sum_i v_i . g_i) / d parameters, where g_i = grad D(x_hat_i) and v_i = d penalty / d g_i is
    held constant. g comes from ``autograd.grad``; v_i . g_i, a directional derivative, from the critic's tangent pass.

    Raises UserError if a layer of the critic (batch norm) has no tangent pass.
    """
    check_penalisable(critic)
    x_hat = x_hat.detach()
    x_hat.attach_grad()
    with autograd.record():
        score, residuals = critic.forward_pass(x_hat, *condition)
        gradient = autograd.grad(score, x_hat, retain_graph=True)[0]
        with autograd.pause():
            norm = nd.sqrt(nd.sum(gradient * gradient, axis=0, exclude=True, keepdims=True) + EPSILON)
            value = nd.mean(nd.square(norm - 1))
            v = 2 / len(x_hat) * (norm - 1) / norm * gradient
        directional = nd.sum(critic.tangent_pass(v, residuals))
        # The value is the penalty's, the gradient that of the directional derivative, whose own value drops out.
        return value + (directional - directional.detach())


def check_penalisable(critic: mx.gluon.HybridBlock) -> None:
    """Raises UserError if a layer of the critic (batch norm) has no tangent pass."""
    if not critic.penalisable:
        raise UserError("A gradient penalty needs a critic without batch norm; set critic_norm to none or layer.")


def between(real: mx.nd.NDArray, fake: mx.nd.NDArray, epsilon: mx.nd.NDArray) -> mx.nd.NDArray:
    """x_hat = epsilon x + (1 - epsilon) G(z), epsilon (N, 1, ...) ~ U[0, 1] (Gulrajani et al. 2017, Alg. 1)."""
    return nd.broadcast_mul(epsilon, real) + nd.broadcast_mul(1 - epsilon, fake)
