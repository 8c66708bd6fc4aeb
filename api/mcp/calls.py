"""What each tool does: parse, call the services, answer."""

from __future__ import annotations

import asyncio
import re

from api.mcp.answers import (
    ChangesAnswer,
    Hit,
    PageAnswer,
    RecordsAnswer,
    RunAnswer,
    ScreenshotAnswer,
    SearchAnswer,
    StatusAnswer,
)
from api.mcp.asked import (
    RECORDS,
    SHOWN_CHARACTERS,
    AskedRecords,
    AskedRun,
    Changes,
    Extract,
    Find,
    Scrape,
    Screenshot,
    Search,
)
from api.mcp.caller import Caller, NoAnswer, Shown
from api.mcp.render import (
    answer_of_capture,
    answer_of_changes,
    answer_of_page,
    answer_of_records,
    answer_of_run,
    answer_of_status,
    answer_of_unread_page,
    show_records,
)
from api.wire.scrapehub.jobs import job_id_of
from domain.captures import CaptureRequest, Device
from domain.errors import Conflict, InvalidInput, NotFound, PageUnreadable, TookTooLong
from domain.events import EventType, RunEvent
from domain.fields import Field, checked_fields, make_field
from domain.ids import prefixed
from domain.plans import Plan, PlannedBy
from domain.requests import GoalRequest, Request, ScrapeRequest
from domain.runs import Run, RunKind, TerminationReason
from domain.schemas import parse_output_schema
from domain.tasks import FoundBy
from services.agent import list_steps, step_of, watch
from services.captures import get_capture, link_to, read_picture
from services.pools import get_pool, list_changes, list_pools
from services.records import list_records
from services.runs import cancel_run, get_run
from services.tasks import list_tasks

SHOWN_STEPS = 10
PICTURE_LINK_S = 3600
SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
MAX_SHOWN_BYTES = 1_000_000  # common clients refuse an answer of more, once it is written in Base64
POOLS_NAMED = 10

_RUN_ID = re.compile(r"(?:job_|run-)?([0-9a-f]{32})")
_POOL_ID = re.compile(r"(?:pool_)?([0-9a-f]{32})")
_CREEP = 0.001  # of what is left: a report has to say more than the one before, also where the run's own does not


async def find(asked: Find, caller: Caller) -> RunAnswer:
    request = GoalRequest(
        goal=asked.goal,
        fields=_fields(asked.fields),
        max_results=asked.max_results or max(RECORDS, asked.min_results or 0),
        max_is_default=asked.max_results is None and asked.min_results is None,
        min_results=asked.min_results,
        exclude=tuple(asked.exclude),
    )
    return await _records_of(await _worked(request, caller, asked.wait_seconds), caller)


async def extract(asked: Extract, caller: Caller) -> RunAnswer:
    request = GoalRequest(
        goal=asked.instructions,
        url=asked.url,
        fields=parse_output_schema(asked.schema, "schema") if asked.schema else (),
        max_results=asked.max_results,
    )
    return await _records_of(await _worked(request, caller, asked.wait_seconds), caller)


async def scrape(asked: Scrape, caller: Caller) -> PageAnswer:
    if (asked.url is None) == (asked.run_id is None):
        either = "give either url, for a new page, or run_id, for one that was read"
        raise InvalidInput(fields={"url": either, "run_id": either})
    if asked.url is not None:
        run = await _worked(
            ScrapeRequest(url=asked.url, render=asked.render, max_results=1), caller, asked.wait_seconds
        )
    else:
        run = await _watched(await _run(caller, asked.run_id or ""), caller, asked.wait_seconds)
    if run.kind is not RunKind.FETCH:
        raise InvalidInput(fields={"run_id": "a run of forage_scrape; the records of others: forage_run_records"})
    records = await list_records(caller.service, caller.account_id, run.id, limit=1)
    if records.items:
        return answer_of_page(run, records.items[0], offset=asked.offset, characters=asked.max_characters)
    if run.status.is_terminal:
        raise PageUnreadable(f"{run.request.url} could not be read: {run.error or run.status.value}")
    return answer_of_unread_page(run)


async def screenshot(asked: Screenshot, caller: Caller) -> ScreenshotAnswer:
    if (asked.url is None) == (asked.run_id is None):
        either = "give either url, for a new picture, or run_id, for one that is being taken"
        raise InvalidInput(fields={"url": either, "run_id": either})
    if asked.url is not None:
        request = CaptureRequest(
            url=asked.url,
            full_page=asked.full_page,
            device=Device(asked.device),
            selector=asked.selector,
            link_s=PICTURE_LINK_S,
        )
        run = await _worked(request, caller, asked.wait_seconds)
    else:
        run = await _watched(await _run(caller, asked.run_id or ""), caller, asked.wait_seconds)
    if run.kind is not RunKind.CAPTURE:
        raise InvalidInput(fields={"run_id": "a run of forage_screenshot"})
    capture = await get_capture(caller.service, caller.account_id, run.id)
    return answer_of_capture(capture, await link_to(caller.service, capture))


