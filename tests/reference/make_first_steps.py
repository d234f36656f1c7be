"""Writes first_steps.json: what the methods of the thesis log in their first steps, with the smoke profile's settings."""

import json
from pathlib import Path

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.config import resolve
from thesis_gan.data import mnist
from thesis_gan.training.steps import Steps

FILE = Path(__file__).with_name("first_steps.json")
CRITIC_STEPS, GENERATOR_STEPS = 12, 6
METHODS = ("dcgan", "cgan", "wgan", "wgan-gp")


def first_steps(name):
    """One record per step: twice as many critic steps as generator steps, in turn."""
    kind = methods.find(name)
    settings = resolve(kind, "smoke")
    steps = Steps(kind(settings), mnist.load("train"), 0, mx.cpu())
    records = []
    for number in range(CRITIC_STEPS):
        records.append(steps.critic_step(number))
        if number % 2:
            records.append(steps.generator_step(number // 2))
    return [{key: float(value.asscalar()) for key, value in record.items()} for record in records]


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: first_steps(name) for name in METHODS}, indent=1) + "\n")
