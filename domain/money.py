"""Prices in text: an amount with the sign or code of its currency, told whole.

What only looks like the price of a thing is passed over: a deduction ("-$5"), one of several payments, and, where the
text tells another, the price of a measure ("£2.50 / 100g").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from domain.amounts import MONEY_SCALE, NUMBER, SCALE, WHOLE, parse_number, plain_marks
from domain.currencies import CODES, DOLLAR_CODES, has_three_decimals, signs_of
from domain.locales import locale_of

_WORD_ENDS = r"(?:(?<=[^\W\d_])(?![^\W\d_])|(?<![^\W\d_]))"  # of a sign made of letters
_BARE_END = rf"(?:{MONEY_SCALE}|[,.][-–—])?"
# Cents behind the sign, where it touches both: "19€99".
_SIGNED_CENTS = r"(?<=\d)(?<![.,]\d)(?<![.,]\d\d)[€$£]\d\d(?![.,'’]?\d|\s?[€$£%])"
_CRORES = rf"(?:(?<![\w$])(?:₹|Rs\.?)|(?<![^\W_])INR)\s?{NUMBER}\scrs?\b"  # "$15 Cr" is a name or a size
_NAMED = r"(?:(?:de\s|d['’])?euros?\b|dollars?\b|円|元|원|руб)"
_PENCE_REGIONS = frozenset({"GB", "IM", "JE", "GG"})
_CENT_SIGNS = r"(?<![\w.,$€£])\d{1,2}\s?¢"
_PENCE = r"(?<![\w.,$€£])\d{1,2}p(?!\w)"


@lru_cache(maxsize=64)
def _money(region: str) -> re.Pattern[str]:
    """An amount with its currency, on a page of a country."""
    signs = signs_of(region)
    either = rf"(?:{signs}|{CODES}\b)"
    # A sign that touches the number behind it is that number's ("Pack of 6 £12"), as are some that only stand before
    # it; unless that number has its own behind it ("10 €25 €"), or cents are told before an euro sign ("4,99 €12
    # reviews").
    leads_next = (
        rf"(?!(?<!\d[.,]\d\d€)(?<!\d[.,]\d\d\s€)(?:(?<=[£₹])\s?|(?<=[A-Z]\$)\s?|(?<=Rs)\.?\s?|(?<=Rs\.)\s?)?"
        rf"{NUMBER}(?!\s?{either}(?!\s?\d)))"
    )
    small = f"{_CENT_SIGNS}|{_PENCE}" if region in _PENCE_REGIONS else _CENT_SIGNS
    return re.compile(
        rf"{_CRORES}|(?<![^\W_]){DOLLAR_CODES}\s?\$\s?{NUMBER}{_BARE_END}"
        rf"|(?<![\w$])\$\s?{NUMBER}\s?{DOLLAR_CODES}\b(?!\s?\d)"
        rf"|(?:(?<![\w$]){signs}|(?<![^\W_]){CODES})\s?[-−]?(?:{NUMBER}|[.,]\d\d{WHOLE}){_BARE_END}|{small}"
        rf"|(?<![\w.,/–—-]){NUMBER}(?:[-–—]{NUMBER})?{_BARE_END}"
        rf"(?:{_SIGNED_CENTS}|\s?(?:{signs}{_WORD_ENDS}{leads_next}|{CODES}\b|{_NAMED}))",
        re.I,
    )


_BARE = re.compile(
    rf"(?<![\d:])(?<!\d[.,'’–—-])(?<!\d[^\W\d_])(?:(?<![\w.,])[.,]\d\d{WHOLE}|(?<![\s.,][.,])(?<!^[.,]){NUMBER})"
    rf"(?:{SCALE}|[,.][-–—])?(?!:\d|[^\W_]{{0,3}}\d|\s?%|[A-Za-z¢])",
    re.I,
)
_DIGIT = re.compile(r"\d")
_SCALED = re.compile(rf"\d{MONEY_SCALE}", re.I)
_CENTS = re.compile(r"(?P<whole>\d[\d.,'’\s]*?)(?<=\d)[€$£](?P<cents>\d\d)\Z")
_SMALL = re.compile(r"(?P<cents>\d{1,2})\s?[¢p]\Z")
_SCALED_RANGE = re.compile(rf"\s?[-–—]\s?(?:{signs_of('')}|{CODES}\b)?\s?{NUMBER}{MONEY_SCALE}", re.I)
# A thousand's comma with one digit behind it: the rest of the number stands elsewhere.
_CUT_SHORT = re.compile(rf"[$£]\s?\d{{1,3}},\d(?!\d|{MONEY_SCALE})", re.I)
_SIGN_DOT = re.compile(r"(?<=\b[SB]/)\.")  # "S/.25.00"
_MINUS = "-−–"
_OF_PAYMENTS = re.compile(
    r"(?:payments?|instal?lments?|raten|mensualit[ée]s|cuotas|rate|parcelas)\s+(?:of|à|a|de|da|von|zu)\s+\Z",
    re.I,
)
# "2 for $5", "3/$5": what several cost together. A name may end in a number, too: "Size 5 for $20".
_OF_SEVERAL = re.compile(r"(?:^|[(,;|:]\s?|\b(?:or|any|buy)\s)\d{1,2}\s?(?:for|/)\s?\Z", re.I)
_PER_MEASURE = re.compile(
    r"\s?(?:/|per\b|pro\b|je\b|par\b|por\b|al\b)\s?(?:\d+(?:[.,]\d+)?\s?)?"
    r"(?:k?gr?|kilos?|[mcd]?l|lit(?:er|re|ro)s?|(?:fl\.? ?)?oz|lbs?|pounds?|m[²2]?|sq\.? ?ft|wash|sheet|tablet)\b",
    re.I,
)

# Who pays less than others do; a name for children ends in no price that is theirs: "toys for kids $12".
_FEW = (
    r"members?|students?|seniors?|pensioners?|concessions?|mitglieder|studierende|studenten|membres|adhérents|étudiants|"
    r"socios|estudiantes|soci|studenti|leden"
)
_FOR_FEW = re.compile(
    rf"\s?[(:–-]?\s?(?:(?:for|to|für|pour|para|per|voor)\s(?:our\s)?(?:{_FEW}|children|kids|kinder|enfants|niños|bambini)"
    rf"|{_FEW})(?!\w)",
    re.I,
)
_OF_FEW = re.compile(rf"(?<![\w-])(?<!non )(?:{_FEW})(?:\s(?:only|price|pay|ticket))?\s?[:–-]?\s?\Z", re.I)


class Money(NamedTuple):
    """`text` is what stands at `start`:`end`."""

    text: str
    start: int
    end: int


def find_price(text: str, tag: str = "") -> Money | None:
    """The first price with its currency; that of a measure, or that only members pay, only where there is no other.
    `tag` is the page's BCP 47 language: some letters are a currency's sign in one country alone."""
    otherwise: Money | None = None
    for money in _prices(text, tag):
        if _PER_MEASURE.match(text, money.end) is None and not _is_of_few(text, money):
            return money
        otherwise = otherwise or money
    return otherwise


def _is_of_few(text: str, money: Money) -> bool:
    before = max(0, money.start - 24)
    return bool(_FOR_FEW.match(text, money.end) or _OF_FEW.search(text, before, money.start))


def _prices(text: str, tag: str) -> Iterator[Money]:
    if _DIGIT.search(text) is None:
        return
    for match in _money(_region_of(tag)).finditer(plain_marks(text)):
        if _is_price(text, match):
            spelled = text[match.start() : match.end()].strip()
            yield Money(spelled, match.start(), match.start() + len(spelled))


def _region_of(tag: str) -> str:
    return locale_of(tag).region if tag else ""


def _is_price(text: str, match: re.Match[str]) -> bool:
    return not (
        _is_negative(text, match.start())
        or _OF_PAYMENTS.search(text, max(0, match.start() - 40), match.start())
        or _OF_SEVERAL.search(text, max(0, match.start() - 10), match.start())
        or _SCALED_RANGE.search(match[0])  # "12-15k": the low end is scaled too, and does not say so
        or (_SCALED_RANGE.match(text, match.end()) and not _SCALED.search(match[0]))
    )


def _is_negative(text: str, start: int) -> bool:
    """Whether a minus touches what begins at `start`, and is no dash between two words or numbers."""
    return start > 0 and text[start - 1] in _MINUS and (start == 1 or text[start - 2] in " (\u00a0")


def find_bare_amount(text: str, tag: str = "") -> Money | None:
    """The first number that can be an amount, where the text has none with a currency known to `find_price`."""
    plain = plain_marks(text)
    if _money(_region_of(tag)).search(plain):
        return None
    for match in _BARE.finditer(plain):
        if _is_price(text, match):
            return Money(text[match.start() : match.end()], match.start(), match.end())
    return None


def price_amount(price: str, tag: str = "") -> Decimal | None:
    """The amount of a price as `find_price` and `find_bare_amount` tell it; cents behind its sign count as such
    ("19€99"), and cents alone as a part ("99¢"). Few currencies have three decimals: "1.299" has a thousand in most
    countries."""
    plain = _SIGN_DOT.sub("", plain_marks(price))
    small = _SMALL.fullmatch(plain)
    if small is not None:
        return Decimal(small["cents"]) / 100
    locale = locale_of(tag)
    language = locale.language
    cents = _CENTS.search(plain)
    if cents is None:
        if _CUT_SHORT.search(plain) and locale.decimal != ",":
            return None
        return parse_number(plain, "." if has_three_decimals(plain) else "", language)
    whole = parse_number(cents["whole"], "")
    return None if whole is None else whole + Decimal(cents["cents"]) / 100
