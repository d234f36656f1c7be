"""A float32 matrix product of 2048 x 2048 by oneDNN, which is this machine's peak as MXNet can reach it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from worker import serve

from thesis_gan import processor
from thesis_gan._compat import mx

matrix = mx.nd.random.uniform(shape=(2048, 2048))


def product() -> None:
    mx.nd.FullyConnected(matrix, matrix, num_hidden=2048, no_bias=True)


serve({"product": product}, mx.nd.waitall, lambda: {"version": mx.__version__, "instructions": processor.instructions()})