async def picture_of(answer: ScreenshotAnswer, caller: Caller) -> Shown | None:
    """The picture itself, where a chat can show it."""
    if answer.image_path is None or answer.media_type not in SHOWN_TYPES or (answer.bytes or 0) > MAX_SHOWN_BYTES:
        return None
    capture = await get_capture(caller.service, caller.account_id, answer.run_id.removeprefix("job_"))
    return Shown(media_type=answer.media_type, image=await read_picture(caller.service, capture))


async def search(asked: Search, caller: Caller) -> SearchAnswer:
    plan = Plan(goal=asked.query, fields=(), planned_by=PlannedBy.CALLER, queries=(asked.query,))
    run = await _worked(GoalRequest(goal=asked.query, plan=plan, preview=True), caller, asked.wait_seconds)
    if run.termination_reason is TerminationReason.SEARCH_UNAVAILABLE:
        raise NoAnswer("No search provider answers now. With an address, forage_scrape and forage_extract still work.")
    if not run.status.is_terminal:
        raise TookTooLong(
            f"The search has no answer yet. Call it again, or forage_run_status with {job_id_of(run.id)}."
        )
    tasks = await list_tasks(caller.service, caller.account_id, run.id)
    hits = [Hit(title=task.title, url=task.url) for task in tasks if task.found_by is FoundBy.SEARCH]
    return SearchAnswer(
        run_id=job_id_of(run.id),
        query=asked.query,
        results=hits[: asked.max_results],
        next_step="To read one: forage_scrape with its url. To read facts from it: forage_extract."
        if hits
        else "Nothing was found: search with other or fewer words.",
    )


async def run_status(asked: AskedRun, caller: Caller) -> StatusAnswer:
    run = await _watched(await _run(caller, asked.run_id), caller, asked.wait_seconds)
    steps = await list_steps(caller.service, caller.account_id, run.id)
    return answer_of_status(run, [step.text for step in steps[-SHOWN_STEPS:]])


async def run_records(asked: AskedRecords, caller: Caller) -> RecordsAnswer:
    run = await _run(caller, asked.run_id)
    listing = await list_records(caller.service, caller.account_id, run.id, limit=asked.limit, cursor=asked.cursor)
    return answer_of_records(run, show_records(run, listing, characters=asked.max_characters, proofs=asked.evidence))


async def changes(asked: Changes, caller: Caller) -> ChangesAnswer:
    found = _POOL_ID.fullmatch(asked.pool_id.strip())
    try:
        if found is None:
            raise NotFound
        pool = await get_pool(caller.service, caller.account_id, found[1])
    except NotFound:
        raise NotFound(await _no_such_pool(caller)) from None
    listing = await list_changes(caller.service, caller.account_id, pool.id, since=asked.since, limit=asked.limit)
    return answer_of_changes(pool, listing, asked.since)


async def _no_such_pool(caller: Caller) -> str:
    """What a model needs to name one that there is."""
    pools = await list_pools(caller.service, caller.account_id, limit=POOLS_NAMED)
    there = "; ".join(f"{prefixed('pool', pool.id)} ({pool.name[:80]})" for pool in pools.items)
    return f"Not found: there is no such pool. {f'There are {there}.' if there else 'There are none yet.'}"


async def _records_of(run: Run, caller: Caller) -> RunAnswer:
    limit = min(run.request.max_results, RECORDS)
    listing = await list_records(caller.service, caller.account_id, run.id, limit=limit)
    return answer_of_run(run, listing, characters=SHOWN_CHARACTERS)


async def _worked(request: Request, caller: Caller, wait_s: float) -> Run:
    """A new run, at its end or after `wait_s`. Where the call is cancelled, the run is too, and keeps what it found."""
    starting = asyncio.ensure_future(caller.start(request))
    try:
        run = await asyncio.shield(starting)
        return await _watched(run, caller, wait_s)
    except asyncio.CancelledError:
        if caller.gives_up():
            await _cancel(await starting, caller)
        raise


async def _cancel(run: Run, caller: Caller) -> None:
    try:
        await cancel_run(caller.service, caller.account_id, run.id)
    except (Conflict, NotFound):
        return  # it is over, or gone


async def _watched(run: Run, caller: Caller, wait_s: float) -> Run:
    """The run at its end, or after `wait_s`; meanwhile its steps are reported."""
    reported = 0.0

    async def tell(event: RunEvent, now: Run) -> None:
        nonlocal reported
        step = step_of(event)
        if step is not None:
            known = 100.0 if event.type is EventType.ENDED else float(min(now.progress, 99))
            reported = max(known, reported + (100.0 - reported) * _CREEP)
            await caller.report(reported, step.text)

    return await watch(caller.service, caller.account_id, run.id, deadline_s=wait_s, tell=tell)


async def _run(caller: Caller, text: str) -> Run:
    """The run of an id as any of our dialects writes it. What can be no id is as absent as another account's."""
    found = _RUN_ID.fullmatch(text.strip())
    try:
        if found is None:
            raise NotFound
        return await get_run(caller.service, caller.account_id, found[1])
    except NotFound:
        raise NotFound(
            "Not found: there is no such run. Take run_id from an earlier answer, or start a new one."
        ) from None


def _fields(names: list[str]) -> tuple[Field, ...]:
    parts = (name.partition(":") for name in names)
    return checked_fields(tuple(make_field(name, type_name.strip() or None) for name, _, type_name in parts))
