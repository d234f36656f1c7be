"""Writes critics.npz: critics of every kind that can be penalised, with the penalty's gradients by PyTorch's double backward,
and PyTorch's own spectral norm: its weight after power iteration, and the derivative through it."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from torch.nn.utils import parametrizations

WIDTH, UNITS, BATCH = 3, 16, 4
SHAPES = {
    "dcgan": ((WIDTH, 1, 4, 4), (2 * WIDTH, WIDTH, 4, 4), (1, 2 * WIDTH * 49)),
    "mlp": ((UNITS, 784), (UNITS, UNITS), (1, UNITS)),
}


def critic(architecture, x, weights, norm, vectors):
    """The critics of thesis_gan.networks, written again in PyTorch."""
    output = 5 if norm == "layer" else 4

    def weight(place):
        w = weights[f"layers.{place}.weight"]
        if norm != "spectral":
            return w
        u, matrix = vectors[place], w.flatten(1)
        with torch.no_grad():  # u and v are constants, as in the paper
            v = functional.normalize(matrix.T @ u, dim=0)
        return w / (u @ matrix @ v)

    def layer(x, place):
        if architecture == "dcgan":
            return functional.conv2d(x, weight(place), weights[f"layers.{place}.bias"], 2, 1)
        return functional.linear(x.flatten(1), weight(place), weights[f"layers.{place}.bias"])

    x = layer(functional.leaky_relu(layer(x, 0), 0.2), 2)
    if norm == "layer":
        x = functional.group_norm(x, 1, weights["layers.3.gamma"].flatten(), weights["layers.3.beta"].flatten(), 1e-5)
    return functional.linear(functional.leaky_relu(x, 0.2).flatten(1), weight(output), weights[f"layers.{output}.bias"])


def make(architecture, norm, numbers):
    output = 5 if norm == "layer" else 4
    shapes = {}
    for place, shape in zip((0, 2, output), SHAPES[architecture]):
        shapes[f"layers.{place}.weight"], shapes[f"layers.{place}.bias"] = shape, shape[:1]
    if norm == "layer":
        channels = SHAPES[architecture][1][0]
        shapes["layers.3.gamma"] = shapes["layers.3.beta"] = (1, channels, 1)
    weights = {name: torch.tensor(numbers.normal(0, 0.3, shape), requires_grad=True) for name, shape in shapes.items()}
    vectors = {}
    if norm == "spectral":
        for place in (0, 2, output):
            vectors[place] = functional.normalize(torch.tensor(numbers.normal(size=shapes[f"layers.{place}.bias"])), dim=0)
    x = torch.tensor(numbers.uniform(-1, 1, (BATCH, 1, 28, 28)), requires_grad=True)
    score = critic(architecture, x, weights, norm, vectors)
    (gradient,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    penalty = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    gradients = torch.autograd.grad(penalty, list(weights.values()), allow_unused=True)
    name = f"{architecture} {norm}"
    saved = {f"{name} x": x.detach().numpy(), f"{name} score": score.detach().numpy(), f"{name} penalty": penalty.item()}
    for (key, weight), found in zip(weights.items(), gradients):
        saved[f"{name} weight {key}"] = weight.detach().numpy()
        saved[f"{name} gradient {key}"] = np.zeros(weight.shape) if found is None else found.numpy()
    for place, u in vectors.items():
        saved[f"{name} weight layers.{place}.power_vector"] = u.numpy()[None]
    # Small files: 7 digits are more than the tests look at.
    return {key: np.asarray(value, np.float32) for key, value in saved.items()}


def make_spectral_norm(numbers, steps=3):
    """PyTorch's own: ``steps`` steps of power iteration in training, then W / sigma and the derivative of its sum with c."""
    dense = torch.nn.Linear(7, 5).double()
    start = torch.tensor(numbers.normal(size=(5, 7)))
    dense.weight.data.copy_(start)
    parametrizations.spectral_norm(dense, n_power_iterations=1, eps=1e-12)
    norm = dense.parametrizations.weight[0]
    first = functional.normalize(torch.tensor(numbers.normal(size=5)), dim=0)
    norm._u.copy_(first)
    norm._v.copy_(functional.normalize(start.T @ first, dim=0))
    for _ in range(steps):
        dense.train()
        dense(torch.zeros(1, 7).double())
    # PyTorch's v is from before the last step of u; ours goes with u: one half step, so that both mean the same.
    u = norm._u.clone()
    norm._v.copy_(functional.normalize(start.T @ u, dim=0))
    dense.eval()
    c = torch.tensor(numbers.normal(size=(5, 7)))
    (dense.weight * c).sum().backward()
    gradient = dense.parametrizations.weight.original.grad
    saved = {"weight": start, "first u": first, "u": u, "normalised": dense.weight.detach(), "c": c, "gradient": gradient}
    saved["sigma"] = torch.linalg.svdvals(start)[0]
    return {f"spectral norm {key}": value.numpy() for key, value in saved.items()}


if __name__ == "__main__":
    numbers = np.random.RandomState(0)
    arrays = make_spectral_norm(numbers)
    for architecture, norm in (("dcgan", "spectral"), ("mlp", "none"), ("mlp", "layer"), ("mlp", "spectral")):
        arrays.update(make(architecture, norm, numbers))
    np.savez_compressed(Path(__file__).with_name("critics.npz"), **arrays)
