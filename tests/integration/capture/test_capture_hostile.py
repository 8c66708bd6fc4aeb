"""Pages that mean harm: each picture ends in time with a typed outcome, and the next one is well."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from aiohttp import web
from hostile_pages import SCRIPTS

from domain.captures import CaptureFormat
from domain.pages import FetchOutcome

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DEADLINE_S = 25.0
SLACK_S = 20.0
TIMEOUT_MS = 3_000
PAINTED = "<body style='background:red;margin:0'><p>before</p>"
RED = (255, 0, 0)
OK, CRASHED, TIMED_OUT = FetchOutcome.OK, FetchOutcome.PAGE_CRASHED, FetchOutcome.TIMED_OUT
# What a page does -> which outcomes are right. Where something can be shown, it is.
HOSTILE = {
    "loop while parsing": {OK},
    "loop after load": {OK},
    "alerts": {OK},
    "prompts on a timer": {OK},
    "popups": {OK},
    "popups on a timer": {OK},
    "print": {OK},
    "a picture that never comes": {OK},
    "self-navigation": {OK, TIMED_OUT},
    "heap growth": {OK, CRASHED},
    "a page that grows as it is scrolled": {OK},
    "endless animation": {OK},
    "requests without end": {OK, CRASHED, TIMED_OUT},
    "400,000 px, and as wide": {OK, CRASHED, TIMED_OUT},
    "a tower of elements": {OK, CRASHED, TIMED_OUT},
    "a document that closes itself": {OK, CRASHED},
}


async def well(site, capture, pixels, scope: str) -> None:
    shown = pixels(await capture(url=site.add("<body style='background:blue'>", "/well"), scope=scope))
    assert shown.share((0, 0, 255)) == 1.0


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_page_ends_in_time(site, capture, pixels, name):
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    site.add(slow, "/slow")
    script, outcomes = SCRIPTS[name], HOSTILE[name]
    url = site.add(PAINTED + script, "/hostile")
    began = time.monotonic()
    result = await capture(url=url, full_page=True, timeout_ms=TIMEOUT_MS, deadline_s=DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S + SLACK_S
    assert result.outcome in outcomes, result.detail
    if result.ok:
        assert pixels(result).share(RED) > 0.3
    await well(site, capture, pixels, "a")


@pytest.mark.parametrize(
    "script",
    ["while(1){}", "await new Promise(() => {})", "for(;;) alert(1)", "setInterval(() => location.reload(), 50)"],
)
async def test_a_script_of_the_caller_that_does_not_end_is_ended(site, capture, pixels, script):
    url = site.add(PAINTED, "/scripted")
    began = time.monotonic()
    result = await capture(url=url, script=script, timeout_ms=TIMEOUT_MS, deadline_s=DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S + SLACK_S
    assert result.outcome in {OK, TIMED_OUT}, result.detail
    assert not result.ok or result.notes or "reload" in script
    await well(site, capture, pixels, "a")


async def test_a_page_that_runs_wild_holds_up_no_other_account(site, capture, pixels):
    url = site.add(PAINTED + SCRIPTS["loop after load"], "/hostile")
    wild = asyncio.ensure_future(capture(url=url, scope="wild", timeout_ms=TIMEOUT_MS, deadline_s=DEADLINE_S))
    for _ in range(3):
        await well(site, capture, pixels, "tame")
    assert not wild.done()
    assert (await wild).ok


HELD = {
    "a script": (PAINTED + "<script src=/slow></script>", OK),
    "a style sheet": ("<link rel=stylesheet href=/slow>" + PAINTED, OK),
    "a script of the head": ("<script src=/slow></script>" + PAINTED, TIMED_OUT),
}


@pytest.mark.parametrize("name", HELD)
async def test_pages_that_wait_for_what_never_comes_give_their_places_back_at_the_timeout(site, capture, pixels, name):
    """As many as there are browser pages: the picture of another account comes all the same."""
    held, outcome = HELD[name]
    waiting = asyncio.Semaphore(0)

    async def slow(request: web.Request) -> web.StreamResponse:
        waiting.release()
        await asyncio.sleep(60)
        return web.Response()

    site.add(slow, "/slow")
    url = site.add(held, "/held")
    stuck = [asyncio.ensure_future(capture(url=url, scope="stuck", timeout_ms=1_500)) for _ in range(3)]
    async with asyncio.timeout(60):
        for _ in stuck:
            await waiting.acquire()
    await well(site, capture, pixels, "tame")
    for result in await asyncio.gather(*stuck):
        assert result.outcome is outcome
        assert "1500 ms" in f"{result.detail} {result.notes}"
        assert not result.ok or pixels(result).share(RED) > 0.9


async def test_no_answer_is_told_at_the_timeout(site, capture):
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    began = time.monotonic()
    result = await capture(url=site.add(silent), timeout_ms=1_000)
    assert (result.outcome, "1000 ms" in result.detail) == (TIMED_OUT, True)
    assert time.monotonic() - began < 30


async def test_a_download_is_no_picture(site, capture):
    async def download(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * 100, headers={"Content-Disposition": "attachment; filename=x.bin"})

    assert (await capture(url=site.add(download))).outcome is FetchOutcome.UNSUPPORTED_CONTENT


async def test_a_document_beyond_all_measure_is_not_loaded(site, capture, pixels):
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        for _ in range(3_000):
            await response.write(b"<!--" + b"x" * 40_000 + b"-->")
        return response

    result = await capture(url=site.add(endless), timeout_ms=8_000)
    assert result.outcome is FetchOutcome.TOO_LARGE
    await well(site, capture, pixels, "a")


async def test_a_killed_browser_is_replaced_within_the_same_picture(site, capture, fetcher, pixels):
    await well(site, capture, pixels, "a")

    async def slow(request: web.Request) -> web.StreamResponse:
        if len([path for path in site.paths if path == "/murder"]) == 1:
            os.kill(fetcher._pictures.pool.pid, signal.SIGKILL)
        return web.Response(text=PAINTED, content_type="text/html")

    shown = pixels(await capture(url=site.add(slow, "/murder")))
    assert shown.share(RED) > 0.9


async def test_inside_addresses_are_neither_opened_nor_drawn(site, elsewhere, capture, pixels):
    assert (await capture(url="http://169.254.169.254/latest")).outcome is FetchOutcome.UNSAFE_URL

    async def inside(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://127.0.0.1:6379/")

    assert (await capture(url=site.add(inside))).outcome is FetchOutcome.UNSAFE_URL


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.0.0.1:6379/", "view-source:file:///etc/passwd"])
async def test_the_callers_own_document_opens_nothing_inside(capture, pixels, target):
    html = f"""<body style='background:red;margin:0'><iframe src='{target}' style='border:0;width:100%'></iframe>
        <object data='{target}'></object><link rel=stylesheet href='{target}'><img src='{target}'>"""
    result = await capture(
        html=html,
        css=f"@import '{target}'; body {{ background-image: url('{target}') }}",
        script=f"""let told = ''; try {{ told = await (await fetch('{target}')).text() }} catch {{}}
            if (told.includes('root:')) throw new Error('leaked'); location.href = '{target}'""",
    )
    assert "leaked" not in " ".join(result.notes)
    assert result.outcome in {OK, FetchOutcome.UNSAFE_URL, FetchOutcome.UNREACHABLE}
    if result.ok:
        assert pixels(result).share(RED) > 0.5


async def test_a_pdf_of_a_hostile_page_ends_in_time(site, capture):
    url = site.add(PAINTED + "<script>onbeforeprint = () => { while(1){} }</script>")
    began = time.monotonic()
    result = await capture(url=url, format=CaptureFormat.PDF, deadline_s=DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S + SLACK_S
    assert result.outcome in {OK, TIMED_OUT}


async def test_a_page_that_runs_wild_only_when_it_is_drawn_is_shown_as_it_was(site, capture, pixels):
    url = site.add(PAINTED + "<script>setTimeout(() => { while(1){} }, 400)</script>")
    result = await capture(url=url, delay_ms=600, timeout_ms=TIMEOUT_MS, deadline_s=DEADLINE_S)
    assert pixels(result).share(RED) > 0.9
