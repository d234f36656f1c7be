"""Weights of a network: drawn from a seed, saved, loaded."""

import tempfile
from pathlib import Path
from typing import Dict, Optional

import numpy as np

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.networks.spectral import FIRST_STEPS, power_iteration
from thesis_gan.streams import Streams


def parameters(network: mx.gluon.Block) -> Dict[str, mx.gluon.Parameter]:
    """All parameters under the names that the network's structure gives them, e.g. ``layers.0.weight``."""
    return network._collect_params_with_prefix()


def initialise(
    network: mx.gluon.Block, streams: Streams, name: str, standard_deviation: Optional[float], context: mx.Context
) -> None:
    """Draw weights ~ N(0, standard_deviation), biases and shifts 0, scales 1 (Radford et al. 2015, §4).

    standard_deviation: None for sqrt(2 / inputs of the layer), which keeps the size of what passes through rectified layers
    (He et al. 2015).

    Spectral norm's vectors are drawn too, and brought near the first singular vectors of those weights.

    The numbers depend on the seed, ``name`` and the parameter's own name only: not on MXNet, nor on what was made before.
    """
    network.initialize(mx.init.Zero(), ctx=context)
    for key, parameter in parameters(network).items():
        if key.endswith(("weight", "power_vector")):
            deviation = np.sqrt(2 / np.prod(parameter.shape[1:])) if standard_deviation is None else standard_deviation
            numbers = streams.normal(f"{name} {key}", 0, parameter.shape) * np.float32(deviation)
            parameter.set_data(mx.nd.array(numbers, ctx=context))
        elif key.endswith(("gamma", "running_var")):
            parameter.set_data(mx.nd.ones(parameter.shape, ctx=context))
    power_iteration(network, FIRST_STEPS)


def to_arrays(network: mx.gluon.Block) -> Dict[str, np.ndarray]:
    """Every parameter as an array of its own, batch norm's running statistics included."""
    # Without the wait MXNet can hand out running statistics from before the last step.
    mx.nd.waitall()
    return {key: parameter.data().asnumpy().copy() for key, parameter in parameters(network).items()}


def from_arrays(network: mx.gluon.Block, arrays: Dict[str, np.ndarray]) -> None:
    """Set every parameter. Raises KeyError or ValueError if names or shapes are not the network's."""
    own = parameters(network)
    if set(own) != set(arrays):
        raise KeyError(f"parameters differ: {sorted(set(own) ^ set(arrays))}")
    for key, parameter in own.items():
        if parameter.shape != arrays[key].shape:
            raise ValueError(f"{key} has shape {arrays[key].shape}, not {parameter.shape}")
        parameter.set_data(mx.nd.array(arrays[key], ctx=parameter.list_ctx()[0], dtype=arrays[key].dtype))


def save_weights(network: mx.gluon.Block, path: Path) -> None:
    """Write the parameters in Gluon's own format, whole or not at all. Raises UserError if the file cannot be written."""
    expected = to_arrays(network)
    try:
        with tempfile.TemporaryDirectory() as folder:
            temporary = Path(folder) / "weights"
            network.save_parameters(str(temporary))
            content = temporary.read_bytes()
        # MXNet does not look whether its last block could be written.
        written = mx.nd.load_frombuffer(content)
        if any(not np.array_equal(written[key].asnumpy(), expected[key], equal_nan=True) for key in expected):
            raise KeyError
    except (OSError, KeyError, mx.MXNetError):
        raise UserError(f"Cannot write {path} by way of {tempfile.gettempdir()}; free space there.") from None
    files.write_bytes(path, content)


def load_weights(network: mx.gluon.Block, path: Path, context: mx.Context) -> None:
    """Read parameters that :func:`save_weights` wrote. Raises UserError if the file is missing or another network's."""
    try:
        network.load_parameters(str(path), ctx=context)
    except (mx.MXNetError, AssertionError, AttributeError, ValueError, KeyError) as error:
        if "Failed to allocate" in str(error):  # memory, and nothing is wrong with the file
            raise
        if not Path(path).exists():
            raise UserError(f"{path} is missing: the run has not finished; start it again to go on.") from None
        raise UserError(
            f"{path} does not hold this run's weights; delete the run's metrics.json and start the same run again."
        ) from None
