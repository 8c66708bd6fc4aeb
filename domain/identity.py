"""Which thing in the world a record is about, told by what pages say of it.

Keys, strongest first: the page about the thing, its identifiers, an e-mail address, a phone number, its own web site,
its name with a place, date or person beside it, its name on one site, and last its place among equal rows of a page.
Merging within a run and the memory of a pool read values into keys by the same rules.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec
from rapidfuzz import fuzz

from domain.clues import (
    GLOBAL_IDS,
    PLACE_WORDS,
    SITE_WORDS,
    global_ids_in,
    homepage,
    items_of,
    local_id,
    name_in,
    phones_in,
    text_of,
    words_in,
)
from domain.fields import FieldKind
from domain.records import FieldValue, is_told
from domain.urls import is_http, site_of, url_key
from domain.words import fold

PAGE_WORDS = frozenset({"url", "link", "page"})
NAMES_ALIKE = 0.5  # below it two names share hardly more than a word
MAX_KEYS = 24  # of one thing: every spelling it was met under in years
MAX_SITES = 5
_MOMENT_WORDS = frozenset({"date", "day", "start", "starts", "when"})  # of the thing; "updated" is of its page


class KeyKind(StrEnum):
    """What a key is made of, strongest first."""

    PAGE = "page"
    ID = "id"
    EMAIL = "email"
    PHONE = "phone"
    WEB = "web"
    PLACE = "place"  # a name, and where, when or by whom
    NAME = "name"  # a name, and the site that tells it
    ROW = "row"  # nothing better: the n-th of equal rows


_RANK = {kind: rank for rank, kind in enumerate(KeyKind)}


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`keys` are texts like `isbn` of `id:isbn:978...`, strongest first; `marks` are what tells namesakes apart
    (`address:`, `date:`, `person:`), folded. `shared` are identifiers that others of its run have too: no keys, but
    what has another one of the same scheme is another thing."""

    keys: tuple[str, ...]
    shared: tuple[str, ...] = ()
    name: str = ""
    sites: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    def of_kind(self, kind: KeyKind) -> Iterator[str]:
        return (key for key in self.keys if key.startswith(f"{kind.value}:"))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an identity is read from."""

    fields: Mapping[str, FieldValue]
    sources: tuple[str, ...]
    detail_url: str = ""


def identities(records: Sequence[Told], kinds: Mapping[str, FieldKind]) -> tuple[Identity, ...]:
    """The identity of each record of one run. A key that two of them share tells nothing apart, and is nobody's."""
    alone = [identity_of(record, kinds) for record in records]
    shared = {key for key, times in Counter(key for each in alone for key in each.keys).items() if times > 1}
    rows: Counter[str] = Counter()
    found = []
    for record, identity in zip(records, alone, strict=True):
        row = _row(record, identity)
        kept = tuple(key for key in identity.keys if key not in shared)
        ids = tuple(key for key in identity.of_kind(KeyKind.ID) if key in shared)
        keys = (*kept, f"row:{row}#{rows[row]}")[-MAX_KEYS:]
        found.append(msgspec.structs.replace(identity, keys=keys, shared=ids))
        rows[row] += 1
    return tuple(found)


def joined(old: Identity, new: Identity) -> Identity:
    """One thing's identity after it was met again: its keys of now, and older ones as long as there is room."""
    keys = dict.fromkeys((*new.keys, *old.keys))
    rows = [key for key in keys if _kind(key) is KeyKind.ROW][:1]  # old rows are places that others stand in now
    firm = [key for key in keys if _kind(key) is not KeyKind.ROW][: MAX_KEYS - len(rows)]
    firm.sort(key=lambda key: _RANK[_kind(key)])
    return Identity(
        keys=(*firm, *rows),
        shared=new.shared or old.shared,
        name=new.name or old.name,
        sites=tuple(dict.fromkeys((*new.sites, *old.sites)))[:MAX_SITES],
        marks=new.marks or old.marks,
    )


def match(new: Sequence[Identity], known: Mapping[str, Identity], holders: Mapping[str, str]) -> tuple[str | None, ...]:
    """For each of a run's identities the id of the known thing that it is, or None. `holders` are ids by key.

    Strong keys choose before weak ones, and nothing known is two things of one run.
    """
    found: list[str | None] = [None] * len(new)
    taken: set[str] = set()
    for kind in KeyKind:
        for place, identity in enumerate(new):
            if found[place] is not None:
                continue
            for key in identity.of_kind(kind):
                holder = holders.get(key)
                if holder is None or holder in taken or not agree(kind, known[holder], identity):
                    continue
                found[place] = holder
                taken.add(holder)
                break
    return tuple(found)


def agree(kind: KeyKind, old: Identity, new: Identity) -> bool:
    """Whether a key of this kind that both have makes them one thing: nothing stronger may say otherwise."""
    alike = names_alike(old.name, new.name)
    if kind is KeyKind.PAGE:
        return alike or not _ids_differ(old, new)
    if kind is KeyKind.ID:
        return alike or bool(set(old.sites) & set(new.sites)) or _share_global_id(old, new)
    if _ids_differ(old, new) or _pages_differ(old, new):
        return False
    if kind in {KeyKind.EMAIL, KeyKind.PHONE, KeyKind.WEB}:
        return alike
    return kind is KeyKind.PLACE or not _marks_differ(old, new)


def names_alike(old: str, new: str) -> bool:
    """A missing name speaks against nothing."""
    if not old or not new:
        return True
    return max(fuzz.token_sort_ratio(old, new), fuzz.token_set_ratio(old, new)) / 100 >= NAMES_ALIKE


