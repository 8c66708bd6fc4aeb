"""ScrapeHub's jobs: start, list, follow, extend, end."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, HeaderParameter, RawBody

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ConfigGiven, ServiceGiven
from api.ids import named
from api.openapi import answer_of, body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.message import Message
from api.wire.reading import read_body
from api.wire.scrapehub.jobs import (
    REMOVED,
    JobCreated,
    JobItem,
    JobOut,
    PreviewOut,
    job_url,
    render_created,
    render_item,
    render_job,
    render_preview,
    run_id_of,
)
from api.wire.scrapehub.requests import CreateJob, ExtendJob, parse_job
from domain.accounts import Scope
from domain.runs import RunKind
from services.credits import credits_of, estimate_real
from services.records import count_apart, list_records
from services.runs import delete_run, extend_run, get_run, list_runs, submit_run, wait_for_end
from services.tasks import list_tasks

RECORDS_SHOWN = 20  # records on the job itself; the rest are paged
CANDIDATES_SHOWN = 50

_GOAL = {
    "goal": "Find dentists in New York City with contact details",
    "output_format": "json",
    "max_results": 50,
    "fields": ["name", "phone", "email", "address"],
}
_URL = {
    "url": "https://example.com/catalogue",
    "fields": ["name", "price:number"],
    "min_results": 20,
    "max_results": 100,
}
_PLANNED = {
    "goal": "Running shoes under 100 dollars",
    "plan": {
        "entity": "running shoe",
        "fields": ["name", {"name": "price", "type": "price", "required": True}],
        "queries": ["running shoes"],
        "conditions": [{"field": "price", "comparison": "<", "value": 100}],
    },
    "exclude": ["example.org"],
}

_CREATED = {
    "job_id": "job_01a1fd7bc0de70c0965a666767579315",
    "status": "queued",
    "goal": "Find dentists in New York City with contact details",
    "output_format": "json",
    "progress": 0,
    "records_found": 0,
    "sources_total": 0,
    "sources_completed": 0,
    "created_at": "2026-01-27T10:30:00Z",
    "download_url": None,
}

JobId = FromPath[str]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A repeat of the same request under the same key gives the same job.",
    ),
]


async def takes_json(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard: a body is JSON, or says nothing of what it is."""
    media_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {"", "application/json"}:
        raise HTTPException(status_code=415, detail="The body must be application/json.")


def run_of(job_id: str) -> str:
    """The run behind a job's id. Raises NotFound."""
    return named(run_id_of(job_id))


@post(
    "/jobs",
    summary="Start a job",
    opt=needs(Scope.JOBS_WRITE) | charged(once_by_key=True),
    guards=[takes_json],
    operation_class=body_of(CreateJob, goal=_GOAL, url=_URL, plan=_PLANNED),
    responses=errors_of(400, 402, 413, 415, 422, 507) | {201: answer_of(JobCreated, "The job, queued.", _CREATED)},
)
async def create_job(
    body: RawBody,
    service: ServiceGiven,
    account_id: AccountId,
    idempotency_key: IdempotencyKey = None,
) -> Response[JobCreated]:
    """A natural language goal, or a URL to scrape directly; one of them is required."""
    request = parse_job(read_body(body, CreateJob), service.policy)
    run = await submit_run(service, account_id, request, idempotency_key=idempotency_key or "")
    return Response(render_created(run), headers={"Location": job_url(run.id)})


@post(
    "/jobs/preview",
    summary="Preview a job",
    response_description="The plan, and the sources found for it.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE) | charged(),
    guards=[takes_json],
    operation_class=body_of(CreateJob, goal=_GOAL, url=_URL),
    responses=errors_of(400, 402, 413, 415, 422, 507),
)
async def preview_job(
    body: RawBody,
    service: ServiceGiven,
    config: ConfigGiven,
    account_id: AccountId,
) -> Response[PreviewOut]:
    """The plan and the sources that a job would open, before anything but a search is spent.

    Takes what `POST /jobs` takes. Send the plan back, changed or not, as `plan` of a new job. A 202 says that it is not
    ready yet: `GET /jobs/{preview_id}` shows its plan once it is. Where the search found no page the plan is whole all
    the same, and `termination_reason` says why there are no `candidates`. Previews are not in the list of jobs.
    """
    request = parse_job(read_body(body, CreateJob), service.policy, preview=True)
    run = await submit_run(service, account_id, request)
    run = await wait_for_end(service, account_id, run.id, config.preview_deadline_s)
    tasks = await list_tasks(service, account_id, run.id)
    status = HTTPStatus.OK if run.status.is_terminal else HTTPStatus.ACCEPTED
    return Response(render_preview(run, tasks[:CANDIDATES_SHOWN], estimate_real(service, run)), status_code=status)


@get("/jobs", summary="List jobs", opt=needs(Scope.JOBS_READ), responses=errors_of(422))
async def list_jobs(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[JobItem]]:
    """Your jobs, newest first. The `Link` header leads to the next page."""
    listing = await list_runs(service, account_id, limit=limit, cursor=cursor, kind=RunKind.GOAL)
    return Response([render_item(run) for run in listing.items], headers=next_link(request, listing.next_cursor))


@get("/jobs/{job_id:str}", summary="Get a job", opt=needs(Scope.JOBS_READ), responses=errors_of(404))
async def get_job(job_id: JobId, service: ServiceGiven, account_id: AccountId) -> JobOut:
    """Status, progress and the first results of a job."""
    run = await get_run(service, account_id, run_of(job_id))
    records = await list_records(service, account_id, run.id, limit=RECORDS_SHOWN, cursor="")
    unclear = await count_apart(service, account_id, run.id)
    return render_job(run, records.items, await credits_of(service, run), unclear)


@post(
    "/jobs/{job_id:str}/extend",
    summary="Ask a job for more",
    response_description="The job, queued again.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE) | charged(),
    guards=[takes_json],
    operation_class=body_of(ExtendJob, more={"max_results": 100}),
    responses=errors_of(400, 402, 404, 409, 413, 415, 422, 507),
)
async def extend_job(job_id: JobId, body: RawBody, service: ServiceGiven, account_id: AccountId) -> JobCreated:
    """Sends a job that has ended back to work for more records. It keeps what it has, and reads nothing twice."""
    asked = read_body(body, ExtendJob)
    run = await extend_run(
        service,
        account_id,
        run_of(job_id),
        max_results=asked.max_results,
        min_results=asked.min_results,
        max_credits=asked.max_credits,
    )
    return render_created(run)


@delete(
    "/jobs/{job_id:str}",
    summary="Cancel or delete a job",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE),
    responses=errors_of(404, 409),
)
async def delete_job(job_id: JobId, service: ServiceGiven, account_id: AccountId) -> Message:
    """Cancels a job that has not ended; what it found is kept. Deletes one that has, with all that it found.

    A 409 names a job that has yet to read its archived pages anew.
    """
    await delete_run(service, account_id, run_of(job_id))
    return REMOVED


HANDLERS = (create_job, preview_job, list_jobs, get_job, extend_job, delete_job)
