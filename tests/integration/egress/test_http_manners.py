from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from egress_support import Call, Web

from domain.egress import EgressPolicy
from domain.pages import FetchOutcome, FetchRequest, Page
from fetch.egress.proxy import Door
from fetch.exchange import ExchangeFailed
from fetch.http import HttpConfig, HttpTier, open_http
from fetch.politeness import HostGate, Manners, retry_after_s
from fetch.robots import product_of

Get = Callable[..., Awaitable[Page]]

HTML = "<title>t</title><p>text"


def request(url: str, deadline_s: float = 5.0) -> FetchRequest:
    return FetchRequest(url=url, scope="s", deadline_s=deadline_s)


@pytest.fixture
async def polite(door: Door, policy: EgressPolicy) -> AsyncIterator[HttpTier]:
    async with open_http(door, policy) as opened:
        yield opened


# robots.txt


async def test_what_robots_txt_asks_to_leave_alone_is_not_asked_for(web: Web, polite: HttpTier) -> None:
    web.page("/robots.txt", "User-agent: *\nDisallow: /private\n\nUser-agent: Forage\nDisallow: /closed\nAllow: /")
    web.page("/private", HTML)
    web.page("/closed", HTML)
    assert (await polite.fetch(request(web.url("/closed/x")))).outcome is FetchOutcome.ROBOTS_DENIED
    assert (await polite.fetch(request(web.url("/private")))).ok
    assert web.paths() == ["/robots.txt", "/private"]


async def test_a_redirect_does_not_lead_around_robots_txt(web: Web, polite: HttpTier) -> None:
    web.page("/robots.txt", "User-agent: *\nDisallow: /closed")
    web.page("/", "", "Location: /closed", status="302 Found")
    assert (await polite.fetch(request(web.url()))).outcome is FetchOutcome.ROBOTS_DENIED


async def test_robots_txt_is_asked_once_for_many_pages_at_once(web: Web, polite: HttpTier) -> None:
    web.page("/robots.txt", "User-agent: *\nAllow: /")
    for n in range(8):
        web.page(f"/{n}", HTML)
    pages = await asyncio.gather(*(polite.fetch(request(web.url(f"/{n}"))) for n in range(8)))
    assert all(page.ok for page in pages)
    assert web.paths().count("/robots.txt") == 1


@pytest.mark.parametrize("status", ["404 Not Found", "401 X", "403 X", "410 X"])
async def test_a_site_without_robots_txt_has_no_rules(web: Web, polite: HttpTier, status: str) -> None:
    web.page("/robots.txt", "User-agent: *\nDisallow: /", status=status)
    web.page("/", HTML)
    assert (await polite.fetch(request(web.url()))).ok


async def test_a_site_whose_robots_txt_fails_is_left_alone(web: Web, polite: HttpTier) -> None:
    web.page("/robots.txt", "", status="500 Oops")
    web.page("/", HTML)
    assert (await polite.fetch(request(web.url()))).outcome is FetchOutcome.ROBOTS_DENIED
    assert web.paths() == ["/robots.txt"]


async def test_a_host_that_is_down_is_told_as_down_and_not_as_denied(polite: HttpTier, policy: EgressPolicy) -> None:
    page = await polite.fetch(request("http://nowhere.test/"))
    assert page.outcome is FetchOutcome.UNREACHABLE


async def test_robots_txt_that_redirects_inside_leads_nowhere(web: Web, polite: HttpTier) -> None:
    web.page("/robots.txt", "", "Location: http://169.254.169.254/", status="302 Found")
    web.page("/", HTML)
    assert (await polite.fetch(request(web.url()))).ok


async def test_a_robots_txt_without_end_is_read_as_far_as_the_standard_asks(web: Web, polite: HttpTier) -> None:
    web.page("/robots.txt", "User-agent: *\nDisallow: /closed\n" + "# filler\n" * 500_000)
    assert (await polite.fetch(request(web.url("/closed")))).outcome is FetchOutcome.ROBOTS_DENIED


async def test_robots_txt_that_does_not_come_costs_no_more_than_the_deadline(web: Web, polite: HttpTier) -> None:
    async def hang(call: Call) -> None:
        await call.reader.read()

    web.routes["/robots.txt"] = hang
    async with asyncio.timeout(30):
        assert (await polite.fetch(request(web.url(), 0.3))).outcome is FetchOutcome.TIMED_OUT


