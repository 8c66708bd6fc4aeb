"""A value beside what is wished of it: yes, no, or None where the two cannot be compared."""

from __future__ import annotations

import re

from domain.fields import FieldKind, kind_of_name, words_of
from domain.plans import Comparison, Condition
from domain.records import Value
from domain.wordings import is_in_state, is_of_size
from domain.words import fold

Wish = str | float | tuple[float, float]
_ORDERED = frozenset({Comparison.LESS, Comparison.AT_MOST, Comparison.AT_LEAST, Comparison.GREATER})
_ISO_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_ISO_START = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?(?=$|T|\s)")
_SIZE_WORDS = frozenset({"size", "sizes"})
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_EITHER_MARK = re.compile(r"\d{1,3}\.\d{3}")  # "1.200" is a thousand and two hundred, or one and a fifth


def compare(value: Value, condition: Condition) -> bool | None:
    wish = condition.value
    if condition.comparison is Comparison.BETWEEN:
        return _between(number_of(value, condition.field), wish)
    if condition.comparison in _ORDERED:
        return _ordered(value, condition, wish)
    if isinstance(value, str) and _SIZE_WORDS & set(words_of(condition.field)):
        return is_of_size(value, str(wish))
    if isinstance(wish, str) and isinstance(value, str):
        return _equal(value, wish, kind_of_name(condition.field))
    left, right = number_of(value, condition.field), number_of(wish)
    return None if left is None or right is None else left == right


def number_of(value: object, field: str = "") -> float | None:
    """A number, or a text that is one: with its thousands grouped, or with the field's own noun behind it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return float(value)
    plain = value.strip()
    number, _, noun = plain.partition(" ")
    if noun and noun.casefold().rstrip("s") in {word.rstrip("s") for word in words_of(field)}:
        plain = number
    if _GROUPED.fullmatch(plain):
        return float(plain.replace(",", ""))
    return float(plain) if _DECIMAL.fullmatch(plain) and not _EITHER_MARK.fullmatch(plain) else None


# "2019-2021", "2019 – present", "1990s", "1990er".
_YEARS = re.compile(
    r"(?P<first>(?:1\d|20)\d\d)\s?(?:[-–—]\s?(?:(?P<last>(?:1\d|20)\d\d)|(?P<open>present|now|heute|\?)?)|"
    r"(?P<decade>(?<=0)['’]?(?:s|er|erne|年代)))\s*",
    re.I,
)
_OPEN_END = "9999"


def _years(value: str) -> tuple[str, str] | None:
    """The first and the last year of a stretch of them; None where the text is none."""
    match = _YEARS.fullmatch(value.strip())
    if match is None:
        return None
    first = match["first"]
    last = match["last"] or (str(int(first) + 9) if match["decade"] else _OPEN_END)
    return (first, last) if first <= last else None


def _equal(value: str, wish: str, kind: FieldKind) -> bool | None:
    if _ISO_DATE.fullmatch(wish) and (years := _years(value)) is not None:
        return None if years[0] <= wish[:4] <= years[1] else False
    if _ISO_DATE.fullmatch(wish):
        told = _ISO_START.match(value)
        if told is not None:
            return None if len(told[0]) < len(wish) and wish.startswith(told[0]) else told[0].startswith(wish)
        return None if kind is FieldKind.DATE else fold(wish) == fold(value)
    if kind is FieldKind.AVAILABILITY:
        return is_in_state(value, wish)
    return fold(wish) == fold(value)


def _between(number: float | None, wish: Wish) -> bool | None:
    if number is None or not isinstance(wish, tuple):
        return None
    low, high = wish
    return low <= number <= high


def _ordered(value: Value, condition: Condition, wish: Wish) -> bool | None:
    if isinstance(value, str) and isinstance(wish, str) and (years := _years(value)) and _ISO_DATE.fullmatch(wish):
        first, last = (_dates(year, condition.comparison, wish) for year in years)
        return first if first == last else None
    if isinstance(value, str) and isinstance(wish, str) and _ISO_DATE.match(value) and _ISO_DATE.fullmatch(wish):
        return _dates(value, condition.comparison, wish)
    left, right = number_of(value, condition.field), number_of(wish)
    return None if left is None or right is None else _holds(left, condition.comparison, right)


def _dates(value: str, comparison: Comparison, wish: str) -> bool | None:
    """ "After 2024" excludes all of 2024: they are compared as far as both are told, and where the wish says more than
    that, what is the same so far cannot be told."""
    size = min(len(wish), len(value))
    left, right = value[:size], wish[:size]
    return None if left == right and len(value) < len(wish) else _holds(left, comparison, right)


def _holds(left: str | float, comparison: Comparison, right: str | float) -> bool:
    order = (left > right) - (left < right)  # ty: ignore[unsupported-operator]
    return {
        Comparison.LESS: order < 0,
        Comparison.AT_MOST: order <= 0,
        Comparison.AT_LEAST: order >= 0,
        Comparison.GREATER: order > 0,
    }[comparison]
