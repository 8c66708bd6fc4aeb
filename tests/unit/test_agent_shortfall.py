"""A run that ends with fewer records than it was asked for says what it ran out of, and what gives it more."""

import asyncio

import pytest
from agent_doubles import GoalRequest, InMemoryFetcher, InMemoryJournal, SteppedClock, state, tools
from goal_support import SHOP, run, shop

from agent.goal import pursue
from domain.budgets import Budget
from domain.errors import BudgetSpent
from domain.events import WarningKind

pytestmark = pytest.mark.usefixtures("pages_say_what_is_read")


def told(journal):
    return [(message, data) for message, data in journal.warnings if data["kind"] == WarningKind.FEWER_THAN_ASKED]


async def test_a_run_out_of_pages_says_so_and_names_what_raises_them():
    request = GoalRequest(url=SHOP, max_results=100, budget=Budget(max_pages=2))
    _, journal = await run(request, InMemoryFetcher(shop(5)))
    ((message, data),) = told(journal)
    assert message.startswith("20 records found, 100 asked")
    assert all(part in message for part in ("2 pages", "--budget-pages", "max_pages", "extend"))
    assert data["cause"] == "max_pages"


async def test_a_run_out_of_time_says_so_and_names_what_raises_it():
    clock = SteppedClock()
    fetcher = InMemoryFetcher(shop(2), slow={f"{SHOP}?page=2": asyncio.Event()})
    journal = InMemoryJournal()
    found = asyncio.Event()
    note = journal.task_done

    async def noted(result):
        await note(result)
        found.set()

    journal.task_done = noted
    request = GoalRequest(url=SHOP, max_results=100, budget=Budget(max_seconds=60))
    running = asyncio.create_task(pursue(state(request), tools(fetcher, clock=clock), journal))
    await asyncio.wait_for(found.wait(), 30)
    clock.move(61)
    await asyncio.wait_for(running, 30)
    ((message, data),) = told(journal)
    assert all(part in message for part in ("60 seconds", "--budget-seconds", "max_seconds"))
    assert data["cause"] == "max_seconds"


class OutOfCredits(InMemoryJournal):
    """Its owner's credits end with the first page."""

    async def check(self):
        if self.records:
            raise BudgetSpent("The run has used up its 60 credits.")


async def test_a_run_stopped_by_its_journal_says_why_it_was():
    request = GoalRequest(url=SHOP, max_results=100)
    _, journal = await run(request, InMemoryFetcher(shop(5)), journal=OutOfCredits())
    ((message, data),) = told(journal)
    assert "used up its 60 credits" in message
    assert data["cause"] == "budget"


async def test_a_run_whose_sources_end_blames_no_budget():
    _, journal = await run(GoalRequest(url=SHOP, max_results=100), InMemoryFetcher(shop(1)))
    ((message, data),) = told(journal)
    assert message == "10 records found, 100 asked"
    assert "cause" not in data
