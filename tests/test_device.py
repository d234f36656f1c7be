"""A second device: everything that a run computes with lies where it was told to. mx.cpu(1) stands in for a GPU.

Operators take arrays of cpu(0) and cpu(1) together, which those of a GPU would refuse; so these tests look at every one of them.
The classifier's features stay on the CPU, so that scores are the same everywhere; drawing, animations, and the experiments of
Fig. 11 and §3.1 never leave it.
"""

import ctypes
from unittest import mock

import numpy as np
import pytest
from helpers import InterruptAt, method_of, some_digits
from mxnet.base import _LIB, check_call
from mxnet.ndarray import CachedOp, ndarray, register

from thesis_gan import methods, penalties
from thesis_gan._compat import mx
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.runs import train as runs
from thesis_gan.training.loop import Interrupted
from thesis_gan.training.steps import Steps

HERE, DEVICE = mx.cpu(0), mx.cpu(1)
TINY = ("train_images=48", "batch_size=16", "width=2", "generator_steps=6", "epochs=0", "num_samples=100")


class Elsewhere(AssertionError):
    """An array is not on the device."""


class Guard:
    """While it is entered, an array that is made, or computed with, elsewhere than on the device raises Elsewhere.

    Copies may come from host memory. In it Gluon makes first values, and adds up what it saves; and the classifier is there.
    """

    def __init__(self, device):
        self._device, self._lifted, self._patches = device, False, []

    def __enter__(self):
        self._invoke, self._call, self._allocate = register._imperative_invoke, CachedOp.__call__, ndarray._new_alloc_handle
        patches = [
            mock.patch.object(register, "_imperative_invoke", self._invoked),
            mock.patch.object(CachedOp, "__call__", lambda op, *arrays, **options: self._called(op, *arrays, **options)),
            mock.patch.object(ndarray, "_new_alloc_handle", self._allocated),
        ]
        own = ((mx.gluon.Parameter, "_finish_deferred_init"), (mx.gluon.Parameter, "_reduce"))
        for kind, name in (*own, (MNISTFeatures, "__init__"), (MNISTFeatures, "__call__")):
            patches.append(mock.patch.object(kind, name, self._lifting(getattr(kind, name))))
        for patch in patches:
            patch.start()
            self._patches.append(patch)

    def __exit__(self, *error):
        while self._patches:
            self._patches.pop().stop()

    def _lifting(self, function):
        def lifted(*arguments, **options):
            before, self._lifted = self._lifted, True
            try:
                return function(*arguments, **options)
            finally:
                self._lifted = before

        return lifted

    def _check(self, context, what):
        if context != self._device and not self._lifted:
            raise Elsewhere(f"{what}: on {context}, not {self._device}")

    def _invoked(self, handle, arrays, keys, values, *options):
        name = ctypes.c_char_p()
        check_call(_LIB.MXSymbolGetAtomicSymbolName(ctypes.c_void_p(handle), ctypes.byref(name)))
        result = self._invoke(handle, arrays, keys, values, *options)
        outputs = result if isinstance(result, (list, tuple)) else [result]
        for array in outputs if name.value == b"_copyto" else [*arrays, *outputs]:
            self._check(array.context, name.value.decode())
        return result

    def _called(self, op, *arrays, **options):
        for array in arrays:
            self._check(array.context, "input of a graph")
        return self._call(op, *arrays, **options)

    def _allocated(self, shape, context, *options):
        self._check(context, f"new array of {shape}")
        return self._allocate(shape, context, *options)


def train(name, folder, device, *overrides):
    return runs.train(name, "smoke", 0, (*TINY, *overrides), folder, device, 1, "json")


def stopped_and_resumed(name, folder, *overrides):
    """A run on the device, with a stop and a checkpoint between."""
    with mock.patch.object(runs, "for_stream", lambda *_: InterruptAt(epoch=1)), pytest.raises(Interrupted):
        train(name, folder, DEVICE, *overrides)
    assert list(folder.glob("checkpoint-*.bin"))
    return train(name, folder, DEVICE, *overrides)


def assert_same_run(run, expected):
    sheets = sorted(f"samples/{path.name}" for path in (expected.folder / "samples").iterdir())
    assert sheets
    for file in ("history.csv", "curve.csv", "generator.params", *sheets):
        assert (run.folder / file).read_bytes() == (expected.folder / file).read_bytes(), file
    assert {**run.metrics, "run": "", "minutes": 0} == {**expected.metrics, "run": "", "minutes": 0}


