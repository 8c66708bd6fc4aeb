"""How much a text tells: one number, a range, one end of a range; and what stands beside a number that says so."""

from __future__ import annotations

import re
from math import inf
from typing import NamedTuple

from domain.amounts import MONEY_SCALE, plain_marks
from domain.amounts import parse_number as parse

_SIGN = r"(?:[A-Z]{1,3}\s?)?[$€£¥₹₽]|\b(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|INR|SEK|NOK|DKK|PLN|euros?|kr|zł)(?!\w)"
_NUMBER = r"\d{1,3}(?:[.,'’\s]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?![\d]|[.,]\d)"
_SCALED = rf"(?:{_NUMBER})(?:{MONEY_SCALE})?"
_TO = r"(?:-|–|—|to\b|bis\b|à\b|a\b|until\b|hasta\b|fino a\b|tot\b|do\b|до\b|～|~)"
_LOW = (
    r"(?:from|starting (?:at|from)|over|more than|min(?:imum|\.)?|at least|ab|dès|à partir de|desde|a partire da|da|"
    r"vanaf|od|от)"
)
_HIGH = r"(?:up to|at most|under|less than|max(?:imum|\.)?|bis(?: zu)?|jusqu['’]à|hasta|fino a|tot|do|до)"
_EXTENT = re.compile(
    rf"\W*?(?:(?P<from>{_LOW})\s+|(?P<to>{_HIGH})\s+)?(?:{_SIGN})?\s?(?P<low>{_SCALED})\s?(?:{_SIGN})?"
    rf"(?:(?P<more>\+)|\s?{_TO}\s?(?:{_SIGN})?\s?(?P<high>{_SCALED}))?(?P<behind>.*)",
    re.I | re.S,
)
_EITHER_MARK = re.compile(r"\d{1,3}\.\d{3}(?!\d)")  # a thousand and more, or one and a fraction
_BEFORE = re.compile(rf"(?<!\w)(?:{_LOW}|{_HIGH})\s(?:{_SIGN})?\s?$", re.I)
_UNIT_OF_TIME = (
    r"hour|hr|h|night|day|week|wk|w|month|mo|m|year|yr|annum|stunde|std|nacht|tag|woche|monat|jahr|heure|nuit|jour|"
    r"semaine|mois|an|hora|noche|noite|día|dia|semana|mes|mês|año|ano|ora|notte|giorno|settimana|mese|anno|uur|dag|"
    r"maand|jaar"
)
_BEHIND = re.compile(
    rf"(?:\s?(?:{_SIGN}))?(?:\+(?!\d)|\s?{_TO}\s?(?:{_SIGN})?\s?{_SCALED}(?![-–/:]\d)(?:\s?(?:{_SIGN}))?)?"
    rf"(?:\s?(?:(?:per|an?|/|pro|im|par|por|al|all['’]|p/)\s?(?:{_UNIT_OF_TIME})\b|pcm\b|pw\b|p\.a\.|hourly\b|"
    rf"weekly\b|monthly\b|yearly\b|annually\b))?",
    re.I,
)
_CELL_END = re.compile(r"[\t\n]")
_WINDOW = 40  # characters to either side


class Extent(NamedTuple):
    """From `low` to `high`, both within; infinite where the text leaves an end open. `behind` is what follows."""

    low: float
    high: float
    behind: str = ""

    @property
    def is_one(self) -> bool:
        return self.low == self.high


def extent_of(text: str, *, is_money: bool = False) -> Extent | None:
    """What a text that begins with a number tells of it; None where none stands there, where its marks leave open which
    number it is, or where the ends are in no order. Few currencies have three decimals: "1.299" is money of a
    thousand."""
    match = _EXTENT.fullmatch(plain_marks(text.strip()))
    decimal = "" if is_money else "."
    if match is None or (not is_money and any(_EITHER_MARK.match(match[end] or "") for end in ("low", "high"))):
        return None
    low = _number(match["low"], decimal)
    if low is None:
        return None
    behind = match["behind"].strip()
    if match["high"]:
        high = _number(match["high"], decimal)
        if high is not None and _is_scaled(match["high"]) and not _is_scaled(match["low"]):
            low *= round(high / (_number(_digits(match["high"]), decimal) or high))  # "12-15k"
        return Extent(low, high, behind) if high is not None and low < high else None
    if match["to"]:
        return Extent(-inf, low, behind)
    return Extent(low, inf if match["more"] or match["from"] else low, behind)


def as_it_stands(text: str, start: int, end: int) -> str:
    """The number at `start`:`end` with what makes it an end of a range, or an amount by the hour or the month."""
    before = _BEFORE.search(_CELL_END.split(text[max(0, start - _WINDOW) : start])[-1])
    behind = _BEHIND.match(_CELL_END.split(text[end : end + _WINDOW])[0])
    return f"{before[0] if before else ''}{text[start:end]}{behind[0] if behind else ''}".rstrip()


def _number(text: str, decimal: str) -> float | None:
    value = parse(text, decimal)
    return None if value is None else float(value)


def _digits(text: str) -> str:
    return re.sub(r"[^\d.,]+$", "", text.strip())


def _is_scaled(text: str) -> bool:
    return _digits(text) != text.strip()
