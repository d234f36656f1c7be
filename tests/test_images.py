"""The two conventions for images, the way between them, grids and files."""

import numpy as np
import pytest
from PIL import Image

from thesis_gan.data import picture_files
from thesis_gan.data.array_files import load_array
from thesis_gan.data.images import grid, one_hot, to_network, to_uint8
from thesis_gan.data.picture_files import save_npz
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
    loaded = load_array(tmp_path / "new folder" / "images.npz")
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, images)


def test_npz_has_the_one_array_that_evaluation_suites_read(tmp_path):
    save_npz(tmp_path / "images.npz", LEVELS)
    with np.load(str(tmp_path / "images.npz")) as loaded:
        assert loaded.files == ["arr_0"]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animation_shows_its_frames_in_order_and_for_ever(suffix, tmp_path):
    frames = [np.full((4, 6, 1), level, np.uint8) for level in (0, 100, 255)]
    picture_files.write_animation(tmp_path / f"x{suffix}", frames, 120)
    with Image.open(str(tmp_path / f"x{suffix}")) as animation:
        assert (animation.n_frames, animation.size, animation.info["loop"]) == (3, (6, 4), 0)
        for place, frame in enumerate(frames):
            animation.seek(place)
            animation.load()
            assert animation.info["duration"] == 120
            error = 2 if suffix == ".webp" else 0
            np.testing.assert_allclose(np.asarray(animation.convert("L"), float), frame[..., 0], atol=error)


def test_gif_of_too_many_pixels_is_refused(tmp_path):
    for path in (tmp_path / "x.gif", tmp_path / "x.webp"):
        with pytest.raises(UserError, match=r"65,536 pixels on a side, and .* at most; make it smaller\."):
            picture_files.write_animation(path, [np.zeros((65_536, 1, 1), np.uint8)], 120)


def test_webp_of_too_many_pixels_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"16,384 pixels on a side, and a \.webp has 16,383 at most; write a \.gif"):
        picture_files.write_animation(tmp_path / "x.webp", [np.zeros((16_384, 1, 1), np.uint8)], 120)


def test_title_stands_above_the_picture():
    picture = np.full((10, 80, 1), 7, np.uint8)
    first, second = (picture_files.titled(picture, text) for text in ("epoch 1", "epoch 12"))
    assert first.shape == (24, 80, 1)
    np.testing.assert_array_equal(first[14:], picture)
    assert first[:14].max() > 200 and (first[:14] != second[:14]).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_picture_is_read_as_it_was_written(tmp_path, channels):
    picture = np.random.RandomState(0).randint(0, 256, (5, 7, channels)).astype(np.uint8)
    picture_files.write_picture(tmp_path / "x.png", picture)
    np.testing.assert_array_equal(picture_files.read_picture(tmp_path / "x.png"), picture)


def test_sheet_that_is_damaged_or_missing_is_named_and_nothing_is_to_be_deleted(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    for name, complaint in (("x", "is no readable picture; restore it from a copy"), ("y", "is missing")):
        with pytest.raises(UserError, match=rf"{name}\.png {complaint}"):
            picture_files.read_picture(tmp_path / f"{name}.png")
