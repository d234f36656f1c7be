"""The first steps of every method give the stored numbers: whatever changes a loss, an update or a clip shows here.

The tolerance is that of float32 on another processor: after so few steps nothing has amplified the rounding yet.
"""

import json

import pytest
from reference.make_first_steps import FILE, METHODS, first_steps

STORED = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", METHODS)
def test_first_steps_give_the_stored_numbers(name):
    found = first_steps(name)
    assert len(found) == len(STORED[name])
    for number, (record, expected) in enumerate(zip(found, STORED[name])):
        assert record == pytest.approx(expected, rel=1e-3, abs=1e-5), (name, number)
