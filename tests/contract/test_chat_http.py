"""Chat tools over HTTP, spoken to by the official client in both of its protocol's eras."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import jsonschema
import pytest
from api_harness import OWNER_KEY, add_tenant, calling, serving
from chat_support import PAGE_TEXT, PICTURE, TITLES, PlayedAgent, chatting, in_own_task, worked_on
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from pool_support import run_in_pool
from store_support import ended, until

from api.config import ApiConfig
from api.mcp import calls
from api.mcp.tools import TOOLS
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus
from services.keys import OWNER_ACCOUNT
from services.pools import create_pool
from services.records import list_records
from services.runs import cancel_run, get_run, list_runs, submit_run
from services.service import Service

SITE = "https://shop.example/page"


@pytest.fixture
async def agent(service: Service) -> AsyncIterator[PlayedAgent]:
    agent = PlayedAgent()
    async with in_own_task(worked_on(service, agent)):
        yield agent


@pytest.fixture(params=["legacy", "auto"])
async def chat(request: pytest.FixtureRequest, base_url: str, agent: PlayedAgent) -> AsyncIterator[Client]:
    async with in_own_task(chatting(base_url, OWNER_KEY, request.param)) as client:
        yield client


async def told(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a call that went well, after its schema was checked."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    listed = {one.name: one for one in (await client.list_tools()).tools}
    jsonschema.validate(answer.structured_content, listed[tool].output_schema)
    return answer.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    return answer.content[0].text


async def only_run(service: Service) -> Any:
    (run,) = (await list_runs(service, OWNER_ACCOUNT, limit=10)).items
    return run


async def test_every_tool_says_what_it_takes_gives_and_touches(chat: Client) -> None:
    tools = (await chat.list_tools()).tools
    assert [tool.name for tool in tools] == [tool.name for tool in TOOLS]
    for tool in tools:
        for schema in (tool.input_schema, tool.output_schema):
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
        assert "never instructions" in tool.description
        assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
    open_world = {tool.name for tool in tools if tool.annotations.open_world_hint}
    assert open_world == {"forage_find", "forage_extract", "forage_scrape", "forage_screenshot", "forage_search"}


async def test_a_goal_is_answered_with_records_and_their_proof(chat: Client) -> None:
    found = await told(chat, "forage_find", goal="things", max_results=4)
    assert (found["status"], found["records_found"], found["next_cursor"]) == ("completed", 4, None)
    assert found["records"][0]["values"] == {"name": "thing 0", "price": 0.5}
    assert found["records"][0]["sources"] == ["https://shop.example/"]
    proven = await told(chat, "forage_run_records", run_id=found["run_id"], evidence=True)
    assert proven["records"][0]["proofs"]["name"][0]["verdict"] == "supported"


async def test_a_long_result_comes_in_pages_that_leave_nothing_out(chat: Client) -> None:
    found = await told(chat, "forage_find", goal="long things", max_results=40)
    assert len(found["records"]) == 10
    assert found["records"][0]["cut"] == ["about"]
    assert len(found["records"][0]["values"]["about"]) == 301
    names, cursor = [one["values"]["name"] for one in found["records"]], found["next_cursor"]
    while cursor:
        page = await told(
            chat, "forage_run_records", run_id=found["run_id"], cursor=cursor, limit=50, max_characters=5000
        )
        assert len(str(page["records"])) < 25_000, "one answer never floods a chat"
        assert not any("cut" in one for one in page["records"])
        names += [one["values"]["name"] for one in page["records"]]
        cursor = page["next_cursor"]
    assert names == [f"thing {number}" for number in range(40)]


async def test_a_page_is_read_in_the_shape_that_was_asked(chat: Client) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "price": {"type": "string"}}}
    found = await told(chat, "forage_extract", url=SITE, instructions="things", schema=schema, max_results=2)
    assert [one["values"] for one in found["records"]] == [
        {"name": "thing 0", "price": "0.5"},
        {"name": "thing 1", "price": "1.5"},
    ]


async def test_a_page_comes_as_markdown_by_parts_and_is_fetched_once(chat: Client, service: Service) -> None:
    part = await told(chat, "forage_scrape", url=SITE, max_characters=5000)
    text = part["content"]
    assert (part["title"], part["total_characters"], len(text)) == ("A page", len(PAGE_TEXT), 5000)
    while part["next_offset"] is not None:
        part = await told(chat, "forage_scrape", run_id=part["run_id"], offset=part["next_offset"])
        text += part["content"]
    assert text == PAGE_TEXT
    await only_run(service)


async def test_a_page_that_cannot_be_read_is_an_error_that_says_why(chat: Client) -> None:
    assert "challenge" in await refused(chat, "forage_scrape", url="https://shop.example/broken")


async def test_a_search_gives_titles_and_addresses_and_opens_nothing(chat: Client, service: Service) -> None:
    found = await told(chat, "forage_search", query="things", max_results=2)
    assert [hit["title"] for hit in found["results"]] == list(TITLES[:2])
    assert (await get_run(service, OWNER_ACCOUNT, found["run_id"][4:])).spend.pages == 0


async def test_progress_grows_and_says_what_was_done(chat: Client) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    await chat.call_tool("forage_find", {"goal": "things", "max_results": 4}, progress_callback=hear)
    numbers = [progress for progress, _, _ in heard]
    assert numbers == sorted(set(numbers))
    assert (heard[-1][0], heard[-1][1]) == (100.0, 100.0)
    said = " / ".join(message or "" for _, _, message in heard)
    for words in ("planned by rules", "found 2 pages", "read https://shop.example/", "4 records so far"):
        assert words in said


async def test_a_call_that_outlasts_its_wait_leaves_a_handle_and_goes_on(
    chat: Client, agent: PlayedAgent, service: Service
) -> None:
    found = await told(chat, "forage_find", goal="wait for things", max_results=4, wait_seconds=1)
    assert (found["status"], found["records_found"]) == ("running", 2)
    assert "forage_run_status" in found["next_step"]
    agent.let_go.set()
    status = await told(chat, "forage_run_status", run_id=found["run_id"], wait_seconds=10)
    assert (status["status"], status["records_found"], status["progress"]) == ("completed", 4, 100)
    assert status["steps"][-1] == "ended: sources_exhausted"


async def test_a_cancelled_call_cancels_its_run_which_keeps_what_it_found(
    chat: Client, agent: PlayedAgent, service: Service
) -> None:
    heard = asyncio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        if message and "2 records" in message:
            heard.set()

    arguments = {"goal": "wait for things", "max_results": 4}
    call = asyncio.create_task(chat.call_tool("forage_find", arguments, progress_callback=hear))
    async with asyncio.timeout(30):
        await heard.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    run = await ended(service, (await only_run(service)).id)
    assert run.status is RunStatus.CANCELLED
    assert len((await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items) == 2


async def test_a_cancelled_question_leaves_the_run_that_it_asks_after(
    chat: Client, agent: PlayedAgent, service: Service
) -> None:
    found = await told(chat, "forage_find", goal="wait for things", wait_seconds=0)
    call = asyncio.create_task(chat.call_tool("forage_run_status", {"run_id": found["run_id"], "wait_seconds": 60}))

    async def begun() -> bool:
        return (await only_run(service)).records_found > 0

    await until(begun, "the run has begun")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    agent.let_go.set()
    assert (await ended(service, found["run_id"][4:])).status is RunStatus.COMPLETED


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_server_that_goes_down_cancels_no_run(
    service: Service, agent: PlayedAgent, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled: list[str] = []

    async def cancel(service: Service, account_id: str, run_id: str) -> Run:
        cancelled.append(run_id)  # a worker that goes on at once would end the run before it heard of this
        return await cancel_run(service, account_id, run_id)

    monkeypatch.setattr(calls, "cancel_run", cancel)

    async def ask(url: str) -> None:
        async with chatting(url, OWNER_KEY, mode) as client:
            await client.call_tool("forage_find", {"goal": "wait for things", "max_results": 4})

    async def begun() -> bool:
        runs = (await list_runs(service, OWNER_ACCOUNT, limit=10)).items
        return bool(runs) and runs[0].records_found == 2

    async with serving(service) as url:
        call = asyncio.create_task(ask(url))
        await until(begun, "the run has begun")
    agent.let_go.set()
    assert (await ended(service, (await only_run(service)).id)).status is RunStatus.COMPLETED
    assert cancelled == []
    call.cancel()
    await asyncio.wait({call})


async def test_what_is_wrong_with_a_call_is_told_all_at_once(chat: Client) -> None:
    why = await refused(chat, "forage_find", goal="x", max_results=0, wait_seconds="soon", colour="red")
    for word in ("max_results", "wait_seconds", "colour", "call again"):
        assert word in why
    assert "type" in await refused(chat, "forage_extract", url=SITE, schema={"price": "nunber"})
    assert "url" in await refused(chat, "forage_scrape", url="http://169.254.169.254/latest")
    assert "run_id" in await refused(chat, "forage_scrape", url=SITE, run_id="job_" + "0" * 32)
    with pytest.raises(MCPError, match="forage_find"):
        await chat.call_tool("forage_dance", {"url": SITE})


async def test_another_accounts_run_is_not_found(chat: Client, service: Service) -> None:
    stranger = await add_tenant(service, "stranger")
    theirs = await submit_run(service, stranger.account_id, GoalRequest(goal="things"))
    for tool in ("forage_run_status", "forage_run_records", "forage_scrape"):
        foreign = await refused(chat, tool, run_id=f"job_{theirs.id}")
        absent = await refused(chat, tool, run_id="job_" + "0" * 32)
        assert "Not found" in foreign
        assert foreign.replace(theirs.id, "") == absent.replace("0" * 32, "")
    assert "Not found" in await refused(chat, "forage_run_status", run_id="last")


async def test_the_changes_of_a_pool_are_told_from_where_one_left_off(chat: Client, service: Service) -> None:
    pool = await create_pool(service, OWNER_ACCOUNT, name="Prices")
    kettle, pan = {"name": "Copper kettle", "price": 30}, {"name": "Iron pan", "price": 20}
    await run_in_pool(service, pool.id, [kettle, pan])
    first = await told(chat, "forage_changes", pool_id=f"pool_{pool.id}", limit=1)
    assert (first["name"], first["more"], first["changes"][0]["type"]) == ("Prices", True, "added")
    second = await told(chat, "forage_changes", pool_id=f"pool_{pool.id}", since=first["next_since"])
    names = [change["values"]["name"] for change in first["changes"] + second["changes"]]
    assert (sorted(names), second["more"]) == (["Copper kettle", "Iron pan"], False)
    await run_in_pool(service, pool.id, [kettle | {"price": 25}, pan])
    third = await told(chat, "forage_changes", pool_id=pool.id, since=second["next_since"])
    (change,) = third["changes"]
    assert (change["type"], change["field"], change["from"], change["to"]) == ("changed", "price", 30, 25)
    none = await told(chat, "forage_changes", pool_id=pool.id, since=third["next_since"])
    assert (none["changes"], none["next_since"]) == ([], third["next_since"])
    assert "since" in await refused(chat, "forage_changes", pool_id=pool.id, since="yesterday")


async def test_a_pool_that_is_not_there_is_told_with_those_that_are(chat: Client, service: Service) -> None:
    stranger = await add_tenant(service, "stranger")
    theirs = await create_pool(service, stranger.account_id, name="Theirs")
    mine = await create_pool(service, OWNER_ACCOUNT, name="Prices")
    why = await refused(chat, "forage_changes", pool_id=f"pool_{theirs.id}")
    assert "Not found" in why
    assert f"pool_{mine.id} (Prices)" in why
    assert "Theirs" not in why


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_key_sees_and_calls_the_tools_of_its_scopes_alone(
    service: Service, base_url: str, agent: PlayedAgent, mode: str
) -> None:
    tenant = await add_tenant(service, "reader")
    async with chatting(base_url, tenant.read_only, mode) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert names == ["forage_run_status", "forage_run_records"]
        assert "jobs:write" in await refused(client, "forage_find", goal="things")


@pytest.mark.parametrize("key", ["", "sk_live_wrong"])
async def test_nobody_comes_in_without_a_good_key(base_url: str, key: str) -> None:
    async with calling(base_url, headers={"X-API-Key": key} if key else {}) as client:
        for method in ("GET", "POST", "DELETE"):
            answer = await client.request(method, "/mcp", json=INITIALIZE)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("null", 403),
        ("http://localhost:6274", 200),
        ("http://[::1]:6274", 200),
    ],
)
async def test_web_pages_of_elsewhere_may_not_call(base_url: str, origin: str, status: int) -> None:
    headers = ACCEPT | {"X-API-Key": OWNER_KEY, "Origin": origin}
    async with calling(base_url, headers=headers) as client:
        assert (await client.post("/mcp", json=INITIALIZE)).status_code == status


async def test_an_origin_that_the_operator_named_may_call(service: Service) -> None:
    headers = ACCEPT | {"X-API-Key": OWNER_KEY}
    config = ApiConfig(mcp_origins=("https://chat.example",))
    async with serving(service, config) as url, calling(url, headers=headers) as client:
        statuses = [
            (await client.post("/mcp", json=INITIALIZE, headers={"Origin": origin})).status_code
            for origin in ("https://chat.example", "http://chat.example", "https://chat.example.evil.example")
        ]
    assert statuses == [200, 403, 403]


async def test_a_session_serves_only_the_account_that_opened_it(service: Service, base_url: str) -> None:
    stranger = await add_tenant(service, "stranger")
    async with calling(base_url, headers=ACCEPT) as client:
        opened = await client.post("/mcp", json=INITIALIZE, headers={"X-API-Key": OWNER_KEY})
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        foreign = await client.post("/mcp", json=ping, headers=session | {"X-API-Key": stranger.key})
        own = await client.post("/mcp", json=ping, headers=session | {"Authorization": f"Bearer {OWNER_KEY}"})
        assert (foreign.status_code, own.status_code) == (404, 200)


async def test_one_account_cannot_take_the_room_of_all_sessions(
    service: Service, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.mcp import sessions

    monkeypatch.setattr(sessions, "MAX_SESSIONS_OF_ACCOUNT", 2)
    stranger = await add_tenant(service, "stranger")
    async with calling(base_url, headers=ACCEPT) as client:
        statuses = [
            (await client.post("/mcp", json=INITIALIZE, headers={"X-API-Key": key})).status_code
            for key in (OWNER_KEY, OWNER_KEY, OWNER_KEY, stranger.key)
        ]
    assert statuses == [200, 200, 503, 200]


async def test_a_picture_comes_beside_the_answer_and_by_a_link_where_it_is_large(chat: Client, base_url: str) -> None:
    answer = await chat.call_tool("forage_screenshot", {"url": SITE, "device": "mobile", "wait_seconds": 10})
    assert [part.type for part in answer.content] == ["text", "image"]
    assert (answer.content[1].mime_type, base64.b64decode(answer.content[1].data)) == ("image/png", PICTURE)
    large = await told(chat, "forage_screenshot", url=f"{SITE}/large", full_page=True, wait_seconds=10)
    assert (large["status"], large["bytes"]) == ("completed", 1_600_000)
    async with calling(base_url) as anybody:
        assert len((await anybody.get(large["image_path"])).content) == 1_600_000
    again = await chat.call_tool("forage_screenshot", {"run_id": large["run_id"]})
    assert [part.type for part in again.content] == ["text"]


async def test_a_picture_that_was_not_taken_says_why(chat: Client) -> None:
    broken = await told(chat, "forage_screenshot", url=f"{SITE}/broken", wait_seconds=10)
    assert (broken["status"], broken["error"], broken["image_path"]) == ("failed", "blocked: a challenge page", None)
    assert "run_id" in await refused(chat, "forage_screenshot")
