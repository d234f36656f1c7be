"""What real digits have against other real digits in sliced Wasserstein distance, to read a generator's numbers by.

    python benchmarks/scores/real_against_real.py > benchmarks/scores/REAL_AGAINST_REAL.md

Prints Markdown. A few minutes.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from thesis_gan.data import mnist
from thesis_gan.metrics.sliced_wasserstein import sliced_wasserstein_distances


def main() -> None:
    train, test = mnist.load("train").images, mnist.load("test").images
    rows = [("training digits against others", train[:count], train[count : 2 * count]) for count in (100, 500, 1000)]
    some, others = test[:500], test[500:1000].astype(np.float64)
    spoilt = {
        "test digits against others": others,
        "… with noise of deviation 16": others + np.random.RandomState(0).normal(0, 16, others.shape),
        "… blurred, deviation 0.7 pixels": gaussian_filter(others, (0, 0.7, 0.7, 0)),
        "… moved by 2 pixels": np.roll(others, 2, axis=2),
        "… half the contrast": others / 2,
        "… one digit only": np.repeat(others[:1], len(others), axis=0),
    }
    rows += [(name, some, images.round().clip(0, 255).astype(np.uint8)) for name, images in spoilt.items()]
    rows += [("halves of the test digits", test[:5000], test[5000:]), ("training against test digits", train[:5000], test[:5000])]
    print(
        "# Real against real\n\n"
        "Sliced Wasserstein distance (x 1,000) of MNIST's digits, made by `real_against_real.py`. A generator cannot be\n"
        "expected below real digits in equal numbers. The rows with … show what harms which level. The halves of the test\n"
        "digits come from two collections, the first of them cleaner (LeCun), so they are not two draws from one source.\n\n"
        "| | images of each | mean | 28 pixels | 14 pixels |\n|---|---:|---:|---:|---:|"
    )
    for name, first, second in rows:
        found = sliced_wasserstein_distances(first, second)
        print(f"| {name} | {len(first):,} | " + " | ".join(f"{value:.1f}" for value in found.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
