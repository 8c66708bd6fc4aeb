"""Words compared as people would: case, accents and punctuation aside."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SHORT = 120  # characters: names and labels come again and again, descriptions do not


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces."""
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


@lru_cache(maxsize=16_384)
def _fold_short(text: str) -> str:
    return _fold(text)


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+", " ", letters.casefold()).split())
