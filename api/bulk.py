"""Scrape.do's asynchronous API: many Targets in one job, results by task."""

from __future__ import annotations

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, RawBody

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.jobs import IdempotencyKey, takes_json
from api.openapi import answer_of, body_of
from api.wire.reading import read_body
from api.wire.scrapedo.ids import undashed
from api.wire.scrapedo.jobs import (
    JobCanceled,
    JobCreated,
    JobOut,
    JobsPage,
    Me,
    TaskOut,
    render_canceled,
    render_created,
    render_job,
    render_me,
    render_page,
    render_task,
)
from api.wire.scrapedo.requests import CreateBulkJob, options_of
from domain.accounts import Scope
from domain.errors import NotFound
from services.bulk import (
    bulk_standing,
    cancel_bulk_job,
    create_bulk_job,
    get_bulk_job,
    get_bulk_task,
    list_bulk_jobs,
)

JobID = FromPath[str]
TaskID = FromPath[str]

_EXAMPLE = {"Targets": ["https://example.com/"], "Device": "desktop", "Output": "raw"}
_CREATED = {
    "JobID": "550e8400-e29b-41d4-a716-446655440000",
    "Message": "Job created successfully",
    "TaskIDs": ["660e8400-e29b-41d4-a716-446655440001"],
}


def id_of(text: str) -> str:
    """The bare id in a path. What can be no id is absent."""
    id_ = undashed(text)
    if id_ is None:
        raise NotFound
    return id_


@post(
    "/jobs",
    summary="Scrape many Targets",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE),
    guards=[takes_json],
    operation_class=body_of(CreateBulkJob, targets=_EXAMPLE),
    responses={200: answer_of(JobCreated, "The job, queued.", _CREATED)},
)
async def create(
    body: RawBody, service: ServiceGiven, account_id: AccountId, idempotency_key: IdempotencyKey = None
) -> JobCreated:
    """Up to 1,000 Targets under one set of options. Each is a task with a result of its own."""
    asked = read_body(body, CreateBulkJob)
    job, tasks = await create_bulk_job(
        service,
        account_id,
        asked.targets,
        options_of(asked),
        webhook_url=asked.webhook_url,
        webhook_headers=tuple(asked.webhook_headers.items()),
        idempotency_key=idempotency_key or "",
    )
    return render_created(job, tasks)


@get("/jobs", summary="List bulk jobs", opt=needs(Scope.JOBS_READ))
async def list_jobs(
    service: ServiceGiven, account_id: AccountId, page_size: FromQuery[int] = 10, page: FromQuery[int] = 1
) -> JobsPage:
    """Your jobs, newest first: at most 100 to a page."""
    return render_page(await list_bulk_jobs(service, account_id, page=page, page_size=page_size))


@get("/jobs/{JobID:str}", summary="Get a bulk job", opt=needs(Scope.JOBS_READ))
async def get_job(JobID: JobID, service: ServiceGiven, account_id: AccountId) -> JobOut:  # noqa: N803
    """A job's status, and that of each of its tasks."""
    return render_job(await get_bulk_job(service, account_id, id_of(JobID)))


@get("/jobs/{JobID:str}/{TaskID:str}", summary="Get a Target's result", opt=needs(Scope.JOBS_READ))
async def get_task(JobID: JobID, TaskID: TaskID, service: ServiceGiven, account_id: AccountId) -> TaskOut:  # noqa: N803
    """What came of one Target. Results are kept for 24 hours."""
    return render_task(await get_bulk_task(service, account_id, id_of(JobID), id_of(TaskID)))


@delete("/jobs/{JobID:str}", summary="Cancel a bulk job", status_code=200, opt=needs(Scope.JOBS_WRITE))
async def cancel_job(JobID: JobID, service: ServiceGiven, account_id: AccountId) -> JobCanceled:  # noqa: N803
    """Ends what is not over; what came is kept. 406 where the job is over."""
    return render_canceled(await cancel_bulk_job(service, account_id, id_of(JobID)))


@get("/me", summary="Concurrency and credits", opt=needs(Scope.JOBS_READ))
async def me(service: ServiceGiven, account_id: AccountId) -> Me:
    """How much you may do at once, how much of it is free, and what you can spend."""
    return render_me(await bulk_standing(service, account_id))


HANDLERS = (create, list_jobs, get_job, get_task, cancel_job, me)
