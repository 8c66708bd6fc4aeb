"""A list that becomes short, empty and long again in a pool: told as it is, and nothing is gone that is still there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web

from domain.fields import Field, parse_fields
from domain.flows import FlowChange, FlowDraft, FlowStatus
from domain.requests import FlowMode, GoalRequest
from domain.runs import Run
from fetch.egress.proxy import open_egress
from forage.compose import open_executor, open_service
from forage.settings import Settings
from services.flows import change_flow, create_flow, start_flow
from services.keys import OWNER_ACCOUNT, ensure_account
from services.pool_listing import list_pool_records
from services.pools import create_pool, list_changes
from services.runs import submit_run
from services.service import Service
from workers.executor import Executor

GOODS = (
    ("Copper kettle", "39.90"),
    ("Bread knife", "12.50"),
    ("Oak board", "24.00"),
    ("Iron pan", "55.00"),
    ("Tea pot", "30.00"),
)
FIELDS = parse_fields("name,price:price")


def cards(count: int) -> str:
    return "".join(
        f'<div class="card"><h3><a href="/p/{place}">{name}</a></h3><p>For every day.</p><b>€{price}</b></div>'
        for place, (name, price) in enumerate(GOODS[:count])
    )


def grid(count: int) -> str:
    return f'<div class="grid">{cards(count)}</div>' if count else "<p>No results</p>"


def shop(matter: str, headline: str = "Kitchen") -> str:
    menu = "".join(f'<li><a href="/{name}">{name.title()}</a></li>' for name in ("home", "kitchen", "garden", "help"))
    return (
        f'<html lang="en"><head><title>{headline} - Corner shop</title></head><body><nav><ul>{menu}</ul></nav>'
        f"<main><h1>{headline}</h1>{matter}</main><footer><p>All prices with tax.</p></footer></body></html>"
    )


ERROR = shop("<p>Something went wrong. Please try again later.</p>", "Oops")
LOGIN = shop(
    '<form action="/login"><label>E-mail <input name="e"></label><label>Password <input type="password"></label>'
    '<button>Sign in</button></form><p><a href="/forgot">Forgot your password?</a></p>',
    "Sign in",
)
CHECK = shop("<p>Please confirm that you are human.</p><div id=box></div>", "One more step")
ELSEWHERE = shop(
    '<p>This page has moved.</p><h2>Popular pages</h2><ul><li><a href="/a">Kettles and pots</a></li>'
    '<li><a href="/b">Knives and boards</a></li><li><a href="/c">Pans and lids</a></li></ul>',
    "Sorry",
)


class World(NamedTuple):
    """A shop whose one page is set by hand, and a service beside it."""

    page: list[str]
    url: str
    service: Service
    executor: Executor

    async def run(self, pool_id: str, fields: tuple[Field, ...] = FIELDS) -> Run:
        request = GoalRequest(url=self.url, fields=fields, max_results=100, pool_id=pool_id)
        run = await submit_run(self.service, OWNER_ACCOUNT, request)
        return await self.executor.execute(OWNER_ACCOUNT, run.id)

    async def news(self, pool_id: str, run: Run) -> list[str]:
        found = await list_changes(self.service, OWNER_ACCOUNT, pool_id, limit=500, run_id=run.id)
        return sorted(f"{each.type.value} {each.field or each.values['name'].value}" for each in found.items)

    async def after(self, pool_id: str, html: str) -> list[str]:
        """What a run tells of the pool once the page is this."""
        self.page[0] = html
        return await self.news(pool_id, await self.run(pool_id))

    async def names(self, pool_id: str) -> set[str]:
        listed = await list_pool_records(self.service, OWNER_ACCOUNT, pool_id, limit=500)
        return {str(each.plain()["name"]) for each in listed.items}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    page = [""]

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=page[0], content_type="text/html")

    async with AsyncExitStack() as stack:
        app = web.Application()
        app.add_routes([web.get("/kitchen", answer)])
        runner = web.AppRunner(app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        settings = Settings.from_environment(
            {"FORAGE_HOME": str(tmp_path), "FORAGE_EGRESS_ALLOW": f"127.0.0.1:{port}", "FORAGE_HOST_DELAY": "0"}
        )
        service = await stack.enter_async_context(open_service(settings))
        await ensure_account(service)
        await stack.enter_async_context(open_egress(settings.egress_policy))
        executor = await stack.enter_async_context(open_executor(settings, service, 1))
        yield World(page, f"http://127.0.0.1:{port}/kitchen", service, executor)


def told(how: str, goods: Sequence[tuple[str, str]]) -> list[str]:
    return sorted(f"{how} {name}" for name, _ in goods)


async def test_a_list_that_shrinks_to_one_row_and_to_none_tells_just_what_is_gone(world: World):
    pool = (await create_pool(world.service, OWNER_ACCOUNT, name="kitchen")).id
    assert await world.after(pool, shop(grid(5))) == told("added", GOODS)
    assert await world.after(pool, shop(grid(1))) == []
    assert await world.after(pool, shop(grid(1))) == told("removed", GOODS[1:])
    assert await world.after(pool, shop(grid(0))) == []
    assert await world.names(pool) == {"Copper kettle"}
    assert await world.after(pool, shop(grid(5))) == told("added", GOODS[1:])
    assert await world.names(pool) == {name for name, _ in GOODS}


async def test_a_list_that_stays_empty_loses_its_last_rows_and_is_a_list_still(world: World):
    pool = (await create_pool(world.service, OWNER_ACCOUNT, name="kitchen")).id
    assert await world.after(pool, shop(grid(3))) == told("added", GOODS[:3])
    assert await world.after(pool, shop(grid(0))) == []
    assert await world.after(pool, shop(grid(0))) == told("removed", GOODS[:3])
    assert await world.after(pool, ERROR) == []


async def test_another_page_at_the_address_of_a_list_adds_and_removes_nothing(world: World):
    pool = (await create_pool(world.service, OWNER_ACCOUNT, name="kitchen")).id
    assert await world.after(pool, shop(grid(5))) == told("added", GOODS)
    for instead in (ERROR, LOGIN, CHECK, ELSEWHERE):
        assert await world.after(pool, instead) == []
    assert await world.names(pool) == {name for name, _ in GOODS}


async def test_a_monitor_of_a_list_that_shrinks_reports_no_headline_as_a_thing(world: World):
    world.page[0] = shop(grid(3))
    draft = FlowDraft(name="kitchen", url=world.url, mode=FlowMode.MONITOR, fields=FIELDS, schedule="0 0 * * *")
    flow = await create_flow(world.service, OWNER_ACCOUNT, draft)
    flow = await change_flow(world.service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    found = []
    for count in (3, 1, 1):
        world.page[0] = shop(grid(count))
        run = await start_flow(world.service, OWNER_ACCOUNT, flow.id)
        run = await world.executor.execute(OWNER_ACCOUNT, run.id)
        found.append(await world.news(flow.pool_id, run))
    assert found == [told("added", GOODS[:3]), [], told("removed", GOODS[1:3])]


async def test_a_page_about_one_thing_is_read_as_that_thing_run_after_run(world: World):
    pool = (await create_pool(world.service, OWNER_ACCOUNT, name="kettle")).id
    page = shop(f'<p class="price">€49.90</p><p>Made of copper.</p><h2>You may also like</h2>{grid(1)}', "Brass kettle")
    assert await world.after(pool, page) == ["added Brass kettle"]
    assert await world.after(pool, page.replace("€49.90", "€45.00")) == ["changed price"]
    assert await world.names(pool) == {"Brass kettle"}
