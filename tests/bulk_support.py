"""What tests of bulk jobs share: sites that count, and workers on a service of theirs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from store_support import until

from domain.bulk import BulkStatus, TargetOptions
from domain.proxies import ProxyTable
from fetch.fetcher import FetchConfig
from fetch.open import WebFetcher, open_fetcher
from services.bulk import BulkView, TaskView, create_bulk_job, get_bulk_job, get_bulk_task
from services.host_turns import CommonTurns
from services.keys import OWNER_ACCOUNT
from services.service import Service
from workers.bulk import BulkTerms, BulkWorker

SOON = BulkTerms(lease_s=5.0, beat_s=0.3, sweep_s=0.2)


@dataclass
class Site:
    """A site on every loopback address. `seen` counts paths, `starts` the moments of requests by host."""

    port: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    starts: dict[str, list[float]] = field(default_factory=dict)
    going: int = 0
    most: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str, host: int = 1) -> str:
        return f"http://127.0.0.{host}:{self.port}/{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/")
        if path == "robots.txt":
            raise web.HTTPNotFound
        self.seen[path] += 1
        self.starts.setdefault(request.host, []).append(asyncio.get_running_loop().time())
        self.going += 1
        self.most = max(self.most, self.going)
        try:
            return await self._page(request, path)
        finally:
            self.going -= 1

    async def _page(self, request: web.Request, path: str) -> web.StreamResponse:
        match path.split("/"):
            case ["slow", *_]:
                await self.held.wait()
            case ["status", status]:
                return web.Response(status=int(status), text=f"status {status}")
            case ["flaky", *_] if self.seen[path] == 1:
                return web.Response(status=503)
            case ["bytes"]:
                return web.Response(body=bytes(range(256)), content_type="application/octet-stream")
            case ["go", *rest]:
                return web.Response(
                    status=302, headers={"Location": "/" + "/".join(rest), "Set-Cookie": "from=redirect"}
                )
            case ["set", name, value]:
                return web.Response(text="set", headers={"Set-Cookie": f"{name}={value}; Path=/"})
            case ["echo", *_]:
                told = {"method": request.method, "body": await request.text(), "headers": dict(request.headers)}
                return web.json_response(told)
        return web.Response(text=f"<html><body><h1>{path}</h1><p>A page.</p></body></html>", content_type="text/html")


@asynccontextmanager
async def serving_site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    listener = web.TCPSite(runner, "0.0.0.0", 0)
    await listener.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        site.held.set()
        await runner.cleanup()


@asynccontextmanager
async def fetching(
    service: Service, proxies: ProxyTable | None = None, delay_s: float = 0.0
) -> AsyncIterator[WebFetcher]:
    config = FetchConfig(policy=service.policy, per_host_delay_s=delay_s, proxies=proxies or ProxyTable())
    async with open_fetcher(config, turns=CommonTurns(service)) as fetcher:
        yield fetcher


def worker_of(service: Service, fetcher: WebFetcher, **options: object) -> BulkWorker:
    return BulkWorker(service, fetcher, **({"terms": SOON} | options))  # ty: ignore[invalid-argument-type]


async def make_job(service: Service, targets: Sequence[str], options: TargetOptions | None = None) -> str:
    job, _ = await create_bulk_job(service, OWNER_ACCOUNT, targets, options or TargetOptions())
    return job.id


async def job_over(service: Service, job_id: str, deadline_s: float = 40.0) -> BulkView:
    async def over() -> bool:
        return (await get_bulk_job(service, OWNER_ACCOUNT, job_id)).status.is_over

    await until(over, "the job is over", deadline_s)
    return await get_bulk_job(service, OWNER_ACCOUNT, job_id)


async def results_of(service: Service, view: BulkView) -> list[TaskView]:
    return [await get_bulk_task(service, OWNER_ACCOUNT, view.job.id, task.id) for task in view.tasks]


async def count_of(service: Service, job_id: str, status: BulkStatus) -> int:
    view = await get_bulk_job(service, OWNER_ACCOUNT, job_id)
    return sum(1 for task in view.tasks if task.status is status)
