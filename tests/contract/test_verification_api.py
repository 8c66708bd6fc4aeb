"""Evidence of every value over HTTP, and a finished job checked again in its archive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import zstandard
from api_harness import Finished
from reading_harness import JOBS, job_of, reading, records_of

from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service
from store.repositories.records import fingerprint

SHOP = "https://shop.example/shelves"
SOUP = "https://soup.example/lentil"
LAMP = "https://lamps.example/lamp"
ROWS = "".join(
    f'<li class="card"><h3><a href="/p/{n}">Walnut shelf {n}</a></h3><b class="price">£{n}.50</b>'
    f'<time class="date">May {n}, 2024</time></li>'
    for n in range(1, 9)
)
PAGES = {
    SHOP: f'<html lang="en-GB"><body><main><h1>Shelves</h1><ul>{ROWS}</ul></main></body></html>',
    SOUP: (
        '<html lang="cs"><head><title>Soup</title><script type="application/ld+json">{"@type": "Recipe", '
        '"name": "Soup", "recipeIngredient": ["200 g \\u010do\\u010dka", "1 onion"], "totalTime": "PT1H15M"}'
        "</script></head><body><h1>Soup</h1><p>A long story of a soup.</p></body></html>"
    ),
    LAMP: (
        '<html lang="en-GB"><head><title>Lamp</title><script type="application/ld+json">{"@type": "Product", '
        '"name": "Lamp", "sku": "LX-440"}</script></head><body><main><h1>Lamp</h1><p>SKU: <b>LX-440</b></p>'
        "<button>Add to basket</button></main></body></html>"
    ),
}
JOINERS = {
    "https://yellow.example/joiners": ("Alder Joinery", "(0113) 496 0101"),
    "https://green.example/joiners": ("ALDER-JOINERY", "0113 496 0101"),
}


def joiners(name: str, phone: str) -> str:
    rows = [(name, phone), ("Birch Cabinets", "0113 496 0222"), ("Cedar Doors", "0113 496 0333")]
    cells = "".join(f"<tr><td>{one}</td><td>{other}</td></tr>" for one, other in rows)
    return (
        "<html lang='en'><head><title>Joiners</title></head><body><h1>Joiners</h1><table>"
        f"<tr><th>Name</th><th>Phone</th></tr>{cells}</table></body></html>"
    )


@pytest.fixture
async def jobs(service: Service, client: httpx.AsyncClient) -> AsyncIterator[list[dict[str, Any]]]:
    async with reading(service, PAGES):
        yield [
            await job_of(client, url=SHOP, fields=["name", "price:number", "date", "url"], max_results=50),
            await job_of(client, url=SOUP, fields=["name", "ingredients:list", "total_time"], max_results=1),
            await job_of(client, url=LAMP, fields=["name", "sku"], max_results=1),
        ]


async def verified(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    answer = await client.post(f"{JOBS}/{job_id}/verify")
    assert answer.status_code == 200, answer.text
    return answer.json()


def blobs_of(tmp_path: Path, text: str) -> list[Path]:
    """The files of the archive whose body holds this."""
    unpack = zstandard.ZstdDecompressor().decompress
    return [path for path in (tmp_path / "blobs").rglob("*.zst") if text in unpack(path.read_bytes()).decode()]


async def test_every_value_that_a_run_gives_as_supported_is_found_again(
    client: httpx.AsyncClient, jobs: list[dict[str, Any]]
) -> None:
    for job, supported, derived in zip(jobs, (24, 4, 2), (8, 0, 0), strict=True):
        assert job["records_found"], job
        told = await verified(client, job["job_id"])
        assert told["problems"] == []
        assert told["holds"]
        assert told["values"] == {
            "supported": {"checked": supported, "found": supported},
            "derived": {"checked": derived, "found": derived},
        }
        assert told["pages"] == {"found": 1, "page_changed": 0, "page_gone": 0}


@pytest.mark.parametrize(("tamper", "problem"), [("change", "page_changed"), ("delete", "page_gone")])
async def test_a_page_that_is_not_what_was_read_is_told_with_each_of_its_values(
    client: httpx.AsyncClient, jobs: list[dict[str, Any]], tmp_path: Path, tamper: str, problem: str
) -> None:
    (blob,) = blobs_of(tmp_path, "Shelves</h1>")
    if tamper == "change":
        blob.write_bytes(zstandard.compress(PAGES[SHOP].replace("£3.50", "£2.50").encode()))
    else:
        blob.unlink()
    told = await verified(client, jobs[0]["job_id"])
    assert not told["holds"]
    assert told["pages"] == {"found": 0, "page_changed": 0, "page_gone": 0} | {problem: 1}
    assert told["values"]["supported"]["found"] == 0
    assert {each["problem"] for each in told["problems"]} == {problem}
    assert len(told["problems"]) == told["problems_total"] == 32
    price = next(each for each in told["problems"] if each["value"] == 3.5)
    assert (price["field"], price["verdict"], price["url"]) == ("price", "supported", SHOP)
    assert (await verified(client, jobs[1]["job_id"]))["holds"]  # the other job has its own archive


async def test_a_value_that_its_page_does_not_say_is_told(
    client: httpx.AsyncClient, service: Service, jobs: list[dict[str, Any]]
) -> None:
    run_id = jobs[0]["job_id"].removeprefix("job_")
    async with service.database.write() as uow:
        records = uow.records(OWNER_ACCOUNT)
        (first, *_) = await records.list(run_id, 1)
        price = msgspec.structs.replace(first.fields["price"], value=999.0)
        forged = msgspec.structs.replace(first, fields={**first.fields, "price": price})
        await records.put(run_id, {fingerprint(forged): forged})
    told = await verified(client, jobs[0]["job_id"])
    (problem,) = told["problems"]
    assert (problem["field"], problem["value"], problem["problem"]) == ("price", 999.0, "not_found")
    assert told["pages"]["found"] == 1


async def test_a_job_that_is_active_is_not_verified_yet(client: httpx.AsyncClient, service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    answer = await client.post(f"{JOBS}/job_{run.id}/verify")
    assert answer.status_code == 409
    assert "queued" in answer.json()["message"]


async def test_evidence_names_each_item_of_a_list_and_all_that_is_known_of_it(
    client: httpx.AsyncClient, jobs: list[dict[str, Any]]
) -> None:
    (record,) = await records_of(client, jobs[1])
    told = (await client.get(record["evidence_url"])).json()
    parts = told["values"]["ingredients"]["parts"]
    assert [(part["part"], part["value"]) for part in parts] == [("[0]", "200 g čočka"), ("[1]", "1 onion")]
    for part in parts:
        (proof,) = part["evidence"]
        page = (await client.get(proof["page_url"], params={"format": "json"})).json()
        assert page[proof["layer"]][proof["start"] : proof["end"]] == proof["quote"]
        assert proof["snapshot"] == page["snapshot"]
        assert (proof["method"], proof["match"], proof["verdict"]) == ("json_ld", proof["match"], "supported")
        assert proof["source_path"]


async def test_evidence_names_every_method_that_gave_a_value(
    client: httpx.AsyncClient, jobs: list[dict[str, Any]]
) -> None:
    (record,) = await records_of(client, jobs[2])
    sku = (await client.get(record["evidence_url"])).json()["values"]["sku"]
    assert {"json_ld", "definitions"} <= set(sku["methods"])
    assert (sku["conflicts"], sku["history"]) == ([], [])


async def test_a_conflict_stands_beside_the_value_it_contradicts(client: httpx.AsyncClient, finished: Finished) -> None:
    told = (await client.get(f"{JOBS}/{finished.job_id}/records/{finished.record_id}/evidence")).json()
    (conflict,) = told["values"]["name"]["conflicts"]
    assert conflict["value"] == "Bright Smiles Inc"
    assert conflict["evidence"][0]["quote"] == "Bright Smile"
    assert told["values"]["email"]["parts"][0]["verdict"] == "unsupported"


async def test_tokens_are_told_for_each_record(client: httpx.AsyncClient, jobs: list[dict[str, Any]]) -> None:
    assert jobs[0]["spend"]["tokens_per_record"] == 0


async def test_a_source_that_writes_the_same_with_other_signs_bears_it_out_again(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, {url: joiners(*told) for url, told in JOINERS.items()}):
        plan = {"sources": list(JOINERS), "queries": []}
        job = await job_of(client, goal="joiners with phone", fields=["name", "phone"], plan=plan, max_results=9)
        alder = (await records_of(client, job))[0]
        assert len(alder["sources"]) == 2, "the two are one record"
        assert [len(alder["fields"][name]["evidence"]) for name in ("name", "phone")] == [2, 2]
        told = await verified(client, job["job_id"])
        assert (told["problems"], told["holds"]) == ([], True)
