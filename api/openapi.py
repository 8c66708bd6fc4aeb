"""The API's own description (OpenAPI 3.1) and its page, which loads nothing from anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import (
    Components,
    Contact,
    Example,
    License,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
    SecurityScheme,
    Tag,
)

from api.config import ApiConfig
from api.wire.faults import Fault
from api.wire.goscreen.diffs import ComparePictures
from api.wire.goscreen.og_images import MakeOgImage
from api.wire.goscreen.requests import TakeBatch, TakeScreenshot
from api.wire.goscreen.widgets import CreateWidget
from api.wire.scrapedo.requests import CreateBulkJob
from api.wire.scrapehub.accounts import Login, Register
from api.wire.scrapehub.agent import RunAgent
from api.wire.scrapehub.corrections import CorrectRecord
from api.wire.scrapehub.decisions import MergeRecord, SplitRecord
from api.wire.scrapehub.errors import ErrorOut, render_error
from api.wire.scrapehub.keys import CreateKey
from api.wire.scrapehub.page_templates import PageTemplatesFile
from api.wire.scrapehub.pools import CreatePool, PatchPool
from api.wire.scrapehub.reextraction import ReextractJob
from api.wire.scrapehub.requests import CreateJob, ExtendJob
from api.wire.scrapehub.schedules import CreateSchedule, PatchSchedule
from api.wire.scraperbot.extract import ExtractNow
from api.wire.scraperbot.flows import CreateFlow, PatchFlow
from api.wire.scraperbot.runs import CreateRun
from api.wire.scraperbot.steps import WIRE
from api.wire.screpto.webhooks import CreateWebhook, PingUrl

SECURITY: list[dict[str, list[str]]] = [{"ApiKey": []}, {"Bearer": []}, {"XToken": []}]
_BODIES: tuple[type[msgspec.Struct], ...] = (
    CreatePool,
    PatchPool,
    CreateJob,
    ExtendJob,
    ReextractJob,
    CorrectRecord,
    MergeRecord,
    SplitRecord,
    PageTemplatesFile,
    RunAgent,
    CreateSchedule,
    PatchSchedule,
    CreateFlow,
    PatchFlow,
    *WIRE.values(),
    CreateRun,
    ExtractNow,
    CreateWebhook,
    PingUrl,
    TakeScreenshot,
    TakeBatch,
    ComparePictures,
    MakeOgImage,
    CreateWidget,
    CreateKey,
    Register,
    Login,
    CreateBulkJob,
)
# Swagger UI writes style attributes and draws its icons from data: URLs. Scripts come from files of ours alone.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_REFERENCE = "#/components/schemas/{name}"

_DESCRIPTION = """\
A goal in plain words, or a URL, into records whose every value can be checked.

**Keys** go in `X-API-Key`, `Authorization: Bearer` or `X-Token`.

**Errors** have one shape: `statusCode`, `error`, `message`, and `errors` by field where fields are wrong. A body that
is not a JSON object is a 400; one that was read and is wrong is a 422. Somebody else's id is a 404, as if it did not
exist. Every response carries an `X-Request-ID`; a 500 tells it, and the log has the rest under it.

**Limits**: each key may make so many requests a minute. `x-ratelimit-limit`, `x-ratelimit-remaining` and
`x-ratelimit-reset` (UTC epoch seconds) are on every response; a 429 has `Retry-After`, and for `error` an object with
`code` and `message`.

**Lists** page by `limit` and `cursor`; the next page is in the `Link` header, `rel="next"`.

