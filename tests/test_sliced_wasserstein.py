"""The sliced Wasserstein distance of patches against closed forms, and against itself written down a second time."""

import math

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from thesis_gan.errors import UserError
from thesis_gan.metrics import sliced_wasserstein as module
from thesis_gan.metrics.bootstrap import resampled
from thesis_gan.metrics.sliced_wasserstein import (
    laplacian,
    level_sides,
    sliced_wasserstein_distances,
    sliced_wasserstein_interval,
)
from thesis_gan.streams import Streams

NAME = "sliced_wasserstein_distance"


def noise(count=6, shape=(16, 16, 1), seed=0):
    return np.random.RandomState(seed).randint(0, 256, (count, *shape)).astype(np.uint8)


def smooth(count=20, side=32, channels=1, seed=0):
    """Soft blobs: neighbours are alike, as in pictures."""
    random, (rows, columns) = np.random.RandomState(seed), np.mgrid[:side, :side] / side
    centres, colours = random.uniform(0.2, 0.8, (count, 2, 1, 1)), random.uniform(80, 250, (count, 1, 1, channels))
    squares = (rows - centres[:, 0]) ** 2 + (columns - centres[:, 1]) ** 2
    return (np.exp(-20 * squares)[..., np.newaxis] * colours).astype(np.uint8)


def flat(values, side=7):
    return np.repeat(np.asarray(values, np.uint8), side * side).reshape(-1, side, side, 1)


def mirrored(position, length):
    """Where a position outside 0 … length - 1 falls when the edge pixel is the mirror."""
    return length - 1 - abs(length - 1 - abs(position))


def smoothing(length):
    """The matrix of the binomial filter, term by term."""
    matrix = np.zeros((length, length))
    for row in range(length):
        for offset, weight in zip(range(-2, 3), (1, 4, 6, 4, 1)):
            matrix[row, mirrored(row + offset, length)] += weight / 16
    return matrix


def slow_pyramid(image):
    """All levels of one channel, (S, S), by matrices in float64."""
    levels = []
    while len(image) % 2 == 0 and len(image) >= 28:
        full = len(image)
        smaller = (smoothing(full) @ image @ smoothing(full).T)[::2, ::2]
        spread = np.zeros((full, full))
        spread[::2, ::2] = smaller
        levels.append(image - 4 * smoothing(full) @ spread @ smoothing(full).T)
        image = smaller
    return [*levels, image]


def slow_distances(first, second, seed=0):
    """Image by image, patch by patch, direction by direction; the distance on a line is SciPy's."""
    pyramids = [
        [[slow_pyramid(image[..., c].astype(float)) for c in range(image.shape[2])] for image in s] for s in (first, second)
    ]
    found = []
    for level in range(len(pyramids[0][0][0])):
        side = len(pyramids[0][0][0][level])
        clouds = []
        for pyramid in pyramids:
            cloud = []
            for number, image in enumerate(pyramid):
                places = Streams(seed).at(f"patch places {side}", number // 256).integers(0, side - 6, (2, 256, 128))
                for row, column in places[:, number % 256].T:
                    cloud.append([channel[level][row : row + 7, column : column + 7] for channel in image])
            cloud = np.array(cloud)
            for channel in range(cloud.shape[1]):
                cloud[:, channel] = (cloud[:, channel] - cloud[:, channel].mean()) / cloud[:, channel].std()
            clouds.append(cloud.reshape(len(cloud), -1))
        directions = Streams(seed).at(f"patch directions {side}", 0).standard_normal((512, clouds[0].shape[1]))
        directions = [direction / math.sqrt((direction**2).sum()) for direction in directions]
        found.append(
            (side, 1000 * np.mean([wasserstein_distance(*(cloud @ direction for cloud in clouds)) for direction in directions]))
        )
    return {NAME: np.mean([distance for _, distance in found]), **{f"{NAME}_{side}": distance for side, distance in found}}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (smooth(3, 32), smooth(3, 32, seed=1)),
        (smooth(2, 28), smooth(4, 28, seed=1)),
        (noise(3, (20, 20, 3)), smooth(2, 20, 3)),
        (smooth(3, 17), noise(2, (17, 17, 1))),
    ],
    ids=["32", "28, sets of two sizes", "three channels", "odd"],
)
def test_distances_are_those_of_the_definition(first, second):
    assert sliced_wasserstein_distances(first, second, seed=3) == pytest.approx(slow_distances(first, second, seed=3), rel=1e-5)


