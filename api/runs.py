"""scraper.bot's runs: listed, triggered, looked at with their logs, cancelled, deleted."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, QueryParameter, RawBody

from api.auth import needs
from api.charges import charged
from api.flows import flow_of
from api.given import AccountId, ServiceGiven
from api.ids import named
from api.jobs import IdempotencyKey, takes_json
from api.openapi import answer_of, body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.message import Message
from api.wire.reading import read_body
from api.wire.scraperbot.ids import flow_id_of, run_id_of, run_name_of
from api.wire.scraperbot.runs import (
    CreateRun,
    RunCreated,
    RunList,
    RunShown,
    Status,
    render_change,
    render_items,
    render_run,
    render_runs,
    render_started,
    statuses_of,
)
from domain.accounts import Scope
from domain.runs import Run
from services.events import all_events
from services.flows import list_flow_runs, start_flow
from services.monitors import changes_of_run
from services.records import list_records
from services.runs import Discarded, cancel_run, delete_run, get_run
from services.service import Service

PREVIEWED = 20  # records on the run itself; the rest are paged

_TRIGGER = {"flowId": "flow-01a1fd7bc0de70c0965a666767579315"}
_QUEUED = {
    "data": {
        "id": "run-01a1fd7bc0de70c0965a666767579316",
        "flowId": "flow-01a1fd7bc0de70c0965a666767579315",
        "flowName": "Product Price Monitor",
        "status": "queued",
        "startedAt": "2026-03-18T12:00:00Z",
        "cost": 0,
    }
}

RunId = FromPath[str]
FlowFilter = Annotated[
    str, QueryParameter(name="flowId", max_length=80, description="Runs of this flow alone, as `flow-…`.")
]
StatusFilter = Annotated[Status | None, QueryParameter(name="status", description="Runs of this status alone.")]


@get("/runs", summary="List runs of flows", opt=needs(Scope.RUNS_READ), responses=errors_of(422))
async def list_bot_runs(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    flow: FlowFilter = "",
    run_status: StatusFilter = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[RunList]:
    """Runs of your flows, newest first. The `Link` header leads to the next page."""
    flow_id = flow_id_of(flow) if flow else ""
    if flow_id is None:  # names nothing, so it has no runs
        return Response(RunList(data=[], total=0))
    statuses = statuses_of(run_status) if run_status else ()
    listing, total = await list_flow_runs(
        service, account_id, limit=limit, cursor=cursor, flow_id=flow_id, statuses=statuses
    )
    shown = render_runs(listing.items, total, service.prices, service.clock.now())
    return Response(shown, headers=next_link(request, listing.next_cursor))


@post(
    "/runs",
    summary="Run a flow",
    opt=needs(Scope.RUNS_WRITE) | charged(once_by_key=True),
    guards=[takes_json],
    operation_class=body_of(CreateRun, trigger=_TRIGGER),
    responses=errors_of(400, 402, 404, 409, 413, 415, 422, 507)
    | {201: answer_of(RunCreated, "The run, queued.", _QUEUED)},
)
async def create_bot_run(
    body: RawBody, service: ServiceGiven, account_id: AccountId, idempotency_key: IdempotencyKey = None
) -> Response[RunCreated]:
    """A run of the flow as it is now; what is changed of the flow later does not reach it. A 409 says that it is
    paused."""
    flow_id = flow_of(read_body(body, CreateRun).flow_id)
    run = await start_flow(service, account_id, flow_id, idempotency_key=idempotency_key or "")
    return Response(render_started(run, service.prices), headers={"Location": f"/api/v1/runs/{run_name_of(run.id)}"})


@get("/runs/{run_id:str}", summary="Get a run with its log", opt=needs(Scope.RUNS_READ), responses=errors_of(404))
async def get_bot_run(run_id: RunId, service: ServiceGiven, account_id: AccountId) -> RunShown:
    """The whole log, each step of an interact flow with its time and outcome, and the first of what was found."""
    return await _shown(service, await get_run(service, account_id, _id(run_id)))


@post(
    "/runs/{run_id:str}/cancel",
    summary="Cancel a run",
    response_description="The run; one that is running ends within seconds.",
    status_code=200,
    opt=needs(Scope.RUNS_WRITE),
    responses=errors_of(404, 409),
)
async def cancel_bot_run(run_id: RunId, service: ServiceGiven, account_id: AccountId) -> RunShown:
    """Ends a run, which keeps what it found. A 409 says that it is over."""
    return await _shown(service, await cancel_run(service, account_id, _id(run_id)))


@delete(
    "/runs/{run_id:str}",
    summary="Cancel or delete a run",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.RUNS_WRITE),
    responses=errors_of(404, 409),
)
async def delete_bot_run(run_id: RunId, service: ServiceGiven, account_id: AccountId) -> Message:
    """Cancels a run that has not ended; what it found is kept. Deletes one that has, with all that it found.

    A 409 names a job that has yet to read its archived pages anew.
    """
    discarded = await delete_run(service, account_id, _id(run_id))
    done = "cancelled" if discarded is Discarded.CANCELLED else "deleted"
    return Message(message=f"Run {run_id} {done} successfully")


def _id(name: str) -> str:
    return named(run_id_of(name))


async def _shown(service: Service, run: Run) -> RunShown:
    events = await all_events(service, run.account_id, run.id)
    changes = await changes_of_run(service, run, limit=PREVIEWED)
    if changes is not None:
        preview = [render_change(change, run.request.fields) for change in changes]
    else:
        records = await list_records(service, run.account_id, run.id, limit=PREVIEWED)
        preview = render_items(records.items, run.request.fields)
    return render_run(run, events, preview, service.prices, service.clock.now())


HANDLERS = (list_bot_runs, create_bot_run, get_bot_run, cancel_bot_run, delete_bot_run)
