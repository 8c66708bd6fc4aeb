"""The goal run: what it opens, when it stops, what it says, and that a stop or a crash loses and doubles nothing."""

import asyncio
import random

import msgspec
import pytest
from agent_doubles import (
    GoalRequest,
    InMemoryFetcher,
    InMemoryJournal,
    InMemorySearch,
    SteppedClock,
    detail,
    listing,
    read_json,
    state,
    tools,
    values_of,
)

from agent.goal import pursue
from domain.budgets import Budget
from domain.errors import LeaseLost
from domain.events import WarningKind
from domain.fields import parse_fields
from domain.pages import FetchOutcome
from domain.plans import Comparison, Condition, Plan, PlannedBy
from domain.runs import TerminationReason as Reason
from domain.tasks import TaskStatus
from domain.templates import Template

SHOP = "http://shop.test/list"


@pytest.fixture(autouse=True)
def pages_say_what_is_read(monkeypatch):
    monkeypatch.setattr("agent.reading.read", read_json)


def things(first, last, **more):
    return [{"name": f"Thing {number}", "price": number, **more} for number in range(first, last)]


def shop(pages=3, each=10, stated=None):
    """A list over several pages."""
    return {
        SHOP + (f"?page={page}" if page > 1 else ""): listing(
            *things((page - 1) * each, page * each),
            next_url=f"{SHOP}?page={page + 1}" if page < pages else "",
            stated=stated,
        )
        for page in range(1, pages + 1)
    }


def plan(*queries, sources=(), fields="name,price", **more):
    return Plan(
        goal="things",
        fields=parse_fields(fields),
        planned_by=PlannedBy.CALLER,
        queries=queries,
        sources=sources,
        **more,
    )


async def run(request, fetcher, search=None, journal=None, **more):
    journal = journal or InMemoryJournal()
    ending = await pursue(state(request), tools(fetcher, search, **more), journal)
    return ending, journal


def kinds(journal):
    return [data["kind"] for _, data in journal.warnings]


async def test_a_url_is_read_with_all_its_pages():
    fetcher = InMemoryFetcher(shop(3))
    ending, journal = await run(GoalRequest(url=SHOP, max_results=100), fetcher)
    assert [record.values()["name"] for record in ending.records] == [f"Thing {number}" for number in range(30)]
    assert ending.reason is Reason.SOURCES_EXHAUSTED
    assert [record.position for record in ending.records] == list(range(30))
    assert journal.records == ending.records
    assert journal.spend.pages == 3


async def test_it_stops_at_the_maximum_in_the_middle_of_a_page():
    fetcher = InMemoryFetcher(shop(3))
    ending, journal = await run(GoalRequest(url=SHOP, max_results=15), fetcher)
    assert len(ending.records) == 15
    assert ending.reason is Reason.MAX_RESULTS
    assert len(fetcher.asked) == 2
    assert len(journal.records) == 15


async def test_once_the_minimum_is_there_no_new_source_is_opened_but_a_paged_one_goes_on():
    pages = shop(2) | {
        "http://other.test/": listing(*things(100, 110)),
        "http://third.test/": listing(*things(200, 210)),
    }
    search = InMemorySearch({"q": [SHOP, "http://other.test/", "http://third.test/"]})
    request = GoalRequest(goal="things", max_results=100, min_results=10, plan=plan("q", "q2"))
    slow = {"http://other.test/": 0.05, "http://third.test/": 0.05}
    # Two places: the third source is still waiting when the first has enough.
    fetcher = InMemoryFetcher(pages, slow=slow)
    ending, _ = await run(request, fetcher, search)
    assert ending.reason is Reason.MIN_RESULTS
    assert f"{SHOP}?page=2" in fetcher.asked
    assert [query for query, _ in search.asked] == ["q"]


async def test_the_next_query_is_asked_only_while_it_is_short():
    pages = {"http://a.test/": listing(*things(0, 5)), "http://b.test/": listing(*things(5, 10))}
    search = InMemorySearch({"one": ["http://a.test/"], "two": ["http://b.test/"], "three": ["http://c.test/"]})
    request = GoalRequest(goal="things", max_results=10, plan=plan("one", "two", "three"))
    ending, journal = await run(request, InMemoryFetcher(pages), search)
    assert len(ending.records) == 10
    assert [query for query, _ in search.asked] == ["one", "two"]
    assert journal.queries_done == ("one", "two")
    assert journal.spend.searches == 2


