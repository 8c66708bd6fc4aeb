"""Flows as scraper.bot's document writes them: what is sent, what it means, what is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.wire.faults import MalformedBody
from api.wire.reading import read_body, read_patch
from api.wire.scraperbot.ids import flow_name_of
from api.wire.scraperbot.steps import MAX_URL, WIRE, parse_steps, render_steps
from api.wire.times import iso_seconds
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.fields import Field
from domain.flows import MAX_ITEMS, Flow, FlowChange, FlowDraft, FlowStatus
from domain.ids import prefixed
from domain.requests import FlowMode
from domain.schedules import MAX_CRON, MAX_TIMEZONE, UTC
from domain.schemas import parse_output_schema
from services.flows import MAX_NAME, checked_flow
from services.requests import MAX_GOAL, checked_target

Read = TypeVar("Read")
Body = TypeVar("Body", bound=msgspec.Struct)

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Description = Annotated[
    str, Meta(max_length=MAX_GOAL, description="What is wanted, in plain words; without a schema it says the fields.")
]
Url = Annotated[str, Meta(min_length=1, max_length=MAX_URL)]
Mode = Literal["extract", "interact", "monitor"]
Status = Literal["draft", "active", "paused"]
Steps = Annotated[
    list[Any],
    Meta(
        description="Taken in their order; without any, the page is read with those that it leads to.",
        extra_json_schema={"items": {"oneOf": [{"$ref": f"#/components/schemas/{s.__name__}"} for s in WIRE.values()]}},
    ),
]
Schema = Annotated[
    dict[str, Any],
    Meta(description='`{"title": "string", "tags": ["string"], "seller": {"name": "string"}}`, or JSON Schema.'),
]
MaxItems = Annotated[int, Meta(ge=1, le=MAX_ITEMS)]
Cron = Annotated[str, Meta(max_length=MAX_CRON, description="Of a monitor: five fields of cron; default hourly.")]
Timezone = Annotated[str, Meta(max_length=MAX_TIMEZONE, description="Of `schedule`: IANA; default UTC.")]


class CreateFlow(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A flow to be made."""

    name: Name
    url: Url
    mode: Mode = "extract"
    description: Description = ""
    steps: Steps = []
    output_schema: Schema = {}
    max_items: MaxItems = MAX_ITEMS
    schedule: Cron = ""
    timezone: Timezone = UTC


