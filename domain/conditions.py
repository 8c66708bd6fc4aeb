"""Match conditions: does a record meet `price < 20`? Yes, no, or unclear, never a guess, and always with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from domain.checks import Check, Meets
from domain.comparing import compare, number_of
from domain.fields import FieldKind, kind_of_name, words_of
from domain.opening_hours import is_all_day, opened_all_day, opened_on, weekdays_of
from domain.place_names import address_names, line_names
from domain.plans import Comparison, Condition
from domain.quantities import Quantity, meets, quantity_of
from domain.records import FieldValue, Value, is_told
from domain.scales import other_scale, out_of
from domain.wordings import holds

_DENIED = {Comparison.NOT_IN: Comparison.IN, Comparison.LACKS: Comparison.CONTAINS}
_PLACE_WORDS = frozenset(
    words_of("address location place city town locality region state country venue borough district neighborhood")
)
_RATING_WORDS = frozenset({"rating", "stars", "score"})
_SIZES = frozenset({"size", "sizes"})
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
    raw = "" if isinstance(found.value, list) else found.raw
    told = [_compared(value, unit, condition, name, raw or str(value)) for value in values]
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
    opened = opened_all_day if is_wished and is_all_day(str(condition.value)) else opened_on
    told = [opened(value, day) for day in wished]
    other = next((each for each in told if each.is_open is not None and each.is_open is not is_wished), None)
    if other is not None:
        return Told(False, f"{shown}: {other.reason}")
    unsaid = next((each for each in told if each.is_open is None), None)
    return Told(None, f"{shown}: {unsaid.reason}") if unsaid else Told(True, f"{shown}: {told[-1].reason}")


def _compared(value: Value, unit: str, condition: Condition, name: str, raw: str) -> Told:
    if condition.comparison is Comparison.CONTAINS:
        return _held(str(value), str(condition.value), name)
    rating = _rating(value, condition, raw)
    if rating is not None:
        value, why = rating
        if why:
            return Told(None, f"{name} {_shown(value)}: {why}")
    quantity = quantity_of(value, unit, condition, raw) if rating is None and _is_number(condition) else None
    if isinstance(quantity, str):
        return Told(None, f"{name} {_shown(value)}: {quantity}")
    verdict = compare(value, condition) if quantity is None else meets(quantity, condition)
    return Told(verdict, _reason(value, unit, quantity, condition, name, verdict=verdict))


def _is_number(condition: Condition) -> bool:
    return not isinstance(condition.value, str) and not _SIZES & set(words_of(condition.field))


def _reason(
    value: Value, unit: str, quantity: Quantity | None, condition: Condition, name: str, *, verdict: bool | None
) -> str:
    asked = _asked(condition)
    shown = f"{name} {quantity.shown if quantity else f'{_shown(value)} {unit}'.strip()}"
    if verdict is None and quantity is None:
        return f"{shown} cannot be compared with {asked}"
    if verdict is None and quantity is not None and quantity.is_converted:
        return f"{shown} is as near to {asked} as numbers are rounded"
    if verdict is None:
        return f"{shown} is partly {asked}"
    is_bare = condition.unit and quantity is not None and not quantity.unit and quantity.extent.low != 0
    unsaid = " (the page names no currency)" if is_bare else ""
    return f"{shown} is {'' if verdict else 'not '}{asked}{unsaid}"


def _held(text: str, wish: str, name: str) -> Told:
    verdict = holds(text, wish)
    how = {True: "holds", False: "does not hold", None: "does not hold as words of their own"}[verdict]
    return Told(verdict, f"{name} {_shown(text)} {how} {wish!r}")


def _asked(condition: Condition) -> str:
    wish = condition.value
    if isinstance(wish, tuple):
        shown = " and ".join(f"{end:g}" for end in wish)
    else:
        shown = f"{wish:g}" if isinstance(wish, float) else wish
    return f"{condition.comparison.value} {shown} {condition.unit}".strip()


def _rating(value: Value, condition: Condition, raw: str) -> tuple[Value, str] | None:
    """The rating as a number, and why it is not compared: a 4.5 of five stars, where 8 of ten is asked."""
    ends = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    wish = max((end for each in ends if (end := number_of(each)) is not None), default=None)
    if wish is None or not _RATING_WORDS & set(words_of(condition.field)):
        return None
    told = out_of(raw) or (out_of(value) if isinstance(value, str) else None)
    number = told[0] if told else number_of(value)
    return None if number is None else (number, other_scale(number, told[1] if told else None, wish))


def _shown(value: Value) -> str:
    """A value as a reason tells it: numbers plain, texts in quotes and not at length."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    plain = " ".join(text.split())
    return f"‘{plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + '…'}’"
