"""What is past its time goes, a little at a time, and nothing else does: on both databases."""

from __future__ import annotations

import dataclasses
import datetime as dt

import msgspec
import pytest
from sqlalchemy import func, select, update
from store_support import ManualClock, ScriptedAgent, executor_of, until

from domain.bulk import TargetOptions
from domain.errors import NotFound
from domain.events import EventType
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus
from domain.webhooks import DeliveryStatus
from services import retention
from services.blobs import sweep_blobs
from services.bulk import cancel_bulk_job, create_bulk_job, get_bulk_job
from services.events import all_events, follow
from services.keys import OWNER_ACCOUNT
from services.records import list_records
from services.retention import Janitor
from services.runs import extend_run, get_run, submit_run
from services.service import Keep, Service
from store.models import BlobRow, BulkTaskRow, DeliveryRow
from workers.background import running
from workers.scheduler import Scheduler

DAY_S = 24 * 3600
GOAL = GoalRequest(goal="things")
FOR_EVER = Keep(runs=None, previews=None, events=None, deliveries=None, bulk_jobs=None)


def keeping(service: Service, **days: int) -> Service:
    """The service with these kept for so many days, and all else for ever."""
    kept = dataclasses.replace(FOR_EVER, **{name: dt.timedelta(days=number) for name, number in days.items()})
    return dataclasses.replace(service, limits=dataclasses.replace(service.limits, keep=kept))


async def tidied(service: Service) -> int:
    """As many turns as there is something to do in; how many."""
    janitor, turns = Janitor(service), 1
    while await janitor.turn():
        turns += 1
        assert turns < 100
    return turns


async def ran(service: Service, request: GoalRequest = GOAL) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, request)
    return await executor_of(service, ScriptedAgent(2)).execute(OWNER_ACCOUNT, run.id)


async def is_there(service: Service, run: Run) -> bool:
    try:
        await get_run(service, OWNER_ACCOUNT, run.id)
    except NotFound:
        return False
    return True


async def count(service: Service, model: type) -> int:
    async with service.database.reader.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(model))).scalar_one()


async def test_a_run_past_its_time_goes_with_its_pages_and_one_that_goes_on_stays(service: Service, clock: ManualClock):
    service = keeping(service, runs=10)
    old, going = await ran(service), await submit_run(service, OWNER_ACCOUNT, GOAL)
    clock.advance(11 * DAY_S)
    young = await ran(service)
    await tidied(service)
    assert [await is_there(service, run) for run in (old, going, young)] == [False, True, True]
    await sweep_blobs(service)
    left = await count(service, BlobRow)
    for _ in range(2):  # deleted blobs are known for a day longer
        clock.advance(11 * DAY_S)
        await tidied(service)
        await sweep_blobs(service)
    assert (left > 0, await count(service, BlobRow)) == (True, 0)
    assert not await is_there(service, young)


async def test_previews_go_sooner_than_runs(service: Service, clock: ManualClock):
    service = keeping(service, previews=7)
    run, preview = await ran(service), await ran(service, msgspec.structs.replace(GOAL, preview=True))
    clock.advance(6 * DAY_S)
    await tidied(service)
    assert await is_there(service, preview)
    clock.advance(2 * DAY_S)
    await tidied(service)
    assert [await is_there(service, each) for each in (run, preview)] == [True, False]