class PatchFlow(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to change: an absent member stays, a null one is cleared."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    steps: Steps | UnsetType | None = UNSET
    output_schema: Schema | UnsetType | None = UNSET
    max_items: MaxItems | UnsetType | None = UNSET
    schedule: Cron | UnsetType | None = UNSET
    timezone: Timezone | UnsetType | None = UNSET


class FlowItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A flow in a list. `successRate` is in per cent, of the runs that succeeded or failed."""

    id: str
    name: str
    status: FlowStatus
    mode: FlowMode
    url: str
    success_rate: float
    total_runs: int
    created_at: str


class FlowList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of flows; `total` counts all that fit the filters."""

    data: list[FlowItem]
    total: int


class FlowOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A flow. Beyond the document: when it was made and changed, how many items a run may bring, and of a monitor its
    schedule, the pool that remembers what it found, and the scheduled job that starts it."""

    id: str
    name: str
    description: str
    url: str
    mode: FlowMode
    status: FlowStatus
    steps: list[dict[str, Any]]
    output_schema: dict[str, Any]
    success_rate: float
    total_runs: int
    max_items: int
    created_at: str
    updated_at: str
    schedule: str | None
    timezone: str | None
    pool_id: str | None
    schedule_id: str | None


class FlowShown(msgspec.Struct, frozen=True, kw_only=True):
    data: FlowOut


class NewFlowOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    name: str
    status: FlowStatus
    created_at: str


class FlowCreated(msgspec.Struct, frozen=True, kw_only=True):
    data: NewFlowOut


class ChangedFlowOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    name: str
    status: FlowStatus
    updated_at: str


class FlowChanged(msgspec.Struct, frozen=True, kw_only=True):
    data: ChangedFlowOut


def read_flow(body: bytes, policy: EgressPolicy) -> FlowDraft:
    """The flow that a request's body stands for. Raises MalformedBody, and InvalidInput with one entry per mistake."""
    return parse_flow(_read_all(body, read_body, CreateFlow, policy), policy)


def read_change(body: bytes, policy: EgressPolicy) -> FlowChange:
    """The change that a request's body stands for. Raises as `read_flow` does."""
    return parse_change(_read_all(body, read_patch, PatchFlow, policy))


def _read_all(body: bytes, read: Callable[[bytes, type[Body]], Body], struct: type[Body], policy: EgressPolicy) -> Body:
    """The body as `struct`; where it is none, what is wrong further in is told in the same breath."""
    try:
        return read(body, struct)
    except MalformedBody:
        raise
    except InvalidInput as fault:
        given, mistakes = msgspec.json.decode(body), dict(fault.fields)
        inner: tuple[tuple[str, Callable[[Any], object]], ...] = (
            ("url", lambda url: checked_target("url", url.strip(), policy)),
            ("steps", parse_steps),
            ("outputSchema", parse_output_schema),
        )
        for name, check in inner:
            if given.get(name) and name not in mistakes:
                _read(mistakes, lambda check=check, name=name: check(given[name]), None)
        raise InvalidInput(fields=mistakes) from None


def parse_flow(body: CreateFlow, policy: EgressPolicy) -> FlowDraft:
    """The flow that a body stands for. Raises InvalidInput with one entry per mistake."""
    mistakes: dict[str, str] = {}
    draft = FlowDraft(
        name=body.name,
        url=body.url,
        mode=FlowMode(body.mode),
        description=body.description,
        steps=_read(mistakes, lambda: parse_steps(body.steps), ()),
        output_schema=body.output_schema,
        fields=_read(mistakes, lambda: parse_output_schema(body.output_schema), ()),
        max_items=body.max_items,
        schedule=body.schedule,
        timezone=body.timezone,
    )
    steps_are_off = any(name.startswith("steps") for name in mistakes)
    draft = _read(mistakes, lambda: checked_flow(draft, policy), draft, but="steps" if steps_are_off else "")
    if mistakes:
        raise InvalidInput(fields=mistakes)
    return draft


def parse_change(body: PatchFlow) -> FlowChange:
    """The change that a body stands for: null puts a member back to its default. Raises InvalidInput with one entry per
    mistake; what does not go together with the rest of the flow is found where it is changed."""
    mistakes: dict[str, str] = {}
    steps: tuple[Any, ...] | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
    fields: tuple[Field, ...] | UnsetType = UNSET
    if body.steps is not UNSET:
        given = body.steps or []
        steps = _read(mistakes, lambda: parse_steps(given), ())
    if body.output_schema is not UNSET:
        schema = given_schema = body.output_schema or {}
        fields = _read(mistakes, lambda: parse_output_schema(given_schema), ())
    if mistakes:
        raise InvalidInput(fields=mistakes)
    return FlowChange(
        name=body.name,
        url=body.url,
        mode=body.mode if body.mode is UNSET else FlowMode(body.mode),
        status=body.status if body.status is UNSET else FlowStatus(body.status),
        description="" if body.description is None else body.description,
        steps=steps,
        output_schema=schema,
        fields=fields,
        max_items=MAX_ITEMS if body.max_items is None else body.max_items,
        schedule="" if body.schedule is None else body.schedule,
        timezone=UTC if body.timezone is None else body.timezone,
    )


def render_flows(flows: Sequence[Flow], total: int) -> FlowList:
    return FlowList(data=[_item(flow) for flow in flows], total=total)


def render_flow(flow: Flow) -> FlowShown:
    monitored = flow.mode is FlowMode.MONITOR
    return FlowShown(
        data=FlowOut(
            id=flow_name_of(flow.id),
            name=flow.name,
            description=flow.description,
            url=flow.url,
            mode=flow.mode,
            status=flow.status,
            steps=msgspec.to_builtins(render_steps(flow.steps)),
            output_schema=flow.output_schema,
            success_rate=flow.counts.success_rate,
            total_runs=flow.counts.total,
            max_items=flow.max_items,
            created_at=iso_seconds(flow.created_at),
            updated_at=iso_seconds(flow.updated_at),
            schedule=flow.schedule if monitored else None,
            timezone=flow.timezone if monitored else None,
            pool_id=prefixed("pool", flow.pool_id) if flow.pool_id else None,
            schedule_id=prefixed("sched", flow.schedule_id) if flow.schedule_id else None,
        )
    )


def render_created(flow: Flow) -> FlowCreated:
    made = NewFlowOut(
        id=flow_name_of(flow.id), name=flow.name, status=flow.status, created_at=iso_seconds(flow.created_at)
    )
    return FlowCreated(data=made)


def render_changed(flow: Flow) -> FlowChanged:
    shown = ChangedFlowOut(
        id=flow_name_of(flow.id), name=flow.name, status=flow.status, updated_at=iso_seconds(flow.updated_at)
    )
    return FlowChanged(data=shown)


def _item(flow: Flow) -> FlowItem:
    return FlowItem(
        id=flow_name_of(flow.id),
        name=flow.name,
        status=flow.status,
        mode=flow.mode,
        url=flow.url,
        success_rate=flow.counts.success_rate,
        total_runs=flow.counts.total,
        created_at=iso_seconds(flow.created_at),
    )


def _read(mistakes: dict[str, str], read: Callable[[], Read], otherwise: Read, *, but: str = "") -> Read:
    """What `read` gives; where it is refused, `otherwise`, and its mistakes are noted, `but` for one of them."""
    try:
        return read()
    except InvalidInput as fault:
        mistakes.update((name, why) for name, why in fault.fields.items() if name != but)
        return otherwise
