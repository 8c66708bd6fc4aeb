"""A model server that says what a script tells it to: an OpenAI-compatible endpoint on loopback, over real HTTP.

It serves tests and demonstrations of everything a model can do to a caller: answer, answer in prose, refuse, talk
nonsense, be busy, fail, hang, hang up. It counts the tokens that it was sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from enum import StrEnum

import msgspec
from aiohttp import web

from agent.tokens import count_tokens

HANG_S = 3600.0  # longer than any caller waits; the server's stop ends it


class Fault(StrEnum):
    BUSY = "busy"  # 429
    SERVER_ERROR = "server_error"  # 500
    HANG = "hang"  # no answer at all
    RESET = "reset"  # the connection is cut
    GARBAGE = "garbage"  # 200 with something that is no JSON
    REFUSAL = "refusal"  # a well-formed answer that refuses
    NO_SCHEMA = "no_schema"  # 400: response_format is not supported


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. `text` is sent as it stands; `usage` False leaves the token counts out, as some servers do."""

    text: str
    delay_s: float = 0.0
    usage: bool = True


class Fail(msgspec.Struct, frozen=True, kw_only=True):
    fault: Fault
    retry_after_s: float | None = None


Step = Say | Fail


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came in. `schema` is the JSON schema that the answer must have, empty where none was sent."""

    model: str
    system: str
    user: str
    schema: dict[str, object]
    input_tokens: int
    at: float

    @property
    def wants_schema(self) -> bool:
        return bool(self.schema)


Script = Sequence[Step] | Mapping[str, Sequence[Step]] | Callable[[Call], Step | Awaitable[Step]]


def say_json(value: object) -> Say:
    return Say(text=json.dumps(value, ensure_ascii=False))


def in_prose(value: object) -> Say:
    """JSON as chatty models give it: between sentences, in a Markdown fence."""
    return Say(
        text=f"Sure! Here is what I found:\n\n```json\n{json.dumps(value)}\n```\n\nLet me know if you need more."
    )


class ScriptedModel:
    """`script` is a list of steps, used up one a call with the last one repeated; or one such list for each model; or a
    function of the call, which may be awaited. `calls` holds what came in, in order."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._used: dict[str, int] = {}
        self.calls: list[Call] = []
        self.base_url = ""

    @property
    def input_tokens(self) -> int:
        return sum(call.input_tokens for call in self.calls)

    def calls_of(self, model: str) -> list[Call]:
        return [call for call in self.calls if call.model == model]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        call = _call_of(await request.json())
        self.calls.append(call)
        step = self._next(call)
        if not isinstance(step, Say | Fail):
            step = await step
        if isinstance(step, Fail):
            return await _fail(step, call, request)
        await asyncio.sleep(step.delay_s)
        return web.json_response(_completion(call, step.text, usage=step.usage))

    def _next(self, call: Call) -> Step | Awaitable[Step]:
        if isinstance(self._script, Mapping):
            steps, place = self._script[call.model], call.model
        elif isinstance(self._script, Sequence):
            steps, place = self._script, ""
        else:
            return self._script(call)
        number = self._used.get(place, 0)
        self._used[place] = number + 1
        return steps[min(number, len(steps) - 1)]


@contextlib.asynccontextmanager
async def serve_script(
    script: Script,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncGenerator[ScriptedModel]:
    """The server, listening, with `base_url` set. Port 0 takes a free one."""
    model = ScriptedModel(script)
    app = web.Application(client_max_size=20_000_000)
    app.router.add_post("/v1/chat/completions", model.handle)
    app.router.add_get("/v1/models", _models)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    try:
        model.base_url = f"http://{host}:{runner.addresses[0][1]}/v1"
        yield model
    finally:
        await runner.cleanup()


async def _models(request: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": [{"id": "scripted", "object": "model"}]})


def _call_of(body: dict) -> Call:
    messages = body.get("messages", [])
    said = [(message.get("role", ""), _content(message.get("content"))) for message in messages]
    wish = body.get("response_format") or {}
    return Call(
        model=body.get("model", ""),
        system="\n".join(text for role, text in said if role == "system"),
        user="\n".join(text for role, text in said if role != "system"),
        schema=wish.get("json_schema", {}).get("schema", {}) if wish.get("type") == "json_schema" else {},
        input_tokens=sum(count_tokens(text) for _, text in said),
        at=time.monotonic(),
    )


def _content(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _completion(call: Call, text: str, *, refusal: str | None = None, usage: bool = True) -> dict[str, object]:
    output_tokens = count_tokens(text)
    counts = {
        "prompt_tokens": call.input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": call.input_tokens + output_tokens,
    }
    message = {"role": "assistant", "content": None if refusal else text, "refusal": refusal}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": call.model,
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        **({"usage": counts} if usage else {}),
    }


async def _fail(step: Fail, call: Call, request: web.Request) -> web.StreamResponse:
    match step.fault:
        case Fault.BUSY:
            headers = {} if step.retry_after_s is None else {"Retry-After": f"{step.retry_after_s:g}"}
            return _error(429, "rate limit reached", "rate_limit_exceeded", headers)
        case Fault.SERVER_ERROR:
            return _error(500, "the server had an error", "server_error")
        case Fault.NO_SCHEMA:
            return _error(400, "response_format is not supported by this model", "invalid_request_error")
        case Fault.GARBAGE:
            return web.Response(text="<html><body>Bad gateway? No: teapot.</body></html>", content_type="text/html")
        case Fault.REFUSAL:
            return web.json_response(_completion(call, "", refusal="I cannot help with that."))
        case Fault.RESET:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        case Fault.HANG:
            await asyncio.sleep(HANG_S)
            return web.Response()


def _error(status: int, message: str, kind: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"error": {"message": message, "type": kind, "param": None, "code": kind}}
    return web.json_response(body, status=status, headers=headers or {})
