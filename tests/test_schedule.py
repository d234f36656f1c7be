"""Critic steps per generator step, by epoch."""

import pytest
from helpers import settings_of

from thesis_gan.schedule import CriticSchedule


def test_stages_last_as_long_as_written():
    schedule = CriticSchedule.parse("30x2,15x2,5")
    assert [schedule(epoch) for epoch in range(7)] == [30, 30, 15, 15, 5, 5, 5]
    assert schedule(10**6) == 5


def test_a_plain_number_is_the_same_in_every_epoch():
    assert {CriticSchedule.parse("5")(epoch) for epoch in range(300)} == {5}


def test_a_number_will_do_for_the_text():
    assert CriticSchedule.parse(5) == CriticSchedule((), 5)


@pytest.mark.parametrize("text", ["1", "5", "30x2,15x2,5", "100x1,1"])
def test_written_form_round_trip(text):
    assert str(CriticSchedule.parse(text)) == text
    assert CriticSchedule.parse(CriticSchedule.parse(text)) == CriticSchedule.parse(text)


@pytest.mark.parametrize(
    "text", ["", "x", "five", "0", "-1", "1.5", "nan", "30x2", "30x2,", "30x0,5", "0x2,5", "30x,5", "30,5", "3x2x1,5", "-3x2,5"]
)
def test_what_is_no_schedule_raises_value_error(text):
    with pytest.raises(ValueError):
        CriticSchedule.parse(text)


def test_wgan_has_the_thesis_schedule_by_default():
    schedule = settings_of("wgan", profile="thesis").critic_schedule
    assert [schedule(epoch) for epoch in range(6)] == [30, 30, 15, 15, 5, 5]
    assert str(schedule) == "30x2,15x2,5"


def test_dcgan_steps_once_as_in_algorithm_1():
    assert {settings_of("dcgan", profile="thesis").critic_schedule(epoch) for epoch in range(260)} == {1}
