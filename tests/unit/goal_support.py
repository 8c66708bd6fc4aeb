"""A shop of several pages, a plan and a run of them, for tests of the goal run."""

from agent_doubles import (
    InMemoryJournal,
    listing,
    state,
    tools,
)

from agent.goal import pursue
from domain.fields import parse_fields
from domain.plans import Plan, PlannedBy

SHOP = "http://shop.test/list"


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
