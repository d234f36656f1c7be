"""The same networks, losses and optimizers as thesis_gan's, as one would write them in PyTorch. Needs torch and NumPy only.

As in thesis_gan, each step draws its own images and noise, and the critic's weights are frozen during a generator step.
"""

import os
import sys
from typing import Callable, Dict, List

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from worker import BATCH, CHANNELS, CLASSES, noise, serve

Z = 100


class Generator(nn.Module):
    def __init__(self, z_size: int, width: int, side: int) -> None:
        super().__init__()
        sides = stages(side)
        maps = [width << place for place in reversed(range(1, len(sides)))]
        self.shape = (-1, maps[0], sides[-1], sides[-1])
        self.repeats = round(Z / CLASSES[side])
        self.project = nn.Linear(z_size, maps[0] * sides[-1] ** 2, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(each) for each in maps])
        ups = [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False) for before, after in zip(maps, maps[1:])]
        self.ups = nn.ModuleList([*ups, nn.ConvTranspose2d(maps[-1], CHANNELS[side], 4, 2, 1)])

    def forward(self, z, y=None):
        if y is not None:
            z = torch.cat([z, y.repeat_interleave(self.repeats, dim=1)], dim=1)
        x = self.project(z).view(self.shape)
        for norm, up in zip(self.norms, self.ups):
            x = up(F.relu(norm(x)))
        return torch.tanh(x)


class Critic(nn.Module):
    def __init__(self, channels: int, width: int, side: int, norm: bool) -> None:
        super().__init__()
        sides = stages(side)
        maps = [width << place for place in range(len(sides) - 1)]
        self.side, self.first = side, nn.Conv2d(channels, maps[0], 4, 2, 1)
        self.convolutions = nn.ModuleList([nn.Conv2d(before, after, 4, 2, 1) for before, after in zip(maps, maps[1:])])
        self.norms = nn.ModuleList([nn.BatchNorm2d(each) if norm else nn.Identity() for each in maps[1:]])
        self.output = nn.Linear(maps[-1] * sides[-1] ** 2, 1)

    def forward(self, x, y=None):
        if y is not None:
            x = torch.cat([x, y[:, :, None, None].expand(-1, -1, self.side, self.side)], dim=1)
        x = F.leaky_relu(self.first(x), 0.2)
        for convolution, norm in zip(self.convolutions, self.norms):
            x = F.leaky_relu(norm(convolution(x)), 0.2)
        return self.output(x.flatten(1))


def stages(side: int) -> List[int]:
    """Sides of the maps, from the image to the smallest: 28, 14, 7, or 64 to 4."""
    return [side >> place for place in range({28: 3, 64: 5}[side])]


class Twin:
    """One system's steps. variant: eager, fused (fused optimizer), channels-last or bfloat16 (both also fused)."""

    def __init__(self, system: str, width: int, variant: str, side: int) -> None:
        images, labels = noise(side)
        self.images = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
        self.system, self.labels, self.classes = system, torch.from_numpy(labels), CLASSES[side]
        self.conditional, self.wasserstein = system == "cgan", system.startswith("wgan")
        told = self.classes if self.conditional else 0
        self.generator = Generator(Z + round(Z / self.classes) * told, width, side)
        self.critic = Critic(CHANNELS[side] + told, width, side, norm=system != "wgan-gp")
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=variant.startswith("bfloat16"))
        if "channels-last" in variant:
            for network in (self.generator, self.critic):
                network.to(memory_format=torch.channels_last)
        self.layout = torch.channels_last if "channels-last" in variant else torch.contiguous_format
        fused = {} if variant == "eager" else {"fused": True}
        if self.wasserstein:  # RMSprop has no fused form; its foreach form is the faster one
            build = lambda parameters: torch.optim.RMSprop(parameters, 5e-4, alpha=0.9, foreach=bool(fused) or None)  # noqa: E731
        else:
            build = lambda parameters: torch.optim.Adam(parameters, 2e-4, (0.5, 0.999), **fused)  # noqa: E731
        self.optimizers = {network: build(network.parameters()) for network in (self.generator, self.critic)}

    def steps(self) -> Dict[str, Callable[[], None]]:
        return {"critic": self.critic_step, "generator": self.generator_step}

    def critic_step(self) -> None:
        chosen = self.chosen()
        real = (self.images[chosen].float() / 127.5 - 1).to(memory_format=self.layout)
        condition = self.condition(self.labels[chosen])
        self.optimizers[self.critic].zero_grad()
        with self.autocast:
            with torch.no_grad():
                fake = self.generator(self.z(), *condition)
            score_real, score_fake = self.critic(real, *condition).float(), self.critic(fake, *condition).float()
            if self.wasserstein:
                loss = score_fake.mean() - score_real.mean()
            else:
                loss = F.softplus(-score_real).mean() + F.softplus(score_fake).mean()
            if self.system == "wgan-gp":
                loss = loss + 10 * self.penalty(real, fake.float())
        loss.backward()
        self.optimizers[self.critic].step()
        if self.system == "wgan":
            with torch.no_grad():
                torch._foreach_clamp_min_(list(self.critic.parameters()), -0.03)
                torch._foreach_clamp_max_(list(self.critic.parameters()), 0.03)

    def chosen(self) -> torch.Tensor:
        """Positions of a batch's images."""
        return torch.randint(len(self.images), (BATCH,))

    def generator_step(self) -> None:
        condition = self.condition(torch.randint(self.classes, (BATCH,)))
        self.critic.requires_grad_(False)
        self.optimizers[self.generator].zero_grad()
        with self.autocast:
            score = self.critic(self.generator(self.z(), *condition), *condition).float()
            loss = -score.mean() if self.wasserstein else F.softplus(-score).mean()
        loss.backward()
        self.optimizers[self.generator].step()
        self.critic.requires_grad_(True)

    def penalty(self, real, fake):
        epsilon = torch.rand(BATCH, 1, 1, 1)
        x_hat = (epsilon * real + (1 - epsilon) * fake).requires_grad_()
        gradient = torch.autograd.grad(self.critic(x_hat).float().sum(), x_hat, create_graph=True)[0]
        return ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()

    def z(self):
        return torch.rand(BATCH, Z) * 2 - 1

    def condition(self, labels):
        return (F.one_hot(labels, self.classes).float(),) if self.conditional else ()


class FlopCounter(TorchDispatchMode):
    """Multiply-adds of matrix products and convolutions, counted twice, by PyTorch's own formulas.

    (torch.utils.flop_counter.FlopCounterMode itself does not follow a gradient penalty.)
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        result = function(*arguments, **(keywords or {}))
        formula = flop_registry.get(function._overloadpacket)
        if formula is not None:
            self.total += formula(*arguments, **(keywords or {}), out_val=result)
        return result


def gflop(twin: Twin) -> Dict[str, float]:
    """GFLOP of each step."""
    counts = {}
    for name, step in twin.steps().items():
        with FlopCounter() as counter:
            step()
        counts[name] = counter.total / 1e9
    return counts


if __name__ == "__main__":
    system, width, variant, side = sys.argv[1:]
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    twin = Twin(system, int(width), variant, int(side))
    serve(twin.steps(), wait=lambda: None, facts=lambda: {"version": torch.__version__, "gflop": gflop(twin)})
