"""Records merged and split over HTTP: what a person says holds, can be undone, and reaches the pool."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from reading_harness import JOBS, PagesFetcher, done, job_of, reading, records_of

from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service

GUIDE, TOWN = "https://guide.example/cafes", "https://town.example/eat"
POOLS = "/api/v1/pools"


def listing(*rows: tuple[str, str, str]) -> str:
    items = "".join(f"<tr><td>{name}</td><td>{phone}</td><td>{street}</td></tr>" for name, phone, street in rows)
    head = "<tr><th>Name</th><th>Phone</th><th>Address</th></tr>"
    return f'<html lang="en-GB"><body><main><h1>Cafes</h1><table>{head}{items}</table></main></body></html>'


HARBOUR, MUSEUM = "+44 20 7946 0001", "+44 20 7946 0002"
PAGES = {
    GUIDE: listing(
        ("Harbour Cafe", HARBOUR, "1 Quay Street"),
        ("Fog Museum Tea Room", MUSEUM, "9 Fog Lane"),
        ("Blue Door Bakery", "+44 20 7946 0003", "12 Main Street"),
    ),
    TOWN: listing(
        ("Harbour Cafe", HARBOUR, "1 Quay St, first floor"),
        ("Old Mill Kitchen", "+44 20 7946 0004", "3 Mill Road"),
        ("The Tea Room at the Museum", "+44 20 7946 0005", "9 Fog Lane"),
    ),
}
ASKED: dict[str, Any] = {
    "goal": "cafes",
    "plan": {"entity": "cafe", "fields": ["name", "phone", "address"], "sources": [GUIDE, TOWN], "queries": ["cafes"]},
    "max_results": 50,
}


async def cafes(client: httpx.AsyncClient, **more: Any) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A job over both pages, and its records by name."""
    job = await job_of(client, **ASKED, **more)
    return job, await by_name(client, job)


async def by_name(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, dict[str, Any]]:
    records = await records_of(client, job)
    names = {each["values"]["name"]: each for each in records}
    return names if len(names) == len(records) else {each["id"]: each for each in records}


