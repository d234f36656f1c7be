"""The command line: ``python -m thesis_gan COMMAND``, or ``thesis-gan COMMAND``."""

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Callable, Iterator, List, Optional

from thesis_gan.errors import NoPlace, UserError
from thesis_gan.lock import hold
from thesis_gan.profiles import PROFILES

# Imports of MXNet and NumPy wait until the command runs: they read the number of threads when they are imported.


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one command. Returns the exit status: 0, 1 if something asked for was not produced, 2 for a user's mistake."""
    options = None
    try:
        with _terminated_like_interrupted():
            options = _parser().parse_args(arguments)
            threads = getattr(options, "threads", None)
            if threads is not None:
                os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
            status = options.run(options) or 0
            sys.stdout.flush()
            return status
    except NoPlace as error:
        other = next((f", or choose another --{name}" for name in ("output", "json") if hasattr(options, name)), "")
        return _complain(f"{str(error)[:-1]}{other}.")
    except (UserError, ImportError) as error:
        return _complain(str(error))
    except BrokenPipeError:  # who read the output (less, head) has seen enough; nor is there one for what is still buffered
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _complain(f"{error.filename or 'A file'} cannot be used ({error.strerror}); name another file or folder.")
    except MemoryError:
        return _complain("There is too little memory for this; ask for fewer or smaller images.")
    except KeyboardInterrupt:
        print(f"\nStopped; {getattr(options, 'stopped', 'the same command starts anew')}.", file=sys.stderr)
        return 128 + signal.SIGINT


