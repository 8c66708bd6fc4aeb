"""What a Target's options ask of a browser: how the page is requested, what is done on it, what is told of it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from targets_support import EchoSite, serving_echo

from domain.bulk import BulkDevice, BulkMethod, PlayAction, PlayKind, RenderOptions, TargetOptions, TargetResult
from domain.egress import EgressPolicy
from fetch.fetcher import FetchConfig
from fetch.open import WebFetcher, open_fetcher
from fetch.targets.errand import Errand
from forage.browsers import find_browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[EchoSite]:
    async with serving_echo() as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fetcher(site: EchoSite) -> AsyncIterator[WebFetcher]:
    path = find_browser()
    assert path is not None
    policy = EgressPolicy.parse(f"127.0.0.1:{site.port}")
    config = FetchConfig(policy=policy, browser_path=path, browser_pages=2, per_host_delay_s=0.0)
    async with open_fetcher(config) as opened:
        yield opened


async def performed(fetcher: WebFetcher, url: str, render: RenderOptions | None = None, **options) -> TargetResult:
    asked = TargetOptions(disable_retry=True, render=render or RenderOptions(), **options)
    return (await fetcher.perform(url, asked, Errand(scope="a"))).result


def size_of(picture: dict[str, str]) -> tuple[int, int]:
    png = base64.b64decode(picture["image"])
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


@pytest.mark.parametrize("method", [BulkMethod.POST, BulkMethod.PUT, BulkMethod.PATCH, BulkMethod.DELETE])
async def test_a_page_is_asked_for_by_any_method_with_its_body(
    fetcher: WebFetcher, site: EchoSite, method: BulkMethod
) -> None:
    result = await performed(fetcher, site.url(f"by-{method}"), method=method, body="a=1&b=ü")
    assert (result.error, result.status_code) == ("", 200)
    ((asked, headers, body),) = site.of(f"by-{method}")
    assert (asked, body) == (method.value, "a=1&b=ü")
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert "<pre>a=1&amp;b=ü</pre>" in result.content.decode()


async def test_a_head_request_is_one_and_shows_an_empty_page(fetcher: WebFetcher, site: EchoSite) -> None:
    result = await performed(fetcher, site.url("head"), method=BulkMethod.HEAD)
    assert (result.error, result.status_code) == ("", 200)
    ((asked, _, _),) = site.of("head")
    assert asked == "HEAD"
    assert b"HEAD /head" not in result.content


async def test_a_body_is_sent_once_and_a_303_is_followed_with_get(fetcher: WebFetcher, site: EchoSite) -> None:
    site.asked.clear()
    headers = (("Content-Type", "application/json"), ("X-Mine", "1"))
    result = await performed(fetcher, site.url("go/303"), method=BulkMethod.POST, body='{"a":1}', headers=headers)
    assert b"GET /landed" in result.content
    (first,), (second,) = site.of("go/303"), site.of("landed")
    assert (first[0], first[1]["content-type"], first[2]) == ("POST", "application/json", '{"a":1}')
    assert (second[0], second[2]) == ("GET", "")


async def test_forwarded_headers_replace_the_browsers_own(fetcher: WebFetcher, site: EchoSite) -> None:
    headers = (("X-Mine", "1"), ("User-Agent", "me/1"))
    await performed(fetcher, site.url("forwarded"), headers=headers, forward_headers=True, set_cookies="c=1")
    ((_, sent, _),) = site.of("forwarded")
    assert (sent["x-mine"], sent["user-agent"], sent["cookie"]) == ("1", "me/1", "c=1")
    # What Chromium's network stack adds to whatever it sends cannot be taken away.
    added = {"host", "connection", "accept", "accept-encoding", "cache-control", "pragma"}
    assert {name for name in sent if not name.startswith("sec-fetch-")} - added == {"x-mine", "user-agent", "cookie"}


async def test_a_redirect_is_told_and_not_followed_where_that_is_asked(fetcher: WebFetcher, site: EchoSite) -> None:
    site.asked.clear()
    render = RenderOptions(wait_selector="#never", custom_wait_ms=30_000)
    result = await performed(fetcher, site.url("go/302"), render, disable_redirection=True)
    assert (result.ok, result.status_code, result.content) == (True, 302, b"")
    told = {name.lower(): value for name, value in result.headers}
    assert (told["location"], told["x-hop"]) == ("/landed", "1")
    assert not {"connection", "content-length"} & set(told)
    assert not site.of("landed")
    straight = await performed(fetcher, site.url("page"), disable_redirection=True)
    assert b"GET /page" in straight.content


async def test_pictures_of_every_kind_come_together(fetcher: WebFetcher, site: EchoSite) -> None:
    render = RenderOptions(
        block_resources=False, screenshot=True, full_screenshot=True, particular_screenshot="#mark", return_json=True
    )
    told = msgspec.json.decode((await performed(fetcher, site.url("wide"), render)).content)
    kinds = [picture["type"] for picture in told["screenshots"]]
    assert kinds == ["Screenshot", "FullScreenshot", "ParticularScreenshot"]
    seen, full, mark = [size_of(picture) for picture in told["screenshots"]]
    assert seen[1] < full[1] >= 2500
    assert mark == (90, 40)


async def test_a_plain_screenshot_is_of_what_is_seen(fetcher: WebFetcher, site: EchoSite) -> None:
    render = RenderOptions(block_resources=False, screenshot=True)
    told = msgspec.json.decode((await performed(fetcher, site.url("wide"), render)).content)
    (picture,) = told["screenshots"]
    assert (picture["type"], size_of(picture)) == ("Screenshot", (1280, 900))
    assert set(told) == {"url", "statusCode", "content", "screenshots"}


async def test_words_of_a_websocket_are_told(fetcher: WebFetcher, site: EchoSite) -> None:
    render = RenderOptions(show_websocket_requests=True, wait_selector="#done")
    told = msgspec.json.decode((await performed(fetcher, site.url("talk"), render)).content)
    address = f"ws://127.0.0.1:{site.port}/socket"
    assert told["websocketRequests"] == [
        {"url": address, "type": "sent", "payload": "ping"},
        {"url": address, "type": "received", "payload": "heard ping"},
    ]


async def test_a_page_is_scrolled_sideways_and_waited_for_in_between(fetcher: WebFetcher, site: EchoSite) -> None:
    actions = (
        PlayAction(kind=PlayKind.WAIT_SELECTOR, selector="#late"),
        PlayAction(kind=PlayKind.SCROLL_X, amount=700),
        PlayAction(kind=PlayKind.EXECUTE, text="document.title = 'at ' + scrollX"),
    )
    render = RenderOptions(block_resources=False, play=actions)
    result = await performed(fetcher, site.url("wide"), render)
    assert (result.error, b"<title>at 700</title>" in result.content) == ("", True)
    never = (PlayAction(kind=PlayKind.WAIT_SELECTOR, selector="#never", timeout_ms=200),)
    failed = await performed(fetcher, site.url("wide"), RenderOptions(block_resources=False, play=never))
    assert failed.error.startswith("PlayWithBrowser[0] (WaitSelector)")


@pytest.mark.parametrize(
    ("device", "shown", "agent"),
    [
        (BulkDevice.DESKTOP, "1280 900 1 false", "Linux"),
        (BulkDevice.TABLET, "768 1024 2 true", "Android"),
    ],
)
async def test_a_device_has_its_own_screen(
    fetcher: WebFetcher, site: EchoSite, device: BulkDevice, shown: str, agent: str
) -> None:
    site.asked.clear()
    result = await performed(fetcher, site.url("screen"), device=device)
    assert f"<title>{shown}</title>" in result.content.decode()
    assert agent in site.of("screen")[0][1]["user-agent"]
