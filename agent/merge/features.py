"""What of a candidate can tell that it is the same thing as another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from agent.frontier import url_key
from agent.words import fold
from domain.errors import InvalidInput
from domain.fields import Field, FieldKind, make_field, words_of
from domain.records import Candidate, FieldValue, Value, is_told
from domain.urls import site_of

# Registries that give a number to one thing in the world.
_GLOBAL_IDS = {
    "isbn": "isbn",
    "isbn10": "isbn",
    "isbn13": "isbn",
    "gtin": "gtin",
    "gtin8": "gtin",
    "gtin12": "gtin",
    "gtin13": "gtin",
    "gtin14": "gtin",
    "ean": "gtin",
    "upc": "gtin",
    "barcode": "gtin",
    "asin": "asin",
    "doi": "doi",
    "issn": "issn",
    "imdb": "imdb",
    "vin": "vin",
}
_PLACE_WORDS = frozenset({"location", "city", "town", "place", "venue"})
_SITE_WORDS = frozenset({"website", "homepage", "site", "web"})
# Kinds whose text says what a thing is; prices, pictures and links differ between tellers of the same thing.
_TELLING = frozenset(
    {FieldKind.TEXT, FieldKind.TITLE, FieldKind.PERSON, FieldKind.ADDRESS, FieldKind.IDENTIFIER, FieldKind.DATE}
)
_DESCRIPTION_WORDS = 40  # the first words say what it is; a long blurb drowns the name
_words = lru_cache(maxsize=1024)(words_of)
_TOKEN = re.compile(r"\w+")
_CODE_LENGTH = 4  # "A7" is a paper size, "wh1000xm4" a model


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """`order` is the candidate's place among all; `key` its own name, the same in whatever order it comes.

    `exact` keys prove identity alone; `supporting` ones do where the names are alike too. `ids` are the global ids by
    scheme: two things with different ones are two things.
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


def field_kinds(candidates: tuple[Candidate, ...], asked: tuple[Field, ...]) -> dict[str, FieldKind]:
    """The kind of every field that occurs: as asked, else as its name suggests."""
    kinds = {field.name: field.kind for field in asked}
    for candidate in candidates:
        for name in candidate.fields:
            if name not in kinds:
                kinds[name] = _kind_of(name)
    return kinds


def _kind_of(name: str) -> FieldKind:
    return make_field(name[:64]).kind if name else FieldKind.TEXT


def features_of(
    candidate: Candidate, order: int, kinds: Mapping[str, FieldKind], *, alone_on_page: bool, location: str
) -> Features:
    told = {name: found for name, found in candidate.fields.items() if is_told(found)}
    site = site_of(candidate.url)
    title = _title(told, kinds)
    titled = fold(title)
    addresses = [fold(_text(found.value)) for name, found in told.items() if kinds[name] is FieldKind.ADDRESS]
    detail = url_key(candidate.detail_url) if candidate.detail_url else ""
    if not detail and alone_on_page:
        detail = url_key(candidate.url)
    ids = _global_ids(told)
    exact = {f"{scheme}:{value}" for scheme, values in ids.items() for value in values}
    if detail:
        exact.add(f"detail:{detail}")
    words = _TOKEN.findall(titled)
    content = _content(told)
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
        numbers=frozenset(word for word in words if word.isdigit()),
        years=_years(told, kinds),
        phones=_phones(told, kinds),
        house_numbers=frozenset(number for text in addresses for number in re.findall(r"\b\d{1,5}\b", text)),
        exact=frozenset(exact),
        supporting=_supporting(told, kinds, site=site, titled=titled, addresses=addresses, location=location),
        ids=ids,
    )


