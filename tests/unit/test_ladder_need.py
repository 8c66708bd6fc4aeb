from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from domain.pages import CapturedResponse, FetchOutcome, Page, Via
from fetch.dom import describe
from fetch.ladder import Need, SiteMemory, better, need_of_browser

WORDS = "<p>" + "Ladders of oak and ash for orchards and libraries. " * 40 + "</p>"
URL = "https://shop.example/things/1"


def page(html: str, *, content_type: str = "text/html", outcome: FetchOutcome = FetchOutcome.OK) -> Page:
    return Page(
        id="p",
        url=URL,
        final_url=URL,
        outcome=outcome,
        via=Via.HTTP,
        fetched_at=dt.datetime.now(dt.UTC),
        status=200,
        content_type=content_type,
        html=html,
        text=describe(html, URL).text,
    )


@pytest.mark.parametrize(
    "html",
    [
        "<div id=root></div><script src=/app.js></script>",
        '<body><div id="app" class="x"><!-- mount --> Loading… </div><script src=/app.js></script>',
        '<div id="__next"></div><script>1</script><nav>Home About Contact</nav>' + "<footer>Imprint</footer>" * 60,
        "<app-root>Loading...</app-root><script src=/main.js></script>",
        "<p>Hello</p><script src=/x.js></script><noscript>This page needs JavaScript.</noscript>",
        "<script>document.write('x')</script>",
    ],
)
def test_a_page_that_scripts_will_draw_needs_a_browser_for_certain(html: str) -> None:
    need = need_of_browser(page(html))
    assert need is not None
    assert need.is_certain


def test_a_thin_page_with_scripts_may_need_one() -> None:
    need = need_of_browser(page("<h1>Prices</h1><script src=/x.js></script>"))
    assert need is not None
    assert not need.is_certain


@pytest.mark.parametrize(
    "html",
    [
        "<h1>A thin page without scripts</h1>",
        WORDS + "<div id=root></div><script src=/app.js></script>",
        WORDS + "<script src=/app.js></script><noscript>Enable JavaScript for the map.</noscript>",
        "<div id=root><p>" + "words " * 90 + "</p></div><script src=/app.js></script>",
        "",
    ],
)
def test_a_page_that_says_enough_by_itself_needs_none(html: str) -> None:
    assert need_of_browser(page(html)) is None


def test_json_and_failures_need_none() -> None:
    assert need_of_browser(page('{"a": 1}', content_type="application/json")) is None
    assert need_of_browser(page("<script>1</script>", outcome=FetchOutcome.HTTP_ERROR)) is None


def test_a_site_that_needed_a_browser_is_remembered_by_part_and_for_a_while() -> None:
    now = 0.0
    memory = SiteMemory(lambda: now)
    memory.learn("https://shop.example/search/a", helped=True)
    assert memory.needs_browser("https://shop.example/search/b?page=2")
    assert not memory.needs_browser("https://shop.example/blog/b")
    assert not memory.needs_browser("https://other.example/search/b")
    now = 4000.0
    assert not memory.needs_browser("https://shop.example/search/a")


def test_a_browser_that_was_no_use_three_times_is_left_out_and_one_use_brings_it_back() -> None:
    memory = SiteMemory(lambda: 0.0)
    for _ in range(3):
        assert not memory.is_use_doubtful(URL)
        memory.learn(URL, helped=False)
    assert memory.is_use_doubtful(URL)
    memory.learn(URL, helped=True)
    assert not memory.is_use_doubtful(URL)
    assert memory.needs_browser(URL)


def test_the_memory_is_bounded() -> None:
    memory = SiteMemory(lambda: 0.0)
    for n in range(2500):
        memory.learn(f"https://s{n}.example/", helped=True)
    assert not memory.needs_browser("https://s0.example/")
    assert memory.needs_browser("https://s2499.example/")


def test_the_page_that_says_more_is_taken() -> None:
    doubtful, certain = Need("thin", False), Need("empty", True)
    plain, rich = page("<p>few words</p>"), page(WORDS)
    dialog, dead = page("<p>x</p>"), page("", outcome=FetchOutcome.TIMED_OUT)
    assert better(plain, rich, doubtful) is rich
    assert better(plain, dialog, doubtful) is plain
    with_data = replace(dialog, responses=(CapturedResponse(url=URL, body="{}"),))
    assert better(plain, with_data, doubtful) is with_data
    assert better(plain, dead, doubtful) is plain
    assert better(plain, dead, certain) is dead
