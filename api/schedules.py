"""ScrapeHub's scheduled jobs: made, listed, changed, paused, run now, deleted."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, RawBody

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ServiceGiven
from api.ids import named
from api.jobs import takes_json
from api.openapi import body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.message import Message
from api.wire.reading import read_body, read_patch
from api.wire.scrapehub.jobs import JobCreated, job_url, render_created
from api.wire.scrapehub.schedules import (
    CreateSchedule,
    PatchSchedule,
    ScheduleDetail,
    ScheduleOut,
    parse_patch,
    parse_schedule,
    render_detail,
    render_schedule,
    schedule_id_of,
    schedule_url,
)
from domain.accounts import Scope
from domain.schedules import Scheduled
from services.schedules import (
    NO_SUCH,
    change_schedule,
    create_schedule,
    delete_schedule,
    due_times,
    get_schedule,
    list_schedules,
    list_ticks,
    pause_schedule,
    resume_schedule,
)
from services.service import Service
from services.ticks import run_schedule

_DAILY = {
    "name": "Daily Price Monitoring",
    "goal": "Track prices on competitor website",
    "schedule": "0 9 * * *",
    "enabled": True,
}
_URL = {
    "name": "Kitchen prices",
    "url": "https://shop.example/kitchen",
    "fields": ["name", "price:number"],
    "max_results": 200,
    "schedule": "*/30 8-18 * * 1-5",
    "timezone": "Europe/Berlin",
}
_TEMPLATE = {
    "name": "Concerts of the week",
    "template": "events",
    "values": {"kind": "concerts", "location": "Leeds"},
    "schedule": "0 7 * * MON",
    "timezone": "Europe/London",
}

ScheduleId = FromPath[str]
_READS = needs(Scope.SCHEDULES_READ, Scope.JOBS_READ)
_WRITES = needs(Scope.SCHEDULES_WRITE, Scope.JOBS_WRITE)


def _id(text: str) -> str:
    return named(schedule_id_of(text), NO_SUCH)


def _shown(service: Service, scheduled: Scheduled) -> ScheduleOut:
    return render_schedule(scheduled, due_times(scheduled.schedule, service.clock.now()))


@get("/scheduled-jobs", summary="List scheduled jobs", opt=_READS, responses=errors_of(422))
async def list_scheduled_jobs(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[ScheduleOut]]:
    """Your scheduled jobs, newest first. The `Link` header leads to the next page."""
    listing = await list_schedules(service, account_id, limit=limit, cursor=cursor)
    return Response([_shown(service, each) for each in listing.items], headers=next_link(request, listing.next_cursor))


@post(
    "/scheduled-jobs",
    summary="Schedule a job",
    response_description="The scheduled job.",
    opt=_WRITES,
    guards=[takes_json],
    operation_class=body_of(CreateSchedule, daily=_DAILY, url=_URL, template=_TEMPLATE),
    responses=errors_of(400, 409, 413, 415, 422, 507),
)
async def create_scheduled_job(body: RawBody, service: ServiceGiven, account_id: AccountId) -> Response[ScheduleOut]:
    """Starts a job, or a flow, at every time that `schedule` says on the clocks of `timezone`.

    Where clocks are set forward, a time that is skipped is due once; where they are set back, a time that comes twice
    is due once. Times that were missed while the service was down are made up for by one run. While the run before is
    still going, a due time is left out.
    """
    asked = parse_schedule(read_body(body, CreateSchedule), service.policy)
    schedule = await create_schedule(service, account_id, asked)
    shown = _shown(service, Scheduled(schedule=schedule))
    return Response(shown, headers={"Location": schedule_url(schedule.id)})


@get("/scheduled-jobs/{schedule_id:str}", summary="Get a scheduled job", opt=_READS, responses=errors_of(404))
async def get_scheduled_job(schedule_id: ScheduleId, service: ServiceGiven, account_id: AccountId) -> ScheduleDetail:
    """With its next five times and what became of its last ten."""
    found = await get_schedule(service, account_id, _id(schedule_id))
    ticks = await list_ticks(service, account_id, found.schedule.id)
    return render_detail(found, due_times(found.schedule, service.clock.now()), ticks)


@patch(
    "/scheduled-jobs/{schedule_id:str}",
    summary="Change a scheduled job",
    response_description="The scheduled job as it now is.",
    opt=_WRITES,
    guards=[takes_json],
    operation_class=body_of(PatchSchedule, evening={"schedule": "0 18 * * *", "timezone": "Europe/Berlin"}),
    responses=errors_of(400, 404, 413, 415, 422, 507),
)
async def patch_scheduled_job(
    schedule_id: ScheduleId, body: RawBody, service: ServiceGiven, account_id: AccountId
) -> ScheduleOut:
    """What is left out stays. A run that is going goes on as it was asked."""
    asked = parse_patch(read_patch(body, PatchSchedule), service.policy)
    return _shown(service, await change_schedule(service, account_id, _id(schedule_id), asked))


@delete(
    "/scheduled-jobs/{schedule_id:str}",
    summary="Delete a scheduled job",
    response_description="Done.",
    status_code=200,
    opt=_WRITES,
    responses=errors_of(404),
)
async def delete_scheduled_job(schedule_id: ScheduleId, service: ServiceGiven, account_id: AccountId) -> Message:
    """The jobs that it started stay, and one that is going goes on."""
    await delete_schedule(service, account_id, _id(schedule_id))
    return Message(message="Scheduled job deleted successfully")


@post(
    "/scheduled-jobs/{schedule_id:str}/run",
    summary="Run a scheduled job now",
    response_description="The job, queued.",
    opt=_WRITES | charged(),
    responses=errors_of(402, 404, 409, 422, 507),
)
async def run_scheduled_job(
    schedule_id: ScheduleId, service: ServiceGiven, account_id: AccountId
) -> Response[JobCreated]:
    """Paused or not; its due times stay as they are. A 409 says that its last run is still going."""
    run = await run_schedule(service, account_id, _id(schedule_id))
    return Response(render_created(run), headers={"Location": job_url(run.id)})


@post(
    "/scheduled-jobs/{schedule_id:str}/pause",
    summary="Pause a scheduled job",
    response_description="The scheduled job, paused.",
    status_code=200,
    opt=_WRITES,
    responses=errors_of(404, 507),
)
async def pause_scheduled_job(schedule_id: ScheduleId, service: ServiceGiven, account_id: AccountId) -> ScheduleOut:
    """Nothing is due until it is resumed, and nothing is made up for then."""
    return _shown(service, await pause_schedule(service, account_id, _id(schedule_id)))


@post(
    "/scheduled-jobs/{schedule_id:str}/resume",
    summary="Resume a scheduled job",
    response_description="The scheduled job, due again.",
    status_code=200,
    opt=_WRITES,
    responses=errors_of(404, 507),
)
async def resume_scheduled_job(schedule_id: ScheduleId, service: ServiceGiven, account_id: AccountId) -> ScheduleOut:
    """It is next due at its next time from now."""
    return _shown(service, await resume_schedule(service, account_id, _id(schedule_id)))


HANDLERS = (
    list_scheduled_jobs,
    create_scheduled_job,
    get_scheduled_job,
    patch_scheduled_job,
    delete_scheduled_job,
    run_scheduled_job,
    pause_scheduled_job,
    resume_scheduled_job,
)
