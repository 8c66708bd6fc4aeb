"""The tools over the Model Context Protocol. This module loads the SDK: half a second and 35 MB, so it is imported
when the first chat client comes."""

from __future__ import annotations

import asyncio
import base64
import traceback
from collections.abc import Callable
from typing import Any

import mcp_types as types
import msgspec
import structlog
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from api.mcp.caller import Caller
from api.mcp.tools import INSTRUCTIONS, Tool, call_tool, tool_of, tools_for
from domain.errors import ForageError, InvalidInput, NotFound, RateLimited, StorageUnavailable
from domain.ids import new_id

_log = structlog.get_logger("forage.mcp")

Context = ServerRequestContext[Any, Any]
CallerOf = Callable[[Context], Caller]


def make_server(version: str, caller_of: CallerOf) -> Server[Any]:
    """A server of the tools. `caller_of` says who makes a request, and what of the tools they may use."""
    answering: set[asyncio.Task[types.CallToolResult]] = set()  # held: the loop alone would let them be forgotten

    async def list_tools(context: Context, _: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        allowed = tools_for(caller_of(context).allows)
        return types.ListToolsResult(tools=[_render(tool) for tool in allowed], ttl_ms=0, cache_scope="private")

    async def call(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            tool = tool_of(params.name)
        except NotFound as fault:
            raise MCPError(code=types.INVALID_PARAMS, message=fault.message) from None
        # A task of its own: the SDK cancels a handler again and again until it is gone, and so would cancel what a
        # cancelled call still has to put in order.
        answer = asyncio.create_task(_answer(tool, params.arguments or {}, caller_of(context)))
        answering.add(answer)
        answer.add_done_callback(answering.discard)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            answer.cancel()
            raise

    return Server(
        "forage",
        version=version,
        title="Forage",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call,
    )


async def _answer(tool: Tool, arguments: dict[str, Any], caller: Caller) -> types.CallToolResult:
    try:
        answer = await call_tool(tool, arguments, caller)
        shown = await tool.picture(answer, caller) if tool.picture else None
    except ForageError as fault:
        return _failed(sentence_of(fault))
    except Exception as fault:  # noqa: BLE001 - the last door: a model gets a sentence, the log the trace
        fault_id = new_id()
        _log.error("tool.failed", tool=tool.name, id=fault_id, trace="".join(traceback.format_exception(fault)))
        return _failed(f"Something went wrong in Forage; its log tells it under {fault_id}. Another call may work.")
    body = msgspec.json.encode(answer)
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=body.decode())]
    if shown is not None:
        data = base64.b64encode(shown.image).decode()
        content.append(types.ImageContent(type="image", data=data, mime_type=shown.media_type))
    return types.CallToolResult(content=content, structured_content=msgspec.json.decode(body))


def sentence_of(fault: ForageError) -> str:
    """What went wrong, so that a model can correct its call."""
    match fault:
        case InvalidInput(fields=fields) if fields:
            wrong = "; ".join(f"{name}: {why.rstrip('.')}" for name, why in fields.items())
            return f"The call is not valid: {wrong}. Correct this and call again."
        case RateLimited():
            return f"{fault.message} Call again in {fault.retry_after_s} seconds."
        case StorageUnavailable():
            return f"{fault.message} Call again in a few seconds."
        case _:
            return fault.message


def _failed(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=sentence)], is_error=True)


def _render(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=tool.repeatable,
            open_world_hint=tool.reads_web,
        ),
    )
