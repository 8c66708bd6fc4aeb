"""Agents: a goal answered in one call, and the chat tools as functions for clients that speak no MCP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, HeaderParameter, RawBody
from litestar.response import Stream

from api.auth import needs, needs_any_key
from api.charges import charged
from api.given import AccountId, ConfigGiven, MetricsGiven, PrincipalGiven, ServiceGiven
from api.jobs import IdempotencyKey, takes_json
from api.mcp.caller import Caller, starter
from api.mcp.tools import Tool, call_tool, tool_of, tools_for
from api.openapi import body_of, errors_of
from api.streams import HEADERS, MEDIA_TYPE, Frame, check_room, frames, resume_after
from api.wire.reading import read_body, read_json_object
from api.wire.scrapehub.agent import AgentRunOut, RunAgent, parse_agent_run, render_agent_run, render_step
from api.wire.scrapehub.jobs import job_url
from domain.accounts import Scope
from domain.errors import Forbidden
from domain.runs import Run
from services.agent import list_steps, step_of
from services.events import follow
from services.records import list_records
from services.runs import get_run, submit_run, wait_for_end
from services.service import Service
from services.tasks import list_tasks

RECORDS_SHOWN = 100  # in the answer; the others are paged

_GOAL = {
    "goal": "Dentists in Leeds with phone and website",
    "schema": {"name": "string", "phone": "phone", "website": "url"},
    "max_results": 20,
    "budget": {"max_pages": 40, "max_seconds": 120},
}
_URL = {"url": "https://shop.example/kitchen", "schema": {"name": "string", "price": "number"}, "stream": True}


@dataclass
class WithArguments(Operation):
    """An operation whose JSON body is an object that another one, `GET /agent/tools`, describes."""

    def __post_init__(self) -> None:
        finds = Example(value={"goal": "Dentists in Leeds with phone and website", "max_results": 10})
        scrapes = Example(value={"url": "https://shop.example/kitchen", "max_characters": 2000})
        told = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.OBJECT), examples={"forage_find": finds, "forage_scrape": scrapes}
        )
        self.request_body = RequestBody(required=True, content={"application/json": told})


class FunctionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A function as chat completion APIs take it: its name, what it does, and JSON Schema of its arguments."""

    name: str
    description: str
    parameters: dict[str, Any]


class ToolOut(msgspec.Struct, frozen=True, kw_only=True):
    function: FunctionOut
    type: str = "function"


@post(
    "/agent/run",
    summary="Run an agent",
    response_description="What was found, and what was done for it; as a stream, each step as it is done.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE) | charged(once_by_key=True),
    guards=[takes_json],
    operation_class=body_of(RunAgent, goal=_GOAL, url=_URL),
    responses=errors_of(400, 402, 409, 413, 415, 422, 429, 507)
    | {
        200: ResponseSpec(AgentRunOut, description="The run at its end."),
        202: ResponseSpec(AgentRunOut, description="The run as it is when patience ends; it goes on."),
    },
)
async def run_agent(
    request: Request[Any, Any, Any],
    body: RawBody,
    service: ServiceGiven,
    config: ConfigGiven,
    metrics: MetricsGiven,
    principal: PrincipalGiven,
    idempotency_key: IdempotencyKey = None,
    last_event_id: Annotated[
        str | None, HeaderParameter(name="Last-Event-ID", description="With a stream: go on after this step.")
    ] = None,
) -> Response[Any]:
    """Answers a goal, or reads a URL, in one call: records in the shape of `schema`, the steps taken, the sources.

    `stream: true`, or `Accept: text/event-stream`, tells each step as it is done (`event: step`) and ends with the
    whole answer (`event: result`). A stream that was cut goes on where the same request is sent again with its
    `Idempotency-Key` and `Last-Event-ID`. A 202 says that the run goes on: `GET /jobs/{run_id}` follows it.
    """
    if not principal.allows(Scope.JOBS_READ):
        raise Forbidden(f"This API key lacks the scope {Scope.JOBS_READ}: the answer has a job's records.")
    asked = read_body(body, RunAgent)
    streamed = asked.stream or (asked.stream is None and MEDIA_TYPE in request.headers.get("accept", ""))
    after = resume_after(last_event_id)
    account_id = principal.account.id
    if streamed:
        check_room(metrics, config, account_id)
    run = await submit_run(
        service, account_id, parse_agent_run(asked, service.policy), idempotency_key=idempotency_key or ""
    )
    location = {"Location": job_url(run.id)}
    if streamed:
        told = _told(service, run, after)
        sent = frames(told, _itself, heartbeat_s=config.heartbeat_s, metrics=metrics, account_id=account_id)
        return Stream(sent, media_type=MEDIA_TYPE, headers=HEADERS | location, status_code=200)
    run = await wait_for_end(service, account_id, run.id, config.agent_deadline_s)
    status = 200 if run.status.is_terminal else 202
    return Response(await _answer(service, run), status_code=status, headers=location)


@get(
    "/agent/tools",
    summary="List tools",
    response_description="Tools that your key may call.",
    opt=needs_any_key(),
    responses=errors_of(),
)
async def list_agent_tools(principal: PrincipalGiven) -> list[ToolOut]:
    """The tools that chat clients have over MCP, as functions for `tools` of a chat completion request."""
    return [_render(tool) for tool in tools_for(principal.allows)]


@post(
    "/agent/tools/{name:str}",
    summary="Call a tool",
    response_description="The tool's answer; its fields are the tool's own.",
    status_code=200,
    opt=needs_any_key(),
    guards=[takes_json],
    operation_class=WithArguments,
    responses=errors_of(400, 402, 404, 409, 413, 415, 422, 507),
)
async def call_agent_tool(
    name: FromPath[str], body: RawBody, service: ServiceGiven, principal: PrincipalGiven, account_id: AccountId
) -> Response[Any]:
    """Does what a model asked for: the body is the arguments of its function call, as it wrote them."""
    caller = Caller(service=service, account_id=account_id, allows=principal.allows, start=starter(service, account_id))
    return Response(await call_tool(tool_of(name), read_json_object(body), caller))


async def _told(service: Service, run: Run, after: int) -> AsyncGenerator[Frame]:
    async with aclosing(follow(service, run.account_id, run.id, after)) as events:
        async for event in events:
            step = step_of(event)
            if step is not None:
                yield Frame(id=event.sequence, event="step", data=render_step(step))
    yield Frame(event="result", data=await _answer(service, await get_run(service, run.account_id, run.id)))


def _itself(frame: Frame) -> Frame:
    return frame


async def _answer(service: Service, run: Run) -> AgentRunOut:
    records = await list_records(service, run.account_id, run.id, limit=RECORDS_SHOWN)
    steps = await list_steps(service, run.account_id, run.id)
    return render_agent_run(run, records, steps, await list_tasks(service, run.account_id, run.id))


def _render(tool: Tool) -> ToolOut:
    return ToolOut(function=FunctionOut(name=tool.name, description=tool.description, parameters=tool.input_schema))


HANDLERS = (run_agent, list_agent_tools, call_agent_tool)
