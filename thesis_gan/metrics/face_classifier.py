"""The classifier of drawn faces, in whose feature space images of faces are scored when no Inception network is at hand.

A small convolutional network with batch norm and a head for each attribute that the picture shows, trained by this file on all
faces but the last 1,024, shifted a little and mirrored:

    python -m thesis_gan train-classifier --data faces --output data/faces-classifier.params

Inception Score and the labels obeyed use its probabilities of the hair's colours, FID the 128 activations before the heads.
"""

import math
from pathlib import Path
from typing import Callable, Dict, Optional

import numpy as np

from thesis_gan._compat import mx
from thesis_gan.data import face_file, mnist
from thesis_gan.data.face_drawing import ATTRIBUTES, HAIR_COLORS, SIZE, Faces
from thesis_gan.data.faces import HELD_OUT
from thesis_gan.data.images import to_network
from thesis_gan.metrics.features import Features, load_weights, outputs, refuse_other_shapes
from thesis_gan.networks.weights import initialise, save_weights
from thesis_gan.streams import BatchOrder, Streams

nn = mx.gluon.nn

WEIGHTS = mnist.FOLDER / "faces-classifier.params"
WEIGHTS_SHA256 = "e8f6409eee89bd4411fd6817871b1c48f531ef83bb889358bddb7b3c29993257"
FEATURES = 128

# What the picture shows well enough to be learnt; earrings, freckles and flowers are not: one to three pixels, on few faces.
SHOWN = ("labels", "hair_style", "skin_color", "background_color", "head_style", "eyes_style", "eyes_color", "eyebrows_style")
SHOWN += ("nose_style", "mouth_style", "mouth_color", "glasses_style", "glasses_color", "flip")
OPTIONAL = ("glasses_style", "glasses_color")  # which may be missing: that is a class of its own, the first
# The heads and their numbers of classes.
HEADS: Dict[str, int] = {name: len(ATTRIBUTES[name][1]) + (name in OPTIONAL) for name in SHOWN}
OFFSETS = {name: int(name in OPTIONAL) for name in HEADS}
_ENDS = np.cumsum(list(HEADS.values())).tolist()
PLACES = {name: slice(end - HEADS[name], end) for name, end in zip(HEADS, _ENDS)}  # of each head's logits among all


class FaceNet(mx.gluon.HybridBlock):
    """float32 (N, 3, 64, 64) in [-1, 1] -> features (N, 128) and the logits of all heads side by side, in the order of HEADS."""

    def __init__(self) -> None:
        super().__init__()
        with self.name_scope():
            self.body = nn.HybridSequential()
            self._convolution(3, 48, kernel=6, stride=4, padding=1)  # 16 x 16
            self._convolution(48, 64, kernel=3, stride=1, padding=1)
            self.body.add(nn.MaxPool2D(2))
            self._convolution(64, 96, kernel=3, stride=1, padding=1)
            self.body.add(nn.MaxPool2D(2))
            self.body.add(nn.Dense(FEATURES, use_bias=False, in_units=96 * 4 * 4))
            self.body.add(nn.BatchNorm(in_channels=FEATURES), nn.Activation("relu"))
            self.output = nn.Dense(sum(HEADS.values()), in_units=FEATURES)

    def _convolution(self, inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> None:
        self.body.add(nn.Conv2D(outputs, kernel, stride, padding, use_bias=False, in_channels=inputs))
        self.body.add(nn.BatchNorm(in_channels=outputs), nn.Activation("relu"))

    def hybrid_forward(self, F, x):
        features = self.body(x)
        return features, self.output(features)


class FaceFeatures:
    """The trained classifier as a function from images to :class:`Features`; its classes are the colours of the hair."""

    name = "faces"
    classes = tuple(HAIR_COLORS)

    def __init__(self, weights: Optional[Path] = None) -> None:
        """Load ``weights``, or the ones in ``data/``. Raises UserError if they are missing or damaged."""
        self._network = FaceNet()
        path, sha256 = (WEIGHTS, WEIGHTS_SHA256) if weights is None else (Path(weights), None)
        refusal = "does not hold the weights of the classifier of faces; omit --weights to use the ones in data/"
        self.weights_sha256 = load_weights(self._network, path, refusal, sha256)

    def __call__(self, images: np.ndarray) -> Features:
        """uint8 (N, 64, 64, 3) -> features of each image. Raises UserError for images of another shape."""
        pool, logits = self._outputs(images)
        return Features(pool, logits[:, PLACES["labels"]])

    def attributes(self, images: np.ndarray) -> Dict[str, np.ndarray]:
        """uint8 (N, 64, 64, 3) -> the most probable value of each head, int64 (N,), counted as in :class:`Faces` (-1: none)."""
        _, logits = self._outputs(images)
        return {name: logits[:, place].argmax(axis=1) - OFFSETS[name] for name, place in PLACES.items()}

    def _outputs(self, images: np.ndarray) -> Features:
        refuse_other_shapes(images, (SIZE, SIZE, 3), self.name)
        return outputs(self._network, images, 256, to_network)


def accuracies(features: FaceFeatures, faces: Faces) -> Dict[str, float]:
    """Share of the faces, 0 to 1, in which each head sees what was drawn."""
    return {name: float((found == faces.attributes[name]).mean()) for name, found in features.attributes(faces.images).items()}


def train(output: Path, seed: int = 0, epochs: int = 20, report: Callable[[str], None] = print) -> Dict[str, float]:
    """Train the classifier, write its weights to ``output``, return each head's accuracy on the 1,024 faces held out.

    Adam (2e-3, falling to 0 along a cosine), batches of 64, each shifted by up to a pixel and every other one, by chance,
    mirrored, the heads' cross entropies summed: all ours.
    """
    streams = Streams(seed)
    faces = face_file.load()
    count = len(faces.images) - HELD_OUT
    padded = np.pad(faces.images[:count], ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    targets = {name: faces.attributes[name] + OFFSETS[name] for name in HEADS}
    order = BatchOrder(streams, count, 64)
    steps = epochs * order.batches_per_pass

    network = FaceNet()
    initialise(network, streams, "face classifier", None, mx.cpu())
    network.hybridize(static_alloc=True, static_shape=True)
    trainer = mx.gluon.Trainer(network.collect_params(), "adam")
    cross_entropy = mx.gluon.loss.SoftmaxCrossEntropyLoss()

    for step in range(steps):
        chosen = order(step)
        down, right = streams.at("shift", step).integers(0, 3, 2)
        images = padded[chosen, down : down + SIZE, right : right + SIZE]
        wanted = {name: target[chosen] for name, target in targets.items()}
        if streams.at("mirror", step).integers(2):
            images, wanted["flip"] = images[:, :, ::-1], 1 - wanted["flip"]
        trainer.set_learning_rate(2e-3 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        with mx.autograd.record():
            _, logits = network(mx.nd.array(to_network(images)))
            loss = sum(
                cross_entropy(logits.slice_axis(1, place.start, place.stop), mx.nd.array(wanted[name])).mean()
                for name, place in PLACES.items()
            )
        loss.backward()
        trainer.step(1)
        if (step + 1) % order.batches_per_pass == 0:
            report(f"epoch {(step + 1) // order.batches_per_pass} of {epochs}, loss {loss.asscalar():.4f}")

    save_weights(network, output)
    held_out = Faces(faces.images[count:], {name: values[count:] for name, values in faces.attributes.items()})
    return accuracies(FaceFeatures(output), held_out)
