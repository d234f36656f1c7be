"""Draws the picture at the top of README from the stored results: .venv/bin/python scripts/readme_picture.py

It shows what the four methods of the thesis draw after the same number of generator steps, by their stored sheets of samples.
"""

import io
from pathlib import Path
from typing import Dict

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from thesis_gan import files
from thesis_gan.reproduction.store import STORED
from thesis_gan.runs.run import Run

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "four-methods.png"
METHODS = ("dcgan", "cgan", "wgan", "wgan-gp")
ROWS, COLUMNS, SIDE = 5, 8, 28  # of a sheet, which has 8 rows of 8 digits
GAP, HEADING = 14, 26  # pixels between the panels, and above them for their titles


def panels() -> Dict[str, np.ndarray]:
    """The upper rows of each method's last stored sheet, uint8 (H, W), by its title."""
    runs = [Run(STORED / "standard" / "runs" / f"{name}-seed0") for name in METHODS]
    return {run.method.title: max(run.sheets().items())[1][: ROWS * SIDE, : COLUMNS * SIDE, 0] for run in runs}


def place(number: int) -> int:
    """The left edge of the panel of that number, from 0 on."""
    return GAP + number * (COLUMNS * SIDE + GAP)


def draw() -> bytes:
    """The picture as PNG: white, 16 levels of grey, a title above each panel."""
    picture = Image.new("L", (place(len(METHODS)), HEADING + ROWS * SIDE + GAP), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(16)
    for number, (title, panel) in enumerate(panels().items()):
        picture.paste(Image.fromarray(panel), (place(number), HEADING))
        pen.text((place(number) + COLUMNS * SIDE / 2, HEADING - 6), title, fill=0, font=font, anchor="ms")
    content = io.BytesIO()
    levels = picture.point(lambda level: (level + 8) // 17)
    levels.putpalette([17 * level for level in range(16) for _ in range(3)])
    levels.save(content, "PNG", optimize=True, bits=4)
    return content.getvalue()


if __name__ == "__main__":
    files.write_bytes(PICTURE, draw())
    print(f"{PICTURE} has {PICTURE.stat().st_size} bytes.")
