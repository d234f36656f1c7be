"""Pictures in a folder, as other programs write them: read as they look, or called what they are."""

import tracemalloc

import numpy as np
import pytest
from matplotlib.image import imsave
from PIL import Image, ImageFile

from thesis_gan.data import picture_folder
from thesis_gan.data.picture_folder import load_folder
from thesis_gan.errors import UserError

SIZE = (5, 7)  # height, width


def noise(count, *channels, size=SIZE):
    return np.random.RandomState(0).randint(0, 256, (count, *size, *channels)).astype(np.uint8)


def save_pictures(folder, pictures, suffix=".png", mode=None, **options):
    folder.mkdir(exist_ok=True)
    for index, picture in enumerate(pictures):
        image = Image.fromarray(picture)
        (image if mode is None else image.convert(mode)).save(str(folder / f"{index:03d}{suffix}"), **options)
    return folder


def test_grey_pictures_are_read_in_the_order_of_names(tmp_path):
    pictures = noise(12)
    np.testing.assert_array_equal(load_folder(save_pictures(tmp_path / "x", pictures)), pictures[..., np.newaxis])


@pytest.mark.parametrize("suffix", [".png", ".BMP", ".tiff", ".ppm"])
def test_colour_pictures_are_read(suffix, tmp_path):
    pictures = noise(3, 3)
    np.testing.assert_array_equal(load_folder(save_pictures(tmp_path / "x", pictures, suffix)), pictures)


def test_pgm_and_npy_are_read(tmp_path):
    pictures = noise(6)
    folder = save_pictures(tmp_path / "x", pictures[:4], ".pgm")
    np.save(str(folder / "004.npy"), pictures[4])
    np.save(str(folder / "005.npy"), pictures[5][..., np.newaxis].repeat(3, axis=2))
    assert (folder / "000.pgm").read_bytes().startswith(b"P5")
    np.testing.assert_array_equal(load_folder(folder), pictures[..., np.newaxis])


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("RGB", ".png"), ("RGB", ".jpg"), ("RGBA", ".png"), ("LA", ".png"), ("P", ".png"), ("CMYK", ".tif"), ("RGB", ".ppm")],
)
def test_pictures_whose_channels_are_equal_are_grey(mode, suffix, tmp_path):
    pictures = noise(3)
    options = {"quality": 100, "subsampling": 0} if suffix == ".jpg" else {}
    loaded = load_folder(save_pictures(tmp_path / "x", pictures, suffix, mode, **options))
    assert loaded.shape == (3, *SIZE, 1)
    assert np.abs(loaded[..., 0].astype(int) - pictures).max() <= (2 if suffix == ".jpg" else 0)


def test_cmyk_colours_and_palettes_are_read_as_they_look(tmp_path):
    colours = np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)
    folder = save_pictures(tmp_path / "x", [colours], ".tif", "CMYK")
    Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1").save(str(folder / "1.png"))
    Image.fromarray(colours).convert("P").save(str(folder / "2.png"))
    assert load_folder(folder).tolist() == [colours.tolist(), [[[0, 0, 0], [255, 255, 255]]], colours.tolist()]


@pytest.mark.parametrize("place", [0, 1, 5])
def test_a_set_with_one_coloured_picture_is_colour(place, tmp_path):
    pictures = noise(6)[..., np.newaxis].repeat(3, axis=3)
    pictures[place] = noise(1, 3)[0]
    np.testing.assert_array_equal(load_folder(save_pictures(tmp_path / "x", pictures)), pictures)


