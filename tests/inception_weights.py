"""Random weights for FID's Inception network, in the layout of the published file: the published ones are too large to ship."""

import io
import json
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path
from unittest import mock

import numpy as np

REFERENCE = Path(__file__).parent / "reference"


def random_weights():
    """{name: array}, the same each time, scaled so that activations neither die nor grow (He et al. 2015)."""
    random = np.random.RandomState(0)
    arrays = OrderedDict()
    for name, shape in json.loads((REFERENCE / "inception_shapes.json").read_text(encoding="utf-8")).items():
        if name.endswith("num_batches_tracked"):
            arrays[name] = np.array(0, np.int64)
        elif name.endswith(("bn.weight", "running_var")):
            arrays[name] = random.uniform(0.5, 1.5, shape).astype(np.float32)
        elif name.endswith(("bias", "running_mean")):
            arrays[name] = random.normal(0, 0.2, shape).astype(np.float32)
        elif name == "fc.weight":
            arrays[name] = random.normal(0, 0.1, shape).astype(np.float32)
        else:
            arrays[name] = random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32)
    return arrays


def write_pth(path, arrays):
    """Write {name: array} as PyTorch did before 1.6, without PyTorch: only the names of its functions are needed."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def make(module, name, kind):
        kind.__module__, kind.__name__, kind.__qualname__ = module.__name__, name, name
        setattr(module, name, kind)

    make(torch, "FloatStorage", type("FloatStorage", (), {}))
    make(torch, "LongStorage", type("LongStorage", (), {}))
    make(utils, "_rebuild_tensor_v2", lambda *arguments: None)

    class Storage:
        def __init__(self, key, array):
            self.key, self.array = key, array

    class Tensor:
        def __init__(self, key, array):
            self.storage, self.array = Storage(key, array), array

        def __reduce__(self):
            stride = tuple(step // self.array.itemsize for step in self.array.strides)
            return utils._rebuild_tensor_v2, (self.storage, 0, self.array.shape, stride, False, OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            if isinstance(obj, Storage):
                kind = torch.LongStorage if obj.array.dtype == np.int64 else torch.FloatStorage
                return "storage", kind, obj.key, "cpu", obj.array.size, None
            return None

    content = io.BytesIO()
    with mock.patch.dict(sys.modules, {"torch": torch, "torch._utils": utils}):
        for header in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}):
            pickle.dump(header, content, 2)
        Pickler(content, 2).dump(OrderedDict((name, Tensor(str(i), array)) for i, (name, array) in enumerate(arrays.items())))
        pickle.dump([str(i) for i in range(len(arrays))], content, 2)
    for array in arrays.values():
        content.write(array.size.to_bytes(8, "little") + np.ascontiguousarray(array).tobytes())
    Path(path).write_bytes(content.getvalue())
