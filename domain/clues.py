"""What the values of a record say of which thing it is about: its name, its numbers, its addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from domain.errors import InvalidInput
from domain.fields import FieldKind, make_field, words_of
from domain.records import FieldValue, Value
from domain.urls import site_of

# Registries that give a number to one thing in the world.
GLOBAL_IDS = {
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
PLACE_WORDS = frozenset({"location", "city", "town", "place", "venue"})
SITE_WORDS = frozenset({"website", "homepage", "site", "web"})
words_in = lru_cache(maxsize=1024)(words_of)  # a few names, asked of every record


def kind_of(name: str) -> FieldKind:
    return make_field(name[:64]).kind if name.strip() else FieldKind.TEXT


def text_of(value: Value) -> str:
    if isinstance(value, list):
        return " ".join(text_of(item) for item in value)
    if isinstance(value, dict):
        return " ".join(text_of(item) for item in value.values())
    return str(value)


def items_of(value: Value) -> list[str]:
    return [text_of(item) for item in value] if isinstance(value, list) else [text_of(value)]


def name_in(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> str:
    """The thing's name: a title field, else a person, else the first plain text."""
    for wanted in (FieldKind.TITLE, FieldKind.PERSON, FieldKind.TEXT):
        for name, found in told.items():
            if kinds[name] is wanted:
                return text_of(found.value)
    return ""


def phones_in(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    """The last nine digits: country and trunk prefixes come and go between sites."""
    found = (items_of(value.value) for name, value in told.items() if kinds[name] is FieldKind.PHONE)
    digits = (re.sub(r"\D", "", text) for texts in found for text in texts)
    return frozenset(number[-9:] for number in digits if len(number) >= 7)


def global_ids_in(told: Mapping[str, FieldValue]) -> dict[str, frozenset[str]]:
    """By registry."""
    ids: dict[str, set[str]] = {}
    for name, found in told.items():
        scheme = next((GLOBAL_IDS[word] for word in words_in(name) if word in GLOBAL_IDS), "")
        for text in items_of(found.value) if scheme else ():
            value = _global_id(scheme, text)
            if value:
                ids.setdefault(scheme, set()).add(value)
    return {scheme: frozenset(values) for scheme, values in ids.items()}


def local_id(text: str) -> str:
    """An identifier as its own teller writes it, in one spelling; empty where it is too short to tell."""
    return re.sub(r"[\W_]", "", text.lower()) if len(text) > 3 else ""


def homepage(text: str, site: str) -> str:
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


def _global_id(scheme: str, text: str) -> str:
    value = re.sub(r"[^0-9a-z]", "", text.lower())
    if scheme == "isbn" and len(value) == 10:  # ISBN-10 and its ISBN-13 differ in prefix and check digit alone
        return f"978{value[:9]}"
    if scheme == "isbn" and len(value) == 13:
        return value[:12]
    if scheme == "gtin":
        return value.lstrip("0") if value.isdigit() and len(value) >= 8 else ""
    return value if len(value) >= 6 else ""
