"""Writes gradient_penalty.npz and gradient_penalty_64.npz: weights of critics for 28x28 and for 64x64x3, inputs, and the penalty
with its gradients by PyTorch's double backward."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional


def critic(x, weights, norm, stages):
    """The DCGAN critic of thesis_gan.networks, written again in PyTorch."""
    maps = functional.leaky_relu(functional.conv2d(x, weights["layers.0.weight"], weights["layers.0.bias"], 2, 1), 0.2)
    place = 2
    for _ in range(stages - 1):
        maps = functional.conv2d(maps, weights[f"layers.{place}.weight"], weights[f"layers.{place}.bias"], 2, 1)
        if norm == "layer":
            gamma, beta = (weights[f"layers.{place + 1}.{name}"].reshape(-1) for name in ("gamma", "beta"))
            maps = functional.group_norm(maps, 1, gamma, beta, 1e-5)
        maps, place = functional.leaky_relu(maps, 0.2), place + (3 if norm == "layer" else 2)
    return functional.linear(maps.flatten(1), weights[f"layers.{place}.weight"], weights[f"layers.{place}.bias"])


def shapes_of(norm, width, channels, stages, smallest):
    """Of every parameter: width maps in the first layer, twice as many in each further one; layer norms in the end, as the
    numbers were drawn at first."""
    shapes, norms, place, inputs = {}, {}, 0, channels
    for outputs in (width << stage for stage in range(stages)):
        shapes[f"layers.{place}.weight"], shapes[f"layers.{place}.bias"] = (outputs, inputs, 4, 4), (outputs,)
        if norm == "layer" and place:
            norms[f"layers.{place + 1}.gamma"] = norms[f"layers.{place + 1}.beta"] = (1, outputs, 1)
        place, inputs = place + (3 if norm == "layer" and place else 2), outputs
    return {**shapes, **norms, f"layers.{place}.weight": (1, inputs * smallest**2), f"layers.{place}.bias": (1,)}


def make(norm, numbers, width, batch, shape, stages, levels=None):
    shapes = shapes_of(norm, width, shape[0], stages, shape[-1] >> stages)
    weights = {name: torch.tensor(numbers.normal(0, 0.3, size), requires_grad=True) for name, size in shapes.items()}
    x = numbers.uniform(-1, 1, (batch, *shape))
    x = torch.tensor(x if levels is None else np.rint(x * levels) / levels, requires_grad=True)
    score = critic(x, weights, norm, stages)
    (gradient,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    penalty = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    gradients = torch.autograd.grad(penalty, list(weights.values()), allow_unused=True)
    saved = {f"{norm} x": x.detach().numpy(), f"{norm} score": score.detach().numpy(), f"{norm} penalty": penalty.item()}
    for (name, weight), found in zip(weights.items(), gradients):
        saved[f"{norm} weight {name}"] = weight.detach().numpy()
        saved[f"{norm} gradient {name}"] = np.zeros(weight.shape) if found is None else found.numpy()
    return saved


def of(numbers, **options):
    """Both critics' arrays, of the same numbers one after the other."""
    return {**make("none", numbers, **options), **make("layer", numbers, **options)}


if __name__ == "__main__":
    folder = Path(__file__).parent
    arrays = of(np.random.RandomState(0), width=3, batch=4, shape=(1, 28, 28), stages=2)
    np.savez(folder / "gradient_penalty.npz", **arrays)
    arrays = of(np.random.RandomState(0), width=2, batch=1, shape=(3, 64, 64), stages=4, levels=8)
    # A small file: pixels of few levels, and 7 digits of the rest, which are more than the tests look at.
    np.savez_compressed(
        folder / "gradient_penalty_64.npz", **{key: np.asarray(value, np.float32) for key, value in arrays.items()}
    )