async def test_every_query_is_asked_again_for_more_results_before_it_gives_up():
    search = InMemorySearch({"q": [f"http://site{number}.test/" for number in range(40)]})
    pages = {f"http://site{number}.test/": listing(*things(number, number + 1)) for number in range(40)}
    ending, _ = await run(GoalRequest(goal="t", max_results=100, plan=plan("q")), InMemoryFetcher(pages), search)
    assert [count for _, count in search.asked] == [10, 20, 40]
    assert len(ending.records) == 40
    assert ending.reason is Reason.SOURCES_EXHAUSTED


async def test_a_query_that_gave_all_it_has_is_not_asked_again():
    search = InMemorySearch({"q": ["http://a.test/"], "p": ["http://a.test/"]})
    request = GoalRequest(goal="t", plan=plan("q", "p"))
    ending, _ = await run(request, InMemoryFetcher({"http://a.test/": listing(*things(0, 2))}), search)
    assert [query for query, _ in search.asked] == ["q", "p"]
    assert ending.reason is Reason.SOURCES_EXHAUSTED


async def test_the_same_thing_on_two_sites_is_one_record_with_both_sources():
    pages = {
        "http://a.test/": listing({"name": "Blue Door Bakery", "phone": "+442079460001"}),
        "http://b.test/": listing({"name": "The Blue Door Bakery", "phone": "020 7946 0001", "rating": 4.5}),
    }
    search = InMemorySearch({"q": list(pages)})
    request = GoalRequest(goal="bakeries", plan=plan("q", fields="name,phone,rating"))
    ending, _ = await run(request, InMemoryFetcher(pages), search)
    (record,) = ending.records
    assert record.sources == ("http://a.test/", "http://b.test/")
    assert record.values()["rating"] == 4.5
    assert record.fields["name"].conflicts


async def test_a_caller_who_asks_a_field_that_the_list_lacks_gets_it_from_the_detail_pages():
    pages = {SHOP: listing(*({**thing, "_detail": f"/item/{number}"} for number, thing in enumerate(things(0, 4))))}
    pages |= {f"http://shop.test/item/{n}": detail(name=f"Thing {n}", price=n, sku=f"SKU-{n}") for n in range(4)}
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price,sku"), max_results=3)
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(request, fetcher)
    assert [record.values()["sku"] for record in ending.records] == ["SKU-0", "SKU-1", "SKU-2"]
    assert ending.reason is Reason.MAX_RESULTS
    # The fourth record is beyond the maximum: its page is not opened.
    assert "http://shop.test/item/3" not in fetcher.asked
    assert len(ending.records[0].sources) == 2


async def test_a_list_that_tells_names_alone_leads_to_the_pages_that_tell_the_rest():
    pages = {SHOP: listing(*({"name": f"Thing {n}", "_detail": f"/item/{n}"} for n in range(4)))}
    pages |= {f"http://shop.test/item/{n}": detail(name=f"Thing {n}", price=n, sku=f"SKU-{n}") for n in range(3)}
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price,sku"), max_results=10)
    ending, _ = await run(request, InMemoryFetcher(pages))
    assert [record.values()["sku"] for record in ending.records] == ["SKU-0", "SKU-1", "SKU-2"]


async def test_detail_pages_are_left_alone_when_nothing_asked_is_missing():
    pages = {SHOP: listing(*({**thing, "_detail": f"/item/{number}"} for number, thing in enumerate(things(0, 4))))}
    fetcher = InMemoryFetcher(pages)
    await run(GoalRequest(url=SHOP, fields=parse_fields("name,price")), fetcher)
    assert fetcher.asked == [SHOP]


async def test_a_list_that_leads_back_to_itself_ends():
    pages = {
        SHOP: listing(*things(0, 5), next_url=f"{SHOP}?page=2"),
        f"{SHOP}?page=2": listing(*things(5, 10), next_url=SHOP),
    }
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(GoalRequest(url=SHOP, max_results=100), fetcher)
    assert len(ending.records) == 10
    assert len(fetcher.asked) == 2


async def test_an_endless_calendar_ends_at_its_first_page_that_says_nothing_new():
    pages = {f"{SHOP}?month={n}": listing(*things(0, 3), next_url=f"{SHOP}?month={n + 1}") for n in range(1, 300)}
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(GoalRequest(url=f"{SHOP}?month=1", max_results=100), fetcher)
    assert len(ending.records) == 3
    assert len(fetcher.asked) == 2


async def test_a_next_page_on_another_site_is_an_advertisement():
    pages = {SHOP: listing(*things(0, 3), next_url="http://ads.test/next")}
    fetcher = InMemoryFetcher(pages)
    await run(GoalRequest(url=SHOP, max_results=100), fetcher)
    assert fetcher.asked == [SHOP]


