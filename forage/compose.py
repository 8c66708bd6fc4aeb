"""Joins the rooms: settings in, opened and wired parts out, closed again in the right order."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from domain.clock import SystemClock
from domain.errors import ForageError
from forage.settings import Settings
from services.queue import ArqDoorbell, Doorbell, LocalDoorbell
from services.rates import LocalRates, Rates, RedisRates
from services.service import Keep, Limits, Service
from store.blobs import open_blobs
from store.database import open_database
from store.migrations import migrate

if TYPE_CHECKING:
    from agent.models import ModelChain
    from agent.state import Tools
    from fetch.politeness import SharedTurns
    from workers.executor import Executor

# Worker processes for parsing: as many as there are cores, each takes some 100 MB.
PARSERS = min(8, max(2, os.cpu_count() or 2))
MAX_READ = 300  # characters of a goal that are read for its number at submit: the worst take 40 ms, 2,000 take a second


def prepare_home(settings: Settings) -> None:
    """Makes FORAGE_HOME, for its owner alone. Raises ForageError where that cannot be, or nothing may be written."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        raise ForageError(f"FORAGE_HOME cannot be made at {settings.home}: {fault.strerror}") from None
    try:
        # The only question that permissions, a read-only mount and a full disk all answer.
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as fault:
        raise ForageError(f"FORAGE_HOME cannot be written at {settings.home}: {fault.strerror}") from None


@asynccontextmanager
async def open_service(settings: Settings, *, migrated: bool = True) -> AsyncGenerator[Service]:
    """The use cases' bundle on the database, blobs and doorbell of these settings.

    `migrated` brings the database up to date first.
    """
    prepare_home(settings)
    if migrated:
        await migrate(settings.database)
    doorbell: Doorbell = LocalDoorbell() if settings.is_embedded else ArqDoorbell(settings.redis_url)
    rates: Rates = LocalRates() if settings.is_embedded else RedisRates(settings.redis_url)
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database))
        stack.push_async_callback(doorbell.close)
        stack.push_async_callback(rates.close)
        yield Service(
            database=database,
            blobs=open_blobs(settings.blob_place),
            doorbell=doorbell,
            policy=settings.egress_policy,
            clock=SystemClock(),
            limits=limits_of(settings),
            rates=rates,
            prices=settings.prices,
            number_in=number_in,
            proxies=settings.proxy_table,
            metered=settings.meter,
            new_plan=settings.plan,
        )


def number_in(goal: str) -> int | None:
    """How many things a goal asks for, by the planner's own grammar; None where it does not tell, or is long."""
    if len(goal) > MAX_READ:
        return None
    from agent.planner.grammar import parse_goal  # its word lists take a fifth of a second: not for every command

    return parse_goal(goal).count


def limits_of(settings: Settings) -> Limits:
    """What the operator lets be kept, and how much of it."""
    return Limits(
        max_concurrent_runs=settings.max_runs,
        flows=settings.max_flows,
        pools=settings.max_pools,
        schedules=settings.max_schedules,
        webhooks=settings.max_webhooks,
        waiting_runs=settings.max_waiting_runs,
        run_bytes=settings.max_run_megabytes * 1_000_000,
        bulk_jobs=settings.max_bulk_jobs,
        pictures=settings.keep_pictures,
        keep=Keep(
            runs=settings.keep_runs,
            previews=settings.keep_previews,
            events=settings.keep_events,
            deliveries=settings.keep_deliveries,
            bulk_jobs=settings.keep_bulk_jobs,
        ),
    )


@asynccontextmanager
async def open_models(settings: Settings) -> AsyncGenerator[ModelChain | None]:
    """The chain of models, or None where none is set."""
    config = settings.model_config()
    if config is None:
        yield None
        return
    from agent.models import ModelChain

    chain = ModelChain(config)
    try:
        yield chain
    finally:
        await chain.close()


@asynccontextmanager
async def open_tools(settings: Settings, turns: SharedTurns | None = None) -> AsyncGenerator[Tools]:
    """What a run works with: the web behind the guarded door, search, models, worker processes for parsing. `turns` at
    a host are those of all processes, else of this one."""
    from agent.state import Tools
    from fetch.offload import Offload
    from fetch.open import open_fetcher
    from fetch.search.chain import open_search
    from forage.browsers import find_browser

    config = settings.fetch_config(find_browser(settings.browser) or "")
    async with contextlib.AsyncExitStack() as stack:
        offload = await stack.enter_async_context(Offload(PARSERS))
        fetcher = await stack.enter_async_context(open_fetcher(config, offload, turns))
        search = await stack.enter_async_context(open_search(settings.search_config(), fetcher.door))
        models = await stack.enter_async_context(open_models(settings))
        yield Tools(fetcher=fetcher, search=search, models=models, offload=offload, clock=SystemClock())


@asynccontextmanager
async def open_executor(settings: Settings, service: Service, slots: int) -> AsyncGenerator[Executor]:
    """An executor with tools of its own. Who opens it keeps its leases and stops it."""
    from agent.pursuits import pursue
    from services.host_turns import CommonTurns
    from workers.executor import Executor

    async with open_tools(settings, CommonTurns(service)) as tools:
        yield Executor(service, tools, pursue, slots=slots)


@asynccontextmanager
async def open_lone_executor(settings: Settings, service: Service) -> AsyncGenerator[Executor]:
    """An executor for runs that this process submits itself: it takes no others."""
    from workers.background import running

    async with open_executor(settings, service, settings.worker_slots) as executor, running(executor.keep_leases()):
        try:
            yield executor
        finally:
            await executor.stop()
