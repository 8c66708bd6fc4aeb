"""`forage mcp` as a chat client has it: a process of its own, spoken to over stdin and stdout."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import FORAGE, environment_root
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from forage.demo.content import products

pytestmark = pytest.mark.slow

INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
SCHEMA = {"name": "string", "price": "number"}


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_chat_client_reads_a_shop_without_any_server(environment, demo, mode):
    heard: list[tuple[float, str]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message or ""))

    command, *arguments = [*FORAGE, "mcp"]
    server = StdioServerParameters(command=command, args=arguments, env=environment, cwd=environment_root())
    url = demo.origins["shop"] + "/kitchen"
    async with Client(server, mode=mode) as chat:
        schemas = {tool.name: tool.output_schema for tool in (await chat.list_tools()).tools}
        asked = {"url": url, "schema": SCHEMA, "max_results": 30}
        answer = await chat.call_tool("forage_extract", asked, progress_callback=hear)
        assert not answer.is_error, answer.content
        found = answer.structured_content
        jsonschema.validate(found, schemas["forage_extract"])
        assert (found["status"], found["records_found"], len(found["records"])) == ("completed", 30, 10)
        prices = {product.name: float(product.price) for product in products()}
        assert all(prices[one["values"]["name"]] == one["values"]["price"] for one in found["records"])

        rest = await chat.call_tool(
            "forage_run_records", {"run_id": found["run_id"], "cursor": found["next_cursor"], "limit": 50}
        )
        jsonschema.validate(rest.structured_content, schemas["forage_run_records"])
        assert (len(rest.structured_content["records"]), rest.structured_content["next_cursor"]) == (20, None)

        hits = await chat.call_tool("forage_search", {"query": "dentists in Port Ellery"})
        assert any(demo.origins["loop"] in hit["url"] for hit in hits.structured_content["results"])
        page = await chat.call_tool("forage_scrape", {"url": url, "max_characters": 500})
        jsonschema.validate(page.structured_content, schemas["forage_scrape"])
        assert page.structured_content["next_offset"] == 500 == len(page.structured_content["content"])
        refused = await chat.call_tool("forage_extract", {"url": "http://169.254.169.254/"})
        assert refused.is_error
        assert "url" in refused.content[0].text
    assert [progress for progress, _ in heard] == sorted({progress for progress, _ in heard})
    assert any(text.startswith(f"read {url}") for _, text in heard)


class Spoken:
    """A `forage mcp` whose every byte of stdout is kept."""

    def __init__(self, environment: dict[str, str], errors: Path) -> None:
        self.said = b""
        self.errors = errors
        self._ids = 0
        self.process = subprocess.Popen(
            [*FORAGE, "mcp"],
            env=environment,
            cwd=environment_root(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors.open("wb"),
        )

    def send(self, method: str, params: dict[str, Any] | None = None, *, notify: bool = False) -> int:
        self._ids += 1
        message = {"jsonrpc": "2.0", "method": method, "params": params or {}} | ({} if notify else {"id": self._ids})
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        return self._ids

    def until(self, *, id: int | None = None, says: str = "", timeout: float = 60) -> dict[str, Any]:  # noqa: A002
        """The first message that answers `id`, or has `says` in it."""
        ends = time.monotonic() + timeout
        while True:
            for message in self.messages():
                if (id is not None and message.get("id") == id) or (says and says in json.dumps(message)):
                    return message
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, ends - time.monotonic()))
            assert ready, f"never said {id or says}: {self.said[-500:]!r}"
            read = os.read(self.process.stdout.fileno(), 65536)
            assert read, self.errors.read_text()[-2000:]
            self.said += read

    def messages(self) -> list[dict[str, Any]]:
        """All of stdout so far; fails where a line of it is no message of the protocol."""
        whole = [json.loads(line) for line in self.said.split(b"\n")[:-1]]
        assert all(message["jsonrpc"] == "2.0" for message in whole)
        return whole

    def hang_up(self) -> int:
        """Closes stdin, and reads what is still said; the exit code."""
        self.process.stdin.close()
        self.said += self.process.stdout.read()
        assert self.said.endswith(b"\n")
        self.messages()
        return self.process.wait(60)


@pytest.fixture
def spoken(environment, tmp_path) -> Iterator[Spoken]:
    spoken = Spoken(environment | {"FORAGE_LOG": "debug", "FORAGE_HOST_DELAY": "2"}, tmp_path / "errors")
    spoken.until(id=spoken.send("initialize", INITIALIZE))
    spoken.send("notifications/initialized", notify=True)
    yield spoken
    spoken.process.kill()
    spoken.process.wait(60)


def begin(spoken: Spoken, demo) -> int:
    """A call that is under way: its first page is read, and the next one waits for its turn."""
    call = spoken.send(
        "tools/call",
        {
            "name": "forage_extract",
            "arguments": {"url": demo.origins["shop"] + "/kitchen", "schema": SCHEMA, "max_results": 47},
            "_meta": {"progressToken": "p"},
        },
    )
    spoken.until(says="12 records so far")
    return call


def kept(forage) -> int:
    """How many records the last run has, which was cancelled."""
    assert "cancelled" in forage("runs").stdout.decode()
    return len(forage("show", "last", "--format", "jsonl").stdout.splitlines())


def test_stdout_holds_the_protocol_alone_and_a_cancelled_call_keeps_what_it_found(spoken, demo, forage):
    call = begin(spoken, demo)
    spoken.send("notifications/cancelled", {"requestId": call}, notify=True)
    spoken.until(id=spoken.send("tools/list"))
    assert spoken.hang_up() == 0
    assert not any(message.get("id") == call and "result" in message for message in spoken.messages())
    assert 12 <= kept(forage) < 47


@pytest.mark.parametrize("how", ["stdin", signal.SIGTERM, signal.SIGINT])
def test_the_end_of_a_chat_ends_its_runs_at_once_and_keeps_what_they_found(spoken, demo, forage, how):
    begin(spoken, demo)
    if how == "stdin":
        spoken.process.stdin.close()
    else:
        spoken.process.send_signal(how)  # stdin stays open
    assert spoken.process.wait(60) == 0
    assert 12 <= kept(forage) < 47
