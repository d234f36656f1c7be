"""Inception-v3 features: the network of published Inception Scores and FIDs, and GluonCV's own Inception-v3.

``inception`` is the network of Heusel et al. 2017 (TensorFlow's graph of 2015-12-05), made of GluonCV's Inception-v3: 1008
outputs, average pools that leave the padding out, a maximum for the last mixed block's pool. Its weights are the file that
PyTorch programs use for FID. Scores by it can be put beside published ones.

``inception-gluoncv`` is GluonCV's model, trained on ImageNet by its authors. It is another network: its scores are comparable
with one another only.
"""

from pathlib import Path
from typing import Dict, Optional

import numpy as np

from thesis_gan import files
from thesis_gan._compat import import_model_zoo, mx
from thesis_gan.errors import UserError
from thesis_gan.metrics import tensor_files
from thesis_gan.metrics.features import Features, load_weights, outputs
from thesis_gan.metrics.inception_weights import published_weights, zoo_weights
from thesis_gan.metrics.resize import resize

SIZE = 299
OUTPUTS = 1008  # of the graph of 2015; 1000 are classes of ImageNet

# What GluonCV's models were trained on: mean and standard deviation of each channel over ImageNet, values 0 to 1.
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# The convolutions of the PyTorch file in the order in which GluonCV's network has them.
A = ("branch1x1", "branch5x5_1", "branch5x5_2", "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3", "branch_pool")
B = ("branch3x3", "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3")
C = ("branch1x1", "branch7x7_1", "branch7x7_2", "branch7x7_3")
C += ("branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5", "branch_pool")
D = ("branch3x3_1", "branch3x3_2", "branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3", "branch7x7x3_4")
E = ("branch1x1", "branch3x3_1", "branch3x3_2a", "branch3x3_2b")
E += ("branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3a", "branch3x3dbl_3b", "branch_pool")
STEM = ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3")
MIXED = {"5b": A, "5c": A, "5d": A, "6a": B, "6b": C, "6c": C, "6d": C, "6e": C, "7a": D, "7b": E, "7c": E}
CONVOLUTIONS = STEM + tuple(f"Mixed_{block}.{branch}" for block, branches in MIXED.items() for branch in branches)

BATCH_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "running_mean", "running_var": "running_var"}


class InceptionFeatures:
    """The network of published scores. Inception Score from logits without the bias, distances from the last 2048 averages."""

    name = "inception"
    classes = ()  # ImageNet's

    def __init__(self, weights: Optional[Path] = None, context: Optional[mx.Context] = None) -> None:
        """Load ``weights``, by default the published ones (see :func:`published_weights`); compute on ``context``, or the CPU.

        Raises UserError if they cannot be had or are not such weights, ImportError without GluonCV.
        """
        path = published_weights() if weights is None else Path(weights)
        arrays = tensor_files.load(path)
        self.weights_sha256 = files.sha256(path)
        self._context = context or mx.cpu()
        network = import_model_zoo().inception_v3(classes=OUTPUTS)
        _make_the_graph_of_2015(network)
        _set(network, arrays, path, self._context)
        self._network = _Both(network)

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> Features:
        """uint8 (N, H, W, C), C = 1 (repeated to 3) or 3, of any size -> 2048 activations and 1008 logits of each image."""
        return outputs(self._network, images, batch_size, lambda some: _as_in_2015(_large(some)), self._context)


class GluonCVInceptionFeatures:
    """GluonCV's Inception-v3, for ImageNet. Inception Score from its 1000 logits, distances from the last 2048 averages."""

    name = "inception-gluoncv"
    classes = ()  # ImageNet's

    def __init__(self, weights: Optional[Path] = None, context: Optional[mx.Context] = None) -> None:
        """Load ``weights``, by default those of GluonCV's model zoo; compute on ``context``, or the CPU.

        Raises UserError if they cannot be had or are not such weights, ImportError without GluonCV.
        """
        network = import_model_zoo().inception_v3()
        path = zoo_weights() if weights is None else Path(weights)
        self._context = context or mx.cpu()
        refusal = (
            "does not hold GluonCV's Inception-v3; leave --weights out to have it downloaded, or choose --features inception for "
            "PyTorch's file"
        )
        self.weights_sha256 = load_weights(network, path, refusal, context=self._context)
        self._network = _Both(network)

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> Features:
        """uint8 (N, H, W, C), C = 1 (repeated to 3) or 3, of any size -> 2048 activations and 1000 logits of each image."""
        return outputs(self._network, images, batch_size, lambda some: _as_for_imagenet(_large(some)), self._context)


