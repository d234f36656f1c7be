"""Writes tensors_zip.pth and tensors_sequence.pth by PyTorch, one of each kind of tensor, and what is in them as tensors.npz."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent


def main():
    base = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    tensors = OrderedDict(
        plain=base.clone(),
        transposed=base.clone().T,
        part=base[1:3, 2:5],
        shared=base.view(-1)[5:9],
        double=base.double()[:2].clone(),
        half=base.half()[0].clone(),
        number=torch.tensor(7),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        int=torch.arange(5, dtype=torch.int32),
        parameter=torch.nn.Parameter(base[0].clone()),
    )
    for layout in ("zip", "sequence"):
        torch.save(tensors, FOLDER / f"tensors_{layout}.pth", _use_new_zipfile_serialization=layout == "zip")
    np.savez_compressed(FOLDER / "tensors.npz", **{name: tensor.detach().numpy() for name, tensor in tensors.items()})


if __name__ == "__main__":
    main()
