"""One page, whole: fetched by the ladder, converted, kept as the one record of its run."""

from __future__ import annotations

import asyncio
import hashlib
import re

import msgspec

from agent.frontier import task_id
from agent.reading import FETCH_DEADLINE_S, FETCH_GRACE_S, cost_of_fetch
from agent.state import Ending, Journal, RunState, TaskResult, Tools
from agent.stop import reason_of
from agent.watch import Watch
from domain.budgets import Spend
from domain.errors import LeaseLost, RunStopped
from domain.events import WarningKind
from domain.evidence import Evidence, Layer, MatchKind, Method, Verdict
from domain.fields import Field, FieldKind
from domain.grounding import ground
from domain.pages import FetchOutcome, FetchRequest, Page, RenderMode
from domain.plans import Plan, PlannedBy
from domain.records import FieldValue, Record
from domain.requests import PageFormat, ScrapeRequest
from domain.runs import TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from fetch.content_types import ContentKind, declared_kind
from fetch.offload import WorkerDied

MAX_CONTENT = 1_000_000  # bytes of UTF-8: what a record, an event and a chat can still carry
CONVERT_DEADLINE_S = 30.0  # a page of 10 MB takes some seconds
QUOTED = 200  # characters of a content that is quoted as proof; the rest stands in the page from there on

FIELDS = (
    Field(name="url", kind=FieldKind.URL),
    Field(name="title", kind=FieldKind.TITLE),
    Field(name="language"),
    Field(name="content"),
)
_LANG = re.compile(r"<html\b[^>]{0,2000}?\blang\s*=\s*[\"']?([\w-]+)", re.I)
_RENDER = {None: RenderMode.AUTO, True: RenderMode.ALWAYS, False: RenderMode.NEVER}


class Scraped(msgspec.Struct, frozen=True):
    """The record's values, and whether its content is only the beginning of the page's."""

    fields: dict[str, FieldValue]
    is_cut: bool


async def pursue(state: RunState, tools: Tools, journal: Journal) -> Ending:
    """Runs one scrape. Raises LeaseLost, and what the journal raises when it cannot write."""
    request = state.request
    assert isinstance(request, ScrapeRequest)
    try:
        return await _scraped(state, request, tools, journal)
    except LeaseLost:
        raise
    except RunStopped as stopped:
        return Ending(reason=reason_of(stopped), detail=stopped.message)


async def _scraped(state: RunState, request: ScrapeRequest, tools: Tools, journal: Journal) -> Ending:
    watch = Watch(state, journal, tools.clock)
    if state.plan is None:
        plan = Plan(goal=request.title, fields=FIELDS, planned_by=PlannedBy.CALLER, sources=(request.url,))
        await journal.planned(plan, Spend())
    task = Task(
        id=(id_ := task_id(state.run_id, request.url)),
        url=request.url,
        position=0,
        found_by=FoundBy.CALLER,
        source_id=id_,
        reason="asked for",
    )
    await journal.sources_found((task,), (), Spend())
    page = await watch.over(_fetched(state.run_id, request, tools, watch.seconds_left()))
    spend = cost_of_fetch(page)
    if page is None or not page.ok:
        outcome = page.outcome if page else FetchOutcome.TIMED_OUT
        why = (page.detail if page else "") or outcome.value.replace("_", " ")
        failed = msgspec.structs.replace(
            task, status=TaskStatus.FAILED, outcome=outcome, reason=why, page_id=page.id if page else ""
        )
        await journal.task_done(TaskResult(task=failed, page=page, spend=spend))
        return Ending(reason=TerminationReason.SOURCES_FAILED, detail=why)
    try:
        scraped = await watch.over(
            tools.offload.run(record_fields, page, request.format, deadline_s=CONVERT_DEADLINE_S)
        )
    except (TimeoutError, WorkerDied):
        why = "it is too large or too deep to be converted"
        failed = msgspec.structs.replace(
            task, status=TaskStatus.FAILED, outcome=page.outcome, reason=why, page_id=page.id, title=page.title
        )
        await journal.task_done(TaskResult(task=failed, page=page, spend=spend))
        return Ending(reason=TerminationReason.SOURCES_FAILED, detail=f"The page was fetched, but {why}.")
    # The id follows from what was asked: the page may lead elsewhere the next time.
    id_ = hashlib.sha256(f"{request.url}\n0".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    record = Record(id=id_, position=0, fields=scraped.fields, sources=(page.final_url,))
    done = msgspec.structs.replace(
        task,
        status=TaskStatus.DONE,
        outcome=page.outcome,
        records_found=1,
        page_id=page.id,
        title=page.title,
    )
    await journal.task_done(TaskResult(task=done, page=page, records=(record,), spend=spend))
    detail = ""
    if scraped.is_cut:
        detail = f"The content is cut to its first {MAX_CONTENT} bytes; the archived page holds all of it."
        await journal.warned(detail, {"kind": WarningKind.CONTENT_CUT.value, "url": page.final_url})
    return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=(record,), detail=detail)


