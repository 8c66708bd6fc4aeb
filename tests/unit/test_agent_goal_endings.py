"""When a goal run stops, and what it says of its end, its failures and what it left out."""

import asyncio

import pytest
from agent_doubles import (
    GoalRequest,
    InMemoryFetcher,
    InMemoryJournal,
    InMemorySearch,
    SteppedClock,
    listing,
    read_json,
    state,
    tools,
)
from goal_support import SHOP, kinds, plan, run, shop, things

from agent.goal import pursue
from domain.budgets import Budget
from domain.errors import LeaseLost
from domain.events import WarningKind
from domain.pages import FetchOutcome
from domain.plans import Comparison, Condition
from domain.runs import TerminationReason as Reason
from domain.tasks import TaskStatus

pytestmark = pytest.mark.usefixtures("pages_say_what_is_read")


async def test_a_search_that_finds_no_page_says_so():
    ending, _ = await run(GoalRequest(goal="t", plan=plan("q")), InMemoryFetcher({}), InMemorySearch())
    assert ending.reason is Reason.NO_SOURCES


async def test_pages_that_hold_no_such_thing_are_not_failures():
    fetcher = InMemoryFetcher({"http://a.test/": listing()})
    ending, _ = await run(GoalRequest(goal="t", plan=plan("q")), fetcher, InMemorySearch({"q": ["http://a.test/"]}))
    assert ending.reason is Reason.NOTHING_FOUND


async def test_pages_that_cannot_be_read_are_each_told_with_why():
    fetcher = InMemoryFetcher({"http://a.test/": FetchOutcome.BLOCKED, "http://b.test/": FetchOutcome.ROBOTS_DENIED})
    search = InMemorySearch({"q": ["http://a.test/", "http://b.test/"]})
    ending, journal = await run(GoalRequest(goal="t", plan=plan("q")), fetcher, search)
    assert ending.reason is Reason.SOURCES_FAILED
    assert {task.outcome for task in journal.tasks.values()} == {FetchOutcome.BLOCKED, FetchOutcome.ROBOTS_DENIED}
    assert kinds(journal) == [WarningKind.PAGE_BLOCKED]
    assert journal.spend.pages == 1  # what robots deny is not fetched


@pytest.mark.parametrize("search", [InMemorySearch(down=True), None])
async def test_a_run_without_any_search_provider_says_so(search):
    ending, journal = await run(GoalRequest(goal="t", plan=plan("q")), InMemoryFetcher({}), search)
    assert ending.reason is Reason.SEARCH_UNAVAILABLE
    assert ending.detail
    assert WarningKind.SEARCH_UNAVAILABLE in kinds(journal)


async def test_a_url_run_does_not_notice_that_the_search_is_down():
    ending, journal = await run(GoalRequest(url=SHOP), InMemoryFetcher(shop(1)), InMemorySearch(down=True))
    assert ending.reason is Reason.MAX_RESULTS
    assert not journal.warnings


async def test_records_found_before_the_search_went_down_are_kept():
    search = InMemorySearch(down=True)
    request = GoalRequest(goal="t", max_results=50, plan=plan("q", sources=(SHOP,)))
    ending, journal = await run(request, InMemoryFetcher(shop(1)), search)
    assert len(ending.records) == 10
    assert ending.reason is Reason.SEARCH_UNAVAILABLE
    assert WarningKind.FEWER_THAN_ASKED in kinds(journal)


async def test_the_page_budget_ends_a_run_with_what_it_has():
    fetcher = InMemoryFetcher(shop(5))
    ending, journal = await run(GoalRequest(url=SHOP, max_results=100, budget=Budget(max_pages=2)), fetcher)
    assert ending.reason is Reason.BUDGET
    assert len(ending.records) == 20
    assert len(fetcher.asked) == journal.spend.pages == 2


async def test_pages_read_at_once_do_not_overrun_the_budget():
    pages = {f"http://site{n}.test/": listing(*things(n, n + 1)) for n in range(10)}
    search = InMemorySearch({"q": list(pages)})
    fetcher = InMemoryFetcher(pages, slow=dict.fromkeys(pages, 0.01))
    request = GoalRequest(goal="t", max_results=50, plan=plan("q"), budget=Budget(max_pages=4))
    ending, _ = await run(request, fetcher, search)
    assert ending.reason is Reason.BUDGET
    assert len(fetcher.asked) == 4


class Telling(InMemoryJournal):
    """`found` is set once there are records."""

    def __init__(self):
        super().__init__()
        self.found = asyncio.Event()

    async def task_done(self, result):
        await super().task_done(result)
        if self.records:
            self.found.set()


