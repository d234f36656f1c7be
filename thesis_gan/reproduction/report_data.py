"""What the report's page shows in motion: sheets of samples by epoch, and curves; as JSON for its scripts."""

import base64
import io
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np
from PIL import Image

from thesis_gan import files
from thesis_gan.data.images import grid
from thesis_gan.errors import UserError
from thesis_gan.reproduction.quality_by_epoch import QUALITY, cut
from thesis_gan.runs.run import Run

# So many sheets of all methods together, 24 of each at most, and so many samples of a sheet keep the page small.
SHEETS, SHEETS_EACH = 120, 24
ROWS, COLUMNS = 4, 10

POSITION = ("epoch", "passes", "generator_steps", "critic_steps")
NAMES = {
    "critic_loss": "loss of the critic or discriminator",
    "generator_loss": "loss of the generator",
    "wasserstein": "estimate of the Wasserstein distance",
    "accuracy": "accuracy of the discriminator",
    "sheet_fid": "FID of the epoch's sheet (few samples: its course tells, not its size)",
}


def frames(runs: Sequence[Run]) -> List[Dict[str, Any]]:
    """Of each run that has sheets: title, and by epoch its generator steps and a PNG (base64) of some of its samples."""
    each = max(4, min(SHEETS_EACH, SHEETS // max(1, len(runs))))
    found = []
    for run in runs:
        try:
            sheets = run.sheets()
        except UserError:
            continue
        history = run.history
        steps = dict(zip(history["epoch"].astype(int).tolist(), history["generator_steps"].astype(int).tolist()))
        epochs = [epoch for epoch in sorted(sheets) if epoch in steps]
        if not epochs:
            continue
        chosen = np.unique(np.linspace(0, len(epochs) - 1, min(each, len(epochs))).round().astype(int))
        pictures = [
            {"epoch": epochs[at], "steps": steps[epochs[at]], "png": _png(_some(run, sheets[epochs[at]]))} for at in chosen
        ]
        found.append({"run": run.name, "title": run.method.title, "sheets": pictures})
    return found


def _some(run: Run, sheet: np.ndarray) -> np.ndarray:
    """A few of a sheet's samples, uint8 (H, W, C); of a generator told labels, a class in each column."""
    samples = cut(sheet, run.data.shape[-1])
    if run.gan.uses_labels and len(samples) % COLUMNS == 0:
        samples = samples.reshape(COLUMNS, -1, *samples.shape[1:]).swapaxes(0, 1).reshape(samples.shape)
    return grid(samples[: ROWS * COLUMNS], min(COLUMNS, len(samples)))


def _png(image: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def curves(runs: Sequence[Run], folder: Path) -> Dict[str, Any]:
    """names: of what is drawn, by key.  runs: of each, its method, seed, epochs, generator steps and numbers by epoch."""
    path = folder / QUALITY
    quality = files.read_json(path) if path.exists() else {}
    lines = []
    for run in runs:
        if not (run.folder / "history.csv").exists():
            continue
        history = run.history
        line: Dict[str, Any] = {"run": run.name, "group": run.name.rsplit("-seed", 1)[0], "seed": run.seed}
        line.update({key: history[key].astype(int).tolist() for key in ("epoch", "generator_steps") if key in history})
        line["numbers"] = {key: _numbers(values) for key, values in history.items() if key not in POSITION}
        if run.name in quality:
            by_epoch = quality[run.name]
            line["numbers"]["sheet_fid"] = [by_epoch.get(str(epoch)) for epoch in line.get("epoch", [])]
        if line.get("epoch"):
            lines.append(line)
    keys = dict.fromkeys([*NAMES, *(key for line in lines for key in line["numbers"])])
    drawn = [key for key in keys if any(key in line["numbers"] for line in lines)]
    return {"names": {key: NAMES.get(key, key.replace("_", " ")) for key in drawn}, "runs": lines}


def _numbers(values: np.ndarray) -> List[Any]:
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]
