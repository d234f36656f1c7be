"""The drawn faces: their bytes, what they are said to show, the file in the cache, and what stands in the way of drawing."""

import importlib.metadata
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from thesis_gan import cli
from thesis_gan.data import face_drawing, face_file
from thesis_gan.data.face_drawing import ATTRIBUTES, HAIR_COLORS, MEASURES, Faces, draw, mean_of_squares
from thesis_gan.errors import UserError

FIXTURE = Path(__file__).parent / "reference" / "faces.npz"
FIXTURE_SHA256 = (
    "6226412ccbdea44a07c7327710fa5d0660892d496365387213b1b4c6aae96242",
    "c7c693bad6e43cf49c43d890f64fdb0cd12c8a5ee34161f22e310e8e67dff0f7",
)
FIRST = 7168  # the fixture's first face

needs_packages = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in face_drawing.PACKAGES),
    reason="the packages of requirements-faces.txt are not installed (they need Python 3.10 or newer)",
)


@pytest.fixture(scope="module")
def fixture():
    return face_file.read(FIXTURE)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of the test's own, and the path of the faces in it."""
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "faces.npz"


@pytest.fixture
def small_set(fixture, monkeypatch):
    """The fixture in the place of the 8,192 recorded faces, and how often it was drawn."""
    drawn = []
    monkeypatch.setattr(face_file, "draw", lambda *sizes: drawn.append(sizes) or fixture)
    monkeypatch.setattr(face_file, "require_packages", lambda: None)
    monkeypatch.setattr(face_file, "IMAGES_SHA256", FIXTURE_SHA256[0])
    monkeypatch.setattr(face_file, "ATTRIBUTES_SHA256", FIXTURE_SHA256[1])
    return drawn


def test_fixture_is_the_recorded_one(fixture):
    assert (fixture.images.shape, fixture.images.dtype) == ((200, 64, 64, 3), np.uint8)
    assert face_file.digests(fixture) == FIXTURE_SHA256


def test_every_attribute_is_an_index_into_its_values(fixture):
    assert set(fixture.attributes) == {*ATTRIBUTES, *MEASURES}
    for name, (_, values) in ATTRIBUTES.items():
        found = fixture.attributes[name]
        assert (found.shape, found.dtype) == ((200,), np.int64)
        optional = name.startswith(("glasses", "earrings", "freckles", "flowers"))
        assert (-1 if optional else 0) <= found.min() <= found.max() < len(values), name
        assert (found == -1).any() == optional, name
    assert 1.2 <= fixture.attributes["scale"].min() <= fixture.attributes["scale"].max() <= 1.35
    assert -5 <= fixture.attributes["rotate"].min() <= fixture.attributes["rotate"].max() <= 5


@pytest.mark.parametrize("name", ["labels", "skin_color", "background_color"])
def test_colours_that_the_labels_name_are_in_the_picture(fixture, name):
    """A flat colour of the palette fills at least 40 pixels of each face to the last bit, as no other of its kind does."""
    palette = [tuple(bytes.fromhex(color)) for color in ATTRIBUTES[name][1]]
    pixels = np.array([[(image == color).all(axis=-1).sum() for color in palette] for image in fixture.images])
    assert (pixels.argmax(axis=1) == fixture.attributes[name]).all()
    assert pixels.max(axis=1).min() >= 40


def test_there_are_nineteen_colours_of_hair():
    assert len(HAIR_COLORS) == len(set(HAIR_COLORS.values())) == len(ATTRIBUTES["labels"][1]) == 19


def test_mean_of_squares_rounds_halves_up():
    picture = np.array([[0, 1, 10, 11], [1, 0, 10, 11]], np.uint8)[..., np.newaxis]
    np.testing.assert_array_equal(mean_of_squares(picture, 2)[..., 0], [[1, 11]])
    np.testing.assert_array_equal(mean_of_squares(picture, 1), picture)
    full = np.full((2, 6, 6, 3), 255, np.uint8)
    np.testing.assert_array_equal(mean_of_squares(full, 3), full[:, :2, :2])


@needs_packages
def test_drawn_again_the_fixture_has_the_same_bytes(fixture):
    again = draw(6, first=FIRST, processes=1)
    np.testing.assert_array_equal(again.images, fixture.images[:6])
    for name, values in again.attributes.items():
        np.testing.assert_array_equal(values, fixture.attributes[name][:6], err_msg=name)


@needs_packages
def test_faces_do_not_depend_on_the_number_of_processes(fixture):
    """Parts of 32, so that two processes take turns and the last part is not full."""
    again = draw(40, first=FIRST, processes=2)
    np.testing.assert_array_equal(again.images, fixture.images[:40])
    np.testing.assert_array_equal(again.attributes["labels"], fixture.attributes["labels"][:40])


