"""A traced generator as an ONNX model, by MXNet's own converter, ``mxnet.onnx``."""

import json
import warnings
from typing import Any, List, Mapping

import numpy as np

from thesis_gan import __version__
from thesis_gan._compat import import_onnx_graph
from thesis_gan.export.graph import Shape, Traced

OPSET = 13  # the last that MXNet 1.9.1 knows


def convert(traced: Traced, metadata: Mapping[str, Any]) -> bytes:
    """The model, its batch size free. metadata: what it is to say of itself; what is no text is written as JSON.

    Raises ImportError if ONNX is not installed.
    """
    converter = import_onnx_graph()
    import onnx
    from onnx import helper

    converter.register("repeat", OPSET)(_repeat)
    shapes = [(1, *tail) for tail in traced.inputs.values()]
    kinds = [onnx.TensorProto.FLOAT] * len(shapes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its tables of types
        graph = converter().create_onnx_graph_proto(
            traced.symbol, traced.parameters, shapes, kinds, opset_version=OPSET, dynamic=False
        )
    # The converter lists weights among the inputs, and knows of no free batch size.
    ends = [
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ("batch", *tail)) for name, tail in each.items()]
        for each in (traced.inputs, traced.output)
    ]
    graph = helper.make_graph(graph.node, str(metadata["method"]), *ends, initializer=graph.initializer)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(
        graph,
        opset_imports=[opset],
        ir_version=helper.find_min_ir_version_for([opset]),
        producer_name="thesis_gan",
        producer_version=__version__,
    )
    helper.set_model_props(model, {key: _text(value) for key, value in metadata.items()})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def draw(content: bytes, batch: Mapping[str, np.ndarray]) -> np.ndarray:
    """What ONNX Runtime makes of ``batch``, the inputs by name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    (drawn,) = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"]).run(None, dict(batch))
    return drawn


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()  # a folder's name may be no UTF-8


def _repeat(node: Mapping[str, Any], **options: Any) -> List[Any]:
    """Each number of a row several times: (N, numbers) -> (N, numbers * repeats). MXNet's own takes four times as many nodes."""
    from onnx import helper, numpy_helper

    name, attributes = node["name"], node["attrs"]
    if attributes["axis"] != "1":
        raise NotImplementedError("repeat along another axis than 1")
    (source,) = (options["outputs_lookup"][place][output].name for place, output, _ in node["inputs"])

    def constant(role: str, shape: Shape) -> str:
        options["initializer"].append(numpy_helper.from_array(np.array(shape, np.int64), f"{name}_{role}"))
        return f"{name}_{role}"

    return [
        helper.make_node("Reshape", [source, constant("column", (0, -1, 1))], [f"{name}_columns"]),
        helper.make_node(
            "Expand", [f"{name}_columns", constant("repeats", (1, 1, int(attributes["repeats"])))], [f"{name}_wide"]
        ),
        helper.make_node("Reshape", [f"{name}_wide", constant("row", (0, -1))], [name], name=name),
    ]
