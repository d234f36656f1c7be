"""Writes first_steps.json: what the methods of the thesis log in their first steps, with the smoke profile's settings.

Training amplifies rounding, so that after a few steps float32 shows little but which processor it was. So these are of three
kinds: ``numbers`` are of the program's steps in float64, which are the same to many digits everywhere; ``critic_steps`` is the
schedule; and ``bits`` has hashes of the steps in float32, for each type of processor on which this was started. Started again,
it says whether the bits are still the stored ones, and ends with status 1 if not.
"""

import contextlib
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.machine import processor_type
from thesis_gan.networks.layers import LeakyReLU
from thesis_gan.profiles import resolve
from thesis_gan.training import checkpoint
from thesis_gan.training.steps import Steps

FILE = Path(__file__).with_name("first_steps.json")
CRITIC_STEPS, EPOCHS = 12, 8
METHODS = ("dcgan", "cgan", "wgan", "wgan-gp")


class ExactSteps(Steps):
    """The same steps in float64."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        for network in (self.generator, self.critic):
            network.cast("float64")

    def _to_device(self, array):
        return super()._to_device(array.astype(np.float64))

    def _trainer(self, network):
        """RMSProp's state is float32 whatever its weight is."""
        trainer = super()._trainer(network)
        optimizer = trainer._optimizer
        create_state = optimizer.create_state

        def in_float64(index, weight):
            state = create_state(index, weight)
            return tuple(each.astype("float64") for each in (state if isinstance(state, (tuple, list)) else [state]))

        optimizer.create_state = in_float64
        return trainer


@contextlib.contextmanager
def exact_leaky_relu():
    """MXNet's LeakyReLU rounds to float32 even in float64."""
    kept = LeakyReLU.hybrid_forward
    LeakyReLU.hybrid_forward = lambda self, F, x: F.maximum(x, self._slope * x)
    try:
        yield
    finally:
        LeakyReLU.hybrid_forward = kept


def new_steps(name, kind=Steps):
    """Steps of the method with the smoke profile's settings and data."""
    method = methods.find(name)(resolve(methods.find(name), "smoke"))
    return kind(method, mnist.load("train"), 0, mx.cpu())


def order():
    """The first steps, as (name, number): twice as many critic steps as generator steps, in turn."""
    for number in range(CRITIC_STEPS):
        yield "critic_step", number
        if number % 2:
            yield "generator_step", number // 2


def first_steps(name):
    """A pair of records per step: what a method logs in float64, and in float32 from the same state."""
    exact, rounded = new_steps(name, ExactSteps), new_steps(name)
    for kind, number in order():
        carry_over(exact, rounded)
        with exact_leaky_relu():
            record = _record(getattr(exact, kind)(number))
        yield record, _record(getattr(rounded, kind)(number))


def carry_over(exact, other):
    """Bring ``other`` into the state of ``exact``, rounded."""
    arrays = checkpoint.network_arrays(generator=exact.generator, critic=exact.critic)
    arrays = {key: array.astype(np.float32) for key, array in arrays.items()}
    checkpoint.restore_networks(arrays, generator=other.generator, critic=other.critic)
    for name in ("generator_trainer", "critic_trainer"):
        trainer = getattr(exact, name)
        checkpoint.restore_trainer(getattr(other, name), checkpoint.trainer_arrays(trainer), trainer._optimizer.num_update)


def bits(name):
    """One hash per step of a method in float32: of the numbers that it logs and of all parameters after it."""
    steps, hashes = new_steps(name), []
    for kind, number in order():
        digest = hashlib.sha256(json.dumps(_record(getattr(steps, kind)(number))).encode())
        for key, array in sorted(checkpoint.network_arrays(generator=steps.generator, critic=steps.critic).items()):
            digest.update(key.encode() + array.tobytes())
        hashes.append(digest.hexdigest()[:12])
    return hashes


def critic_steps(name):
    """Critic steps per generator step in the first epochs, under the smoke profile."""
    method = methods.find(name)(resolve(methods.find(name), "smoke"))
    return [method.critic_steps(epoch) for epoch in range(EPOCHS)]


def _record(numbers):
    return {key: float(array.asscalar()) for key, array in numbers.items()}


def main():
    stored = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    found = {
        "numbers": {name: [exact for exact, _ in first_steps(name)] for name in METHODS},
        "critic_steps": {name: critic_steps(name) for name in METHODS},
    }
    type_, own = processor_type(), {name: bits(name) for name in METHODS}
    others = stored.get("bits", {})
    changed = [name for name in METHODS if type_ in others and others[type_][name] != own[name]]
    # What is stored of other processors is of the program before this change.
    found["bits"] = {type_: own} if changed else {**others, type_: own}
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    said = f"other bits than stored in {', '.join(changed)}" if changed else "no other bit than stored"
    print(f"{type_}: {said if type_ in others else 'now stored too'}")
    sys.exit(bool(changed))


if __name__ == "__main__":
    main()
