"""Claims: how a worker comes to hold a run, and gives it back. The schedule of a worker's life is here too."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import msgspec

from domain.runs import RunStatus, TerminationReason
from services.endings import after_end, end_of
from services.service import Service
from store.repositories.leases import Held, Refusal
from store.repositories.outbox import Waiting
from store.repositories.runs import Changed
from store.unit import UnitOfWork


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How leases are kept. A lost worker is noticed `lease_s` after its last beat, by the next sweep."""

    lease_s: float = 15.0
    beat_s: float = 5.0  # two beats may fail before the lease is lost
    sweep_s: float = 5.0
    most_blame: float = 3.0  # workers that a run may take down; see `blame_for`
    most_lost: int = 10  # workers that it may lose, whoever was to blame

    def expiry(self, now: dt.datetime) -> dt.datetime:
        return now + dt.timedelta(seconds=self.lease_s)


async def claim_run(service: Service, run_id: str, worker: str, terms: Terms) -> Held | Refusal:
    """Gives a waiting run to `worker` under the next attempt number, if its account may have one more going."""
    now = service.clock.now()
    async with service.database.write() as uow:
        account_id = await uow.leases.owner_of_queued(run_id)
        # The account is held, so that two claims do not both take its last place.
        account = None if account_id is None else await uow.accounts.lock(account_id)
        if account is None:
            return Refusal.NOT_QUEUED
        if await uow.leases.count_running(account.id) >= account.max_concurrent_runs:
            await uow.outbox.mark_capped([run_id])
            return Refusal.AT_CAP
        held = await uow.leases.claim(run_id, worker, now, terms.expiry(now))
        if held is None:
            return Refusal.NOT_QUEUED
        await uow.outbox.remove(run_id)
    service.signals.changed(run_id)
    return held


def blame_for(lost: Sequence[Held]) -> dict[str, float]:
    """How far each of these runs, whose workers were lost, is to be suspected, by id.

    A run that got on is cleared. Those that had done nothing when their worker was lost share the blame for it: alone
    with it a run bears it whole, and is found out after three; one that was only near when a worker was killed is not
    condemned for the company it kept.
    """
    idle = Counter(held.worker for held in lost if not held.got_on)
    return {held.run.id: 0.0 if held.got_on else held.blame + 1 / idle[held.worker] for held in lost}


async def requeue(uow: UnitOfWork, service: Service, held: Held, *, blame: float | None = None) -> Waiting | None:
    """Sends a held run back to the queue; None where it is not held so any more.

    With `blame`, its worker was lost; a worker that stops in order takes nothing off a run's chances.
    """
    now = service.clock.now()
    run = held.run
    values: dict[str, object] = {"status": RunStatus.QUEUED.value, "worker": "", "lease_expires_at": None}
    if blame is not None:
        values |= {"lost_leases": held.lost_leases + 1, "blame": blame}
    changed = await uow.runs(run.account_id).advance(held.fence, values, [], now)
    if changed is None:
        return None
    waiting = Waiting(run_id=run.id, account_id=run.account_id, since=run.created_at, attempt=run.attempt)
    await uow.outbox.put(waiting, now + service.limits.ring_again)
    return waiting


async def end_held(
    uow: UnitOfWork, service: Service, held: Held, *, reason: TerminationReason, detail: str = ""
) -> Changed | None:
    """Ends a held run with what it has; None where it is not held so any more."""
    now = service.clock.now()
    run = held.run
    end = end_of(run, reason=reason, records=run.records_found, detail=detail, pages=run.pages_completed, now=now)
    ended = await uow.runs(run.account_id).advance(held.fence, end.values, [end.event], now)
    if ended is not None:
        await after_end(uow, service, run, ended)
    return ended


async def next_of_account(uow: UnitOfWork, service: Service, account_id: str) -> tuple[Waiting, ...]:
    """The runs that may start now that one of the account has ended, in the transaction that ends it.

    Only those that were refused at the account's cap: for the others a ring is on its way.
    """
    account = await uow.accounts.lock(account_id)
    if account is None or not await uow.outbox.has_capped(account_id):
        return ()
    free = account.max_concurrent_runs - await uow.leases.count_running(account_id)
    if free <= 0:
        return ()
    again_at = service.clock.now() + service.limits.ring_again
    return tuple(await uow.outbox.capped_of(account_id, again_at, free))
