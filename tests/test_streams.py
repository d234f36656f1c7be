"""Randomness is a function of (seed, stream name, step), the same on every machine and with every NumPy."""

import numpy as np
import pytest

from thesis_gan.streams import BatchOrder, Streams


def test_same_arguments_give_the_same_numbers():
    first = Streams(3).uniform("z", 7, (5,))
    np.testing.assert_array_equal(Streams(3).uniform("z", 7, (5,)), first)


def test_numbers_do_not_depend_on_what_was_drawn_before():
    streams = Streams(3)
    expected = streams.normal("z", 7, (5,))
    streams.normal("z", 6, (50,))
    streams.uniform("other", 7, (50,))
    np.testing.assert_array_equal(streams.normal("z", 7, (5,)), expected)


@pytest.mark.parametrize(("seed", "name", "step"), [(4, "z", 7), (3, "y", 7), (3, "z", 8)], ids=["seed", "name", "step"])
def test_another_seed_name_or_step_gives_other_numbers(seed, name, step):
    known, other = Streams(3).uniform("z", 7, (100,)), Streams(seed).uniform(name, step, (100,))
    assert (known != other).all()
    assert abs(np.corrcoef(known, other)[0, 1]) < 0.3


def test_first_numbers_are_the_recorded_ones():
    """NumPy does not promise them for ever; if these change, no stored result can be repeated."""
    streams = Streams(0)
    recorded = [0.6004209518432617, 0.3933470845222473, 0.7103402614593506, 0.26411187648773193]
    assert streams.uniform("z", 0, (4,)).tolist() == recorded
    assert streams.at("z", 0).permutation(8).tolist() == [0, 1, 5, 3, 7, 4, 2, 6]
    assert streams.at("z", 0).integers(0, 10, 8).tolist() == [6, 3, 7, 2, 2, 1, 5, 6]
    np.testing.assert_allclose(
        streams.normal("z", 0, (3,)), [0.42822760343551636, -0.5247635245323181, 0.9285063743591309], rtol=1e-6
    )


def test_uniform_fills_its_range_evenly():
    numbers = Streams(0).uniform("z", 0, (100000,), low=-1.0)
    assert numbers.dtype == np.float32
    assert -1 <= numbers.min() < -0.9999
    assert 0.9999 < numbers.max() < 1
    np.testing.assert_allclose(np.histogram(numbers, 10, (-1, 1))[0], 10000, rtol=0.05)


def test_uniform_reaches_neither_one_nor_below_low_at_the_generators_extremes(monkeypatch):
    class Extremes:
        def random(self, shape, dtype):
            return np.array([0, np.nextafter(np.float32(1), np.float32(0))], dtype)

    monkeypatch.setattr(Streams, "at", lambda self, name, step: Extremes())
    lowest, highest = Streams(0).uniform("z", 0, (2,), low=-1.0)
    assert lowest == -1
    assert highest < 1


def test_normal_has_mean_zero_and_variance_one():
    numbers = Streams(0).normal("z", 0, (100000,))
    assert numbers.dtype == np.float32
    assert numbers.mean() == pytest.approx(0, abs=0.01)
    assert numbers.std() == pytest.approx(1, abs=0.01)


def all_batches(passes=3, count=23, size=5, seed=0):
    order = BatchOrder(Streams(seed), count, size)
    return [order(index) for index in range(passes * order.batches_per_pass)]


def test_each_pass_shows_every_image_at_most_once_and_leaves_out_the_remainder():
    batches = all_batches()
    assert {len(batch) for batch in batches} == {5}
    for start in (0, 4, 8):
        seen = np.concatenate(batches[start : start + 4])
        assert len(set(seen)) == 20
        assert set(seen) <= set(range(23))


def test_a_pass_is_a_permutation_where_batches_fit():
    seen = np.concatenate(all_batches(passes=1, count=20))
    assert sorted(seen) == list(range(20))


def test_a_pass_over_mnist_has_937_batches():
    assert BatchOrder(Streams(0), 60000, 64).batches_per_pass == 937


def test_passes_are_shuffled_differently():
    batches = all_batches(count=20)
    first, second = (np.concatenate(batches[start : start + 4]).tolist() for start in (0, 4))
    assert first != second
    assert first != sorted(first)


def test_seeds_are_shuffled_differently():
    assert np.concatenate(all_batches()).tolist() != np.concatenate(all_batches(seed=1)).tolist()


def test_batches_out_of_order_equal_batches_in_order():
    in_order = all_batches()
    order = BatchOrder(Streams(0), 23, 5)
    for index in (11, 0, 7, 8, 3, 3, 4):
        np.testing.assert_array_equal(order(index), in_order[index])
