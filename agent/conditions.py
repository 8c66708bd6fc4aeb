"""Match conditions: does a record meet `price < 20`? Yes, no, or unclear, never a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from agent.words import fold
from domain.fields import words_of
from domain.plans import Comparison, Condition
from domain.records import FieldValue, Value, is_told


class Meets(StrEnum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"  # the value is missing, not shown by its page, or of a form that cannot be compared


_ORDERED = frozenset({Comparison.LESS, Comparison.AT_MOST, Comparison.AT_LEAST, Comparison.GREATER, Comparison.BETWEEN})
_ISO_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


def judge(fields: Mapping[str, FieldValue], conditions: tuple[Condition, ...]) -> Meets:
    """All conditions must be met: one plain "no" decides, else one "unclear" does."""
    verdicts = {meets(fields, condition) for condition in conditions}
    if Meets.NO in verdicts:
        return Meets.NO
    return Meets.UNCLEAR if Meets.UNCLEAR in verdicts else Meets.YES


def meets(fields: Mapping[str, FieldValue], condition: Condition) -> Meets:
    found = _field(fields, condition.field)
    if found is None or not is_told(found):
        return Meets.UNCLEAR
    values = found.value if isinstance(found.value, list) else [found.value]
    verdicts = [_compare(value, condition) for value in values]
    if any(verdict is True for verdict in verdicts):
        return Meets.YES
    return Meets.UNCLEAR if None in verdicts or not verdicts else Meets.NO


def _field(fields: Mapping[str, FieldValue], name: str) -> FieldValue | None:
    """By its name, in any spelling; else by one whose words hold all of it: "price" finds "price_per_night"."""
    words = words_of(name)
    spelled = {known: words_of(known) for known in fields}
    exact = next((known for known, parts in spelled.items() if parts == words), None)
    wider = exact or next((known for known, parts in spelled.items() if set(words) <= set(parts)), None)
    return fields[wider] if wider else None


def _compare(value: Value, condition: Condition) -> bool | None:
    """None where the two cannot be compared."""
    wish = condition.value
    if condition.comparison is Comparison.CONTAINS:
        return fold(str(wish)) in fold(str(value))
    if condition.comparison in _ORDERED:
        if condition.comparison is Comparison.BETWEEN:
            return _between(value, wish)
        return _ordered(value, condition.comparison, wish)
    if isinstance(wish, str) and isinstance(value, str):
        if _ISO_DATE.fullmatch(wish) and _ISO_DATE.match(value):
            return value.startswith(wish)
        return fold(wish) == fold(value)
    left, right = _number(value), _number(wish)
    return None if left is None or right is None else left == right


def _between(value: Value, wish: str | float | tuple[float, float]) -> bool | None:
    number = _number(value)
    if number is None or not isinstance(wish, tuple):
        return None
    low, high = wish
    return low <= number <= high


def _ordered(value: Value, comparison: Comparison, wish: str | float | tuple[float, float]) -> bool | None:
    if isinstance(value, str) and isinstance(wish, str) and _ISO_DATE.match(value) and _ISO_DATE.fullmatch(wish):
        # "after 2024" excludes all of 2024: compare at the precision of the wish.
        left, right = value[: len(wish)], wish
        if len(left) < len(right):
            return None
        return _holds(left, comparison, right)
    left_number, right_number = _number(value), _number(wish)
    if left_number is None or right_number is None:
        return None
    return _holds(left_number, comparison, right_number)


def _holds(left: str | float, comparison: Comparison, right: str | float) -> bool:
    order = (left > right) - (left < right)  # ty: ignore[unsupported-operator]
    return {
        Comparison.LESS: order < 0,
        Comparison.AT_MOST: order <= 0,
        Comparison.AT_LEAST: order >= 0,
        Comparison.GREATER: order > 0,
    }[comparison]


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d+(?:\.\d+)?", value.strip()):
        return float(value)
    return None
