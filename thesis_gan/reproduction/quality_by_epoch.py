"""Sample quality over epochs: the Fréchet distance of each epoch's sheet of samples from the test digits.

So few images make the distance far too high, but by about the same for every epoch: its course can be followed, its size not
be compared with Table 1's. All sheets of a run are drawn from the same z.
"""

from pathlib import Path
from typing import Dict, Iterable

import numpy as np

from thesis_gan import files
from thesis_gan.data import mnist
from thesis_gan.data.picture_files import read_picture
from thesis_gan.errors import Damaged, UserError
from thesis_gan.json_shape import conforms, is_number, is_text
from thesis_gan.metrics.classifier import MNISTFeatures
from thesis_gan.metrics.frechet import frechet_distance, gaussian
from thesis_gan.runs.run import Run

QUALITY = "quality.json"
MINIMUM_SHEETS = 3

Quality = Dict[str, Dict[str, float]]


def measure(results: Path, runs: Iterable[Run]) -> Quality:
    """{run: {epoch from 1: distance}} for those of ``runs`` whose sheets are there, or were when this was last asked.

    Kept in ``results``/quality.json; measured anew for a run whose number of epochs has changed.  Raises Damaged if that file is
    not as it was written.
    """
    path = results / QUALITY
    known: Quality = files.read_json(path) if path.exists() else {}
    if known != {} and not conforms(known, {is_text: {str.isdecimal: is_number}}):
        raise Damaged(f"{path} is damaged; delete it and run the command again.")
    features = None
    found: Quality = {}
    for run in runs:
        try:
            sheets = run.sheet_files()
        except UserError:
            sheets = {}
        if len(sheets) > max(MINIMUM_SHEETS - 1, len(known.get(run.name, {}))):
            if features is None:
                features = MNISTFeatures()
                images = mnist.load("test").images
                reference, size = gaussian(features(images).pool), images.shape[1]
            found[run.name] = {}
            for epoch, sheet in sorted(sheets.items()):
                distance = frechet_distance(gaussian(features(cut(read_picture(sheet), size)).pool), reference)
                found[run.name][str(epoch)] = float(f"{distance:.6g}")
        elif run.name in known:
            found[run.name] = known[run.name]
    if found:
        files.write_json(path, found)
    return found


def cut(sheet: np.ndarray, size: int) -> np.ndarray:
    """The inverse of data.images.grid: a sheet uint8 (H, W, C) -> its samples (N, size, size, C), row by row."""
    height, width, channels = sheet.shape
    tiles = sheet.reshape(height // size, size, width // size, size, channels)
    return tiles.transpose(0, 2, 1, 3, 4).reshape(-1, size, size, channels)