@needs_packages
@pytest.mark.parametrize("size", [16, 32])
def test_smaller_faces_are_the_means_of_those_of_64(fixture, size):
    faces = draw(3, size, FIRST)
    np.testing.assert_array_equal(faces.images, mean_of_squares(fixture.images[:3], 64 // size))


@needs_packages
@pytest.mark.parametrize("size", [28, 128])
def test_other_sizes_show_the_same_faces(fixture, size):
    """Brought to 4 x 4 squares they have the same mean colours, but for rounding and antialiasing; another face is 30 away."""
    faces = draw(3, size, FIRST)
    assert faces.images.shape == (3, size, size, 3)
    coarse = mean_of_squares(faces.images, size // 4).astype(int)
    assert abs(coarse - mean_of_squares(fixture.images[:3], 16)).mean() < 0.5
    assert abs(coarse - mean_of_squares(fixture.images[1:4], 16)).mean() > 10


@needs_packages
def test_packages_that_draw_otherwise_are_refused(monkeypatch):
    monkeypatch.setitem(face_drawing.OPTIONS, "noseColor", ["5a3029"])
    face_drawing._require_same_faces.cache_clear()
    with pytest.raises(UserError, match=r"other faces than the recorded ones.*setup --faces"):
        draw(1)


@needs_packages
def test_a_drawing_process_that_dies_is_one_sentence(monkeypatch):
    monkeypatch.setattr(face_drawing, "__name__", "thesis_gan.no_such_module")
    with pytest.raises(UserError, match="ended early"):
        draw(64, processes=2)


@needs_packages
def test_command_writes_faces_and_labels(tmp_path, fixture, capsys):
    path = tmp_path / "faces.npz"
    assert cli.main(["faces", "--output", str(path), "--count", "5", "--size", "32"]) == 0
    assert f"5 faces of 32x32 are in {path}." in capsys.readouterr().out
    faces = face_file.read(path)
    assert (faces.images.shape, faces.images.dtype) == ((5, 32, 32, 3), np.uint8)
    np.testing.assert_array_equal(faces.images, draw(5, 32).images)
    with np.load(str(path)) as loaded:
        assert {"arr_0", "labels", "hair_style", "rotate"} <= set(loaded.files)


def test_command_refuses_another_kind_of_file(tmp_path, capsys):
    assert cli.main(["faces", "--output", str(tmp_path / "faces.png")]) == 2
    assert "must end in .npz" in capsys.readouterr().err


@pytest.fixture
def no_packages(monkeypatch):
    monkeypatch.setattr(face_drawing, "PACKAGES", ("no_such_package",))


@pytest.mark.usefixtures("no_packages")
def test_missing_packages_are_named_with_the_command(tmp_path, cache, capsys, monkeypatch):
    monkeypatch.setattr(face_drawing.sys, "version_info", (3, 12, 1))
    with pytest.raises(UserError, match=r"not installed; install them: \./run_all\.sh setup --faces"):
        face_file.load()
    assert cli.main(["faces", "--output", str(tmp_path / "faces.npz")]) == 2
    assert "setup --faces" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_packages")
def test_older_python_is_told_how_to_bring_the_file(cache, monkeypatch):
    monkeypatch.setattr(face_drawing.sys, "version_info", (3, 9, 18))
    with pytest.raises(
        UserError, match=r"Python 3\.10 or newer, and this is 3\.9: make the file with `thesis-gan faces"
    ) as error:
        face_file.load()
    assert str(error.value).endswith(f"put it at {cache}.")


def test_faces_are_drawn_at_first_use_and_then_read(cache, small_set, fixture):
    for _ in range(2):
        faces = face_file.load()
        np.testing.assert_array_equal(faces.images, fixture.images)
        np.testing.assert_array_equal(faces.attributes["labels"], fixture.attributes["labels"])
    assert small_set == [(8192, 64)]


@pytest.mark.parametrize("name", ["images", "labels", "rotate"])
def test_other_faces_in_the_cache_are_refused(cache, small_set, fixture, name):
    images, attributes = fixture.images.copy(), {key: values.copy() for key, values in fixture.attributes.items()}
    changed = images if name == "images" else attributes[name]
    changed.flat[7] += 1
    face_file.write(cache, Faces(images, attributes))
    with pytest.raises(UserError, match=r"faces\.npz does not hold the 8192 faces .*delete it"):
        face_file.load()


def test_damaged_file_in_the_cache_is_refused(cache, small_set):
    cache.parent.mkdir()
    cache.write_bytes(FIXTURE.read_bytes()[:-1000])
    with pytest.raises(UserError, match=r"faces\.npz is not a readable file of faces; delete it"):
        face_file.load()


def test_cache_that_cannot_be_written_is_named(tmp_path, small_set, monkeypatch):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("THESIS_GAN_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"Cannot write .*faces\.npz .*THESIS_GAN_CACHE"):
        face_file.load()


@needs_packages
def test_what_draws_the_recorded_bytes_is_what_is_pinned():
    lines = (FIXTURE.parents[2] / "requirements-faces.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split(";")[0].strip().split("==") for line in lines if not line.startswith("#")]
    assert len(pins) == 4
    assert all(importlib.metadata.version(name) == version for name, version in pins)
