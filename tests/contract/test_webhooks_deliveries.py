"""Deliveries over HTTP: seen with their tries, replayed, pinged, and a secret that is shown once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, Finished, add_tenant, calling, serving

from domain.webhooks import Posted
from services.service import Service
from workers.webhooks import Deliverer

BASE = "/api/v1/webhooks"
HOOK = "https://hooks.example/forage"


class Answers:
    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.ids: list[str] = []

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        self.ids.append(headers["webhook-id"])
        return Posted(status=self.statuses.pop(0), detail="no")


async def pinged(client: httpx.AsyncClient, **body: str) -> dict[str, Any]:
    answer = await client.post(f"{BASE}/ping", json=body or {"url": HOOK})
    assert answer.status_code == 202  # nobody works here: it is on its way
    return answer.json()


async def test_a_ping_waits_for_a_worker_and_tells_how_it_was_taken(service: Service) -> None:
    working = asyncio.create_task(Deliverer(service, Answers(204)).keep_delivering())
    headers = {"X-API-Key": OWNER_KEY}
    async with serving(service) as url, calling(url, headers=headers) as client:
        answer = await client.post(f"{BASE}/ping", json={"url": HOOK})
    working.cancel()
    told = answer.json()
    assert (answer.status_code, told["status"], told["attempts"]) == (200, "delivered", 1)
    assert told["tries"][0] | {"at": 0, "elapsedMs": 0} == {
        "number": 1,
        "at": 0,
        "status": 204,
        "detail": "no",
        "elapsedMs": 0,
    }
    assert (told["nextTryAt"], told["webhookId"], told["resultId"], told["poolId"]) == (None, None, None, None)


async def test_a_delivery_that_is_over_is_replayed_and_one_on_its_way_is_not(
    client: httpx.AsyncClient, service: Service
) -> None:
    sent = await pinged(client)
    path = f"{BASE}/deliveries/{sent['id']}"
    assert (await client.get(path)).json() == sent
    assert (await client.post(f"{path}/replay")).status_code == 409
    answers = Answers(500, 200)
    await Deliverer(service, answers).deliver_due()
    dead = (await client.get(path)).json()
    assert (dead["status"], [attempt["status"] for attempt in dead["tries"]]) == ("dead", [500])
    replayed = await client.post(f"{path}/replay")
    assert (replayed.status_code, replayed.json()["status"]) == (202, "pending")
    assert replayed.json()["nextTryAt"] is not None
    await Deliverer(service, answers).deliver_due()
    done = (await client.get(path)).json()
    assert (done["status"], [attempt["number"] for attempt in done["tries"]]) == ("delivered", [1, 2])
    assert answers.ids == [sent["id"]] * 2


async def test_deliveries_page_by_link_and_filter_by_status(client: httpx.AsyncClient, service: Service) -> None:
    sent = [(await pinged(client, url=f"{HOOK}/{number}"))["id"] for number in range(3)]
    await Deliverer(service, Answers(200, 500, 200)).deliver_due()
    first = await client.get(f"{BASE}/deliveries", params={"limit": 2})
    second = await client.get(first.links["next"]["url"])
    assert [item["id"] for item in first.json() + second.json()] == sent[::-1]
    assert "next" not in second.links
    assert "tries" not in first.json()[0]
    dead = (await client.get(f"{BASE}/deliveries", params={"status": "dead"})).json()
    assert [item["status"] for item in dead] == ["dead"]
    assert (await client.get(f"{BASE}/deliveries", params={"status": "gone"})).status_code == 422


async def test_a_webhook_is_disabled_by_410_and_enabled_by_a_ping_that_is_taken(
    client: httpx.AsyncClient, service: Service, finished: Finished
) -> None:
    made = (await client.post(BASE, json={"taskId": finished.job_id, "url": HOOK})).json()
    for status, is_disabled in ((410, True), (500, True), (200, False)):
        answer = await client.post(f"{BASE}/{made['id']}/ping")
        assert answer.json()["webhookId"] == made["id"]
        await Deliverer(service, Answers(status)).deliver_due()
        told = (await client.get(f"{BASE}/{made['id']}")).json()
        assert (told["disabledAt"] is not None) is is_disabled, status


async def test_a_secret_is_shown_when_it_is_made_and_nowhere_else(
    client: httpx.AsyncClient, service: Service, finished: Finished
) -> None:
    shown = (await client.post(f"{BASE}/secret/rotate")).json()
    assert shown["secret"].startswith("whsec_")
    assert list(shown) == ["secret", "previousExpiresAt"]
    await client.post(BASE, json={"taskId": finished.job_id, "url": HOOK})
    sent = await pinged(client)
    for path in ("", "/deliveries", f"/deliveries/{sent['id']}"):
        assert shown["secret"] not in (await client.get(BASE + path)).text
    assert (await client.get(f"{BASE}/secret")).status_code == 404
    stranger = await add_tenant(service, "stranger")
    other = (await client.post(f"{BASE}/secret/rotate", headers={"X-API-Key": stranger.key})).json()
    assert other["secret"] != shown["secret"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "?taskId=%00", 404),
        ("GET", "?cursor=garbage", 422),
        ("GET", "?limit=0", 422),
        ("GET", "/deliveries?cursor=%00", 422),
        ("GET", "/deliveries?status=", 422),
        ("DELETE", "", 422),
        ("DELETE", "?taskId=job_x", 404),
    ],
)
async def test_a_query_that_means_nothing_is_no_fault_of_ours(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    assert (await client.request(method, BASE + path)).status_code == status


@pytest.mark.parametrize("name", ["hook_zzz", "msg_zzz", "x", "hook_" + "0" * 32, "msg_" + "0" * 32])
async def test_what_can_be_no_webhook_or_delivery_is_absent(client: httpx.AsyncClient, name: str) -> None:
    for method, path in (
        ("GET", name),
        ("DELETE", name),
        ("POST", f"{name}/ping"),
        ("GET", f"deliveries/{name}"),
        ("POST", f"deliveries/{name}/replay"),
    ):
        assert (await client.request(method, f"{BASE}/{path}")).status_code == 404, path
