"""scraper.bot's flows: listed, created as drafts, looked at, merge-patched, deleted."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, QueryParameter, RawBody

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.ids import named
from api.jobs import takes_json
from api.openapi import answer_of, body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.message import Message
from api.wire.scraperbot.flows import (
    CreateFlow,
    FlowChanged,
    FlowCreated,
    FlowList,
    FlowShown,
    PatchFlow,
    read_change,
    read_flow,
    render_changed,
    render_created,
    render_flow,
    render_flows,
)
from api.wire.scraperbot.ids import flow_id_of, flow_name_of
from domain.accounts import Scope
from domain.flows import FlowStatus
from domain.requests import FlowMode
from services.flows import NO_SUCH, change_flow, create_flow, delete_flow, get_flow, list_flows

_EXTRACT = {
    "name": "My New Flow",
    "description": "Scrape product listings",
    "url": "https://example.com/products",
    "mode": "extract",
    "steps": [{"type": "navigate", "label": "Go to page"}, {"type": "extract", "label": "Extract data"}],
    "outputSchema": {"title": "string", "price": "number"},
}
_INTERACT = {
    "name": "Search results",
    "url": "https://example.com/search",
    "mode": "interact",
    "steps": [
        {"type": "navigate"},
        {"type": "type", "label": "Search", "selector": "#q", "text": "espresso"},
        {"type": "press", "selector": "#q", "key": "Enter"},
        {"type": "wait", "selector": ".result"},
        {"type": "paginate", "maxPages": 3},
        {"type": "extract"},
    ],
    "outputSchema": {"title": "string", "offers": [{"price": "number"}]},
}
_MONITOR = {
    "name": "Product Price Monitor",
    "url": "https://example.com/products",
    "mode": "monitor",
    "schedule": "0 9 * * *",
    "timezone": "Europe/Berlin",
    "outputSchema": {"name": "string", "price": "number"},
}
_MADE = {
    "data": {
        "id": "flow-01a1fd7bc0de70c0965a666767579315",
        "name": "My New Flow",
        "status": "draft",
        "createdAt": "2026-03-18T12:00:00Z",
    }
}

FlowId = FromPath[str]
StatusFilter = Annotated[FlowStatus | None, QueryParameter(name="status", description="Flows of this status alone.")]
ModeFilter = Annotated[FlowMode | None, QueryParameter(name="mode", description="Flows of this mode alone.")]


def flow_of(name: str) -> str:
    """The flow behind an id as it came in a path. Raises NotFound."""
    return named(flow_id_of(name), NO_SUCH)


@get("/flows", summary="List flows", opt=needs(Scope.FLOWS_READ), responses=errors_of(422))
async def list_bot_flows(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    flow_status: StatusFilter = None,
    mode: ModeFilter = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[FlowList]:
    """Your flows, newest first. The `Link` header leads to the next page."""
    listing, total = await list_flows(service, account_id, limit=limit, cursor=cursor, status=flow_status, mode=mode)
    return Response(render_flows(listing.items, total), headers=next_link(request, listing.next_cursor))


@post(
    "/flows",
    summary="Create a flow",
    opt=needs(Scope.FLOWS_WRITE),
    guards=[takes_json],
    operation_class=body_of(CreateFlow, extract=_EXTRACT, interact=_INTERACT, monitor=_MONITOR),
    responses=errors_of(400, 409, 413, 415, 422, 507) | {201: answer_of(FlowCreated, "The flow, a draft.", _MADE)},
)
async def create_bot_flow(body: RawBody, service: ServiceGiven, account_id: AccountId) -> Response[FlowCreated]:
    """A page, how to drive it, and what to read of it, kept to be run again. A draft runs when it is told to."""
    draft = read_flow(body, service.policy)
    flow = await create_flow(service, account_id, draft)
    return Response(render_created(flow), headers={"Location": f"/api/v1/flows/{flow_name_of(flow.id)}"})


@get("/flows/{flow_id:str}", summary="Get a flow", opt=needs(Scope.FLOWS_READ), responses=errors_of(404))
async def get_bot_flow(flow_id: FlowId, service: ServiceGiven, account_id: AccountId) -> FlowShown:
    """`successRate` is in per cent of the runs that succeeded or failed, 0 before the first; `totalRuns` also counts
    those that were cancelled."""
    return render_flow(await get_flow(service, account_id, flow_of(flow_id)))


@put(
    "/flows/{flow_id:str}",
    summary="Change a flow",
    response_description="The flow, changed.",
    opt=needs(Scope.FLOWS_WRITE),
    guards=[takes_json],
    operation_class=body_of(PatchFlow, activate={"name": "Updated Flow Name", "status": "active"}),
    responses=errors_of(400, 404, 409, 413, 415, 422, 507),
)
async def change_bot_flow(flow_id: FlowId, body: RawBody, service: ServiceGiven, account_id: AccountId) -> FlowChanged:
    """A merge patch: what is left out stays, null clears. A flow in `error` is active again once it is set so."""
    change = read_change(body, service.policy)
    return render_changed(await change_flow(service, account_id, flow_of(flow_id), change))


@delete(
    "/flows/{flow_id:str}",
    summary="Delete a flow",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.FLOWS_WRITE),
    responses=errors_of(404),
)
async def delete_bot_flow(flow_id: FlowId, service: ServiceGiven, account_id: AccountId) -> Message:
    """Its runs that are going are cancelled; those that are over stay, and so does the pool of a monitor."""
    await delete_flow(service, account_id, flow_of(flow_id))
    return Message(message=f"Flow {flow_id} deleted successfully")


HANDLERS = (list_bot_flows, create_bot_flow, get_bot_flow, change_bot_flow, delete_bot_flow)
