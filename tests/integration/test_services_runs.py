"""Runs through their use cases, on both databases."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from store_support import (
    OWNER_KEY,
    POLICY,
    ManualClock,
    ScriptedAgent,
    executor_of,
    opened_service,
    source,
)

from agent.state import Ending, TaskResult
from domain.accounts import Account
from domain.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound, Unauthenticated, UnsafeUrl
from domain.events import EventType
from domain.ids import new_id
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from services.events import follow, list_events
from services.health import check_health, count_runs
from services.keys import (
    OWNER_ACCOUNT,
    authenticate,
    checksum,
    create_key,
    ensure_owner,
    list_keys,
    make_token,
    masked,
    revoke_key,
)
from services.pages import get_page, list_pages
from services.queue import LocalDoorbell
from services.records import get_record, list_candidates, list_records
from services.runs import (
    Discarded,
    cancel_run,
    delete_run,
    extend_run,
    get_run,
    list_runs,
    submit_run,
    wait_for_end,
)
from services.service import Service
from services.tasks import list_tasks
from store.blobs import open_blobs
from store.database import open_database

GOAL = GoalRequest(goal="things of the shop")
SOMEBODY_ELSE = "f" * 32


async def finished(service: Service, request: GoalRequest = GOAL, sources: int = 3):
    run = await submit_run(service, OWNER_ACCOUNT, request)
    return await executor_of(service, ScriptedAgent(sources)).execute(OWNER_ACCOUNT, run.id)


async def other_account(service: Service, max_concurrent_runs: int = 10) -> str:
    account = Account(
        id=new_id(), name="other", created_at=service.clock.now(), max_concurrent_runs=max_concurrent_runs
    )
    async with service.database.write() as uow:
        await uow.accounts.add(account, "whsec_" + "a" * 32)
    return account.id


async def test_a_submitted_run_is_queued_with_its_first_event_and_its_ring(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)

    assert (await get_run(service, OWNER_ACCOUNT, run.id)) == run
    assert run.status is RunStatus.QUEUED
    [event] = await list_events(service, OWNER_ACCOUNT, run.id)
    assert (event.sequence, event.type, event.data["goal"]) == (1, EventType.QUEUED, GOAL.goal)
    assert await asyncio.wait_for(service.doorbell.next(), 30) == run.id
    assert (await count_runs(service)).waiting == 1


async def test_a_repeat_under_one_idempotency_key_gives_the_same_run(service: Service):
    first = await submit_run(service, OWNER_ACCOUNT, GOAL, idempotency_key="k1")
    again = await submit_run(service, OWNER_ACCOUNT, GOAL, idempotency_key="k1")
    other = await submit_run(service, OWNER_ACCOUNT, GOAL, idempotency_key="k2")

    assert again.id == first.id != other.id
    assert len((await list_runs(service, OWNER_ACCOUNT, limit=10)).items) == 2


async def test_twenty_posts_at_once_under_one_key_make_one_run(service: Service):
    runs = await asyncio.gather(*(submit_run(service, OWNER_ACCOUNT, GOAL, idempotency_key="k") for _ in range(20)))

    assert len({run.id for run in runs}) == 1
    assert len((await list_runs(service, OWNER_ACCOUNT, limit=100)).items) == 1
    assert (await count_runs(service)).waiting == 1


async def test_another_request_under_a_used_key_is_refused(service: Service):
    await submit_run(service, OWNER_ACCOUNT, GOAL, idempotency_key="k")
    with pytest.raises(IdempotencyMismatch):
        await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="other things"), idempotency_key="k")


async def test_two_accounts_do_not_share_an_idempotency_key(service: Service):
    other = await other_account(service)
    mine = await submit_run(service, OWNER_ACCOUNT, GOAL, idempotency_key="k")
    theirs = await submit_run(service, other, GoalRequest(goal="other things"), idempotency_key="k")
    assert mine.id != theirs.id


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (GoalRequest(), "goal"),
        (GoalRequest(goal="  "), "goal"),
        (GoalRequest(goal="x" * 3000), "goal"),
        (GoalRequest(goal="x", max_results=0), "max_results"),
        (GoalRequest(goal="x", max_results=1001), "max_results"),
        (GoalRequest(goal="x", max_results=1000, min_results=501), "min_results"),
        (GoalRequest(goal="x", max_results=5, min_results=6), "min_results"),
        (GoalRequest(goal="x", output_format="pdf"), "output_format"),
    ],
)
async def test_a_request_that_cannot_be_done_is_refused_by_field(service: Service, request_: GoalRequest, field: str):
    with pytest.raises(InvalidInput) as refused:
        await submit_run(service, OWNER_ACCOUNT, request_)
    assert field in refused.value.fields


@pytest.mark.parametrize("where", ["url", "webhook_url"])
async def test_a_private_address_is_refused_in_every_url_field(service: Service, where: str):
    request = GoalRequest(goal="x", **{where: "http://169.254.169.254/latest"})
    with pytest.raises(UnsafeUrl) as refused:
        await submit_run(service, OWNER_ACCOUNT, request)
    assert where in refused.value.fields
    assert "169.254" not in refused.value.message


async def test_listing_pages_through_all_runs_newest_first(service: Service):
    made = [(await submit_run(service, OWNER_ACCOUNT, GOAL)).id for _ in range(7)]
    await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x", preview=True))

    seen, cursor = [], ""
    while cursor is not None:
        listing = await list_runs(service, OWNER_ACCOUNT, limit=3, cursor=cursor)
        seen += [run.id for run in listing.items]
        cursor = listing.next_cursor
    assert seen == made[::-1]
    queued = await list_runs(service, OWNER_ACCOUNT, limit=10, statuses=[RunStatus.QUEUED])
    assert len(queued.items) == 7
    assert not (await list_runs(service, OWNER_ACCOUNT, limit=10, statuses=[RunStatus.FAILED])).items


@pytest.mark.parametrize("cursor", ["'; drop table runs", "zz", "1" * 31])
async def test_a_made_up_cursor_is_refused(service: Service, cursor: str):
    with pytest.raises(InvalidInput):
        await list_runs(service, OWNER_ACCOUNT, limit=3, cursor=cursor)


async def test_a_finished_run_tells_all_it_did(service: Service):
    run = await finished(service)

    assert run.status is RunStatus.COMPLETED
    assert run.termination_reason is TerminationReason.SOURCES_EXHAUSTED
    assert (run.records_found, run.pages_total, run.pages_completed) == (4, 3, 3)
    assert (run.sources_total, run.sources_completed, run.progress) == (3, 3, 100)
    assert (run.spend.pages, run.spend.searches, run.spend.model_calls) == (3, 1, 1)
    assert run.plan is not None
    assert run.completed_at is not None
    events = await list_events(service, OWNER_ACCOUNT, run.id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.type.value for event in events] == [
        "run.queued",
        "run.started",
        "plan.ready",
        "sources.found",
        *["source.read", "records.found"] * 3,
        "run.ended",
    ]
    assert len(await list_tasks(service, OWNER_ACCOUNT, run.id)) == 3
    assert len(await list_candidates(service, OWNER_ACCOUNT, run.id)) == 6


async def test_records_page_in_the_runs_order(service: Service):
    run = await finished(service, sources=6)
    seen, cursor = [], ""
    while cursor is not None:
        listing = await list_records(service, OWNER_ACCOUNT, run.id, limit=3, cursor=cursor)
        seen += [record.id for record in listing.items]
        cursor = listing.next_cursor
    assert seen == [f"r{number}" for number in range(7)]
    assert (await get_record(service, OWNER_ACCOUNT, run.id, "r2")).values() == {"name": "thing 2"}


async def test_an_archived_page_comes_back_byte_for_byte(service: Service):
    run = await finished(service, sources=1)
    [listed] = (await list_pages(service, OWNER_ACCOUNT, run.id, limit=10)).items
    page = await get_page(service, OWNER_ACCOUNT, listed.id)
    assert page.html == f"<p>{page.url}</p>"
    assert page.text == page.url
    assert (listed.html, listed.snapshot != page.snapshot) == ("", True)


async def test_another_account_sees_nothing_and_can_do_nothing(service: Service):
    run = await finished(service)
    other = await other_account(service)
    [page] = (await list_pages(service, OWNER_ACCOUNT, run.id, limit=1)).items
    tries = [
        get_run(service, other, run.id),
        list_records(service, other, run.id, limit=10),
        get_record(service, other, run.id, "r1"),
        list_candidates(service, other, run.id),
        list_events(service, other, run.id),
        list_tasks(service, other, run.id),
        list_pages(service, other, run.id, limit=10),
        get_page(service, other, page.id),
        cancel_run(service, other, run.id),
        delete_run(service, other, run.id),
        extend_run(service, other, run.id, max_results=50),
        wait_for_end(service, other, run.id, 1),
    ]
    for attempt in tries:
        with pytest.raises(NotFound):
            await attempt
    assert (await list_runs(service, other, limit=10)).items == ()
    assert await get_run(service, OWNER_ACCOUNT, run.id) == run


async def test_a_queued_run_is_cancelled_at_once(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    run = await cancel_run(service, OWNER_ACCOUNT, run.id)

    assert (run.status, run.termination_reason) == (RunStatus.CANCELLED, TerminationReason.CANCELLED)
    assert (await list_events(service, OWNER_ACCOUNT, run.id))[-1].type is EventType.ENDED
    assert (await count_runs(service)).waiting == 0
    with pytest.raises(Conflict):
        await cancel_run(service, OWNER_ACCOUNT, run.id)


async def test_deleting_a_run_takes_its_rows_and_blobs_but_not_those_another_run_uses(service: Service, tmp_path):
    run = await finished(service, sources=2)
    [page, _] = (await list_pages(service, OWNER_ACCOUNT, run.id, limit=10)).items
    shared = await get_page(service, OWNER_ACCOUNT, page.id)
    sharer = await submit_run(service, OWNER_ACCOUNT, GOAL)

    async def read_the_same(state, tools, journal):
        task = source(state.run_id, 0)
        await journal.sources_found((task,), (), state.spend)
        await journal.task_done(TaskResult(task=task, page=msgspec.structs.replace(shared, id=new_id())))
        return Ending(reason=TerminationReason.NOTHING_FOUND)

    await executor_of(service, read_the_same).execute(OWNER_ACCOUNT, sharer.id)
    blobs = {path.stem for path in (tmp_path / "blobs").rglob("*.zst")}

    assert await delete_run(service, OWNER_ACCOUNT, run.id) is Discarded.DELETED

    with pytest.raises(NotFound):
        await get_run(service, OWNER_ACCOUNT, run.id)
    left = {path.stem for path in (tmp_path / "blobs").rglob("*.zst")}
    assert (len(blobs), len(left)) == (4, 2)
    [kept] = (await list_pages(service, OWNER_ACCOUNT, sharer.id, limit=10)).items
    assert (await get_page(service, OWNER_ACCOUNT, kept.id)).html == shared.html
    await delete_run(service, OWNER_ACCOUNT, sharer.id)
    assert not list((tmp_path / "blobs").rglob("*.zst"))


async def test_deleting_an_active_run_cancels_it(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    assert await delete_run(service, OWNER_ACCOUNT, run.id) is Discarded.CANCELLED
    assert await delete_run(service, OWNER_ACCOUNT, run.id) is Discarded.DELETED


async def test_an_extended_run_goes_on_from_what_it_has(service: Service):
    run = await finished(service, GoalRequest(goal="x", max_results=4))
    extended = await extend_run(service, OWNER_ACCOUNT, run.id, max_results=20, min_results=8)
    assert (extended.status, extended.request.max_results, extended.records_found) == (RunStatus.QUEUED, 20, 4)

    agent = ScriptedAgent()
    again = await executor_of(service, agent).execute(OWNER_ACCOUNT, run.id)

    assert len(agent.states[0].candidates) == 3
    assert agent.states[0].request.wanted == 8
    assert (again.status, again.records_found) == (RunStatus.PARTIAL, 4)
    events = await list_events(service, OWNER_ACCOUNT, run.id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.type for event in events].count(EventType.ENDED) == 2
    assert EventType.RETRIED not in {event.type for event in events}
    # Two ends are followed through: the stream stops at the last one.
    assert [event.sequence async for event in follow(service, OWNER_ACCOUNT, run.id)] == [e.sequence for e in events]


async def test_a_run_that_is_active_or_cancelled_or_not_asked_for_more_is_not_extended(service: Service):
    active = await submit_run(service, OWNER_ACCOUNT, GOAL)
    with pytest.raises(Conflict):
        await extend_run(service, OWNER_ACCOUNT, active.id, max_results=50)
    await cancel_run(service, OWNER_ACCOUNT, active.id)
    with pytest.raises(Conflict):
        await extend_run(service, OWNER_ACCOUNT, active.id, max_results=50)
    over = await finished(service)
    with pytest.raises(InvalidInput):
        await extend_run(service, OWNER_ACCOUNT, over.id, max_results=5)


async def test_a_follower_gets_each_event_once_while_the_run_goes(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)

    async def seen():
        return [event.sequence async for event in follow(service, OWNER_ACCOUNT, run.id, after=2)]

    following = asyncio.create_task(seen())
    await executor_of(service, ScriptedAgent(20)).execute(OWNER_ACCOUNT, run.id)
    sequences = await asyncio.wait_for(following, 30)
    last = (await list_events(service, OWNER_ACCOUNT, run.id))[-1]
    assert sequences == list(range(3, last.sequence + 1))


async def test_waiting_ends_with_the_run_or_the_deadline(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    assert (await wait_for_end(service, OWNER_ACCOUNT, run.id, 0.05)).status is RunStatus.QUEUED
    waiting = asyncio.create_task(wait_for_end(service, OWNER_ACCOUNT, run.id, 10))
    await executor_of(service, ScriptedAgent()).execute(OWNER_ACCOUNT, run.id)
    assert (await asyncio.wait_for(waiting, 30)).status is RunStatus.COMPLETED


async def test_the_owner_key_opens_and_a_new_one_in_its_place_closes_the_old(service: Service):
    assert (await authenticate(service, OWNER_KEY)).account.id == OWNER_ACCOUNT
    assert await ensure_owner(service, OWNER_KEY) is None  # at the next start
    assert (await authenticate(service, OWNER_KEY)).key.scopes == ()

    await ensure_owner(service, "another-owner-key-for-tests")
    await authenticate(service, "another-owner-key-for-tests")
    with pytest.raises(Unauthenticated):
        await authenticate(service, OWNER_KEY)


async def test_processes_that_start_at_once_make_one_owner_and_show_one_key(database_url: str, tmp_path):
    async def start() -> str | None:
        async with open_database(database_url) as database:
            service = Service(
                database=database,
                blobs=open_blobs(str(tmp_path)),
                doorbell=LocalDoorbell(),
                policy=POLICY,
                clock=ManualClock(),
            )
            return await ensure_owner(service, None)

    shown = [token for token in await asyncio.gather(*(start() for _ in range(4))) if token]
    assert len(shown) == 1
    async with opened_service(database_url, tmp_path) as service:
        assert (await authenticate(service, shown[0])).account.id == OWNER_ACCOUNT


async def test_a_key_is_shown_once_kept_as_a_hash_and_gone_when_revoked(service: Service):
    made = await create_key(service, OWNER_ACCOUNT, name="Production")
    listed = (await list_keys(service, OWNER_ACCOUNT, limit=10)).items
    assert (await authenticate(service, made.token)).key == made.key
    assert made.key in listed
    assert all(made.token[8:-4] not in str(key) for key in listed)

    await revoke_key(service, OWNER_ACCOUNT, made.key.id)
    with pytest.raises(Unauthenticated):
        await authenticate(service, made.token)
    with pytest.raises(NotFound):
        await revoke_key(service, OWNER_ACCOUNT, made.key.id)
    with pytest.raises(NotFound):
        await revoke_key(service, await other_account(service), listed[0].id)


@pytest.mark.parametrize("token", ["", "x", "sk_live_" + "a" * 36, "\ud800" * 20, "a" * 10_000])
async def test_an_unknown_key_is_refused(service: Service, token: str):
    with pytest.raises(Unauthenticated):
        await authenticate(service, token)


def test_a_made_key_has_its_form_and_its_check():
    token = make_token()
    assert len(token) == len("sk_live_") + 36
    assert checksum(token[:-6]) == token[-6:]
    assert masked(token) == f"sk_live_xxxx_{token[-4:]}"
    assert masked("an-owner-key-for-tests") == "xxxx_ests"


async def test_health_names_what_is_missing(service: Service):
    checks = {check.name: check for check in await check_health(service)}
    assert checks["database"].ok
    assert checks["archive"].ok
    assert checks["queue"].ok
    assert not checks["workers"].ok
    await executor_of(service, ScriptedAgent()).beat()
    assert {check.name: check.ok for check in await check_health(service)}["workers"]
