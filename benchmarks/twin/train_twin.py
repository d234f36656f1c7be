"""Trains a PyTorch twin by the settings of one of our runs and writes its samples. Needs torch and NumPy only.

    python train_twin.py run.json samples.npz

run.json: method, seed, critic_steps, generator_steps (of the whole run), schedule (critic steps per generator step), settings (as
in a run's config.json), images (an .npy of uint8 (N, H, W, C)), num_samples.
"""

import json
import sys
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "steps"))

from pytorch_twin import Twin


class RMSProp(torch.optim.Optimizer):
    """MXNet's: w -= lr g / sqrt(n + 1e-8). PyTorch's own adds its epsilon after the root, and so steps further for a small g."""

    def __init__(self, parameters, learning_rate: float, decay: float) -> None:
        super().__init__(parameters, {"lr": learning_rate, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                square = self.state[parameter].setdefault("square", torch.zeros_like(parameter))
                square.mul_(group["decay"]).addcmul_(parameter.grad, parameter.grad, value=1 - group["decay"])
                parameter.addcdiv_(parameter.grad, (square + 1e-8).sqrt(), value=-group["lr"])


class TrainedTwin(Twin):
    """A twin with a run's first weights' distribution, optimizers and order of batches."""

    def __init__(self, method: str, settings: dict, images: np.ndarray) -> None:
        super().__init__(method, settings["width"], "eager", images, np.zeros(len(images), np.int64))
        self._batches = self._shuffled(settings["batch_size"])
        for network in (self.generator, self.critic):
            network.apply(lambda layer: _draw(layer, settings["init_std"]))
            self.optimizers[network] = _optimizer(network, settings)

    def chosen(self) -> torch.Tensor:
        return next(self._batches)

    def _shuffled(self, batch_size: int) -> Iterator[torch.Tensor]:
        """Positions of the images of each batch: each pass is a fresh shuffle, and what is left over waits for the next."""
        while True:
            order = torch.randperm(len(self.images))
            for batch in range(len(order) // batch_size):
                yield order[batch * batch_size : (batch + 1) * batch_size]


def _draw(layer: nn.Module, deviation: float) -> None:
    if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0.0, deviation)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _optimizer(network: nn.Module, settings: dict) -> torch.optim.Optimizer:
    if settings["optimizer"] == "rmsprop":
        return RMSProp(network.parameters(), settings["learning_rate"], settings["decay"])
    return torch.optim.Adam(network.parameters(), settings["learning_rate"], (settings["beta1"], settings["beta2"]))


@torch.no_grad()
def sample(twin: Twin, count: int, z_size: int, batch: int = 250) -> np.ndarray:
    """uint8 (count, H, W, C), with batch norm's running statistics."""
    twin.generator.eval()
    parts = [twin.generator(torch.rand(min(batch, count - start), z_size) * 2 - 1) for start in range(0, count, batch)]
    levels = torch.round((torch.cat(parts) + 1) * 127.5).clamp(0, 255).to(torch.uint8)
    return levels.permute(0, 2, 3, 1).numpy()


def main(run: dict, samples: Path) -> None:
    """Train and sample."""
    torch.manual_seed(run["seed"])
    settings = {name: entry["value"] for name, entry in run["settings"].items()}
    images = np.ascontiguousarray(np.load(run["images"]).transpose(0, 3, 1, 2))
    twin, critic_steps, generator_steps = TrainedTwin(run["method"], settings, images), 0, 0
    while generator_steps < run["generator_steps"]:
        for _ in range(run["schedule"]):
            twin.critic_step()
            critic_steps += 1
        twin.generator_step()
        generator_steps += 1
    assert critic_steps == run["critic_steps"], (critic_steps, run["critic_steps"])
    np.savez_compressed(samples, arr_0=sample(twin, run["num_samples"], settings["z_size"]))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
