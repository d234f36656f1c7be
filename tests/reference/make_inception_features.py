"""Writes inception_features.npz: a few small images, and torch-fidelity's features of them by the random weights of the tests.

The pools and logits are those of its network as it is, in float32; resized is the top left corner of the images at 299 x 299.
"""

import tempfile
from pathlib import Path

import numpy as np
import torch
from inception_weights import random_weights, write_pth
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.pth"
        write_pth(path, random_weights())
        network = FeatureExtractorInceptionV3("x", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(path))
    random = np.random.RandomState(0)
    arrays = {}
    for name, shape in {"grey": (2, 28, 28, 1), "colour": (2, 21, 34, 3), "large": (1, 310, 400, 3)}.items():
        coarse = random.randint(0, 256, (shape[0], 8, 8, shape[3]))
        images = coarse.repeat(-(-shape[1] // 8), 1).repeat(-(-shape[2] // 8), 2)[:, : shape[1], : shape[2]].astype(np.uint8)
        pixels = torch.from_numpy(np.ascontiguousarray(np.broadcast_to(images, (*images.shape[:3], 3)).transpose(0, 3, 1, 2)))
        with torch.no_grad():
            pool, logits = network(pixels)
            resized = interpolate_bilinear_2d_like_tensorflow1x(pixels.float(), size=(299, 299), align_corners=False)
        arrays.update({f"{name}_images": images, f"{name}_pool": pool.numpy(), f"{name}_logits": logits.numpy()})
        arrays[f"{name}_resized"] = resized[:, : shape[3], :20, :20].numpy()
    np.savez_compressed(Path(__file__).parent / "inception_features.npz", **arrays)


if __name__ == "__main__":
    main()
