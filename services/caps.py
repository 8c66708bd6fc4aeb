"""How much of everything an account may have. Who counts holds the account until the end of its transaction, so that of
two requests at the very same moment one gets the last place.

Locks are taken in one order everywhere, and an account comes first: a transaction that holds anything else of it by
then locks the account before that.
"""

from __future__ import annotations

from domain.errors import LimitReached, TooManyWaiting
from domain.runs import RunStatus
from services.service import Service
from store.unit import UnitOfWork

RETRY_S = 30  # a run takes some seconds, and several go on at once


async def room_for_flow(uow: UnitOfWork, service: Service, account_id: str) -> None:
    """Raises LimitReached where the account has as many as it may."""
    await uow.accounts.lock(account_id)
    _check(await uow.flows(account_id).count(), service.limits.flows, "flows")


async def room_for_pool(uow: UnitOfWork, service: Service, account_id: str) -> None:
    """Raises LimitReached."""
    await uow.accounts.lock(account_id)
    _check(await uow.pools(account_id).count(), service.limits.pools, "pools")


async def room_for_schedule(uow: UnitOfWork, service: Service, account_id: str) -> None:
    """Raises LimitReached."""
    await uow.accounts.lock(account_id)
    _check(await uow.schedules(account_id).count(), service.limits.schedules, "scheduled jobs")


async def room_for_webhook(uow: UnitOfWork, service: Service, account_id: str) -> None:
    """Raises LimitReached."""
    await uow.accounts.lock(account_id)
    _check(await uow.webhooks(account_id).count(), service.limits.webhooks, "webhooks")


async def room_for_run(uow: UnitOfWork, service: Service, account_id: str) -> None:
    """Raises TooManyWaiting where as many runs wait to be taken up as may."""
    most = service.limits.waiting_runs
    await uow.accounts.lock(account_id)
    if await uow.runs(account_id).count(statuses=[RunStatus.QUEUED]) >= most:
        raise TooManyWaiting(
            f"An account has at most {most} runs waiting, and this one has them.", retry_after_s=RETRY_S
        )


async def room_for_bulk_job(uow: UnitOfWork, service: Service, account_id: str) -> None:
    """Raises TooManyWaiting where as many jobs of Targets are going as may."""
    most = service.limits.bulk_jobs
    await uow.accounts.lock(account_id)
    if await uow.bulk_jobs(account_id).count(is_open=True) >= most:
        raise TooManyWaiting(
            f"An account has at most {most} jobs of Targets going, and this one has them.", retry_after_s=RETRY_S
        )


def _check(there: int, most: int, things: str) -> None:
    if there >= most:
        raise LimitReached(f"An account has at most {most} {things}, and this one has them; delete one first.")
