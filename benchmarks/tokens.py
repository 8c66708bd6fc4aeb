"""What a model costs a run, in tokens, on sites of several kinds, with a scripted model in its place.

The script copies what it is asked for, so that what is counted is what we send and what an answer must hold. Its counts
are by the vocabulary of OpenAI's newer models where that is at hand, else an estimate on the high side.
"""

from __future__ import annotations

import asyncio
import json

import msgspec

from agent.goal import pursue
from agent.models import ModelChain, ModelConfig
from agent.state import InMemoryJournal, RunState, Tools
from agent.tokens import count_tokens, is_estimate
from benchmarks.token_sites import (
    PROSE_PAGES,
    Copyist,
    Pages,
    Site,
    busy_details,
    nameless_details,
    nameless_list,
    prose,
    register,
    shop,
)
from domain.budgets import Budget
from domain.clock import SystemClock
from domain.fields import parse_fields
from domain.records import Record
from domain.requests import GoalRequest
from fetch.offload import InlineOffload
from forage.scripted_model import serve_script

LIST_PAGES = 12
ROWS_OF_ONE = (10, 30)
DETAIL_PAGES = 20
# Targets: tokens a record on a first visit of a list, tokens of a new detail template, share of pages that need none.
FIRST_VISIT, NEW_TEMPLATE, ZERO_PAGES = 40, 1_500, 0.6


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One run over one site. `pages_asked` of its `pages` were sent to the model. `schema_tokens` are those of the
    largest schema that went along: how they are counted is the server's affair."""

    site: str
    records: int
    right: int
    pages: int
    pages_asked: int
    input_tokens: int
    output_tokens: int
    schema_tokens: int

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def a_record(self) -> float:
        return round(self.tokens / max(1, self.records), 1)


def measure() -> dict[str, object]:
    """The figures as the bench prints them, each beside its target."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, object]:
    journal = InMemoryJournal()
    single = {rows: await visit(nameless_list(1, rows_a_page=rows), InMemoryJournal()) for rows in ROWS_OF_ONE}
    sites = (
        shop(DETAIL_PAGES),
        register(LIST_PAGES),
        nameless_list(LIST_PAGES),
        nameless_details(DETAIL_PAGES),
        busy_details(DETAIL_PAGES),
        prose(PROSE_PAGES),
    )
    first = [await visit(site, journal) for site in sites]
    again = [await visit(site, journal) for site in sites[:-1]]
    _, _, listed, detailed, busy, told = first
    pages, asked = sum(each.pages for each in first), sum(each.pages_asked for each in first)
    figures: dict[str, object] = {
        "counted": "estimated, on the high side" if is_estimate() else "by the models' own vocabulary",
        **{
            f"a record, first visit of a list of one page of {rows} rows (at most {FIRST_VISIT})": _split(run)
            for rows, run in single.items()
        },
        f"a record, first visit of a list of {LIST_PAGES} pages (at most {FIRST_VISIT})": _split(listed),
        "a record, lists and details visited again (0)": round(
            sum(each.tokens for each in again) / sum(each.records for each in again), 1
        ),
        f"a new detail template, all pages it took (at most {NEW_TEMPLATE})": detailed.tokens,
        f"the same of pages with as much around as shops have (at most {NEW_TEMPLATE})": busy.tokens,
        "a record in prose (no target)": _split(told),
        "the schema of an answer about columns, which some servers count too": listed.schema_tokens,
        f"share of pages at no tokens, first visits (at least {ZERO_PAGES})": round(1 - asked / pages, 2),
    }
    for each in first:
        figures[f"first visit, {each.site}: pages, sent to the model, records, of them right, tokens"] = (
            f"{each.pages}, {each.pages_asked}, {each.records}, {each.right}, {each.tokens}"
        )
    return figures


def _is_right(record: Record, site: Site) -> bool:
    """Whether it says what its thing's page says of the fields that hold text."""
    values = record.values()
    told = site.things.get(str(values.get("name")))
    return told is not None and told.items() <= values.items()


def _split(run: Visit) -> str:
    sent = round(run.input_tokens / max(1, run.records), 1)
    return f"{run.a_record}, of them {sent} sent"


async def visit(site: Site, journal: InMemoryJournal) -> Visit:
    """A run over the site by an account that knows the templates of `journal`, and learns."""
    later = InMemoryJournal()
    later.templates = dict(journal.templates)
    copyist, pages = Copyist(site), Pages(site)
    fields = parse_fields(site.fields)
    request = GoalRequest(
        url=site.start,
        fields=fields,
        max_results=len(site.things),
        use_smart_cascade=True,
        budget=Budget(max_pages=2 * len(site.pages)),
    )
    async with serve_script(copyist) as server:
        chain = ModelChain(ModelConfig(models=("scripted",), base_url=server.base_url, http_tries=1))
        try:
            tools = Tools(
                fetcher=pages,  # ty: ignore[invalid-argument-type]  (a goal takes no picture)
                search=None,
                models=chain,
                offload=InlineOffload(),
                clock=SystemClock(),
            )
            ending = await pursue(RunState(run_id=site.name, request=request), tools, later)
        finally:
            await chain.close()
    journal.templates.update(later.templates)
    return Visit(
        site=site.name,
        records=len(ending.records),
        right=sum(_is_right(record, site) for record in ending.records),
        pages=len(pages.seen),
        pages_asked=len(copyist.pages),
        input_tokens=later.spend.input_tokens,
        output_tokens=later.spend.output_tokens,
        schema_tokens=max((count_tokens(json.dumps(call.schema)) for call in server.calls), default=0),
    )
