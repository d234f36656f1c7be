"""What the report's page shows in motion: sheets of samples by epoch, and curves; as JSON for its scripts."""

import base64
import contextlib
import io
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from PIL import Image

from thesis_gan.data.images import grid
from thesis_gan.data.picture_files import read_picture
from thesis_gan.errors import UserError
from thesis_gan.reproduction import quality_by_epoch
from thesis_gan.reproduction.quality_by_epoch import cut
from thesis_gan.runs.run import Run

# So many sheets, bytes of sheets and samples of a sheet, fewer where they are large, keep the page small.
SHEETS, SHEETS_EACH, FEWEST = 120, 24, 4
ROOM = 5 * 2**20
SAMPLES, NUMBERS = 40, 2**17

POSITION = ("epoch", "passes", "generator_steps", "critic_steps")
NAMES = {
    "critic_loss": "loss of the critic or discriminator",
    "generator_loss": "loss of the generator",
    "wasserstein": "estimate of the Wasserstein distance",
    "accuracy": "accuracy of the discriminator",
    "sheet_fid": "FID of each epoch's sheet (of few samples)",
}


def frames(runs: Sequence[Run]) -> List[Dict[str, Any]]:
    """Of each run that has sheets: title, and by epoch its generator steps and a PNG (base64) of some of its samples."""
    found = []
    for run in runs:
        with contextlib.suppress(UserError):  # it kept no sheets, or one is damaged
            steps, (shown, last) = _steps(run), shown_sheets(run, len(runs))
            pictures = [
                {"epoch": epoch, "steps": steps[epoch], "png": last if epoch == max(shown) else _some(run, file)}
                for epoch, file in shown.items()
            ]
            if pictures:
                found.append({"run": run.name, "title": run.method.title, "sheets": pictures})
    return found


def shown_sheets(run: Run, runs: int) -> Tuple[Dict[int, Path], str]:
    """Files by epoch of the sheets that the page shows of ``run``, where it shows those of so many runs; and the last's PNG.

    Of these alone it shows the same. Raises UserError if the run has none, or its last is damaged.
    """
    sheets, steps = run.sheet_files(), _steps(run)
    epochs = [epoch for epoch in sorted(sheets) if epoch in steps]
    if not epochs:
        return {}, ""
    last = _some(run, sheets[epochs[-1]])
    most = max(FEWEST, min(SHEETS_EACH, SHEETS // runs, ROOM // runs // len(last)))
    chosen = np.unique(np.linspace(0, len(epochs) - 1, min(most, len(epochs))).round().astype(int))
    return {epochs[at]: sheets[epochs[at]] for at in chosen}, last


def _steps(run: Run) -> Dict[int, int]:
    """How many generator steps the run had made, by epoch."""
    history = run.history
    return dict(zip(history["epoch"].astype(int).tolist(), history["generator_steps"].astype(int).tolist()))


def _some(run: Run, file: Path) -> str:
    """PNG (base64) of a few of the samples of the sheet in ``file``; of a generator told labels, one of each class in turn."""
    samples = cut(read_picture(file), run.data.shape[-1])
    if run.gan.uses_labels and len(samples) % run.gan.told_classes == 0:  # a class in each row of the sheet
        samples = samples.reshape(run.gan.told_classes, -1, *samples.shape[1:]).swapaxes(0, 1).reshape(samples.shape)
    samples = samples[: max(FEWEST, min(SAMPLES, NUMBERS // samples[0].size))]
    return _png(grid(samples, int(np.ceil(np.sqrt(2.5 * len(samples))))))


def _png(image: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def curves(runs: Sequence[Run], folder: Path) -> Dict[str, Any]:
    """names: of what is drawn, by key.  runs: of each, its method, seed, epochs, generator steps and numbers by epoch."""
    quality, lines = quality_by_epoch.read(folder), []
    for run in runs:
        if not (run.folder / "history.csv").exists():
            continue
        history = run.history
        line: Dict[str, Any] = {"run": run.name, "group": run.group, "seed": run.seed}
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
