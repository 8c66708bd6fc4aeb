"""Whether two spellings of a price are of two currencies."""

from __future__ import annotations

import re

from domain.currencies import CURRENCIES

# Signs that several countries share. The page's language says whose one is, and its data may know better.
_SHARED_SIGNS = (
    (
        re.compile(r"(?<![A-Z])\$", re.I),
        frozenset("USD CAD AUD NZD SGD HKD MXN TWD ARS CLP COP BRL".split()),  # noqa: SIM905
    ),
    (re.compile(r"\bkr\b", re.I), frozenset({"NOK", "DKK", "SEK", "ISK"})),
    (re.compile(r"[¥元]"), frozenset({"JPY", "CNY"})),
)


def are_two_currencies(unit: str, shown: str, shown_as: str) -> bool:
    """Whether a price of the currency `unit` is shown in another one: `shown` by the sign in the text `shown_as`."""
    if unit == shown or not {unit, shown} <= CURRENCIES:
        return False
    return not any(sign.search(shown_as) and {unit, shown} <= countries for sign, countries in _SHARED_SIGNS)