async def test_a_front_page_leads_to_the_listing_that_the_goal_names():
    front = (
        '<html><body><a href="/about">About us</a><a href="/list">All things</a><a href="http://x.test/things">x</a>'
    )
    pages = shop(1) | {"http://shop.test/": front}
    request = GoalRequest(goal="things", url="http://shop.test/", plan=plan())
    fetcher = InMemoryFetcher(pages)
    ending, journal = await run(request, fetcher)
    assert len(ending.records) == 10
    assert fetcher.asked == ["http://shop.test/", SHOP]
    assert any("thing" in task.reason for task in journal.tasks.values())


async def test_a_front_page_without_such_links_is_helped_by_the_sites_map():
    pages = {
        "http://shop.test/": "<html><body>Welcome</body></html>",
        "http://shop.test/things": listing(*things(0, 9)),
    }
    fetcher = InMemoryFetcher(pages, sitemap=["http://shop.test/imprint", "http://shop.test/things"])
    request = GoalRequest(goal="things", plan=plan(sources=("http://shop.test/",)))
    ending, _ = await run(request, fetcher, InMemorySearch())
    assert len(ending.records) == 9
    assert fetcher.asked == ["http://shop.test/", "http://shop.test/things"]


# Endings


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


# Warnings


async def test_a_count_that_the_page_states_and_the_run_does_not_reach_is_told():
    _, journal = await run(GoalRequest(url=SHOP, max_results=100), InMemoryFetcher(shop(3, stated=42)))
    assert WarningKind.COUNT_NOT_REACHED in kinds(journal)
    assert (
        "states 42"
        in dict(journal.warnings and [(data["kind"], text) for text, data in journal.warnings])[
            WarningKind.COUNT_NOT_REACHED
        ]
    )


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


# Planning and preview


async def test_a_preview_stops_once_sources_are_known():
    fetcher = InMemoryFetcher({})
    search = InMemorySearch({}, everything=["http://a.test/", "http://b.test/"])
    request = GoalRequest(goal="30 dentists in Leeds with phone", preview=True)
    ending, journal = await run(request, fetcher, search)
    assert ending.reason is Reason.SOURCES_EXHAUSTED
    assert fetcher.asked == []
    assert journal.plan.entity == "dentist"
    assert len(journal.tasks) == 2
    assert len(search.asked) == 1


async def test_the_count_that_a_goal_names_counts_where_the_caller_gave_none():
    search = InMemorySearch({}, everything=[SHOP])
    goal = "find 25 things with name and price"
    for request, found in (
        (GoalRequest(goal=goal, max_is_default=True), 25),
        (GoalRequest(goal=goal, max_results=7), 7),
        (GoalRequest(goal=goal, max_results=10), 10),
    ):
        ending, _ = await run(request, InMemoryFetcher(shop(3)), search)
        assert len(ending.records) == found


# Taken up again


class Killed(Exception):
    pass


class Dying(InMemoryJournal):
    """Dies at its n-th write: before it is durable, or just after."""

    def __init__(self, at, after):
        super().__init__()
        self._left, self._after = at, after

    async def _write(self, write):
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        await write
        if self._left == 0:
            raise Killed

    async def planned(self, *args):
        await self._write(super().planned(*args))

    async def sources_found(self, *args):
        await self._write(super().sources_found(*args))

    async def task_done(self, *args):
        await self._write(super().task_done(*args))


def web():
    """Two directories that overlap, one of them over three pages, a shop with detail pages, a blocked site."""
    pages = shop(3) | {
        "http://other.test/": listing(*things(5, 12, phone="1"), *things(100, 103)),
        "http://blocked.test/": FetchOutcome.BLOCKED,
        "http://more.test/": listing({"name": "Solo", "_detail": "/solo"}),
        "http://more.test/solo": detail(name="Solo", price=9),
    }
    return pages, InMemorySearch(
        {"one": [SHOP, "http://blocked.test/"], "two": ["http://other.test/", "http://more.test/"]}
    )


