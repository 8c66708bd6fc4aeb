"""Records of a pool in an order, with filters: always along an index, however many there are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from domain.clues import kind_of
from domain.errors import InvalidInput
from domain.fields import FieldKind
from domain.pool_conditions import DATE, Comparison, Op, compare, find_field, parse_filter
from domain.pools import MISSING_KEY, Pool, PoolRecord, sort_key
from services.listing import checked_limit
from services.pools import get_pool
from services.service import Service
from store.repositories.pool_records import Moment, PoolRecords, Range

MAX_FILTERS = 10
MAX_SCANNED = 2_000  # records looked at for one page: what a filter without an index may cost, some 100 ms
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_CURSOR = re.compile(r"([a-z0-9]{1,4})\.([0-9a-f]{1,100})\.([0-9a-f]{32})")
_NUMBERS = Range("1", "1" + "f" * 16)
_TEXTS = Range("2", "2" + "f" * 98)


class PoolPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next_cursor` is None on the last page. `cut_short`: the filter looked at as many records as it may, and goes on
    from there on the next page."""

    items: tuple[PoolRecord, ...]
    next_cursor: str | None = None
    cut_short: bool = False


class _Place(NamedTuple):
    key: str
    record_id: str


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """`by` is a time, or the slot of a field; `within` bounds a field's sort keys. `mark` names it in a cursor."""

    by: Moment | int
    descending: bool = False
    present: bool = True
    within: Range = Range()

    @property
    def mark(self) -> str:
        by = self.by.value[0] if isinstance(self.by, Moment) else str(self.by)
        return f"{by}{'d' if self.descending else 'a'}{'' if self.present else 'x'}"


async def list_pool_records(
    service: Service,
    account_id: str,
    pool_id: str,
    *,
    limit: int,
    cursor: str = "",
    sort: str = "",
    filters: Sequence[str] = (),
    removed: bool = False,
) -> PoolPage:
    """Present records, or those that were removed, that meet every filter (`price<20`, `name~garlic`).

    `sort` is `first_seen`, `last_seen` or one of the pool's sortable fields, with a minus sign from the top down; left
    out, a filter on such a field sorts by it, and else the longest known come first. Raises NotFound, InvalidInput.
    """
    checked_limit(limit)
    pool = await get_pool(service, account_id, pool_id)
    if len(filters) > MAX_FILTERS:
        raise InvalidInput(fields={"filter": f"at most {MAX_FILTERS}"})
    comparisons = [parse_filter(text) for text in filters]
    order = _order(pool, sort, comparisons, removed=removed)
    place = _place(cursor, order)
    async with service.database.read() as uow:
        return await _page(uow.pool_records(account_id), pool, order, comparisons, limit, place)


async def _page(
    rows: PoolRecords, pool: Pool, order: _Order, comparisons: Sequence[Comparison], limit: int, place: _Place | None
) -> PoolPage:
    found: list[tuple[_Place, PoolRecord]] = []
    scanned = 0
    while scanned < MAX_SCANNED:
        asked = min(max(limit + 1, scanned), MAX_SCANNED - scanned)  # a filter that few meet looks at more each time
        batch = await _batch(rows, pool.id, order, asked, place)
        for place, record in batch:
            scanned += 1
            if not comparisons or _fits(record, comparisons):
                found.append((place, record))
            if len(found) > limit:
                return _cut(found[:limit], order, found[limit - 1][0])
        if len(batch) < asked:
            return _cut(found, order, None)
    return _cut(found, order, place, cut_short=True)


def _cut(
    found: Sequence[tuple[_Place, PoolRecord]], order: _Order, place: _Place | None, *, cut_short: bool = False
) -> PoolPage:
    cursor = f"{order.mark}.{place.key}.{place.record_id}" if place else None
    return PoolPage(items=tuple(record for _, record in found), next_cursor=cursor, cut_short=cut_short)


def _fits(record: PoolRecord, comparisons: Sequence[Comparison]) -> bool:
    values = record.plain()
    return all(compare(values, comparison) for comparison in comparisons)


