"""A number that a page tells beside the one that is wished: with its currency, its unit, its period, and as a range."""

from __future__ import annotations

import re
from math import inf
from typing import NamedTuple

from domain.amounts import is_free
from domain.comparing import number_of
from domain.extents import Extent, extent_of
from domain.fields import FieldKind, kind_of_name, make_field, words_of
from domain.normal import normalise
from domain.plans import Comparison, Condition
from domain.records import Value
from domain.scales import measure_of, other_period
from domain.words import fold

_AMOUNT = re.compile(r"\d(?:[\d.,\s'’]*\d)?")
_PAID = frozenset({"salary", "wage", "pay"})
# What is taken off, or paid beside it, is not the price.
_NO_PRICE = re.compile(
    r"\b(?:off|saved?|savings?|discount|deposit|cashback|shipping|delivery|rabatt|sparen|gespart|versand|anzahlung|"
    r"remise|descuento|sconto|korting)\b",
    re.I,
)
_SHARED_SIGN = re.compile(r"(?<![^\W\d])(?:kr|francs?|pesos?|rupees?|rs|lei)(?!\w)\.?", re.I)
_DOWNWARDS = frozenset({Comparison.AT_MOST, Comparison.LESS, Comparison.BETWEEN})
_ROUNDED = 0.02  # of the wish: so far apart a number of one unit may be, rounded, from the same in another
_SQUARE = re.compile(r"(?<=m)2\b|(?<=ft)2\b")
_LEAST_STEM = 3  # letters that "Zimmer" and "Zimmern" share, at least


class Quantity(NamedTuple):
    """`unit` is a currency or a unit of measure; `is_offer`: a price, and no wage."""

    extent: Extent
    unit: str = ""
    is_offer: bool = False
    is_converted: bool = False

    @property
    def shown(self) -> str:
        low, high = self.extent.low, self.extent.high
        if low == high:
            return f"{_plain(low)} {self.unit}".strip()
        ends = f"from {_plain(low)}" if high == inf else f"up to {_plain(high)}" if low == -inf else ""
        return f"{ends or f'{_plain(low)} to {_plain(high)}'} {self.unit}".strip()


def _plain(number: float) -> str:
    return f"{number:g}" if abs(number) < 1e6 else f"{number:.0f}"


def quantity_of(value: Value, unit: str, condition: Condition, raw: str) -> Quantity | str | None:
    """What a value tells that can be held against a wished number; why it tells none, or None where it is no number."""
    if isinstance(value, bool | dict | list) or value is None:
        return None
    is_money = bool(condition.unit) or kind_of_name(condition.field) is FieldKind.PRICE
    return _money(value, unit, condition, raw) if is_money else _measure(value, condition, raw)


def _money(value: str | float, unit: str, condition: Condition, raw: str) -> Quantity | str:
    """An amount, out of a text where it must be. None is compared with one of another currency or period; nothing is
    nothing in all of them."""
    number = number_of(value)
    extent = _around(raw, number) if number is not None else None
    if number is None:
        text = raw = str(value)
        if is_free(text):
            return Quantity(Extent(0.0, 0.0), unit)
        extent = extent_of(text, is_money=True)
        normal = normalise(text, make_field("price"))
        is_told = extent is not None and (not extent.is_one or len(_AMOUNT.findall(text)) == 1)
        if normal is None or isinstance(normal.value, str) or _NO_PRICE.search(text) or not is_told:
            return "it is not one amount"
        number, unit = float(normal.value), normal.unit or unit
    if condition.unit and unit and unit != condition.unit and number != 0:
        return f"it is in {unit}, and {condition.unit} is asked: they are not compared"
    if condition.unit and not unit and _SHARED_SIGN.search(raw):
        return f"its currency is that of several countries, and {condition.unit} is asked"
    is_paid = bool(_PAID & set(words_of(condition.field)))
    wish = number_of(condition.value) if is_paid else None
    why = other_period(raw, condition.text, wish)
    return why or Quantity(extent or Extent(number, number), unit, is_offer=not is_paid)


def _around(raw: str, number: float) -> Extent | None:
    """The range that stood around a number which was read as one of its ends."""
    extent = extent_of(raw, is_money=True)
    return extent if extent is not None and number in extent[:2] else None


def _measure(value: str | float, condition: Condition, raw: str) -> Quantity | str | None:
    number = number_of(value, condition.field)
    text = raw if isinstance(value, int | float) else value
    extent = extent_of(text) if number is None else _around(text, number) or Extent(number, number)
    if extent is None or (number is None and not _is_understood(extent.behind, condition)):
        return None
    told, asked = measure_of(text), measure_of(condition.text)
    if told is None or asked is None or told.name == asked.name:
        if told is not None and asked is None and number is None:
            return f"it is in {told.name}, and no unit is asked for"
        return Quantity(extent, told.name if told and number is None else "")
    if told.family != asked.family:
        return f"it is in {told.name}, and {asked.name} is asked"
    factor = told.size / asked.size
    return Quantity(Extent(extent.low * factor, extent.high * factor), asked.name, is_converted=True)


def _is_understood(behind: str, condition: Condition) -> bool:
    """Whether nothing stands behind a number but a unit, a note in brackets, or what is counted."""
    plain = re.sub(r"\([^)]*\)$", "", behind).strip()
    if any(map(str.isdecimal, _SQUARE.sub("", plain))):
        return False  # "128/256 GB"
    if not plain or (measure_of(f"1 {plain}") is not None and len(plain.split()) <= 2):
        return True
    words = fold(plain).split()
    own = {*words_of(condition.field), *fold(condition.text).split()}
    return len(words) == 1 and any(_is_same_noun(words[0], word) for word in own)


def _is_same_noun(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return len(short) >= _LEAST_STEM and long.startswith(short) and len(long) - len(short) <= 2


def meets(quantity: Quantity, condition: Condition) -> bool | None:
    """None: some of what the quantity spans is as wished, and some is not. A price "from" an amount is
    one that somebody pays."""
    low, high = quantity.extent.low, quantity.extent.high
    ends = condition.value if isinstance(condition.value, tuple) else (condition.value, condition.value)
    wished = [number for end in ends if (number := number_of(end)) is not None]
    if len(wished) != 2 or (quantity.is_converted and _is_near(quantity.extent, wished)):
        return None
    is_from = quantity.is_offer and low != -inf and high == inf
    if is_from and condition.comparison in _DOWNWARDS and _is_met(low, low, condition.comparison, wished):
        return True
    return _is_met(low, high, condition.comparison, wished)


def _is_near(extent: Extent, wished: list[float]) -> bool:
    return any(abs(told - wish) <= _ROUNDED * abs(wish) for told in extent[:2] for wish in wished)


def _is_met(low: float, high: float, comparison: Comparison, wished: list[float]) -> bool | None:
    wish, last = wished
    all_met, none_met = {
        Comparison.LESS: (high < wish, low >= wish),
        Comparison.AT_MOST: (high <= wish, low > wish),
        Comparison.AT_LEAST: (low >= wish, high < wish),
        Comparison.GREATER: (low > wish, high <= wish),
        Comparison.BETWEEN: (low >= wish and high <= last, high < wish or low > last),
    }.get(comparison, (low == wish == high, high < wish or low > wish))
    return True if all_met else False if none_met else None