async def test_the_deadline_ends_a_run_that_waits_for_a_silent_site():
    never = asyncio.Event()
    pages = {"http://a.test/": listing(*things(0, 3)), "http://b.test/": listing()}
    clock = SteppedClock()
    fetcher = InMemoryFetcher(pages, slow={"http://b.test/": never})
    search = InMemorySearch({"q": list(pages)})
    request = GoalRequest(goal="t", plan=plan("q"), budget=Budget(max_seconds=60))
    journal = Telling()
    running = asyncio.create_task(pursue(state(request), tools(fetcher, search, clock=clock), journal))
    await asyncio.wait_for(journal.found.wait(), 30)
    clock.move(61)
    ending = await asyncio.wait_for(running, 30)
    assert ending.reason is Reason.DEADLINE
    assert len(ending.records) == 3
    assert journal.spend.pages == 1


async def test_a_page_cut_off_by_the_end_of_the_run_is_the_runs_deadline_and_not_the_sites_fault():
    silent = f"{SHOP}?page=2"
    fetcher = InMemoryFetcher(shop(pages=2), slow={silent: asyncio.Event()})
    clock, journal = SteppedClock(), InMemoryJournal()  # the clock stands still: only the fetch's own deadline ends it
    request = GoalRequest(url=SHOP, max_results=100, budget=Budget(max_seconds=60))
    begun = state(request, started_at=clock.now())
    clock.move(59.8)
    ending = await asyncio.wait_for(pursue(begun, tools(fetcher, clock=clock), journal), 30)
    assert ending.reason is Reason.DEADLINE
    assert len(ending.records) == 10
    assert fetcher.asked == [SHOP, silent]
    assert {task.url: task.status for task in journal.tasks.values()}[silent] is TaskStatus.PENDING
    assert journal.spend.pages == 2


async def test_a_site_that_is_told_silent_before_the_runs_time_is_up_has_failed():
    clock = SteppedClock()
    request = GoalRequest(url=SHOP, max_results=100, budget=Budget(max_seconds=60))
    begun = state(request, started_at=clock.now())
    clock.move(50)
    fetcher = InMemoryFetcher({SHOP: FetchOutcome.TIMED_OUT})
    ending = await pursue(begun, tools(fetcher, clock=clock), InMemoryJournal())
    assert ending.reason is Reason.SOURCES_FAILED


async def test_a_cancel_is_felt_while_a_page_is_awaited_and_keeps_what_was_found():
    never = asyncio.Event()
    pages = {"http://a.test/": listing(*things(0, 3)), "http://b.test/": listing()}
    fetcher = InMemoryFetcher(pages, slow={"http://b.test/": never})
    journal = Telling()
    request = GoalRequest(goal="t", plan=plan("q"))
    search = InMemorySearch({"q": list(pages)})
    running = asyncio.create_task(pursue(state(request), tools(fetcher, search), journal))
    await asyncio.wait_for(journal.found.wait(), 30)
    journal.cancel()
    ending = await asyncio.wait_for(running, 30)
    assert ending.reason is Reason.CANCELLED
    assert len(ending.records) == 3
    assert fetcher.at_once["now"] == 0


async def test_a_lost_lease_is_not_an_ending():
    class Lost(InMemoryJournal):
        async def check(self):
            raise LeaseLost

    with pytest.raises(LeaseLost):
        await run(GoalRequest(url=SHOP), InMemoryFetcher(shop(1)), journal=Lost())


async def test_a_count_that_the_page_states_and_the_run_does_not_reach_is_told():
    _, journal = await run(GoalRequest(url=SHOP, max_results=100), InMemoryFetcher(shop(3, stated=42)))
    assert WarningKind.COUNT_NOT_REACHED in kinds(journal)
    assert (
        "states 42"
        in dict(journal.warnings and [(data["kind"], text) for text, data in journal.warnings])[
            WarningKind.COUNT_NOT_REACHED
        ]
    )


@pytest.mark.parametrize("ending", ["last", "echo", "empty"])
async def test_a_count_that_the_first_page_alone_states_is_held_against_all_pages(ending):
    pages = shop(3)
    pages[SHOP] = listing(*things(0, 10), next_url=f"{SHOP}?page=2", stated=33)
    if ending != "last":
        pages[f"{SHOP}?page=3"] = listing(*things(20, 30), next_url=f"{SHOP}?page=4")
        pages[f"{SHOP}?page=4"] = listing(*(things(20, 30) if ending == "echo" else ()), next_url=f"{SHOP}?page=5")
    _, journal = await run(GoalRequest(url=SHOP, max_results=100), InMemoryFetcher(pages))
    told = [text for text, data in journal.warnings if data["kind"] == WarningKind.COUNT_NOT_REACHED]
    assert len(told) == 1
    assert "state 33 results, 30 were found" in told[0]