def _complain(sentence: str) -> int:
    print(f"thesis-gan: {sentence}", file=sys.stderr)
    return 2


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """A termination signal is taken like Ctrl-C: files are tidied up, and a sentence says how to go on."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


class _Parser(argparse.ArgumentParser):
    """Mistakes are one sentence, without the list of all options."""

    def error(self, message: str) -> None:
        raise UserError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="thesis-gan", description="From GAN to WGAN-GP, reproduced in MXNet Gluon.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True

    def add(name: str, run, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    profiles = "; ".join(f"{name}: {profile.summary}" for name, profile in PROFILES.items()) + " (default: quick)"
    device = {"choices": ("auto", "cpu", "gpu"), "default": "auto", "help": "auto takes a GPU where MXNet sees one"}

    threads = {"type": _whole(1, os.cpu_count() or 1), "default": 1}
    threads["help"] = "threads (default 1); another number gives other last bits"

    tensorboard = {"type": Path, "metavar": "DIR", "help": "also write curves and sheets there, for TensorBoard to show"}

    everything = add(
        "all",
        _all,
        "train and score every method (under standard and thesis, make what toy and perfect make as well), then make the table, "
        "the figures and the report (run_all.sh)",
    )
    everything.add_argument("--profile", default="quick", help=profiles)
    everything.add_argument("--methods", help="names separated by commas; default: the profile's")
    everything.add_argument("--seeds", type=_whole(1, 1000), help="trainings per method (default: the profile's)")
    everything.add_argument("--output", type=Path, help="folder of the results (default results/PROFILE)")
    everything.add_argument("--device", **device)
    everything.add_argument("--jobs", type=_whole(1, 1000), help="trainings side by side (default: one per core)")

    everything.add_argument("--tensorboard", **tensorboard)
    everything.set_defaults(stopped="what is finished is kept, and the same command goes on with the rest")

    add("list", _list, "list the methods: name, source, one line")

    train = add("train", _train, "train one method; goes on if the folder holds an unfinished run of the same settings")
    train.set_defaults(stopped="the same command goes on from the last checkpoint, if one has been written")
    train.add_argument("method", metavar="METHOD")
    train.add_argument("--profile", default="quick", help=profiles)
    train.add_argument("--seed", type=_whole(0, 2**32 - 1), default=0)
    train.add_argument(
        "--output", type=Path, help="the run's folder (default results/PROFILE/runs/METHOD-seedS, and what is --set)"
    )
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated")
    train.add_argument("--device", **device)
    train.add_argument("--threads", **threads)
    train.add_argument(
        "--local-workers",
        type=_whole(2, 1000),
        metavar="N",
        help="share each batch between N processes here, with --threads each; the same as --set workers=N (docs/cluster.md)",
    )
    train.add_argument("--progress", choices=("auto", "bar", "lines", "json"), default="auto")
    train.add_argument("--tensorboard", **tensorboard)

    sample = add("sample", _sample, "write images, or points, of a run's generator")
    sample.add_argument("run_folder", metavar="RUN", type=Path)
    sample.add_argument("--count", type=_whole(1, 1_000_000), required=True)
    sample.add_argument("--labels", help="classes separated by commas, repeated up to the count; for methods told labels")
    sample.add_argument(
        "--output", type=Path, required=True, help="X.png for a sheet, X.npz for arr_0, uint8 (N, H, W, C) or float32 (N, 2)"
    )
    sample.add_argument("--device", **device)

    interpolate = add("interpolate", _interpolate, "write images on the way between two z, or between two digits")
    interpolate.add_argument("run_folder", metavar="RUN", type=Path)
    interpolate.add_argument("--between", choices=("z", "labels"), default="z", help="labels: each digit into the next, same z")
    interpolate.add_argument("--rows", type=_whole(1, 1000), default=10, help="ways to go (default 10)")
    interpolate.add_argument("--steps", type=_whole(2, 1000), default=10, help="images on each way, with its ends (default 10)")
    interpolate.add_argument("--output", type=Path, required=True, help="X.png for one row per way, X.gif to see them move")
    interpolate.add_argument("--device", **device)

    animate = add("animate", _animate, "make an animation of a run's training from its sheets, one per epoch")
    animate.add_argument("run_folder", metavar="RUN", type=Path)
    animate.add_argument("--output", type=Path, required=True, help="X.gif")

    export = add("export", _export, "write a run's generator as a file for other programs (docs/use-elsewhere.md)")
    export.add_argument("run_folder", metavar="RUN", type=Path)
    export.add_argument(
        "--output", type=Path, required=True, help="X.onnx for ONNX, X-symbol.json for MXNet's own two files (with X-0000.params)"
    )

    evaluate = add("evaluate", _evaluate, "score images, or a run")
    evaluate.add_argument(
        "samples",
        metavar="SAMPLES",
        help="an .npz with arr_0, or an .npy, uint8 (N, H, W, C), a folder of pictures of one size, or a run's folder",
    )
    evaluate.add_argument(
        "--reference",
        default="mnist-test",
        help="mnist-test (default), what SAMPLES may be, or statistics, an .npz with mu and sigma (FID alone)",
    )
    evaluate.add_argument(
        "--features",
        choices=("mnist", "faces", "inception", "inception-gluoncv"),
        default="mnist",
        help="mnist, faces: the classifiers in data/ (default mnist); inception: the network of published scores; "
        "inception-gluoncv: GluonCV's own Inception-v3",
    )
    evaluate.add_argument(
        "--weights",
        type=Path,
        help="weights of the feature network (default: the ones in data/, or the published ones, downloaded once)",
    )
    evaluate.add_argument(
        "--bootstrap",
        type=_whole(2, 1_000_000),
        default=0,
        metavar="N",
        help="95%% intervals of IS and FID from N resamples",
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
        (
            "comparison",
            _comparison,
            "put all methods side by side anew: extended table and pictures, and a table of the runs on points",
        ),
        ("claims", _claims, "judge the claims anew by finished runs"),
        ("report", _report, "make table, figures, claims and report.html anew from finished runs"),
        ("store", _store, "copy a profile's results to results/stored, where the regression tests read them"),
    ):
        add(name, run, text).add_argument("--results", type=Path, default=Path("results/quick"), metavar="DIR")

    toy = add("toy", _toy, "train critics of points in the plane and draw Fig. 11 of them; a few minutes")
    perfect = add("perfect", _perfect, "train discriminators to perfection against a generator that stands still (§3.1); minutes")
    for command in (toy, perfect):
        command.add_argument("--output", type=Path, default=Path("results/quick"), metavar="DIR", help="folder of the results")
        command.add_argument("--threads", **threads)
        command.add_argument("--held", action="store_true", help=argparse.SUPPRESS)  # who starts it holds the folder

    faces = add("faces", _faces, "draw the set of faces (after ./run_all.sh setup --faces)")
    faces.add_argument(
        "--output", type=Path, required=True, help="X.npz: arr_0, uint8 (N, S, S, 3), labels (hair's colours) and more"
    )
    faces.add_argument("--count", type=_whole(1, 1_000_000), default=8192, metavar="N", help="how many (default 8192)")
    faces.add_argument("--size", type=_whole(8, 512), default=64, metavar="S", help="pixels on a side (default 64)")

    add("verify-data", _verify_data, "check the files in data/")
    classifier = add("train-classifier", _train_classifier, "train a classifier whose features score the images")
    classifier.add_argument("--data", choices=("mnist", "faces"), default="mnist", help="what it is trained on (default mnist)")
    classifier.add_argument("--output", type=Path, required=True, help="file for the weights")
    classifier.add_argument("--threads", type=_whole(1, os.cpu_count() or 1), default=1)
    return parser


def _all(options) -> int:
    from thesis_gan import methods
    from thesis_gan._compat import usable_cores
    from thesis_gan.device import context
    from thesis_gan.profiles import profile
    from thesis_gan.reproduction.plan import default_methods
    from thesis_gan.reproduction.run_all import run_all

    seeds = profile(options.profile).seeds if options.seeds is None else options.seeds
    names = default_methods(options.profile) if options.methods is None else options.methods.split(",")
    for name in names:
        methods.find(name)
    context(options.device)
    output = options.output or Path("results") / options.profile
    return run_all(options.profile, names, seeds, output, options.device, options.jobs or usable_cores(), options.tensorboard)


def _list(options) -> None:
    from thesis_gan import methods

    for name in methods.names():
        method = methods.find(name)
        print(f"{name:10}  {method.summary}  [{method.source}]")


def _train(options) -> int:
    from thesis_gan.device import context
    from thesis_gan.runs.run import FINISHED
    from thesis_gan.runs.train import train
    from thesis_gan.training.loop import Interrupted

    if options.local_workers:
        return _local_workers(options)
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
            options.tensorboard,
        )
    except Interrupted:
        print(f"Stopped; a checkpoint is in {folder}, and the same command goes on from it.", file=sys.stderr)
        return 128 + signal.SIGINT
    if run is None:  # one of several workers, and not the one that writes
        return 0
    if options.progress != "json":
        _print_scores(run.metrics)
        print(f"The run is in {folder}.")
    if run.metrics["status"] != FINISHED:
        print(f"thesis-gan: {run.name} {run.metrics['status']}", file=sys.stderr)
        return 1
    return 0


def _local_workers(options) -> int:
    """The same command in as many processes; a mistake in it is found before they start, and said once."""
    from thesis_gan.runs.local_workers import run_local_workers
    from thesis_gan.runs.train import describe

    chosen = f"workers={options.local_workers}"
    overrides = options.set if chosen in options.set else [*options.set, chosen]
    _, settings = describe(options.method, options.profile, options.seed, overrides, options.threads)
    if settings.workers != options.local_workers:
        raise UserError(f"--local-workers is {options.local_workers} and workers is {settings.workers}; make them agree.")
    arguments = ["train", options.method, "--profile", options.profile, "--seed", str(options.seed)]
    arguments += ["--device", options.device, "--threads", str(options.threads), "--progress", options.progress]
    for name in ("output", "tensorboard"):
        if getattr(options, name) is not None:
            arguments += [f"--{name}", str(getattr(options, name))]
    for override in overrides:
        arguments += ["--set", override]
    return run_local_workers(options.local_workers, arguments)


def _sample(options) -> None:
    import numpy as np

    from thesis_gan.data import picture_files
    from thesis_gan.device import context
    from thesis_gan.runs.run import Run

    labels = None
    if options.labels is not None:
        labels = np.resize(_labels(options.labels), options.count)
    if options.output.suffix not in (".png", ".npz"):
        raise UserError(f"--output {options.output} must end in .png or .npz.")
    run = Run(options.run_folder)
    sampled = run.sample(options.count, context(options.device), labels)
    if options.output.suffix == ".png":
        picture_files.write_picture(options.output, run.picture(sampled))
    else:
        picture_files.save_npz(options.output, sampled)
    print(f"{options.count} {run.kind} are in {options.output}.")


def _interpolate(options) -> None:
    from thesis_gan.data import images, picture_files
    from thesis_gan.device import context
    from thesis_gan.runs.run import Run

    if options.output.suffix not in (".png", ".gif"):
        raise UserError(f"--output {options.output} must end in .png or .gif.")
    ways = Run(options.run_folder).interpolate(options.rows, options.steps, context(options.device), options.between == "labels")
    if options.output.suffix == ".png":
        picture_files.write_picture(options.output, images.grid(ways.reshape((-1, *ways.shape[2:])), options.steps))
    else:
        columns = min(5, options.rows)
        there = [images.grid(ways[:, step], columns) for step in range(options.steps)]
        picture_files.write_animation(options.output, [*there, *there[-2:0:-1]], 100)
    print(f"{options.rows} ways of {options.steps} images are in {options.output}.")


def _animate(options) -> None:
    from thesis_gan.data import picture_files
    from thesis_gan.runs.run import Run

    if options.output.suffix != ".gif":
        raise UserError(f"--output {options.output} must end in .gif.")
    sheets = Run(options.run_folder).sheets()
    picture_files.write_animation(
        options.output, [picture_files.titled(sheet, f"epoch {epoch}") for epoch, sheet in sheets.items()], 250
    )
    print(f"{len(sheets)} epochs are in {options.output}.")


def _export(options) -> None:
    from thesis_gan.export import export
    from thesis_gan.runs.run import Run

    print(export(Run(options.run_folder), options.output))


def _evaluate(options) -> None:
    from thesis_gan import files
    from thesis_gan.device import context
    from thesis_gan.metrics.evaluate import evaluate, feature_network
    from thesis_gan.runs.image_source import load, load_reference

    device = context(options.device)
    features = feature_network(options.features, options.weights, device)
    reference, samples = load_reference(options.reference, device), load(options.samples, device)
    scores = evaluate(
        samples.images, reference, options.reference, features, samples.labels, options.bootstrap, options.extrapolate
    )
    if options.json:  # before the scores are printed: a reader of these may have seen enough (evaluate … | head)
        files.write_json(options.json, scores)
    _print_scores(scores)


def _table(options) -> None:
    from thesis_gan.reproduction import table1

    with _finished(options.results):
        print(table1.write(options.results, options.weights))


def _rescore(options) -> None:
    from thesis_gan.device import context
    from thesis_gan.reproduction import points_table
    from thesis_gan.reproduction.run_all import write_outputs
    from thesis_gan.runs.find import all_runs

    with _finished(options.results):
        for run in all_runs(options.results):
            run.rescore(context("cpu"))
        _print_made(options.results, images=write_outputs, points=points_table.write)


def _figures(options) -> None:
    from thesis_gan.reproduction import thesis_figures

    with _finished(options.results):
        for sentence in thesis_figures.write(options.results):
            print(sentence)
    print(f"The figures are in {options.results / 'figures'}.")


def _comparison(options) -> None:
    from thesis_gan.reproduction import comparison, points_table

    with _finished(options.results):
        _print_made(options.results, images=comparison.write, points=points_table.write)


def _print_made(results: Path, **makers: Callable[[Path], str]) -> None:
    """Make and print what there is to be made of the runs on images, and of those on points."""
    from thesis_gan.runs.find import all_runs

    kinds = {run.kind for run in all_runs(results)}
    for kind, make in makers.items():
        if kind in kinds:
            print(make(results))


def _claims(options) -> None:
    from thesis_gan.reproduction.claims import page as claims

    with _finished(options.results):
        for claim in claims.write(options.results):
            print(f"{claim['id']:>2}  {claim['verdict']:13}  {claim['claim']}")


def _report(options) -> None:
    from thesis_gan.reproduction.run_all import write_outputs

    with _finished(options.results):
        write_outputs(options.results)
    print(f"Open {options.results / 'report.html'}.")


@contextlib.contextmanager
def _finished(results: Path) -> Iterator[None]:
    """Be the only process that writes in ``results``, which holds finished runs."""
    from thesis_gan.runs.find import all_runs

    all_runs(results)  # or an error, before a folder is made for the lock
    with hold(results):
        yield


def _toy(options) -> None:
    from thesis_gan.reproduction.studies import clipping

    with contextlib.nullcontext() if options.held else hold(options.output):
        clipping.make(options.output)
    print(f"{clipping.EVIDENCE} and the figures are in {options.output}; `thesis-gan claims` reads it.")


def _perfect(options) -> None:
    from thesis_gan.reproduction.studies import perfect_discriminator

    with contextlib.nullcontext() if options.held else hold(options.output):
        perfect_discriminator.make(options.output)
    print(f"{perfect_discriminator.EVIDENCE} and the figure are in {options.output}; `thesis-gan claims` reads it.")


def _store(options) -> None:
    from thesis_gan.reproduction.store import store

    with _finished(options.results):
        print(f"Stored in {store(options.results)}.")


def _faces(options) -> None:
    from thesis_gan.data import face_file

    face_file.make(options.output, options.count, options.size)
    print(f"{options.count} faces of {options.size}x{options.size} are in {options.output}.")


def _verify_data(options) -> None:
    from thesis_gan.data import mnist
    from thesis_gan.metrics.classifier import MNISTFeatures
    from thesis_gan.metrics.face_classifier import FaceFeatures

    mnist.verify()
    MNISTFeatures()
    FaceFeatures()
    print("The data are complete: MNIST and the classifiers' weights.")


def _train_classifier(options) -> None:
    from thesis_gan import files
    from thesis_gan.metrics import classifier, face_classifier

    if options.data == "faces":
        _print_scores({f"{name}, share right": share for name, share in face_classifier.train(options.output).items()})
    else:
        print(f"{classifier.train(options.output):.2%} of the test digits are classified rightly.")
    print(f"SHA-256 of {options.output}: {files.sha256(options.output)}")


def _print_scores(scores) -> None:
    for name, value in scores.items():
        numbers = value if isinstance(value, list) else [value]
        text = " to ".join(f"{number:.6g}" if isinstance(number, float) else str(number) for number in numbers)
        print(f"{name:36} {text}")


def _labels(text: str) -> List[int]:
    from thesis_gan.settings import CLASSES

    try:
        labels = [int(part) for part in text.split(",")]
    except ValueError:
        labels = [-1]
    if not all(0 <= label < CLASSES for label in labels):
        raise UserError(f"--labels takes classes from 0 to {CLASSES - 1} separated by commas, not {text!r}.")
    return labels


def _whole(minimum: int, maximum: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {minimum} to {maximum}")
        return value

    return number
