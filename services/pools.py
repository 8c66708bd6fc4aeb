"""Pools: made, changed, listed, deleted; their records and what changed in them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from domain.errors import InvalidInput, NotFound
from domain.fields import MAX_NAME
from domain.ids import new_id
from domain.pool_conditions import parse_condition
from domain.pools import MAX_SORTABLE, Change, Pool, PoolRecord
from services.caps import room_for_pool
from services.listing import Listing, checked_limit, id_cursor, listed
from services.requests import checked_target
from services.service import Service
from store.unit import UnitOfWork

MAX_POOL_NAME = 200  # characters
MAX_DESCRIPTION = 2_000
ROWS_PURGED = 2_000  # of a deleted pool in one transaction: some 50 ms
STEPS_PURGED = 50  # transactions before somebody else gets a turn; the next tidying goes on

_SEQUENCE = re.compile(r"\d{1,9}")


async def create_pool(
    service: Service,
    account_id: str,
    *,
    name: str,
    description: str = "",
    condition: str = "",
    webhook_url: str = "",
    sort_fields: Sequence[str] = (),
) -> Pool:
    """A pool with nothing in it. `sort_fields` are sorted by from the start; else the first run's fields are.

    Raises InvalidInput with every mistake at once, UnsafeUrl for its webhook, LimitReached where there are too many.
    """
    pool = new_pool(
        service,
        account_id,
        name=name,
        description=description,
        condition=condition,
        webhook_url=webhook_url,
        sort_fields=sort_fields,
    )
    async with service.database.write() as uow:
        await room_for_pool(uow, service, account_id)
        await uow.pools(account_id).add(pool)
    return pool


def new_pool(
    service: Service,
    account_id: str,
    *,
    name: str,
    description: str = "",
    condition: str = "",
    webhook_url: str = "",
    sort_fields: Sequence[str] = (),
) -> Pool:
    """The same, not yet kept: for whoever adds it in a transaction that does more."""
    now = service.clock.now()
    pool = Pool(
        id=new_id(),
        account_id=account_id,
        name=name.strip(),
        description=description.strip(),
        condition=condition.strip(),
        webhook_url=webhook_url.strip(),
        sortable=tuple(sort_fields),
        created_at=now,
        updated_at=now,
    )
    return _checked(service, pool)


async def change_pool(
    service: Service,
    account_id: str,
    pool_id: str,
    *,
    name: str | UnsetType = UNSET,
    description: str | UnsetType = UNSET,
    condition: str | UnsetType = UNSET,
    webhook_url: str | UnsetType = UNSET,
) -> Pool:
    """The pool with these things changed; the others stay. Raises NotFound, InvalidInput, UnsafeUrl."""
    given = {"name": name, "description": description, "condition": condition, "webhook_url": webhook_url}
    wanted = {key: value.strip() for key, value in given.items() if isinstance(value, str)}
    async with service.database.write() as uow:
        pool = await uow.pools(account_id).lock(pool_id)
        if pool is None:
            raise NotFound("No such pool.")
        pool = _checked(service, msgspec.structs.replace(pool, **wanted, updated_at=service.clock.now()))
        await uow.pools(account_id).save(pool)
    return pool


async def get_pool(service: Service, account_id: str, pool_id: str) -> Pool:
    """Raises NotFound, for another account's pool too."""
    async with service.database.read() as uow:
        pool = await uow.pools(account_id).get(pool_id)
    if pool is None:
        raise NotFound("No such pool.")
    return pool


async def pool_exists(uow: UnitOfWork, account_id: str, pool_id: str) -> None:
    """Raises InvalidInput where a pool is named that is not there, or is another account's."""
    if pool_id and await uow.pools(account_id).get(pool_id) is None:
        raise InvalidInput(fields={"pool_id": "no such pool"})


