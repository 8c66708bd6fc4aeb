"""A body that is far too large is answered in the words of the path's document, and not by a broken connection."""

from __future__ import annotations

import asyncio
import http.client
import json
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY

HUGE = b'{"goal": "' + b"a" * 20_000_000 + b'"}'
HANG_S = 60.0


def post(url: httpx.URL, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """As simple clients do it: all of the request on a connection for it alone, and only then a look at the answer."""
    connection = http.client.HTTPConnection(url.host, url.port or 80, timeout=HANG_S)
    try:
        connection.request("POST", path, HUGE, {"content-type": "application/json", "connection": "close", **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/v1/jobs", {"statusCode": 413, "error": "Content Too Large"}),
        ("/api/v1/flows", {"statusCode": 413, "error": "Content Too Large"}),
        ("/api/v1/scheduled-jobs", {"statusCode": 413, "error": "Content Too Large"}),
        ("/api/v1/agent/run", {"statusCode": 413, "error": "Content Too Large"}),
        ("/api/v1/screenshot", {"statusCode": 413, "status": "error"}),
        ("/api/v1/batch", {"statusCode": 413, "status": "error"}),
        ("/async/api/v1/jobs", {}),
    ],
)
async def test_twenty_megabytes_are_a_413_in_the_documents_own_shape(
    client: httpx.AsyncClient, path: str, told: dict[str, object]
) -> None:
    status, answer = await asyncio.to_thread(
        post, client.base_url, path, {"x-api-key": OWNER_KEY, "x-token": OWNER_KEY}
    )
    assert status == 413, answer
    assert told.items() <= answer.items()
    assert "The request body is over" in str(answer)


async def test_twenty_megabytes_of_somebody_without_a_key_are_a_401(client: httpx.AsyncClient) -> None:
    status, answer = await asyncio.to_thread(post, client.base_url, "/api/v1/jobs", {})
    assert (status, answer["statusCode"]) == (401, 401)
