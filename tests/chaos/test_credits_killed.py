"""Credits of runs whose workers are killed, through real processes, PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chaos_worker import hurried_service
from test_chaos_workers import MANY, REQUEST, Stage, Workers

from domain.credits import CreditPlan, TransactionKind
from services.credits import audit, get_balance, list_transactions
from services.runs import list_runs

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.redis]

RUNS = 12


@pytest.fixture
async def stage(migrated_postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    workers = Workers(migrated_postgres_url, redis_url, tmp_path)
    async with hurried_service(migrated_postgres_url, redis_url, tmp_path) as service:
        async with service.database.write() as uow:
            await uow.accounts.add(MANY, "whsec_" + "a" * 32)
        metered = dataclasses.replace(service, metered=True, new_plan=CreditPlan.GROWTH)
        try:
            yield Stage(metered, workers, tmp_path)
        finally:
            await workers.end()


async def test_workers_that_are_killed_leave_no_hold_and_no_run_is_paid_twice(stage: Stage):
    assert REQUEST.max_credits is None
    first = await stage.workers.start()
    await stage.submit(RUNS)
    held = (await get_balance(stage.service, MANY.id)).held
    assert held > 0
    await stage.waiting_at_most(RUNS - 1, 60)
    await asyncio.sleep(random.random() * 0.2)  # anywhere in the runs
    await stage.workers.kill(first)
    await stage.workers.start()
    await stage.all_over(60)

    runs = (await list_runs(stage.service, MANY.id, limit=100)).items
    balance = await get_balance(stage.service, MANY.id)
    assert balance.held == 0
    assert balance.used_this_month == sum(run.credits for run in runs) > 0
    moved = (await list_transactions(stage.service, MANY.id, limit=500)).items
    settled = [each.movement.run_id for each in moved if each.movement.kind is TransactionKind.SETTLE]
    assert sorted(settled) == sorted(run.id for run in runs)
    assert (await audit(stage.service)).is_clean
