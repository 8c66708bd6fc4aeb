"""Scheduled jobs as ScrapeHub's document writes them: what is sent, and what is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.wire.scrapehub.jobs import STATUS, job_id_of
from api.wire.scrapehub.plans import field_in
from api.wire.scrapehub.requests import (
    MAX_CREDITS,
    MAX_EXCLUDED,
    MAX_EXCLUDED_CHARACTERS,
    MAX_MIN_RESULTS,
    MAX_RESULTS,
    CreateJob,
    FieldIn,
    Goal,
    Mistakes,
    OutputFormat,
    Url,
    read_job,
)
from api.wire.times import iso_seconds
from domain.egress import EgressPolicy
from domain.fields import MAX_FIELDS
from domain.ids import prefixed, unprefixed
from domain.requests import GoalRequest
from domain.schedules import MAX_CRON, MAX_TIMEZONE, UTC, Scheduled, Tick, TickOutcome
from services.schedules import MAX_NAME, GoalPatch, NewSchedule, SchedulePatch

MAX_ID = 64
_PREFIX = "sched"
_POOL = "pool"
_FLOW = "flow"

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME, examples=["Daily Price Monitoring"])]
Cron = Annotated[
    str,
    Meta(
        max_length=MAX_CRON,
        description="Five fields: minute, hour, day of the month, month, day of the week.",
        examples=["0 9 * * *"],
    ),
]
Zone = Annotated[
    str, Meta(max_length=MAX_TIMEZONE, description="IANA name; default `UTC`.", examples=["Europe/Berlin"])
]
PoolId = Annotated[str, Meta(max_length=MAX_ID, description="The pool that its records go into.")]


class CreateSchedule(CreateJob, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When to start what: the members of `POST /jobs`, or a flow."""

    name: Name
    schedule: Cron
    timezone: Zone | None = None
    flow_id: Annotated[str, Meta(max_length=MAX_ID, description="Starts this flow, and no job of its own.")] | None = (
        None
    )
    enabled: Annotated[bool, Meta(description="Default true.")] | None = None


class PatchSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What changes: what is left out stays. A null takes away `pool_id`, `min_results`, `webhook_url`,
    `max_credits`, `goal` or `url`."""

    name: Name | UnsetType = UNSET
    schedule: Cron | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    pool_id: PoolId | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    goal: Goal | UnsetType | None = UNSET
    url: Url | UnsetType | None = UNSET
    output_format: OutputFormat | UnsetType = UNSET
    max_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS)] | UnsetType = UNSET
    min_results: Annotated[int, Meta(ge=1, le=MAX_MIN_RESULTS)] | UnsetType | None = UNSET
    use_smart_cascade: bool | UnsetType = UNSET
    fields: Annotated[list[str | FieldIn], Meta(max_length=MAX_FIELDS)] | UnsetType = UNSET
    webhook_url: Url | UnsetType | None = UNSET
    max_credits: Annotated[int, Meta(ge=1, le=MAX_CREDITS)] | UnsetType | None = UNSET
    exclude: (
        Annotated[list[Annotated[str, Meta(max_length=MAX_EXCLUDED_CHARACTERS)]], Meta(max_length=MAX_EXCLUDED)]
        | UnsetType
    ) = UNSET


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    job_id: str
    status: str


class TickOut(msgspec.Struct, frozen=True, kw_only=True):
    """A due time that was dealt with. `outcome` says how, `reason` why it started nothing."""

    due_at: str
    outcome: TickOutcome
    job_id: str | None
    reason: str | None


class ScheduleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduled job.

    `next_runs` are its next five times in UTC, none while it is paused. `last_run` is null before the first one, and
    where that job was deleted. `last_error` says why the newest due time started nothing.
    """

    id: str
    name: str
    goal: str
    url: str | None
    schedule: str
    timezone: str
    pool_id: str | None
    flow_id: str | None
    enabled: bool
    next_runs: list[str]
    last_run: LastRun | None
    last_error: str | None
    created_at: str
    fields: list[FieldIn]
    output_format: str
    max_results: int
    min_results: int | None
    use_smart_cascade: bool
    exclude: list[str]
    webhook_url: str | None
    max_credits: int | None


class ScheduleDetail(ScheduleOut, frozen=True, kw_only=True):
    """A scheduled job with what became of its last ten due times, newest first."""

    history: list[TickOut]