async def _batch(
    rows: PoolRecords, pool_id: str, order: _Order, limit: int, place: _Place | None
) -> list[tuple[_Place, PoolRecord]]:
    if isinstance(order.by, Moment):
        return await _by_moment(rows, pool_id, order, order.by, limit, place)
    if not order.descending:
        return await _by_field(rows, pool_id, order, order.by, limit, place, order.within)
    found: list[tuple[_Place, PoolRecord]] = []
    low, high = order.within
    if place is None or place.key < MISSING_KEY:  # from the top down, too, what has no value comes last
        told = Range(low, min(high, MISSING_KEY[:-1] + "8"))
        found = await _by_field(rows, pool_id, order, order.by, limit, place, told)
        place = None
    if len(found) < limit and high >= MISSING_KEY:
        missing = Range(MISSING_KEY, MISSING_KEY)
        found += await _by_field(rows, pool_id, order, order.by, limit - len(found), place, missing)
    return found


async def _by_field(
    rows: PoolRecords, pool_id: str, order: _Order, slot: int, limit: int, place: _Place | None, within: Range
) -> list[tuple[_Place, PoolRecord]]:
    told = await rows.by_sort_key(
        pool_id, slot, limit, tuple(place) if place else None, within=within, descending=order.descending
    )
    return [(_Place(key, record.id), record) for key, record in told]


async def _by_moment(
    rows: PoolRecords, pool_id: str, order: _Order, moment: Moment, limit: int, place: _Place | None
) -> list[tuple[_Place, PoolRecord]]:
    after = (_EPOCH + dt.timedelta(microseconds=int(place.key)), place.record_id) if place else None
    records = await rows.by_moment(pool_id, moment, limit, after, present=order.present, descending=order.descending)
    return [(_Place(_microseconds(_moment_of(record, moment)), record.id), record) for record in records]


def _moment_of(record: PoolRecord, moment: Moment) -> dt.datetime:
    return record.first_seen if moment is Moment.FIRST_SEEN else record.last_seen


def _microseconds(moment: dt.datetime) -> str:
    return str((moment - _EPOCH) // dt.timedelta(microseconds=1))


def _order(pool: Pool, sort: str, comparisons: Sequence[Comparison], *, removed: bool) -> _Order:
    by, descending = sort.removeprefix("-").strip(), sort.startswith("-")
    if by in set(Moment):
        return _Order(by=Moment(by), descending=descending, present=not removed)
    if removed and by:
        raise InvalidInput(fields={"sort": "removed records are sorted by first_seen or last_seen"})
    name = find_field(pool.sortable, by) if by else None
    if by and name is None:
        known = ", ".join([*Moment, *pool.sortable])
        raise InvalidInput(fields={"sort": f"one of {known}, with a minus sign from the top down"})
    bounds = {} if removed else _bounds(pool, comparisons)
    slot = pool.sortable.index(name) if name else next(iter(bounds), None)
    if slot is None:
        return _Order(by=Moment.FIRST_SEEN, present=not removed)
    return _Order(by=slot, descending=descending, within=bounds.get(slot, Range()))


def _bounds(pool: Pool, comparisons: Sequence[Comparison]) -> dict[int, Range]:
    """The stretch of an index, by slot, outside of which no record can meet these comparisons."""
    bounds: dict[int, Range] = {}
    for comparison in comparisons:
        name = find_field(pool.sortable, comparison.field)
        if name is None or find_field(pool.fields, comparison.field) != name:
            continue
        if (stretch := _stretch(comparison, kind_of(name))) is not None:
            slot = pool.sortable.index(name)
            known = bounds.get(slot, Range())
            bounds[slot] = Range(max(known.low, stretch.low), min(known.high, stretch.high))
    return bounds


def _stretch(comparison: Comparison, kind: FieldKind) -> Range | None:
    value, key = comparison.value, sort_key(comparison.value)
    if not isinstance(value, str):
        if kind is FieldKind.DATE:  # "2024" is a year there
            return None
        whole, end = _NUMBERS, key
    elif DATE.fullmatch(value) and "-" in value:
        whole, end = _TEXTS, key + "ff"
    elif comparison.op is Op.EQUAL and value.lower() not in {"true", "false"} and key != MISSING_KEY:
        return Range(key, key)
    else:
        return None
    match comparison.op:
        case Op.LESS | Op.AT_MOST:
            return Range(whole.low, end)
        case Op.GREATER | Op.AT_LEAST:
            return Range(key, whole.high)
        case Op.EQUAL:
            return Range(key, end)
    return None


def _place(cursor: str, order: _Order) -> _Place | None:
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    timed = isinstance(order.by, Moment)
    if not found or found[1] != order.mark or (timed and not re.fullmatch(r"\d{1,17}", found[2])):
        raise InvalidInput(fields={"cursor": "not a cursor of this list"})
    return _Place(found[2], found[3])
