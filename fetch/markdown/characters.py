"""What characters are, looked up for all of a text at once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

# Bits of what a character is. Characters beyond the first plane (signs, rare ideographs) are none of these.
IN_WORD, DIGIT, CAPITAL, COMMA, ENDS, COLON, LOWER, BULLET = (1 << at for at in range(8))
_PLANE = 0x10000


@cache
def _kinds() -> NDArray[np.uint8]:
    """The bits of each character of the first plane."""
    kinds = np.zeros(_PLANE, dtype=np.uint8)
    for code in range(_PLANE):
        character = chr(code)
        if character.isalnum():
            kinds[code] = IN_WORD | DIGIT * character.isdecimal() | LOWER * character.islower()
    for bit, characters in (
        (IN_WORD, "_"),
        (COMMA, ",，、"),
        (ENDS, ".!?…。」”\"'"),
        (COLON, ":"),
        (BULLET, "•·-–—*►»›|/"),
    ):
        kinds[[ord(character) for character in characters]] |= bit
    for first, last in ("AZ", "ÀÖ", "ØÞ", "АЯ"):
        kinds[ord(first) : ord(last) + 1] |= CAPITAL
    kinds[-1] = 0  # stands for all beyond
    return kinds


def codes_in(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")


def kinds_of(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return _kinds().take(codes, mode="clip")
