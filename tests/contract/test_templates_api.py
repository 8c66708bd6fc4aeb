"""Goal templates over HTTP: browsed, and jobs that are started from them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from api_harness import add_tenant

from services.keys import OWNER_ACCOUNT
from services.runs import list_runs
from services.service import Service

TEMPLATES = "/api/v1/templates"
JOBS = "/api/v1/jobs"


async def test_templates_are_a_bare_list_that_a_reader_can_fill(client: httpx.AsyncClient) -> None:
    listed = (await client.get(TEMPLATES)).json()
    assert len(listed) >= 16
    hotels = next(each for each in listed if each["slug"] == "hotels")
    assert (hotels["name"], hotels["category"]) == ("Hotels", "travel")
    assert hotels["goal"] == "hotels in {location}[ under {max_price} dollars per night]"
    assert [(each["name"], each["required"]) for each in hotels["parameters"]] == [
        ("location", True),
        ("max_price", False),
    ]
    assert hotels["fields"][0] == {"name": "name", "type": "title", "required": True}
    assert (await client.get(f"{TEMPLATES}/hotels")).json() == hotels
    absent = await client.get(f"{TEMPLATES}/nothing")
    assert (absent.status_code, absent.json()["message"]) == (404, "No such template.")


async def test_templates_are_searched_and_filtered(client: httpx.AsyncClient) -> None:
    async def slugs(query: str) -> list[str]:
        return [each["slug"] for each in (await client.get(f"{TEMPLATES}?{query}")).json()]

    assert await slugs("category=housing") == ["real-estate"]
    assert "press-releases" in await slugs("category=news&q=announces")
    assert await slugs("q=no+such+words+at+all") == []
    assert (await client.get(f"{TEMPLATES}?category=cars")).status_code == 422


async def test_every_example_starts_a_job(client: httpx.AsyncClient, service: Service) -> None:
    templates = (await client.get(TEMPLATES)).json()
    for template in templates:
        created = await client.post(JOBS, json=template["example"])
        assert created.status_code == 201, (template["slug"], created.text)
    runs = (await list_runs(service, OWNER_ACCOUNT, limit=100)).items[::-1]
    for template, run in zip(templates, runs, strict=True):
        assert [field.name for field in run.request.fields] == [field["name"] for field in template["fields"]]
        assert bool(run.request.url) is bool(template["url"])
        assert run.request.max_results == template["max_results"]


async def test_what_the_caller_says_replaces_what_the_template_says(client: httpx.AsyncClient) -> None:
    body = {
        "template": "shop-catalogue",
        "values": {"url": "https://shop.example/kitchen"},
        "goal": "kettles",
        "fields": ["name"],
        "max_results": 3,
    }
    created = (await client.post(JOBS, json=body)).json()
    job = (await client.get(f"{JOBS}/{created['job_id']}")).json()
    assert (job["goal"], job["url"], job["max_results"]) == ("kettles", "https://shop.example/kitchen", 3)
    assert [field["name"] for field in job["fields"]] == ["name"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"template": "hotels"}, {"values.location"}),
        ({"template": "hotels", "values": {"location": "Leeds", "stars": 5}}, {"values.stars"}),
        ({"template": "palaces", "values": {}}, {"template"}),
        ({"template": "hotels", "values": {"location": "Leeds"}, "max_results": 0}, {"max_results"}),
        ({"template": "shop-catalogue", "values": {"url": "http://127.0.0.1:6379/"}}, {"values.url"}),
        ({"goal": "x", "values": {"location": "Leeds"}}, {"values"}),
        ({"template": "hotels", "values": {"location": ["Leeds"]}}, {"values[...]"}),
    ],
)
async def test_values_that_do_not_fit_start_nothing(
    client: httpx.AsyncClient, body: dict[str, Any], wrong: set[str]
) -> None:
    for path in (JOBS, f"{JOBS}/preview"):
        answer = await client.post(path, json=body)
        assert (answer.status_code, set(answer.json()["errors"])) == (422, wrong), answer.text
    assert (await client.get(JOBS)).json() == []


async def test_a_number_is_written_as_people_write_it(client: httpx.AsyncClient) -> None:
    values = {"location": "Leeds", "max_price": 120.0}
    created = await client.post(JOBS, json={"template": "hotels", "values": values})
    assert created.json()["goal"] == "hotels in Leeds under 120 dollars per night"


async def test_any_good_key_may_browse_and_nobody_without_one(client: httpx.AsyncClient, service: Service) -> None:
    tenant = await add_tenant(service, "tenant")
    for key, status in ((tenant.read_only, 200), (tenant.write_only, 200), (tenant.revoked, 401), ("", 401)):
        for path in (TEMPLATES, f"{TEMPLATES}/hotels"):
            assert (await client.get(path, headers={"X-API-Key": key})).status_code == status
