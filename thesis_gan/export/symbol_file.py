"""A traced generator as MXNet's own two files, such as Gluon's ``export`` writes, for any of MXNet's languages."""

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any, Mapping, NamedTuple

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.export.graph import Traced


class SymbolFiles(NamedTuple):
    """Contents of the file of the graph and of that of the weights."""

    symbol: bytes
    parameters: bytes


def convert(traced: Traced, metadata: Mapping[str, Any]) -> SymbolFiles:
    """The two files; ``metadata`` is JSON in the graph's attribute thesis_gan."""
    graph = json.loads(traced.symbol.tojson())
    said = json.dumps(metadata, ensure_ascii=False).encode("utf-8", "backslashreplace")  # a folder's name may be no UTF-8
    graph["attrs"]["thesis_gan"] = ["str", said.decode()]
    auxiliary = set(traced.symbol.list_auxiliary_states())
    arrays = {f"{'aux' if name in auxiliary else 'arg'}:{name}": array for name, array in traced.parameters.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parameters"
        mx.nd.save(str(path), arrays)
        return SymbolFiles(json.dumps(graph, indent=2, ensure_ascii=False).encode(), path.read_bytes())


def draw(written: SymbolFiles, batch: Mapping[str, np.ndarray]) -> np.ndarray:
    """What Gluon, reading the files, makes of ``batch``, the inputs by name."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        paths = [Path(folder) / name for name in SymbolFiles._fields]
        for path, content in zip(paths, written):
            path.write_bytes(content)
        warnings.filterwarnings("ignore", message="Cannot decide type")  # it decides when it is called
        block = mx.gluon.SymbolBlock.imports(str(paths[0]), list(batch), str(paths[1]))
    return block(*map(mx.nd.array, batch.values())).asnumpy()
