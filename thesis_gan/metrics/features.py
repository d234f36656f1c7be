"""What a feature network is, and what it says of images."""

from pathlib import Path
from typing import Callable, NamedTuple, Optional, Protocol, Tuple

import numpy as np

from thesis_gan import files
from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.progress_bar import bar


class Features(NamedTuple):
    """What a feature network says of N images, float32 as the network computes it; the metrics take it in float64.

    pool: (N, D) activations for the distances.  logits: (N, classes), unnormalised log-probabilities for the Inception Score.
    """

    pool: np.ndarray
    logits: np.ndarray


class FeatureNetwork(Protocol):
    """A function from images to :class:`Features`.

    name: as ``--features`` has it.  weights_sha256: of the file from which its weights came, 64 hexadecimal digits.
    classes: names of the classes of the data that its logits tell apart; () where it was made for other classes than theirs.
    """

    name: str
    classes: Tuple[str, ...]
    weights_sha256: str

    def __call__(self, images: np.ndarray) -> Features:
        """uint8 (N, H, W, C) -> features of each image. Raises UserError for images that the network cannot take."""


def load_weights(
    network: mx.gluon.HybridBlock, path: Path, refusal: str, sha256: Optional[str] = None, context: Optional[mx.Context] = None
) -> str:
    """Load Gluon's file of weights, by default on the CPU; returns its SHA-256.

    refusal: the sentence of another network's weights, after the path.  sha256: what that of a file of ours is to be.
    Raises UserError if the file is missing, damaged or another's.
    """
    found = files.sha256(path)
    if sha256 not in (None, found):
        raise UserError(f"{path} is damaged (its SHA-256 is not the one recorded); restore it with `git checkout -- data`.")
    try:
        network.load_parameters(str(path), ctx=context or mx.cpu())
    except (mx.MXNetError, AssertionError, AttributeError, ValueError, KeyError):
        raise UserError(f"{path} {refusal}.") from None
    network.hybridize(static_alloc=True)
    return found


def outputs(
    network: mx.gluon.HybridBlock,
    images: np.ndarray,
    batch_size: int,
    prepare: Callable[[np.ndarray], np.ndarray],
    context: Optional[mx.Context] = None,
) -> Features:
    """What ``network`` says of ``images``, uint8 (N, H, W, C), in batches. prepare: makes its inputs of some of them."""
    pool, logits = [], []
    for start in bar(range(0, len(images), batch_size), "features of images, batches"):
        found = network(mx.nd.array(prepare(images[start : start + batch_size]), ctx=context or mx.cpu()))
        pool.append(found[0].asnumpy())
        logits.append(found[1].asnumpy())
    return Features(np.concatenate(pool), np.concatenate(logits))


def refuse_other_shapes(images: np.ndarray, shape: Tuple[int, int, int], name: str) -> None:
    """Raises UserError unless ``images`` have this ``shape``, (H, W, C), which the features called ``name`` need."""
    if images.shape[1:] != shape:
        needed, size = ("x".join(map(str, sides)) for sides in (shape, images.shape[1:]))
        raise UserError(f"The {name} features need images of {needed}, not {size}; use --features inception for others.")