@pytest.mark.parametrize(
    ("user_agent", "product"),
    [
        ("Mozilla/5.0 (compatible; Forage/0.1)", "Forage"),
        ("Forage/0.1 (+https://forage.example/bot)", "Forage"),
        ("AcmeBot/2.0", "AcmeBot"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36", "Forage"),
        ("", "Forage"),
    ],
)
def test_the_name_for_robots_txt_is_the_one_that_is_told_to_sites(user_agent: str, product: str) -> None:
    assert product_of(user_agent) == product


# Turns


async def test_a_host_gets_no_more_requests_at_once_than_it_should(web: Web, door: Door, policy: EgressPolicy) -> None:
    now = most = 0

    async def slow(call: Call) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        await call.answer(HTML.encode())

    for n in range(12):
        web.routes[f"/{n}"] = slow
    config = HttpConfig(respect_robots=False, manners=Manners(at_once=3))
    async with open_http(door, policy, config) as tier:
        await asyncio.gather(*(tier.fetch(request(web.url(f"/{n}"))) for n in range(12)))
    assert most == 3


async def test_two_requests_to_a_host_start_apart(web: Web, door: Door, policy: EgressPolicy) -> None:
    web.page("/", HTML)
    started = asyncio.get_running_loop().time()
    config = HttpConfig(respect_robots=False, manners=Manners(delay_s=0.1))
    async with open_http(door, policy, config) as tier:
        await asyncio.gather(*(tier.fetch(request(web.url())) for _ in range(4)))
    assert asyncio.get_running_loop().time() - started >= 0.3


async def test_a_turn_that_would_come_too_late_is_not_waited_for(web: Web, door: Door, policy: EgressPolicy) -> None:
    web.page("/robots.txt", "User-agent: *\nCrawl-delay: 3600\n")
    web.page("/", HTML)
    async with open_http(door, policy) as tier:
        assert (await tier.fetch(request(web.url()))).ok
        async with asyncio.timeout(8):  # of the ten seconds that the turn is away
            assert (await tier.fetch(request(web.url(), 9.0))).outcome is FetchOutcome.TIMED_OUT
    assert web.paths().count("/") == 1


async def test_a_busy_server_is_asked_again_when_it_says(web: Web, get: Get) -> None:
    async def busy(call: Call) -> None:
        if web.paths().count("/") == 1:
            await call.answer(b"wait", "Retry-After: 0", status="503 Busy")
        else:
            await call.answer(HTML.encode())

    web.routes["/"] = busy
    assert (await get(web.url())).ok


async def test_a_busy_server_that_asks_for_long_is_left_alone(web: Web, get: Get) -> None:
    web.page("/a", "wait", "Retry-After: 3600", status="429 Too Many Requests")
    web.page("/b", "wait", "Retry-After: 8", status="429 Too Many Requests")
    async with asyncio.timeout(30):
        assert (await get(web.url("/a"))).outcome is FetchOutcome.BLOCKED
        assert (await get(web.url("/b"))).outcome is FetchOutcome.BLOCKED
    assert len(web.calls) == 2


async def test_a_server_that_stays_busy_is_asked_twice_and_no_more(web: Web, get: Get) -> None:
    web.page("/", "wait", "Retry-After: 0", status="503 Busy")
    assert (await get(web.url())).outcome is FetchOutcome.HTTP_ERROR
    assert len(web.calls) == 2


async def test_a_host_that_fails_again_and_again_is_left_alone(web: Web, door: Door, policy: EgressPolicy) -> None:
    web.raw("/", b"")
    config = HttpConfig(respect_robots=False, manners=Manners(failures=4))
    async with open_http(door, policy, config) as tier:
        outcomes = [(await tier.fetch(request(web.url()))).outcome for _ in range(5)]
    assert set(outcomes) == {FetchOutcome.UNREACHABLE}
    assert len(web.calls) == 4


async def test_one_success_after_the_rest_ends_it() -> None:
    gate = HostGate(Manners(failures=2, rest_s=0.0))
    deadline = asyncio.get_running_loop().time() + 5

    async def turn(*, fails: bool) -> None:
        async with gate.turn(deadline):
            if fails:
                raise ExchangeFailed(FetchOutcome.UNREACHABLE, "down")

    for fails in (True, True, True, False, True):
        if fails:
            with pytest.raises(ExchangeFailed, match="down"):
                await turn(fails=True)
        else:
            await turn(fails=False)
    await turn(fails=False)


async def test_a_cancelled_wait_gives_its_turn_back() -> None:
    gate = HostGate(Manners(at_once=1))
    loop = asyncio.get_running_loop()
    async with gate.turn(loop.time() + 5):
        waiting = asyncio.create_task(gate.turn(loop.time() + 5).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(ExchangeFailed):
            await gate.turn(loop.time() + 0.05).__aenter__()
    async with asyncio.timeout(30), gate.turn(loop.time() + 1):
        pass


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("5", 5.0), (" 0 ", 0.0), ("", None), ("soon", None), ("-5", None), ("9" * 400, 999_999_999.0)],
)
def test_a_retry_after_is_read_or_passed_over(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, dt.datetime.now(dt.UTC)) == seconds


