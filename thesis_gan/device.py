"""Where the arrays live."""

from thesis_gan._compat import mx
from thesis_gan.errors import UserError


def context(device: str) -> mx.Context:
    """ "cpu", "gpu", or "auto": a GPU where MXNet sees one. Raises UserError if a GPU is asked for and there is none."""
    gpus = mx.context.num_gpus() if device != "cpu" else 0
    if device == "gpu" and not gpus:
        raise UserError("MXNet sees no GPU here; use --device cpu, or install requirements-gpu.txt on a machine that has one.")
    return mx.gpu() if gpus else mx.cpu()
