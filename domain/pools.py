"""Pools: what was ever known of a kind of thing, and how it changed from run to run."""

from __future__ import annotations

import datetime as dt
import re
import struct
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from domain.evidence import Evidence, Verdict
from domain.folding import fold as spelled_alike
from domain.identity import Identity
from domain.records import FieldValue, Value, is_told
from domain.urls import is_http, url_key
from domain.words import fold

MAX_SORTABLE = 8  # fields of a pool that its records can be sorted by: each costs a row a record
MAX_FIELDS = 200  # names a pool remembers; a record of more is no record
SORTED_BYTES = 48  # of a text that are sorted by; what agrees in all of them is in order of its id
MISSING_KEY = "9"  # sorts after every value
RUNS_UNSEEN = 2  # a record is removed after so many runs that read its source without it
_NUMBER = re.compile(r"[$€£¥]?\s*(-?\d{1,15}(?:[,_]\d{3})*(?:\.\d+)?|-?\.\d+)\s*%?")
_CUT_OFF = ("…", "...")


class ChangeType(StrEnum):
    ADDED = "added"  # seen for the first time, or again after it was removed
    CHANGED = "changed"
    REMOVED = "removed"


class PoolValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it was told last. `since` is when it was first so, `run_id` the run that archived its evidence."""

    found: FieldValue
    run_id: str
    since: dt.datetime


class PoolRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that the pool knows. `sources` are the pages that told of it last; `last_run` saw it last.

    `unseen` counts the runs since then that read its source without it, the newest of them `unseen_run`.
    """

    id: str
    identity: Identity
    values: dict[str, PoolValue]
    sources: tuple[str, ...]
    first_seen: dt.datetime
    last_seen: dt.datetime
    changed_at: dt.datetime
    present: bool = True
    last_run: str = ""
    unseen: int = 0
    unseen_run: str = ""

    def plain(self) -> dict[str, Value]:
        return {name: value.found.value for name, value in self.values.items()}


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`sequence` counts from 1 within its pool without gaps.

    A `changed` has `field`, its value before (`old`, None where none was known) and since (`new`, with its evidence);
    an `added` has the record's values, a `removed` those that were known last.
    """

    sequence: int
    type: ChangeType
    record_id: str
    run_id: str
    at: dt.datetime
    field: str = ""
    old: Value | None = None
    new: FieldValue | None = None
    values: dict[str, FieldValue] = {}

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self.new.evidence if self.new else ()


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did to a pool, in records."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` are the names that its records have had, as they came; `sortable` those it can be sorted by.

    `records` is how many it holds now, `last_change` the newest change's sequence.
    """

    id: str
    account_id: str
    name: str
    created_at: dt.datetime
    updated_at: dt.datetime
    description: str = ""
    condition: str = ""
    webhook_url: str = ""
    fields: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    records: int = 0
    last_change: int = 0


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A field that says something else than before; `old` is None where nothing was known, `new` where nothing is."""

    field: str
    old: Value | None
    new: FieldValue | None


def remember(
    old: Mapping[str, PoolValue], told: Mapping[str, FieldValue], *, run_id: str, at: dt.datetime
) -> tuple[dict[str, PoolValue], tuple[Difference, ...]]:
    """What is known after a run told `told` of a record, and what of it is new.

    A value that the run does not tell stays as it was. One that says the same in other words keeps its `since` and
    takes the newer evidence. What pages say against a person's word is news once it is not what they said before.
    """
    values, differences = dict(old), []
    for name, found in told.items():
        if not is_told(found):
            continue
        known = old.get(name)
        if known is None:
            values[name] = PoolValue(found=found, run_id=run_id, since=at)
            differences.append(Difference(field=name, old=None, new=found))
        elif _was_put_right(known.found, found):
            continue
        elif _still_says(known.found, found):
            kept = msgspec.structs.replace(found, value=_fuller(known.found.value, found.value))
            values[name] = PoolValue(found=kept, run_id=run_id, since=known.since)
        elif not _told_beside(known.found, found):
            values[name] = PoolValue(found=found, run_id=run_id, since=at)
            differences.append(Difference(field=name, old=known.found.value, new=found))
    return values, tuple(differences)


def amended(
    known: Mapping[str, PoolValue],
    before: Mapping[str, FieldValue],
    after: Mapping[str, FieldValue],
    *,
    run_id: str,
    at: dt.datetime,
) -> tuple[dict[str, PoolValue], tuple[Difference, ...]]:
    """What is known after a person changed a record of a run from `before` to `after`, and what of it is new.

    Only what the pool has of that record changes: what a later run told instead stays.
    """
    values, differences = dict(known), []
    for name in dict.fromkeys((*before, *after)):
        old, new = (told.get(name) for told in (before, after))
        old, new = (found if found is not None and is_told(found) else None for found in (old, new))
        has = known.get(name)
        if old == new or (has is not None and not _is_of(has, old, run_id)):
            continue
        if new is None:
            if has is not None:
                del values[name]
                differences.append(Difference(field=name, old=has.found.value, new=None))
        elif has is not None and _still_says(has.found, new):
            values[name] = PoolValue(found=new, run_id=run_id, since=has.since)
        else:
            values[name] = PoolValue(found=new, run_id=run_id, since=at)
            differences.append(Difference(field=name, old=has.found.value if has else None, new=new))
    return values, tuple(differences)


def _is_of(known: PoolValue, told: FieldValue | None, run_id: str) -> bool:
    return known.run_id == run_id or (told is not None and _still_says(known.found, told))


def same_value(one: Value, other: Value) -> bool:
    """Whether two values of a field say the same: in their normal form, not in their spelling."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(_normal, one)) == sorted(map(_normal, other))
    if isinstance(one, str) and isinstance(other, str):
        return _normal(one) == _normal(other) or _is_cut_off(one, other) or _is_rougher(one, other)
    return _normal(one) == _normal(other)


