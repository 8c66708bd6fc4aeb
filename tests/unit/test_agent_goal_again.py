"""A goal run that is killed, extended or answered in another order loses and doubles nothing."""

import random

import pytest
from agent_doubles import (
    GoalRequest,
    InMemoryFetcher,
    InMemoryJournal,
    InMemorySearch,
    detail,
    listing,
    tools,
    values_of,
)
from goal_support import SHOP, kinds, plan, run, shop, things

from agent.goal import pursue
from domain.fields import parse_fields
from domain.pages import FetchOutcome
from domain.tasks import TaskStatus

pytestmark = pytest.mark.usefixtures("pages_say_what_is_read")


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


@pytest.mark.filterwarnings("ignore:coroutine.*was never awaited:RuntimeWarning")
@pytest.mark.parametrize("at", range(1, 6))
async def test_a_list_that_stated_more_than_it_told_says_so_though_the_run_was_taken_up_again(at):
    """Its first page alone states the count, and a worker that has read it may be gone when the last one is read."""
    pages = shop(3) | {SHOP: listing(*things(0, 10), next_url=f"{SHOP}?page=2", stated=42)}
    request = GoalRequest(url=SHOP, max_results=100)
    dying = Dying(at, after=True)
    with pytest.raises(Killed):
        await run(request, InMemoryFetcher(pages), journal=dying)
    journal = InMemoryJournal()
    vars(journal).update({name: value for name, value in vars(dying).items() if name not in {"_left", "_after"}})
    await pursue(journal.state("run", request), tools(InMemoryFetcher(pages)), journal)
    assert kinds(journal).count("count_not_reached") == 1
