"""Hours of the day have the signs of a code, and are none."""

from __future__ import annotations

import pytest

from domain.fields import FieldKind
from domain.recognise import recognise


@pytest.mark.parametrize(
    "text", ["7:30–15:00", "8:00-16:00", "Mon-Fri 7:30-15:00", "9.30-17.00", "18:00–24:00", "7:30"]
)
def test_opening_hours_are_no_code(text):
    assert recognise(FieldKind.IDENTIFIER, text, "en") is None


@pytest.mark.parametrize(
    "text", ["1:24-cv-0334", "22-1451", "KT-10051", "24:1130", "2:23-cr-00-15", "7.30-15.007", "8:123"]
)
def test_a_code_with_the_signs_of_hours_stays_one(text):
    found = recognise(FieldKind.IDENTIFIER, text, "en")
    assert found is not None
    assert found.text == text
