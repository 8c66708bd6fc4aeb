"""What of a candidate can tell that it is the same thing as another."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from domain.clues import (
    PLACE_WORDS,
    SITE_WORDS,
    global_ids_in,
    homepage,
    items_of,
    local_id,
    name_in,
    phones_in,
    text_of,
)
from domain.decisions import Names
from domain.fields import FieldKind, words_of
from domain.fusion import content_of, told_fields
from domain.records import Candidate, FieldValue
from domain.urls import site_of, url_key
from domain.words import fold

# Kinds whose text says what a thing is; prices, pictures and links differ between tellers of the same thing.
_TELLING = frozenset(
    {FieldKind.TEXT, FieldKind.TITLE, FieldKind.PERSON, FieldKind.ADDRESS, FieldKind.IDENTIFIER, FieldKind.DATE}
)
_DESCRIPTION_WORDS = 40  # the first words say what it is; a long blurb drowns the name
_words = lru_cache(maxsize=1024)(words_of)
_TOKEN = re.compile(r"\w+")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d(?=T|\b)")
_STARTS = frozenset({"start", "starts", "when"})
_MOMENTS = frozenset({"date", "day"})
_COUNTED = re.compile(r"(\d+)[a-z]{0,5}")
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
_PARTS = frozenset({"part", "volume", "vol", "book", "chapter", "season", "episode", "act"})
_CODE_LENGTH = 4  # "A7" is a paper size, "wh1000xm4" a model


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """`order` is the candidate's place among all; `key` its own name, the same in whatever order it comes.

    `exact` keys prove identity alone; `supporting` ones do where the names are alike too. `ids` are the global ids by
    scheme: two things with different ones are two things. `days` are those on which an event takes place: so are two
    evenings of one show. `names` are what decisions call it, None where nobody decided anything.
    """

    order: int
    key: tuple[str, int, str]
    page: str
    site: str
    detail: str
    content: str
    title: str
    tokens: tuple[str, ...]
    title_tokens: frozenset[str]
    codes: frozenset[str]
    numbers: frozenset[str]
    years: frozenset[str]
    phones: frozenset[str]
    house_numbers: frozenset[str]
    exact: frozenset[str]
    supporting: frozenset[str]
    ids: Mapping[str, frozenset[str]]
    days: frozenset[str]
    names: Names | None


def features_of(
    candidate: Candidate,
    order: int,
    kinds: Mapping[str, FieldKind],
    *,
    alone_on_page: bool,
    location: str,
    names: Names | None = None,
) -> Features:
    told = told_fields(candidate)
    site = site_of(candidate.url)
    title = name_in(told, kinds)
    titled = fold(title)
    addresses = [fold(text_of(found.value)) for name, found in told.items() if kinds[name] is FieldKind.ADDRESS]
    detail = url_key(candidate.detail_url) if candidate.detail_url else ""
    if not detail and alone_on_page:
        detail = url_key(candidate.url)
    ids = global_ids_in(told)
    exact = {f"{scheme}:{value}" for scheme, values in ids.items() for value in values}
    if detail:
        exact.add(f"detail:{detail}")
    words = _TOKEN.findall(titled)
    content = content_of(candidate)
    return Features(
        order=order,
        key=(url_key(candidate.url), candidate.position, content),
        page=url_key(candidate.url),
        site=site,
        detail=detail,
        content=content,
        title=titled,
        tokens=_tokens(told, kinds),
        title_tokens=frozenset(words),
        codes=_codes(title, told, kinds),
        numbers=_numbers(words),
        years=_years(told, kinds),
        phones=phones_in(told, kinds),
        house_numbers=frozenset(number for text in addresses for number in re.findall(r"\b\d{1,5}\b", text)),
        exact=frozenset(exact),
        supporting=_supporting(told, kinds, site=site, titled=titled, addresses=addresses, location=location),
        ids=ids,
        days=_days(told, kinds),
        names=names,
    )


def _numbers(words: Sequence[str]) -> frozenset[str]:
    """Those of a name, with or without a unit: "750 ml", "27in", "Part II"."""
    found: set[str] = set()
    for before, word in zip(("", *words), words, strict=False):
        if counted := _COUNTED.fullmatch(word):
            found.add(counted[1])
        elif word in _ROMAN and (len(word) > 1 or before in _PARTS):
            found.add(_ROMAN[word])
    return frozenset(found)


def _days(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    """The days on which a thing begins. A plain date says so of what also has a place; else it may be of the page, or
    of one of many steps."""
    words = {name: set(_words(name)) for name in told}
    has_place = any(each & PLACE_WORDS or kinds[name] is FieldKind.ADDRESS for name, each in words.items())
    telling = _STARTS | _MOMENTS if has_place else _STARTS
    dated = (
        text_of(found.value) for name, found in told.items() if kinds[name] is FieldKind.DATE and words[name] & telling
    )
    return frozenset(day for text in dated for day in _DAY.findall(text))


def _tokens(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> tuple[str, ...]:
    words: list[str] = []
    for name, found in told.items():
        if kinds[name] in _TELLING:
            words += _TOKEN.findall(fold(text_of(found.value)))
        elif kinds[name] is FieldKind.DESCRIPTION:
            words += _TOKEN.findall(fold(text_of(found.value)))[:_DESCRIPTION_WORDS]
    return tuple(words)


def _codes(title: str, told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    """Model codes: runs of letters and digits mixed, as in "WH-1000XM4"."""
    texts = [title, *(text_of(found.value) for name, found in told.items() if kinds[name] is FieldKind.IDENTIFIER)]
    runs = (re.sub(r"[^a-z0-9]", "", run.lower()) for text in texts for run in re.split(r"[\s,/()]+", text))
    return frozenset(
        run for run in runs if len(run) >= _CODE_LENGTH and re.search(r"\d", run) and re.search(r"[a-z]", run)
    )


def _years(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    dated = (
        text_of(found.value) for name, found in told.items() if kinds[name] is FieldKind.DATE or "year" in _words(name)
    )
    return frozenset(year for text in dated for year in re.findall(r"\b(?:1[89]|20)\d\d\b", text))


def _supporting(
    told: Mapping[str, FieldValue],
    kinds: Mapping[str, FieldKind],
    *,
    site: str,
    titled: str,
    addresses: list[str],
    location: str,
) -> frozenset[str]:
    keys: set[str] = {f"phone:{number}" for number in phones_in(told, kinds)}
    for name, found in told.items():
        words = set(_words(name))
        kind = kinds[name]
        if kind is FieldKind.EMAIL:
            keys |= {f"email:{text.lower()}" for text in items_of(found.value)}
        elif kind is FieldKind.IDENTIFIER:
            keys |= {f"id:{local_id(text)}" for text in items_of(found.value) if len(text) > 3}
        elif kind is FieldKind.URL and (words & SITE_WORDS or words == {"url"}):
            keys |= {f"web:{home}" for text in items_of(found.value) if (home := homepage(text, site))}
        elif titled and words & PLACE_WORDS:
            keys.add(f"place:{titled}|{fold(text_of(found.value))}")
    keys |= {f"address:{titled}|{address}" for address in addresses if titled and address}
    if titled and location and len(titled.split()) > 1:
        keys.add(f"place:{titled}|{fold(location)}")
    return frozenset(keys)