def test_images_beyond_the_first_part_have_places_of_their_own(monkeypatch):
    """The 257th image and on, in a level of one patch, where the places do not matter but the parts do."""
    monkeypatch.setattr(module, "PATCHES", 2)
    first, second = noise(300, (7, 7, 1)), noise(300, (7, 7, 1), seed=1)
    clouds = [(images.reshape(300, 49) - images.mean()) / images.std() for images in (first, second)]
    directions = Streams(0).at("patch directions 7", 0).standard_normal((512, 49))
    directions /= np.sqrt(np.square(directions).sum(axis=1))[:, np.newaxis]
    one, other = (np.sort(cloud @ directions.T, axis=0) for cloud in clouds)
    assert sliced_wasserstein_distances(first, second)[NAME] == pytest.approx(1000 * np.abs(one - other).mean(), rel=1e-5)


def test_flat_images_have_the_distance_of_their_brightness_in_closed_form():
    """One patch, the same in every pixel, lies along d at brightness times sum d; E |sum d| is 7 G(24.5) / (sqrt(pi) G(25)).

    -1, 1 against -r, 0, r, r = sqrt(3 / 2), all equally often: four sixths of the mass move by r - 1, two by 1.
    """
    r = math.sqrt(3 / 2)
    on_the_line = (2 * (r - 1) + 1) / 3
    mean_sum = 7 * math.exp(math.lgamma(24.5) - math.lgamma(25)) / math.sqrt(math.pi)
    found = sliced_wasserstein_distances(flat([50, 150]), flat([10, 110, 210]))
    assert set(found) == {NAME, f"{NAME}_7"}
    # |N(0, 1)| has the deviation 0.603; of 512 directions, four standard errors.
    assert found[NAME] == pytest.approx(1000 * on_the_line * mean_sum, abs=4 * 1000 * on_the_line * 0.603 / math.sqrt(512))


def test_the_pyramids_levels_add_up_to_the_image():
    images = noise(3, (64, 64, 3)).transpose(0, 3, 1, 2).astype(np.float32)
    rebuilt = laplacian(images, 2, coarsest=True)
    for level in (1, 0):
        rebuilt = laplacian(images, level, coarsest=False) + module._doubled(rebuilt)
    np.testing.assert_allclose(rebuilt, images, atol=1e-3)


def test_a_plane_has_no_details_but_at_its_edges():
    rows, columns = np.mgrid[:32, :32].astype(np.float32)
    details = laplacian((3 * rows - 2 * columns + 7)[np.newaxis, np.newaxis], 0, coarsest=False)
    np.testing.assert_allclose(details[0, 0, 4:-4, 4:-4], 0, atol=1e-4)
    np.testing.assert_array_equal(laplacian(np.full((1, 1, 32, 32), 77, np.float32), 0, coarsest=False), 0)


@pytest.mark.parametrize(
    ("side", "expected"), [(128, [128, 64, 32, 16]), (64, [64, 32, 16]), (32, [32, 16]), (28, [28, 14]), (16, [16]), (17, [17])]
)
def test_levels_are_halves_down_to_16_or_14(side, expected):
    assert level_sides(side) == expected


def test_names_are_the_contracts_and_the_mean_is_over_the_levels():
    found = sliced_wasserstein_distances(smooth(4, 64, 3), smooth(4, 64, 3, seed=1))
    assert list(found) == [NAME, f"{NAME}_64", f"{NAME}_32", f"{NAME}_16"]
    assert found[NAME] == pytest.approx(sum(list(found.values())[1:]) / 3, rel=1e-12)


def test_equal_sets_have_0_and_the_order_of_two_sets_does_not_matter():
    first, second = smooth(5), smooth(5, seed=1)
    assert set(sliced_wasserstein_distances(first, first).values()) == {0}
    assert sliced_wasserstein_distances(first, second) == sliced_wasserstein_distances(second, first)


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    first, second = smooth(5), smooth(5, seed=1)
    one = sliced_wasserstein_distances(first, second)
    assert sliced_wasserstein_distances(first, second) == one
    other = sliced_wasserstein_distances(first, second, seed=1)
    assert other[NAME] != one[NAME]
    assert other[NAME] == pytest.approx(one[NAME], rel=0.3)


def test_brightness_and_contrast_of_a_set_do_not_matter():
    first, second = smooth(5, channels=3) // 3, smooth(5, channels=3, seed=1) // 3
    changed = (first * np.array([1, 2, 3]) + np.array([9, 3, 0])).astype(np.uint8)
    assert sliced_wasserstein_distances(changed, second) == pytest.approx(sliced_wasserstein_distances(first, second), rel=1e-4)


def test_negatives_of_both_sets_and_their_channels_swapped_have_the_same_distance():
    first, second = smooth(5), smooth(5, seed=1)
    expected = sliced_wasserstein_distances(first, second)
    assert sliced_wasserstein_distances(255 - first, 255 - second) == pytest.approx(expected, rel=1e-4)
    first, second = smooth(12, channels=3), smooth(12, channels=3, seed=1)
    swapped = sliced_wasserstein_distances(first[..., ::-1], second[..., ::-1])
    assert swapped == pytest.approx(sliced_wasserstein_distances(first, second), rel=0.1)  # other directions


