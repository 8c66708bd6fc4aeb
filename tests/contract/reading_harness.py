"""The whole of it beside a real API: a worker with the real agent and reader, over pages that a test writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from store_support import until

from agent.models import ModelChain
from agent.pursuits import pursue
from agent.state import Tools
from domain.clock import SystemClock
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page, Via
from fetch.dom import describe
from fetch.offload import InlineOffload
from services.queue import LocalDoorbell
from services.service import Service
from workers.background import running
from workers.executor import Executor
from workers.local import answer

JOBS = "/api/v1/jobs"


class PagesFetcher:
    """A web of these pages, by URL; `asked` are the URLs that were fetched."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []

    async def fetch(self, request: FetchRequest) -> Page:
        self.asked.append(request.url)
        html = self.pages.get(request.url, "")
        told = describe(html, request.url) if html else None
        return Page(
            id=new_id(),
            url=request.url,
            final_url=request.url,
            outcome=FetchOutcome.OK if html else FetchOutcome.NOT_FOUND,
            via=Via.HTTP,
            fetched_at=SystemClock().now(),
            status=200 if html else 404,
            content_type="text/html",
            html=html,
            text=told.text if told else "",
            title=told.title if told else "",
            language=told.language if told else "",
        )

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        return ()


@asynccontextmanager
async def reading(
    service: Service, pages: Mapping[str, str], models: ModelChain | None = None
) -> AsyncIterator[PagesFetcher]:
    """A worker that takes this service's runs while the block lasts."""
    fetcher = PagesFetcher(pages)
    tools = Tools(
        fetcher=fetcher,  # ty: ignore[invalid-argument-type]
        search=None,
        models=models,
        offload=InlineOffload(),
        clock=SystemClock(),
    )
    executor = Executor(service, tools, pursue)
    assert isinstance(service.doorbell, LocalDoorbell)
    async with running(answer(service.doorbell, executor), executor.keep_leases()):
        try:
            yield fetcher
        finally:
            await executor.stop()


async def done(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """A job, once it has ended."""
    told: dict[str, Any] = {}

    async def is_over() -> bool:
        told.update((await client.get(f"{JOBS}/{job_id}")).json())
        return told["completed_at"] is not None

    await until(is_over, f"{job_id} ends")
    return told


async def job_of(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """A job that was asked for so, at its end."""
    answered = await client.post(JOBS, json=body)
    assert answered.status_code == 201, answered.text
    return await done(client, answered.json()["job_id"])


async def records_of(client: httpx.AsyncClient, job: Mapping[str, Any]) -> list[dict[str, Any]]:
    answered = await client.get(f"{JOBS}/{job['job_id']}/records", params={"limit": 100})
    assert answered.status_code == 200, answered.text
    return answered.json()
