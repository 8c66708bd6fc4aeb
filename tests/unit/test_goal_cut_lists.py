"""A list of which a part did not come: what a run says of it, and what it pays."""

import msgspec
import pytest
from agent_doubles import GoalRequest, InMemoryFetcher, read_json
from goal_support import SHOP, run, shop

from domain.fields import parse_fields
from domain.pages import FetchOutcome, Unrolled, UnrollEnd
from domain.runs import TerminationReason
from domain.tasks import TaskStatus

pytestmark = pytest.mark.usefixtures("pages_say_what_is_read")


class Cut(InMemoryFetcher):
    """Each page of it is a list whose rest did not come, and wanted data of a host inside."""

    async def fetch(self, request):
        page = await super().fetch(request)
        unrolled = Unrolled(rounds=0, pieces=1, end=UnrollEnd.CUT, why="The site answered with status 503.", asked=2)
        return msgspec.structs.replace(page, unrolled=unrolled, refused=("10.0.0.1",))


async def test_what_kept_the_rest_of_a_list_from_coming_is_told_and_what_it_cost():
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price"))
    _, journal = await run(request, Cut(shop(pages=1)))
    told = {data["kind"]: text for text, data in journal.warnings}
    assert "status 503" in told["list_cut"]
    assert "10.0.0.1" in told["data_refused"]
    assert journal.spend.pages == 3


async def test_a_next_page_that_is_gone_ends_its_list_and_is_no_fault():
    pages = {url: page for url, page in shop(pages=3).items() if "page=3" not in url}
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price"), max_results=100)
    ending, journal = await run(request, InMemoryFetcher(pages))
    assert ending.reason is TerminationReason.SOURCES_EXHAUSTED
    assert [(task.status, task.outcome, task.records_found) for task in journal.tasks.values()] == [
        (TaskStatus.DONE, FetchOutcome.OK, 10),
        (TaskStatus.DONE, FetchOutcome.OK, 10),
        (TaskStatus.DONE, FetchOutcome.NOT_FOUND, 0),
    ]


async def test_a_next_page_that_could_not_be_had_is_a_fault():
    pages = shop(pages=3) | {f"{SHOP}?page=3": FetchOutcome.TIMED_OUT}
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price"), max_results=100)
    _, journal = await run(request, InMemoryFetcher(pages))
    assert [task.status for task in journal.tasks.values()][-1] is TaskStatus.FAILED


async def test_why_nothing_follows_though_the_page_says_that_there_is_more_is_told(monkeypatch):
    def open_list(page, ask):
        return msgspec.structs.replace(read_json(page, ask), open_end="Nothing says how the rest is asked for.")

    monkeypatch.setattr("agent.reading.read", open_list)
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price"))
    _, journal = await run(request, InMemoryFetcher(shop(pages=1)))
    assert ["Nothing says how" in text for text, data in journal.warnings if data["kind"] == "list_cut"] == [True]