async def _fetched(run_id: str, request: ScrapeRequest, tools: Tools, left_s: float) -> Page | None:
    deadline_s = min(left_s, FETCH_DEADLINE_S)
    wish = FetchRequest(url=request.url, scope=run_id, render=_RENDER[request.render], deadline_s=deadline_s)
    try:
        async with asyncio.timeout(deadline_s + FETCH_GRACE_S):
            return await tools.fetcher.fetch(wish)
    except TimeoutError:
        return None


def record_fields(page: Page, format_: PageFormat) -> Scraped:
    """The values with their evidence. Pure; runs in a worker process."""
    content, evidence = _content(page, format_)
    kept = content.encode("utf-8", "replace")[:MAX_CONTENT].decode("utf-8", "ignore")
    fields = {"url": _told(page.final_url, _evidence(page, Verdict.DERIVED))}
    title = page.title if page.title not in {page.url, page.final_url} else ""
    if title:
        fields["title"] = _told(title, ground(title, title, FIELDS[1], page, method=Method.PAGE))
    if page.language:
        fields["language"] = _told(page.language, _of_language(page))
    fields["content"] = _told(kept, evidence)
    return Scraped(fields, is_cut=len(kept) < len(content))


def _content(page: Page, format_: PageFormat) -> tuple[str, Evidence]:
    """Text and source are the archived forms themselves; markdown follows from them."""
    if declared_kind(page.content_type) is ContentKind.PLAIN or (format_ is PageFormat.TEXT or not page.html):
        return page.text, _beginning(page, Layer.TEXT, page.text)
    if format_ is PageFormat.HTML:
        return page.html, _beginning(page, Layer.HTML, page.html)
    from fetch.markdown import to_markdown

    return to_markdown(page.html, page.final_url), _evidence(page, Verdict.DERIVED)


def _beginning(page: Page, layer: Layer, text: str) -> Evidence:
    found = _evidence(page, Verdict.SUPPORTED, layer=layer, source_path="/")
    end = min(len(text), QUOTED)
    return msgspec.structs.replace(found, quote=text[:end], start=0, end=end, match=MatchKind.EXACT)


def _of_language(page: Page) -> Evidence:
    """What the page declares, or what its text reads like."""
    declared = _LANG.search(page.html)
    if declared is None or declared[1].replace("_", "-").lower() != page.language.lower():
        return _evidence(page, Verdict.DERIVED)
    found = _evidence(page, Verdict.SUPPORTED, layer=Layer.HTML, source_path="/html/@lang")
    start, end = declared.span(1)
    return msgspec.structs.replace(found, quote=declared[1], start=start, end=end, match=MatchKind.EXACT)


def _evidence(page: Page, verdict: Verdict, *, layer: Layer = Layer.TEXT, source_path: str = "") -> Evidence:
    return Evidence(
        page_id=page.id,
        url=page.final_url,
        snapshot=page.snapshot,
        method=Method.PAGE,
        source_path=source_path,
        layer=layer,
        verdict=verdict,
    )


def _told(value: str, evidence: Evidence) -> FieldValue:
    return FieldValue(value=value, verdict=evidence.verdict, evidence=(evidence,), confidence=1.0)
