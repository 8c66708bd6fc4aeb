from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from domain.pages import FetchOutcome, Via

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WORDS = "<p>" + "Ladders of oak and ash for orchards and libraries. " * 20 + "</p>"
LIST = """<html lang="en"><head><title>Ladders</title></head><body><ul id="list"></ul><script>
fetch('/api/ladders').then(r => r.json()).then(data => setTimeout(() => {
  document.getElementById('list').innerHTML = data.items.map(n => `<li>Ladder number ${n}</li>`).join('');
}, 60));
</script></body></html>"""


async def test_a_list_drawn_by_script_is_read_with_the_json_behind_it(site, fetch) -> None:
    async def api(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return web.json_response({"items": list(range(40))})

    site.add("/api/ladders", api)
    page = await fetch(site.add("/ladders", LIST))
    assert (page.outcome, page.status, page.via, page.title, page.language) == (
        FetchOutcome.OK,
        200,
        Via.BROWSER,
        "Ladders",
        "en",
    )
    assert page.text.count("Ladder number") == 40
    assert "<li>Ladder number 39</li>" in page.html
    (captured,) = page.responses
    assert captured.url == f"{site.url}/api/ladders"
    assert json.loads(captured.body)["items"][:2] == [0, 1]


async def test_only_json_that_scripts_fetched_is_kept_and_not_without_end(site, fetch) -> None:
    async def api(request: web.Request) -> web.StreamResponse:
        return web.json_response({"n": request.query["n"]})

    async def words(request: web.Request) -> web.StreamResponse:
        return web.Response(text="no json", content_type="text/plain")

    async def huge(request: web.Request) -> web.StreamResponse:
        return web.json_response(["x" * 3_000_000])

    site.add("/api/n", api)
    site.add("/api/words", words)
    site.add("/api/huge", huge)
    page = await fetch(
        site.add(
            "/many",
            """<body><script>fetch('/api/words');fetch('/api/huge');
            for (let n = 0; n < 70; n++) fetch('/api/n?n=' + n)</script></body>""",
        )
    )
    assert page.ok
    assert 0 < len(page.responses) <= 40
    assert all("/api/n?" in response.url for response in page.responses)


async def test_open_shadow_roots_are_written_out_and_iframes_are_left_out(site, fetch) -> None:
    page = await fetch(
        site.add(
            "/shadow",
            """<body><x-card><b>slotted words</b></x-card><iframe srcdoc="<p>framed words</p>"></iframe><script>
            window.made = 0;
            customElements.define('x-card', class extends HTMLElement {
              constructor() { super(); window.made++; document.title = 'made ' + window.made;
                this.attachShadow({mode: 'open'}).innerHTML = '<i>shadow words</i><slot></slot>'; }
            });</script></body>""",
        )
    )
    assert "shadow words" in page.text
    assert "slotted words" in page.text
    assert "framed words" not in page.text
    assert page.title == "made 1"  # taking the snapshot ran none of the page's code


async def test_the_final_url_and_status_are_of_the_document_that_is_shown(site, fetch) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/by-script")

    site.add("/moved", moved)
    site.add("/by-script", "<script>location.replace('/gone')</script>")
    page = await fetch(f"{site.url}/moved")
    assert (page.final_url, page.status, page.outcome) == (f"{site.url}/gone", 404, FetchOutcome.NOT_FOUND)
    assert page.url == f"{site.url}/moved"


async def test_a_late_drawer_is_waited_for_and_a_ticking_clock_is_not(site, fetch) -> None:
    page = await fetch(
        site.add("/late", "<body><script>setTimeout(() => document.body.innerHTML = '<p>late</p>', 700)</script>")
    )
    assert page.text == "late"
    ticking = (
        "<p>" + "words " * 100 + "</p><b id=c></b><script>setInterval(() => c.textContent = Date.now(), 5)</script>"
    )
    page = await fetch(site.add("/clock", ticking))
    assert page.ok
    assert page.elapsed_ms < 4500


async def test_a_poll_that_never_ends_does_not_hold_the_page(site, fetch) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    site.add("/poll", never)
    page = await fetch(site.add("/polling", f"<p>{'words ' * 100}</p><script>fetch('/poll')</script>"))
    assert page.ok
    assert page.elapsed_ms < 9000


@pytest.mark.parametrize(
    ("name", "headers", "body"),
    [
        ("attachment", {"Content-Disposition": "attachment; filename=x.html", "Content-Type": "text/html"}, b"<p>x"),
        ("archive", {"Content-Type": "application/zip"}, b"PK\x03\x04"),
        ("pdf", {"Content-Type": "application/pdf"}, b"%PDF-1.7"),
        ("picture", {"Content-Type": "image/svg+xml"}, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ],
)
async def test_what_is_no_page_is_told_so_and_nothing_is_downloaded(site, fetch, name, headers, body) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers=headers)

    page = await fetch(site.add(f"/{name}", answer))
    assert page.outcome is FetchOutcome.UNSUPPORTED_CONTENT
    assert page.html == ""


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, FetchOutcome.BLOCKED),
        (403, FetchOutcome.BLOCKED),
        (429, FetchOutcome.BLOCKED),
        (410, FetchOutcome.NOT_FOUND),
        (500, FetchOutcome.HTTP_ERROR),
    ],
)
async def test_a_status_becomes_an_outcome(site, fetch, status, outcome) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<p>words</p>", content_type="text/html")

    page = await fetch(site.add(f"/status{status}", answer))
    assert (page.outcome, page.status, page.text) == (outcome, status, "words")


