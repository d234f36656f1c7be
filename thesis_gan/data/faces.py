"""The drawn faces, a stand-in for the thesis's own set: see face_drawing.py."""

from thesis_gan.data import face_file
from thesis_gan.data.base import Dataset, LabelledImages
from thesis_gan.data.face_drawing import HAIR_COLORS, SIZE
from thesis_gan.data.own_pictures import label_size

HELD_OUT = 1024  # the last faces: neither a GAN nor the classifier is trained on them, and samples are scored against them


class DrawnFaces(Dataset):
    """7,168 portraits to train on, 1,024 to score against; their labels are the hair's colours."""

    name = "faces"
    title = "the drawn faces"
    order = 15
    shape = (3, SIZE, SIZE)
    classes = tuple(HAIR_COLORS)
    size = face_file.COUNT - HELD_OUT
    features = "faces"
    reference = "faces-test"
    by_patches = True
    settings = {"label_size": label_size(len(HAIR_COLORS))}

    def load(self, split: str) -> LabelledImages:
        """uint8 (N, 64, 64, 3); drawn into the cache at the first use. Raises UserError where they cannot be drawn."""
        faces = face_file.load()
        part = {"train": slice(None, -HELD_OUT), "test": slice(-HELD_OUT, None)}[split]
        return LabelledImages(faces.images[part], faces.attributes["labels"][part])

    def fingerprint(self) -> str:
        """Of the images, which is checked whenever they are loaded."""
        return face_file.IMAGES_SHA256
