"""Whose turn it is at a host, for all processes together.

Locks are taken in one order everywhere: an account, then tasks, hosts, jobs, books, blobs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select, update

from store.models import HostSlotRow
from store.repositories.base import Repository


class HostTurns(Repository):
    async def give(self, host: str, now: dt.datetime, delay_s: float) -> dt.datetime:
        """When one more request to a host may begin: that turn is the caller's."""
        at = max(now, (await self.held([host], now))[host])
        await self.keep({host: at + dt.timedelta(seconds=delay_s)})
        return at

    async def held(self, hosts: Sequence[str], now: dt.datetime) -> dict[str, dt.datetime]:
        """The next turns of these hosts, held until the transaction ends."""
        if not hosts:
            return {}
        values = [{"host": host, "next_at": now} for host in hosts]
        await self._session.execute(self._insert(HostSlotRow).values(values).on_conflict_do_nothing())
        rows = await self._session.execute(
            select(HostSlotRow.host, HostSlotRow.next_at)
            .where(HostSlotRow.host.in_(hosts))
            .order_by(HostSlotRow.host)
            .with_for_update()
        )
        return {row.host: row.next_at for row in rows}

    async def keep(self, turns: Mapping[str, dt.datetime]) -> None:
        for host, next_at in sorted(turns.items()):
            await self._changed(update(HostSlotRow).where(HostSlotRow.host == host).values(next_at=next_at))

    async def given_beyond(self, ahead: dt.datetime) -> Collection[str]:
        """Hosts whose turns are all given until after `ahead`."""
        return set(await self._session.scalars(select(HostSlotRow.host).where(HostSlotRow.next_at > ahead)))

    async def forget(self, before: dt.datetime) -> None:
        await self._changed(delete(HostSlotRow).where(HostSlotRow.next_at < before))
