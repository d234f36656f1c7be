"""Writes gradient_penalty.npz: critics' weights, inputs, and the penalty with its gradients by PyTorch's double backward."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

WIDTH, BATCH, CHANNELS = 3, 4, 1


def critic(x, weights, norm):
    """The DCGAN critic of thesis_gan.networks, written again in PyTorch."""
    maps = functional.leaky_relu(functional.conv2d(x, weights["layers.0.weight"], weights["layers.0.bias"], 2, 1), 0.2)
    maps = functional.conv2d(maps, weights["layers.2.weight"], weights["layers.2.bias"], 2, 1)
    output = "layers.4"
    if norm == "layer":
        gamma, beta = weights["layers.3.gamma"].reshape(-1), weights["layers.3.beta"].reshape(-1)
        maps = functional.group_norm(maps, 1, gamma, beta, 1e-5)
        output = "layers.5"
    return functional.linear(functional.leaky_relu(maps, 0.2).flatten(1), weights[f"{output}.weight"], weights[f"{output}.bias"])


def make(norm, numbers):
    shapes = {
        "layers.0.weight": (WIDTH, CHANNELS, 4, 4),
        "layers.0.bias": (WIDTH,),
        "layers.2.weight": (2 * WIDTH, WIDTH, 4, 4),
        "layers.2.bias": (2 * WIDTH,),
    }
    if norm == "layer":
        shapes.update({"layers.3.gamma": (1, 2 * WIDTH, 1), "layers.3.beta": (1, 2 * WIDTH, 1)})
    output = "layers.5" if norm == "layer" else "layers.4"
    shapes.update({f"{output}.weight": (1, 2 * WIDTH * 49), f"{output}.bias": (1,)})
    weights = {name: torch.tensor(numbers.normal(0, 0.3, shape), requires_grad=True) for name, shape in shapes.items()}
    x = torch.tensor(numbers.uniform(-1, 1, (BATCH, CHANNELS, 28, 28)), requires_grad=True)
    score = critic(x, weights, norm)
    (gradient,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    penalty = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    gradients = torch.autograd.grad(penalty, list(weights.values()), allow_unused=True)
    saved = {f"{norm} x": x.detach().numpy(), f"{norm} score": score.detach().numpy(), f"{norm} penalty": penalty.item()}
    for (name, weight), found in zip(weights.items(), gradients):
        saved[f"{norm} weight {name}"] = weight.detach().numpy()
        saved[f"{norm} gradient {name}"] = np.zeros(weight.shape) if found is None else found.numpy()
    return saved


if __name__ == "__main__":
    numbers = np.random.RandomState(0)
    np.savez(Path(__file__).with_name("gradient_penalty.npz"), **make("none", numbers), **make("layer", numbers))
