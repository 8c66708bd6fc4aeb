"""Whole numbers that callers write: what no process could hand to the next is refused at the door."""

from __future__ import annotations

import pytest

from api.wire.reading import read_body
from api.wire.scrapehub.corrections import CorrectRecord
from domain.errors import InvalidInput

LEAST, MOST = -(2**63) + 1, 2**63 - 1


@pytest.mark.parametrize("number", [LEAST - 1, MOST + 1, 10**40])
def test_a_number_too_long_to_be_passed_on_is_refused_by_its_place(number: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_body(b'{"values":{"price":%d}}' % number, CorrectRecord)
    assert refused.value.fields == {"values.price": f"whole numbers are from {LEAST} to {MOST}"}


@pytest.mark.parametrize("number", [LEAST, MOST])
def test_the_longest_numbers_that_can_be_passed_on_are_read(number: int) -> None:
    assert read_body(b'{"values":{"price":%d}}' % number, CorrectRecord).values == {"price": number}
