"""A run that has its number, and an asked field empty in every record: it goes on for a little, and says so."""

from __future__ import annotations

import pytest
from agent_doubles import InMemoryFetcher, InMemorySearch, listing, state, tools

from agent.goal import GAP_SOURCES, pursue
from agent.state import InMemoryJournal
from domain.budgets import Budget
from domain.events import WarningKind
from domain.fields import parse_fields
from domain.plans import Plan, PlannedBy
from domain.requests import GoalRequest
from domain.runs import TerminationReason

pytestmark = pytest.mark.usefixtures("pages_say_what_is_read")

FIELDS = parse_fields("name,phone")
SITES = [f"https://guide{number}.example/dentists" for number in range(8)]


def dentists(**more):
    return [
        {"name": f"Dentist number {number} of Leeds", **{key: told(number) for key, told in more.items()}}
        for number in range(5)
    ]


async def run(pages, **more):
    plan = Plan(goal="dentists", fields=FIELDS, planned_by=PlannedBy.CALLER, sources=tuple(SITES))
    request = GoalRequest(goal="dentists", fields=FIELDS, plan=plan, max_results=5, **more)
    journal, fetcher = InMemoryJournal(), InMemoryFetcher(pages)
    ending = await pursue(state(request), tools(fetcher, InMemorySearch({})), journal)
    return ending, journal, fetcher


def kinds(journal):
    return [data["kind"] for _, data in journal.warnings]


async def test_further_sources_fill_a_field_that_no_record_tells():
    pages = {url: listing(*dentists()) for url in SITES}
    pages[SITES[6]] = listing(*dentists(phone=lambda number: f"0113 496 00{number}0"))
    ending, journal, _ = await run(pages)
    assert ending.reason is TerminationReason.MAX_RESULTS
    assert len(ending.records) == 5
    assert all("phone" in record.values() for record in ending.records)
    assert WarningKind.FIELDS_EMPTY not in kinds(journal)


async def test_a_field_that_nobody_tells_is_given_up_after_a_few_sources_and_told():
    ending, journal, fetcher = await run({url: listing(*dentists()) for url in SITES})
    assert (ending.reason, len(ending.records)) == (TerminationReason.MAX_RESULTS, 5)
    assert WarningKind.FIELDS_EMPTY in kinds(journal)
    [fields] = [data["fields"] for _, data in journal.warnings if data["kind"] == WarningKind.FIELDS_EMPTY]
    assert fields == ["phone"]
    assert len(fetcher.asked) <= 6 + GAP_SOURCES


async def test_nothing_more_is_opened_where_the_budget_is_spent():
    ending, _, fetcher = await run({url: listing(*dentists()) for url in SITES}, budget=Budget(max_pages=1))
    assert (ending.reason, len(fetcher.asked)) == (TerminationReason.MAX_RESULTS, 1)