async def list_pools(service: Service, account_id: str, *, limit: int, cursor: str = "") -> Listing[Pool]:
    """Newest first."""
    async with service.database.read() as uow:
        pools = await uow.pools(account_id).list(checked_limit(limit) + 1, id_cursor(cursor))
    return listed(pools, limit, [pool.id for pool in pools])


async def delete_pool(service: Service, account_id: str, pool_id: str) -> None:
    """The pool is gone at once, its rows soon. Raises NotFound."""
    async with service.database.write() as uow:
        if not await uow.pools(account_id).mark_deleted(pool_id, service.clock.now()):
            raise NotFound("No such pool.")
    await purge_pools(service)


async def purge_pools(service: Service) -> None:
    """Deletes the rows of pools that are gone, so many at most; what is left is for the next call."""
    for _ in range(STEPS_PURGED):
        async with service.database.write() as uow:
            pool_id = await uow.deleted_pools.next()
            if pool_id is None:
                return
            await uow.deleted_pools.purge(pool_id, ROWS_PURGED)


async def get_pool_record(service: Service, account_id: str, pool_id: str, record_id: str) -> PoolRecord:
    """Raises NotFound."""
    async with service.database.read() as uow:
        record = await uow.pool_records(account_id).one(pool_id, record_id)
    if record is None:
        raise NotFound("No such record.")
    return record


async def list_changes(
    service: Service,
    account_id: str,
    pool_id: str,
    *,
    since: str = "",
    limit: int,
    run_id: str = "",
    record_id: str = "",
) -> Listing[Change]:
    """In order, after `since`: a cursor (the sequence of a change that is known), or a moment in ISO 8601.

    Those of one run or record, where one is named. Raises NotFound, InvalidInput.
    """
    checked_limit(limit)
    pool = await get_pool(service, account_id, pool_id)
    after = int(since) if _SEQUENCE.fullmatch(since) else 0
    moment = None if not since or _SEQUENCE.fullmatch(since) else _moment(since)
    async with service.database.read() as uow:
        pools = uow.pools(account_id)
        if moment is not None:
            before = await pools.sequence_before(pool_id, moment)
            after = pool.last_change if before is None else before
        changes = await pools.changes(pool_id, limit + 1, after, run_id=run_id, record_id=record_id)
    return listed(changes, limit, [str(change.sequence) for change in changes])


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text.strip().replace(" ", "+"))  # a plus sign in a URL is a space
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):  # the latter: in UTC it lies before year 1 or after 9999
        wanted = "the sequence of a change, or a time such as 2026-11-21T09:00:00Z"
        raise InvalidInput(fields={"since": wanted}) from None


def _checked(service: Service, pool: Pool) -> Pool:
    """The pool with a canonical URL. Raises InvalidInput with every mistake at once."""
    mistakes: dict[str, str] = {}
    if not 1 <= len(pool.name) <= MAX_POOL_NAME or not pool.name.isprintable():
        mistakes["name"] = f"1 to {MAX_POOL_NAME} characters in one line"
    if len(pool.description) > MAX_DESCRIPTION:
        mistakes["description"] = f"at most {MAX_DESCRIPTION} characters"
    if len(pool.sortable) > MAX_SORTABLE or not all(1 <= len(name) <= MAX_NAME for name in pool.sortable):
        mistakes["sort_fields"] = f"at most {MAX_SORTABLE} names of 1 to {MAX_NAME} characters"
    elif len(set(pool.sortable)) < len(pool.sortable):
        mistakes["sort_fields"] = "each name once"
    if pool.condition:
        try:
            parse_condition(pool.condition)
        except InvalidInput as fault:
            mistakes |= fault.fields
    webhook_url = pool.webhook_url
    try:
        webhook_url = checked_target("webhook_url", webhook_url, service.policy)
    except InvalidInput as fault:
        mistakes |= fault.fields
    if mistakes:
        raise InvalidInput(fields=mistakes)
    return msgspec.structs.replace(pool, webhook_url=webhook_url)
