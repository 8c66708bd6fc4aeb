"""Prices in text: an amount with the sign or code of its currency, told whole.

What only looks like the price of a thing is passed over: a deduction ("-$5"), one of several payments, and, where the
text tells another, the price of a measure ("£2.50 / 100g").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from domain.amounts import KRONE, MONEY_SCALE, NUMBER, SCALE, SIGNS, WHOLE, parse_number, plain_marks

_SYMBOLS = rf"(?:[{SIGNS}]|R\$|[A-Z]{{1,2}}\$|zł|Kč|(?-i:Ft)|lei|Fr\.|{KRONE}\.?|Rs\.?)"
# Five are words in small letters, too: try, cad, sek, ron, rub.
_CODES = (
    "(?:USD|EUR|GBP|CHF|INR|JPY|CNY|RMB|AUD|NZD|NOK|DKK|PLN|CZK|HUF|UAH|BRL|MXN|ZAR|KRW|SGD|HKD|"
    "(?-i:CAD|SEK|RON|RUB|TRY))"
)
_WORD_ENDS = r"(?:(?<=[^\W\d_])(?![^\W\d_])|(?<![^\W\d_]))"  # of a sign made of letters
_EITHER = rf"(?:{_SYMBOLS}|{_CODES}\b)"
_BARE_END = rf"(?:{MONEY_SCALE}|[,.][-–—])?"
# Cents behind the sign, where it touches both: "19€99".
_SIGNED_CENTS = r"(?<=\d)(?<![.,]\d)(?<![.,]\d\d)[€$£]\d\d(?![.,'’]?\d|\s?[€$£%])"
# A sign that touches the number behind it is that number's ("Pack of 6 £12"), as are some that only stand before it;
# unless that number has its own behind it ("10 €25 €"), or cents are told before an euro sign ("4,99 €12 reviews").
_LEADS_NEXT = (
    rf"(?!(?<!\d[.,]\d\d€)(?<!\d[.,]\d\d\s€)(?:(?<=[£₹])\s?|(?<=[A-Z]\$)\s?|(?<=Rs)\.?\s?|(?<=Rs\.)\s?)?"
    rf"{NUMBER}(?!\s?{_EITHER}(?!\s?\d)))"
)
_CRORES = rf"(?:(?<![\w$])(?:₹|Rs\.?)|(?<![^\W_])INR)\s?{NUMBER}\scrs?\b"  # "$15 Cr" is a name or a size
_MONEY = re.compile(
    rf"{_CRORES}|(?:(?<![\w$]){_SYMBOLS}|(?<![^\W_]){_CODES})\s?[-−]?(?:{NUMBER}|[.,]\d\d{WHOLE}){_BARE_END}"
    rf"|(?<![\w.,/–—-]){NUMBER}(?:[-–—]{NUMBER})?{_BARE_END}"
    rf"(?:{_SIGNED_CENTS}|\s?(?:{_SYMBOLS}{_WORD_ENDS}{_LEADS_NEXT}|{_CODES}\b|euros?\b|dollars?\b|円|元|원|руб))",
    re.I,
)
_BARE = re.compile(
    rf"(?<![\d:])(?<!\d[.,'’–—-])(?<!\d[^\W\d_])(?:(?<![\w.,])[.,]\d\d{WHOLE}|(?<![\s.,][.,])(?<!^[.,]){NUMBER})"
    rf"(?:{SCALE}|[,.][-–—])?(?!:\d|[^\W_]{{0,3}}\d|\s?%)",
    re.I,
)
_SCALED = re.compile(rf"\d{MONEY_SCALE}", re.I)
_CENTS = re.compile(r"(?P<whole>\d[\d.,'’\s]*?)(?<=\d)[€$£](?P<cents>\d\d)\Z")
_SCALED_RANGE = re.compile(rf"\s?[-–—]\s?{_EITHER}?\s?{NUMBER}{MONEY_SCALE}", re.I)
_MINUS = "-−–"
_OF_PAYMENTS = re.compile(
    r"(?:payments?|instal?lments?|raten|mensualit[ée]s|cuotas|rate|parcelas)\s+(?:of|à|a|de|da|von|zu)\s+\Z",
    re.I,
)
_PER_MEASURE = re.compile(
    r"\s?(?:/|per\b|pro\b|je\b|par\b|por\b|al\b)\s?(?:\d+(?:[.,]\d+)?\s?)?"
    r"(?:k?gr?|kilos?|[mcd]?l|lit(?:er|re|ro)s?|(?:fl\.? ?)?oz|lbs?|pounds?|m[²2]?|sq\.? ?ft|wash|sheet|tablet)\b",
    re.I,
)


class Money(NamedTuple):
    """`text` is what stands at `start`:`end`."""

    text: str
    start: int
    end: int


def find_price(text: str) -> Money | None:
    """The first price with its currency; the price of a measure only where there is no other."""
    of_measure: Money | None = None
    for money in _prices(text):
        if _PER_MEASURE.match(text, money.end) is None:
            return money
        of_measure = of_measure or money
    return of_measure


def _prices(text: str) -> Iterator[Money]:
    for match in _MONEY.finditer(plain_marks(text)):
        if _is_price(text, match):
            spelled = text[match.start() : match.end()].strip()
            yield Money(spelled, match.start(), match.start() + len(spelled))


def _is_price(text: str, match: re.Match[str]) -> bool:
    return not (
        _is_negative(text, match.start())
        or _OF_PAYMENTS.search(text, max(0, match.start() - 40), match.start())
        or _SCALED_RANGE.search(match[0])  # "12-15k": the low end is scaled too, and does not say so
        or (_SCALED_RANGE.match(text, match.end()) and not _SCALED.search(match[0]))
    )


def _is_negative(text: str, start: int) -> bool:
    """Whether a minus touches what begins at `start`, and is no dash between two words or numbers."""
    return start > 0 and text[start - 1] in _MINUS and (start == 1 or text[start - 2] in " (\u00a0")


def find_bare_amount(text: str) -> Money | None:
    """The first number that can be an amount, where the text has none with a currency known to `find_price`."""
    plain = plain_marks(text)
    if _MONEY.search(plain):
        return None
    for match in _BARE.finditer(plain):
        if _is_price(text, match):
            return Money(text[match.start() : match.end()], match.start(), match.end())
    return None


def price_amount(price: str) -> Decimal | None:
    """The amount of a price as `find_price` and `find_bare_amount` tell it; cents behind its sign count as such
    ("19€99"). No price has three decimals: "1.299" has a thousand in every country."""
    cents = _CENTS.search(price)
    if cents is None:
        return parse_number(price, "")
    whole = parse_number(cents["whole"], "")
    return None if whole is None else whole + Decimal(cents["cents"]) / 100
