"""Match conditions: does a record meet `price < 20`? Yes, no, or unclear, never a guess, and always with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from domain.amounts import is_free
from domain.checks import Check, Meets
from domain.fields import FieldKind, kind_of_name, make_field, words_of
from domain.normal import normalise
from domain.opening_hours import opened_on, weekdays_of
from domain.place_names import address_names, line_names
from domain.plans import Comparison, Condition
from domain.records import FieldValue, Value, is_told
from domain.words import fold

Wish = str | float | tuple[float, float]
_ORDERED = frozenset({Comparison.LESS, Comparison.AT_MOST, Comparison.AT_LEAST, Comparison.GREATER, Comparison.BETWEEN})
_DENIED = {Comparison.NOT_IN: Comparison.IN, Comparison.LACKS: Comparison.CONTAINS}
_ISO_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_PLACE_WORDS = frozenset(
    words_of("address location place city town locality region state country venue borough district neighborhood")
)
_AMOUNT = re.compile(r"\d(?:[\d.,\s'’]*\d)?")
_RATING_WORDS = frozenset({"rating", "stars", "score"})
FEW_STARS = 5  # of the most common scale; others end at ten
_LONGEST_SHOWN = 60  # characters of a value in a reason


class Told(NamedTuple):
    """What one condition comes to. `verdict` None: unclear."""

    verdict: bool | None
    reason: str


def checks_of(
    fields: Mapping[str, FieldValue],
    conditions: tuple[Condition, ...],
    *,
    about: Iterable[str] = (),
    by_model: Iterable[Check] = (),
) -> tuple[Check, ...]:
    """One check for each condition. `about` are lines that say the place of all that a page lists; `by_model` stand in
    where rules leave a condition unclear."""
    lines = tuple(about)
    known = {(check.condition, check.field): check for check in by_model if check.verdict is not Meets.UNCLEAR}
    checks = (_check(fields, condition, lines) for condition in conditions)
    return tuple(
        known.get((check.condition, check.field), check) if check.verdict is Meets.UNCLEAR else check
        for check in checks
    )


def _check(fields: Mapping[str, FieldValue], condition: Condition, about: tuple[str, ...]) -> Check:
    told = _either([_told(fields, each, about) for each in condition.either])
    verdict = {True: Meets.YES, False: Meets.NO, None: Meets.UNCLEAR}[told.verdict]
    return Check(condition=condition.label, field=condition.field, verdict=verdict, reason=told.reason)


def _either(told: list[Told]) -> Told:
    """One yes is enough; a no takes a no of each. The reason is that of what decided."""
    met = next((each for each in told if each.verdict is True), None)
    if met is not None:
        return met
    unclear = [each for each in told if each.verdict is None]
    reasons = dict.fromkeys(each.reason for each in unclear or told)
    return Told(None if unclear else False, "; ".join(reasons))


def _told(fields: Mapping[str, FieldValue], condition: Condition, about: tuple[str, ...]) -> Told:
    asked = _DENIED.get(condition.comparison)
    if asked is None:
        return _met(fields, condition, about)
    # What meets the one does not meet the other, and what tells nothing tells nothing.
    told = _met(fields, msgspec.structs.replace(condition, comparison=asked), about)
    return told if told.verdict is None else Told(not told.verdict, told.reason)


def _met(fields: Mapping[str, FieldValue], condition: Condition, about: tuple[str, ...]) -> Told:
    return _place(fields, condition, about) if condition.comparison is Comparison.IN else _value(fields, condition)


def _place(fields: Mapping[str, FieldValue], condition: Condition, about: tuple[str, ...]) -> Told:
    """By what the record says of its place; where it says none, by the page that lists it."""
    place = str(condition.value)
    found = [
        address_names(str(item), place)
        for name, value in fields.items()
        if is_told(value) and (_PLACE_WORDS & set(words_of(name)) or kind_of_name(name) is FieldKind.ADDRESS)
        for item in (value.value if isinstance(value.value, list) else [value.value])
    ]
    for wanted in (True, False):
        for told in found:
            if told.is_there is wanted:
                return Told(wanted, told.reason)
    for line in about:
        if line_names(line, place):
            return Told(True, f"it is listed on a page about {place}: {_shown(line)}")
    return Told(None, found[0].reason if found else "the page tells no address of it")


def _value(fields: Mapping[str, FieldValue], condition: Condition) -> Told:
    name = _field(fields, condition.field)
    found = fields.get(name) if name else None
    if found is None or name is None:
        return Told(None, f"no {condition.field} was found")
    if not is_told(found):
        return Told(None, f"the page does not say the {name} that was read from it")
    if condition.comparison in {Comparison.OPEN, Comparison.CLOSED}:
        return _open(found.value, condition, name)
    values = found.value if isinstance(found.value, list) else [found.value]
    unit = found.unit or _currency_beside(fields, name)
    told = [_compared(value, unit, condition, name) for value in values]
    for wanted in (True, None):
        for each in told:
            if each.verdict is wanted:
                return each
    return told[0] if told else Told(None, f"{name} is an empty list")


def _field(fields: Mapping[str, FieldValue], name: str) -> str | None:
    """By its name, in any spelling; else by one whose words hold all of it: "price" finds "price_per_night"."""
    words = words_of(name)
    spelled = {known: words_of(known) for known in fields}
    exact = next((known for known, parts in spelled.items() if parts == words), None)
    return exact or next((known for known, parts in spelled.items() if set(words) <= set(parts)), None)


def _currency_beside(fields: Mapping[str, FieldValue], name: str) -> str:
    """The currency that the record tells in a field of its own."""
    if kind_of_name(name) is not FieldKind.PRICE:
        return ""
    return next(
        (
            str(value.value)
            for known, value in fields.items()
            if is_told(value) and kind_of_name(known) is FieldKind.CURRENCY and not isinstance(value.value, list)
        ),
        "",
    )


def _open(value: Value, condition: Condition, name: str) -> Told:
    wished = weekdays_of(str(condition.value))
    shown = f"{name} {_shown(value)}"
    if not wished:
        return Told(None, f"{condition.value!r} is no weekday")
    is_wished = condition.comparison is Comparison.OPEN
    told = [opened_on(value, day) for day in wished]
    other = next((each for each in told if each.is_open is not None and each.is_open is not is_wished), None)
    if other is not None:
        return Told(False, f"{shown}: {other.reason}")
    unsaid = next((each for each in told if each.is_open is None), None)
    return Told(None, f"{shown}: {unsaid.reason}") if unsaid else Told(True, f"{shown}: {told[-1].reason}")


def _compared(value: Value, unit: str, condition: Condition, name: str) -> Told:
    if condition.comparison is Comparison.CONTAINS:
        holds = fold(str(condition.value)) in fold(str(value))
        return Told(holds, f"{name} {_shown(value)} {'holds' if holds else 'does not hold'} {condition.value!r}")
    amount = _amount(value, unit, condition)
    if isinstance(amount, str):
        return Told(None, f"{name} {_shown(value)}: {amount}")
    if amount is not None:
        value, unit = amount
    if _is_of_another_scale(value, condition):
        return Told(None, f"{name} {_shown(value)} may be of five, and more than five is asked")
    verdict = _compare(value, condition)
    wish = (
        " and ".join(f"{end:g}" for end in condition.value) if isinstance(condition.value, tuple) else condition.value
    )
    asked = f"{condition.comparison.value} {f'{wish:g}' if isinstance(wish, float) else wish}"
    asked = f"{asked} {condition.unit}".strip()
    shown = f"{name} {_shown(value)} {unit}".strip()
    if verdict is None:
        return Told(None, f"{shown} cannot be compared with {asked}")
    unsaid = " (the page names no currency)" if condition.unit and not unit and value != 0 else ""
    return Told(verdict, f"{shown} is {'' if verdict else 'not '}{asked}{unsaid}")


def _is_of_another_scale(value: Value, condition: Condition) -> bool:
    """A 4.5 of five stars, where 8 of ten is asked."""
    told, wish = _number(value), _number(condition.value)
    is_rating = bool(_RATING_WORDS & set(words_of(condition.field)))
    return is_rating and told is not None and wish is not None and told <= FEW_STARS < wish


def _amount(value: Value, unit: str, condition: Condition) -> tuple[float, str] | str | None:
    """A price with its currency, out of a text where it must be; why there is none to compare; None: no price is asked
    for. No amount is compared with one of another currency; nothing is nothing in all of them."""
    is_price = bool(condition.unit) or kind_of_name(condition.field) is FieldKind.PRICE
    if not is_price or isinstance(value, bool | dict | list):
        return None
    number = _number(value)
    if number is None:
        if is_free(str(value)):
            return 0.0, unit
        if len(_AMOUNT.findall(str(value))) != 1:
            return "it is not one amount"
        normal = normalise(str(value), make_field("price"))
        if normal is None or isinstance(normal.value, str):
            return "it is not one amount"
        number, unit = float(normal.value), normal.unit or unit
    if condition.unit and unit and unit != condition.unit and number != 0:
        return f"it is in {unit}, and {condition.unit} is asked: they are not compared"
    return number, unit


def _compare(value: Value, condition: Condition) -> bool | None:
    """None where the two cannot be compared."""
    wish = condition.value
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


def _between(value: Value, wish: Wish) -> bool | None:
    number = _number(value)
    if number is None or not isinstance(wish, tuple):
        return None
    low, high = wish
    return low <= number <= high


def _ordered(value: Value, comparison: Comparison, wish: Wish) -> bool | None:
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


def _shown(value: Value) -> str:
    """A value as a reason tells it: numbers plain, texts in quotes and not at length."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    plain = " ".join(text.split())
    return f"‘{plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + '…'}’"
