"""Calls cancelled at any moment, on both databases: every run ends, and nothing stays locked."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_harness import OWNER_KEY, open_service, serving
from chat_support import PlayedAgent, chatting, in_own_task, worked_on
from store_support import until

from domain.runs import RunStatus
from services.keys import OWNER_ACCOUNT
from services.runs import list_runs
from services.service import Service

CALLS = 24


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    on_postgres = request.param == "postgres"
    return request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{tmp_path}/forage.sqlite3"


@pytest.fixture
async def any_service(any_database: str, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_service(any_database, tmp_path / "blobs") as service:
        yield service


async def test_calls_cancelled_at_any_moment_end_their_runs_and_lock_nothing(any_service: Service) -> None:
    agent, moments = PlayedAgent(), random.Random(7)

    async def given_up(url: str, mode: str) -> None:
        async with chatting(url, OWNER_KEY, mode) as chat:
            for _ in range(CALLS // 4):
                call = asyncio.create_task(chat.call_tool("forage_find", {"goal": "wait for things"}))
                await asyncio.wait({call}, timeout=moments.uniform(0, 0.25))
                call.cancel()
                await asyncio.wait({call})

    async def statuses() -> Counter[RunStatus]:
        return Counter(run.status for run in (await list_runs(any_service, OWNER_ACCOUNT, limit=100)).items)

    async def all_over() -> bool:
        return all(status.is_terminal for status in await statuses())

    async with in_own_task(worked_on(any_service, agent)), serving(any_service) as url:
        await asyncio.gather(*(given_up(url, mode) for mode in ("legacy", "auto") * 2))
        async with chatting(url, OWNER_KEY, "auto") as chat:
            answer = await chat.call_tool("forage_find", {"goal": "things"})
            assert answer.structured_content["status"] == "completed"
        await until(all_over, "every run ends")  # a call given up at once may start its run a moment later
        ended = await statuses()
        assert set(ended) == {RunStatus.CANCELLED, RunStatus.COMPLETED}
        assert ended[RunStatus.COMPLETED] == 1


def test_a_service_without_chats_does_not_load_the_sdk() -> None:
    """It takes half a second and some 20 MB."""
    script = "import sys, api.app, forage.serving; sys.exit('mcp' in sys.modules or 'mcp_types' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
