"""Every operation of the description, and tenants that own one thing of every kind that an operation can name.

The operations are read from the application itself. What is kept by hand is what names stand for: a new name of a path,
query or body that looks like an id and is not here fails the tests that use this.
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from api_harness import Tenant, add_tenant, finish
from litestar import Litestar
from PIL import Image
from sqlalchemy import Table, select

from api.openapi import completed
from domain.accounts import Scope
from domain.captures import CaptureResult
from domain.events import EventType
from domain.ids import new_id
from domain.pages import FetchOutcome
from domain.requests import GoalRequest
from domain.runs import TERMINAL, RunStatus, TerminationReason
from domain.templates import Place, Template
from domain.webhooks import Posted
from services.capture_ends import keep_picture
from services.endings import after_end, end_of
from services.runs import get_run, submit_run
from services.screenshots import SCREENSHOT
from services.service import Service
from store.models import Base
from store.repositories.runs import NewEvent
from workers.webhooks import Deliverer

HOOK = "https://hooks.example/done"
METHODS = {"get", "post", "put", "patch", "delete"}

# A name in a path, query or body -> the kind of thing that it names.
NAMES = {
    "job_id": "job",
    "run_id": "run",
    "request_id": "capture",
    "batch_id": "batch",
    "request_id_1": "capture",
    "request_id_2": "capture",
    "widget_id": "widget",
    "run_name": "run",
    "task_id": "job",
    "taskId": "flow",
    "resultId": "run",
    "record_id": "record",
    "page_id": "page",
    "template_id": "page_template",
    "flowId": "flow",
    "flow_id": "flow",
    "pool_id": "pool",
    "schedule_id": "schedule",
    "key_id": "key",
    "webhook_id": "webhook",
    "delivery_id": "delivery",
    "JobID": "bulk_job",
    "TaskID": "bulk_task",
}
# Names of what belongs to nobody, or has its name only within a thing, and a value of each.
PUBLIC = {"slug": "product-prices", "name": "forage_run_status", "file_name": "1.png"}
DASHED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOOKS_LIKE_AN_ID = re.compile(r".*(_id|Id|_name)$")
# What to send where the description's own example does not do, or needs more to be accepted.
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/agent/tools/{name}": {"run_id": "{job}"},
    "POST /api/v1/auth/register": {"email": "new@example.com", "password": "a long pass phrase"},
}
# A body field that takes the place of others.
INSTEAD = {"flow_id": {"name": "by flow", "schedule": "0 9 * * *", "flow_id": "{flow}"}}


@dataclass(frozen=True)
class Operation:
    """`places` are where it names things: a dict of name -> kind for the path, and for each of query and body."""

    method: str
    path: str
    scopes: tuple[Scope, ...]
    is_open: bool
    token_in_query: bool
    query_key: str
    query: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    example: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def path_names(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def own_names(self) -> list[str]:
        """The path's names of things that somebody owns."""
        return [name for name in self.path_names if name not in PUBLIC]

    @property
    def is_needed_by_any_key(self) -> bool:
        return set(self.scopes) == set(Scope)

    @property
    def unknown_names(self) -> list[str]:
        in_path = [name for name in self.path_names if name not in NAMES | PUBLIC]
        elsewhere = [name for name in (*self.query, *self.fields) if LOOKS_LIKE_AN_ID.match(name)]
        return in_path + [name for name in elsewhere if name not in NAMES]

    def kind_of(self, name: str) -> str:
        return "pool_record" if name == "record_id" and "/pools/" in self.path else NAMES[name]


@dataclass(frozen=True)
class Call:
    """One operation with its names filled in. `place` says which of them is what a test is about."""

    operation: Operation
    place: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.operation} ({self.place})"


def operations_of(app: Litestar) -> list[Operation]:
    """Everything under /api/v1 and /async/api/v1, reads first and deletions last."""
    description = completed(app.openapi_schema.to_schema())
    opts = {
        (method, re.sub(r":\w+}", "}", route.path)): handler.opt
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in getattr(handler, "http_methods", ())
    }
    found = [
        _operation(method.upper(), path, told, opts[method.upper(), path], description["components"]["schemas"])
        for path, item in description["paths"].items()
        if path.startswith(("/api/v1", "/async/api/v1"))
        for method, told in item.items()
        if method in METHODS
    ]
    return sorted(found, key=lambda operation: ["GET", "POST", "PATCH", "PUT", "DELETE"].index(operation.method))


