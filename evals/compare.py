"""When two values are the same value: by the kind of their field, in normal form."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from decimal import Decimal, InvalidOperation
from html import unescape
from urllib.parse import unquote, urlsplit

from rapidfuzz import fuzz

from domain.fields import Field, FieldKind

# Words that authors of case names add, drop and abbreviate at will.
_PARTY_WORDS = frozenset(
    """v vs versus et al the of in re matter a an and inc llc ltd corp co company appellant appellee petitioner
    respondent plaintiff defendant""".split()  # noqa: SIM905 (a list of sixty lines reads worse)
)
_NAMES_ALIKE = 90  # of 100: one word of ten abbreviated or spelled otherwise
_QUOTES = str.maketrans("‘’ʼ`“”‐‑‒–—―", "''''\"\"------")


def fold(text: object) -> str:
    """NFKC, entities resolved, quotes and dashes plain, white space single, case gone."""
    plain = unicodedata.normalize("NFKC", unescape(str(text))).replace("\u00ad", "").translate(_QUOTES)
    return " ".join(plain.split()).casefold()


def alnum(text: object) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def words(text: object) -> list[str]:
    return re.findall(r"\w+", fold(text))


def same_name(given: object, wanted: object) -> bool:
    """Names and titles, whose case, punctuation and party words their authors rewrite."""
    ours = " ".join(word for word in words(given) if word not in _PARTY_WORDS)
    theirs = " ".join(word for word in words(wanted) if word not in _PARTY_WORDS)
    return ours == theirs or fuzz.ratio(ours, theirs) >= _NAMES_ALIKE


def same_number(given: object, wanted: object) -> bool:
    try:
        return Decimal(str(given)) == Decimal(str(wanted))
    except InvalidOperation:
        return False


def same_day(given: object, wanted: object) -> bool:
    return str(given)[:10] == str(wanted)[:10]


def same_minute(given: object, wanted: object) -> bool:
    try:
        ours, theirs = (dt.datetime.fromisoformat(str(moment)).replace(tzinfo=None) for moment in (given, wanted))
    except ValueError:
        return False
    return ours == theirs


def same_link(given: object, wanted: object) -> bool:
    """Path and query alike. The host does not count: a saved page may not know where it came from."""
    ours, theirs = (urlsplit(unquote(str(url)).strip()) for url in (given, wanted))
    return (ours.path.rstrip("/"), ours.query) == (theirs.path.rstrip("/"), theirs.query)


_SAME = {
    FieldKind.TITLE: same_name,
    FieldKind.PERSON: same_name,
    FieldKind.DATE: same_day,
    FieldKind.URL: same_link,
    FieldKind.IMAGE: same_link,
    FieldKind.NUMBER: same_number,
    FieldKind.INTEGER: same_number,
    FieldKind.PRICE: same_number,
    FieldKind.RATING: same_number,
    FieldKind.DURATION: same_number,
    FieldKind.IDENTIFIER: lambda given, wanted: alnum(given) == alnum(wanted),
    FieldKind.AVAILABILITY: lambda given, wanted: alnum(given) == alnum(wanted),
}


def same_value(field: Field, given: object, wanted: object) -> bool:
    """Equal in the normal form of the field's kind. Two lists are the same with half of all their items in common."""
    if isinstance(wanted, list):
        ours = given if isinstance(given, list) else [given]
        return 2 * common_items(field, ours, wanted) >= max(len(ours), len(wanted))
    same = _SAME.get(field.kind)
    return same(given, wanted) if same else fold(given) == fold(wanted)


def same_exactly(field: Field, given: object, wanted: object) -> bool:
    """Equal after white space and case are folded; numbers and prices as numbers, codes without punctuation."""
    if field.kind in {FieldKind.PRICE, FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.RATING, FieldKind.DURATION}:
        return same_number(given, wanted)
    if field.kind is FieldKind.AVAILABILITY:
        return alnum(given) == alnum(wanted)
    return fold(given) == fold(wanted)


def common_items(field: Field, given: list[object], wanted: list[object]) -> int:
    """How many items the two lists share, each item counted once."""
    left = list(given)
    found = 0
    for item in wanted:
        at = next((index for index, ours in enumerate(left) if same_value(field, ours, item)), None)
        if at is not None:
            del left[at]
            found += 1
    return found


def common_words(given: list[str], wanted: list[str]) -> int:
    """The size of the overlap of two bags of words."""
    return (Counter(given) & Counter(wanted)).total()
