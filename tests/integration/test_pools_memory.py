"""What runs do to their pool, on both databases."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest
from pool_support import SHOP, Shop, records_of, run_in_pool, told
from store_support import ManualClock, executor_of, opened_service, value

from domain.errors import NotFound, StorageUnavailable
from domain.events import EventType, WarningKind
from domain.evidence import Evidence, Method, Verdict
from domain.pages import FetchOutcome
from domain.pools import ChangeType, Pool
from domain.records import Conflict
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from domain.tasks import TaskStatus
from services.events import list_events
from services.keys import OWNER_ACCOUNT
from services.pool_listing import list_pool_records
from services.pools import create_pool, delete_pool, get_pool, get_pool_record, list_changes
from services.runs import cancel_run, extend_run, get_run, submit_run
from services.service import Service
from workers.journal import RunJournal

KETTLE = {"name": "Copper kettle", "price": 25.0, "page": "https://shop.example/p/1"}
MUG = {"name": "Blue mug", "price": 8.5, "page": "https://shop.example/p/2"}
POT = {"name": "Tea pot", "price": 30.0, "page": "https://shop.example/p/3"}


@pytest.fixture
async def pool(service: Service) -> Pool:
    return await create_pool(service, OWNER_ACCOUNT, name="kettles")


async def changes_of(service: Service, pool: Pool, since: int = 0) -> list[tuple[Any, ...]]:
    found = await list_changes(service, OWNER_ACCOUNT, pool.id, since=str(since), limit=500)
    return [
        (each.type.value, each.field, each.old, each.new.value if each.new else None)
        if each.field
        else (each.type.value, each.values["name"].value)
        for each in found.items
    ]


async def names_in(service: Service, pool: Pool, **how: Any) -> list[str]:
    page = await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=500, **how)
    return [str(record.plain()["name"]) for record in page.items]


async def test_the_first_run_adds_what_it_found_and_says_so_before_its_end(service: Service, pool: Pool):
    run = await run_in_pool(service, pool.id, [KETTLE, MUG])

    assert await changes_of(service, pool) == [("added", "Copper kettle"), ("added", "Blue mug")]
    events = await list_events(service, OWNER_ACCOUNT, run.id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    told_of, end = events[-2:]
    assert (told_of.type, end.type) == (EventType.POOL_UPDATED, EventType.ENDED)
    assert told_of.data == {"pool_id": f"pool_{pool.id}", "added": 2, "changed": 0, "removed": 0}
    kept = await get_pool(service, OWNER_ACCOUNT, pool.id)
    assert (kept.records, kept.last_change, kept.fields) == (2, 2, ("name", "price"))


async def test_what_is_told_before_the_end_is_not_later_than_the_end(
    service: Service, pool: Pool, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    stands = clock.now

    def ticks() -> dt.datetime:
        clock.advance(0.001)
        return stands()

    monkeypatch.setattr(clock, "now", ticks)
    run = await run_in_pool(service, pool.id, [KETTLE])
    times = [event.at for event in await list_events(service, OWNER_ACCOUNT, run.id)]
    assert times == sorted(times)


async def test_a_second_run_tells_what_changed_and_nothing_else(service: Service, pool: Pool, clock: ManualClock):
    first = await run_in_pool(service, pool.id, [KETTLE, MUG])
    clock.advance(3600)
    second = await run_in_pool(service, pool.id, [MUG, KETTLE | {"price": 19.99}, POT])

    assert await changes_of(service, pool, since=2) == [("changed", "price", 25.0, 19.99), ("added", "Tea pot")]
    [of_kettle] = [one for one in (await records(service, pool)) if one.plain()["name"] == "Copper kettle"]
    assert of_kettle.last_seen == clock.now() > of_kettle.first_seen
    assert of_kettle.values["price"].since == clock.now()
    assert of_kettle.values["name"].since == of_kettle.first_seen
    assert {one.run_id for one in of_kettle.values.values()} == {second.id}
    history = await list_changes(service, OWNER_ACCOUNT, pool.id, limit=10, record_id=of_kettle.id)
    assert [(one.type, one.run_id) for one in history.items] == [
        (ChangeType.ADDED, first.id),
        (ChangeType.CHANGED, second.id),
    ]
    assert history.items[1].evidence[0].url == "https://shop.example/"


async def records(service: Service, pool: Pool):
    return (await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=500)).items


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"price": 25.0}, {"price": 25}),
        ({"note": "In  stock “now”"}, {"note": 'in stock "now"'}),
        ({"tags": ["a", "b"]}, {"tags": ["B", "a"]}),
        ({"note": "A Light in the Attic"}, {"note": "A Light in the ..."}),
        ({"image": "https://www.shop.example/a.png"}, {"image": "http://shop.example/a.png"}),
        ({"date": "2026-11-21T19:00:00"}, {"date": "2026-11-21"}),
        ({"price": 25.0}, {}),
        ({"price": 25.0}, {"price": msgspec.structs.replace(value(1.0), verdict=Verdict.UNSUPPORTED)}),
    ],
)
async def test_other_words_for_the_same_thing_are_no_change(service: Service, pool: Pool, before: dict, after: dict):
    base = {"name": "Copper kettle", "page": KETTLE["page"]}
    await run_in_pool(service, pool.id, [base | before])
    await run_in_pool(service, pool.id, [base | after])
    await run_in_pool(service, pool.id, [base | before])

    assert await changes_of(service, pool) == [("added", "Copper kettle")]
    [kept] = await records(service, pool)
    assert {name: kept.plain()[name] for name in before} == before


async def test_a_currency_is_part_of_a_price(service: Service, pool: Pool):
    dollars, euros = (msgspec.structs.replace(value(25.0), unit=unit) for unit in ("USD", "EUR"))
    await run_in_pool(service, pool.id, [KETTLE | {"price": dollars}])
    await run_in_pool(service, pool.id, [KETTLE | {"price": euros}])
    assert await changes_of(service, pool, since=1) == [("changed", "price", 25.0, 25.0)]


async def test_another_source_that_is_believed_this_time_is_no_change(service: Service, pool: Pool):
    def said_by(url: str) -> tuple[Evidence, ...]:
        return (Evidence(page_id="0" * 32, url=url, snapshot="0" * 64, method=Method.TABLE, verdict=Verdict.SUPPORTED),)

    ours, theirs = said_by("https://a.example/"), said_by("https://b.example/")
    first = msgspec.structs.replace(value(10), evidence=ours, conflicts=(Conflict(value=12, evidence=theirs),))
    flipped = msgspec.structs.replace(value(12), evidence=theirs, conflicts=(Conflict(value=10, evidence=ours),))
    changed = msgspec.structs.replace(value(12), evidence=(*ours, *theirs))
    for price in (first, flipped, changed):
        await run_in_pool(service, pool.id, [KETTLE | {"price": price}])
    assert await changes_of(service, pool, since=1) == [("changed", "price", 10, 12)]


async def test_a_record_is_removed_by_the_second_run_whose_source_answers_without_it(service: Service, pool: Pool):
    await run_in_pool(service, pool.id, [KETTLE, MUG])
    await run_in_pool(service, pool.id, [MUG])
    assert await changes_of(service, pool, since=2) == []
    assert await names_in(service, pool) == ["Copper kettle", "Blue mug"]

    await run_in_pool(service, pool.id, [MUG])
    assert await changes_of(service, pool, since=2) == [("removed", "Copper kettle")]
    assert await names_in(service, pool) == ["Blue mug"]
    assert await names_in(service, pool, sort="price") == ["Blue mug"]
    assert await names_in(service, pool, removed=True) == ["Copper kettle"]
    assert (await get_pool(service, OWNER_ACCOUNT, pool.id)).records == 1


async def test_one_run_that_sees_it_in_between_begins_the_count_anew(service: Service, pool: Pool):
    for rows in ([KETTLE, MUG], [MUG], [KETTLE, MUG], [MUG]):
        await run_in_pool(service, pool.id, rows)
    assert len(await records(service, pool)) == 2


@pytest.mark.parametrize(
    "how",
    [
        {"rows": [], "status": TaskStatus.FAILED, "reason": TerminationReason.SOURCES_FAILED},
        {"rows": [], "reason": TerminationReason.NOTHING_FOUND, "status": TaskStatus.FAILED},
        {"rows": [], "reason": TerminationReason.NOTHING_FOUND, "outcome": FetchOutcome.BLOCKED},
        {
            "rows": [],
            "reason": TerminationReason.NOTHING_FOUND,
            "status": TaskStatus.FAILED,
            "outcome": FetchOutcome.OK,
        },
        {"rows": [], "reason": TerminationReason.NOTHING_FOUND, "next_page": TaskStatus.FAILED},
        {"rows": [], "reason": TerminationReason.NOTHING_FOUND, "warning": WarningKind.MODEL_UNAVAILABLE},
        {"rows": [], "reason": TerminationReason.DEADLINE},
        {"rows": [], "reason": TerminationReason.INTERNAL_ERROR},
        {"rows": [MUG], "status": TaskStatus.FAILED},
        {"rows": [MUG], "reason": TerminationReason.STEP_FAILED},
        {"rows": [MUG], "next_page": TaskStatus.FAILED},
        {"rows": [MUG], "next_page": TaskStatus.PENDING, "reason": TerminationReason.MAX_RESULTS},
        {"rows": [MUG], "source": "https://other.example/list"},
        {"rows": [MUG], "also_listed": [KETTLE], "reason": TerminationReason.MAX_RESULTS},
    ],
    ids=[
        "the source is down",
        "nothing was fetched",
        "the page was a challenge",
        "the page was fetched, and no reader could read it",
        "a later page failed, and nothing was found",
        "a page told nothing to rules alone, the model being down",
        "time ran out",
        "the fault was ours",
        "the page could not be read",
        "a step failed",
        "a later page failed",
        "a later page was not read",
        "only another source was read",
        "the page tells it beyond what was asked",
    ],
)
async def test_what_was_not_looked_at_is_never_removed(service: Service, pool: Pool, how: dict[str, Any]):
    await run_in_pool(service, pool.id, [KETTLE, MUG])
    for _ in range(3):
        await run_in_pool(service, pool.id, how["rows"], **{key: one for key, one in how.items() if key != "rows"})
    assert ("removed", "Copper kettle") not in await changes_of(service, pool)
    assert "Copper kettle" in await names_in(service, pool)


@pytest.mark.parametrize("reason", [TerminationReason.NOTHING_FOUND, TerminationReason.SOURCES_EXHAUSTED])
async def test_a_list_that_sold_out_loses_its_last_records_too(service: Service, pool: Pool, reason: TerminationReason):
    await run_in_pool(service, pool.id, [KETTLE, MUG])
    first = await run_in_pool(service, pool.id, [], reason=reason)
    assert first.status is RunStatus.FAILED  # without a record, and yet its source answered
    assert len(await records(service, pool)) == 2

    await run_in_pool(service, pool.id, [], reason=reason, next_page=TaskStatus.DONE)
    assert sorted(await changes_of(service, pool, since=2)) == [("removed", "Blue mug"), ("removed", "Copper kettle")]
    assert await names_in(service, pool) == []
    assert (await get_pool(service, OWNER_ACCOUNT, pool.id)).records == 0


async def test_a_full_run_whose_page_lost_the_record_does_remove_it(service: Service, pool: Pool):
    await run_in_pool(service, pool.id, [KETTLE, MUG])
    for _ in range(2):
        await run_in_pool(service, pool.id, [MUG], also_listed=[POT], reason=TerminationReason.MAX_RESULTS)
    assert ("removed", "Copper kettle") in await changes_of(service, pool)


async def test_a_record_that_comes_back_is_added_again_and_keeps_its_past(
    service: Service, pool: Pool, clock: ManualClock
):
    await run_in_pool(service, pool.id, [KETTLE, MUG])
    [before] = [one for one in await records(service, pool) if one.plain()["name"] == "Copper kettle"]
    for _ in range(2):
        await run_in_pool(service, pool.id, [MUG])
    clock.advance(60)
    await run_in_pool(service, pool.id, [MUG, KETTLE | {"price": 22.0}])

    again = await get_pool_record(service, OWNER_ACCOUNT, pool.id, before.id)
    assert (again.present, again.first_seen, again.plain()["price"]) == (True, before.first_seen, 22.0)
    history = await list_changes(service, OWNER_ACCOUNT, pool.id, limit=10, record_id=before.id)
    assert [one.type.value for one in history.items] == ["added", "removed", "added"]
    assert await names_in(service, pool, sort="price") == ["Blue mug", "Copper kettle"]


async def test_two_runs_that_end_at_once_take_turns_and_add_once(service: Service, pool: Pool, database_url, tmp_path):
    """Each in a database client of its own, as two worker processes are."""
    rows = [{"name": f"thing {number}", "page": f"https://shop.example/p/{number}"} for number in range(60)]
    async with opened_service(database_url, tmp_path / "other") as other:
        ended = await asyncio.gather(
            *(
                run_in_pool(one, pool.id, part, source=source)
                for one, part, source in ((service, rows[:40], f"{SHOP}/a"), (other, rows[20:], f"{SHOP}/b"))
                for _ in range(2)
            )
        )
    assert {run.status for run in ended} == {RunStatus.COMPLETED}
    found = await changes_of(service, pool)
    assert sorted(found) == sorted(("added", row["name"]) for row in rows)
    assert (await get_pool(service, OWNER_ACCOUNT, pool.id)).records == 60


async def test_an_ending_that_is_written_twice_is_taken_in_once(
    service: Service, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    """The reply to the write is lost: the worker tries again, and its write is recognised."""
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(url=SHOP, pool_id=pool.id, max_results=1000))
    shop = Shop([KETTLE, MUG])
    lost: list[int] = []
    whole = RunJournal._write_once

    async def loses_the_reply(self, values, events, also):
        changed = await whole(self, values, events, also)
        if "completed_at" in values and not lost:
            lost.append(1)
            raise StorageUnavailable
        return changed

    monkeypatch.setattr(RunJournal, "_write_once", loses_the_reply)
    await executor_of(service, shop).execute(OWNER_ACCOUNT, run.id)
    assert lost
    assert await changes_of(service, pool) == [("added", "Copper kettle"), ("added", "Blue mug")]
    events = await list_events(service, OWNER_ACCOUNT, run.id)
    assert [event.type for event in events].count(EventType.POOL_UPDATED) == 1


async def test_a_run_that_is_extended_counts_as_one_run(service: Service, pool: Pool):
    await run_in_pool(service, pool.id, [KETTLE, MUG])
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(url=SHOP, pool_id=pool.id, max_results=1))
    await executor_of(service, Shop([MUG])).execute(OWNER_ACCOUNT, run.id)
    await extend_run(service, OWNER_ACCOUNT, run.id, max_results=5)
    await executor_of(service, Shop([MUG])).execute(OWNER_ACCOUNT, run.id)
    assert await names_in(service, pool) == ["Copper kettle", "Blue mug"]


async def test_a_cancelled_run_keeps_what_it_found_and_removes_nothing(service: Service, pool: Pool):
    await run_in_pool(service, pool.id, [KETTLE])
    for _ in range(2):
        run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(url=SHOP, pool_id=pool.id))
        await cancel_run(service, OWNER_ACCOUNT, run.id)
        assert (await get_run(service, OWNER_ACCOUNT, run.id)).status is RunStatus.CANCELLED
    assert await names_in(service, pool) == ["Copper kettle"]


async def test_rows_with_nothing_but_numbers_stay_in_their_places(service: Service, pool: Pool):
    await run_in_pool(service, pool.id, [{"price": 1.0, "name": "Tea"}, {"price": 2.0, "name": "Tea"}])
    await run_in_pool(service, pool.id, [{"price": 1.0, "name": "Tea"}, {"price": 3.0, "name": "Tea"}])
    assert await changes_of(service, pool, since=2) == [("changed", "price", 2.0, 3.0)]


async def test_a_run_of_a_pool_that_is_gone_ends_as_if_it_had_none(service: Service, pool: Pool):
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(url=SHOP, pool_id=pool.id, max_results=1000))
    await delete_pool(service, OWNER_ACCOUNT, pool.id)
    done = await executor_of(service, Shop([KETTLE])).execute(OWNER_ACCOUNT, run.id)
    assert done.status is RunStatus.COMPLETED
    with pytest.raises(NotFound):
        await get_pool(service, OWNER_ACCOUNT, pool.id)


async def test_a_thousand_records_are_taken_in_at_once(service: Service, pool: Pool):
    rows = [{"name": f"thing {number}", "price": number / 10} for number in range(1000)]
    await run_in_pool(service, pool.id, rows)
    await run_in_pool(service, pool.id, [row | {"price": row["price"] + 1} for row in rows])
    kept = await get_pool(service, OWNER_ACCOUNT, pool.id)
    assert (kept.records, kept.last_change) == (1000, 2000)


def test_the_support_tells_records_as_a_list_page_does():
    [record] = records_of([KETTLE])
    assert record.detail_url == KETTLE["page"]
    assert set(record.fields) == set(told(name=1, price=2))
