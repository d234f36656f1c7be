"""The command line: ``python -m thesis_gan COMMAND``, or ``thesis-gan COMMAND``."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import List, Optional

from thesis_gan.config import PROFILES
from thesis_gan.errors import UserError

# Imports of MXNet and NumPy wait until the command runs: they read the number of threads when they are imported.


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one command. Returns the exit status: 0, 1 if something asked for was not produced, 2 for a user's mistake."""
    options = _parser().parse_args(arguments)
    threads = getattr(options, "threads", None)
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
    try:
        return options.run(options) or 0
    except (UserError, ImportError) as error:
        print(f"thesis-gan: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from the last checkpoint.", file=sys.stderr)
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="thesis-gan", description="From GAN to WGAN-GP, reproduced in MXNet Gluon.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True

    def add(name: str, run, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    profiles = "; ".join(f"{name}: {profile.summary}" for name, profile in PROFILES.items()) + " (default: quick)"
    device = {"choices": ("auto", "cpu", "gpu"), "default": "auto", "help": "auto takes a GPU where MXNet sees one"}

    everything = add("all", _all, "train and score every method, then make the table, the figures and the report (run_all.sh)")
    everything.add_argument("--profile", default="quick", help=profiles)
    everything.add_argument("--methods", help="names separated by commas; default: all")
    everything.add_argument("--seeds", type=_positive, default=1, help="trainings per method (default 1)")
    everything.add_argument("--output", type=Path, help="folder of the results (default results/PROFILE)")
    everything.add_argument("--device", **device)
    everything.add_argument("--jobs", type=_positive, help="trainings side by side (default: one per core)")

    add("list", _list, "list the methods: name, source, one line")

    train = add("train", _train, "train one method; goes on if the folder holds an unfinished run of the same settings")
    train.add_argument("method", metavar="METHOD")
    train.add_argument("--profile", default="quick", help=profiles)
    train.add_argument("--seed", type=_count, default=0)
    train.add_argument(
        "--output", type=Path, help="the run's folder (default results/PROFILE/runs/METHOD-seedS, and what is --set)"
    )
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated")
    train.add_argument("--device", **device)
    train.add_argument("--threads", type=_positive, default=1, help="threads (default 1); another number gives other last bits")
    train.add_argument("--progress", choices=("auto", "bar", "lines", "json"), default="auto")

    sample = add("sample", _sample, "write images of a run's generator")
    sample.add_argument("run_folder", metavar="RUN", type=Path)
    sample.add_argument("--count", type=_positive, required=True)
    sample.add_argument("--labels", help="classes separated by commas, repeated up to the count; for methods told labels")
    sample.add_argument("--output", type=Path, required=True, help="X.png for a sheet, X.npz for arr_0, uint8 (N, H, W, C)")
    sample.add_argument("--device", **device)

    evaluate = add("evaluate", _evaluate, "score images, or a run")
    evaluate.add_argument(
        "samples",
        metavar="SAMPLES",
        help="an .npz with arr_0, uint8 (N, H, W, C), a folder of pictures of one size, or a run's folder",
    )
    evaluate.add_argument("--reference", default="mnist-test", help="mnist-test (default), or what SAMPLES may be")
    evaluate.add_argument(
        "--features",
        choices=("mnist", "inception", "inception-gluoncv"),
        default="mnist",
        help="mnist: the classifier in data/ (default); inception: the network of published scores; "
        "inception-gluoncv: GluonCV's own Inception-v3",
    )
    evaluate.add_argument(
        "--weights",
        type=Path,
        help="weights of the feature network (default: the ones in data/, or the published ones, downloaded once)",
    )
    evaluate.add_argument(
        "--bootstrap", type=_resamples, default=0, metavar="N", help="95%% intervals of Inception Score and FID from N resamples"
    )
    evaluate.add_argument("--extrapolate", action="store_true", help="also FID's limit for ever more samples")
    evaluate.add_argument("--json", type=Path, help="also write the scores to this file")
    evaluate.add_argument("--device", **device)

    table = add("table", _table, "make the table anew from finished runs")
    table.add_argument("--results", type=Path, default=Path("results/quick"), metavar="DIR")
    table.add_argument(
        "--weights", type=Path, help="FID's Inception weights for the table's part in them (default: the downloaded ones)"
    )
    for name, run, text in (
        ("rescore", _rescore, "score finished runs anew, without training, and make the outputs anew"),
        ("figures", _figures, "draw the figures anew from finished runs"),
        ("claims", _claims, "judge the claims anew by finished runs"),
        ("report", _report, "make table, figures, claims and report.html anew from finished runs"),
        ("store", _store, "copy a profile's results to results/stored, where the regression tests read them"),
    ):
        add(name, run, text).add_argument("--results", type=Path, default=Path("results/quick"), metavar="DIR")

    add("verify-data", _verify_data, "check the files in data/")
    classifier = add("train-classifier", _train_classifier, "train the MNIST classifier whose features score the images")
    classifier.add_argument("--output", type=Path, required=True, help="file for the weights")
    classifier.add_argument("--threads", type=_positive, default=1)
    return parser


def _all(options) -> int:
    from thesis_gan import methods
    from thesis_gan._compat import usable_cores
    from thesis_gan.config import profile
    from thesis_gan.device import context
    from thesis_gan.experiments.all import run_all

    profile(options.profile)
    names = options.methods.split(",") if options.methods else methods.names()
    for name in names:
        methods.find(name)
    context(options.device)
    output = options.output or Path("results") / options.profile
    return run_all(options.profile, names, options.seeds, output, options.device, options.jobs or usable_cores())


def _list(options) -> None:
    from thesis_gan import methods

    for name in methods.names():
        method = methods.find(name)
        print(f"{name:10}  {method.summary}  [{method.source}]")


def _train(options) -> int:
    from thesis_gan.device import context
    from thesis_gan.experiments.runs import FINISHED, train
    from thesis_gan.training.loop import Interrupted

    # A run of other settings than the profile's is no row of its table, so its folder has another name.
    name = "-".join([f"{options.method}-seed{options.seed}", *options.set])
    folder = options.output or Path("results") / options.profile / "runs" / name
    try:
        run = train(
            options.method,
            options.profile,
            options.seed,
            options.set,
            folder,
            context(options.device),
            options.threads,
            options.progress,
        )
    except Interrupted:
        print(f"Stopped; a checkpoint is in {folder}, and the same command goes on from it.", file=sys.stderr)
        return 128 + signal.SIGINT
    if options.progress != "json":
        _print_scores(run.metrics)
        print(f"The run is in {folder}.")
    if run.metrics["status"] != FINISHED:
        print(f"thesis-gan: {run.name} {run.metrics['status']}", file=sys.stderr)
        return 1
    return 0


def _sample(options) -> None:
    import numpy as np

    from thesis_gan.data import images
    from thesis_gan.device import context
    from thesis_gan.experiments.runs import Run
    from thesis_gan.training.sampling import SHEET_COLUMNS

    labels = None
    if options.labels is not None:
        labels = np.resize(_labels(options.labels), options.count)
    if options.output.suffix not in (".png", ".npz"):
        raise UserError(f"--output {options.output} must end in .png or .npz.")
    sampled = Run(options.run_folder).sample(options.count, context(options.device), labels)
    if options.output.suffix == ".png":
        images.write_picture(options.output, images.grid(sampled, min(SHEET_COLUMNS, options.count)))
    else:
        images.save_npz(options.output, sampled)
    print(f"{options.count} images are in {options.output}.")


def _evaluate(options) -> None:
    from thesis_gan import files
    from thesis_gan.device import context
    from thesis_gan.experiments.samples import load
    from thesis_gan.metrics.evaluate import evaluate, feature_network

    device = context(options.device)
    features = feature_network(options.features, options.weights, device)
    reference, samples = load(options.reference, device), load(options.samples, device)
    scores = evaluate(
        samples.images, reference.images, reference.name, features, samples.labels, options.bootstrap, options.extrapolate
    )
    _print_scores(scores)
    if options.json:
        files.write_json(options.json, scores)


def _table(options) -> None:
    from thesis_gan.experiments import table1

    print(table1.write(options.results, options.weights))


def _rescore(options) -> None:
    from thesis_gan.device import context
    from thesis_gan.experiments.all import write_outputs
    from thesis_gan.experiments.runs import find_runs

    for run in find_runs(options.results):
        run.rescore(context("cpu"))
    print(write_outputs(options.results))


def _figures(options) -> None:
    from thesis_gan.experiments import figures

    for sentence in figures.write(options.results):
        print(sentence)
    print(f"The figures are in {options.results / 'figures'}.")


def _claims(options) -> None:
    from thesis_gan.experiments import claims

    for claim in claims.write(options.results):
        print(f"{claim['id']:>2}  {claim['verdict']:13}  {claim['claim']}")


def _report(options) -> None:
    from thesis_gan.experiments.all import write_outputs

    write_outputs(options.results)
    print(f"Open {options.results / 'report.html'}.")


def _store(options) -> None:
    from thesis_gan.experiments.store import store

    print(f"Stored in {store(options.results)}.")


def _verify_data(options) -> None:
    from thesis_gan.data import mnist
    from thesis_gan.metrics.classifier import MNISTFeatures

    mnist.verify()
    MNISTFeatures()
    print("The data are complete: MNIST and the classifier's weights.")


def _train_classifier(options) -> None:
    from thesis_gan import files
    from thesis_gan.metrics import classifier

    accuracy = classifier.train(options.output)
    print(
        f"{accuracy:.2%} of the test digits are classified rightly. SHA-256 of {options.output}: {files.sha256(options.output)}"
    )


def _print_scores(scores) -> None:
    for name, value in scores.items():
        numbers = value if isinstance(value, list) else [value]
        text = " to ".join(f"{number:.6g}" if isinstance(number, float) else str(number) for number in numbers)
        print(f"{name:36} {text}")


def _labels(text: str) -> List[int]:
    from thesis_gan.config import CLASSES

    try:
        labels = [int(part) for part in text.split(",")]
    except ValueError:
        labels = [-1]
    if not all(0 <= label < CLASSES for label in labels):
        raise UserError(f"--labels takes classes from 0 to {CLASSES - 1} separated by commas, not {text!r}.")
    return labels


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _resamples(text: str) -> int:
    number = int(text)
    if number < 2:
        raise argparse.ArgumentTypeError(f"{text} is fewer than 2")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return number