def test_noise_shows_in_the_finest_level_and_another_layout_in_the_coarsest():
    first, second = smooth(40, 64), smooth(40, 64, seed=1)
    plain = sliced_wasserstein_distances(first, second)
    noisy = (second + np.random.RandomState(2).randint(0, 6, second.shape)).astype(np.uint8)
    with_noise = sliced_wasserstein_distances(first, noisy)
    assert with_noise[f"{NAME}_64"] > 2 * plain[f"{NAME}_64"]
    assert with_noise[f"{NAME}_16"] < 1.2 * plain[f"{NAME}_16"]
    upside_down = sliced_wasserstein_distances(first, 255 - second)
    assert upside_down[f"{NAME}_16"] > 2 * plain[f"{NAME}_16"]


def test_distance_of_two_halves_falls_as_they_grow():
    few = sliced_wasserstein_distances(smooth(10), smooth(10, seed=1))
    many = sliced_wasserstein_distances(smooth(80), smooth(80, seed=1))
    assert 0 < many[NAME] < few[NAME] / 2


def test_resampled_distances_are_those_of_weighted_patches():
    """The distance on a line with weights is SciPy's; each image weighs its patches by how often it was drawn."""
    first, second = smooth(4, 28), smooth(6, 28, seed=1)
    counts = np.array([[1, 1, 1, 1], [0, 3, 1, 0], [4, 0, 0, 0]])
    for level, side in enumerate(level_sides(28)):
        more = (first, second, level, level_sides(28), Streams(0))
        pairs = list(module._projected(*more, module.RESAMPLED_DIRECTIONS, ""))
        expected = [
            1000 * np.mean([wasserstein_distance(*pair, np.repeat(weights, module.PATCHES)) for pair in pairs])
            for weights in counts
        ]
        np.testing.assert_allclose(module._resampled_at(*more, counts), expected, rtol=1e-6)
        whole = sliced_wasserstein_distances(first, second)[f"{NAME}_{side}"]
        assert expected[0] == pytest.approx(whole, rel=0.1)  # of 512 directions, not of their first 128


def test_interval_is_about_as_wide_as_repeated_sampling_and_about_the_distance():
    reference = smooth(40, 16, seed=1)
    first = smooth(40, 16, seed=2)
    distance = sliced_wasserstein_distances(first, reference)[NAME]
    low, high = sliced_wasserstein_interval(first, reference, distance, 60)
    repeated = [sliced_wasserstein_distances(smooth(40, 16, seed=seed), reference)[NAME] for seed in range(3, 43)]
    assert low < distance < high
    assert (high - low) / 3.92 == pytest.approx(np.std(repeated), rel=0.3)
    assert sliced_wasserstein_interval(first, reference, distance, 60) == (low, high)


def test_interval_of_one_image_drawn_ever_again_has_no_width():
    (low, high) = sliced_wasserstein_interval(noise(1), noise(3, seed=1), 5.0, 3)
    assert (low, high) == pytest.approx((5.0, 5.0))
    assert [list(chosen) for chosen in resampled(1, 2)] == [[0], [0]]


@pytest.mark.parametrize("held", [1, 2**14])
def test_how_much_is_held_in_memory_changes_nothing(held, monkeypatch):
    first, second = smooth(3, 16), smooth(4, 16, seed=1)
    expected = sliced_wasserstein_distances(first, second)
    monkeypatch.setattr(module, "HELD", held)
    assert sliced_wasserstein_distances(first, second) == pytest.approx(expected, rel=1e-6)


def test_images_from_a_file_and_flat_ones_are_taken(tmp_path):
    first, second = smooth(3), smooth(3, seed=1)
    np.save(str(tmp_path / "images.npy"), second)
    mapped = np.load(str(tmp_path / "images.npy"), mmap_mode="r")
    assert sliced_wasserstein_distances(first, mapped) == sliced_wasserstein_distances(first, second)
    grey = np.full((3, 32, 32, 1), 100, np.uint8)
    assert set(sliced_wasserstein_distances(grey, grey // 2).values()) == {0}
    assert np.isfinite(list(sliced_wasserstein_distances(first, grey).values())).all()


@pytest.mark.parametrize(
    ("first", "second", "complaint"),
    [
        (noise().astype(np.float32), noise(), "uint8"),
        (noise(0), noise(), "uint8"),
        (noise(), noise(6, (16, 16, 3)), r"\(16, 16, 1\) and of \(16, 16, 3\)"),
        (noise(6, (16, 20, 1)), noise(6, (16, 20, 1)), r"square images .* 20x16 \(width x height\)"),
        (noise(6, (6, 6, 1)), noise(6, (6, 6, 1)), "7 pixels or more"),
    ],
)
def test_images_that_cannot_be_compared_are_refused(first, second, complaint):
    with pytest.raises(UserError, match=complaint):
        sliced_wasserstein_distances(first, second)
