"""What a job found: records, the evidence of each value, sources, archived pages, downloads and events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import Stream

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ConfigGiven, MetricsGiven, ServiceGiven
from api.ids import of_run
from api.jobs import JobId, run_of
from api.openapi import errors_of, streams
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.streams import HEADERS, MEDIA_TYPE, check_room, frame_of_event, frames, resume_after
from api.wire.scrapehub.jobs import SourceOut, job_url, render_source
from api.wire.scrapehub.records import (
    PageOut,
    RecordEvidenceOut,
    RecordOut,
    render_evidence,
    render_page,
    render_record,
    sayable,
)
from domain.accounts import Scope
from domain.checks import Meets
from domain.errors import Conflict, NotFound
from services.events import follow, list_events
from services.exports import export_records
from services.pages import get_page
from services.records import get_record, list_records
from services.runs import get_run
from services.tasks import list_tasks

CONTENT_TYPES = (
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
Format = Annotated[
    Literal["json", "jsonl", "csv", "xlsx"] | None, QueryParameter(description="Default: the job's `output_format`.")
]
RecordVerdict = Annotated[
    Literal["yes", "unclear"],
    QueryParameter(description="`yes`: what meets the goal's conditions; `unclear`: what is kept apart from it."),
]
Checks = Annotated[
    bool, QueryParameter(description="A further column, `checks`: what became of the goal's conditions, and why.")
]


@get(
    "/jobs/{job_id:str}/records",
    summary="List a job's records",
    opt=needs(Scope.JOBS_READ),
    responses=errors_of(404, 422),
)
async def list_job_records(
    request: Request[Any, Any, Any],
    job_id: JobId,
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
    verdict: RecordVerdict = "yes",
) -> Response[list[RecordOut]]:
    """The records found so far, in order, each value with evidence, verdict and the values that contradict it.

    `verdict=unclear` lists those that a condition of the goal could not be checked on; they do not count as found.
    """
    run_id = run_of(job_id)
    listing = await list_records(
        service, account_id, run_id, limit=limit, cursor=cursor, apart=verdict == Meets.UNCLEAR
    )
    return Response(
        [render_record(record, job_url(run_id)) for record in listing.items],
        headers=next_link(request, listing.next_cursor),
    )


@get(
    "/jobs/{job_id:str}/records/{record_id:str}/evidence",
    summary="Get a record's evidence",
    opt=needs(Scope.JOBS_READ),
    responses=errors_of(404),
)
async def get_job_evidence(
    job_id: JobId, record_id: FromPath[str], service: ServiceGiven, account_id: AccountId
) -> RecordEvidenceOut:
    """Where each value of a record was read, and links to the archived pages."""
    run_id = run_of(job_id)
    record = await get_record(service, account_id, run_id, of_run(record_id))
    return render_evidence(record, job_url(run_id))


@get(
    "/jobs/{job_id:str}/sources",
    summary="List a job's sources",
    opt=needs(Scope.JOBS_READ),
    responses=errors_of(404, 422),
)
async def list_job_sources(job_id: JobId, service: ServiceGiven, account_id: AccountId) -> list[SourceOut]:
    """Every URL that the job took up or left alone, with its outcome and the reason. The job's budget bounds them."""
    run_id = run_of(job_id)
    return [render_source(task, run_id) for task in await list_tasks(service, account_id, run_id)]


@get(
    "/jobs/{job_id:str}/pages/{page_id:str}",
    summary="Get an archived page",
    opt=needs(Scope.JOBS_READ),
    responses=errors_of(404, 422)
    | {200: ResponseSpec(PageOut, description="The page; JSON with `format=json`, else plain text.")},
)
async def get_job_page(
    job_id: JobId,
    page_id: FromPath[str],
    service: ServiceGiven,
    account_id: AccountId,
    format: Annotated[  # noqa: A002 - the query parameter's name
        Literal["text", "html", "json"],
        QueryParameter(description="`text`: what is seen; `html`: the source; both as plain text. `json`: all of it."),
    ] = "text",
) -> Response[Any]:
    """A page as it was when its values were read. Never served as a live document."""
    tasks = await list_tasks(service, account_id, run_of(job_id))
    if page_id not in {task.page_id for task in tasks}:
        raise NotFound("No such page.")
    page = await get_page(service, account_id, of_run(page_id))
    if format == "json":
        return Response(render_page(page), media_type="application/json")
    return Response(
        sayable(page.html if format == "html" else page.text),
        media_type="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{page_id}.txt"', "Content-Security-Policy": "sandbox"},
    )


@get(
    "/jobs/{job_id:str}/download",
    summary="Download a job's results",
    operation_class=streams(*CONTENT_TYPES, says="The records as a file, streamed."),
    opt=needs(Scope.JOBS_READ) | charged(),
    responses=errors_of(404, 409, 422),
)
async def download_job(
    job_id: JobId,
    service: ServiceGiven,
    account_id: AccountId,
    format: Format = None,  # noqa: A002 - the document's name
    verdict: RecordVerdict = "yes",
    checks: Checks = False,
) -> Stream:
    """The records as a file. Before the job has ended: those found so far; a 409 while there are none."""
    run = await get_run(service, account_id, run_of(job_id))
    if not (run.status.is_terminal or run.records_found):
        raise Conflict("Nothing has been found yet; ask again later, or follow the job's events.")
    export = await export_records(
        service,
        account_id,
        run.id,
        format or run.request.output_format,
        apart=verdict == Meets.UNCLEAR,
        with_checks=checks,
    )
    return Stream(
        await primed(export.chunks),
        media_type=export.content_type,
        headers={"Content-Disposition": f'attachment; filename="{export.filename}"'},
    )


@get(
    "/jobs/{job_id:str}/events",
    summary="Follow a job",
    opt=needs(Scope.JOBS_READ),
    operation_class=streams(MEDIA_TYPE, says="Events, one frame each."),
    responses=errors_of(404, 422, 429)
    | {204: ResponseSpec(None, description="The job has ended and every event was sent.")},
)
async def follow_job(
    job_id: JobId,
    service: ServiceGiven,
    config: ConfigGiven,
    metrics: MetricsGiven,
    account_id: AccountId,
    last_event_id: Annotated[
        str | None, HeaderParameter(name="Last-Event-ID", description="Go on after this event.")
    ] = None,
) -> Response[Any]:
    """What happens, as Server-Sent Events: those stored so far, then each one as it happens, until `run.ended`.

    `id` is the event's sequence, `event` its type, `data` a JSON object. A 204 tells a browser not to come back.
    """
    after = resume_after(last_event_id)
    run = await get_run(service, account_id, run_of(job_id))
    if run.status.is_terminal and not await list_events(service, account_id, run.id, after=after, limit=1):
        return Response(None, status_code=204)
    check_room(metrics, config, account_id)
    events = follow(service, account_id, run.id, after)
    return Stream(
        frames(events, frame_of_event, heartbeat_s=config.heartbeat_s, metrics=metrics, account_id=account_id),
        media_type=MEDIA_TYPE,
        headers=HEADERS,
    )


async def primed(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks, the first of them already made: a fault before it is still an error response."""
    first = await anext(chunks, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return all_of_them()


HANDLERS = (
    list_job_records,
    get_job_evidence,
    list_job_sources,
    get_job_page,
    download_job,
    follow_job,
)