@pytest.mark.filterwarnings("ignore:coroutine.*was never awaited:RuntimeWarning")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 11))
async def test_a_run_killed_at_any_write_and_taken_up_again_ends_the_same(at, after):
    pages, search = web()
    request = GoalRequest(
        goal="t", max_results=200, plan=plan("one", "two", fields="name,price"), fields=parse_fields("name,price")
    )
    whole, _ = await run(request, InMemoryFetcher(pages), search)
    dying = Dying(at, after)
    with pytest.raises(Killed):
        await run(request, InMemoryFetcher(pages), search, journal=dying)
    journal = InMemoryJournal()
    vars(journal).update({name: value for name, value in vars(dying).items() if name not in {"_left", "_after"}})
    ending = await pursue(journal.state("run", request), tools(InMemoryFetcher(pages), search), journal)
    assert ending.reason is whole.reason
    assert values_of(ending.records) == values_of(whole.records)
    assert [record.id for record in ending.records] == [record.id for record in whole.records]
    assert not [task for task in journal.tasks.values() if task.status is TaskStatus.PENDING]


@pytest.mark.parametrize("seed", range(5))
async def test_the_result_does_not_depend_on_which_site_answers_first(seed):
    pages, search = web()
    chance = random.Random(seed)
    slow = {url: chance.random() * 0.05 for url in pages}
    request = GoalRequest(goal="t", max_results=200, plan=plan("one", "two"))
    calm, _ = await run(request, InMemoryFetcher(pages), search)
    shuffled, _ = await run(request, InMemoryFetcher(pages, slow=slow), search)
    assert shuffled == calm


async def test_a_run_extended_goes_on_where_it_stopped():
    fetcher = InMemoryFetcher(shop(3))
    _, journal = await run(GoalRequest(url=SHOP, max_results=10), fetcher)
    assert fetcher.asked == [SHOP]
    request = GoalRequest(url=SHOP, max_results=25)
    ending = await pursue(journal.state("run", request), tools(fetcher), journal)
    assert len(ending.records) == 25
    assert fetcher.asked.count(SHOP) == 1


async def test_at_most_six_pages_are_read_at_once():
    pages = {f"http://site{n}.test/": listing(*things(n, n + 1)) for n in range(10)}
    fetcher = InMemoryFetcher(pages, slow=dict.fromkeys(pages, 0.01))
    await run(GoalRequest(goal="t", max_results=50, plan=plan("q")), fetcher, InMemorySearch({"q": list(pages)}))
    assert fetcher.most_at_once == 6


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


async def test_conditions_are_looked_up_on_detail_pages():
    rows = [{**thing, "_detail": f"/item/{number}"} for number, thing in enumerate(things(0, 3))]
    pages = {SHOP: listing(*rows)}
    pages |= {
        "http://shop.test/item/0": detail(name="Thing 0"),
        "http://shop.test/item/1": detail(name="Thing 1", rating=3.0),
    }
    pages |= {"http://shop.test/item/2": detail(name="Thing 2", rating=4.8)}
    condition = Condition(field="rating", comparison=Comparison.AT_LEAST, value=4.0, text="4+ stars")
    request = GoalRequest(
        goal="t", plan=plan(sources=(SHOP,), fields="name,price,rating", conditions=(condition,)), max_results=10
    )
    ending, _ = await run(request, InMemoryFetcher(pages), InMemorySearch())
    assert [record.values()["name"] for record in ending.records] == ["Thing 2"]
    assert [record.values()["name"] for record in ending.apart] == ["Thing 0"]


async def test_a_place_that_a_list_leaves_open_is_looked_up_on_the_page_about_the_thing():
    rows = [
        {"name": "Thing 0", "_detail": "/item/0"},
        {"name": "Thing 1", "address": "1 Mill Rd, Leeds", "_detail": "/item/1"},
    ]
    pages = {
        SHOP: listing(*rows),
        "http://shop.test/item/0": detail(name="Thing 0", address="2 Mill Rd, Leeds LS1 4AB"),
    }
    place = Condition(field="address", comparison=Comparison.IN, value="Leeds")
    fields = parse_fields("name,address")
    asked = msgspec.structs.replace(plan(sources=(SHOP,), conditions=(place,)), fields=fields)
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(GoalRequest(goal="t", plan=asked), fetcher, InMemorySearch())
    assert [record.values()["name"] for record in ending.records] == ["Thing 0", "Thing 1"]
    assert "http://shop.test/item/1" not in fetcher.asked


async def test_learned_extractors_reach_the_next_page_of_their_site_and_the_journal(monkeypatch):
    taught = Template(id="t", site="shop.test", many=True, asked=(), proofs=1)
    asked = []

    def reader(page, ask):
        asked.append(ask.templates)
        return msgspec.structs.replace(read_json(page, ask), template=taught if page.url == SHOP else None)

    monkeypatch.setattr("agent.reading.read", reader)
    _, journal = await run(GoalRequest(url=SHOP, max_results=100), InMemoryFetcher(shop(2)))
    assert asked == [(), (taught,)]
    assert journal.templates == {"t": taught}
