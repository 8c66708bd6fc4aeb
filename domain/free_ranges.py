"""Ranges of prices that begin at nothing: "Free – £12"."""

from __future__ import annotations

import re

from domain.amounts import FREE_WORDS
from domain.money import find_price

_FREE_TO = re.compile(rf"\W*(?:{FREE_WORDS})\s*(?:-|–|—|〜|~|to|bis|à|a|hasta|tot|do|до)\s*(?=\S)", re.I)


def free_range(text: str) -> str:
    """The range with which a text begins, empty where none does; "Free - collect in store" is none."""
    free = _FREE_TO.match(text)
    price = find_price(text[free.end() :]) if free else None
    return text[: free.end() + price.end].strip() if free and price is not None and price.start == 0 else ""
