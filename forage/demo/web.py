"""Serves the demo web: each site on a loopback port of its own, so that each is a host of its own."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager

import msgspec
from aiohttp import web

from domain.errors import ForageError
from forage.demo.search import search_application
from forage.demo.sites import APPLICATIONS

HOST = "127.0.0.1"
START_S = 10.0  # binding seven loopback ports takes milliseconds; past this something is wrong


class DemoWeb(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sites are: `origins["shop"]` is `"http://127.0.0.1:41234"`."""

    origins: Mapping[str, str]
    search_url: str

    @property
    def egress_allow(self) -> str:
        """The sites' own ports and no other, as FORAGE_EGRESS_ALLOW takes them."""
        return ",".join(origin.removeprefix("http://") for origin in self.origins.values())


@asynccontextmanager
async def open_demo_web(first_port: int = 0) -> AsyncGenerator[DemoWeb]:
    """Serve until the block ends: on free ports, or on `first_port` and those after it."""
    runners: list[web.AppRunner] = []

    async def start(app: web.Application, number: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, HOST, first_port + number if first_port else 0).start()
        return f"http://{HOST}:{runner.addresses[0][1]}"

    try:
        origins = {key: await start(make(), number) for number, (key, make) in enumerate(APPLICATIONS.items())}
        search = await start(search_application(origins), len(origins))
        yield DemoWeb(origins=origins, search_url=search)
    finally:
        for runner in runners:
            await runner.cleanup()


@contextmanager
def demo_web_in_background(first_port: int = 0) -> Generator[DemoWeb]:
    """The demo web in a thread of its own, for callers that have no event loop or want theirs undisturbed."""
    ready, stop = threading.Event(), asyncio.Event()
    started: list[tuple[DemoWeb, asyncio.AbstractEventLoop]] = []
    faults: list[OSError] = []

    async def serve() -> None:
        try:
            async with open_demo_web(first_port) as demo:
                started.append((demo, asyncio.get_running_loop()))
                ready.set()
                await stop.wait()
        except OSError as fault:
            faults.append(fault)
            ready.set()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="demo-web", daemon=True)
    thread.start()
    if not ready.wait(START_S) or faults:
        fault = faults[0] if faults else "it took too long"
        taken = getattr(fault, "errno", None) == errno.EADDRINUSE
        raise ForageError(f"the demo web could not start: {fault}{'; choose other ports by --port' if taken else ''}")
    demo, loop = started[0]
    try:
        yield demo
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_S)
