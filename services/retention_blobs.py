"""Blobs that no row points at: stored by a worker that was killed before its transaction."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import structlog

from services.blobs import SETTLED, SWEEP_AT_ONCE, sweep_blobs
from services.blobs_owner import Owner, claim_store, look_at_store
from services.service import Service
from store.blobs import Found

log = structlog.get_logger()

NAMES_AT_ONCE = 500  # looked at in one turn: a bucket lists up to a thousand at once
WALK_EVERY = dt.timedelta(days=1)


class StrayWalk:
    """A walk over all that the blob store has, again and again. What was stored in the last `SETTLED` is left alone."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._after = ""
        self._walk_at: dt.datetime | None = None

    async def step(self) -> bool:
        """Looks at the next few; whether there are more. Raises StorageUnavailable and StorageFull."""
        now = self._service.clock.now()
        if self._walk_at is not None and now < self._walk_at:
            return False
        if not self._after and not await self._is_ours():
            log.warning("blobs.not_ours", kept="what no row points at", see="forage doctor")
            self._walk_at = now + WALK_EVERY
            return False
        stretch = await self._service.blobs.written_before(now - SETTLED, self._after, NAMES_AT_ONCE)
        await self._service.blobs.drop_unfinished(stretch.unfinished)
        await self._sweep(stretch.blobs, now)
        self._after = stretch.last
        if not self._after:
            self._walk_at = now + WALK_EVERY
        return bool(self._after)

    async def _is_ours(self) -> bool:
        store = await look_at_store(self._service)
        if store.owner is Owner.NOBODY:
            await claim_store(self._service)
        return store.owner in {Owner.OURS, Owner.NOBODY}

    async def _sweep(self, found: Sequence[Found], now: dt.datetime) -> None:
        by_account: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for blob in found:
            by_account[blob.account_id][blob.sha256] = blob.size
        strays = 0
        for account_id, sizes in sorted(by_account.items()):
            strays += await self._offer(account_id, sizes, now)
        if strays:
            log.info("blobs.strays", count=strays)
            while await sweep_blobs(self._service) == SWEEP_AT_ONCE:
                pass

    async def _offer(self, account_id: str, sizes: dict[str, int], now: dt.datetime) -> int:
        """Makes those known that no row knows, as used by nothing; how many."""
        async with self._service.database.read() as uow:
            known = await uow.blobs.known(account_id, sizes)
            account = await uow.accounts.get(account_id)
        strays = {sha256: size for sha256, size in sizes.items() if sha256 not in known}
        if account is None or not strays:
            return 0
        async with self._service.database.write() as uow:
            await uow.blobs.offer(account_id, strays, now)
        return len(strays)
