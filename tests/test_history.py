"""What a run logs: means over an epoch and over windows, kept exactly."""

import json
import math

import numpy as np
import pytest

from thesis_gan._compat import mx
from thesis_gan.errors import UserError
from thesis_gan.training.history import History, Means, read_csv


def logged(*rows):
    """A history to which each of ``rows`` was added as one step's numbers, and settled."""
    history = History()
    for row in rows:
        history.add({name: mx.nd.array([number]) for name, number in row.items()}, "step 1")
    history.settle()
    return history


def test_epochs_row_is_the_mean_of_its_steps_and_not_the_last():
    history = logged({"loss": 1}, {"loss": 2}, {"loss": 6})
    assert history.end_epoch({"epoch": 1}) == {"epoch": 1, "loss": 3}


def test_each_number_is_averaged_over_the_steps_that_have_it():
    history = logged({"critic_loss": 1}, {"critic_loss": 3}, {"generator_loss": 10})
    assert history.end_epoch({}) == {"critic_loss": 2, "generator_loss": 10}


def test_an_epoch_starts_anew():
    history = logged({"loss": 1})
    history.end_epoch({"epoch": 1})
    history.add({"loss": mx.nd.array([5])}, "step 1")
    history.settle()
    assert history.end_epoch({"epoch": 2}) == {"epoch": 2, "loss": 5}
    assert [row["loss"] for row in history.epochs] == [1, 5]


def test_windows_and_epochs_do_not_disturb_each_other():
    history = logged({"loss": 1}, {"loss": 3})
    history.end_window({"step": 2})
    history.add({"loss": mx.nd.array([8])}, "step 1")
    history.settle()
    history.end_window({"step": 3})
    history.end_epoch({"epoch": 1})
    assert history.curve == [{"step": 2, "loss": 2}, {"step": 3, "loss": 8}]
    assert history.epochs == [{"epoch": 1, "loss": 4}]


def test_numbers_of_any_shape_with_one_element_are_logged():
    history = History()
    history.add({"loss": mx.nd.array([[4]]), "other": mx.nd.array([2])}, "step 1")
    assert history.settle() == ""
    assert history.end_epoch({}) == {"loss": 4, "other": 2}


def test_means_are_summed_in_float64():
    means = Means()
    for _ in range(100000):
        means.add("loss", 0.1)
    assert means.take()["loss"] == pytest.approx(0.1, rel=1e-10)


def test_epoch_is_open_while_it_holds_a_step():
    history = History()
    assert not history.epoch_open
    history.add({"loss": mx.nd.array([1])}, "step 1")
    history.settle()
    assert history.epoch_open
    history.end_epoch({})
    assert not history.epoch_open


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_settling_tells_of_the_first_number_that_is_not_finite(bad, place):
    history = History()
    for step in range(4):
        history.add({"loss": mx.nd.array([bad if step in (place, 3) else 1.0])}, f"step {step}")
    assert history.settle() == f"loss was {bad} at step {place}"


def test_settling_finite_numbers_or_none_is_fine():
    history = History()
    assert history.settle() == ""
    history.add({"loss": mx.nd.array([1e30])}, "step 1")
    assert history.settle() == ""


def test_what_is_settled_is_not_counted_twice():
    history = logged({"loss": 1}, {"loss": 3})
    history.settle()
    assert history.state()["epoch"] == [("loss", (4.0, 2))]


def open_history():
    """A history with a closed epoch, a closed window, and an epoch and a window under way, of numbers with many digits."""
    random = np.random.RandomState(0)
    history = logged(*({"loss": number, "wasserstein": number / 3} for number in random.normal(0, 1, 7)))
    history.end_window({"critic_steps": 7})
    history.end_epoch({"epoch": 1, "passes": 1 / 3})
    for number in random.normal(0, 1, 5):
        history.add({"loss": mx.nd.array([number])}, "step 1")
    history.settle()
    return history


def test_state_survives_json_exactly_and_goes_on_alike():
    history, other = open_history(), History()
    other.restore(json.loads(json.dumps(history.state())))
    assert other.state() == history.state()
    for each in (history, other):
        each.add({"loss": mx.nd.array([0.123456789])}, "step 1")
        each.settle()
        each.end_window({"critic_steps": 13})
        each.end_epoch({"epoch": 2})
    assert other.epochs == history.epochs
    assert other.curve == history.curve


def test_restoring_forgets_what_was_pending():
    history = History()
    history.add({"loss": mx.nd.array([100])}, "step 1")
    history.restore(open_history().state())
    history.settle()
    assert history.state() == open_history().state()


def test_csv_has_the_rows_as_columns(tmp_path):
    history = open_history()
    history.end_epoch({"epoch": 2, "passes": 2.0})
    history.write(tmp_path)
    columns = read_csv(tmp_path / "history.csv")
    assert list(columns) == ["epoch", "passes", "loss", "wasserstein"]
    assert columns["epoch"].tolist() == [1, 2]
    np.testing.assert_allclose(columns["loss"], [row["loss"] for row in history.epochs], rtol=1e-7)
    np.testing.assert_allclose(read_csv(tmp_path / "curve.csv")["loss"], [row["loss"] for row in history.curve], rtol=1e-7)


def test_csv_shows_a_number_that_an_epoch_lacks_as_nan(tmp_path):
    history = open_history()
    history.end_epoch({"epoch": 2, "passes": 2.0})
    history.write(tmp_path)
    wasserstein = read_csv(tmp_path / "history.csv")["wasserstein"]
    assert np.isfinite(wasserstein[0])
    assert np.isnan(wasserstein[1])


def test_csv_of_no_rows_reads_as_no_columns(tmp_path):
    History().write(tmp_path)
    assert read_csv(tmp_path / "history.csv") == {}


def test_missing_csv_is_named(tmp_path):
    with pytest.raises(UserError, match=r"history\.csv is missing: .*start it again"):
        read_csv(tmp_path / "history.csv")


@pytest.mark.parametrize(
    "content",
    [b"epoch,loss\n1,abc\n", b"epoch,loss\n1\n", b"epoch,loss\n1,2", b"a,b\n1,2\n3,4,5\n", b"", b"epoch\n\xff\xfe\n"],
    ids=["text", "short", "cut", "long", "empty", "bytes"],
)
def test_damaged_csv_is_named(tmp_path, content):
    (tmp_path / "history.csv").write_bytes(content)
    with pytest.raises(UserError, match=r"history\.csv is damaged; .*start the same run again"):
        read_csv(tmp_path / "history.csv")