def sort_key(value: Value | None) -> str:
    """A text that sorts as the value does: numbers before texts, and what is missing last.

    Hexadecimal, so that every database's collation has it in the same order. At most 98 characters.
    """
    number = float(value) if isinstance(value, bool) else number_in(value)
    if number is not None:
        bits = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]
        ordered = bits ^ (0xFFFFFFFFFFFFFFFF if bits >> 63 else 1 << 63)
        return f"1{ordered:016x}"
    if isinstance(value, str) and value:
        return "2" + letters_of(value).encode("utf-8", "replace")[:SORTED_BYTES].hex()
    return MISSING_KEY


def letters_of(text: str) -> str:
    """A text as it is sorted and looked up: letter by letter, so that "In stock" is "InStock"."""
    return fold(text).replace(" ", "")


def number_in(value: object) -> float | None:
    """The number that a value is or spells ("1,200.50", "$20", "15 %"); None for any other."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(re.sub("[,_]", "", found[1])) if found else None


def field_names(known: Iterable[str], records: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """The names of a pool's fields once these records are in it."""
    names = dict.fromkeys(known)
    for record in records:
        names.update(dict.fromkeys(record))
    return tuple(names)[:MAX_FIELDS]


def _still_says(known: FieldValue, found: FieldValue) -> bool:
    other_currency = bool(known.unit and found.unit and known.unit != found.unit)
    return not other_currency and same_value(known.value, found.value)


def _was_put_right(known: FieldValue, found: FieldValue) -> bool:
    """A page says again what it said when a person put their word in its place."""
    by_person = known.verdict is Verdict.USER and bool(known.history)
    return by_person and not same_value(known.value, found.value) and same_value(known.history[0].value, found.value)


def _told_beside(known: FieldValue, found: FieldValue) -> bool:
    """The page that told the known value tells it still: another source is merely believed this time."""
    pages = {evidence.url for evidence in known.evidence}
    return any(
        same_value(known.value, other.value) and pages & {evidence.url for evidence in other.evidence}
        for other in found.conflicts
    )


def _normal(value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return f"{float(value):.12g}"
    if isinstance(value, str):
        return url_key(value) if is_http(value) else spelled_alike(" ".join(value.split()))
    return msgspec.json.encode(value, order="deterministic").decode()


def _is_cut_off(one: str, other: str) -> bool:
    """ "A Light in the ..." says nothing else than "A Light in the Attic"."""
    for cut, whole in ((one, other), (other, one)):
        stem = cut.rstrip()
        if stem.endswith(_CUT_OFF):
            start = _normal(stem.rstrip("….").rstrip())
            if start and _normal(whole).startswith(start):
                return True
    return False


def _is_rougher(one: str, other: str) -> bool:
    """A day says nothing else than a moment of it."""
    short, long = sorted((one, other), key=len)
    return len(short) == 10 and long[10:11] == "T" and long.startswith(short) and short[4:5] == short[7:8] == "-"


def _fuller(known: Value, found: Value) -> Value:
    if isinstance(known, str) and isinstance(found, str) and (_is_cut_off(known, found) or _is_rougher(known, found)):
        return max(known, found, key=len)
    return found
