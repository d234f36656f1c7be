"""Several workers on one run: together they do what one does, in real processes, and end together."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_same_arrays, method_of, settings_of, some_digits

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks.weights import from_arrays, parameters, to_arrays
from thesis_gan.training import checkpoint
from thesis_gan.training.steps import Steps
from thesis_gan.training.workers import Alone, join

pytestmark = pytest.mark.numeric

SEPARABLE = [name for name in methods.names() if methods.find(name).separable]
SMALL = ("architecture=mlp", "critic_norm=none", "width=4", "batch_size=8", "z_size=6")


class Part(Alone):
    """Worker ``rank`` of ``count`` in this process: it keeps its gradients and numbers, and gets the sums from the test."""

    def __init__(self, rank, count, others=None):
        self.rank, self.count, self.others = rank, count, others

    def part(self, batch):
        size = len(batch) // self.count
        return np.ascontiguousarray(batch[self.rank * size : (self.rank + 1) * size])

    def average(self, name, network, numbers):
        gradients = [each.grad() for each in parameters(network).values() if each.grad_req != "null"]
        self.found = [array.asnumpy() for array in (*gradients, *numbers.values())]
        if self.others is None:
            return numbers
        means = [np.mean(arrays, axis=0) for arrays in zip(self.found, *(other.found for other in self.others))]
        for gradient, mean in zip(gradients, means):
            gradient[:] = mx.nd.array(mean)
        return dict(zip(numbers, map(mx.nd.array, means[len(gradients) :])))


def gradients_of(network):
    known = parameters(network)
    return {name: each.grad().asnumpy() for name, each in known.items() if each.grad_req != "null"}


def trained(network):
    return {name: each.data().asnumpy() for name, each in parameters(network).items() if each.grad_req != "null"}


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays.values()])


@pytest.mark.parametrize("name", SEPARABLE)
def test_workers_make_the_steps_that_one_makes_of_the_whole_batch(name):
    overrides = [each for each in SMALL if name != "sngan" or not each.startswith("critic_norm")]
    overrides = [each for each in overrides if name != "wgan-gp-ln" or not each.startswith("critic_norm")]
    method, data = method_of(name, *overrides), some_digits()
    whole = Steps(method, data, 0, mx.cpu())
    second = Part(1, 2)
    parts = [Steps(method, data, 0, mx.cpu(), workers=second), Steps(method, data, 0, mx.cpu(), workers=Part(0, 2, [second]))]
    for step in range(20):
        for network, take in (("critic", "critic_step"), ("generator", "generator_step")):
            for each in parts:  # from the same state, so that differences do not grow
                for side in ("generator", "critic"):
                    from_arrays(getattr(each, side), to_arrays(getattr(whole, side)))
                    trainer = f"{side}_trainer"
                    updates = step + (side == "critic" and network == "generator")
                    arrays = checkpoint.trainer_arrays(getattr(whole, trainer))
                    checkpoint.restore_trainer(getattr(each, trainer), arrays, updates)
            numbers = getattr(whole, take)(step)
            found = [getattr(each, take)(step) for each in parts][1]
            expected, got = (gradients_of(getattr(each, network)) for each in (whole, parts[1]))
            largest = max(np.abs(gradient).max() for gradient in expected.values())
            # Of the network's largest: a bias's gradient may be what is left where far larger parts cancel out.
            for key in expected:
                np.testing.assert_allclose(got[key], expected[key], rtol=0, atol=1e-5 * largest, err_msg=f"{key}, step {step}")
            # Adam and RMSProp divide each gradient by its own size: where it is all but 0 (that of a Wasserstein critic's last
            # bias is 0 but for rounding), they make steps of the rounding. There parameters are not compared.
            clear = np.abs(flat(expected)) > 1e-4 * largest
            assert clear.mean() > 0.3
            expected, got = (flat(trained(getattr(each, network)))[clear] for each in (whole, parts[1]))
            assert np.linalg.norm(got - expected) < 1e-5 * np.linalg.norm(expected), f"{network}, step {step}"
            for key in numbers:
                np.testing.assert_allclose(found[key].asnumpy(), numbers[key].asnumpy(), rtol=1e-4, atol=1e-5, err_msg=key)


@pytest.mark.parametrize("name", sorted(set(methods.names()) - set(SEPARABLE)))
def test_what_is_of_the_whole_batch_is_refused(name):
    with pytest.raises(UserError, match="as a whole"):
        settings_of(name, "workers=2")


def test_mistakes_are_one_sentence(monkeypatch):
    with pytest.raises(UserError, match="cannot share equally"):
        settings_of("wgan", "workers=3", "batch_size=64")
    with pytest.raises(UserError, match="--local-workers 2"):
        join(2)
    monkeypatch.setenv("DMLC_ROLE", "worker")
    monkeypatch.setenv("DMLC_NUM_WORKER", "3")
    with pytest.raises(UserError, match="starts 3 workers"):
        join(2)


def command(folder, *more):
    words = [sys.executable, "-m", "thesis_gan", "train", "wgan-gp", "--profile", "smoke", "--output", str(folder)]
    words += ["--set", "data=8gaussians", "--set", "train_images=2048", "--set", "num_samples=100", "--progress", "lines"]
    for each in ("width=8", "batch_size=64", "checkpoint_minutes=0.002", "generator_steps=60", "epochs=0", *more):
        words += ["--set", each]
    return words


def arrays_of(folder):
    newest = max(folder.glob("checkpoint-*.bin"))
    return checkpoint.read(newest).arrays


def children_of(process):
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == process.pid:
                role = [each for each in (path / "environ").read_bytes().split(b"\0") if each.startswith(b"DMLC_ROLE=")]
                found.setdefault(role[0].decode().partition("=")[2], []).append(int(path.name))
        except (OSError, IndexError):
            pass
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_dead_worker_ends_the_run_and_the_same_command_goes_on_to_the_same_bits(tmp_path):
    longer = "generator_steps=80"
    whole, broken, alone = (tmp_path / name for name in ("whole", "broken", "alone"))
    done = subprocess.run([*command(whole, longer), "--local-workers", "2"], capture_output=True, timeout=240)
    assert done.returncode == 0, done.stderr.decode()
    process = subprocess.Popen([*command(broken, longer), "--local-workers", "2"], stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 120
        while not list(broken.glob("checkpoint-*.bin")) and time.monotonic() < until:
            time.sleep(0.05)
        children = children_of(process)
        os.kill(children["worker"][1], signal.SIGKILL)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "by signal 9" in said.decode() and "goes on from the last checkpoint" in said.decode()
    assert "Traceback" not in said.decode()
    assert not any(Path(f"/proc/{child}").exists() for each in children.values() for child in each)
    assert not (broken / "metrics.json").exists()
    again = subprocess.run([*command(broken, longer), "--local-workers", "2"], stdout=subprocess.PIPE, timeout=240)
    assert again.returncode == 0
    assert_same_arrays(arrays_of(whole), arrays_of(broken))
    config = json.loads((whole / "config.json").read_text())
    assert config["settings"]["workers"]["value"] == 2
    # One worker of the whole batch: the same first checkpoints but for rounding, which grows from step to step.
    few = ("generator_steps=3", "checkpoint_minutes=1000")
    for folder, more in ((alone, []), (tmp_path / "two", ["--local-workers", "2"])):
        subprocess.run([*command(folder, *few), *more], check=True, stdout=subprocess.DEVNULL, timeout=120)
    one, two = arrays_of(alone), arrays_of(tmp_path / "two")
    for name in one:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-4, atol=1e-4 * np.abs(one[name]).max(), err_msg=name)
