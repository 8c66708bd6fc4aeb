"""Every operation against every sort of key: nobody without one, nobody beyond its scope, nobody else's things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from api_harness import Finished, Tenant, add_tenant, finished_job

from api.app import create_app
from domain.ids import new_id
from services.service import Service


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    scope: str
    body: dict[str, Any] | None = None

    @property
    def foreign(self) -> bool:
        return "{job_id}" in self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


OPERATIONS = [
    Operation("POST", "/api/v1/jobs", "jobs:write", {"goal": "dentists"}),
    Operation("POST", "/api/v1/jobs/preview", "jobs:write", {"goal": "dentists"}),
    Operation("GET", "/api/v1/jobs", "jobs:read"),
    Operation("GET", "/api/v1/jobs/{job_id}", "jobs:read"),
    Operation("GET", "/api/v1/jobs/{job_id}/records", "jobs:read"),
    Operation("GET", "/api/v1/jobs/{job_id}/records/{record_id}/evidence", "jobs:read"),
    Operation("GET", "/api/v1/jobs/{job_id}/sources", "jobs:read"),
    Operation("GET", "/api/v1/jobs/{job_id}/pages/{page_id}", "jobs:read"),
    Operation("GET", "/api/v1/jobs/{job_id}/download", "jobs:read"),
    Operation("GET", "/api/v1/jobs/{job_id}/events", "jobs:read"),
    Operation("POST", "/api/v1/jobs/{job_id}/extend", "jobs:write", {"max_results": 100}),  # it starts again
    Operation("DELETE", "/api/v1/jobs/{job_id}", "jobs:write"),  # last: it takes the job away
]


@dataclass(frozen=True)
class World:
    client: httpx.AsyncClient
    owner: Tenant
    job: Finished
    stranger: Tenant

    async def call(self, operation: Operation, key: str | None, job: Finished | None = None) -> httpx.Response:
        job = job or self.job
        path = operation.path.format(job_id=job.job_id, record_id=job.record_id, page_id=job.page_id)
        headers = {} if key is None else {"X-API-Key": key}
        return await self.client.request(operation.method, path, headers=headers, json=operation.body)


@pytest.fixture
async def world(service: Service, base_url: str) -> AsyncIterator[World]:
    owner, stranger = await add_tenant(service, "owner"), await add_tenant(service, "stranger")
    job = await finished_job(service, owner.account_id)
    async with httpx.AsyncClient(base_url=base_url, timeout=20) as client:
        yield World(client, owner, job, stranger)


ABSENT = Finished(f"job_{new_id()}", "", new_id(), new_id())


async def test_no_operation_answers_without_a_good_key(world: World) -> None:
    bad = [None, "", "sk_live_wrong", "x" * 5000, "ключ", world.owner.revoked]
    for operation in OPERATIONS:
        for key in bad:
            sent = key.encode() if key else key
            answer = await world.call(operation, sent)  # ty: ignore[invalid-argument-type]
            assert answer.status_code == 401, (str(operation), key)
            assert answer.json() == {
                "statusCode": 401,
                "error": "Unauthorized",
                "message": "Invalid or missing API key.",
            }
            assert "www-authenticate" in answer.headers


async def test_no_operation_answers_a_key_of_another_scope(world: World) -> None:
    for operation in OPERATIONS:
        wrong = world.owner.write_only if operation.scope == "jobs:read" else world.owner.read_only
        answer = await world.call(operation, wrong)
        assert answer.status_code == 403, str(operation)
        assert operation.scope in answer.json()["message"]


async def test_a_foreign_job_looks_exactly_like_one_that_never_was(world: World) -> None:
    for operation in OPERATIONS:
        if not operation.foreign:
            continue
        foreign = await world.call(operation, world.stranger.key)
        absent = await world.call(operation, world.stranger.key, ABSENT)
        assert (foreign.status_code, foreign.json()) == (absent.status_code, absent.json()), str(operation)
        assert foreign.status_code == 404, str(operation)


async def test_a_list_holds_nobody_elses_jobs(world: World) -> None:
    answer = await world.call(Operation("GET", "/api/v1/jobs", "jobs:read"), world.stranger.key)
    assert answer.json() == []


async def test_a_foreign_record_or_page_is_not_reached_through_ones_own_job(service: Service, world: World) -> None:
    own = await finished_job(service, world.stranger.account_id)
    mixed = Finished(own.job_id, own.run_id, world.job.record_id, world.job.page_id)
    for path in ("/records/{record_id}/evidence", "/pages/{page_id}"):
        operation = Operation("GET", f"/api/v1/jobs/{{job_id}}{path}", "jobs:read")
        assert (await world.call(operation, world.stranger.key, own)).status_code == 200
        assert (await world.call(operation, world.stranger.key, mixed)).status_code == 404


async def test_one_accounts_idempotency_key_says_nothing_to_another(world: World) -> None:
    ids = []
    for tenant in (world.owner, world.stranger):
        headers = {"X-API-Key": tenant.key, "Idempotency-Key": "same"}
        answer = await world.client.post("/api/v1/jobs", headers=headers, json={"goal": tenant.account_id})
        assert answer.status_code == 201
        ids.append(answer.json()["job_id"])
    assert ids[0] != ids[1]


async def test_the_owner_is_answered_by_every_operation(world: World) -> None:
    for operation in OPERATIONS:
        assert (await world.call(operation, world.owner.key)).status_code < 300, str(operation)


def test_this_matrix_holds_every_operation_there_is(service: Service) -> None:
    app = create_app(service)
    paths = app.openapi_schema.to_schema()["paths"]
    native = {
        f"{method.upper()} {path}"
        for path, item in paths.items()
        if path.startswith("/api/v1")
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert native == {str(operation) for operation in OPERATIONS}
