"""One browser for a module's tests, and a web site on loopback that they write page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.egress import EgressPolicy
from domain.pages import FetchRequest, Page
from fetch.browser import BrowserTier
from fetch.egress.proxy import open_egress
from fetch.offload import InlineOffload
from forage.browsers import find_browser

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(scope="session")
def chromium() -> str:
    path = find_browser()
    assert path is not None
    return path


class Site:
    """`pages` by path: HTML, or a handler. `asked` are the paths that were requested."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Handler] = {}
        self.asked: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404, text="<p>nothing here</p>", content_type="text/html")
        if isinstance(page, str):
            return web.Response(text=page, content_type="text/html")
        return await page(request)

    def add(self, path: str, page: str | Handler) -> str:
        self.pages[path] = page
        return f"{self.url}{path}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        site.url = str(server.make_url("")).rstrip("/")
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tier(site: Site, chromium: str) -> AsyncIterator[BrowserTier]:
    """A browser tier that may reach the site, and nothing else."""
    policy = EgressPolicy.parse(site.url.removeprefix("http://"))
    async with open_egress(policy) as door:
        tier = BrowserTier(chromium, door, InlineOffload(), pages=3)
        try:
            yield tier
        finally:
            await tier.close()


@pytest.fixture
def fetch(tier: BrowserTier) -> Callable[..., Awaitable[Page]]:
    async def fetch(url: str, *, scope: str = "a", deadline_s: float = 20.0) -> Page:
        return await tier.fetch(FetchRequest(url=url, scope=scope, deadline_s=deadline_s))

    return fetch
