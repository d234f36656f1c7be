"""``thesis-gan evaluate``: the scores of images, or of a run."""

from thesis_gan.cli import scores
from thesis_gan.cli.arguments import add_command, add_device, add_path, filled, names, whole
from thesis_gan.errors import UserError


def add_to(commands) -> None:
    command = add_command(commands, "evaluate", run, "score images, or a run")
    command.add_argument(
        "samples",
        metavar="SAMPLES",
        help="an .npz with arr_0, or an .npy, uint8 (N, H, W, C), a folder of pictures of one size, or a run's folder",
    )
    command.add_argument(
        "--reference",
        metavar="R",
        type=filled,
        help="mnist-test, faces-test, what SAMPLES may be, or statistics, an .npz with mu and sigma (FID alone); default: of a "
        "run what its data hold out, else mnist-test",
    )
    command.add_argument(
        "--features",
        choices=("mnist", "faces", "inception", "inception-gluoncv"),
        help="mnist, faces: the classifiers in data/; inception: the network of published scores; inception-gluoncv: GluonCV's "
        "own Inception-v3 (default: of a run what its data name, else the reference's, else mnist)",
    )
    weights = "weights of the feature network (default: the ones in data/, or the published ones, downloaded once)"
    add_path(command, "--weights", "FILE", weights)
    command.add_argument(
        "--metrics",
        metavar="A,B",
        help="only these: is, fid, kid, precision, recall, density, coverage, modes, labels, swd (sliced "
        "Wasserstein, without features; default: all that there are)",
    )
    command.add_argument(
        "--num-samples",
        type=whole(100, 1_000_000),
        metavar="N",
        help="so many: generated of a run (default: its setting num_samples), else chosen by chance, the same each time "
        "(default: all)",
    )
    command.add_argument(
        "--bootstrap",
        type=whole(2, 1_000_000),
        default=0,
        metavar="N",
        help="95%% intervals of IS, FID and the sliced Wasserstein distance from N resamples",
    )
    command.add_argument("--extrapolate", action="store_true", help="also FID's limit for ever more samples")
    add_path(command, "--json", "FILE", "also write the scores there, unrounded, under torch-fidelity's names")
    add_device(command)


def run(options) -> None:
    """Score, write and print."""
    from thesis_gan import files
    from thesis_gan.device import context
    from thesis_gan.metrics.evaluate import SLICED, check_metrics, feature_network
    from thesis_gan.runs.image_source import load, score

    metrics = None if options.metrics is None else check_metrics(names(options.metrics))
    device = context(options.device)
    samples = load(options.samples, device, options.num_samples)
    reference = options.reference or samples.usual_reference
    name = options.features or samples.features(reference) or (options.weights and "inception")
    if list(metrics or ()) == [SLICED] and not options.extrapolate:
        if options.features or options.weights:
            raise UserError("The sliced Wasserstein distance needs no features; leave --features and --weights out.")
        name = None
    features = feature_network(name, options.weights, device) if name else None
    found = score(samples, reference, features, device, options.bootstrap, options.extrapolate, metrics)
    if options.json:  # before the scores are printed: a reader of these may have seen enough (evaluate … | head)
        files.write_json(options.json, found)
    scores.show(found)
