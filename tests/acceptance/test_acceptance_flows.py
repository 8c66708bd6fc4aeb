"""Flows and one-shot extraction on the demo web, by `forage serve` and by `forage flows`."""

import json
import time

import httpx
import pytest

from forage.demo.content import products

pytestmark = pytest.mark.slow

KEY = "sk_live_acceptance_0123456789"
LISTENS = "Forage listens at "
NAMES = {product.name for product in products()}
SCHEMA = {"name": "string", "price": "number"}


@pytest.fixture
def client(start):
    server = start("serve", "--port", "0", FORAGE_API_KEY=KEY)
    base = server.line_with(LISTENS).removeprefix(LISTENS)
    with httpx.Client(base_url=base, headers={"X-API-Key": KEY}, timeout=90) as client:
        yield client


def run_of(client: httpx.Client, flow: dict) -> dict:
    """A flow made, run, and its run once it is over."""
    made = client.post("/flows", json=flow)
    assert made.status_code == 201, made.text
    run = client.post("/runs", json={"flowId": made.json()["data"]["id"]}).json()["data"]
    until = time.monotonic() + 120
    while run["status"] in {"queued", "running"}:
        assert time.monotonic() < until, run
        time.sleep(0.2)
        run = client.get(f"/runs/{run['id']}").json()["data"]
    return run


def test_a_flow_an_interact_flow_and_one_shot_give_the_same_items(client, demo):
    kitchen = demo.origins["shop"] + "/kitchen"
    read = run_of(client, {"name": "Kitchen", "url": kitchen, "outputSchema": SCHEMA})
    assert (read["status"], read["itemsExtracted"]) == ("completed", len(NAMES))
    steps = [{"type": "navigate", "url": kitchen}, {"type": "paginate", "label": "all pages", "maxPages": 10}]
    driven = run_of(client, {"name": "Driven", "url": demo.origins["shop"], "mode": "interact", "steps": steps})
    assert (driven["status"], driven["itemsExtracted"], driven["terminationReason"]) == (
        "completed",
        len(NAMES),
        "steps_done",
    )
    assert any("paginate “all pages”): done" in line["message"] for line in driven["logs"])

    shot = client.post("/extract", json={"url": kitchen, "schema": SCHEMA})
    assert shot.status_code == 200, shot.text
    items = shot.json()["data"]["items"]
    assert {item["name"] for item in items} == NAMES
    assert all(isinstance(item["price"], float) and set(item) == set(SCHEMA) for item in items)
    gone = client.post("/extract", json={"url": kitchen + "/gone", "schema": SCHEMA})
    assert (gone.status_code, "not_found" in gone.json()["message"]) == (502, True)


def test_a_flow_is_made_run_and_deleted_from_the_command_line(forage, demo, tmp_path):
    file = tmp_path / "kitchen.json"
    file.write_text(json.dumps({"name": "Kitchen", "url": demo.origins["shop"] + "/kitchen", "outputSchema": SCHEMA}))
    assert forage("flows", "create", str(file)).returncode == 0
    ran = forage("flows", "run", "Kitchen", "--format", "json", "--quiet")
    assert {item["name"] for item in json.loads(ran.stdout)} == NAMES
    shown = json.loads(forage("flows", "show", "Kitchen").stdout)
    assert (shown["totalRuns"], shown["successRate"], shown["status"]) == (1, 100.0, "draft")
    assert forage("flows", "pause", "Kitchen").returncode == 0
    refused = forage("flows", "run", "Kitchen")
    assert (refused.returncode, b"paused" in refused.stderr) == (1, True)
    assert forage("flows", "delete", "Kitchen").returncode == 0
    assert b"no flow" in forage("flows", "show", "Kitchen").stderr
    wrong = forage("flows", "create", "-")
    assert wrong.returncode == 2