async def decide(
    client: httpx.AsyncClient, job: dict[str, Any], record: str, what: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    return await client.post(f"{JOBS}/{job['job_id']}/records/{record}/{what}", json=body)


def pages_in(record: dict[str, Any]) -> set[str]:
    return {proof["url"] for found in record["fields"].values() for proof in found["evidence"]}


async def test_a_record_falls_apart_into_what_each_page_told_of_it_and_stays_so(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, PAGES):
        job, found = await cafes(client)
        whole = found["Harbour Cafe"]
        assert whole["sources"] == [GUIDE, TOWN]
        answer = await decide(client, job, whole["id"], "split")
        assert answer.status_code == 200, answer.text
        one, other = answer.json()["records"]
        assert (one["id"], one["position"], one["sources"], other["sources"]) == (
            whole["id"],
            whole["position"],
            [GUIDE],
            [TOWN],
        )
        assert (pages_in(one), pages_in(other)) == ({GUIDE}, {TOWN})
        assert (one["values"]["address"], other["values"]["address"]) == ("1 Quay Street", "1 Quay St, first floor")
        assert not one["fields"]["address"]["conflicts"]
        assert answer.json()["left_out"] == []
        again = await decide(client, job, whole["id"], "split", {})
        assert again.json() == answer.json()
        records = await records_of(client, job)
        assert (await client.get(f"{JOBS}/{job['job_id']}")).json()["records_found"] == len(records) == 6
        assert (await client.post(f"{JOBS}/{job['job_id']}/verify")).json()["holds"]

        before = {each["id"]: (each["values"], each["sources"]) for each in records}
        extended = await client.post(f"{JOBS}/{job['job_id']}/extend", json={"max_results": 60})
        assert extended.status_code == 200, extended.text
        await done(client, job["job_id"])
        assert {each["id"]: (each["values"], each["sources"]) for each in await records_of(client, job)} == before


async def test_a_merge_keeps_what_contradicts_itself_and_is_undone_to_the_same_values(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, PAGES):
        job, found = await cafes(client)
        kept, gone = found["Fog Museum Tea Room"], found["The Tea Room at the Museum"]
        told = await decide(client, job, gone["id"], "merge", {"with": kept["id"]})
        assert told.status_code == 200, told.text
        merged = told.json()
        assert (merged["id"], merged["sources"]) == (kept["id"], [GUIDE, TOWN])
        assert merged["values"]["name"] == "Fog Museum Tea Room"
        assert [each["value"] for each in merged["fields"]["name"]["conflicts"]] == ["The Tea Room at the Museum"]
        assert [each["value"] for each in merged["fields"]["phone"]["conflicts"]] == ["+442079460005"]
        assert (await decide(client, job, gone["id"], "merge", {"with": kept["id"]})).json() == merged
        assert (await client.get(f"{JOBS}/{job['job_id']}/records/{gone['id']}/evidence")).status_code == 404
        assert (await client.get(f"{JOBS}/{job['job_id']}")).json()["records_found"] == 4

        undone = await decide(client, job, kept["id"], "split", {"from": gone["id"]})
        assert undone.status_code == 200, undone.text
        told_apart = ("possible_duplicates", "position")
        assert [
            {key: value for key, value in each.items() if key not in told_apart} for each in undone.json()["records"]
        ] == [{key: value for key, value in each.items() if key not in told_apart} for each in (kept, gone)]
        assert (await decide(client, job, kept["id"], "split", {"from": gone["id"]})).json() == undone.json()


async def test_sources_are_taken_out_as_one_record(client: httpx.AsyncClient, service: Service) -> None:
    async with reading(service, PAGES):
        job, found = await cafes(client)
        whole = found["Harbour Cafe"]
        answer = await decide(client, job, whole["id"], "split", {"sources": [GUIDE]})
        assert [each["sources"] for each in answer.json()["records"]] == [[TOWN], [GUIDE]]


async def test_a_correction_goes_with_the_page_that_says_it(client: httpx.AsyncClient, service: Service) -> None:
    async with reading(service, PAGES):
        job, found = await cafes(client)
        whole = found["Harbour Cafe"]["id"]
        right = {"values": {"address": "1 Quay St, first floor"}}
        assert (await client.patch(f"{JOBS}/{job['job_id']}/records/{whole}", json=right)).status_code == 200
        one, other = (await decide(client, job, whole, "split")).json()["records"]
        assert (one["values"]["address"], other["values"]["address"]) == ("1 Quay Street", "1 Quay St, first floor")
        assert not one["fields"]["address"]["history"]
        assert other["fields"]["address"]["evidence"][0]["method"] == "user"
        merged = (await decide(client, job, whole, "merge", {"with": other["id"]})).json()
        assert merged["values"]["address"] == "1 Quay St, first floor"


async def test_a_part_that_does_not_meet_the_goals_condition_is_left_out_and_told(
    client: httpx.AsyncClient, service: Service
) -> None:
    near = {"field": "address", "comparison": "contains", "value": "Quay Street"}
    async with reading(service, PAGES):
        job = await job_of(client, **{**ASKED, "plan": ASKED["plan"] | {"conditions": [near]}})
        (whole,) = await records_of(client, job)
        answer = (await decide(client, job, whole["id"], "split")).json()
        assert [each["sources"] for each in answer["records"]] == [[GUIDE]]
        (out,) = answer["left_out"]
        assert out["sources"] == [TOWN]
        assert "Quay St, first floor" in out["reason"]


@pytest.mark.parametrize(
    ("what", "body", "status", "told"),
    [
        ("merge", {"with": "{self}"}, 422, {"with": "a record is one with itself: name another"}),
        ("merge", {"with": "0" * 32}, 422, {"with": "no such record of this job"}),
        ("merge", {}, 422, {"with": "required"}),
        ("split", {"sources": ["https://else.example/"]}, 422, None),
        ("split", {"sources": []}, 422, {"sources": "expected array of length >= 1"}),  # a filter that left nothing
        ("split", {"sources": [GUIDE, TOWN]}, 422, {"sources": "all of its sources: leave it one"}),
        ("split", {"from": "0" * 32}, 422, {"from": "this record was not merged with it"}),
        ("split", {"from": "0" * 32, "sources": [GUIDE]}, 422, {"from": "give this or sources, not both"}),
    ],
)
async def test_what_cannot_be_merged_or_split_is_told_by_name(
    client: httpx.AsyncClient,
    service: Service,
    what: str,
    body: dict[str, Any],
    status: int,
    told: dict[str, str] | None,
) -> None:
    async with reading(service, PAGES):
        job, found = await cafes(client)
        record = found["Harbour Cafe"]["id"]
        body = {key: record if value == "{self}" else value for key, value in body.items()}
        answer = await decide(client, job, record, what, body)
    assert answer.status_code == status, answer.text
    assert told is None or answer.json()["errors"] == told


async def test_a_record_that_one_page_told_of_cannot_be_split(client: httpx.AsyncClient, service: Service) -> None:
    async with reading(service, PAGES):
        job, found = await cafes(client)
        answer = await decide(client, job, found["Blue Door Bakery"]["id"], "split")
        assert (answer.status_code, "One source" in answer.json()["message"]) == (409, True)
        assert (await decide(client, job, "0" * 32, "split")).status_code == 404
        assert (await decide(client, job, "0" * 32, "merge", {"with": "1" * 32})).status_code == 404


async def test_records_of_an_active_job_are_neither_merged_nor_split(
    client: httpx.AsyncClient, service: Service
) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    for what, body in (("merge", {"with": "1" * 32}), ("split", None)):
        assert (await decide(client, {"job_id": f"job_{run.id}"}, "0" * 32, what, body)).status_code == 409


async def pool_of(client: httpx.AsyncClient) -> str:
    return (await client.post(POOLS, json={"name": "Cafes"})).json()["pool_id"]


async def changes_of(client: httpx.AsyncClient, pool: str, since: int) -> list[tuple[str, str | None, Any, Any]]:
    told = (await client.get(f"{POOLS}/{pool}/changes", params={"since": since, "limit": 100})).json()
    return [(each["type"], each["field"], each["from"], each["to"]) for each in told]


async def known_in(client: httpx.AsyncClient, pool: str) -> dict[str, dict[str, Any]]:
    told = (await client.get(f"{POOLS}/{pool}/records", params={"limit": 100})).json()
    return {each["record_id"]: each["values"] for each in told}


async def test_the_pool_follows_a_split_and_a_later_job_of_it_heeds_it(
    client: httpx.AsyncClient, service: Service
) -> None:
    pool = await pool_of(client)
    async with reading(service, PAGES):
        job, found = await cafes(client, pool_id=pool)
        before = await known_in(client, pool)
        since = len(before)
        assert since == 5
        await decide(client, job, found["Harbour Cafe"]["id"], "split")
        assert [each[0] for each in await changes_of(client, pool, since)] == ["added"]
        after = await known_in(client, pool)
        assert {id_: after[id_] for id_ in before} == before
        later, _ = await cafes(client, pool_id=pool)
        assert later["records_found"] == 6
        assert await known_in(client, pool) == after
        third, records = await cafes(client, pool_id=pool)
        assert await known_in(client, pool) == after
        assert await changes_of(client, pool, since + 1) == []

        # Merged again, two runs later: the pool has one of them less.
        one, other = (each for each in records.values() if each["values"]["name"] == "Harbour Cafe")
        await decide(client, third, one["id"], "merge", {"with": other["id"]})
        assert [each[0] for each in await changes_of(client, pool, since + 1)] == ["removed"]
        await cafes(client, pool_id=pool)
        assert len(await known_in(client, pool)) == 5
        assert len(await changes_of(client, pool, since + 2)) == 0


async def test_the_pool_follows_a_correction_and_a_page_that_says_the_old_again_is_no_news(
    client: httpx.AsyncClient, service: Service
) -> None:
    pool = await pool_of(client)
    async with reading(service, PAGES) as web:
        assert isinstance(web, PagesFetcher)
        job, found = await cafes(client, pool_id=pool)
        record = found["Old Mill Kitchen"]["id"]
        right = {"values": {"phone": "+44 20 7946 0099"}}
        assert (await client.patch(f"{JOBS}/{job['job_id']}/records/{record}", json=right)).status_code == 200
        assert await changes_of(client, pool, 5) == [("changed", "phone", "+442079460004", "+442079460099")]
        await cafes(client, pool_id=pool)
        assert len(await changes_of(client, pool, 6)) == 0
        web.pages[TOWN] = PAGES[TOWN].replace("7946 0004", "7946 0088")
        await cafes(client, pool_id=pool)
        assert await changes_of(client, pool, 6) == [("changed", "phone", "+442079460099", "+442079460088")]


async def test_a_value_that_went_with_its_page_is_told_as_gone(client: httpx.AsyncClient, service: Service) -> None:
    pages = {**PAGES, GUIDE: PAGES[GUIDE].replace("<td>1 Quay Street</td>", "<td></td>")}
    pool = await pool_of(client)
    async with reading(service, pages):
        job, found = await cafes(client, pool_id=pool)
        await decide(client, job, found["Harbour Cafe"]["id"], "split")
        told = await changes_of(client, pool, 5)
    assert ("changed", "address", "1 Quay St, first floor", None) in told
    assert [each[0] for each in told].count("added") == 1
