"""Steps of a flow on a real browser: what each does to a page, and how each fails."""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import pytest_asyncio
from aiohttp import web

from domain.actions import (
    Click,
    Extract,
    Hover,
    Navigate,
    Press,
    Screenshot,
    Scroll,
    ScrollTo,
    Select,
    Step,
    StepOutcome,
    Type,
    Wait,
)
from domain.egress import EgressPolicy
from domain.pages import FetchOutcome
from fetch.fetcher import FetchConfig
from fetch.interaction import Acted, CannotInteract, Interaction
from fetch.offload import InlineOffload
from fetch.open import WebFetcher, open_fetcher

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

Open = Callable[..., AbstractAsyncContextManager[Interaction]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fetcher(site, chromium: str) -> AsyncIterator[WebFetcher]:
    policy = EgressPolicy.parse(site.url.removeprefix("http://"))
    config = FetchConfig(policy=policy, browser_path=chromium, per_host_delay_s=0.0)
    async with open_fetcher(config, InlineOffload()) as opened:
        yield opened


@pytest.fixture
def opened(fetcher: WebFetcher, site) -> Open:
    @contextlib.asynccontextmanager
    async def opened(html: str, path: str = "/page", deadline_s: float = 60.0) -> AsyncGenerator[Interaction]:
        """A page of the site with this source, shown."""
        async with fetcher.interact("run", deadline_s) as hand:
            acted = await hand.do(Navigate(url=site.add(path, html)))
            assert acted.is_done, acted
            yield hand

    return opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gesture gives an element less time to become fit for it: here none ever does, and all of the time is spent."""
    monkeypatch.setattr("fetch.browser.gestures.READY_S", 2.0)


async def text(hand: Interaction, selector: str = "") -> str:
    acted = await hand.do(Extract(selector=selector))
    assert acted.page is not None, acted
    return acted.page.text


FORM = """<body><p id=said></p><form onsubmit="return false">
<input id=name value=old oninput="said.textContent = 'typed ' + value"
onkeydown="if (event.key === 'Enter') said.textContent = 'entered'">
<select id=size onchange="said.textContent = 'size ' + value">
<option value=s>Small<option value=l>Large</select>
<button id=go type=button onclick="said.textContent = 'clicked'">Go</button>
<b id=tip onmouseenter="said.textContent = 'hovered'">?</b></form>"""


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Click(selector="#go"), "clicked"),
        (Type(selector="#name", text="Ann"), "typed Ann"),
        (Select(selector="#size", value="l"), "size l"),
        (Select(selector="#size", value="Large"), "size l"),
        (Hover(selector="#tip"), "hovered"),
        (Press(selector="#name", key="Enter"), "entered"),
    ],
)
async def test_a_step_has_its_effect(opened: Open, step: Step, said: str) -> None:
    async with opened(FORM) as hand:
        acted = await hand.do(step)
        assert (acted.outcome, acted.has_navigated) == (StepOutcome.DONE, False)
        assert await text(hand, "#said") == said


BAD = """<body><p>here</p><button id=off disabled>Off</button><button id=hidden style="display:none">Hidden</button>
<div style="position:fixed;inset:0;z-index:9"></div><button id=under>Under</button><input id=age type=number>
<select id=size><option>S</select>"""


@pytest.mark.parametrize(
    ("step", "outcome", "why"),
    [
        (Wait(selector="#none", timeout_ms=300), StepOutcome.NOT_FOUND, "#none"),
        (Click(selector="#off"), StepOutcome.NOT_INTERACTABLE, "disabled"),
        (Click(selector="#hidden"), StepOutcome.NOT_INTERACTABLE, "seen"),
        (Click(selector="#under"), StepOutcome.NOT_INTERACTABLE, "covers"),
        (Type(selector="p", text="x"), StepOutcome.NOT_INTERACTABLE, "text"),
        (Type(selector="#age", text="my secret"), StepOutcome.NOT_INTERACTABLE, "text"),
        (Select(selector="#size", value="XXL"), StepOutcome.NOT_INTERACTABLE, "no such option"),
        (Press(key="NoSuchKey"), StepOutcome.UNSUPPORTED, "key"),
        (Click(selector="a[["), StepOutcome.UNSUPPORTED, "selector"),
        (Extract(selector="???"), StepOutcome.UNSUPPORTED, "selector"),
    ],
)
@pytest.mark.usefixtures("impatient")
async def test_a_step_in_vain_says_how_it_failed(opened: Open, step: Step, outcome: StepOutcome, why: str) -> None:
    async with opened(BAD) as hand:
        acted = await hand.do(step)
        assert (acted.outcome, why in acted.detail) == (outcome, True), acted
        assert "my secret" not in acted.detail
        assert "here" in await text(hand)


async def test_a_step_after_a_failed_one_still_works_on_the_page(opened: Open) -> None:
    async with opened(FORM) as hand:
        assert not (await hand.do(Wait(selector="#none", timeout_ms=200))).is_done
        assert (await hand.do(Click(selector="#go"))).is_done
        assert await text(hand, "#said") == "clicked"


async def test_a_click_that_navigates_waits_for_the_page_it_leads_to(opened: Open, site) -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.6)
        return web.Response(text="<title>Second</title><p>arrived</p>", content_type="text/html")

    site.add("/slow", slow)
    async with opened("<a id=on target=_blank href=/slow>on</a>") as hand:
        acted = await hand.do(Click(selector="#on"))
        assert (acted.outcome, acted.has_navigated) == (StepOutcome.DONE, True)
        page = (await hand.do(Extract())).page
        assert page is not None
        assert (page.text, page.title, page.final_url) == ("arrived", "Second", f"{site.url}/slow")


async def test_a_click_that_draws_later_is_waited_for(opened: Open, site) -> None:
    async def data(request: web.Request) -> web.Response:
        return web.json_response({"said": "from the net"})

    site.add("/data", data)
    script = "fetch('/data').then(r => r.json()).then(d => { list.innerHTML = '<li>' + d.said })"
    async with opened(f'<button onclick="{script}">more</button><ul id=list></ul>') as hand:
        await hand.do(Click(selector="button"))
        page = (await hand.do(Extract())).page
        assert page is not None
        assert "from the net" in page.text
        assert [response.body for response in page.responses] == ['{"said": "from the net"}']


@pytest.mark.parametrize(
    ("status", "outcome"), [(404, FetchOutcome.NOT_FOUND), (500, FetchOutcome.HTTP_ERROR), (403, FetchOutcome.BLOCKED)]
)
async def test_a_page_that_cannot_be_had_fails_the_step_that_led_to_it(opened: Open, site, status, outcome) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<p>no</p>", content_type="text/html")

    site.add("/no", answer)
    async with opened("<a href=/no>on</a>") as hand:
        acted = await hand.do(Click(selector="a"))
        assert (acted.outcome, acted.fetch_outcome) == (StepOutcome.NAVIGATION_FAILED, outcome)
        acted = await hand.do(Navigate(url=f"{site.url}/no"))
        assert (acted.outcome, acted.fetch_outcome) == (StepOutcome.NAVIGATION_FAILED, outcome)


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1:1/", "about:blank"]
)
async def test_an_unsafe_navigation_is_refused_in_the_middle(opened: Open, url: str) -> None:
    async with opened("<p>safe</p>") as hand:
        acted = await hand.do(Navigate(url=url))
        assert acted.outcome is StepOutcome.REFUSED
        assert await text(hand) == "safe"


async def test_a_click_on_an_unsafe_link_is_refused(opened: Open) -> None:
    async with opened("<a href='http://127.0.0.1:1/inside'>on</a>") as hand:
        acted = await hand.do(Click(selector="a"))
        assert acted.outcome is StepOutcome.REFUSED, acted


async def test_robots_hold_for_navigations_and_for_what_clicks_lead_to(fetcher: WebFetcher, site) -> None:
    async def robots(request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nDisallow: /private", content_type="text/plain")

    site.add("/private", "<p>private</p>")
    policy = EgressPolicy.parse(site.url.removeprefix("http://"))
    site.add("/robots.txt", robots)
    try:
        config = FetchConfig(policy=policy, browser_path=fetcher._browser.steered._path, per_host_delay_s=0.0)
        async with open_fetcher(config, InlineOffload()) as polite, polite.interact("run", 30) as hand:
            acted = await hand.do(Navigate(url=f"{site.url}/private"))
            assert acted.fetch_outcome is FetchOutcome.ROBOTS_DENIED
            assert (await hand.do(Navigate(url=site.add("/open", "<a href=/private>on</a>")))).is_done
            acted = await hand.do(Click(selector="a"))
            assert (acted.outcome, acted.fetch_outcome) == (
                StepOutcome.NAVIGATION_FAILED,
                FetchOutcome.ROBOTS_DENIED,
            )
    finally:
        del site.pages["/robots.txt"]


async def test_what_was_typed_in_secret_is_in_nothing_that_is_given_out(opened: Open, site) -> None:
    secret = "hunter two & three"
    site.add(
        "/in", "<p id=p></p><script>p.textContent = decodeURIComponent(location.search.replaceAll('+', ' '))</script>"
    )
    form = "<form action=/in><input name=password><button>in</button></form>"
    async with opened(form) as hand:
        assert (await hand.do(Type(selector="input", text=secret, secret=True))).is_done
        assert (await hand.do(Click(selector="button"))).has_navigated
        page = (await hand.do(Extract())).page
        assert page is not None
        told = f"{page.url} {page.final_url} {page.html} {page.text} {page.title}"
        assert "password=***" in page.final_url
        assert "hunter" not in told


async def test_the_cookies_of_one_interaction_are_not_seen_in_another(fetcher: WebFetcher, site) -> None:
    seen: list[str] = []

    async def page(request: web.Request) -> web.Response:
        seen.append(request.cookies.get("who", ""))
        response = web.Response(text="<p>hello</p>", content_type="text/html")
        response.set_cookie("who", "ann")
        return response

    url = site.add("/cookie", page)
    for _ in range(2):
        async with fetcher.interact("the same run", 30) as hand:
            await hand.do(Navigate(url=url))
            await hand.do(Navigate(url=url))
    assert seen == ["", "ann", "", "ann"]


async def test_pictures_are_of_what_is_seen_of_all_and_of_one_element(opened: Open) -> None:
    box = "<div id=box style='width:120px;height:80px;background:red'></div>"
    html = f"<body style='margin:0'>{box}<div style='height:40000px'>"
    async with opened(html) as hand:

        async def size(step: Screenshot) -> tuple[int, int]:
            acted = await hand.do(step)
            assert acted.is_done, acted
            return struct.unpack(">II", acted.png[16:24])

        assert await size(Screenshot()) == (1280, 900)
        assert (await size(Screenshot(full_page=True)))[1] == 16_384
        assert await size(Screenshot(selector="#box")) == (120, 80)
        assert (await hand.do(Wait(ms=10))).is_done


async def test_scrolling_loads_what_an_endless_list_holds_back(opened: Open) -> None:
    html = """<ul id=list></ul><div id=end style="height:10px"></div><script>
    let n = 0; const add = () => {
      for (let i = 0; i < 20; i++) list.insertAdjacentHTML('beforeend', `<li style="height:80px">row ${n++}`) };
    add();
    new IntersectionObserver(e => { if (e[0].isIntersecting && n < 60) setTimeout(add, 50) }).observe(end)</script>"""
    async with opened(html) as hand:
        assert "row 19" in await text(hand)
        turned = await hand.turn()
        assert turned.page is not None
        assert "row 39" in turned.page.text
        assert (await hand.do(Scroll(to=ScrollTo.BOTTOM))).is_done
        assert (await hand.do(Wait(selector="li:nth-child(60)"))).is_done
        assert (await hand.turn()).page is None


async def test_a_control_that_says_more_leads_on_until_it_is_gone(opened: Open) -> None:
    html = """<p id=page>page 1</p><button>About</button><button id=on onclick="
    page.textContent = 'page ' + (++n); if (n === 3) this.disabled = true">Next »</button><script>let n = 1</script>"""
    async with opened(html) as hand:
        texts = []
        while (page := (await hand.turn(words="next|more")).page) is not None:
            texts.append(page.text.split("\n")[0])
        assert texts == ["page 2", "page 3"]


# What a page does, and what becomes of: navigate, click, extract, screenshot.
# An endless script keeps a core busy for as long as it is let.
SPINNING = {"endless script on click", "endless script"}
HOSTILE = {
    "alert loop": ("<script>setInterval(() => alert(1), 1)</script>", "done timed_out done done"),
    "alert loop on click": (
        "<script>document.addEventListener('click', () => { while (1) alert(1) })</script>",
        "done timed_out done done",
    ),
    "endless script on click": (
        "<script>document.addEventListener('click', () => { while (1) {} })</script>",
        "done timed_out done done",
    ),
    "endless script": ("<script>onload = () => { while (1) {} }</script>", "done timed_out done done"),
    "self-navigation": (
        "<script>setInterval(() => { location.href = '/hostile?' + Math.random() }, 5)</script>",
        "(done|navigation_failed) timed_out done done",
    ),
    "closes itself": (
        "<script>document.addEventListener('click', () => window.close())</script>",
        "done done done done",
    ),
}


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_page_ends_typed_in_time_and_the_next_one_is_well(fetcher: WebFetcher, site, name: str) -> None:
    script, outcomes = HOSTILE[name]
    url = site.add("/hostile", f"<body><p>before</p><button>go</button>{script}")
    began = time.monotonic()
    told: list[Acted] = []
    async with fetcher.interact("hostile", 12.0 if name in SPINNING else 20.0) as hand:
        steps = (Navigate(url=url), Click(selector="button"), Extract(), Screenshot())
        told.extend([await hand.do(step) for step in steps])
    assert time.monotonic() - began < 40.0
    assert re.fullmatch(outcomes, " ".join(acted.outcome for acted in told)), told
    assert told[2].page is not None
    assert "before" in told[2].page.text
    async with fetcher.interact("good", 20.0) as hand:
        assert (await hand.do(Navigate(url=site.add("/well", "<p>all is well</p>")))).is_done
        assert await text(hand) == "all is well"


async def test_without_a_browser_it_is_said_how_to_get_one(site) -> None:
    policy = EgressPolicy.parse(site.url.removeprefix("http://"))
    async with open_fetcher(FetchConfig(policy=policy), InlineOffload()) as plain:
        with pytest.raises(CannotInteract, match="forage browser --install") as caught:
            async with plain.interact("run", 5):
                pass
    assert caught.value.outcome is FetchOutcome.BROWSER_UNAVAILABLE
