"""`forage serve` and `forage worker`: the service's processes, put together and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from domain.errors import ForageError, InvalidInput
from forage.compose import open_executor, open_service
from forage.process import on_stop
from forage.settings import Settings
from services.keys import ensure_owner
from services.queue import LocalDoorbell
from services.service import Service
from store.migrations import is_current

if TYPE_CHECKING:
    from litestar import Litestar

log = structlog.get_logger()

# An open event stream would hold the stop up for as long as its client listens; clients resume by Last-Event-ID.
GRACE_S = 2
BEAT_S = 5.0
MIGRATED_S = 60.0  # how long a worker waits for the API to bring the database up to date
LOOK_AGAIN_S = 1.0


async def serve(settings: Settings, host: str, port: int, slots: int) -> None:
    """The API, and with `slots` a worker beside it, until SIGTERM or SIGINT."""
    from api.app import create_app
    from api.config import ApiConfig

    listener = listen_on(host, port)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(listener)
        service = await stack.enter_async_context(open_service(settings))
        token = await ensure_owner(service, settings.api_key or None)
        if slots:
            await stack.enter_async_context(_open_worker(settings, service, slots))
        config = ApiConfig(
            version=importlib.metadata.version("forage"),
            rate_limit=settings.rate_limit,
            mcp_origins=settings.mcp_origins,
            registration=settings.registration,
        )
        app = create_app(service, config)
        await _serve_http(app, listener, settings.trusted_proxies, _welcome(settings, listener, slots, token))


def listen_on(host: str, port: int) -> socket.socket:
    """A listening socket, before anything else is opened. Raises ForageError where the port is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise ForageError(f"cannot listen on {host} port {port}: {why}; another port: forage serve --port N") from None
    # Its connections inherit this. asyncio sets it on those whose protocol it knows, which of create_server's it does
    # not; without it an answer's body waits for the client to acknowledge its head, which takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def _serve_http(app: Litestar, listener: socket.socket, proxies: Sequence[str], welcome: Sequence[str]) -> None:
    """Serves until a signal; says `welcome` once the port answers, so that who reads it may call at once.

    `proxies` are the peers whose X-Forwarded-For is believed.
    """
    import uvicorn

    from forage.request_heads import HeadDeadline

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            # Not uvicorn's: it raises them again when it has stopped, before the worker beside it has.
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                click.echo("\n".join(welcome))

    server = Server(
        uvicorn.Config(
            app,
            http=HeadDeadline,
            access_log=False,
            log_config=None,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_S,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
        )
    )

    def stop() -> None:
        server.should_exit = True

    with on_stop(stop):
        await server.serve(sockets=[listener])


def _welcome(settings: Settings, listener: socket.socket, slots: int, token: str | None) -> list[str]:
    host, port, *_ = listener.getsockname()
    shown = f"[{host}]" if ":" in host else host
    work = f"{slots} runs at once in this process" if slots else "none here: start `forage worker`"
    lines = [f"Forage listens at http://{shown}:{port}/api/v1", f"  workers: {work}"]
    if token:
        lines.append(f"  your API key, shown this once: {token}")
    elif settings.api_key:
        lines.append("  API key: the one in FORAGE_API_KEY")
    else:
        lines.append("  API key: the one that was shown at the first start")
    return lines


async def work(settings: Settings, slots: int, beat: Path | None) -> None:
    """A worker alone, until SIGTERM or SIGINT."""
    if settings.is_embedded:
        raise InvalidInput("forage worker hears of runs through Redis: set REDIS_URL, or use forage serve alone")
    if not settings.database_url:
        raise InvalidInput("forage worker needs the DATABASE_URL that the API has")
    await _until_migrated(settings.database)
    stopped = asyncio.Event()
    async with open_service(settings, migrated=False) as service, _open_worker(settings, service, slots):
        beating = asyncio.create_task(_keep_beating(beat)) if beat else None
        click.echo(f"worker ready, {slots} runs at once")
        with on_stop(stopped.set):
            await stopped.wait()
        if beating is not None:
            beating.cancel()


async def _until_migrated(url: str) -> None:
    """Waits while the API, started at the same moment, brings the database up to date."""
    try:
        async with asyncio.timeout(MIGRATED_S):
            while not await is_current(url):
                log.warning("worker.waits", why="the database is not up to date")
                await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        raise ForageError("the database is not up to date: forage migrate") from None


async def _keep_beating(beat: Path) -> None:
    while True:
        await asyncio.to_thread(beat.touch)
        await asyncio.sleep(BEAT_S)


@asynccontextmanager
async def _open_worker(settings: Settings, service: Service, slots: int) -> AsyncGenerator[None]:
    """A worker that hears the doorbell of these settings, with the sweeper, webhooks and bulk tasks."""
    from fetch.egress.proxy import open_egress
    from fetch.open import WebFetcher
    from store.repositories.bulk_claims import Pace
    from workers.arq_worker import open_arq_worker
    from workers.bulk import BulkWorker, open_bulk_worker
    from workers.door import open_post
    from workers.local import open_local_worker
    from workers.webhooks import Deliverer

    async with contextlib.AsyncExitStack() as stack:
        door = await stack.enter_async_context(open_egress(settings.egress_policy))
        post = await stack.enter_async_context(open_post(door.proxy_url))
        executor = await stack.enter_async_context(open_executor(settings, service, slots))
        deliverer = Deliverer(service, post)
        fetcher = executor.tools.fetcher
        assert isinstance(fetcher, WebFetcher)
        pace = Pace(delay_s=settings.host_delay_s)
        bulk = BulkWorker(service, fetcher, pace=pace, rendered=settings.browser_pages)
        await stack.enter_async_context(open_bulk_worker(bulk))
        doorbell = service.doorbell
        if isinstance(doorbell, LocalDoorbell):
            await stack.enter_async_context(open_local_worker(executor, doorbell, deliverer))
        else:
            await stack.enter_async_context(open_arq_worker(executor, settings.redis_url, deliverer))
        yield
