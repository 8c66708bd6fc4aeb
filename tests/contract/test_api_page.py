"""docs/api.md lists the routes that there are, all of them and no others."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

PAGE = Path(__file__).parents[2] / "docs/api.md"
ELSEWHERE = {"Bulk jobs", "Pictures"}  # headings whose routes have pages of their own


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


async def test_the_page_of_the_api_lists_every_route_and_none_that_is_not(client: httpx.AsyncClient) -> None:
    told = {(method, _nameless(path)) for method, path in re.findall(r"`([A-Z]+) (/[^` ]*)`", PAGE.read_text())}
    schema = (await client.get("/openapi.json")).json()
    there = {
        (method.upper(), _nameless(path.removeprefix("/api/v1")))
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if not ELSEWHERE & set(operation["tags"])
    }
    assert told == there
