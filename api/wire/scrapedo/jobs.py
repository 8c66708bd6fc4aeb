"""Bulk jobs and tasks as Scrape.do's document shows them, warts included."""

from __future__ import annotations

import base64

import msgspec

from api.wire.scrapedo.ids import dashed
from api.wire.times import iso_seconds_or_none
from domain.bulk import BulkJob, BulkStatus
from services.bulk import BulkPage, BulkView, Standing, TaskView
from store.repositories.bulk import TaskHead

CREATED = "Job created successfully"
EXPIRED = "The result has expired: results are kept for 24 hours."


class JobCreated(msgspec.Struct, frozen=True):
    JobID: str
    Message: str
    TaskIDs: list[str]


class TaskItem(msgspec.Struct, frozen=True):
    TaskID: str
    URL: str
    Status: str


class JobOut(msgspec.Struct, frozen=True, kw_only=True):
    """A job with its tasks. Times are null until they have come."""

    JobID: str
    TaskIDs: list[str]
    Status: str
    StartTime: str | None
    EndTime: str | None
    AcquiredConcurrency: int
    LimitConcurrency: int
    Canceled: bool
    Tasks: list[TaskItem]


class JobItem(msgspec.Struct, frozen=True, kw_only=True):
    """A job in a list."""

    JobID: str
    Status: str
    TaskIDs: list[str]
    StartTime: str | None
    EndTime: str | None


class JobsPage(msgspec.Struct, frozen=True, kw_only=True):
    Jobs: list[JobItem]
    TotalCount: int
    PageSize: int
    PageNumber: int
    TotalPages: int


class JobCanceled(msgspec.Struct, frozen=True, kw_only=True):
    JobID: str
    Status: str
    Canceled: bool


class CreditsOut(
    msgspec.Struct, frozen=True, kw_only=True, rename={"used": "Credits-Used", "left": "Remaining-Credits"}
):
    """Numbers as texts, as in the headers that they stand for."""

    used: str
    left: str


class TaskOut(msgspec.Struct, frozen=True, kw_only=True, rename={"scrape_do": "Scrape.do"}):
    """One task. `Content` is in base64 where `Base64EncodedContent` says so."""

    TaskID: str
    JobID: str
    URL: str
    Status: str
    StartTime: str | None
    EndTime: str | None
    ExpiresAt: str | None
    UpdateTime: str | None
    Base64EncodedContent: bool
    StatusCode: int
    ResponseHeaders: dict[str, str]
    scrape_do: CreditsOut
    Content: str
    ErrorMessage: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """`AvaliableCredits` is the document's own spelling."""

    TotalConcurrency: int
    FreeConcurrency: int
    ActiveJobs: int
    AvaliableCredits: int


def render_created(job: BulkJob, tasks: tuple[TaskHead, ...]) -> JobCreated:
    return JobCreated(dashed(job.id), CREATED, [dashed(task.id) for task in tasks])


def render_job(view: BulkView) -> JobOut:
    return JobOut(
        JobID=dashed(view.job.id),
        TaskIDs=[dashed(task.id) for task in view.tasks],
        Status=view.status,
        StartTime=iso_seconds_or_none(view.job.started_at),
        EndTime=iso_seconds_or_none(view.job.completed_at),
        AcquiredConcurrency=view.acquired,
        LimitConcurrency=view.limit,
        Canceled=view.job.canceled,
        Tasks=[TaskItem(dashed(task.id), task.url, task.status) for task in view.tasks],
    )


def render_page(page: BulkPage) -> JobsPage:
    return JobsPage(
        Jobs=[
            JobItem(
                JobID=dashed(view.job.id),
                Status=view.status,
                TaskIDs=[dashed(task.id) for task in view.tasks],
                StartTime=iso_seconds_or_none(view.job.started_at),
                EndTime=iso_seconds_or_none(view.job.completed_at),
            )
            for view in page.views
        ],
        TotalCount=page.total,
        PageSize=page.page_size,
        PageNumber=page.page,
        TotalPages=-(-page.total // page.page_size),
    )


def render_canceled(job: BulkJob) -> JobCanceled:
    return JobCanceled(JobID=dashed(job.id), Status=BulkStatus.CANCELED, Canceled=True)


def render_task(view: TaskView) -> TaskOut:
    task = view.task
    binary = task.is_binary and bool(view.content)
    content = base64.b64encode(view.content).decode() if binary else view.content.decode("utf-8", "replace")
    return TaskOut(
        TaskID=dashed(task.id),
        JobID=dashed(task.job_id),
        URL=task.url,
        Status=task.status,
        StartTime=iso_seconds_or_none(task.started_at),
        EndTime=iso_seconds_or_none(task.completed_at),
        ExpiresAt=iso_seconds_or_none(task.expires_at),
        UpdateTime=iso_seconds_or_none(task.updated_at),
        Base64EncodedContent=binary,
        StatusCode=task.status_code,
        ResponseHeaders={} if view.is_expired else {canonical(name): value for name, value in task.headers},
        scrape_do=CreditsOut(used=str(task.credits), left=str(view.available)),
        Content=content,
        ErrorMessage=EXPIRED if view.is_expired else task.error,
    )


def canonical(name: str) -> str:
    """A header's name as the document writes it, `Content-Type`. Browsers and HTTP/2 know small letters only."""
    return "-".join(part.capitalize() for part in name.split("-"))


def render_me(standing: Standing) -> Me:
    return Me(
        TotalConcurrency=standing.limit,
        FreeConcurrency=max(0, standing.limit - standing.held),
        ActiveJobs=standing.open_jobs,
        AvaliableCredits=standing.available,
    )
