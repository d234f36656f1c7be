"""The public names: imported when they are used, explained, and giving what the command line gives."""

import inspect
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import thesis_gan
from thesis_gan import UserError, api, evaluate, load_run, method_names, methods, sample, train
from thesis_gan.data import mnist
from thesis_gan.reproduction.store import STORED
from thesis_gan.runs.run import Run

CGAN = STORED / "smoke" / "runs" / "cgan-seed0"


def test_import_is_light_and_the_first_function_takes_one_thread():
    program = (
        "import os, sys; from thesis_gan import *; from thesis_gan import api;"
        "print(*{'numpy', 'scipy'} & {*sys.modules});"
        "import thesis_gan; thesis_gan.method_names(); print('mxnet' in sys.modules, os.environ['OMP_NUM_THREADS'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != api.THREADS}
    program = program.replace("from thesis_gan import *; ", "from thesis_gan import evaluate, load_run, sample, train; ")
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (result.stdout, result.stderr) == ("\nTrue 1\n", "")


def test_public_names_are_explained_and_typed():
    assert set(thesis_gan.__all__) <= set(dir(thesis_gan))
    assert thesis_gan.Run is Run and method_names() == methods.names()
    for name in set(thesis_gan.__all__) - {"Run", "UserError"}:
        function = getattr(thesis_gan, name)
        signature = inspect.signature(function)
        assert len(function.__doc__) > 50 and signature.return_annotation is not inspect.Signature.empty
        assert all(each.annotation is not inspect.Parameter.empty for each in signature.parameters.values()), name
    with pytest.raises(AttributeError, match="no attribute 'sampel'"):
        thesis_gan.sampel  # noqa: B018


def test_train_finishes_and_then_returns_what_is_there(tmp_path):
    arguments = {"profile": "smoke", "seed": 3, "settings": {"generator_steps": 2, "critic_norm": "layer"}, "device": "cpu"}
    run = train("wgan-gp", tmp_path / "run", **arguments)
    assert run.metrics["status"] == "finished" and run.metrics["generator_steps"] == 2
    assert (run.seed, run.settings.critic_norm, run.threads) == (3, "layer", api._threads())
    before = (tmp_path / "run" / "metrics.json").stat().st_mtime_ns
    assert train("wgan-gp", str(tmp_path / "run"), **arguments).metrics == run.metrics
    assert (tmp_path / "run" / "metrics.json").stat().st_mtime_ns == before
    with pytest.raises(UserError, match="critic_norm is now batch, was layer"):
        train("wgan-gp", tmp_path / "run", **{**arguments, "settings": {"generator_steps": 2, "critic_norm": "batch"}})


def test_a_stopped_training_is_a_keyboard_interrupt(tmp_path, monkeypatch):
    from thesis_gan.training.loop import Interrupted

    def stopped(*_):
        raise Interrupted

    monkeypatch.setattr("thesis_gan.runs.train.train", stopped)
    with pytest.raises(KeyboardInterrupt, match="the same call goes on from it"):
        train("dcgan", tmp_path / "run")


def test_sample_draws_what_is_asked_for():
    run = load_run(CGAN)
    images = sample(run, 12, device="cpu")
    assert images.shape == (12, 28, 28, 1) and images.dtype == np.uint8
    np.testing.assert_array_equal(images, sample(run, 12, labels=[*range(10), 0, 1], device="cpu"))
    with pytest.raises(UserError, match="12 labels are needed, one for each image"):
        sample(run, 12, labels=[3])
    with pytest.raises(UserError, match="is not told labels"):
        sample(load_run(STORED / "smoke" / "runs" / "dcgan-seed0"), 1, labels=[3])


def test_evaluate_takes_runs_arrays_and_files(tmp_path):
    run = load_run(CGAN)
    scores = evaluate(run, device="cpu")
    stored = run.metrics
    assert scores["frechet_inception_distance"] == pytest.approx(stored["frechet_inception_distance"], rel=1e-3)
    assert scores["label_accuracy"] == pytest.approx(stored["label_accuracy"], rel=1e-3)
    by_reference = evaluate(run, reference="mnist-test", features="mnist", device="cpu")
    assert by_reference == scores
    images = mnist.load("train").images[:300]
    np.save(str(tmp_path / "digits.npy"), images)
    first, second = evaluate(images, device="cpu"), evaluate(tmp_path / "digits.npy", device="cpu")
    assert first == second and first["reference"] == "mnist-test" and first["num_samples"] == 300
    same = evaluate(images, reference=images, device="cpu")
    assert same["frechet_inception_distance"] == pytest.approx(0, abs=1e-3) and same["reference"] == "300 images"
    with pytest.raises(UserError, match="at least 100 are needed"):
        evaluate(images[:3], device="cpu")


def test_a_mistake_in_a_call_is_one_sentence(tmp_path):
    run, digits = load_run(CGAN), mnist.load("test").images[:200]
    mistakes = [
        (lambda: train("dcgan", tmp_path / "x", seed=-1), "seed is a whole number from 0 to 4294967295, not -1"),
        (lambda: train("dcgan", tmp_path / "x", seed=1.5), "seed is a whole number from 0 to 4294967295, not 1.5"),
        (lambda: train("dcgan", tmp_path / "x", seed=2**64), "seed is a whole number"),
        (lambda: train("dcgan", tmp_path / "x", seed=True), "seed is a whole number"),
        (lambda: train(None, tmp_path / "x"), "None"),
        (lambda: train("dcgan", tmp_path / "x", profile=None), "None"),
        (lambda: train("dcgan", tmp_path / "x", progress="loud"), "progress is one of auto, bar, lines, not 'loud'"),
        (lambda: train("dcgan", tmp_path / "x", settings=["width=2"]), "settings are values by name"),
        (lambda: train("dcgan", tmp_path / "x", device="tpu"), "device is one of auto, cpu, gpu, not 'tpu'"),
        (
            lambda: train("dcgan", CGAN.parents[1]),
            f"is a folder of results; name one for this run, e.g. {CGAN.parent}/dcgan-seed0",
        ),
        (lambda: train("dcgan", None), "folder is a path, not None"),
        (lambda: train("dcgan", ""), "folder is a path, not ''"),
        (lambda: load_run(None), "folder is a path, not None"),
        (lambda: load_run(tmp_path), "is not the folder of a run"),
        (lambda: sample(run, 0), "count is a whole number from 1 on, not 0"),
        (lambda: sample(run, "3"), "count is a whole number"),
        (lambda: sample(run, 2, labels=[1.0, 2.0]), "label is a whole number from 0 on, not 1.0"),
        (lambda: sample(run, 2, labels=np.array([True, False])), "label is a whole number"),
        (lambda: sample(run, 2, labels=[[1, 2], [3]]), "label is a whole number"),
        (lambda: sample(run, 2, labels="12"), "label is a whole number"),
        (lambda: sample(run, 2, labels=7), "2 labels are needed"),
        (lambda: sample(run, 2, labels=[1, 10]), "Labels go from 0 to 9"),
        (lambda: sample(str(CGAN), 3), "run is what train and load_run return"),
        (lambda: evaluate(run, device="tpu"), "device is one of"),
        (lambda: evaluate(None), "samples is a path, not None"),
        (lambda: evaluate(digits, reference=run), "reference is images or their path, not a run"),
        (lambda: evaluate(digits, reference=3), "reference is a path, not 3"),
    ]
    for call, sentence in mistakes:
        with pytest.raises(UserError) as raised:
            call()
        assert sentence in str(raised.value), str(raised.value)
    assert not (tmp_path / "x").exists() and repr(run) == f"Run({str(CGAN)!r})"
    np.testing.assert_array_equal(sample(run, 2, labels=np.arange(2, dtype=np.uint8)), sample(run, 2))


def test_more_threads_than_cores_are_as_many_as_mxnet_is_going_to_have():
    program = "from thesis_gan import api; print(api._threads(), end='')"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, api.THREADS: "9999"}
    )
    assert result.stdout == str(os.cpu_count()) and "is more than the cores here" in result.stderr


def test_training_in_another_thread_cannot_be_stopped_by_signals_and_ends_as_usual(tmp_path):
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(train, "gan", tmp_path / "gan", profile="smoke", device="cpu", settings={"generator_steps": 2}).result()
    assert run.metrics["status"] == "finished"


def test_threads_are_those_that_mxnet_took(monkeypatch):
    for text, expected in (("3", 3), ("2,1", 2)):
        monkeypatch.setenv(api.THREADS, text)
        assert api._threads() == expected
    monkeypatch.delenv(api.THREADS)
    assert api._threads() >= 1 and api.THREADS not in os.environ
