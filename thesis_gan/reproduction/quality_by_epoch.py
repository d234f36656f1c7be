"""Sample quality over epochs: the Fréchet distance of each epoch's sheet of samples from the test digits.

So few images make the distance far too high, but by about the same for every epoch: its course can be followed, its size not
be compared with Table 1's. All sheets of a run are drawn from the same z.
"""

import hashlib
from pathlib import Path
from typing import Any, Dict, Iterable

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

Quality = Dict[str, Dict[str, float]]  # distance by run and epoch, from 1
SHAPE = {is_text: {"history_sha256": is_text, "distances": {str.isdecimal: is_number}}}


def measure(results: Path, runs: Iterable[Run]) -> Quality:
    """Of those of ``runs`` whose sheets are there, or were when this was last asked.

    Kept in ``results``/quality.json; measured anew for a run whose history has changed.  Raises Damaged if that file is not as it
    was written.
    """
    known, features = _kept(results), None
    found: Dict[str, Any] = {}
    for run in runs:
        digest = _digest(run)
        if known.get(run.name, {}).get("history_sha256") == digest:
            found[run.name] = known[run.name]
            continue
        try:
            sheets = run.sheet_files()
        except UserError:
            sheets = {}
        if len(sheets) < MINIMUM_SHEETS:
            continue
        if features is None:
            features = MNISTFeatures()
            images = mnist.load("test").images
            reference, size = gaussian(features(images).pool), images.shape[1]
        found[run.name] = {"history_sha256": digest, "distances": {}}
        for epoch, sheet in sorted(sheets.items()):
            distance = frechet_distance(gaussian(features(cut(read_picture(sheet), size)).pool), reference)
            found[run.name]["distances"][str(epoch)] = float(f"{distance:.6g}")
    if found or known:
        files.write_json(results / QUALITY, found)
    return {name: each["distances"] for name, each in found.items()}


def read(results: Path) -> Quality:
    """What :func:`measure` has found; nothing where it was not asked. Raises Damaged if the file is not as it was written."""
    return {name: each["distances"] for name, each in _kept(results).items()}


def _digest(run: Run) -> str:
    """SHA-256 of the numbers of the run's history, which are read anyway; "" where it has none."""
    if not (run.folder / "history.csv").exists():
        return ""
    columns = (name.encode() + np.asarray(column, "<f8").tobytes() for name, column in run.history.items())
    return hashlib.sha256(b"".join(columns)).hexdigest()


def _kept(results: Path) -> Dict[str, Any]:
    path = results / QUALITY
    known = files.read_json(path) if path.exists() else {}
    if known != {} and not conforms(known, SHAPE):
        raise Damaged(f"{path} is damaged; delete it and run the command again.")
    return known


def cut(sheet: np.ndarray, size: int) -> np.ndarray:
    """The inverse of data.images.grid: a sheet uint8 (H, W, C) -> its samples (N, size, size, C), row by row."""
    height, width, channels = sheet.shape
    tiles = sheet.reshape(height // size, size, width // size, size, channels)
    return tiles.transpose(0, 2, 1, 3, 4).reshape(-1, size, size, channels)
