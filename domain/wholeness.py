"""Whether a stretch of a page is whole: a word, a number or an address, and not a piece of a longer one."""

from __future__ import annotations

import re

from domain.fields import Field, FieldKind
from domain.normal import normalise

NUMBERS = frozenset({FieldKind.PRICE, FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.RATING})
LINKS = frozenset({FieldKind.URL, FieldKind.IMAGE})
OF_ONE_WORD = LINKS | {FieldKind.EMAIL}  # the parts of an address are not it

_IN_NUMBERS = ".,'’\u00a0\u202f"
_ONE_NUMBER = re.compile(r"\d+,\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?")  # else commas part several: "38,40,42"
_DIGITS_BEFORE = re.compile(rf"[\d{_IN_NUMBERS}]*\Z")
_DIGITS_AFTER = re.compile(rf"[\d{_IN_NUMBERS}]*")
_SIGN_BEFORE = re.compile(r"(?:^|[\s(\[\"':=>])[-−]\Z")
_EMAIL_BEFORE = re.compile(r"[\w.%+-]\Z")
_EMAIL_AFTER = re.compile(r"[\w-]|\.\w")
_LINK_BEFORE = re.compile(r"[\w/.%~<-]\Z")  # "</a>" links to nothing
_LINK_AFTER = re.compile(r"[\w/?#&%~@+=-]|[.,:!](?=[\w/?#%])")
_DIALLED_BEFORE = re.compile(r"[\d \u00a0().+-]*\Z")
_DIALLED_AFTER = re.compile(r"[\d \u00a0().-]*")
_LONGEST = 40  # characters looked at on each side: longer than a number or a telephone number


def is_whole(text: str, start: int, end: int, field: Field, *, locale: str = "") -> bool:
    """Whether what stands from `start` to `end` is a whole word or number, and by the kind of field a whole address."""
    before, stretch, after = text[max(0, start - _LONGEST) : start], text[start:end], text[end : end + _LONGEST]
    if _cuts_word(before, stretch, after) or _cuts_number(before, stretch, after):
        return False
    if field.kind in NUMBERS:
        return not (stretch[0].isdigit() and _SIGN_BEFORE.search(before))
    if field.kind is FieldKind.EMAIL:
        return not (_EMAIL_BEFORE.search(before) or _EMAIL_AFTER.match(after))
    if field.kind in LINKS:
        return not ((stretch[0] != "?" and _LINK_BEFORE.search(before)) or _LINK_AFTER.match(after))
    return field.kind is not FieldKind.PHONE or not _goes_on_dialling(before, stretch, after, field, locale)


def _cuts_word(before: str, stretch: str, after: str) -> bool:
    return (stretch[0].isalnum() and before[-1:].isalnum()) or (stretch[-1].isalnum() and after[:1].isalnum())


def _cuts_number(before: str, stretch: str, after: str) -> bool:
    """ "10" in "10.99" and in "1,210"."""
    ends: set[str] = set()
    if stretch[0].isdigit() and before[-1:] in _IN_NUMBERS and before[-2:-1].isdigit():
        ends.add(before[-1])
    if stretch[-1].isdigit() and after[:1] in _IN_NUMBERS and after[1:2].isdigit():
        ends.add(after[0])
    if not ends or ends != {","}:
        return bool(ends)
    run = _run(_DIGITS_BEFORE, before) + stretch + _run(_DIGITS_AFTER, after)
    return _ONE_NUMBER.fullmatch(run.strip(_IN_NUMBERS)) is not None


def _run(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def _goes_on_dialling(before: str, stretch: str, after: str, field: Field, locale: str) -> bool:
    """ "555-1234" in "212-555-1234": with the digits beside it, it is another number."""
    run = _run(_DIALLED_BEFORE, before) + stretch + _run(_DIALLED_AFTER, after)
    if _digits(run) == _digits(stretch):
        return False
    whole, part = normalise(run, field, locale=locale), normalise(stretch, field, locale=locale)
    return whole is not None and part is not None and whole.value != part.value and len(whole.raw) > len(part.raw)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
