"""Draws the first 200 of the held-out faces into faces.npz: see README.md."""

from pathlib import Path

from thesis_gan.data import face_file
from thesis_gan.data.face_drawing import draw
from thesis_gan.data.faces import HELD_OUT

if __name__ == "__main__":
    face_file.write(Path(__file__).parent / "faces.npz", draw(200, first=face_file.COUNT - HELD_OUT))