def test_an_alpha_of_255_loses_nothing(tmp_path):
    pictures = np.dstack([noise(1, 3)[0], np.full(SIZE, 255, np.uint8)])
    folder = save_pictures(tmp_path / "x", [pictures])
    imsave(str(folder / "plt.png"), noise(1)[0] / 255, cmap="gray", vmin=0, vmax=1)
    with Image.open(str(folder / "plt.png")) as picture:
        assert picture.mode == "RGBA"
    loaded = load_folder(folder)
    np.testing.assert_array_equal(loaded[0], pictures[..., :3])
    # Matplotlib's colours are rounded down.
    np.testing.assert_allclose(loaded[1].astype(int), noise(1)[0][..., np.newaxis].repeat(3, axis=2), atol=1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize(
    ("orientation", "turns", "mirrored"), [(1, 0, False), (3, 2, False), (6, 3, False), (8, 1, False), (2, 0, True), (5, 3, True)]
)
def test_exif_orientation_is_applied(orientation, turns, mirrored, suffix, tmp_path):
    picture = np.kron(noise(1, size=(2, 3))[0] // 4, np.ones((8, 8), np.uint8)).astype(np.uint8)
    image = Image.fromarray(picture)
    exif = image.getexif()
    exif[0x0112] = orientation
    folder = tmp_path / "x"
    folder.mkdir()
    image.save(str(folder / f"x{suffix}"), exif=exif, quality=95, lossless=True)
    expected = np.rot90(picture, turns)
    expected = expected[:, ::-1] if mirrored else expected
    (loaded,) = load_folder(folder)
    assert loaded.shape == (*expected.shape, 1)
    assert np.abs(loaded[..., 0].astype(int) - expected).max() <= (3 if suffix == ".jpg" else 0)


def test_a_damaged_exif_is_passed_over(tmp_path):
    picture = np.full((8, 8), 77, np.uint8)
    folder = save_pictures(tmp_path / "x", [picture], ".jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")
    assert load_folder(folder).tolist() == picture[np.newaxis, ..., np.newaxis].tolist()


def test_what_is_left_out_is_counted_and_named_but_not_what_systems_leave(tmp_path, capsys):
    folder = save_pictures(tmp_path / "x", noise(2))
    for name in ("._000.png", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"\0")
    assert len(load_folder(folder)) == 2 and capsys.readouterr().err == ""
    for name in ("notes.txt", "a.gif"):
        (folder / name).write_text("no picture")
    save_pictures(folder / "cats", noise(1))
    load_folder(folder)
    left_out = "2 files that are no pictures (a.gif, notes.txt) and 1 folder (cats) left out"
    assert capsys.readouterr().err == f"thesis-gan: {folder}: 2 pictures are read; {left_out}.\n"
    for number in range(10):
        (folder / f"b{number}.txt").write_text("")
    load_folder(folder)
    assert "12 files that are no pictures (a.gif, b0.txt, b1.txt, b2.txt, b3.txt and 7 more)" in capsys.readouterr().err


def broken(kind, path):
    if kind == "text":
        path.write_text("no picture")
    elif kind == "cut":
        Image.fromarray(noise(1, size=(64, 64))[0]).save(str(path))
        path.write_bytes(path.read_bytes()[:900])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "transparent":
        Image.fromarray(np.full((*SIZE, 4), 254, np.uint8)).save(str(path))
    elif kind == "transparent colour":
        Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(str(path), transparency=(0, 0, 0))
    elif kind == "16 bits":
        Image.fromarray(np.zeros(SIZE, np.uint16)).save(str(path))
    elif kind == "16 bits of colour":
        write_png_of_16_bits(path)
    elif kind == "pages":
        page = Image.fromarray(noise(1)[0])
        page.save(str(path), "TIFF", save_all=True, append_images=[page, page])
    elif kind == "dangling":
        path.symlink_to("elsewhere.png")
    elif kind == "LAB":
        Image.fromarray(noise(1, 3)[0]).convert("RGB").save(str(path), "TIFF")
        Image.frombytes("LAB", SIZE[::-1], noise(1, 3)[0].tobytes()).save(str(path), "TIFF")
    else:
        Image.fromarray(np.zeros(SIZE[::-1], np.uint8)).save(str(path))


def write_png_of_16_bits(path):
    """RGB of 16 bits, which Pillow reads but does not write."""
    import struct
    import zlib

    height, width = SIZE

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + bytes(width * 6) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("text", "is no readable picture; make it anew, or take it out of the folder"),
        ("cut", "is no readable picture"),
        ("empty", "is no readable picture"),
        ("dangling", r"is a link to elsewhere\.png, which is missing; mend the link or take it away"),
        ("pages", "has 3 pages; save each as a picture of its own"),
        ("transparent", r"has transparency \(mode RGBA\)"),
        ("transparent colour", r"has transparency \(mode RGBA\)"),
        ("16 bits", r"has more than 8 bits per channel \(mode I"),
        ("16 bits of colour", r"has more than 8 bits per channel \(mode RGB"),
        ("LAB", r"is of a kind that is not read \(mode LAB\)"),
        ("size", r"is 5x7 pixels, and 7x5 is 000\.png; make all pictures of one size"),
    ],
)
def test_a_bad_picture_is_called_what_it_is(kind, complaint, tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as GluonCV leaves it
    folder = save_pictures(tmp_path / "x", np.full((2, *SIZE), 9, np.uint8))
    broken(kind, folder / "bad.png")
    with pytest.raises(UserError, match=rf"bad\.png {complaint}") as error:
        load_folder(folder)
    assert "delete" not in str(error.value)


def test_a_picture_that_may_not_be_read_is_called_that(tmp_path, monkeypatch):
    folder = save_pictures(tmp_path / "x", noise(2))

    def refused(path, *arguments):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(UserError, match=r"000\.png may not be read by you; allow it, e\.g\. with `chmod"):
        load_folder(folder)


def test_a_picture_of_too_many_pixels_is_called_that(tmp_path, monkeypatch):
    folder = save_pictures(tmp_path / "x", noise(1))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 30)
    with pytest.raises(UserError, match=r"000\.png has more than 30 pixels; make it smaller"):
        load_folder(folder)


