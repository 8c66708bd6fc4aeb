"""Pages that mean harm: each ends in time with a typed outcome, and the next page is well."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from hostile_pages import SCRIPTS, breaking_off

from domain.pages import FetchOutcome, Page
from fetch.browser.process import BrowserProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

BEFORE, AFTER = "<p>before</p>", "<p>after</p>"
DEADLINE_S = 7.0
SLACK_S = 20.0
OK, CRASHED, TIMED_OUT = FetchOutcome.OK, FetchOutcome.PAGE_CRASHED, FetchOutcome.TIMED_OUT
# What a page does -> which outcomes are right. Where its text can still be read, it is.
HOSTILE = {
    "loop while parsing": {OK},
    "loop at load": {OK},
    "alerts": {OK},
    "prompts on a timer": {OK},
    "popups": {OK},
    "popups on a timer": {OK},
    "print": {OK},
    "a promise that never comes": {OK},
    "replaced builtins": {OK},
    "self-navigation": {OK},
    "history floods": {OK},
    "heap growth": {OK, CRASHED},
    "a DOM that grows": {OK},
    "requests without end": {OK, TIMED_OUT},
    "a leave that is refused": {OK},
    "a worker that spins": {OK},
    "a document that closes itself": {OK, CRASHED},
    "deep shadow roots": {OK, CRASHED, TIMED_OUT},
}


async def well(site, fetch, scope: str) -> None:
    page = await fetch(site.add("/well", "<p>all is well</p>"), scope=scope)
    assert (page.outcome, page.text) == (FetchOutcome.OK, "all is well")


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_page_ends_in_time_and_the_next_one_is_well(site, fetch, name: str) -> None:
    body, right = SCRIPTS[name], HOSTILE[name]
    url = site.add(f"/hostile/{name.replace(' ', '-')}", f"<body>{BEFORE}{body}{AFTER}")
    began = time.monotonic()
    page = await fetch(url, scope="hostile", deadline_s=DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S + SLACK_S
    assert page.outcome in right
    if page.ok:
        assert "before" in page.text
    await well(site, fetch, "hostile")


async def test_a_browser_is_told_no_secrets(site, chromium: str, monkeypatch) -> None:
    for name in ("OPENAI_API_KEY", "DATABASE_URL", "FORAGE_API_KEY"):
        monkeypatch.setenv(name, "a-secret-of-ours")
    browser = await BrowserProcess.launch(chromium, site.url)
    try:
        told = await asyncio.to_thread(Path(f"/proc/{browser.pid}/environ").read_bytes)
    finally:
        await browser.close()
    assert b"PATH=" in told
    assert b"a-secret-of-ours" not in told


@pytest.mark.slow
async def test_a_page_that_spins_does_not_hold_up_another_run(site, fetch) -> None:
    spin = asyncio.create_task(fetch(site.add("/spin", "<script>while(1){}</script>"), scope="bad", deadline_s=10))
    for _ in range(5):
        await well(site, fetch, "good")
    assert not spin.done()
    await spin


async def test_a_server_that_never_answers_is_cut_at_the_deadline(site, fetch) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    page = await fetch(site.add("/never", never), deadline_s=2)
    assert page.outcome is FetchOutcome.TIMED_OUT
    assert page.elapsed_ms < 20_000


async def test_a_script_that_never_comes_does_not_lose_the_page(site, fetch) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    site.add("/never.js", never)
    page = await fetch(site.add("/held", f"{BEFORE}<script src=/never.js></script>{AFTER}"), deadline_s=6)
    assert page.ok
    assert "before" in page.text


async def test_a_page_whose_answer_breaks_off_is_read_as_far_as_it_came(site, fetch) -> None:
    page = await fetch(site.add("/short", partial(breaking_off, said=BEFORE)), deadline_s=60)
    assert (page.outcome, page.detail) == (FetchOutcome.OK, "Its answer broke off: what had come by then is shown.")
    assert "before" in page.text


async def _killed_in_mid_page(site, tier, fetch, times: int) -> Page:
    """A page whose browser is killed each time that it asks for its script."""

    async def kill(request: web.Request) -> web.StreamResponse:
        nonlocal times
        if times:
            times -= 1
            os.kill(tier.pool.pid, signal.SIGKILL)
        return web.Response(text="document.body.append('drawn')", content_type="text/javascript")

    site.add("/kill.js", kill)
    return await fetch(site.add("/killer", f"<body>{BEFORE}<script src=/kill.js></script>"), scope="k", deadline_s=20)


async def test_a_browser_killed_in_mid_page_is_launched_again_and_the_page_comes(site, tier, fetch) -> None:
    await well(site, fetch, "k")
    first = tier.pool.pid
    page = await _killed_in_mid_page(site, tier, fetch, 1)
    assert page.ok
    assert "drawn" in page.text
    assert tier.pool.pid != first


async def test_a_browser_killed_twice_by_a_page_is_the_pages_fault(site, tier, fetch) -> None:
    page = await _killed_in_mid_page(site, tier, fetch, 2)
    assert page.outcome is FetchOutcome.PAGE_CRASHED
    await well(site, fetch, "k")


@pytest.mark.slow
async def test_a_stopped_browser_is_killed_at_the_deadline_and_replaced(site, tier, fetch) -> None:
    await well(site, fetch, "s")
    os.kill(tier.pool.pid, signal.SIGSTOP)
    page = await fetch(f"{site.url}/well", scope="s", deadline_s=3)
    assert page.outcome in {FetchOutcome.TIMED_OUT, FetchOutcome.PAGE_CRASHED}
    await well(site, fetch, "s")


async def test_a_cancelled_fetch_leaves_its_slot_free(site, tier, fetch) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    url = site.add("/cancelled", never)
    for _ in range(4):  # more than there are slots
        task = asyncio.create_task(fetch(url, scope="c"))
        await asyncio.wait({task}, timeout=0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await well(site, fetch, "c")
