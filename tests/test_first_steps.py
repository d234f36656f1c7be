"""The first steps of every method give the stored numbers: whatever changes a loss, an update or a clip shows here.

Training amplifies rounding: the same steps in float32 end up apart on two processors. In float64 they do not, so the stored
numbers are of those. float32 is held against them step by step, each from the same state: it is off by one step's rounding only.
"""

import json

import pytest
from reference.make_first_steps import FILE, METHODS, bits, critic_steps, first_steps, order, processor_type

pytestmark = pytest.mark.numeric

STORED = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", METHODS)
def test_first_steps_give_the_stored_numbers(name):
    found, stored = list(first_steps(name)), STORED["numbers"][name]
    assert len(found) == len(stored)
    for step, (exact, rounded), expected in zip(order(), found, stored):
        assert exact == pytest.approx(expected, rel=1e-9), step
        assert rounded == pytest.approx(expected, rel=1e-5, abs=1e-6), step


@pytest.mark.parametrize("name", METHODS)
def test_critic_steps_as_often_as_stored(name):
    assert critic_steps(name) == STORED["critic_steps"][name]


@pytest.mark.parametrize("name", METHODS)
def test_no_bit_of_the_first_steps_has_changed_on_this_type_of_processor(name):
    if processor_type() not in STORED["bits"]:
        pytest.skip(f"no bits are stored of {processor_type()}; tests/reference/make_first_steps.py adds them")
    changed = [
        step for step, found, stored in zip(order(), bits(name), STORED["bits"][processor_type()][name]) if found != stored
    ]
    assert changed == []