class _Both(mx.gluon.HybridBlock):
    """float32 (N, 3, 299, 299) -> what the network sees (N, 2048) and says (N, classes)."""

    def __init__(self, network: mx.gluon.HybridBlock) -> None:
        super().__init__()
        self.features, self.output = network.features, network.output
        self.hybridize(static_alloc=True)

    def hybrid_forward(self, F, x):
        pool = F.Flatten(self.features(x))
        return pool, self.output(pool)


def _large(images: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, C) -> float32 (N, 3, 299, 299), 0 to 255; a grey image is resized once and then repeated."""
    pixels = resize(images, SIZE)
    return np.broadcast_to(pixels, (len(pixels), 3, SIZE, SIZE))


def _as_in_2015(pixels: np.ndarray) -> np.ndarray:
    return (pixels - np.float32(128)) / np.float32(128)


def _as_for_imagenet(pixels: np.ndarray) -> np.ndarray:
    mean, deviation = (np.array(numbers, np.float32).reshape(3, 1, 1) for numbers in (IMAGENET_MEAN, IMAGENET_DEVIATION))
    return (pixels / np.float32(255) - mean) / deviation


def _make_the_graph_of_2015(network: mx.gluon.HybridBlock) -> None:
    """Turn GluonCV's Inception-v3, not yet initialised, into the network whose weights were published for FID."""
    pools = []

    def collect(block: mx.gluon.Block) -> None:
        if isinstance(block, mx.gluon.nn.AvgPool2D) and block._kwargs["pad"] == (1, 1):
            pools.append(block)

    network.apply(collect)
    for pool in pools:
        pool._kwargs["count_include_pad"] = False
    pools[-1]._kwargs["pool_type"] = "max"  # a slip in that graph, kept because every published score has it


def _set(network: mx.gluon.HybridBlock, arrays: Dict[str, np.ndarray], path: Path, context: mx.Context) -> None:
    """Set the parameters from the arrays of a PyTorch file, all but the last layer's bias, which stays 0.

    Raises UserError if a name or a shape is not this network's.
    """
    parameters = network._collect_params_with_prefix()
    weights = [name for name in parameters if name.startswith("features.") and name.endswith(".weight")]
    places = {"fc.weight": "output.weight"}
    for convolution, weight in zip(CONVOLUTIONS, weights):
        places[f"{convolution}.conv.weight"] = weight
        norm = weight[: -len("0.weight")] + "1."
        places.update({f"{convolution}.bn.{there}": norm + here for there, here in BATCH_NORM.items()})
    given = {name for name in arrays if not name.endswith(".num_batches_tracked")} - {"fc.bias"}
    for name in sorted(given ^ set(places)):
        _refuse(path, f"{name} is {'too many' if name in given else 'missing'}")
    parameters["output.bias"].initialize(mx.init.Zero(), ctx=context)
    for there, here in places.items():
        parameter, array = parameters[here], arrays[there]
        # GluonCV leaves the number of input channels (0) to the first input.
        if len(parameter.shape) != array.ndim or any(own not in (0, given) for own, given in zip(parameter.shape, array.shape)):
            _refuse(path, f"{there} has the shape {array.shape}")
        parameter.shape = array.shape
        parameter.initialize(mx.init.Zero(), ctx=context)
        parameter.set_data(mx.nd.array(array, ctx=context))


def _refuse(path: Path, why: str) -> None:
    raise UserError(
        f"{path} does not hold the Inception weights of FID ({why}); leave --weights out to have them downloaded, "
        "or choose --features inception-gluoncv for GluonCV's file."
    )
