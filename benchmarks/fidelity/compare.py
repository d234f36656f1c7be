"""Our Inception features, scores and speed against torch-fidelity's: the same weights, images and threads, one process.

    pip install -r benchmarks/fidelity/requirements.txt     # beside this package's own requirements
    export OMP_NUM_THREADS=2 PYTHONPATH=.:tests
    python benchmarks/fidelity/compare.py > benchmarks/fidelity/RESULT.md
    python benchmarks/fidelity/compare.py --speed >> benchmarks/fidelity/RESULT.md     # on a machine that does nothing else

WEIGHTS: the published file, if you have it; otherwise random weights in its layout. Prints Markdown. Batches are timed in turn.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch_fidelity
from inception_weights import random_weights, write_pth
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

from thesis_gan import files
from thesis_gan.data import mnist
from thesis_gan.metrics.features import Features
from thesis_gan.metrics.frechet import frechet_distance, gaussian
from thesis_gan.metrics.inception import InceptionFeatures
from thesis_gan.metrics.inception_score import inception_score
from thesis_gan.metrics.kernel import kernel_distance
from thesis_gan.metrics.manifold import manifold_scores

COUNT, SPEED_BATCHES, BATCH, KERNEL_SUBSET = 256, 4, 64, 100  # BATCH: torch-fidelity's default


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", nargs="?", type=Path)
    parser.add_argument("--speed", action="store_true", help="measure the speed only")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    with tempfile.TemporaryDirectory() as folder:
        weights, name = options.weights or Path(folder) / "random.pth", "random weights"
        if options.weights:
            name = f"weights with SHA-256 {files.sha256(weights)}"
        else:
            write_pth(weights, random_weights())
        theirs = FeatureExtractorInceptionV3("x", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(weights))
        print((speed if options.speed else agreement)(InceptionFeatures(weights), theirs, name))


def agreement(ours, theirs, name: str) -> str:
    """Features and scores by both, as Markdown."""
    lines = ["| images | quantity | ours | torch-fidelity | relative difference |", "|---|---|---:|---:|---:|"]
    for kind, generated, real in (("MNIST", *digits(COUNT)), ("colour", *coloured(COUNT))):
        (our_generated, their_generated), (our_real, their_real) = (
            both(images, ours, theirs)[:2] for images in (generated, real)
        )
        pairs = (our_generated, their_generated), (our_real, their_real)
        for part in ("pool", "logits"):
            largest = max(np.abs(getattr(a, part) - getattr(b, part)).max() / np.abs(getattr(b, part)).max() for a, b in pairs)
            lines.append(f"| {kind} | {part}: largest difference, by the largest value | | | {largest:.1e} |")
        for key, (mine, other) in scores(our_generated, our_real, their_generated, their_real).items():
            lines.append(f"| {kind} | {key} | {mine:.8g} | {other:.8g} | {abs(mine - other) / max(abs(other), 1e-12):.1e} |")
    said = f"{_setting(name)}. Two sets of {COUNT} MNIST digits and two of {COUNT} colour images; KID over 100 subsets of 100."
    return "\n".join(["# Against torch-fidelity", "", said, "", *lines])


def speed(ours, theirs, name: str) -> str:
    """How long the features take, as Markdown."""
    first, _ = coloured(BATCH * (SPEED_BATCHES + 1))
    seconds = np.array(both(first, ours, theirs)[2][1:])  # the first batch makes the networks ready
    mine, other = 1000 * np.median(seconds, axis=0)
    measured = f"Features of one image, median of {len(seconds)} batches of {BATCH}, taken in turn: ours {mine:.0f} ms"
    ratio = f"ratio, median over the batches: **{np.median(seconds[:, 0] / seconds[:, 1]):.2f}**"
    setting = f"{_setting(name)}, {os.environ['OMP_NUM_THREADS']} threads"
    return f"\n## Speed\n\n{setting}. {measured}, torch-fidelity {other:.0f} ms; {ratio}."


def _setting(name: str) -> str:
    return f"Made by `compare.py` with torch-fidelity {torch_fidelity.__version__}, PyTorch {torch.__version__}, {name}"


def both(images, ours, theirs):
    """Features of the images by both, in alternating batches; and [(seconds per image of ours, of theirs), ...]."""
    mine, other, seconds = [], [], []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        began = time.perf_counter()
        mine.append(ours(batch))
        between = time.perf_counter()
        with torch.no_grad():
            pixels = np.broadcast_to(batch, (*batch.shape[:3], 3)).transpose(0, 3, 1, 2)
            other.append([output.numpy() for output in theirs(torch.from_numpy(np.ascontiguousarray(pixels)))])
        seconds.append(((between - began) / len(batch), (time.perf_counter() - between) / len(batch)))
    return Features(*map(np.concatenate, zip(*mine))), Features(*map(np.concatenate, zip(*other))), seconds


def scores(our_generated, our_real, their_generated, their_real):
    """{name: (ours, torch-fidelity's)}, each from its own features."""
    mine = dict(zip(("inception_score_mean", "inception_score_std"), inception_score(our_generated.logits)))
    mine["frechet_inception_distance"] = frechet_distance(gaussian(our_generated.pool), gaussian(our_real.pool))
    kernel = kernel_distance(our_generated.pool, our_real.pool, subset_size=KERNEL_SUBSET)
    mine.update(zip(("kernel_inception_distance_mean", "kernel_inception_distance_std"), kernel))
    mine.update(manifold_scores(our_generated.pool, our_real.pool))
    pools = [torch.from_numpy(features.pool) for features in (their_generated, their_real)]
    other = isc_features_to_metric(torch.from_numpy(their_generated.logits))
    other.update(fid_statistics_to_metric(*map(fid_features_to_statistics, pools), verbose=False))
    other.update(kid_features_to_metric(*pools, kid_subset_size=KERNEL_SUBSET, verbose=False))
    # Its distances are those of its features' number type; in float32 a sample at a ball's edge may fall on the other side.
    rounded = prc_features_to_metric(*pools, verbose=False)
    other.update(prc_features_to_metric(*(pool.double() for pool in pools), verbose=False))
    found = {name: (mine[name], value) for name, value in other.items()}
    found.update({f"{name}, torch-fidelity in float32": (mine[name], value) for name, value in rounded.items()})
    return found


def digits(count):
    """Two sets of MNIST's test digits, uint8 (N, 28, 28, 1); the first is a little blurred."""
    images = mnist.load("test").images
    first = images[:count].astype(np.float32)
    blurred = (first + np.roll(first, 1, axis=1) + np.roll(first, 1, axis=2)) / 3
    return blurred.astype(np.uint8), images[count : 2 * count]


def coloured(count):
    """Two sets of MNIST's digits in random colours on random backgrounds, uint8 (N, 36, 30, 3)."""
    random = np.random.RandomState(0)
    ink = np.pad(mnist.load("test").images[: 2 * count], ((0, 0), (4, 4), (1, 1), (0, 0))) / 255
    front, back = random.randint(0, 256, (2, 2 * count, 1, 1, 3))
    images = (ink * front + (1 - ink) * back + random.normal(0, 8, (*ink.shape[:3], 3))).clip(0, 255).astype(np.uint8)
    return images[:count], images[count:]


if __name__ == "__main__":
    main()
