"""Pictures by a real browser, of pages that the tests write."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from domain.captures import CaptureRequest, CaptureResult
from domain.egress import EgressPolicy
from fetch.fetcher import FetchConfig
from fetch.offload import InlineOffload
from fetch.open import WebFetcher, open_fetcher
from forage.browsers import find_browser

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DEADLINE_S = 25.0
SQUARE = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'><rect width='100' height='100' fill='{}'/></svg>"
)
LISTED = "###listed-by-the-operator\n/operator-ads/*\n"


class Site:
    """`pages` by path: HTML, or a handler; `/<colour>.svg` is a square. `asked` are the requests."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Handler] = {}
        self.asked: list[web.Request] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        page = self.pages.get(request.path)
        if page is None and request.path.endswith(".svg"):
            colour = request.path.rsplit("/", 1)[-1].removesuffix(".svg")
            return web.Response(text=SQUARE.format(colour), content_type="image/svg+xml")
        if page is None:
            return web.Response(status=404, text="<p>nothing here</p>", content_type="text/html")
        if isinstance(page, str):
            return web.Response(text=f"<!doctype html>{page}", content_type="text/html")
        return await page(request)

    def add(self, page: str | Handler, path: str = "/page") -> str:
        self.pages[path] = page
        return f"{self.url}{path}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


async def _served(site: Site, host: str = "127.0.0.1") -> AsyncIterator[Site]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    async with TestServer(app, host=host) as server:
        site.url = str(server.make_url("")).rstrip("/")
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async for site in _served(Site()):
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def elsewhere() -> AsyncIterator[Site]:
    """A site of another origin."""
    async for site in _served(Site()):
        yield site


@pytest.fixture(scope="session")
def chromium() -> str:
    path = find_browser()
    assert path is not None
    return path


@pytest.fixture(scope="session")
def filter_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "own.txt"
    path.write_text(LISTED)
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fetcher(
    site: Site, elsewhere: Site, foreign: Site, chromium: str, filter_list: Path
) -> AsyncIterator[WebFetcher]:
    policy = EgressPolicy.parse(",".join(one.url.removeprefix("http://") for one in (site, elsewhere, foreign)))
    config = FetchConfig(
        policy=policy, browser_path=chromium, browser_pages=3, per_host_delay_s=0.0, filter_lists=(str(filter_list),)
    )
    async with open_fetcher(config, InlineOffload()) as opened:
        yield opened


Capture = Callable[..., Awaitable[CaptureResult]]


@pytest.fixture
def capture(fetcher: WebFetcher) -> Capture:
    async def capture(*, scope: str = "a", deadline_s: float = DEADLINE_S, **wishes: Any) -> CaptureResult:
        return await fetcher.capture(CaptureRequest(**wishes), scope, deadline_s)

    return capture


class Pixels:
    """A picture by its pixels, in RGB."""

    def __init__(self, result: CaptureResult) -> None:
        assert result.ok, result.detail
        self.image = Image.open(io.BytesIO(result.image)).convert("RGB")
        assert self.image.size == (result.width, result.height)

    def at(self, x: int, y: int) -> tuple[int, ...]:
        pixel = self.image.getpixel((x, y))
        assert isinstance(pixel, tuple)
        return pixel

    def share(self, colour: tuple[int, int, int]) -> float:
        """How much of the picture has just this colour, from 0 to 1."""
        counted = {pixel: count for count, pixel in self.image.getcolors(maxcolors=1 << 24)}
        return counted.get(colour, 0) / (self.image.width * self.image.height)

    def rows(self, x: int, colour: tuple[int, int, int]) -> int:
        """How many rows have this colour at `x`."""
        return sum(self.at(x, y) == colour for y in range(self.image.height))


@pytest.fixture(scope="session")
def pixels() -> type[Pixels]:
    return Pixels


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def foreign() -> AsyncIterator[Site]:
    """A site of another host: the browser may give its frames a process of their own."""
    async for site in _served(Site(), "127.0.0.2"):
        yield site
