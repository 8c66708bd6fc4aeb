"""Data pools over HTTP: every request of ScrapeHub's document, and what a client does with them beyond it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from api_harness import OWNER_KEY, add_tenant
from pool_support import run_in_pool

from services.pools import create_pool
from services.service import Service

DOCUMENTED_BASE = "https://api.scrapehub.io/api/v1"
HEADER = '-H "X-API-KEY: sk_live_xxxx_449x"'
LIST = f"curl -X GET {DOCUMENTED_BASE}/pools \\\n{HEADER}"
RECORDS = f"curl -X GET {DOCUMENTED_BASE}/pools/pool_abc123/records \\\n{HEADER}"
DOWNLOAD = f'curl -X GET "{DOCUMENTED_BASE}/pools/pool_abc123/download?format=csv" \\\n{HEADER} \\\n-o pool_data.csv'
KETTLES: list[dict[str, Any]] = [
    {"name": "Copper kettle", "price": 25.0, "page": "https://shop.example/p/1"},
    {"name": "=1+1", "price": -5.5, "page": "https://shop.example/p/2"},
    {"name": "Blue mug", "price": 8.5, "stock": "in stock", "page": "https://shop.example/p/3"},
]


@pytest.fixture
async def pool_id(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/pools", json={"name": "Kettles", "description": "prices of a shop"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/pools/{made['pool_id']}"
    return made["pool_id"]


async def filled(service: Service, pool_id: str, rows: list[dict[str, Any]] = KETTLES) -> str:
    run = await run_in_pool(service, pool_id.removeprefix("pool_"), rows)
    return f"job_{run.id}"


async def run_verbatim(line: str, base_url: str, folder: Path, pool_id: str) -> str:
    line = line.replace(DOCUMENTED_BASE, f"{base_url}/api/v1").replace("sk_live_xxxx_449x", OWNER_KEY)
    process = await asyncio.create_subprocess_shell(
        line.replace("pool_abc123", pool_id).replace("curl ", "curl -sS --fail "),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_the_documented_curls_list_pools_and_records_and_download_csv(
    base_url: str, service: Service, pool_id: str, tmp_path: Path
):
    await filled(service, pool_id)
    [pool] = json.loads(await run_verbatim(LIST, base_url, tmp_path, pool_id))
    assert (pool["pool_id"], pool["name"], pool["record_count"]) == (pool_id, "Kettles", 3)
    records = json.loads(await run_verbatim(RECORDS, base_url, tmp_path, pool_id))
    assert [record["values"]["name"] for record in records] == ["Copper kettle", "=1+1", "Blue mug"]
    await run_verbatim(DOWNLOAD, base_url, tmp_path, pool_id)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "pool_data.csv").read_text("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["Copper kettle", "'=1+1", "Blue mug"]
    assert rows[1]["price"] == "-5.5"
    assert list(rows[0]) == ["name", "price", "stock", "first_seen", "last_seen"]


async def test_a_pool_opens_in_a_spreadsheet_and_as_json(client: httpx.AsyncClient, service: Service, pool_id: str):
    await filled(service, pool_id)
    url = f"/api/v1/pools/{pool_id}/download"
    sheet = openpyxl.load_workbook(io.BytesIO((await client.get(url, params={"format": "xlsx"})).content)).active
    assert (sheet["A3"].value, sheet["A3"].data_type, sheet["B3"].value) == ("=1+1", "s", -5.5)
    told = (await client.get(url)).json()
    assert [row["name"] for row in told] == ["Copper kettle", "=1+1", "Blue mug"]
    lines = (await client.get(url, params={"format": "jsonl"})).text.splitlines()
    assert [json.loads(line) for line in lines] == told
    assert (await client.get(url, params={"format": "pdf"})).status_code == 422


async def test_a_job_of_a_pool_is_refused_where_there_is_no_such_pool(
    client: httpx.AsyncClient, service: Service, pool_id: str
):
    stranger = await add_tenant(service, "stranger")
    foreign = await create_pool(service, stranger.account_id, name="theirs")
    for wrong in (f"pool_{foreign.id}", "pool_" + "0" * 32, "pool_abc123", "nonsense"):
        answer = await client.post("/api/v1/jobs", json={"goal": "kettles", "pool_id": wrong})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["pool_id"]), wrong
    assert (await client.post("/api/v1/jobs", json={"goal": "kettles", "pool_id": pool_id})).status_code == 201


async def test_changes_page_from_a_sequence_and_from_a_time(client: httpx.AsyncClient, service: Service, pool_id: str):
    url = f"/api/v1/pools/{pool_id}/changes"
    await filled(service, pool_id)
    job = await filled(service, pool_id, [KETTLES[0] | {"price": 19.0}, *KETTLES[1:]])

    first = await client.get(url, params={"limit": 2})
    assert [change["sequence"] for change in first.json()] == [1, 2]
    following = await client.get(first.links["next"]["url"])
    assert [change["sequence"] for change in following.json()] == [3, 4]
    assert "next" not in following.links
    [changed] = (await client.get(url, params={"since": "3"})).json()
    assert (changed["type"], changed["field"], changed["from"], changed["to"]) == ("changed", "price", 25.0, 19.0)
    assert changed["job_id"] == job
    assert changed["evidence"][0]["url"] == "https://shop.example/"
    assert len((await client.get(url, params={"since": "2020-01-01T00:00:00Z"})).json()) == 4
    assert (await client.get(url, params={"since": "2999-01-01T00:00:00+02:00"})).json() == []
    assert [one["sequence"] for one in (await client.get(url, params={"job_id": job})).json()] == [4]
    refused = await client.get(url, params={"since": "yesterday"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["since"])


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_time_that_utc_has_no_year_for_is_refused_and_no_fault_of_ours(
    client: httpx.AsyncClient, pool_id: str, since: str
) -> None:
    refused = await client.get(f"/api/v1/pools/{pool_id}/changes", params={"since": since})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["since"])


async def test_a_record_tells_its_proof_and_its_history(client: httpx.AsyncClient, service: Service, pool_id: str):
    first = await filled(service, pool_id)
    second = await filled(service, pool_id, [KETTLES[0] | {"price": 19.0}, *KETTLES[1:]])
    url = f"/api/v1/pools/{pool_id}/records"
    [kettle] = (await client.get(url, params={"filter": "name=copper kettle", "evidence": "true"})).json()
    assert kettle["fields"]["price"]["evidence"][0]["verdict"] == "supported"
    assert kettle["fields"]["price"]["job_id"] == second
    one = (await client.get(f"{url}/{kettle['record_id']}")).json()
    assert [(each["type"], each["job_id"]) for each in one["history"]] == [("added", first), ("changed", second)]
    assert one["history"][0]["values"]["price"] == 25.0
    assert (await client.get(one["history_url"])).json() == one["history"]
    assert "fields" not in (await client.get(url)).json()[0]
    assert (await client.get(f"{url}/{'0' * 32}")).status_code == 404
    assert (await client.get(f"{url}/nonsense")).status_code == 404


async def test_records_sort_and_filter_by_their_fields(client: httpx.AsyncClient, service: Service, pool_id: str):
    await filled(service, pool_id)

    async def names(**query: Any) -> list[str]:
        answer = await client.get(f"/api/v1/pools/{pool_id}/records", params=query)
        assert answer.status_code == 200, answer.text
        return [record["values"]["name"] for record in answer.json()]

    assert await names(sort="price") == ["=1+1", "Blue mug", "Copper kettle"]
    assert await names(sort="-price") == ["Copper kettle", "Blue mug", "=1+1"]
    assert await names(filter="price<20") == ["=1+1", "Blue mug"]
    assert await names(filter=["price<20", "name~mug"]) == ["Blue mug"]
    assert await names(filter="stock=in stock") == ["Blue mug"]
    for wrong in ({"sort": "colour"}, {"filter": "price <"}, {"filter": "added"}, {"cursor": "x"}, {"limit": "0"}):
        answer = await client.get(f"/api/v1/pools/{pool_id}/records", params=wrong)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, list(wrong)), wrong


async def test_a_pool_is_renamed_watched_and_deleted(client: httpx.AsyncClient, service: Service, pool_id: str):
    url = f"/api/v1/pools/{pool_id}"
    await filled(service, pool_id)
    changed = await client.patch(url, json={"name": "Prices", "condition": "price < 20", "description": None})
    assert changed.status_code == 200, changed.text
    assert {**changed.json(), "updated_at": ""} == {
        **(await client.get(url)).json(),
        "name": "Prices",
        "condition": "price < 20",
        "description": "",
        "updated_at": "",
    }
    assert changed.json()["record_count"] == 3
    for wrong, field in (
        ({"condition": "price <"}, "condition"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"record_count": 0}, "record_count"),
        ({"webhook_url": "http://169.254.169.254/"}, "webhook_url"),
    ):
        answer = await client.patch(url, json=wrong)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), wrong
    assert (await client.patch(url, json={"condition": None})).json()["condition"] is None
    assert (await client.delete(url)).json() == {"message": "Pool deleted successfully"}
    for path in ("", "/records", "/changes", "/download"):
        assert (await client.get(f"{url}{path}")).status_code == 404
    assert (await client.get("/api/v1/pools")).json() == []


async def test_every_mistake_in_a_new_pool_is_told_at_once(client: httpx.AsyncClient):
    wrong = {
        "name": " ",
        "condition": "price dropped and",
        "webhook_url": "file:///etc/passwd",
        "sort_fields": ["a", "a"],
    }
    answer = await client.post("/api/v1/pools", json=wrong)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == set(wrong)


async def test_pools_page_newest_first(client: httpx.AsyncClient):
    for number in range(3):
        await client.post("/api/v1/pools", json={"name": f"pool {number}"})
    first = await client.get("/api/v1/pools", params={"limit": 2})
    assert [pool["name"] for pool in first.json()] == ["pool 2", "pool 1"]
    assert [pool["name"] for pool in (await client.get(first.links["next"]["url"])).json()] == ["pool 0"]