async def test_what_a_run_told_as_it_went_goes_and_its_end_and_its_records_stay(service: Service, clock: ManualClock):
    service = keeping(service, events=90)
    run = await ran(service)
    before = [event.type for event in await all_events(service, OWNER_ACCOUNT, run.id)]
    assert {EventType.SOURCE_READ, EventType.RECORDS_FOUND} <= set(before)
    clock.advance(89 * DAY_S)
    await tidied(service)
    assert [event.type for event in await all_events(service, OWNER_ACCOUNT, run.id)] == before
    clock.advance(2 * DAY_S)
    await tidied(service)
    left = [event.type async for event in follow(service, OWNER_ACCOUNT, run.id)]
    assert left == [EventType.QUEUED, EventType.STARTED, EventType.PLANNED, EventType.ENDED]
    assert len((await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items) == run.records_found

    await extend_run(service, OWNER_ACCOUNT, run.id, max_results=20)
    again = await executor_of(service, ScriptedAgent(2)).execute(OWNER_ACCOUNT, run.id)
    assert (again.status, again.records_found) == (RunStatus.COMPLETED, run.records_found)


async def test_deliveries_that_came_to_their_end_go_and_those_on_their_way_stay(service: Service, clock: ManualClock):
    service = keeping(service, deliveries=30)
    hooked = msgspec.structs.replace(GOAL, webhook_url="https://hooks.example/")
    runs = [await ran(service, hooked) for _ in range(3)]
    for run, status in zip(runs, (DeliveryStatus.DELIVERED, DeliveryStatus.DEAD), strict=False):
        async with service.database.writer.begin() as connection:
            ended = update(DeliveryRow).where(DeliveryRow.run_id == run.id)
            await connection.execute(ended.values(status=status.value, finished_at=clock.now()))
    clock.advance(29 * DAY_S)
    await tidied(service)
    assert await count(service, DeliveryRow) == 3
    clock.advance(2 * DAY_S)
    await tidied(service)
    async with service.database.reader.connect() as connection:
        left = (await connection.execute(select(DeliveryRow.run_id, DeliveryRow.status))).all()
    assert [tuple(row) for row in left] == [(runs[2].id, DeliveryStatus.PENDING.value)]


async def test_jobs_of_targets_go_with_what_came_of_them_and_open_ones_stay(service: Service, clock: ManualClock):
    service = keeping(service, bulk_jobs=30)
    made = [await create_bulk_job(service, OWNER_ACCOUNT, ["https://shop.example/"], TargetOptions()) for _ in range(2)]
    (over, [task]), (going, _) = made
    await cancel_bulk_job(service, OWNER_ACCOUNT, over.id)
    stored = await service.blobs.put(OWNER_ACCOUNT, b"what came")
    async with service.database.write() as uow:
        await uow.blobs.use(OWNER_ACCOUNT, [stored.sha256], {stored.sha256: stored.size})
    async with service.database.writer.begin() as connection:
        came = update(BulkTaskRow).where(BulkTaskRow.id == task.id).values(content=stored.sha256)
        await connection.execute(came)
    clock.advance(31 * DAY_S)
    await tidied(service)
    await sweep_blobs(service)
    with pytest.raises(NotFound):
        await get_bulk_job(service, OWNER_ACCOUNT, over.id)
    assert not await service.blobs.has(OWNER_ACCOUNT, stored.sha256)
    assert (await get_bulk_job(service, OWNER_ACCOUNT, going.id)).job.left == 1
    assert await count(service, BulkTaskRow) == 1


async def test_a_turn_takes_a_little_and_turns_go_on_until_all_is_gone(
    service: Service, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retention, "RUNS_AT_ONCE", 2)
    service = keeping(service, previews=7)
    runs = [await ran(service, msgspec.structs.replace(GOAL, preview=True)) for _ in range(5)]
    clock.advance(8 * DAY_S)
    assert await tidied(service) == 3
    assert [await is_there(service, run) for run in runs] == [False] * 5


async def test_kept_for_ever_is_for_ever(service: Service, clock: ManualClock):
    service = keeping(service)
    preview = await ran(service, msgspec.structs.replace(GOAL, preview=True))
    before = await all_events(service, OWNER_ACCOUNT, preview.id)
    clock.advance(10_000 * DAY_S)
    assert await tidied(service) == 1
    assert await all_events(service, OWNER_ACCOUNT, preview.id) == before


async def test_every_scheduler_tidies_by_itself_and_two_do_not_collide(service: Service, clock: ManualClock):
    service = keeping(service, previews=7, events=7, deliveries=7, bulk_jobs=7)
    previews = [await ran(service, msgspec.structs.replace(GOAL, preview=True)) for _ in range(4)]
    clock.advance(8 * DAY_S)

    async def all_gone() -> bool:
        return not any([await is_there(service, preview) for preview in previews])

    async with running(*(Scheduler(service, look_again_s=0.05).keep_ticking() for _ in range(2))):
        await until(all_gone, "the schedulers let go of old previews")