def identity_of(record: Told, kinds: Mapping[str, FieldKind]) -> Identity:
    """What one record says of itself, whatever others say too."""
    told = {name: found for name, found in record.fields.items() if is_told(found)}
    sites = tuple(dict.fromkeys(site_of(url) for url in record.sources if is_http(url)))[:MAX_SITES]
    name = fold(name_in(told, kinds))
    marks = tuple(sorted(set(_marks(told, kinds, name))))
    keys = {
        *_pages(record, told, kinds, sites),
        *_ids(told, kinds),
        *_contacts(told, kinds, sites),
        *(f"place:{name}|{mark}" for mark in marks if name),
        *(f"name:{site}|{name}" for site in sites if name),
    }
    ordered = sorted(keys, key=lambda key: (_RANK[_kind(key)], key))
    return Identity(keys=tuple(ordered[: MAX_KEYS - 1]), name=name, sites=sites, marks=marks)


def _pages(
    record: Told, told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind], sites: tuple[str, ...]
) -> Iterator[str]:
    if record.detail_url and is_http(record.detail_url):
        yield f"page:{url_key(record.detail_url)}"
    lists = {url_key(url) for url in record.sources}
    for name, found in told.items():
        if kinds[name] is not FieldKind.URL or not set(words_in(name)) <= PAGE_WORDS:
            continue
        for text in items_of(found.value):
            if is_http(text) and site_of(text) in sites and url_key(text) not in lists:
                yield f"page:{url_key(text)}"


def _ids(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind]) -> Iterator[str]:
    for scheme, values in global_ids_in(told).items():
        yield from (f"id:{scheme}:{value}" for value in values)
    for name, found in told.items():
        words = words_in(name)
        if kinds[name] is FieldKind.IDENTIFIER and not set(words) & set(GLOBAL_IDS):
            yield from (
                f"id:{'_'.join(words)}:{code}" for text in items_of(found.value) if len(code := local_id(text)) > 2
            )


def _contacts(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind], sites: tuple[str, ...]) -> Iterator[str]:
    yield from (f"phone:{number}" for number in phones_in(told, kinds))
    for name, found in told.items():
        if kinds[name] is FieldKind.EMAIL:
            yield from (f"email:{text.strip().lower()}" for text in items_of(found.value))
        elif kinds[name] is FieldKind.URL and set(words_in(name)) & SITE_WORDS:
            homes = (homepage(text, sites[0] if sites else "") for text in items_of(found.value))
            yield from (f"web:{home}" for home in homes if home)


def _marks(told: Mapping[str, FieldValue], kinds: Mapping[str, FieldKind], title: str) -> Iterator[str]:
    for name, found in told.items():
        kind, words, text = kinds[name], set(words_in(name)), fold(text_of(found.value))
        if not text or text == title:
            continue
        if kind is FieldKind.ADDRESS or words & PLACE_WORDS:
            yield f"address:{text}"
        elif kind is FieldKind.DATE and words & _MOMENT_WORDS:
            yield f"date:{text_of(found.value)[:10]}"
        elif kind is FieldKind.PERSON:
            yield f"person:{text}"


def _row(record: Told, identity: Identity) -> str:
    place = identity.sites[0] if identity.name and identity.sites else "".join(record.sources[:1])
    return hashlib.sha256("\n".join((place, identity.name, *identity.marks)).encode("utf-8", "replace")).hexdigest()[
        :24
    ]


def _kind(key: str) -> KeyKind:
    return KeyKind(key.partition(":")[0])


def _by_scheme(identity: Identity) -> dict[str, set[str]]:
    schemes: dict[str, set[str]] = {}
    for key in (*identity.of_kind(KeyKind.ID), *identity.shared):
        _, scheme, value = key.split(":", 2)
        schemes.setdefault(scheme, set()).add(value)
    return schemes


def _ids_differ(old: Identity, new: Identity) -> bool:
    """One registry gave them two numbers, or one site two of its own."""
    theirs, ours = _by_scheme(old), _by_scheme(new)
    one_site = bool(set(old.sites) & set(new.sites))
    return any(
        not values & ours[scheme] and (one_site or scheme in GLOBAL_IDS)
        for scheme, values in theirs.items()
        if scheme in ours
    )


def _share_global_id(old: Identity, new: Identity) -> bool:
    theirs, ours = _by_scheme(old), _by_scheme(new)
    return any(values & ours.get(scheme, set()) for scheme, values in theirs.items() if scheme in GLOBAL_IDS)


def _pages_differ(old: Identity, new: Identity) -> bool:
    """One site has a page about each of them."""
    theirs, ours = _by_host(old.of_kind(KeyKind.PAGE)), _by_host(new.of_kind(KeyKind.PAGE))
    return any(not pages & ours[host] for host, pages in theirs.items() if host in ours)


def _by_host(keys: Iterable[str]) -> dict[str, set[str]]:
    hosts: dict[str, set[str]] = {}
    for key in keys:
        page = key.removeprefix("page:")
        hosts.setdefault(page.partition("/")[0].partition("?")[0], set()).add(page)
    return hosts


def _marks_differ(old: Identity, new: Identity) -> bool:
    """Both are told with a place, a date or a person, and by nothing in common."""
    for kind in ("address:", "date:", "person:"):
        theirs = {mark.removeprefix(kind) for mark in old.marks if mark.startswith(kind)}
        ours = {mark.removeprefix(kind) for mark in new.marks if mark.startswith(kind)}
        if not theirs or not ours or theirs & ours:
            continue
        if kind == "date:" or not _words_in(theirs) & _words_in(ours):
            return True
    return False


def _words_in(marks: Iterable[str]) -> set[str]:
    return {word for mark in marks for word in mark.split() if len(word) > 2}