async def test_a_count_that_all_pages_together_reach_is_not_warned_of():
    _, journal = await run(GoalRequest(url=SHOP, max_results=100), InMemoryFetcher(shop(3, stated=30)))
    assert WarningKind.COUNT_NOT_REACHED not in kinds(journal)


async def test_records_that_miss_a_condition_are_left_out_and_counted():
    condition = Condition(field="price", comparison=Comparison.LESS, value=5.0, text="under 5")
    request = GoalRequest(goal="t", max_results=50, plan=plan(sources=(SHOP,), conditions=(condition,)))
    ending, journal = await run(request, InMemoryFetcher(shop(1)), InMemorySearch())
    assert [record.values()["price"] for record in ending.records] == [0, 1, 2, 3, 4]
    assert WarningKind.CONDITION_UNMET in kinds(journal)


async def test_records_that_a_condition_cannot_be_checked_on_are_kept_apart_and_not_counted():
    condition = Condition(field="rating", comparison=Comparison.AT_LEAST, value=4.0, text="4+ stars")
    request = GoalRequest(goal="t", plan=plan(sources=(SHOP,), conditions=(condition,)))
    ending, journal = await run(request, InMemoryFetcher(shop(1)), InMemorySearch())
    assert (len(ending.records), len(ending.apart)) == (0, 10)
    assert ending.reason is Reason.NOTHING_FOUND
    assert "10" in ending.detail
    assert {check.reason for record in ending.apart for check in record.checks} == {"no rating was found"}
    assert WarningKind.CONDITION_UNCLEAR in kinds(journal)


async def test_what_the_caller_excludes_does_not_come_back():
    pages = {"http://a.test/": listing(*things(0, 3)), "http://www.bad.test/x": listing(*things(3, 6))}
    search = InMemorySearch({"q": list(pages)})
    request = GoalRequest(goal="t", plan=plan("q"), exclude=("bad.test", "thing 1"))
    ending, journal = await run(request, InMemoryFetcher(pages), search)
    assert [record.values()["name"] for record in ending.records] == ["Thing 0", "Thing 2"]
    assert "skipped: excluded by the caller" in {task.reason for task in journal.tasks.values()}


async def test_a_page_that_the_reader_never_finishes_fails_alone(monkeypatch):
    def slow_reader(page, ask):
        if page.url == SHOP:
            raise TimeoutError
        return read_json(page, ask)

    await _one_page_fails_alone(monkeypatch, slow_reader)


async def test_a_page_that_breaks_the_reader_fails_alone(monkeypatch):
    def broken_reader(page, ask):
        if page.url == SHOP:
            raise RecursionError
        return read_json(page, ask)

    await _one_page_fails_alone(monkeypatch, broken_reader)


async def _one_page_fails_alone(monkeypatch, reader):
    monkeypatch.setattr("agent.reading.read", reader)
    pages = shop(1) | {"http://b.test/": listing(*things(50, 52))}
    search = InMemorySearch({"q": list(pages)})
    ending, journal = await run(GoalRequest(goal="t", plan=plan("q")), InMemoryFetcher(pages), search)
    assert len(ending.records) == 2
    assert WarningKind.PAGE_UNREADABLE in kinds(journal)


async def test_what_was_read_when_a_stop_came_is_kept_though_it_waited_for_an_earlier_source():
    never = asyncio.Event()
    pages = {"http://a.test/": listing(), "http://b.test/": listing(*things(0, 3))}
    fetcher = InMemoryFetcher(pages, slow={"http://a.test/": never})
    search = InMemorySearch({"q": list(pages)})
    journal = InMemoryJournal()
    clock = SteppedClock()  # stands still: patience with the first source never ends
    request = GoalRequest(goal="t", plan=plan("q"))
    running = asyncio.create_task(pursue(state(request), tools(fetcher, search, clock=clock), journal))
    async with asyncio.timeout(30):
        while "http://b.test/" not in fetcher.done:
            await fetcher.answered.wait()
    journal.cancel()
    ending = await asyncio.wait_for(running, 30)
    assert ending.reason is Reason.CANCELLED
    assert len(ending.records) == len(journal.records) == 3