def _operation(
    method: str, path: str, told: Mapping[str, Any], opt: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Operation:
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = schemas.get(body.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
    examples = list(body.get("examples", {}).values())
    return Operation(
        method=method,
        path=path,
        scopes=tuple(opt.get("scopes", ())),
        is_open=bool(opt.get("open")),
        token_in_query=bool(opt.get("token_in_query")),
        query_key=opt.get("query_key", ""),
        query=tuple(each["name"] for each in told.get("parameters", ()) if each["in"] == "query"),
        fields=tuple(schema.get("properties", ())),
        example=BODIES.get(f"{method} {path}") or (examples[0]["value"] if examples else None),
    )


def calls_of(operation: Operation, own: Mapping[str, str], others: Mapping[str, str]) -> Iterator[Call]:
    """The operation once for each place that can name a thing, with one of `others` there and `own` elsewhere."""
    names = operation.own_names
    if names:
        yield _call(operation, "path", {**own, **others}, own)
    if len(names) > 1:  # its own job with another's record in it
        last = operation.kind_of(names[-1])
        yield _call(operation, names[-1], {**own, last: others[last]}, own)
    for name in operation.query:
        if name in NAMES:
            made = _call(operation, f"?{name}", own, own)
            yield Call(operation, made.place, made.path, {name: others[operation.kind_of(name)]}, made.body)
    for name in operation.fields:
        if name in NAMES:
            made = _call(operation, f"body {name}", own, own)
            thing = others[operation.kind_of(name)]
            yield Call(
                operation, made.place, made.path, made.query, {**INSTEAD.get(name, made.body or {}), name: thing}
            )


def own_call(operation: Operation, own: Mapping[str, str]) -> Call:
    """The operation on one's own things."""
    return _call(operation, "own", own, own)


def _call(operation: Operation, place: str, in_path: Mapping[str, str], own: Mapping[str, str]) -> Call:
    named = {name: in_path[operation.kind_of(name)] for name in operation.own_names}
    body = None if operation.example is None else _filled(operation.example, own)
    for name in operation.fields:
        if name in NAMES and body is not None and name in body:
            body[name] = own[operation.kind_of(name)]
    query = {name: own[operation.kind_of(name)] for name in operation.query if name == "taskId"}
    return Call(operation, place, operation.path.format(**PUBLIC | named), query, body)


def _filled(example: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: own[value[1:-1]] if isinstance(value, str) and value[1:-1] in own and value[0] == "{" else value
        for name, value in example.items()
    }


@dataclass
class World:
    """`owner` and `stranger` each own one thing of every kind; `absent` are ids in their shapes that name nothing."""

    client: httpx.AsyncClient
    service: Service
    owner: Tenant
    stranger: Tenant
    owned: dict[str, str]
    strange: dict[str, str]

    @property
    def absent(self) -> dict[str, str]:
        return {kind: _absent(id_) for kind, id_ in self.owned.items()}

    async def send(self, call: Call, key: str | bytes | None) -> httpx.Response:
        headers = {} if key is None else {"X-API-Key": key}
        return await self.client.request(
            call.operation.method,
            call.path,
            headers=headers,  # ty: ignore[invalid-argument-type]
            params=dict(call.query),
            json=call.body,
        )

    async def rows_of(self, account_id: str) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the database that is an account's."""
        async with self.service.database.reader.connect() as connection:
            return {
                table.name: sorted(map(tuple, await connection.execute(_owned_rows(table, account_id))), key=repr)
                for table in Base.metadata.sorted_tables
                if "account_id" in table.c or table.name == "accounts"
            }


def _absent(id_: str) -> str:
    """An id of that shape which names nothing."""
    if DASHED.fullmatch(id_):
        return str(uuid.UUID(new_id()))
    return re.sub(r"[0-9a-f]{32,}", lambda _: new_id(), id_)


def _owned_rows(table: Table, account_id: str) -> Any:
    owner = table.c.id if table.name == "accounts" else table.c.account_id
    # When a key was last used is written a moment after the answer that it opened.
    return select(*(column for column in table.c if column.name != "last_used_at")).where(owner == account_id)


async def make_world(service: Service, client: httpx.AsyncClient) -> World:
    owner, stranger = await add_tenant(service, "owner"), await add_tenant(service, "stranger")
    owned, strange = await furnish(service, client, owner), await furnish(service, client, stranger)
    return World(client, service, owner, stranger, owned, strange)


async def furnish(service: Service, client: httpx.AsyncClient, tenant: Tenant) -> dict[str, str]:
    """One thing of every kind, made as its owner makes it; kind -> id as clients see it."""

    async def made(path: str, body: dict[str, Any], status: int = 201) -> Any:
        answer = await client.post(f"/api/v1{path}", headers={"X-API-Key": tenant.key}, json=body)
        assert answer.status_code == status, (path, answer.text)
        return answer.json().get("data", answer.json())

    async def seen(path: str) -> Any:
        answer = await client.get(f"/api/v1{path}", headers={"X-API-Key": tenant.key})
        assert answer.status_code == 200, (path, answer.text)
        return answer.json().get("data", answer.json()) if isinstance(answer.json(), dict) else answer.json()

    pool = (await made("/pools", {"name": f"pool {new_id()}"}))["pool_id"]
    flow = (await made("/flows", {"name": "flow", "url": "https://shop.example/", "mode": "extract"}))["id"]
    webhook = (await made("/webhooks", {"taskId": flow, "url": HOOK, "events": ["run.success"]}))["id"]
    schedule = (await made("/scheduled-jobs", {"name": "s", "goal": "dentists", "schedule": "0 9 * * *"}))["id"]
    key = (await made("/api-keys", {"name": "key"}))["key_id"]
    request = GoalRequest(goal="dentists", pool_id=pool.removeprefix("pool_"), webhook_url=HOOK)
    taken = await made("/screenshot", {"url": "https://shop.example/"}, 202)
    batch = await made("/batch", {"requests": [{"url": "https://shop.example/"}]}, 202)
    item = (await seen(f"/batch/{batch['batch_id']}"))["items"][0]
    for request_id in (taken["request_id"], item["request_id"]):
        await _developed(service, tenant.account_id, request_id.replace("-", ""))
    widget = (await made("/widgets", {"type": "badge", "url": "https://shop.example/"}))["id"]
    targets = {"Targets": ["https://shop.example/"]}
    answer = await client.post("/async/api/v1/jobs", headers={"X-Token": tenant.key}, json=targets)
    assert answer.status_code == 200, answer.text
    bulk = answer.json()
    job = await finish(service, await submit_run(service, tenant.account_id, request))
    await _picture(service, tenant.account_id, job.run_id)
    learned = Template(
        id=new_id(),
        site="shop.example",
        many=False,
        asked=("size:text",),
        places={"size": (Place(caption="size", path="dl/dd", forms=("words",)),)},
    )
    async with service.database.write() as uow:
        await uow.templates(tenant.account_id).put([learned], service.clock.now())
    pool_record = (await seen(f"/pools/{pool}/records"))[0]["record_id"]
    delivery = (await seen("/webhooks/deliveries"))[0]["id"]
    await Deliverer(service, _taken).deliver_due()
    return {
        "job": job.job_id,
        "run": f"run-{job.run_id}",
        "capture": taken["request_id"],
        "batch": batch["batch_id"],
        "widget": widget,
        "record": job.record_id,
        "page": job.page_id,
        "page_template": learned.id,
        "flow": flow,
        "pool": pool,
        "pool_record": pool_record,
        "schedule": schedule,
        "key": key,
        "webhook": webhook,
        "delivery": delivery,
        "bulk_job": bulk["JobID"],
        "bulk_task": bulk["TaskIDs"][0],
    }


async def _taken(url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
    """A receiver that takes everything."""
    return Posted(status=200)


async def _developed(service: Service, account_id: str, capture_id: str) -> None:
    """Ends a screenshot as its worker would, with a picture."""
    image = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(image, "PNG")
    kept = await service.blobs.put(account_id, image.getvalue())
    run, now = await get_run(service, account_id, capture_id), service.clock.now()
    end = end_of(run, reason=TerminationReason.CAPTURED, records=0, pages=0, now=now)
    result = CaptureResult(outcome=FetchOutcome.OK, image=image.getvalue(), media_type="image/png", width=4, height=4)
    async with service.database.write() as uow:
        await keep_picture(uow, service, run, result, kept)
        ended = await uow.runs(account_id).move(run.id, [RunStatus.QUEUED], end.values, [end.event], now)
        assert ended is not None
        await after_end(uow, service, run, ended)


async def _picture(service: Service, account_id: str, run_id: str) -> None:
    """A picture that a step of the run took, as its worker keeps it."""
    kept = await service.blobs.put(account_id, b"\x89PNG of " + run_id.encode())
    told = {SCREENSHOT: {"number": 1, "sha256": kept.sha256, "bytes": kept.size}}
    now = service.clock.now()
    async with service.database.write() as uow:
        await uow.blobs.use(account_id, [kept.sha256], {kept.sha256: kept.size})
        assert await uow.runs(account_id).move(run_id, TERMINAL, {}, [NewEvent(EventType.STEP_DONE, told)], now)
