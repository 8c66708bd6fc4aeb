"""Flows: a page, how to drive it and what to read of it, kept to be run again."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from domain.actions import Navigate, Step, Type
from domain.errors import InvalidInput
from domain.fields import Field
from domain.requests import FlowMode, FlowRequest
from domain.runs import RunStatus
from domain.urls import site_of

MAX_ITEMS = 1_000  # a flow names its page, so all of it is what is wanted: as many as any run may have
FAILURES_TO_ERROR = 3  # one may be the site's bad minute, two its bad hour
HOURLY = "0 * * * *"  # when a monitor runs, where its owner does not say
UTC = "UTC"
SECRET_SHOWN = "********"  # noqa: S105 - in place of what is typed in secret


class FlowStatus(StrEnum):
    DRAFT = "draft"  # not yet in use: it runs when it is told to
    ACTIVE = "active"
    PAUSED = "paused"  # it does not run
    ERROR = "error"  # its last runs failed: it runs only when it is told to


class FlowCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Of runs that have ended. Those that somebody cancelled are in `total` alone."""

    total: int = 0
    succeeded: int = 0  # completed or partial
    failed: int = 0
    failures_in_a_row: int = 0  # newest first

    @property
    def success_rate(self) -> float:
        """Per cent with one decimal of the runs that succeeded or failed; 0 where none has."""
        ended = self.succeeded + self.failed
        return round(100 * self.succeeded / ended, 1) if ended else 0.0


class FlowDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What its owner says of a flow.

    `fields` are what `output_schema`, the caller's own words, was understood to ask for. `schedule` (cron, five fields)
    and `timezone` (IANA) are a monitor's alone.
    """

    name: str
    url: str
    mode: FlowMode = FlowMode.EXTRACT
    description: str = ""
    steps: tuple[Step, ...] = ()
    output_schema: dict[str, Any] = {}
    fields: tuple[Field, ...] = ()
    max_items: int = MAX_ITEMS
    schedule: str = ""
    timezone: str = UTC


class Flow(FlowDraft, frozen=True, kw_only=True):
    """A flow as it is kept. `pool_id` and `schedule_id` are a monitor's own; empty where it has none."""

    id: str
    account_id: str
    status: FlowStatus
    created_at: dt.datetime
    updated_at: dt.datetime
    counts: FlowCounts = FlowCounts()
    pool_id: str = ""
    schedule_id: str = ""


class FlowChange(msgspec.Struct, frozen=True, kw_only=True):
    """A merge patch: what is UNSET stays as it is."""

    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    mode: FlowMode | UnsetType = UNSET
    status: FlowStatus | UnsetType = UNSET
    description: str | UnsetType = UNSET
    steps: tuple[Step, ...] | UnsetType = UNSET
    output_schema: dict[str, Any] | UnsetType = UNSET
    fields: tuple[Field, ...] | UnsetType = UNSET
    max_items: int | UnsetType = UNSET
    schedule: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


def changed(flow: Flow, change: FlowChange, now: dt.datetime) -> Flow:
    """The flow with the change in it. One that leaves `error` starts counting its failures anew; one that is a monitor
    no longer has no schedule; a secret that comes back as it was shown stays what it was.

    Where the flow goes to a site that it did not go to, what it types in secret has to be sent again: whoever may
    change a flow may not read its secrets, and a page of their own would tell them.
    """
    given: dict[str, Any] = {
        name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET
    }
    if given.get("mode", flow.mode) is not FlowMode.MONITOR:
        given = {"schedule": "", "timezone": UTC} | given
    going = {"url": given.get("url", flow.url), "steps": given.get("steps", flow.steps)}
    if _sites(**going) <= _sites(flow.url, flow.steps):
        given |= {"steps": _with_secrets(going["steps"], flow.steps)} if "steps" in given else {}
    elif "steps" not in given:
        given["steps"] = tuple(map(_masked, flow.steps))
    if flow.status is FlowStatus.ERROR and given.get("status", flow.status) is not FlowStatus.ERROR:
        given["counts"] = msgspec.structs.replace(flow.counts, failures_in_a_row=0)
    return msgspec.structs.replace(flow, **given, updated_at=now)


def as_scheduled(flow: Flow, cron: str, timezone: str, *, enabled: bool, now: dt.datetime) -> Flow:
    """A monitor whose own schedule was changed as a schedule: on the clock it is active, off it is not."""
    status = flow.status
    if enabled:
        status = FlowStatus.ACTIVE
    elif status is FlowStatus.ACTIVE:
        status = FlowStatus.PAUSED
    return changed(flow, FlowChange(schedule=cron, timezone=timezone, status=status), now)


def _sites(url: str, steps: tuple[Step, ...]) -> frozenset[str]:
    """The sites that a flow opens; what is no address is none."""
    found = set()
    for each in (url, *(step.url for step in steps if isinstance(step, Navigate) and step.url)):
        with suppress(InvalidInput):
            found.add(site_of(each.strip()))
    return frozenset(found)


def _masked(step: Step) -> Step:
    return msgspec.structs.replace(step, text=SECRET_SHOWN) if isinstance(step, Type) and step.secret else step


def _with_secrets(steps: tuple[Step, ...], known: tuple[Step, ...]) -> tuple[Step, ...]:
    secrets = {step.selector: step for step in known if isinstance(step, Type) and step.secret}
    return tuple(
        msgspec.structs.replace(step, text=secrets[step.selector].text)
        if isinstance(step, Type) and step.secret and step.text == SECRET_SHOWN and step.selector in secrets
        else step
        for step in steps
    )


def problems_of(draft: FlowDraft) -> dict[str, str]:
    """What does not go together in a flow, by the name of its member."""
    problems: dict[str, str] = {}
    for at, step in enumerate(draft.steps):
        if isinstance(step, Type) and step.secret and step.text == SECRET_SHOWN:
            problems[f"steps[{at}].text"] = "this secret is not known here: send it"
    if draft.mode is FlowMode.INTERACT and not draft.steps:
        problems["steps"] = "mode interact needs steps"
    if draft.mode is not FlowMode.MONITOR:
        if draft.schedule:
            problems["schedule"] = "only a flow of mode monitor has one"
        if draft.timezone != UTC:
            problems["timezone"] = "only a flow of mode monitor has one"
    return problems


def outcome_counts(status: RunStatus) -> FlowCounts:
    """What one run that ended so adds to its flow's counts; `failures_in_a_row` is 1 for a failed one."""
    failed = int(status is RunStatus.FAILED)
    succeeded = int(status in {RunStatus.COMPLETED, RunStatus.PARTIAL})
    return FlowCounts(total=1, succeeded=succeeded, failed=failed, failures_in_a_row=failed)


def flow_request(flow: Flow, *, schedule_id: str = "") -> FlowRequest:
    """A run of the flow, as the flow is now."""
    return FlowRequest(
        flow_id=flow.id,
        flow_name=flow.name,
        mode=flow.mode,
        steps=flow.steps,
        goal=flow.description,
        url=flow.url,
        fields=flow.fields,
        max_results=flow.max_items,
        pool_id=flow.pool_id if flow.mode is FlowMode.MONITOR else "",
        schedule_id=schedule_id,
    )
