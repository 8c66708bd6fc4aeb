"""What is to be drawn tries to reach inside: pages at an address, documents of the caller's own, and pdfs of them; and
pages that mean harm, given as HTML."""

from __future__ import annotations

import asyncio
import gzip
import html
import time
from collections.abc import AsyncIterator
from functools import cache, partial

import pytest
import pytest_asyncio
from aiohttp import web
from hostile_pages import SCRIPTS, VECTORS, Canary, breaking_off, listening_canary, vector

from domain.captures import CaptureFormat, CaptureRequest
from domain.egress import EgressPolicy
from domain.pages import FetchOutcome
from fetch.fetcher import FetchConfig
from fetch.offload import InlineOffload
from fetch.open import open_fetcher

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DEADLINE_S = 25.0
SLACK_S = 20.0  # of a busy machine
PAINTED = "<!doctype html><body style='background:red;margin:0'><p>before</p>"
RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[Canary]:
    async with listening_canary() as listening:
        yield listening


def all_ways(canary: Canary) -> str:
    """One page that tries each way out in a frame of its own."""
    frames = (f'<iframe srcdoc="{html.escape(vector(name, canary))}"></iframe>' for name in VECTORS)
    return PAINTED + "".join(frames)


@pytest.mark.parametrize("given", ["url", "html", "pdf"])
async def test_nothing_that_is_drawn_reaches_inside(site, capture, canary, given):
    page = all_ways(canary)
    wishes = {"html": page} if given == "html" else {"url": site.add(page, "/ways")}
    if given == "pdf":
        wishes["format"] = CaptureFormat.PDF
    result = await capture(**wishes, delay_ms=1_000, timeout_ms=5_000)
    assert result.outcome is FetchOutcome.OK, result.detail
    assert (canary.tcp, canary.udp) == ([], 0)


async def test_the_ways_are_real_where_the_policy_lets_them_through(site, chromium, canary):
    policy = EgressPolicy.parse(f"{site.url.removeprefix('http://')},{canary.host}")
    config = FetchConfig(policy=policy, browser_path=chromium, per_host_delay_s=0.0)
    try:
        async with open_fetcher(config, InlineOffload()) as fetcher:
            await fetcher.capture(CaptureRequest(url=site.add(all_ways(canary), "/ways")), "a", 25.0)
        assert len(canary.tcp) > 5
    finally:
        canary.tcp.clear()


@pytest.mark.parametrize("field", ["css", "script", "pdf"])
async def test_what_the_caller_puts_into_a_page_reaches_nothing_inside(site, capture, canary, field):
    url = site.add(PAINTED, "/plain")
    inside = f"http://{canary.host}/{field}"
    wishes = {
        "css": {
            "css": f"@import '{inside}'; body {{ background: url('{inside}') }} @font-face {{ src: url('{inside}') }}"
        },
        "script": {
            "script": f"await fetch('{inside}', {{mode: 'no-cors'}}).catch(() => {{}}); location.href = '{inside}'"
        },
        "pdf": {"format": CaptureFormat.PDF, "css": f"@page {{ background: url('{inside}') }}"},
    }[field]
    result = await capture(url=url, deadline_s=DEADLINE_S, **wishes)
    assert result.outcome in {FetchOutcome.OK, FetchOutcome.UNSAFE_URL}
    assert (canary.tcp, canary.udp) == ([], 0)


@pytest.mark.parametrize("name", ["loop while parsing", "alerts", "self-navigation", "heap growth", "history floods"])
async def test_a_hostile_document_of_the_callers_own_ends_in_time(capture, pixels, name):
    began = time.monotonic()
    result = await capture(html=PAINTED + SCRIPTS[name], full_page=True, timeout_ms=3_000, deadline_s=DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S + SLACK_S
    assert result.outcome in {FetchOutcome.OK, FetchOutcome.PAGE_CRASHED, FetchOutcome.TIMED_OUT}
    assert pixels(await capture(html="<body style='background:blue'>")).share(BLUE) == 1.0


async def _bomb(request: web.Request) -> web.StreamResponse:
    return web.Response(body=_packed(), content_type="text/html", headers={"Content-Encoding": "gzip"})


@cache
def _packed() -> bytes:
    """A hundred and twenty megabytes in half of one."""
    return gzip.compress(b" " * 120_000_000, 1)


async def _redirects(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/redirects?{int(request.query_string or 0) + 1}")


async def _large_header(request: web.Request) -> web.StreamResponse:
    return web.Response(text=PAINTED, content_type="text/html", headers={"X-Large": "x" * 2_000_000})


_truncated = partial(breaking_off, said=PAINTED)


async def _utf16(request: web.Request) -> web.StreamResponse:
    return web.Response(body=("\ufeff" + PAINTED).encode("utf-16-le"), content_type="text/html")


BODIES = {
    "a gzip bomb": (_bomb, {FetchOutcome.TOO_LARGE}),
    "redirects": (_redirects, {FetchOutcome.TOO_MANY_REDIRECTS}),
    "a header of two megabytes": (_large_header, {FetchOutcome.TOO_LARGE, FetchOutcome.UNREACHABLE}),
    "a body that breaks off": (_truncated, {FetchOutcome.OK}),
    "UTF-16": (_utf16, {FetchOutcome.OK}),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_body_ends_with_what_it_is(site, capture, pixels, name):
    handler, outcomes = BODIES[name]
    if handler is _bomb:
        await asyncio.to_thread(_packed)  # before the page's own time begins
    path = "/redirects" if name == "redirects" else "/body"
    result = await capture(url=site.add(handler, path), timeout_ms=20_000)
    assert result.outcome in outcomes, result.detail
    if result.ok:
        assert pixels(result).share(RED) > 0.9


async def test_a_page_whose_answer_breaks_off_is_drawn_as_far_as_it_came_before_its_time_is_up(site, capture, pixels):
    result = await capture(url=site.add(_truncated, "/short"), timeout_ms=60_000, deadline_s=90.0)
    assert result.notes == ("Its answer broke off: what had come by then is shown.",)
    assert pixels(result).share(RED) > 0.9
