"""What was learned of sites, over HTTP: listed, shown with its demotion, given out, taken in, forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import add_tenant, calling
from reading_harness import job_of, reading

from domain.templates import ColumnProfile, Template
from services.keys import OWNER_ACCOUNT
from services.service import Service

PATH = "/api/v1/page-templates"
START = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
COLUMN = ColumnProfile(attribute="text", path="li/b", anchors=("prix",), rates=(0.5,) * 7, length=3, distinct=1.0)


def template(number: int, site: str = "shop.example", **more: Any) -> Template:
    told: dict[str, Any] = {"many": True, "asked": ("price:price",), "columns": {"price": COLUMN}, "proofs": 3}
    return Template(id=f"{number:032x}", site=site, **told | more)


async def put(service: Service, *templates: Template) -> None:
    for number, each in enumerate(templates):
        async with service.database.write() as uow:
            await uow.templates(OWNER_ACCOUNT).put([each], START + dt.timedelta(seconds=number // 2))


async def test_lists_page_to_the_end_without_losing_those_that_changed_at_one_moment(
    client: httpx.AsyncClient, service: Service
) -> None:
    await put(service, *(template(number, f"shop{number % 2}.example") for number in range(7)))
    seen: list[str] = []
    path = f"{PATH}?limit=2"
    while path:
        answer = await client.get(path)
        seen += [each["id"] for each in answer.json()]
        path = answer.links.get("next", {}).get("url", "")
    assert [int(id_, 16) for id_ in seen] == [6, 4, 5, 2, 3, 0, 1]
    of_site = (await client.get(PATH, params={"site": "shop1.example"})).json()
    assert {each["site"] for each in of_site} == {"shop1.example"}
    assert (await client.get(PATH, params={"cursor": "x"})).json()["errors"] == {"cursor": "not a cursor of this list"}


@pytest.mark.parametrize("moment", ["9" * 18, "9" * 17, "١"])
async def test_a_cursor_of_no_moment_that_can_be_is_refused_or_leads_on(client: httpx.AsyncClient, moment: str) -> None:
    for path in (PATH, f"{PATH}/export"):
        answer = await client.get(path, params={"cursor": f"{moment}.{'0' * 32}"})
        assert answer.status_code == (200 if len(moment) == 17 else 422), answer.text


async def test_a_demoted_template_says_why(client: httpx.AsyncClient, service: Service) -> None:
    await put(service, template(1, proofs=0, drift="no list on the page has its columns"), template(2, proofs=2))
    told = (await client.get(f"{PATH}/{1:032x}")).json()
    assert (told["state"], told["demoted_because"]) == ("demoted", "no list on the page has its columns")
    assert told["places"] == {"price": [{"caption": None, "names": ["prix"], "path": "li/b", "seen_on": 1}]}
    other = (await client.get(f"{PATH}/{2:032x}")).json()
    assert (other["state"], other["demoted_because"], other["proofs_needed"]) == ("learning", None, 3)


async def test_a_forgotten_template_is_gone(client: httpx.AsyncClient, service: Service) -> None:
    await put(service, template(1))
    assert (await client.delete(f"{PATH}/{1:032x}")).status_code == 200
    for answer in (await client.get(f"{PATH}/{1:032x}"), await client.delete(f"{PATH}/{1:032x}")):
        assert (answer.status_code, answer.json()["message"]) == (404, "No such page template.")


LAMPS = "https://lamps.example/all"
ROWS = "".join(
    f'<li class="c"><h3><a href="/l/{n}">Brass lamp {n}</a></h3><b class="price">£{n}.50</b></li>' for n in range(1, 9)
)
LIST = f'<html lang="en-GB"><body><main><h1>Lamps</h1><ul>{ROWS}</ul></main></body></html>'


async def test_what_one_account_learned_is_replayed_by_another_that_takes_it_in(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, {LAMPS: LIST} | {f"{LAMPS}/{n}": LIST.replace("Lamps", f"Lamps {n}") for n in "23"}):
        for url in (LAMPS, f"{LAMPS}/2", f"{LAMPS}/3"):
            await job_of(client, url=url, fields=["name", "price:number"], max_results=50)
        (learned,) = (await client.get(PATH)).json()
        assert (learned["state"], learned["fields"]) == ("proven", ["name", "price"])
        exported = (await client.get(f"{PATH}/export")).json()
        other = await add_tenant(service, "other")
        async with calling(client.base_url, headers={"X-API-Key": other.key}) as heir:
            taken = await heir.post(f"{PATH}/import", json=exported)
            assert (taken.status_code, taken.json()) == (200, {"imported": 1})
            job = await job_of(heir, url=LAMPS, fields=["name", "price:number"], max_results=50)
            assert job["records"][0]["fields"]["price"]["evidence"][0]["method"] == "template"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": "../x"}, "id"),
        ({"proofs": -1}, "proofs"),
        ({"columns": {"price": msgspec.structs.replace(COLUMN, rates=(0.5,))}}, "columns.price"),
        ({"columns": {"price": msgspec.structs.replace(COLUMN, path="x" * 501)}}, "columns.price"),
        ({"columns": {}}, "site"),
        ({"many": False}, "places"),
        ({"corrected": ("price",) * 201}, "asked"),
        ({"blanks": dict.fromkeys(map(str, range(201)), 1)}, "asked"),
        ({"columns": {f"{n}": msgspec.structs.replace(COLUMN, path="x" * 500) for n in range(130)}}, "id"),
    ],
)
async def test_what_no_template_of_ours_would_hold_is_not_taken_in(
    client: httpx.AsyncClient, change: dict[str, Any], named: str
) -> None:
    odd = msgspec.to_builtins(msgspec.structs.replace(template(1), **change))
    answer = await client.post(f"{PATH}/import", json={"templates": [odd]})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [f"templates[0].{named}"]
    assert (await client.get(PATH)).json() == []
