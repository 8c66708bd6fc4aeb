"""The deadline of one-shot extraction, with an API that does not wait long."""

from __future__ import annotations

import httpx


async def test_what_takes_too_long_is_a_504_that_names_the_run_which_goes_on(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/extract", json={"url": "https://shop.example/"})
    assert answer.status_code == 504
    run_name = answer.json()["message"].partition("/runs/")[2].split()[0]
    assert (await client.get(f"/api/v1/runs/{run_name}")).json()["data"]["status"] == "queued"
