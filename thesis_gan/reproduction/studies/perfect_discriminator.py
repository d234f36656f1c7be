"""A perfect discriminator: D trained on MNIST against an early generator that stands still (thesis §3.1; Arjovsky, Bottou 2017).

perfect.json holds, for each step, D's accuracy and its estimate of the Jensen-Shannon divergence and, at some steps, the norm of
the gradient that each generator loss would give; with and without instance noise. figures/sec31_*.png shows them.
"""

from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Sequence

import numpy as np
from tqdm import tqdm

from thesis_gan import files, methods
from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.json_shape import conforms, is_number, is_positive, is_share, is_text
from thesis_gan.methods import Method
from thesis_gan.methods.noisy_gan import InstanceNoise
from thesis_gan.networks.weights import from_arrays, to_arrays
from thesis_gan.reproduction.studies import SMALLEST, perfect_discriminator_figure
from thesis_gan.settings import Value, for_experiment
from thesis_gan.training.steps import Steps

EVIDENCE = "perfect.json"
Networks = Dict[str, np.ndarray]


class Size(NamedTuple):
    """Steps that the generator is trained before it stands still, of D against it, how often its gradient is looked at, seeds."""

    early_steps: int = 200
    steps: int = 500
    looks: int = 20
    seeds: int = 3
    width: int = 16


FULL = Size()


class Loss(NamedTuple):
    """A generator loss: its name in perfect.json, whose it is, and the settings that choose it."""

    name: str
    method: str
    values: Dict[str, Value]


class Game(NamedTuple):
    """What D is trained for, and the generator losses that go with such a D."""

    name: str
    losses: Sequence[Loss]


THESIS = {"generator_loss": Value("saturating", "thesis, Algorithm 1")}
NON_SATURATING = {"generator_loss": Value("non-saturating", "S3, eq. 2; S4, eq. 1")}
GAMES = (
    Game("probability", (Loss("saturating", "dcgan", THESIS), Loss("non-saturating", "dcgan", NON_SATURATING))),
    Game("least squares", (Loss("least-squares", "lsgan", {}), Loss("least-squares, regularised", "lsgan-reg", {}))),
)


def make(results: Path, size: Size = FULL) -> Dict[str, Any]:
    """Train every discriminator; write ``results``/perfect.json and the figure. Returns what perfect.json holds."""
    data = mnist.load("train")
    records = []
    work = size.seeds * (size.early_steps + 2 * len(GAMES) * size.steps)
    with tqdm(total=work, unit="step", desc="perfect discriminators", disable=None) as bar:
        for seed in range(size.seeds):
            generator = _early_generator(data, seed, size, bar)
            for game in GAMES:
                for noisy in (False, True):
                    records.append(_train(game, noisy, generator, data, seed, size, bar))
    found = {
        "size": size._asdict(),
        **{name: setting.value for name, setting in InstanceNoise.noise_defaults.items()},
        "discriminators": records,
    }
    files.write_json(results / EVIDENCE, found)
    perfect_discriminator_figure.draw(results / "figures", found)
    return found


def is_whole(content: Any) -> bool:
    """Whether ``content`` has all that the claims look at."""
    record = {
        "game": is_text,
        "noise": lambda noisy: isinstance(noisy, bool),
        "accuracy": [is_share],
        "critic_loss": [is_number],
        "looks": [is_number],
        "gradient_norms": {is_text: [is_positive]},
    }
    if not conforms(content, {"discriminators": [record]}):
        return False
    records = content["discriminators"]
    games = {(game.name, noisy): {loss.name for loss in game.losses} for game in GAMES for noisy in (False, True)}
    return {(record["game"], record["noise"]) for record in records} == set(games) and all(
        set(record["gradient_norms"]) == games[record["game"], record["noise"]]
        and {len(norms) for norms in record["gradient_norms"].values()} == {len(record["looks"])}
        for record in records
    )


def _early_generator(data: mnist.LabelledImages, seed: int, size: Size, bar: tqdm) -> Networks:
    """Weights of a DCGAN's generator after a few steps under the thesis's settings."""
    steps = Steps(_method(GAMES[0].losses[0], False, size.early_steps, size.width), data, seed, mx.cpu())
    for step in range(size.early_steps):
        steps.critic_step(step)
        steps.generator_step(step)
        bar.update()
    return to_arrays(steps.generator)


def _train(
    game: Game, noisy: bool, generator: Networks, data: mnist.LabelledImages, seed: int, size: Size, bar: tqdm
) -> Dict[str, Any]:
    """One discriminator's record for perfect.json."""

    def steps_of(loss: Loss, of: Optional[Steps] = None) -> Steps:
        return Steps(_method(loss, noisy, size.steps, size.width), data, seed, mx.cpu(), of)

    first = steps_of(game.losses[0])
    from_arrays(first.generator, generator)
    others = {loss.name: steps_of(loss, first) for loss in game.losses[1:]}  # only their losses differ
    trainings = {game.losses[0].name: first, **others}
    looks = sorted({int(step) for step in np.linspace(0, size.steps - 1, size.looks)})
    accuracy, loss, gradients = [], [], {name: [] for name in trainings}
    for step in range(size.steps):
        if step in looks:
            for name, training in trainings.items():
                gradients[name].append(_gradient_norm(training, step))
        numbers = first.critic_step(step)
        accuracy.append(_rounded(numbers["accuracy"]))
        loss.append(_rounded(numbers["critic_loss"]))
        bar.update()
    return {
        "game": game.name,
        "noise": noisy,
        "seed": seed,
        "accuracy": accuracy,
        "critic_loss": loss,
        "looks": looks,
        "gradient_norms": gradients,
    }


def jensen_shannon(record: Dict[str, Any]) -> np.ndarray:
    """(steps,): D's estimate by step, in nats, of a record of the game "probability"; each on a batch not yet trained on."""
    return np.log(2) - np.array(record["critic_loss"]) / 2


def _gradient_norm(training: Steps, step: int) -> float:
    """||d generator loss / d generator parameters||_2, all parameters together, on the batch of ``step``."""
    training.generator_gradient(step)
    gradients = [parameter.grad() for parameter in training.generator.collect_params().values() if parameter.grad_req != "null"]
    return float(np.maximum(SMALLEST, sum(gradient.square().sum() for gradient in gradients).sqrt().asscalar()))


def _method(loss: Loss, noisy: bool, steps: int, width: int) -> Method:
    kind = methods.find(loss.method)
    values = {
        **loss.values,
        "width": Value(width, "ours: D is perfect at this width too"),
        "epochs": Value(0, "ours"),
        "generator_steps": Value(steps, "ours"),
    }
    if noisy:  # without a name, it is no method of the command line
        settings = {**kind.defaults, **InstanceNoise.noise_defaults}
        kind = type(f"Noisy{kind.__name__}", (InstanceNoise, kind), {"defaults": settings})
    return kind(for_experiment(kind, values))


def _rounded(number: mx.nd.NDArray) -> float:
    return float(f"{number.asscalar():.6g}")
