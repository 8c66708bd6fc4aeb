import asyncio
import socket
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
from lxml import html

from domain.errors import ForageError
from forage.demo.content import businesses, events, products
from forage.demo.search import find
from forage.demo.show import command_here
from forage.demo.web import DemoWeb, demo_web_in_background, open_demo_web


@pytest.fixture
async def demo() -> AsyncIterator[DemoWeb]:
    async with open_demo_web() as web:
        yield web


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def test_the_shop_leads_through_all_pages_by_its_next_links(demo, client):
    url, names = demo.origins["shop"] + "/kitchen", []
    while url:
        async with client.get(url) as answer:
            root = html.fromstring(await answer.text())
        root.make_links_absolute(url)
        names += [name.text_content() for name in root.find_class("product-name")]
        url = next(iter(root.xpath("//a[@rel='next']/@href")), "")
    assert sorted(names) == sorted(p.name for p in products())
    assert len(names) == 47


async def test_the_directories_overlap_and_spell_things_differently():
    dentists = businesses("dentists")
    both = [b for b in dentists if b.book and b.loop]
    assert [len([b for b in dentists if b.book]), len([b for b in dentists if b.loop]), len(both)] == [18, 15, 10]
    assert len({b.phone for b in dentists}) == len(dentists) == 23
    assert sum(b.book.name != b.loop.name for b in both) >= 6


def test_every_phone_number_is_one_that_is_kept_for_fiction():
    phones = [b.phone for trade in ("dentists", "coffee roasters") for b in businesses(trade)]
    assert all(p.startswith("55501") and len(p) == 7 for p in phones)


async def test_the_events_are_not_in_the_page_before_its_script_runs(demo, client):
    async with client.get(demo.origins["events"] + "/spring") as answer:
        text = await answer.text()
    assert not any(event.title in text for event in events())
    async with client.get(demo.origins["events"] + "/api/events") as answer:
        assert len((await answer.json())["events"]) == len(events())


@pytest.mark.parametrize(
    ("path", "status"),
    [("/top-dentists", 403), ("/dentist-reviews", 500), ("/dentist-deals", 302), ("/nowhere", 404)],
)
async def test_the_odd_site_fails_as_sites_do(demo, client, path, status):
    async with client.get(demo.origins["odd"] + path, allow_redirects=False) as answer:
        assert answer.status == status


async def test_the_slow_page_does_not_keep_the_web_from_stopping(client):
    async with asyncio.timeout(30), open_demo_web() as demo, client.get(demo.origins["odd"] + "/slow") as answer:
        assert await answer.content.readline()


def test_search_finds_both_directories_and_not_those_of_another_trade(demo_origins):
    urls = [hit.url for hit in find("Find dentists in Port Ellery with phone, email and hours", demo_origins)]
    assert {"book/dentists", "loop/find/dentists"} <= set(urls)
    assert not any("coffee" in url for url in urls)
    assert find("zebra crossings", demo_origins) == ()


@pytest.fixture
def demo_origins() -> dict[str, str]:
    return {key: key for key in ("shop", "book", "loop", "events", "press", "odd")}


async def test_search_answers_as_searxng_does(demo, client):
    async with client.get(demo.search_url + "/search", params={"q": "kitchen knives", "format": "json"}) as answer:
        told = await answer.json()
    assert {"url", "title", "content"} <= set(told["results"][0])
    assert told["results"][0]["url"].startswith(demo.origins["shop"])
    async with client.get(demo.search_url + "/search", params={"q": "kitchen"}) as answer:
        assert answer.status == 403, "a SearXNG without its JSON format turned on says 403"


def test_the_demo_tells_a_command_that_can_be_typed(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/forage").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_here() == "bin/forage"
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert command_here() == "forage"


def test_ports_that_are_taken_are_no_riddle():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ForageError, match="--port"),
        demo_web_in_background(taken.getsockname()[1]),
    ):
        pass
