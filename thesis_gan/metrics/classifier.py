"""The MNIST classifier in whose feature space images are scored when no Inception network is at hand.

A LeNet-style network (LeCun et al. 1998) with ReLU and dropout, trained by this file on MNIST's 60,000 training digits:

    python -m thesis_gan train-classifier --output data/mnist-classifier.params

Inception Score uses its class probabilities, FID the 128 activations before the last layer.
"""

import math
from pathlib import Path
from typing import Callable, Optional

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.data import mnist
from thesis_gan.data.images import to_network
from thesis_gan.data.mnist import MNIST
from thesis_gan.metrics.features import Features, load_weights, outputs, refuse_other_shapes
from thesis_gan.networks.weights import save_weights
from thesis_gan.streams import BatchOrder, Streams

nn = mx.gluon.nn

WEIGHTS = mnist.FOLDER / "mnist-classifier.params"
# SHA-256 of the weights that data/ ships; every stored score rests on them.
WEIGHTS_SHA256 = "73c26483001e8ac6110601806bb5233dcaeced51fc3164e901bbac41a475cb53"
FEATURES = 128


class LeNet(mx.gluon.HybridBlock):
    """float32 (N, 1, 28, 28) in [-1, 1] -> features (N, 128) and logits (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        with self.name_scope():
            self.body = nn.HybridSequential()
            self.body.add(
                nn.Conv2D(32, 5, padding=2, activation="relu", in_channels=1),
                nn.MaxPool2D(2),
                nn.Conv2D(64, 5, padding=2, activation="relu", in_channels=32),
                nn.MaxPool2D(2),
                nn.Dense(FEATURES, activation="relu", in_units=64 * 7 * 7),
            )
            self.dropout = nn.Dropout(0.5)
            self.output = nn.Dense(len(MNIST.classes), in_units=FEATURES)

    def hybrid_forward(self, F, x):
        features = self.body(x)
        return features, self.output(self.dropout(features))


class MNISTFeatures:
    """The trained classifier as a function from images to :class:`Features`."""

    name = "mnist"
    classes = MNIST.classes

    def __init__(self, weights: Optional[Path] = None) -> None:
        """Load ``weights``, or the ones in ``data/``. Raises UserError if they are missing or damaged."""
        self._network = LeNet()
        path, sha256 = (WEIGHTS, WEIGHTS_SHA256) if weights is None else (Path(weights), None)
        refusal = "does not hold the MNIST classifier's weights; omit --weights to use the ones in data/"
        self.weights_sha256 = load_weights(self._network, path, refusal, sha256)

    def __call__(self, images: np.ndarray, batch_size: int = 250) -> Features:
        """uint8 (N, 28, 28, 1) -> features of each image. Raises UserError for images of another shape."""
        refuse_other_shapes(images, (28, 28, 1), self.name)
        return outputs(self._network, images, batch_size, to_network)


def accuracy(features: Features, labels: np.ndarray) -> float:
    """Share of images, 0 to 1, whose most probable class is the label, int (N,)."""
    return float((features.logits.argmax(axis=1) == labels).mean())


def train(output: Path, seed: int = 0, epochs: int = 12, report: Callable[[str], None] = print) -> float:
    """Train the classifier on MNIST, write its weights to ``output``, return its accuracy on the 10,000 test digits.

    Adam (1e-3, falling to 0 along a cosine), batches of 128, digits shifted by up to 2 pixels: all ours.
    """
    streams, batch_size = Streams(seed), 128
    train_set = mnist.load("train")
    padded = np.pad(train_set.images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    order = BatchOrder(streams, len(padded), batch_size)
    steps = epochs * order.batches_per_pass

    network = LeNet()
    network.initialize(mx.init.Xavier())
    for index, parameter in enumerate(network.collect_params().values()):
        if parameter.name.endswith("weight"):
            fan_in = int(np.prod(parameter.shape[1:]))
            weights = streams.normal("classifier weights", index, parameter.shape) * math.sqrt(2 / fan_in)
            parameter.set_data(mx.nd.array(weights))
    network.hybridize(static_alloc=True, static_shape=True)
    trainer = mx.gluon.Trainer(network.collect_params(), "adam")
    loss_function = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    mx.random.seed(seed)  # dropout is the one thing here that draws from MXNet

    for step in range(steps):
        chosen = order(step)
        down, right = streams.at("shift", step).integers(0, 5, 2)
        images = to_network(padded[chosen, down : down + 28, right : right + 28])
        trainer.set_learning_rate(1e-3 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        with mx.autograd.record():
            _, logits = network(mx.nd.array(images))
            loss = loss_function(logits, mx.nd.array(train_set.labels[chosen])).mean()
        loss.backward()
        trainer.step(1)
        if (step + 1) % order.batches_per_pass == 0:
            report(f"epoch {(step + 1) // order.batches_per_pass} of {epochs}, loss {loss.asscalar():.4f}")

    save_weights(network, output)
    test_set = mnist.load("test")
    return accuracy(MNISTFeatures(output)(test_set.images), test_set.labels)
