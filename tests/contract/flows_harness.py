"""A worker with a scripted agent beside a real API, and calls, for flows, their runs and one-shot extraction."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import serving
from store_support import executor_of, page_of, record, source

from agent.state import Ending, Journal, RunState, TaskResult, Tools
from api.config import ApiConfig
from domain.budgets import Spend
from domain.pages import FetchOutcome
from domain.plans import Plan, PlannedBy
from domain.runs import TerminationReason
from domain.tasks import TaskStatus
from services.queue import LocalDoorbell
from services.service import Service
from workers.background import running
from workers.local import answer

FLOWS, RUNS, EXTRACT = "/api/v1/flows", "/api/v1/runs", "/api/v1/extract"
SHOP_FLOW = {"name": "Shop", "url": "https://shop.example/", "description": "things"}
LINK = re.compile(r'<([^>]+)>; rel="next"')
SHOP: tuple[dict[str, Any], ...] = (
    {"name": "Wireless Headphones Pro", "price": 79.99},
    {"name": "USB-C Hub 7-in-1", "price": 34.99},
    {"name": "Mechanical Keyboard", "price": 129.99},
)


class ShopAgent:
    """Reads one page of things. A goal or description that says `nothing`, `unreadable` or `forever` gets just that."""

    def __init__(self, things: tuple[dict[str, Any], ...] = SHOP) -> None:
        self.things = things
        self.states: list[RunState] = []
        self.began = asyncio.Event()

    async def __call__(self, state: RunState, tools: Tools, journal: Journal) -> Ending:
        self.states.append(state)
        self.began.set()
        request = state.request
        await journal.planned(
            Plan(goal=request.goal, fields=request.fields, planned_by=PlannedBy.CALLER), Spend(worked_ms=20)
        )
        task = source(state.run_id, 0)
        await journal.sources_found((task,), (), Spend())
        if "forever" in request.goal:
            while True:
                await journal.check()
                await asyncio.sleep(0.02)
        if "unreadable" in request.goal:
            failed = msgspec.structs.replace(
                task, status=TaskStatus.FAILED, outcome=FetchOutcome.BLOCKED, reason="a challenge page"
            )
            await journal.task_done(TaskResult(task=failed))
            return Ending(reason=TerminationReason.SOURCES_FAILED)
        things = () if "nothing" in request.goal else self.things
        records = tuple(record(number, **thing) for number, thing in enumerate(things))[: request.max_results]
        page = page_of(task)
        done = msgspec.structs.replace(
            task, status=TaskStatus.DONE, outcome=FetchOutcome.OK, page_id=page.id, records_found=len(records)
        )
        await journal.task_done(TaskResult(task=done, page=page, records=records, spend=Spend(pages=1)))
        if not records:
            return Ending(reason=TerminationReason.NOTHING_FOUND)
        return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=records)


@pytest.fixture
async def base_url(service: Service) -> AsyncIterator[str]:
    """The API, with time for a loaded machine to extract in."""
    async with serving(service, ApiConfig(extract_deadline_s=20)) as url:
        yield url


@asynccontextmanager
async def working(
    service: Service, agent: Callable[[RunState, Tools, Journal], Awaitable[Ending]]
) -> AsyncIterator[None]:
    """A worker that hears this service's doorbell while the block runs."""
    executor = executor_of(service, agent)
    assert isinstance(service.doorbell, LocalDoorbell)
    async with running(answer(service.doorbell, executor), executor.keep_leases()):
        try:
            yield
        finally:
            await executor.stop()


async def run_at_end(client: httpx.AsyncClient, run_name: str) -> dict[str, Any]:
    """A run, once it is over."""
    for _ in range(500):
        run = (await client.get(f"{RUNS}/{run_name}")).json()["data"]
        if run["status"] in {"completed", "failed", "cancelled"}:
            return run
        await asyncio.sleep(0.02)
    raise AssertionError(f"{run_name} does not end: {run}")


async def a_flow(client: httpx.AsyncClient, **more: Any) -> str:
    made = await client.post(FLOWS, json=SHOP_FLOW | more)
    assert made.status_code == 201, made.text
    return made.json()["data"]["id"]


async def a_run(client: httpx.AsyncClient, flow: str) -> str:
    made = await client.post(RUNS, json={"flowId": flow})
    assert made.status_code == 201, made.text
    return made.json()["data"]["id"]


async def pages_of(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """All pages of a list, by the links in their heads."""
    pages = []
    while path:
        answer = await client.get(path)
        pages.append(answer.json())
        found = LINK.fullmatch(answer.headers.get("link", ""))
        path = found[1] if found else ""
    return pages
