"""Decisions in the database: whose they are, whom they bear on, and with what they go."""

from __future__ import annotations

from store_support import START

from domain.accounts import Account
from domain.decisions import Decision, DecisionKind
from domain.ids import new_id
from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.pools import create_pool, delete_pool
from services.runs import cancel_run, delete_run, submit_run
from services.service import Service


def decision(name: str) -> Decision:
    return Decision(kind=DecisionKind.SAME, parts=((name,), ("other",)), asked="r1", records=("r1", "r2"))


async def bearing_on(service: Service, run_id: str, pool_id: str = "", account_id: str = OWNER_ACCOUNT) -> list[str]:
    async with service.database.read() as uow:
        found = await uow.decisions(account_id).bearing_on(run_id, pool_id)
    return list(dict.fromkeys(each.parts[0][0] for each in found))


async def test_a_pool_keeps_what_was_decided_in_its_runs_longer_than_they_are_kept(service: Service) -> None:
    pool = await create_pool(service, OWNER_ACCOUNT, name="things")
    first, second, alone = [
        await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things", pool_id=pool_id))
        for pool_id in (pool.id, pool.id, "")
    ]
    async with service.database.write() as uow:
        for name, run in (("early", first), ("late", first), ("lonely", alone)):
            await uow.decisions(OWNER_ACCOUNT).add(run.id, run.request.pool_id, decision(name), START)
    assert await bearing_on(service, first.id, pool.id) == ["early", "late"]
    assert await bearing_on(service, second.id, pool.id) == ["early", "late"]
    assert await bearing_on(service, alone.id) == ["lonely"]
    await cancel_run(service, OWNER_ACCOUNT, first.id)
    await delete_run(service, OWNER_ACCOUNT, first.id)
    assert await bearing_on(service, second.id, pool.id) == ["early", "late"]
    await delete_pool(service, OWNER_ACCOUNT, pool.id)
    assert await bearing_on(service, second.id, pool.id) == []


async def test_nobody_elses_decisions_are_heeded(service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things"))
    stranger = Account(id=new_id(), name="stranger", created_at=START)
    async with service.database.write() as uow:
        await uow.accounts.add(stranger, webhook_secret="whsec_dGVzdHM=")
        await uow.decisions(stranger.id).add(run.id, "", decision("theirs"), START)
    assert await bearing_on(service, run.id) == []
