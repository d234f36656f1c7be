"""A generator as one graph of MXNet's, with names that a reader can follow."""

import json
from typing import Dict, Mapping, NamedTuple, Tuple

from thesis_gan._compat import mx
from thesis_gan.networks.portable import make_portable
from thesis_gan.networks.weights import parameters

Shape = Tuple[int, ...]


class Traced(NamedTuple):
    """parameters: of batch norm the running statistics too.  inputs and output: shapes without the batch, by name."""

    symbol: mx.sym.Symbol
    parameters: Dict[str, mx.nd.NDArray]
    inputs: Dict[str, Shape]
    output: Dict[str, Shape]


def trace(generator: mx.gluon.HybridBlock, inputs: Mapping[str, Shape], output: str) -> Traced:
    """The graph of ``generator``, which is changed to its portable form.

    Parameters are called as they are in generator.params (``up1.weight``), and what goes in and comes out as ``inputs`` and
    ``output`` say.
    """
    make_portable(generator)
    names = {parameter.name: key for key, parameter in parameters(generator).items()}
    graph = json.loads(generator(*map(mx.sym.var, inputs)).tojson())
    for node in graph["nodes"]:
        node["name"] = names.get(node["name"], _without(generator.prefix, node["name"]))
    (head,) = graph["heads"]
    graph["nodes"][head[0]]["name"] = output
    symbol = mx.sym.load_json(json.dumps(graph))
    _, (shape,), _ = symbol.infer_shape_partial(**{name: (1, *tail) for name, tail in inputs.items()})
    arrays = {names[parameter.name]: parameter.data() for parameter in parameters(generator).values()}
    return Traced(symbol, arrays, dict(inputs), {output: shape[1:]})


def _without(prefix: str, name: str) -> str:
    return name[len(prefix) :] if name.startswith(prefix) else name