@pytest.mark.parametrize("name", methods.names())
def test_every_method_trains_resumes_samples_and_is_scored_on_the_device(name, tmp_path):
    """And to the last bit as on the first."""
    expected = train(name, tmp_path / "here", HERE)
    with Guard(DEVICE):
        run = stopped_and_resumed(name, tmp_path / "there")
        images, ways = run.sample(12, DEVICE), run.interpolate(2, 3, DEVICE)
    assert run.metrics["status"] == runs.FINISHED
    assert_same_run(run, expected)
    np.testing.assert_array_equal(images, expected.sample(12, HERE))
    np.testing.assert_array_equal(ways, expected.interpolate(2, 3, HERE))


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "sngan"])
def test_points_are_trained_and_drawn_on_the_device(name, tmp_path):
    expected = train(name, tmp_path / "here", HERE, "data=8gaussians")
    with Guard(DEVICE):
        run = stopped_and_resumed(name, tmp_path / "there", "data=8gaussians")
    assert_same_run(run, expected)


@pytest.mark.parametrize(
    ("name", "override"),
    [
        *((name, "architecture=mlp") for name in ("dcgan", "wgan-gp", "wgan-gp-ln", "dragan", "sngan")),
        *((name, "conditional=yes") for name in ("wgan", "wgan-gp", "rsgan", "sngan")),
        ("dcgan", "skip_above=0.6"),
        ("noisy-gan", "noise_std=1"),
    ],
)
def test_other_settings_stay_on_the_device_too(name, override, tmp_path):
    with Guard(DEVICE):
        steps = Steps(method_of(name, *TINY, override), some_digits(), 0, DEVICE)
        logged = [kind(step) for step in range(2) for kind in (steps.critic_step, steps.generator_step)]
    assert {array.context for row in logged for array in row.values()} == {DEVICE}


def test_parameters_gradients_and_states_of_the_optimizers_are_on_the_device():
    steps = Steps(method_of("dcgan", *TINY), some_digits(), 0, DEVICE)
    steps.critic_step(0), steps.generator_step(0)
    for network, trainer in ((steps.generator, steps.generator_trainer), (steps.critic, steps.critic_trainer)):
        arrays = [each.data() for each in network.collect_params().values()]
        arrays += [each.grad() for each in network.collect_params().values() if each.grad_req != "null"]
        arrays += [array for state in trainer._updaters[0].states.values() for array in state]
        assert {array.context for array in arrays} == {DEVICE}


def leave_batches_here(patch):
    patch.setattr(Steps, "_to_device", lambda self, array: mx.nd.from_numpy(array))


def make_a_weight_here(patch):
    penalty = penalties.gradient_penalty
    patch.setattr("thesis_gan.methods.wgan_gp.gradient_penalty", lambda *given: penalty(*given) * mx.nd.ones((1,)))


def test_a_batch_left_elsewhere_is_refused_by_the_network(monkeypatch):
    leave_batches_here(monkeypatch)
    steps = Steps(method_of("wgan-gp", *TINY), some_digits(), 0, DEVICE)
    with pytest.raises(RuntimeError, match=r"inputs to live on the same context\. But data is on cpu\(0\)"):
        steps.critic_step(0)


@pytest.mark.parametrize("mistake", [leave_batches_here, make_a_weight_here])
def test_an_array_left_elsewhere_is_caught(mistake, monkeypatch):
    mistake(monkeypatch)
    with Guard(DEVICE):
        steps = Steps(method_of("wgan-gp", *TINY), some_digits(), 0, DEVICE)
        with pytest.raises((Elsewhere, RuntimeError), match=r"cpu\(0\)"):
            steps.critic_step(0)


@pytest.mark.parametrize(
    "make",
    [lambda: mx.nd.array([1.0]), lambda: mx.nd.zeros((2,)), lambda: mx.nd.random.uniform(shape=(2,)), lambda: mx.nd.empty((2,))],
)
def test_arrays_of_the_default_device_are_caught(make):
    with Guard(DEVICE), pytest.raises(Elsewhere):
        make()
    assert make().context == HERE


def test_operators_of_arrays_from_both_devices_are_caught():
    here, there = mx.nd.ones((1,), ctx=HERE), mx.nd.ones((1,), ctx=DEVICE)
    with Guard(DEVICE), pytest.raises(Elsewhere, match="on cpu"):
        there + here
    with Guard(DEVICE):
        assert (there + here.as_in_context(DEVICE)).asscalar() == 2
