"""Pools, looked at from the command line."""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from domain.clock import iso_seconds
from domain.errors import ForageError, InvalidInput, NotFound
from domain.pools import Change, Pool, PoolRecord
from forage.compose import open_service
from forage.settings import Settings
from forage.tables import MAX_CELL, console
from services.exports import export_pool
from services.keys import ensure_account
from services.pool_listing import list_pool_records
from services.pools import create_pool, delete_pool, get_pool, list_changes, list_pools
from services.service import Service

SEARCHED = 1000  # pools among which a name, or the beginning of an id, is looked for
ID_LENGTH = 32


async def show_pools(settings: Settings, limit: int) -> int:
    async with open_service(settings) as service:
        listing = await list_pools(service, await ensure_account(service), limit=limit)
    if not listing.items:
        console(stderr=True).print("no pools yet: forage pools create NAME makes one")
        return 0
    table = _table("pool", "name", "records", "changes", "updated")
    for pool in listing.items:
        table.add_row(pool.id, Text(pool.name), str(pool.records), str(pool.last_change), iso_seconds(pool.updated_at))
    console().print(table)
    return 0


async def make_pool(
    settings: Settings, name: str, description: str, condition: str, webhook: str, sort_fields: tuple[str, ...]
) -> int:
    async with open_service(settings) as service:
        pool = await create_pool(
            service,
            await ensure_account(service),
            name=name,
            description=description,
            condition=condition,
            webhook_url=webhook,
            sort_fields=sort_fields,
        )
    console().print(f"pool_{pool.id}")
    return 0


async def show_pool(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        pool = await find_pool(service, await ensure_account(service), name)
    told = {
        "pool": f"pool_{pool.id}",
        "name": pool.name,
        "description": pool.description,
        "records": str(pool.records),
        "changes": str(pool.last_change),
        "fields": ", ".join(pool.fields),
        "sorted by": ", ".join(("first_seen", "last_seen", *pool.sortable)),
        "condition": pool.condition,
        "webhook": pool.webhook_url,
        "created": iso_seconds(pool.created_at),
        "updated": iso_seconds(pool.updated_at),
    }
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    for key, text in told.items():
        if text:
            table.add_row(key, Text(text))
    console().print(table)
    return 0


async def show_records(
    settings: Settings, name: str, sort: str, filters: Sequence[str], limit: int, *, removed: bool
) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        pool = await find_pool(service, account_id, name)
        page = await list_pool_records(
            service, account_id, pool.id, limit=limit, sort=sort, filters=filters, removed=removed
        )
    console().print(_records_table(pool, page.items))
    if page.cut_short:
        console(stderr=True).print("the filter looked at as many records as it may; there may be more")
    elif page.next_cursor:
        console(stderr=True).print(f"the first {limit}; --limit shows more, forage pools download has all")
    return 0


async def show_changes(settings: Settings, name: str, since: str, limit: int) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        pool = await find_pool(service, account_id, name)
        listing = await list_changes(service, account_id, pool.id, since=since, limit=limit)
    table = _table("change", "at", "type", "record", "what")
    for change in listing.items:
        table.add_row(
            str(change.sequence),
            iso_seconds(change.at),
            change.type.value,
            change.record_id[-12:],
            Text(_what(change)),
        )
    console().print(table)
    if listing.next_cursor:
        console(stderr=True).print(
            f"more: forage pools changes {shlex.quote(name)} --since {listing.next_cursor}", soft_wrap=True
        )
    return 0


async def write_pool(settings: Settings, name: str, form: str, out: Path | None) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        pool = await find_pool(service, account_id, name)
        export = await export_pool(service, account_id, pool.id, form)
        if out is None:
            async for chunk in export.chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        else:
            await _write(out, export.chunks)
            console(stderr=True).print(f"{pool.records} records in {out}", style="bright_black")
    return 0


async def remove_pool(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        pool = await find_pool(service, account_id, name)
        await delete_pool(service, account_id, pool.id)
    console().print(f"deleted {pool.name}")
    return 0


async def find_pool(service: Service, account_id: str, name: str) -> Pool:
    """By id, with or without the API's `pool_`, by the beginning of it, or by name. Raises NotFound, InvalidInput."""
    wanted = name.removeprefix("pool_").lower()
    if len(wanted) == ID_LENGTH:
        return await get_pool(service, account_id, wanted)
    pools = (await list_pools(service, account_id, limit=SEARCHED)).items
    fitting = [pool for pool in pools if pool.name == name] or [pool for pool in pools if pool.id.startswith(wanted)]
    if not fitting:
        raise NotFound(f"no pool {name!r} here: `forage pools list` lists them")
    if len(fitting) > 1:
        raise InvalidInput(f"{name!r} names {len(fitting)} pools: write more of an id")
    return fitting[0]


async def _write(out: Path, chunks: AsyncIterator[bytes]) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
    except OSError as fault:
        raise ForageError(f"{out} cannot be written: {fault.strerror}") from None


def _records_table(pool: Pool, records: Sequence[PoolRecord]) -> Table:
    names = [name for name in pool.fields if any(name in record.values for record in records)]
    table = _table(*names, "first seen", "last seen", "record")
    for record in records:
        values = record.plain()
        table.add_row(
            *(Text(_cut(values.get(name, ""))) for name in names),
            iso_seconds(record.first_seen),
            iso_seconds(record.last_seen),
            record.id[-12:],
        )
    return table


def _what(change: Change) -> str:
    if change.new is not None:
        return f"{change.field}: {_cut(change.old) if change.old is not None else '-'} → {_cut(change.new.value)}"
    return ", ".join(f"{name} {_cut(found.value)}" for name, found in list(change.values.items())[:4])


def _cut(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…"


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table