**Idempotency**: send an `Idempotency-Key` with `POST /jobs`, and a repeat of the same request gives the same job. The
same key with a different request is a 422.
"""

_WHY = {
    400: "The request could not be read: its body is no JSON object, or its token is missing.",
    401: "No key, or one that is not known or was revoked.",
    402: "The balance does not cover this.",
    403: "The key lacks the scope for this operation.",
    404: "No such thing, or not yours.",
    408: "The body did not come in time.",
    409: "Its state does not allow this.",
    410: "It was kept for its time, and is no more.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The request was read and is wrong; `errors` says where.",
    429: "Too many requests, or open event streams; try again after `Retry-After` seconds.",
    502: "The page could not be read; the message says why.",
    503: "The database cannot be reached; safe to try again after `Retry-After` seconds.",
    504: "It takes longer than a request may wait; the run goes on, and the message names it.",
    507: "The disk is full; reads still work.",
}


def errors_of(*statuses: int) -> dict[int, ResponseSpec]:
    """The error responses of an operation with a key, and those that every such operation has, or every one with a
    body."""
    return {
        status: ResponseSpec(ErrorOut, description=_WHY[status], examples=[_example_of(status)])
        for status in sorted({*statuses, 401, 403, 429, 503} | ({408} if 413 in statuses else set()))
    }


def _example_of(status: int) -> Example:
    fields = {"max_results": "expected int <= 1000"} if status == HTTPStatus.UNPROCESSABLE_ENTITY else {}
    fault = Fault(status=status, message=_WHY[status], request_id="", fields=fields)
    return Example(value=msgspec.to_builtins(render_error(fault)))


def answer_of(struct: type[msgspec.Struct], says: str, example: dict[str, Any]) -> ResponseSpec:
    return ResponseSpec(struct, description=says, examples=[Example(value=example)])


def body_of(struct: type[msgspec.Struct], *, required: bool = True, **examples: dict[str, Any]) -> type[Operation]:
    """An operation whose JSON body is `struct`. Handlers read the raw body, so that all of its mistakes can be told at
    once; this says what it holds."""

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(
                required=required,
                content={
                    "application/json": OpenAPIMediaType(
                        schema=Reference(ref=_REFERENCE.format(name=struct.__name__)),
                        examples={name: Example(value=value) for name, value in examples.items()},
                    )
                },
            )

    return WithBody


@dataclass
class KeyInQuery(Operation):
    """An operation that also takes the key as `token`, which its guard reads and no handler sees."""

    def __post_init__(self) -> None:
        token = Parameter(
            name="token",
            param_in="query",
            schema=Schema(type=OpenAPIType.STRING),
            description="Your API key, where no header holds it.",
        )
        self.parameters = [*(self.parameters or []), token]


def streams(*media_types: str, says: str) -> type[Operation]:
    """An operation that answers with a body of one of these media types, made as it is sent."""

    @dataclass
    class WithStream(Operation):
        def __post_init__(self) -> None:
            body = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            told = OpenAPIResponse(description=says, content=dict.fromkeys(media_types, body))
            self.responses = (self.responses or {}) | {"200": told}

    return WithStream


class SchemaPlugin(JsonRenderPlugin):
    """The description as JSON, with the request bodies' schemas, limits included, as the reader itself knows them."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, completed(openapi_schema))


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """The description with its request bodies' schemas, without the 400 that Litestar has and this API does not."""
    _, bodies = msgspec.json.schema_components(_BODIES, ref_template=_REFERENCE)
    components = schema["components"]
    paths = {
        path: {method: _without_foreign_400(operation) for method, operation in item.items()}
        for path, item in schema["paths"].items()
    }
    return schema | {"paths": paths, "components": components | {"schemas": components["schemas"] | bodies}}


def _without_foreign_400(operation: dict[str, Any]) -> dict[str, Any]:
    ours = {"$ref": _REFERENCE.format(name=ErrorOut.__name__)}
    kept = {
        status: response
        for status, response in operation["responses"].items()
        if status != "400" or response["content"]["application/json"]["schema"] == ours
    }
    return operation | {"responses": kept}


class ReferencePage(OpenAPIRenderPlugin):
    """The page that reads the description aloud: Swagger UI from a package on this machine."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return (Path(__file__).parent / "static" / "docs.html").read_bytes()


def openapi_config(config: ApiConfig) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Forage",
        version=config.version,
        summary="Goals and URLs into checked records.",
        description=_DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        contact=Contact(name="The operator of this service"),
        openapi_router=Router(
            "/docs",
            route_handlers=[],
            include_in_schema=False,
            response_headers={"Content-Security-Policy": _PAGE_POLICY},
        ),
        render_plugins=[ReferencePage(path="/"), SchemaPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
        tags=[
            Tag(name="Jobs", description="Start a job, follow it, fetch what it found."),
            Tag(name="Agents", description="A goal answered in one call, and tools for models."),
            Tag(name="Results", description="Records, the evidence of each value, and the archived pages behind it."),
            Tag(name="Page templates", description="What was learned of sites, to read their pages for no tokens."),
            Tag(name="Flows", description="Pages kept to be read again, their runs, and a page read while you wait."),
            Tag(name="Bulk jobs", description="Many URLs under one set of options, in Scrape.do's words."),
            Tag(name="Pools", description="What jobs found is remembered: each thing once, with its history."),
            Tag(name="Schedules", description="Jobs and flows that start by themselves, by a cron and a time zone."),
            Tag(name="Pictures", description="Screenshots of pages: taken, batched, followed, opened by links."),
            Tag(name="Webhooks", description="Who hears of what, what was sent to them, and the secret that signs it."),
            Tag(name="Keys", description="Make keys, narrow what they may do, revoke them."),
            Tag(name="Accounts", description="Register, log in, see what was used."),
            Tag(name="Credits", description="What an account has, and what moved."),
            Tag(name="Service", description="Health and measures."),
        ],
        components=Components(
            security_schemes={
                "ApiKey": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
                "Bearer": SecurityScheme(type="http", scheme="bearer"),
                "XToken": SecurityScheme(type="apiKey", name="X-Token", security_scheme_in="header"),
            }
        ),
    )
