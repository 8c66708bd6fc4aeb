from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.errors import InvalidInput, NotConfigured, SearchUnavailable
from fetch.search.brave import BraveSearch
from fetch.search.chain import SearchConfig, open_search
from fetch.search.ddgs import DdgsSearch
from fetch.search.provider import ProviderBusy, ProviderGarbled, ProviderRefused, ProviderTimedOut, SearchProvider
from fetch.search.searxng import SearxngSearch
from fetch.search.tavily import TavilySearch

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """A search API on loopback that answers by `handler` and keeps what it was asked."""

    def __init__(self) -> None:
        self.handler: Handler = self.results
        self.asked: list[tuple[web.Request, bytes]] = []

    async def results(self, request: web.Request) -> web.StreamResponse:
        found = [
            {"url": "https://one.example/", "title": "One", "content": "first\n one", "description": "first one"},
            {"title": "has no url"},
            {"url": "https://two.example/a?utm_source=x", "title": None, "content": 3},
        ]
        body = {"results": found} if "res/v1" not in request.path else {"web": {"results": found}}
        return web.json_response(body)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request, await request.read()))
        return await self.handler(request)


@pytest.fixture
async def api() -> AsyncIterator[tuple[Api, str]]:
    api = Api()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.answer)
    async with TestServer(app) as server:
        yield api, str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def providers(session: aiohttp.ClientSession, url: str) -> list[SearchProvider]:
    return [
        SearxngSearch(session, url),
        BraveSearch(session, "the-brave-key", url),
        TavilySearch(session, "the-tavily-key", url),
    ]


async def test_every_hosted_provider_gives_the_usable_results(
    api: tuple[Api, str], session: aiohttp.ClientSession
) -> None:
    for provider in providers(session, api[1]):
        results = await provider.search("red shoes", 5, 5)
        assert [(r.url, r.rank, r.provider) for r in results] == [
            ("https://one.example/", 1, provider.name),
            ("https://two.example/a?utm_source=x", 2, provider.name),
        ]
        assert results[0].snippet == "first one"
        assert results[1].title == ""


async def test_each_is_asked_as_its_document_says(api: tuple[Api, str], session: aiohttp.ClientSession) -> None:
    for provider in providers(session, api[1]):
        await provider.search("red shoes", 5, 5)
    (searxng, _), (brave, _), (tavily, body) = api[0].asked
    assert (searxng.path, searxng.query["q"], searxng.query["format"]) == ("/search", "red shoes", "json")
    assert (brave.path, brave.query["q"], brave.query["count"]) == ("/res/v1/web/search", "red shoes", "5")
    assert brave.headers["X-Subscription-Token"] == "the-brave-key"
    assert (tavily.method, tavily.path) == ("POST", "/search")
    assert tavily.headers["Authorization"] == "Bearer the-tavily-key"
    assert json.loads(body)["query"] == "red shoes"


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (429, ProviderBusy),
        (503, ProviderBusy),
        (401, ProviderRefused),
        (403, ProviderRefused),
        (302, ProviderRefused),
        (500, ProviderGarbled),
    ],
)
async def test_a_status_becomes_a_typed_failure(
    api: tuple[Api, str], session: aiohttp.ClientSession, status: int, failure: type[Exception]
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Retry-After": "7", "Location": "/elsewhere"})

    api[0].handler = handler
    for provider in providers(session, api[1]):
        with pytest.raises(failure) as raised:
            await provider.search("x", 5, 5)
        assert "key" not in str(raised.value) or "-key" not in str(raised.value)
        if isinstance(raised.value, ProviderBusy):
            assert raised.value.retry_after_s == 7
    assert len(api[0].asked) == 3  # a redirect is not followed: the key stays here


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": 3, "web": {"results": "x"}}', b"\xff\xfe", b""])
async def test_an_answer_that_is_no_result_list_is_garbled(
    api: tuple[Api, str], session: aiohttp.ClientSession, body: bytes
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    api[0].handler = handler
    for provider in providers(session, api[1]):
        with pytest.raises(ProviderGarbled):
            await provider.search("x", 5, 5)


async def test_an_endless_answer_is_cut(api: tuple[Api, str], session: aiohttp.ClientSession) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65536)

    api[0].handler = handler
    with pytest.raises(ProviderGarbled, match="longer than"):
        await SearxngSearch(session, api[1]).search("x", 5, 10)


async def test_silence_ends_at_the_deadline(api: tuple[Api, str], session: aiohttp.ClientSession) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    api[0].handler = handler
    with pytest.raises(ProviderTimedOut):
        await SearxngSearch(session, api[1]).search("x", 5, 0.2)


async def test_nobody_listening_is_told_without_a_trace(session: aiohttp.ClientSession) -> None:
    with pytest.raises(ProviderTimedOut, match="cannot be reached"):
        await SearxngSearch(session, "http://127.0.0.1:1").search("x", 5, 5)


async def test_ddgs_leaves_by_the_door_and_a_shut_door_is_a_typed_failure() -> None:
    ddgs = DdgsSearch("http://127.0.0.1:1")
    try:
        with pytest.raises((ProviderGarbled, ProviderTimedOut)):
            await ddgs.search("x", 5, 15)
    finally:
        ddgs.close()


async def test_ddgs_without_a_door_is_refused() -> None:
    with pytest.raises(NotConfigured):
        async with open_search(SearchConfig(chain=("ddgs",)), None):
            pass


@pytest.mark.parametrize("name", ["searxng", "brave", "tavily", "fixed", "altavista"])
async def test_a_provider_without_its_setting_is_refused(name: str) -> None:
    with pytest.raises(NotConfigured, match=name):
        async with open_search(SearchConfig(chain=(name,)), None):
            pass


async def test_an_unreadable_fixed_list_is_refused(tmp_path: object) -> None:
    with pytest.raises(InvalidInput):
        async with open_search(SearchConfig(chain=("fixed",), fixed_urls=(f"{tmp_path}/none.json",)), None):
            pass


async def test_the_next_provider_answers_when_the_first_is_down_and_urls_become_canonical(api: tuple[Api, str]) -> None:
    config = SearchConfig(chain=("searxng", "brave"), searxng_url="http://127.0.0.1:1", brave_api_key="k")
    from msgspec.structs import replace

    async with open_search(replace(config, brave_url=api[1]), None) as chain:
        results = await chain.search("red shoes", 5)
        assert [result.url for result in results] == ["https://one.example/", "https://two.example/a"]
        assert [health.detail != "" for health in chain.health()] == [True, False]
        assert [health.name for health in await chain.check(2)] == ["searxng", "brave"]


async def test_all_down_names_each_failure() -> None:
    config = SearchConfig(chain=("searxng",), searxng_url="http://127.0.0.1:1")
    async with open_search(config, None) as chain:
        with pytest.raises(SearchUnavailable, match="searxng: cannot be reached"):
            await chain.search("x", 5)
