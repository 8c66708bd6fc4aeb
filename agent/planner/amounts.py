"""Numbers and currencies, as goals write them."""

from __future__ import annotations

import re

# A longer row of digits is no number that people compare with.
NUMBER = (
    r"(?<![\d.,])((?:\d{1,3}(?: \d{3})+(?![\d.,]*\d)|\d[\d.,]{0,20}(?![\d.,]*\d))\s?"
    r"(?:k\b|m\b|mln\b|млн\b|тыс\b\.?|tys\b\.?|million|thousand|millionen|millones|milioni|tausend)?)"
)
CURRENCY = (
    r"(?:US\$|CA\$|AU\$|NZ\$|C\$|A\$|[$€£¥]|(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|INR|SEK|NOK|DKK|PLN)\b|euros?|dollars?|"
    r"pounds?(?: sterling)?|quid|bucks|dólares|libras|sterline|franken|francs|zł(?:otych|ote)?|pln|kr|kronor|kroner|₽|"
    r"руб(?:лей|ля|\.)?|₹|円|yen)"
)
_CODES = {
    "$": "USD",
    "us$": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "au$": "AUD",
    "a$": "AUD",
    "nz$": "NZD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "euro": "EUR",
    "dollar": "USD",
    "buck": "USD",
    "dólare": "USD",
    "pound": "GBP",
    "pounds sterling": "GBP",
    "pound sterling": "GBP",
    "quid": "GBP",
    "sterline": "GBP",
    "franken": "CHF",
    "zł": "PLN",
    "złotych": "PLN",
    "złote": "PLN",
    "₽": "RUB",
    "руб": "RUB",
    "рублей": "RUB",
    "рубля": "RUB",
    "₹": "INR",
    "円": "JPY",
    "yen": "JPY",
}


def unit_of(text: str) -> str:
    """The currency that a demand names, as ISO 4217; "libras" and "francs" are of several countries."""
    found = re.search(CURRENCY, text, re.I)
    if found is None:
        return ""
    sign = found[0].lower()
    code = _CODES.get(sign) or _CODES.get(sign.removesuffix("s"), "")
    return code or (sign.upper() if re.fullmatch(r"[a-z]{3}", sign) else "")
