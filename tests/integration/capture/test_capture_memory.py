"""No picture knows of another: not by what a page keeps, not by what a frame in it keeps, in whatever place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from store_support import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

# Looks wherever a browser remembers, tells what it finds, and leaves something there.
REMEMBERS = """<script>
const opened = (name) => new Promise((done) => {
  const opening = indexedDB.open(name);
  opening.onupgradeneeded = () => opening.result.createObjectStore('seen');
  opening.onsuccess = () => { opening.result.close(); done() };
  opening.onerror = done;
});
const leave = () => {
  document.cookie = 'seen=1';
  localStorage.seen = sessionStorage.seen = 1;
  if (self === top) window.name = 'seen';
};
(async () => {
  const found = [];
  if (document.cookie.includes('seen')) found.push('cookie');
  if (localStorage.seen) found.push('localStorage');
  if (sessionStorage.seen) found.push('sessionStorage');
  if (self === top && window.name) found.push('name');
  if ((await indexedDB.databases()).length) found.push('indexedDB');
  if ((await caches.keys()).length) found.push('caches');
  const worker = navigator.serviceWorker;
  if (worker && (await worker.getRegistrations()).length) found.push('service worker');
  leave();
  await opened('seen');
  await (await caches.open('seen')).put('/seen', new Response('x'));
  if (worker) await worker.register('/worker.js').catch(() => {});
  await fetch('/told?' + found.join());
})();
</script>"""
STUBBORN = """<script>
Storage.prototype.clear = () => {};
setInterval(leave, 1);
for (const name of ['pagehide', 'beforeunload', 'visibilitychange']) addEventListener(name, leave);
</script>"""


def told_to(site) -> list[str]:
    return [request.query_string for request in site.asked if request.path == "/told"]


@pytest.fixture
def told(site, foreign):
    for one in (site, foreign):
        one.add("x", "/told")
        one.asked.clear()
    return lambda: (told_to(site), told_to(foreign))


@pytest.mark.parametrize("more", ["", STUBBORN], ids=["plain", "stubborn"])
async def test_a_page_finds_nothing_of_an_earlier_picture_of_it(site, capture, told, more):
    url = site.add(REMEMBERS + more)
    for scope in ("a", "a", "b", "a"):
        assert (await capture(url=url, scope=scope, wait_ms=300)).ok
    await asyncio.gather(*(capture(url=url, scope=scope, wait_ms=900) for scope in ("a", "a", "b")))
    assert told() == ([""] * 7, [])


async def test_a_frame_of_another_site_finds_nothing_of_an_earlier_picture(site, foreign, capture, told):
    frame = f"<iframe src='{foreign.add(REMEMBERS + STUBBORN, '/frame')}'></iframe>"
    nested = f"<iframe src='{site.add(frame, '/nested')}'></iframe>"
    for page in (frame, frame, nested, nested):
        assert (await capture(url=site.add(page), wait_ms=300)).ok
    assert (await capture(url=f"{foreign.url}/frame")).ok
    assert told() == ([], [""] * 5)


async def test_a_frame_that_is_gone_by_then_has_left_nothing_either(site, foreign, capture, told):
    page = f"""<iframe id=gone src='{foreign.add(REMEMBERS, "/frame")}'></iframe>
        <script>setTimeout(() => gone.remove(), 400)</script>"""
    for _ in range(2):
        assert (await capture(url=site.add(page), wait_ms=600)).ok
    assert told() == ([], [""] * 2)


async def test_what_a_page_has_kept_before_it_led_elsewhere_is_gone_too(site, elsewhere, capture, told):
    onward = f"<script>setTimeout(() => location.href = '{elsewhere.add('there', '/there')}', 300)</script>"
    url = site.add(REMEMBERS + onward)
    for _ in range(2):
        assert (await capture(url=url, wait_ms=600)).final_url == f"{elsewhere.url}/there"
    assert told() == ([""] * 2, [])


async def test_a_page_whose_scripts_were_stopped_has_left_nothing(site, capture, told):
    wild = "<script>setTimeout(() => { leave(); while (1) {} }, 400)</script>"
    url = site.add(REMEMBERS + wild)
    for _ in range(2):
        assert (await capture(url=url, delay_ms=600, timeout_ms=1_500, deadline_s=9.0)).ok
    assert told() == ([""] * 2, [])


async def test_what_may_be_cached_is_cached_for_its_account_alone(site, capture):
    async def cacheable(request: web.Request) -> web.StreamResponse:
        body = "document.body.style.background = 'blue'"
        return web.Response(text=body, content_type="text/javascript", headers={"Cache-Control": "max-age=3600"})

    site.add(cacheable, "/cacheable.js")
    late = """const script = document.createElement('script');
        script.src = '/cacheable.js';
        document.body.append(script);
        await new Promise((done) => script.onload = done)"""
    url = site.add("<body>x")
    asked = []
    for scope in ("one", "one", "two", "two"):
        site.asked.clear()
        assert (await capture(url=url, scope=scope, script=late)).ok
        asked.append(site.paths.count("/cacheable.js"))
    assert asked == [1, 0, 1, 0]


async def test_a_warm_page_is_used_again(site, capture, fetcher):
    """Else all of this would hold for a browser that begins anew each time."""
    url = site.add("<body>x")
    await capture(url=url, scope="warm")
    pool = fetcher._pictures.pool
    jars = dict(pool._current._jars)
    await capture(url=url, scope="warm")
    assert {name: jar for name, jar in pool._current._jars.items() if name in jars} == jars
    [jar] = [jar for name, jar in jars.items() if name.startswith("warm ")]

    async def is_back() -> bool:
        return bool(jar.idle)

    await until(is_back, "its page waits to be used again")
    assert [tab.visits for tab in jar.idle] == [2]


async def test_the_browser_of_pictures_has_one_process_for_all_frames_of_a_page(site, capture, fetcher):
    assert (await capture(url=site.add("x"))).ok
    command = Path(f"/proc/{fetcher._pictures.pool.pid}/cmdline").read_text()  # noqa: ASYNC240 - no disk
    assert "--disable-site-isolation-trials" in command.split("\0")


async def test_what_playwright_switches_off_stays_off_beside_our_own(site, capture, fetcher):
    """Chromium obeys the last list alone: one that Playwright has made longer must be longer here too."""
    assert (await capture(url=site.add("x"))).ok
    command = Path(f"/proc/{fetcher._pictures.pool.pid}/cmdline").read_text()  # noqa: ASYNC240 - no disk
    sign = "--disable-features="
    lists = [set(flag.removeprefix(sign).split(",")) for flag in command.split("\0") if flag.startswith(sign)]
    assert len(lists) == 2
    assert lists[0] < lists[1]