def test_a_retry_after_may_be_a_date() -> None:
    now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    assert retry_after_s(email.utils.format_datetime(now + dt.timedelta(seconds=7)), now) == 7.0
    assert retry_after_s("Tue, 01 Jan 2019 00:00:00 GMT", now) == 0.0


# Sitemaps


def urlset(*locations: str) -> str:
    rows = "".join(f"<url><loc>{location}</loc><image:loc>http://x/i.png</image:loc></url>" for location in locations)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def index(*locations: str) -> str:
    rows = "".join(f"<sitemap><loc> {location} </loc></sitemap>" for location in locations)
    return f"<sitemapindex>{rows}</sitemapindex>"


async def test_sitemaps_are_found_by_robots_txt_through_indexes_and_gzip(web: Web, polite: HttpTier) -> None:
    web.page("/robots.txt", f"Sitemap: {web.url('/index.xml')}\nUser-agent: *\nAllow: /")
    web.page("/index.xml", index(web.url("/one.xml"), web.url("/two.xml.gz"), web.url("/index.xml"), web.url("/gone")))
    web.page(
        "/one.xml", urlset(web.url("/a?x=1&amp;y=2"), "http://other.example/", web.url("/b")), "Content-Type: text/xml"
    )
    packed = gzip.compress(urlset(web.url("/b"), "<![CDATA[" + web.url("/c") + "]]>", "nonsense").encode())
    web.page("/two.xml.gz", packed, "Content-Type: application/x-gzip")
    assert await polite.sitemap_urls(web.url("/somewhere"), 100) == tuple(
        web.url(path) for path in ("/a?x=1&y=2", "/b", "/c")
    )
    assert await polite.sitemap_urls(web.url(), 2) == (web.url("/a?x=1&y=2"), web.url("/b"))


async def test_a_sitemap_is_looked_for_at_its_usual_place(web: Web, polite: HttpTier) -> None:
    web.page("/sitemap.xml", f"{web.url('/a')}\n{web.url('/b')}\n", "Content-Type: text/plain")
    assert await polite.sitemap_urls(web.url(), 10) == (web.url("/a"), web.url("/b"))


@pytest.mark.parametrize(
    "body", ["", "<html>not found</html>", "<urlset>", "\0" * 100, index("http://169.254.169.254/")]
)
async def test_a_sitemap_that_says_nothing_gives_nothing(web: Web, polite: HttpTier, body: str) -> None:
    web.page("/sitemap.xml", body)
    assert await polite.sitemap_urls(web.url(), 10) == ()


async def test_sitemaps_without_end_are_read_so_far_and_no_further(web: Web, polite: HttpTier) -> None:
    async def endless(call: Call) -> None:
        base = call.path.partition("?")[0]
        deeper = (web.url(f"{base}?{call.path.partition('?')[2]}{n}") for n in range(50))
        await call.answer(index(*deeper).encode())

    web.routes["/sitemap.xml"] = endless
    async with asyncio.timeout(30):
        assert await polite.sitemap_urls(web.url(), 10) == ()
    assert len(web.calls) <= 25


async def test_entities_in_a_sitemap_do_not_expand(web: Web, polite: HttpTier) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    web.page("/sitemap.xml", bomb + urlset(web.url("/&b;"), web.url("/ok")))
    assert web.url("/ok") in await polite.sitemap_urls(web.url(), 10)


async def test_a_gzip_bomb_for_a_sitemap_is_read_so_far(web: Web, polite: HttpTier) -> None:
    web.page("/sitemap.xml", gzip.compress(urlset(web.url("/ok")).encode() + bytes(200_000_000)))
    assert await polite.sitemap_urls(web.url(), 10) == (web.url("/ok"),)