def _title(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> str:
    """The thing's name: a title field, else a person, else the first plain text."""
    for wanted in (FieldKind.TITLE, FieldKind.PERSON, FieldKind.TEXT):
        for name, found in told.items():
            if kinds[name] is wanted:
                return _text(found.value)
    return ""


def _text(value: Value) -> str:
    if isinstance(value, list):
        return " ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return " ".join(_text(item) for item in value.values())
    return str(value)


def _content(told: Mapping[str, FieldValue]) -> str:
    return "\n".join(f"{name}={fold(_text(found.value))}" for name, found in sorted(told.items()))


def _tokens(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> tuple[str, ...]:
    words: list[str] = []
    for name, found in told.items():
        if kinds[name] in _TELLING:
            words += _TOKEN.findall(fold(_text(found.value)))
        elif kinds[name] is FieldKind.DESCRIPTION:
            words += _TOKEN.findall(fold(_text(found.value)))[:_DESCRIPTION_WORDS]
    return tuple(words)


def _codes(title: str, told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    """Model codes: runs of letters and digits mixed, as in "WH-1000XM4"."""
    texts = [title, *(_text(found.value) for name, found in told.items() if kinds[name] is FieldKind.IDENTIFIER)]
    runs = (re.sub(r"[^a-z0-9]", "", run.lower()) for text in texts for run in re.split(r"[\s,/()]+", text))
    return frozenset(
        run for run in runs if len(run) >= _CODE_LENGTH and re.search(r"\d", run) and re.search(r"[a-z]", run)
    )


def _years(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    dated = (
        _text(found.value) for name, found in told.items() if kinds[name] is FieldKind.DATE or "year" in _words(name)
    )
    return frozenset(year for text in dated for year in re.findall(r"\b(?:1[89]|20)\d\d\b", text))


def _phones(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    """The last nine digits: country and trunk prefixes come and go between sites."""
    found = (_items(value.value) for name, value in told.items() if kinds[name] is FieldKind.PHONE)
    digits = (re.sub(r"\D", "", text) for texts in found for text in texts)
    return frozenset(number[-9:] for number in digits if len(number) >= 7)


def _items(value: Value) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _global_ids(told: Mapping[str, FieldValue]) -> dict[str, frozenset[str]]:
    ids: dict[str, set[str]] = {}
    for name, found in told.items():
        scheme = next((_GLOBAL_IDS[word] for word in _words(name) if word in _GLOBAL_IDS), "")
        for text in _items(found.value) if scheme else ():
            value = _global_id(scheme, text)
            if value:
                ids.setdefault(scheme, set()).add(value)
    return {scheme: frozenset(values) for scheme, values in ids.items()}


def _global_id(scheme: str, text: str) -> str:
    value = re.sub(r"[^0-9a-z]", "", text.lower())
    if scheme == "isbn" and len(value) == 10:  # ISBN-10 and its ISBN-13 differ in prefix and check digit alone
        return f"978{value[:9]}"
    if scheme == "isbn" and len(value) == 13:
        return value[:12]
    if scheme == "gtin":
        return value.lstrip("0") if value.isdigit() and len(value) >= 8 else ""
    return value if len(value) >= 6 else ""


def _supporting(
    told: Mapping[str, FieldValue],
    kinds: Mapping[str, FieldKind],
    *,
    site: str,
    titled: str,
    addresses: list[str],
    location: str,
) -> frozenset[str]:
    keys: set[str] = {f"phone:{number}" for number in _phones(told, kinds)}
    for name, found in told.items():
        words = set(_words(name))
        kind = kinds[name]
        if kind is FieldKind.EMAIL:
            keys |= {f"email:{text.lower()}" for text in _items(found.value)}
        elif kind is FieldKind.IDENTIFIER:
            keys |= {f"id:{re.sub(r'[^0-9a-z]', '', text.lower())}" for text in _items(found.value) if len(text) > 3}
        elif kind is FieldKind.URL and (words & _SITE_WORDS or words == {"url"}):
            keys |= {f"web:{home}" for text in _items(found.value) if (home := _homepage(text, site))}
        elif titled and words & _PLACE_WORDS:
            keys.add(f"place:{titled}|{fold(_text(found.value))}")
    keys |= {f"address:{titled}|{address}" for address in addresses if titled and address}
    if titled and location and len(titled.split()) > 1:
        keys.add(f"place:{titled}|{fold(location)}")
    return frozenset(keys)


def _homepage(text: str, site: str) -> str:
    """The thing's own site, in one spelling; empty for a link back into the site that tells of it, and for what its
    author mistyped."""
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = parts.netloc.lower().removeprefix("www.")
        if not host or site_of(f"http://{host}/") == site:
            return ""
    except (ValueError, InvalidInput):
        return ""
    # Things hosted on a shared site (a page of a network) are told apart by their path.
    return f"{host}{parts.path.rstrip('/').lower()}"
