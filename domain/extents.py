"""How much a text tells: one number, a range, one end of a range; and what stands beside a number that says so."""

from __future__ import annotations

import re
from math import inf
from typing import NamedTuple

from domain.amounts import MONEY_SCALE, plain_marks
from domain.amounts import parse_number as parse

_SIGN = (
    r"(?:[A-Z]{1,3}\s?)?[$€£¥₹₽₩₺₴₫฿₱₪₸]|円|元|원|"
    r"\b(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|INR|SEK|NOK|DKK|PLN|CZK|HUF|TRY|RUB|euros?|kr|zł|kč|lei|TL|лв|грн|руб)(?!\w)"
)
_NUMBER = r"\d{1,3}(?:[.,'’\s]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?![\d]|[.,]\d)"
_SCALED = rf"(?:{_NUMBER})(?:{MONEY_SCALE})?"
_ENDLESS = r"(?:[,.][-–—](?!\d))?"  # "9,-": no cents
_TO = r"(?:-|–|—|to\b|bis\b|à\b|a\b|until\b|hasta\b|fino a\b|tot\b|do\b|до\b|～|〜|~)"
_LOW = (
    r"(?:(?:from|(?:prices?|starts?|starting) (?:at|from)|over|more than|"
    r"min(?:imum|\.)?|at least|ab|dès|à partir de|à compter de|desde|a partir de|a partire da|da|vanaf|fra|från|"
    r"alkaen|od|de la|începând (?:cu|de la)|от|від|από)(?:\s(?:just|only|as little as|nur|seulement|solo|sólo|só|"
    r"slechts|kun|endast|bara|vain|tylko|jen|len|doar|всего|лише|μόνο))?)"
)
# What a language says behind the number, where others have a word before it.
_OR_MORE = (
    rf"(?:\+(?!\d)|\s?(?:から|より|[～〜~](?!\s?(?:{_SIGN})?\s?\d)|起|부터|이상)|"
    r"(?:\s|(?<=\s))(?:(?:and|&) (?:up|above|over|more)|or more|onwards?|upwards?|und (?:mehr|aufwärts)|et plus|"
    r"y más|e oltre|alkaen)(?!\w)|-?t[óő]l(?!\w)|['’]?[td][ea]n (?:başlayan|itibaren))"
)
_HIGH = r"(?:up to|at most|under|less than|max(?:imum|\.)?|bis(?: zu)?|jusqu['’]à|hasta|fino a|tot|do|до)"
_EXTENT = re.compile(
    rf"\W*?(?:(?P<from>{_LOW})\s*:?\s*|(?P<to>{_HIGH})\s*:?\s+)?(?:{_SIGN})?\s?(?P<low>{_SCALED}){_ENDLESS}\s?"
    rf"(?:{_SIGN})?(?:(?P<more>{_OR_MORE})|\s?{_TO}\s?(?:{_SIGN})?\s?(?P<high>{_SCALED}))?(?P<behind>.*)",
    re.I | re.S,
)
_EITHER_MARK = re.compile(r"\d{1,3}\.\d{3}(?!\d)")  # a thousand and more, or one and a fraction
_BEFORE = re.compile(rf"(?<!\w)(?:{_LOW}|{_HIGH})\s?:?\s(?:{_SIGN})?\s?$", re.I)
_LOW_END = re.compile(rf"\s*{_LOW}\s*:?\s*", re.I)
_IS_LOW_END = re.compile(rf"(?<!\w){_LOW}\s?:?\s?(?:{_SIGN})?\s?$", re.I)
_IS_MORE = re.compile(rf"(?:\s?(?:{_SIGN}))?{_OR_MORE}", re.I)
_UNIT_OF_TIME = (
    r"hour|hr|h|night|day|week|wk|w|month|mo|m|year|yr|annum|stunde|std|nacht|tag|woche|monat|jahr|heure|nuit|jour|"
    r"semaine|mois|an|hora|noche|noite|día|dia|semana|mes|mês|año|ano|ora|notte|giorno|settimana|mese|anno|uur|dag|"
    r"maand|jaar"
)
_BEHIND = re.compile(
    rf"{_ENDLESS}(?:\s?(?:{_SIGN}))?(?:{_OR_MORE}|\s?{_TO}\s?(?:{_SIGN})?\s?{_SCALED}(?![-–/:]\d)(?:\s?(?:{_SIGN}))?)?"
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
    match = _EXTENT.fullmatch(plain_marks(" ".join(text.split())))
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


def opens_range(label: str) -> bool:
    """Whether a caption or a line is no more than the word of a lower bound: "From", "ab:"."""
    return _LOW_END.fullmatch(label) is not None


def is_low_end(before: str, after: str) -> bool:
    """Whether an amount between two texts is the lowest of several: "from £9", "900円から"."""
    return bool(opens_range(before) or _IS_LOW_END.search(before) or _IS_MORE.match(after))


def as_it_stands(text: str, start: int, end: int) -> str:
    """The number at `start`:`end` with what makes it an end of a range, or an amount by the hour or the month."""
    *above, line = _CELL_END.split(text[max(0, start - _WINDOW) : start])
    before = _BEFORE.search(line)
    lead = before[0] if before else ""
    if not line.strip() and above and opens_range(above[-1]):
        lead = f"{above[-1].strip()} "
    behind = _BEHIND.match(_CELL_END.split(text[end : end + _WINDOW])[0])
    return f"{lead}{text[start:end]}{behind[0] if behind else ''}".rstrip()


def _number(text: str, decimal: str) -> float | None:
    value = parse(text, decimal)
    return None if value is None else float(value)


def _digits(text: str) -> str:
    return re.sub(r"[^\d.,]+$", "", text.strip())


def _is_scaled(text: str) -> bool:
    return _digits(text) != text.strip()