async def test_pictures_and_fonts_are_not_fetched(site, fetch) -> None:
    html = """<style>@font-face{font-family:f;src:url(/f.woff2)} p{font-family:f}</style><p>words</p>
    <img src=/i.png><img src=/picture-without-extension><div style="background:url(/b.jpg)">x</div>"""
    await fetch(site.add("/pictures", html))
    assert not {"/f.woff2", "/i.png", "/picture-without-extension", "/b.jpg"} & set(site.asked)


async def test_the_browser_does_not_call_itself_headless(site, fetch) -> None:
    page = await fetch(site.add("/agent", "<p id=a></p><script>a.textContent = navigator.userAgent</script>"))
    assert "Chrome/" in page.text
    assert "Headless" not in page.text


async def test_cookies_of_one_scope_are_seen_in_it_and_not_in_another(site, fetch) -> None:
    site.add("/set", "<script>document.cookie = 'who=a; path=/'; localStorage.who = 'a'</script>")
    show = "<p id=a></p><script>a.textContent = document.cookie + '|' + localStorage.who</script>"
    site.add("/show", show)
    await fetch(f"{site.url}/set", scope="one")
    assert (await fetch(f"{site.url}/show", scope="one")).text == "who=a|a"
    assert (await fetch(f"{site.url}/show", scope="two")).text == "|undefined"


async def test_twenty_pages_at_once_all_come(site, fetch) -> None:
    for n in range(20):
        site.add(f"/page{n}", f"<p>this is page {n}</p>")
    pages = await asyncio.gather(*(fetch(f"{site.url}/page{n}", scope=f"s{n % 5}") for n in range(20)))
    assert [page.text for page in pages] == [f"this is page {n}" for n in range(20)]


async def test_a_browser_page_is_used_again_in_its_scope_and_not_for_ever(site, fetch) -> None:
    """A browser page counts the documents it has shown: the count grows while it is used again."""
    url = site.add("/history", f"<h1 id=h></h1>{WORDS}<script>h.textContent = history.length</script>")

    async def shown(query: str, scope: str) -> int:
        return int((await fetch(url + query, scope=scope)).text.split()[0])

    counts = [await shown(f"?n={n}", "reuse") for n in range(25)]
    assert max(counts) > 5
    assert max(counts) <= 21  # twenty visits, and the empty document that it began with
    assert counts[24] < max(counts)
    assert await shown("", "another") <= 2


async def test_an_old_browser_gives_way_to_a_new_one(site, tier, fetch, monkeypatch) -> None:
    url = site.add("/old", "<p>x")
    assert (await fetch(url)).ok
    before = tier.pool.pid
    with monkeypatch.context() as patched:
        patched.setattr("fetch.browser.pool.PROCESS_AGE_S", 0.0)
        assert (await fetch(url)).ok
    assert tier.pool.pid not in (None, before)
