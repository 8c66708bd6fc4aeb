"""API keys over HTTP, in both dialects that have them."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, add_tenant, calling

from domain.accounts import Scope
from services.keys import OWNER_ACCOUNT, create_key, list_keys, save_key_uses
from services.service import Service

NATIVE, BOT = "/api/v1/api-keys", "/api/v1/keys"
NATIVE_REQUEST = {"name": "Production API Key", "scopes": ["jobs:read", "jobs:write"]}  # documented
BOT_REQUEST = {"name": "My New Key", "scopes": ["flows:read", "runs:read", "runs:write"]}  # documented
TOKEN = re.compile(r"sk_live_[0-9A-Za-z]{36}")
MASK = re.compile(r"(sk_live_)?xxxx_.{4}")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


async def test_the_documented_request_makes_a_native_key_that_works_and_is_shown_once(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(NATIVE, json=NATIVE_REQUEST)
    made = answer.json()
    assert answer.status_code == 201
    assert set(made) == {"key_id", "name", "key", "scopes", "created_at"}
    assert (made["name"], made["scopes"]) == ("Production API Key", ["jobs:read", "jobs:write"])
    assert TOKEN.fullmatch(made["key"])
    assert ISO.fullmatch(made["created_at"])
    assert (await client.get("/api/v1/jobs", headers={"X-API-KEY": made["key"]})).status_code == 200
    listed = await client.get(NATIVE)
    assert made["key"] not in listed.text
    (shown,) = [key for key in listed.json() if key["key_id"] == made["key_id"]]
    assert shown["key"] == f"sk_live_xxxx_{made['key'][-4:]}"


async def test_the_documented_request_makes_a_key_in_the_other_dialect(client: httpx.AsyncClient) -> None:
    answer = await client.post(BOT, json=BOT_REQUEST)
    made = answer.json()
    assert answer.status_code == 201
    assert set(made) == {"data"}
    assert set(made["data"]) == {"id", "name", "key", "createdAt", "scopes"}
    assert (made["data"]["name"], made["data"]["scopes"]) == ("My New Key", BOT_REQUEST["scopes"])
    assert re.fullmatch(r"key-[0-9a-f]{32}", made["data"]["id"])
    assert ISO.fullmatch(made["data"]["createdAt"])
    listed = (await client.get(BOT)).json()
    assert set(listed) == {"data", "total"}
    assert listed["total"] == 2  # the owner's and this one
    for key in listed["data"]:
        assert set(key) >= {"id", "name", "key", "createdAt", "scopes"}
        assert MASK.fullmatch(key["key"])
    assert made["data"]["key"] not in str(listed)


@pytest.mark.parametrize("path", [NATIVE, BOT])
async def test_a_revoked_key_opens_nothing_from_the_next_request_on(client: httpx.AsyncClient, path: str) -> None:
    made = (await client.post(path, json={"name": "short-lived"})).json()
    made = made.get("data", made)
    key_id = made.get("key_id") or made["id"]
    mine = {"X-API-KEY": made["key"]}
    assert (await client.get(path, headers=mine)).status_code == 200
    assert (await client.delete(f"{path}/{key_id}")).status_code == 200
    assert (await client.get(path, headers=mine)).status_code == 401
    assert key_id not in (await client.get(path)).text
    assert (await client.delete(f"{path}/{key_id}")).status_code == 404


async def test_a_key_cannot_give_what_it_lacks(client: httpx.AsyncClient, service: Service) -> None:
    narrow = await create_key(service, OWNER_ACCOUNT, name="n", scopes=(Scope.KEYS_WRITE, Scope.JOBS_READ))
    mine = {"X-API-KEY": narrow.token}
    for path in (NATIVE, BOT):
        refused = await client.post(path, headers=mine, json={"name": "more", "scopes": ["jobs:read", "jobs:write"]})
        assert refused.status_code == 403
        assert "jobs:write" in refused.json()["message"]
        made = (await client.post(path, headers=mine, json={"name": "as much"})).json()
        assert set(made.get("data", made)["scopes"]) == {"keys:write", "jobs:read"}
        assert (await client.get(path, headers=mine)).status_code == 403  # it has no keys:read
    assert len((await list_keys(service, OWNER_ACCOUNT, limit=10)).items) == 4


BAD = [
    ({"name": "x", "scopes": ["jobs:read", "jobs:everything"]}, "scopes", "unknown: jobs:everything; known are"),
    ({"name": "x", "scopes": []}, "scopes", "at least one"),
    ({"name": "   "}, "name", "1 to 200 characters"),
    ({"name": "x" * 201}, "name", "1 to 200 characters"),
    ({"scopes": ["jobs:read"]}, "name", "required"),
    ({"name": "x", "account_id": "0" * 32}, "account_id", "unknown field"),
]


@pytest.mark.parametrize("path", [NATIVE, BOT])
@pytest.mark.parametrize(("body", "field", "why"), BAD)
async def test_a_bad_key_request_is_told_by_field(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], field: str, why: str
) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 422
    assert why in answer.json()["errors"][field]


async def test_keys_page_without_a_gap(client: httpx.AsyncClient) -> None:
    for number in range(4):
        await client.post(BOT, json={"name": f"key {number}"})
    url, names = f"{BOT}?limit=2", []
    while url:
        answer = await client.get(url)
        assert answer.json()["total"] == 5
        names += [key["name"] for key in answer.json()["data"]]
        url = answer.links["next"]["url"] if "next" in answer.links else ""
    assert names == ["key 3", "key 2", "key 1", "key 0", "FORAGE_API_KEY"]


async def test_the_last_use_of_a_key_is_shown_and_outlives_the_process(
    client: httpx.AsyncClient, service: Service
) -> None:
    made = (await client.post(NATIVE, json={"name": "used"})).json()
    unused = {key["name"]: key["last_used_at"] for key in (await client.get(NATIVE)).json()}
    assert unused["used"] is None
    await client.get("/api/v1/jobs", headers={"X-API-KEY": made["key"]})
    used = {key["name"]: key["last_used_at"] for key in (await client.get(NATIVE)).json()}
    assert ISO.fullmatch(used["used"])
    await save_key_uses(service)
    async with service.database.read() as uow:
        kept = {key.name: key.last_used_at for key in await uow.keys(OWNER_ACCOUNT).list(10)}
    assert kept["used"] is not None


async def test_another_accounts_key_looks_absent_and_stays(client: httpx.AsyncClient, service: Service) -> None:
    stranger = await add_tenant(service, "stranger")
    key_id = (await list_keys(service, OWNER_ACCOUNT, limit=1)).items[0].id
    for path in (f"{NATIVE}/key_{key_id}", f"{BOT}/key-{key_id}"):
        foreign = await client.delete(path, headers={"X-API-KEY": stranger.key})
        absent = await client.delete(path[:-32] + "0" * 32, headers={"X-API-KEY": stranger.key})
        assert (foreign.status_code, foreign.json()) == (absent.status_code, absent.json())
        assert foreign.status_code == 404
    assert (await client.get("/api/v1/jobs")).status_code == 200


@pytest.mark.parametrize("key_id", ["x", "key_", "key_%00", "job_" + "0" * 32, "key_" + "G" * 32])
async def test_what_can_name_no_key_is_absent(client: httpx.AsyncClient, key_id: str) -> None:
    assert (await client.delete(f"{NATIVE}/{key_id}")).status_code == 404


async def test_a_key_goes_bare_into_authorization_too(base_url: str) -> None:
    async with calling(base_url) as client:
        for value, status in ((OWNER_KEY, 200), (f"Basic {OWNER_KEY}", 401), ("Bearer", 401)):
            answer = await client.get("/api/v1/jobs", headers={"Authorization": value})
            assert answer.status_code == status, value


async def test_a_key_in_the_query_opens_nothing_that_does_not_ask_for_it(base_url: str) -> None:
    async with calling(base_url) as client:
        assert (await client.get(f"/api/v1/jobs?token={OWNER_KEY}")).status_code == 401


async def test_one_of_a_routes_scopes_suffices_and_another_does_not(
    client: httpx.AsyncClient, service: Service
) -> None:
    for scope, status in ((Scope.CREDITS_READ, 200), (Scope.RUNS_READ, 200), (Scope.JOBS_WRITE, 403)):
        key = await create_key(service, OWNER_ACCOUNT, name=scope, scopes=(scope,))
        answer = await client.get("/api/v1/stats/dashboard", headers={"X-API-KEY": key.token})
        assert answer.status_code == status, scope
    assert answer.json()["message"] == "This API key lacks the scope jobs:read or runs:read or credits:read."
