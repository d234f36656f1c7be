"""The two conventions for images, the way between them, grids and files."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFile

from thesis_gan.data import images
from thesis_gan.data.images import grid, load_folder, load_npz, one_hot, save_npz, to_network, to_uint8
from thesis_gan.errors import UserError

LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


def test_all_256_levels_survive_the_way_to_the_network_and_back():
    np.testing.assert_array_equal(to_uint8(to_network(LEVELS)), LEVELS)


def test_network_images_are_float32_from_minus_one_to_one():
    images = to_network(LEVELS)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (-1, 1)
    np.testing.assert_allclose(images.ravel(), np.arange(256) / 127.5 - 1, atol=1e-7)


def test_channels_move_to_the_second_axis_and_back():
    images = np.random.RandomState(0).randint(0, 256, (2, 4, 5, 3)).astype(np.uint8)
    inside = to_network(images)
    assert inside.shape == (2, 3, 4, 5)
    assert inside[1, 2, 3, 4] == pytest.approx(images[1, 3, 4, 2] / 127.5 - 1, abs=1e-6)
    np.testing.assert_array_equal(to_uint8(inside), images)


def test_to_uint8_rounds_to_the_nearest_level():
    third = np.array([2.6, 2.4, 0.4, 254.6], np.float32).reshape(4, 1, 1, 1) / 127.5 - 1
    assert to_uint8(third).ravel().tolist() == [3, 2, 0, 255]


def test_to_uint8_clips_what_lies_outside():
    assert to_uint8(np.array([-1.5, 1.5, 100.0], np.float32).reshape(3, 1, 1, 1)).ravel().tolist() == [0, 255, 255]


def test_to_network_does_not_change_its_argument():
    before = LEVELS.copy()
    to_network(LEVELS)
    np.testing.assert_array_equal(LEVELS, before)


def test_one_hot_has_a_one_at_the_label():
    encoded = one_hot(np.array([2, 0, 2]), 4)
    assert encoded.dtype == np.float32
    assert encoded.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]


def test_grid_places_images_row_by_row():
    images = np.arange(1, 7, dtype=np.uint8).reshape(6, 1, 1, 1)
    assert grid(images, 3)[..., 0].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_grid_keeps_each_image_upright_in_its_cell():
    images = np.random.RandomState(0).randint(0, 256, (4, 2, 3, 3)).astype(np.uint8)
    sheet = grid(images, 2)
    assert sheet.shape == (4, 6, 3)
    for index, image in enumerate(images):
        row, column = divmod(index, 2)
        np.testing.assert_array_equal(sheet[2 * row : 2 * row + 2, 3 * column : 3 * column + 3], image)


def test_grid_leaves_the_last_places_black():
    assert grid(np.full((3, 1, 1, 1), 9, np.uint8), 2)[..., 0].tolist() == [[9, 9], [9, 0]]


def test_npz_round_trip(tmp_path):
    images = np.random.RandomState(0).randint(0, 256, (3, 4, 5, 1)).astype(np.uint8)
    save_npz(tmp_path / "new folder" / "images.npz", images)
    loaded = load_npz(tmp_path / "new folder" / "images.npz")
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, images)


def test_npz_has_the_one_array_that_evaluation_suites_read(tmp_path):
    save_npz(tmp_path / "images.npz", LEVELS)
    with np.load(str(tmp_path / "images.npz")) as loaded:
        assert loaded.files == ["arr_0"]


def test_missing_npz_is_named_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match=r"no\.npz is missing; give an \.npz file or a run's folder"):
        load_npz(tmp_path / "no.npz")


def test_npz_without_arr_0_is_named_with_the_remedy(tmp_path):
    np.savez(str(tmp_path / "x.npz"), images=LEVELS)
    with pytest.raises(UserError, match=r"x\.npz has no array arr_0; save the images with numpy\.savez"):
        load_npz(tmp_path / "x.npz")


def npy():
    content = io.BytesIO()
    np.save(content, LEVELS)
    return content.getvalue()


def cut_npz():
    content = io.BytesIO()
    np.savez_compressed(content, LEVELS)
    return content.getvalue()[:-30]


def damaged_npz():
    content = io.BytesIO()
    np.savez(content, LEVELS)
    damaged = bytearray(content.getvalue())
    damaged[250] ^= 255
    return bytes(damaged)


def pickled_npz():
    content = io.BytesIO()
    np.savez(content, np.array([{}], object))
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"hello, this is text", npy(), cut_npz(), damaged_npz(), pickled_npz(), b""],
    ids=["text", "npy", "cut", "damaged", "pickled objects", "empty"],
)
def test_what_is_no_whole_npz_is_named_with_the_remedy(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.npz is not a readable \.npz file; save the images with numpy\.savez"):
        load_npz(tmp_path / "x.npz")


def test_folder_in_place_of_an_npz_is_named(tmp_path):
    with pytest.raises(UserError, match="is not a readable"):
        load_npz(tmp_path)


def test_animation_shows_its_frames_in_order_and_for_ever(tmp_path):
    frames = [np.full((4, 6, 1), level, np.uint8) for level in (0, 100, 255)]
    images.write_animation(tmp_path / "x.gif", frames, 120)
    with Image.open(str(tmp_path / "x.gif")) as animation:
        assert (animation.n_frames, animation.size, animation.info["loop"]) == (3, (6, 4), 0)
        for place, frame in enumerate(frames):
            animation.seek(place)
            assert animation.info["duration"] == 120
            np.testing.assert_array_equal(np.asarray(animation.convert("L")), frame[..., 0])


def test_title_stands_above_the_picture():
    picture = np.full((10, 80, 1), 7, np.uint8)
    first, second = (images.titled(picture, text) for text in ("epoch 1", "epoch 12"))
    assert first.shape == (24, 80, 1)
    np.testing.assert_array_equal(first[14:], picture)
    assert first[:14].max() > 200 and (first[:14] != second[:14]).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_picture_is_read_as_it_was_written(tmp_path, channels):
    picture = np.random.RandomState(0).randint(0, 256, (5, 7, channels)).astype(np.uint8)
    images.write_picture(tmp_path / "x.png", picture)
    np.testing.assert_array_equal(images.read_picture(tmp_path / "x.png"), picture)


def save_pictures(folder, pictures, suffix=".png"):
    folder.mkdir(exist_ok=True)
    for index, picture in enumerate(pictures):
        Image.fromarray(picture).save(str(folder / f"{index:03d}{suffix}"))
    return folder


def test_folder_of_grey_pictures_is_read_in_the_order_of_names(tmp_path):
    pictures = np.random.RandomState(0).randint(0, 256, (12, 5, 7)).astype(np.uint8)
    (save_pictures(tmp_path / "x", pictures) / "notes.txt").write_text("no picture")
    np.testing.assert_array_equal(load_folder(tmp_path / "x"), pictures[..., np.newaxis])


@pytest.mark.parametrize("suffix", [".png", ".BMP", ".tiff"])
def test_folder_of_colour_pictures_is_read(suffix, tmp_path):
    pictures = np.random.RandomState(0).randint(0, 256, (3, 5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(load_folder(save_pictures(tmp_path / "x", pictures, suffix)), pictures)


def test_grey_pictures_among_coloured_ones_are_repeated(tmp_path):
    pictures = np.random.RandomState(0).randint(0, 256, (2, 5, 7, 3)).astype(np.uint8)
    save_pictures(tmp_path / "x", [pictures[0], pictures[1, ..., 0]])
    loaded = load_folder(tmp_path / "x")
    np.testing.assert_array_equal(loaded[0], pictures[0])
    np.testing.assert_array_equal(loaded[1], pictures[1, ..., :1].repeat(3, axis=2))


def test_palette_and_black_and_white_pictures_are_read_as_they_look(tmp_path):
    (tmp_path / "x").mkdir()
    Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1").save(str(tmp_path / "x" / "0.png"))
    Image.fromarray(np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)).convert("P").save(str(tmp_path / "x" / "1.png"))
    assert load_folder(tmp_path / "x").tolist() == [[[[0, 0, 0], [255, 255, 255]]], [[[255, 0, 0], [0, 0, 255]]]]


def broken(kind, path):
    if kind == "text":
        path.write_text("no picture")
    elif kind == "cut":
        Image.fromarray(np.random.RandomState(0).randint(0, 256, (64, 64)).astype(np.uint8)).save(str(path))
        path.write_bytes(path.read_bytes()[:900])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "transparent":
        Image.fromarray(np.zeros((5, 7, 4), np.uint8)).save(str(path))
    elif kind == "16 bits":
        Image.fromarray(np.zeros((5, 7), np.uint16)).save(str(path))
    elif kind == "folder":
        path.mkdir()
    else:
        Image.fromarray(np.zeros((7, 5), np.uint8)).save(str(path))


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("text", "is not a readable picture; delete it or make it anew"),
        ("cut", "is not a readable picture"),
        ("empty", "is not a readable picture"),
        ("folder", "is not a readable picture"),
        ("transparent", r"has transparency or more than 8 bits per channel \(mode RGBA\)"),
        ("16 bits", "has transparency or more than 8 bits"),
        ("size", r"is 5x7 pixels, and 7x5 is 000\.png; make all pictures of one size"),
    ],
)
def test_a_bad_picture_is_named_with_the_remedy(kind, complaint, tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as GluonCV leaves it
    folder = save_pictures(tmp_path / "x", np.zeros((2, 5, 7), np.uint8))
    broken(kind, folder / "bad.png")
    with pytest.raises(UserError, match=rf"bad\.png {complaint}"):
        load_folder(folder)


def test_a_folder_without_pictures_says_what_it_looked_for(tmp_path):
    with pytest.raises(UserError, match=r"holds neither a run nor pictures \(\.png, \.jpg"):
        load_folder(tmp_path)
