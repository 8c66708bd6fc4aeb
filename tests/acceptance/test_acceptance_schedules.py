"""A schedule on a page whose price changes feeds a pool and tells of it once; many processes start each minute once."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from scheduler_process import MINUTE_S, fast_clock, opened

from domain.fields import parse_fields
from domain.flows import FlowChange, FlowDraft, FlowStatus
from domain.pools import ChangeType
from domain.requests import FlowMode, GoalRequest
from domain.runs import ACTIVE, Run, RunStatus
from domain.schedules import TickOutcome
from fetch.egress.proxy import open_egress
from forage.compose import open_executor, open_service
from forage.settings import Settings
from services.flows import change_flow, create_flow
from services.keys import OWNER_ACCOUNT, ensure_account
from services.pools import change_pool, create_pool, list_changes
from services.runs import cancel_run, get_run, list_runs
from services.schedules import NewSchedule, create_schedule, list_ticks
from services.service import Service
from services.ticks import tick
from services.webhook_secrets import signing_secrets
from workers.door import open_post
from workers.executor import Executor
from workers.webhooks import Deliverer

pytestmark = pytest.mark.slow
MINUTE = dt.timedelta(minutes=1)
GOODS = ("Copper kettle", "Bread knife", "Oak board", "Iron pan")
FIELDS = parse_fields("name,price:price")


class Shop:
    """A list of goods, whose kettle's price can be set, and a receiver of webhooks beside it."""

    def __init__(self) -> None:
        self.kettle = "39.90"
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def page(self, request: web.Request) -> web.Response:
        prices = [self.kettle, "12.50", "24.00", "55.00"]
        rows = "".join(
            f'<li class="good"><h2>{name}</h2><span class="price">€{price}</span></li>'
            for name, price in zip(GOODS, prices, strict=True)
        )
        body = f"<html><title>Kitchen</title><body><h1>Kitchen</h1><ul class=goods>{rows}</ul></body></html>"
        return web.Response(text=body, content_type="text/html")

    async def hook(self, request: web.Request) -> web.Response:
        self.received.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Shop]:
        app = web.Application()
        app.add_routes([web.get("/kitchen", self.page), web.post("/hook", self.hook)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()


class MovedClock:
    """The real time, moved ahead by hand."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead


@dataclasses.dataclass
class World:
    shop: Shop
    service: Service
    executor: Executor
    deliverer: Deliverer
    clock: MovedClock

    async def minute(self) -> Run:
        """A minute passes; the run that was due is worked on, and its webhooks go out."""
        self.clock.ahead += MINUTE
        assert await tick(self.service, self.clock.now()) == 1
        assert await tick(self.service, self.clock.now()) == 0
        run_id = (await newest_runs(self.service))[0].id
        run = await self.executor.execute(OWNER_ACCOUNT, run_id)
        await self.deliverer.deliver_due()
        return run


async def newest_runs(service: Service) -> tuple[Run, ...]:
    return (await list_runs(service, OWNER_ACCOUNT, limit=500)).items


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(Shop().open())
        settings = Settings.from_environment(
            {
                "FORAGE_HOME": str(tmp_path),
                "FORAGE_EGRESS_ALLOW": f"127.0.0.1:{shop.port}",
                "FORAGE_HOST_DELAY": "0",
                "FORAGE_SEARCH": "fixed",
                "FORAGE_SEARCH_FIXED": f"{shop.origin}/kitchen",
            }
        )
        clock = MovedClock()
        service = dataclasses.replace(await stack.enter_async_context(open_service(settings)), clock=clock)
        await ensure_account(service)
        door = await stack.enter_async_context(open_egress(settings.egress_policy))
        post = await stack.enter_async_context(open_post(door.proxy_url))
        executor = await stack.enter_async_context(open_executor(settings, service, 1))
        yield World(shop, service, executor, Deliverer(service, post), clock)


async def told_of_the_kettle(world: World, pool_id: str) -> None:
    """Three minutes of a schedule that feeds this pool: the price changes before the second one."""
    first = await world.minute()
    assert (first.status, first.records_found) == (RunStatus.COMPLETED, len(GOODS))
    known = (await list_changes(world.service, OWNER_ACCOUNT, pool_id, limit=100)).items
    assert [change.type for change in known] == [ChangeType.ADDED] * len(GOODS)
    assert world.shop.received == []

    world.shop.kettle = "34.90"
    second = await world.minute()
    news = (await list_changes(world.service, OWNER_ACCOUNT, pool_id, since=str(known[-1].sequence), limit=100)).items
    (change,) = news
    assert (change.type, change.field, change.run_id) == (ChangeType.CHANGED, "price", second.id)
    assert (change.old, change.new and change.new.value) == (39.9, 34.9)
    await one_signed_webhook(world, second)

    third = await world.minute()
    assert third.records_found == len(GOODS)
    assert len((await list_changes(world.service, OWNER_ACCOUNT, pool_id, limit=100)).items) == len(GOODS) + 1
    assert len(world.shop.received) == 1


async def one_signed_webhook(world: World, run: Run) -> None:
    (received,) = world.shop.received
    headers, body = {name.lower(): value for name, value in received[0].items()}, received[1]
    (secret,) = await signing_secrets(world.service, OWNER_ACCOUNT)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    told: dict[str, Any] = json.loads(body)
    assert told["job_id"] == f"job_{run.id}"
    (change,) = told["changes"]
    assert (change["field"], change["from"], change["to"]) == ("price", 39.9, 34.9)
    assert change["evidence"][0]["quote"].endswith("34.90")


async def test_a_schedule_on_a_page_that_changes_its_price_feeds_a_pool_and_sends_one_signed_webhook(world: World):
    service = world.service
    pool = await create_pool(
        service, OWNER_ACCOUNT, name="prices", condition="price changed", webhook_url=f"{world.shop.origin}/hook"
    )
    request = GoalRequest(url=f"{world.shop.origin}/kitchen", fields=FIELDS, max_results=100)
    asked = NewSchedule(name="kitchen", cron="* * * * *", request=request, pool_id=pool.id)
    schedule = await create_schedule(service, OWNER_ACCOUNT, asked)
    await told_of_the_kettle(world, pool.id)
    ticks = await list_ticks(service, OWNER_ACCOUNT, schedule.id)
    assert [each.outcome for each in ticks] == [TickOutcome.STARTED] * 3


async def test_a_monitor_flow_reports_only_what_changed(world: World):
    service = world.service
    draft = FlowDraft(
        name="kitchen", url=f"{world.shop.origin}/kitchen", mode=FlowMode.MONITOR, fields=FIELDS, schedule="* * * * *"
    )
    flow = await create_flow(service, OWNER_ACCOUNT, draft)
    flow = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    run = await world.minute()
    assert run.request.pool_id
    hook = f"{world.shop.origin}/hook"
    await change_pool(service, OWNER_ACCOUNT, run.request.pool_id, condition="price changed", webhook_url=hook)
    world.shop.kettle = "34.90"
    second = await world.minute()
    (change,) = (await list_changes(service, OWNER_ACCOUNT, run.request.pool_id, limit=100, run_id=second.id)).items
    assert (change.type, change.field) == (ChangeType.CHANGED, "price")
    await one_signed_webhook(world, second)


@pytest.mark.postgres
async def test_three_processes_start_one_run_a_minute_and_one_that_is_killed_is_not_missed(
    migrated_postgres_url: str, tmp_path: Path
):
    began = dt.datetime.now(dt.UTC)
    script = Path(__file__).parent / "scheduler_process.py"
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(script), migrated_postgres_url, began.isoformat(), str(tmp_path), env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    try:
        for process in processes:
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
        async with opened(migrated_postgres_url, fast_clock(began), tmp_path) as service:
            await ensure_account(service)
            asked = NewSchedule(name="goal", cron="* * * * *", request=GoalRequest(goal="prices"))
            schedule = await create_schedule(service, OWNER_ACCOUNT, asked)
            await _started(service, 3)
            processes[0].kill()
            await _started(service, 6)
            ticks = await list_ticks(service, OWNER_ACCOUNT, schedule.id, limit=100)
            runs = await newest_runs(service)
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
    started = [each for each in ticks if each.outcome is TickOutcome.STARTED]
    assert {each.run_id for each in started} == {run.id for run in runs}
    assert len(started) == len(runs)
    assert all(later.due_at - earlier.due_at == MINUTE for later, earlier in pairwise(ticks))


async def _started(service: Service, count: int) -> None:
    """Waits until so many runs were started; each is ended as soon as it is seen, so that none is run into."""
    async with asyncio.timeout(20 * MINUTE_S):
        while len(runs := await newest_runs(service)) < count:
            for run in runs:
                if run.status in ACTIVE:
                    await cancel_run(service, OWNER_ACCOUNT, run.id)
            await asyncio.sleep(0.05)
    for run in runs:
        if (await get_run(service, OWNER_ACCOUNT, run.id)).status in ACTIVE:
            await cancel_run(service, OWNER_ACCOUNT, run.id)