def schedule_id_of(text: str) -> str | None:
    """The id in `sched_<id>`; None where it can name nothing."""
    return unprefixed(_PREFIX, text)


def schedule_url(schedule_id: str) -> str:
    return f"/api/v1/scheduled-jobs/{prefixed(_PREFIX, schedule_id)}"


def parse_schedule(body: CreateSchedule, policy: EgressPolicy) -> NewSchedule:
    """Raises InvalidInput with one entry per wrong member."""
    mistakes = Mistakes()
    flow_id = mistakes.id("flow_id", body.flow_id, _FLOW, "-")
    request = None
    if body.flow_id:
        asked = [name for name in CreateJob.__struct_fields__ if getattr(body, name) is not None]
        mistakes.add(dict.fromkeys(asked, "a flow says itself what it does; leave this out"))
    else:
        request = read_job(body, policy, mistakes)
    pool_id = mistakes.id("pool_id", body.pool_id, _POOL)
    mistakes.raise_any()
    return NewSchedule(
        name=body.name,
        cron=body.schedule,
        timezone=body.timezone or UTC,
        request=request,
        flow_id=flow_id,
        pool_id=pool_id,
        enabled=body.enabled is not False,
    )


def parse_patch(body: PatchSchedule, policy: EgressPolicy) -> SchedulePatch:
    """Raises InvalidInput with one entry per wrong member."""
    mistakes = Mistakes()
    request = GoalPatch(
        goal=body.goal if body.goal is UNSET else (body.goal or "").strip(),
        url=body.url if body.url is UNSET else mistakes.url("url", (body.url or "").strip(), policy),
        fields=body.fields if body.fields is UNSET else mistakes.fields("fields", body.fields),
        max_results=body.max_results,
        min_results=body.min_results,
        output_format=body.output_format,
        max_credits=body.max_credits,
        use_smart_cascade=body.use_smart_cascade,
        exclude=body.exclude if body.exclude is UNSET else tuple(filter(None, map(str.strip, body.exclude))),
        webhook_url=body.webhook_url
        if body.webhook_url is UNSET
        else mistakes.url("webhook_url", (body.webhook_url or "").strip(), policy),
    )
    patch = SchedulePatch(
        name=body.name,
        cron=body.schedule,
        timezone=body.timezone,
        pool_id=body.pool_id if body.pool_id is UNSET else mistakes.id("pool_id", body.pool_id, _POOL),
        enabled=body.enabled,
        request=request,
    )
    mistakes.raise_any()
    return patch


def render_schedule(scheduled: Scheduled, due: Sequence[dt.datetime]) -> ScheduleOut:
    """`due` are its next times."""
    schedule, request = scheduled.schedule, scheduled.schedule.request or GoalRequest()
    return ScheduleOut(
        id=prefixed(_PREFIX, schedule.id),
        name=schedule.name,
        goal=request.goal,
        url=request.url or None,
        schedule=schedule.cron,
        timezone=schedule.timezone,
        pool_id=prefixed(_POOL, schedule.pool_id) if schedule.pool_id else None,
        flow_id=prefixed(_FLOW, schedule.flow_id, "-") if schedule.flow_id else None,
        enabled=schedule.enabled,
        next_runs=[iso_seconds(moment) for moment in due],
        last_run=_last_run(scheduled),
        last_error=schedule.last_error or None,
        created_at=iso_seconds(schedule.created_at),
        fields=[field_in(field) for field in request.fields],
        output_format=request.output_format,
        max_results=request.max_results,
        min_results=request.min_results,
        use_smart_cascade=request.use_smart_cascade,
        exclude=list(request.exclude),
        webhook_url=request.webhook_url or None,
        max_credits=request.max_credits,
    )


def render_detail(scheduled: Scheduled, due: Sequence[dt.datetime], ticks: Sequence[Tick]) -> ScheduleDetail:
    shown = render_schedule(scheduled, due)
    return ScheduleDetail(**msgspec.structs.asdict(shown), history=[_tick(each) for each in ticks])


def _last_run(scheduled: Scheduled) -> LastRun | None:
    if scheduled.last_status is None:
        return None
    return LastRun(job_id=job_id_of(scheduled.schedule.last_run_id), status=STATUS[scheduled.last_status])


def _tick(tick: Tick) -> TickOut:
    return TickOut(
        due_at=iso_seconds(tick.due_at),
        outcome=tick.outcome,
        job_id=job_id_of(tick.run_id) if tick.run_id else None,
        reason=tick.reason or None,
    )
