"""Whether a stretch of a page is whole: a word, a number or an address, and not a piece of a longer one."""

from __future__ import annotations

import re

from domain.fields import Field, FieldKind
from domain.normal import normalise
from domain.recognise import DURATION_PART

NUMBERS = frozenset({FieldKind.PRICE, FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.RATING})
LINKS = frozenset({FieldKind.URL, FieldKind.IMAGE})
OF_PARTS = NUMBERS | {FieldKind.DURATION, FieldKind.IDENTIFIER}  # a part of one is another
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
_SPACE = r"[^\S\r\n\t]"  # within one line and one cell of a table
_SPACED_DIGITS_BEFORE = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:{_SPACE}\d{{3}})*{_SPACE}\Z")
_SPACED_DIGITS_AFTER = re.compile(rf"{_SPACE}\d{{3}}(?!\d)")
_GROUP_ENDS = re.compile(rf"(?<![\d.,'’])\d{{1,3}}(?:{_SPACE}\d{{3}})*\Z")
_GROUP_STARTS = re.compile(r"\d{3}(?!\d)")
_SPACE_ENTITY = re.compile(r"&(?:nbsp|thinsp|ensp|emsp|#160|#8201|#8239|#x0*(?:a0|2009|202f));", re.I)
_CODE_BEFORE = re.compile(r"[^\W_][-–]\Z|(?<![\w/–-])[\w–-]*\d/\Z")  # "/2024/AB-12" is a path, and "12/99" a code
_CODE_AFTER = re.compile(r"[-–][^\W_]|/(?=\d)")
_SHAPE = re.compile(r"(?P<digit>\d)|(?P<letter>[^\W\d_])")
_CODE = re.compile(r"[\w–-]*")
_BARE_MINUTES = re.compile(rf"{_SPACE}?\d{{1,2}}(?!{_SPACE}*\w|[.,:/]\d)")  # "1 h 30"
_CLOCK_BEFORE = re.compile(r"\d:\Z")
_CLOCK_AFTER = re.compile(r":\d")
_AND = rf"(?:{_SPACE}|,|\b(?:and|und|et|y|e|en)\b)*"  # between hours and minutes
_AND_AFTER, _AND_BEFORE = re.compile(_AND), re.compile(rf"{_AND}\Z")
# What is written onto an amount where the script sets no spaces: "900円から".
_PARTICLE = re.compile(r"から|より|まで|税込|税抜|起|부터|이상|까지")
_LONGEST = 40  # characters looked at on each side: longer than a number or a telephone number


def is_whole(text: str, start: int, end: int, field: Field, *, locale: str = "") -> bool:
    """Whether what stands from `start` to `end` is a whole word or number, and by the kind of field a whole address."""
    before, stretch, after = _plain(text[max(0, start - _LONGEST) : start]), text[start:end], text[end : end + _LONGEST]
    after = "" if field.kind in NUMBERS and _PARTICLE.match(after) else _plain(after)
    if _cuts_word(before, stretch, after) or _cuts_number(before, stretch, after):
        return False
    if field.kind in NUMBERS:
        is_signed = stretch[0].isdigit() and _SIGN_BEFORE.search(before)
        return not (is_signed or (field.kind is not FieldKind.RATING and _cuts_groups(before, stretch, after)))
    if field.kind is FieldKind.IDENTIFIER:
        return not _cuts_code(before, stretch, after)
    if field.kind is FieldKind.DURATION:
        return not _goes_on_counting(before, stretch, after)
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


def _plain(source: str) -> str:
    """With spaces for the entities that stand for them in markup."""
    return _SPACE_ENTITY.sub("\u00a0", source) if "&" in source else source


def _cuts_groups(before: str, stretch: str, after: str) -> bool:
    """ "£10" and "000" in "£10 000": spaces part the thousands of one number."""
    if _GROUP_STARTS.match(stretch) and _SPACED_DIGITS_BEFORE.search(before):
        return True
    return bool(_SPACED_DIGITS_AFTER.match(after) and _GROUP_ENDS.search(stretch))


def _cuts_code(before: str, stretch: str, after: str) -> bool:
    """ "AB-12" in "AB-12-99" and in "AB-12/99"; not in "AB-12/AB-13": two codes of one form."""
    if (stretch[0].isalnum() and _CODE_BEFORE.search(before)) and not _is_form_of(before.rstrip("/"), stretch):
        return True
    if not stretch[-1].isalnum() or not _CODE_AFTER.match(after):
        return False
    following = _CODE.match(after, 1)
    return after[0] != "/" or following is None or _shape(following[0]) != _shape(stretch)


def _is_form_of(before: str, stretch: str) -> bool:
    return before.endswith(tuple("0123456789")) and _shape(re.split(r"[^\w–-]", before)[-1]) == _shape(stretch)


def _shape(code: str) -> str:
    return _SHAPE.sub(lambda sign: "0" if sign["digit"] else "A", code)


def _goes_on_counting(before: str, stretch: str, after: str) -> bool:
    """ "30 min" and "1 h" in "1 h 30 min": larger units before it, or smaller ones behind it, are of the same time."""
    if ":" in stretch:
        return bool(_CLOCK_BEFORE.search(before) or _CLOCK_AFTER.match(after))
    parts = list(DURATION_PART.finditer(stretch))
    if not parts:  # a bare number is of minutes
        unit = DURATION_PART.match(stretch + after)
        return (unit is not None and _size(unit) > 1) or _size_before(before) > 1
    behind = _AND_AFTER.match(after)
    following = DURATION_PART.match(after, behind.end() if behind else 0)
    last = _size(parts[-1])
    if (following is not None and _size(following) < last) or (last == 2 and _BARE_MINUTES.match(after)):
        return True
    return _size_before(before) > _size(parts[0])


def _size_before(before: str) -> int:
    """Of the unit of the time that a text ends with; 0 for none."""
    lead = _AND_BEFORE.search(before)
    end = lead.start() if lead else len(before)
    return next((_size(part) for part in DURATION_PART.finditer(before) if part.end() == end), 0)


def _size(part: re.Match[str]) -> int:
    return 3 if part["d"] else 2 if part["h"] else 1


def _goes_on_dialling(before: str, stretch: str, after: str, field: Field, locale: str) -> bool:
    """ "555-1234" in "212-555-1234": with the digits beside it, it is another number."""
    run = _run(_DIALLED_BEFORE, before) + stretch + _run(_DIALLED_AFTER, after)
    if _digits(run) == _digits(stretch):
        return False
    whole, part = normalise(run, field, locale=locale), normalise(stretch, field, locale=locale)
    return whole is not None and part is not None and whole.value != part.value and len(whole.raw) > len(part.raw)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
