"""What several test files need: small settings, data, networks' arrays, and folders that look like finished runs."""

import json
import os
import signal

import numpy as np

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.data import Dataset, LabelledImages
from thesis_gan.networks.layers import BatchNorm, LeakyReLU
from thesis_gan.networks.weights import initialise
from thesis_gan.profiles import resolve
from thesis_gan.streams import Streams
from thesis_gan.training.display import Progress

DIGIT, CLASSES = (1, 28, 28), 10  # of MNIST


def settings_of(name, *overrides, profile="smoke"):
    return resolve(methods.find(name), profile, overrides)


def method_of(name, *overrides, profile="smoke", data=None):
    return methods.find(name)(settings_of(name, *overrides, profile=profile), data)


def some_digits(count=64):
    """Noise in the shape of MNIST: steps do not care what is drawn, and it needs no file."""
    random = np.random.RandomState(0)
    return LabelledImages(random.randint(0, 256, (count, 28, 28, 1)).astype(np.uint8), random.randint(0, 10, count))


class Noise(Dataset):
    """Noise of any shape with any number of classes; without a name of its class, so that ``--set data=`` does not know it."""

    def __init__(self, shape, classes=4, size=24):
        self.name = self.title = "noise"
        self.shape, self.classes, self.size = shape, tuple("abcdefghijkl"[:classes]), size

    def load(self, split):
        random, (channels, *sides) = np.random.RandomState(0), self.shape
        images = random.randint(0, 256, (self.size, *sides, channels)).astype(np.uint8)
        return LabelledImages(images, random.randint(0, len(self.classes) or 1, self.size))


def initialised(network, standard_deviation=0.3, name="network"):
    initialise(network, Streams(1), name, standard_deviation, mx.cpu())
    return network


def use_exact_leaky_relu(monkeypatch):
    """MXNet's LeakyReLU rounds to float32 even in float64, which finite differences cannot bear; the same in float64."""
    monkeypatch.setattr(LeakyReLU, "hybrid_forward", lambda self, F, x: F.maximum(x, self._slope * x))


class Kinks:
    """How near the inputs of rectified units come to 0, while gradients are recorded: in parts of a layer's root mean square.

    Two ways of summing float32 numbers differ by about 1e-7 of it. Where an input is that near to 0, the unit may be on in one
    and off in the other, on this processor or the next, and gradients then differ by all that goes through it.
    """

    def __init__(self, *networks):
        self.nearest, self._hooks = np.inf, []
        for network in networks:
            network.apply(self._watch)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for hook in self._hooks:
            hook.detach()

    def _watch(self, block):
        if isinstance(block, LeakyReLU):
            self._hooks.append(block.register_forward_pre_hook(lambda block, inputs: self.look(inputs[0])))
        elif isinstance(block, BatchNorm):  # in generators ReLU follows
            self._hooks.append(block.register_forward_hook(lambda block, inputs, output: self.look(output)))

    def look(self, maps):
        if isinstance(maps, mx.nd.NDArray) and mx.autograd.is_recording():
            maps = np.abs(maps.asnumpy())
            self.nearest = min(self.nearest, maps.min() / np.sqrt(np.square(maps).mean()))


def write_run(results, method, seed, status="finished", name=None, overrides=(), profile="smoke", **metrics):
    """A run's folder with the two files that the table reads; returns the record in metrics.json."""
    name = name or f"{method}-seed{seed}"
    folder = results / "runs" / name
    folder.mkdir(parents=True)
    config = {"method": method, "seed": seed, "profile": profile, "threads": 1}
    config["settings"] = resolve(methods.find(method), profile, overrides).to_json()
    record = {"run": name, "method": method, "seed": seed, "status": status, "generator_steps": 30, "critic_steps": 150}
    record.update({"passes": 3.75, "minutes": 0.5, **metrics})
    for file, content in (("config.json", config), ("metrics.json", record)):
        (folder / file).write_text(json.dumps(content), encoding="utf-8")
    return record


def without(arrays, *ends):
    """Those of the arrays whose names do not end so."""
    return {name: array for name, array in arrays.items() if not name.endswith(ends)}


def assert_same_arrays(first, second):
    """The same names, and the same numbers to the last bit."""
    assert set(first) == set(second)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


class InterruptAt(Progress):
    """Sends this process Ctrl-C's signal at the end of an epoch."""

    def __init__(self, epoch):
        super().__init__("", 0)
        self._epoch = epoch

    def epoch(self, row, images_per_second):
        if row["epoch"] == self._epoch:
            os.kill(os.getpid(), signal.SIGINT)