@pytest.mark.parametrize("array", [np.zeros(SIZE), np.zeros((2, *SIZE, 1), np.uint8), np.zeros((*SIZE, 2), np.uint8)])
def test_an_npy_that_is_no_picture_is_named(array, tmp_path):
    folder = save_pictures(tmp_path / "x", noise(1))
    np.save(str(folder / "x.npy"), array)
    with pytest.raises(UserError, match=r"x\.npy in a folder is to be one picture, uint8 .*; name an \.npy of all images itself"):
        load_folder(folder)


def test_pictures_of_zeros_and_ones_are_recognised(tmp_path):
    with pytest.raises(UserError, match="x holds only 0 and 1; pixels go from 0 to 255"):
        load_folder(save_pictures(tmp_path / "x", noise(3) // 128))


def test_a_folder_without_pictures_says_what_it_looked_for_or_where_to_look(tmp_path):
    with pytest.raises(UserError, match=r"holds neither a run nor pictures \(\.png, \.jpg"):
        load_folder(tmp_path)
    (tmp_path / "cats").mkdir()
    with pytest.raises(UserError, match=r"holds neither a run nor pictures itself, only folders \(cats\); name another folder"):
        load_folder(tmp_path)


@pytest.mark.parametrize("coloured", ["none", "first", "last", "all"])
def test_pictures_are_held_once_in_memory(coloured, tmp_path, monkeypatch):
    """40 pictures of 64 KiB in grey: two copies would be 5 MiB of grey, 15 MiB of colour."""
    count, size = 40, (256, 256)
    colour = {"none": [], "first": [0], "last": [count - 1], "all": range(count)}[coloured]
    grey, picture = np.full((*size, 1), 9, np.uint8), np.full((*size, 3), (1, 2, 3), np.uint8)
    monkeypatch.setattr(picture_folder, "_read_picture", lambda path: picture if int(path.stem) in colour else grey)
    for place in range(count):
        (tmp_path / f"{place:03d}.png").write_bytes(b"")
    tracemalloc.start()
    try:
        loaded = load_folder(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert loaded.shape == (count, *size, 3 if colour else 1)
    assert loaded.nbytes <= peak < 1.3 * loaded.nbytes
