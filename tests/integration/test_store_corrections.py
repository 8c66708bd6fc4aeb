"""Corrections in the database: whose they are, what of them is still to be learned, and that they go with their run."""

from __future__ import annotations

import msgspec
from store_support import START, value

from domain.accounts import Account
from domain.corrections import Correction, LessonState
from domain.ids import new_id
from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import cancel_run, delete_run, submit_run
from services.service import Service

SITE = "shop.example"


def correction(run_id: str, said: str, record_id: str = "r1") -> Correction:
    return Correction(
        run_id=run_id,
        record_id=record_id,
        field="name",
        found=value(said),
        lesson=LessonState.DUE,
        page_id=new_id(),
        site=SITE,
    )


async def put(service: Service, account_id: str, *corrections: Correction) -> None:
    async with service.database.write() as uow:
        await uow.corrections(account_id).put(corrections, START)


async def due(service: Service, account_id: str = OWNER_ACCOUNT, limit: int = 10) -> list[object]:
    async with service.database.read() as uow:
        return [each.found.value for each in await uow.corrections(account_id).due(SITE, limit)]


async def test_a_later_correction_takes_the_place_of_the_earlier_and_is_due_again(service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things"))
    first = correction(run.id, "nul \x00 and half \ud800")
    await put(service, OWNER_ACCOUNT, first, correction(run.id, "other", "r2"))
    assert len(await due(service)) == 2
    assert len(await due(service, limit=1)) == 1
    async with service.database.read() as uow:
        (learned, other) = await uow.corrections(OWNER_ACCOUNT).due(SITE, 10)
    await put(service, OWNER_ACCOUNT, correction(run.id, "newer"))
    async with service.database.write() as uow:  # who learned from the earlier one tells so too late
        await uow.corrections(OWNER_ACCOUNT).taught([learned, other], LessonState.LEARNED)
    assert await due(service) == ["newer"]
    async with service.database.read() as uow:
        kept = await uow.corrections(OWNER_ACCOUNT).of_run(run.id)
    assert {id_: fields["name"].value for id_, fields in kept.items()} == {"r1": "newer", "r2": "other"}


async def test_corrections_are_their_accounts_and_go_with_their_run(service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things"))
    await put(service, OWNER_ACCOUNT, correction(run.id, "mine"))
    stranger = Account(id=new_id(), name="stranger", created_at=START)
    async with service.database.write() as uow:
        await uow.accounts.add(stranger, webhook_secret="whsec_dGVzdHM=")
    forged = msgspec.structs.replace(correction(run.id, "theirs"))
    await put(service, stranger.id, forged)  # the same run and record: nothing of the owner's changes
    assert (await due(service), await due(service, stranger.id)) == (["mine"], [])
    await cancel_run(service, OWNER_ACCOUNT, run.id)
    await delete_run(service, OWNER_ACCOUNT, run.id)
    assert await due(service) == []
