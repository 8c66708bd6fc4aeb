from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from domain.errors import InvalidInput, SearchUnavailable
from fetch.search.breaker import Breaker, BreakerState
from fetch.search.chain import SearchChain
from fetch.search.fixed import FixedEntry, FixedSearch, fixed_entries
from fetch.search.provider import Hit, ProviderBusy, ProviderGarbled, ProviderRefused, SearchResult, results_of


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Scripted:
    """A provider that answers, or fails, by its list; the last item stays."""

    def __init__(self, *script: list[str] | Exception, name: str = "scripted") -> None:
        self.name, self.script, self.calls = name, list(script), 0

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        self.calls += 1
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        return results_of([Hit(url) for url in step], provider=self.name, query=query, count=count)


class Silent:
    name = "silent"

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        await asyncio.sleep(60)
        return ()


async def test_results_that_are_no_web_page_or_come_twice_are_left_out() -> None:
    urls = [
        "https://a.example/#x",
        "https://a.example/",
        "ftp://a.example/",
        "javascript:alert(1)",
        "http://",
        "nonsense",
    ]
    results = await SearchChain((Scripted(urls),)).search("q", 10)
    assert [result.url for result in results] == ["https://a.example/"]


async def test_a_provider_that_knows_nothing_passes_the_question_on() -> None:
    first, second = Scripted([]), Scripted(["https://a.example/"])
    assert len(await SearchChain((first, second)).search("q", 10)) == 1


async def test_no_result_anywhere_is_an_answer_and_not_a_failure() -> None:
    assert await SearchChain((Scripted([]), Scripted(ProviderGarbled()))).search("q", 10) == ()


async def test_a_chain_of_none_is_unavailable() -> None:
    with pytest.raises(SearchUnavailable):
        await SearchChain(()).search("q", 10)


async def test_a_silent_provider_is_cut_at_the_deadline() -> None:
    with pytest.raises(SearchUnavailable, match="silent: no answer"):
        await SearchChain((Silent(),)).search("q", 10, deadline_s=0.1)


async def test_a_failing_provider_is_left_alone_and_then_probed_once() -> None:
    ticks = Ticks()
    failing, standby = Scripted(ProviderGarbled("bad"), name="failing"), Scripted(["https://a.example/"])
    chain = SearchChain((failing, standby), monotonic=ticks)
    for _ in range(6):
        await chain.search("q", 10)
    assert failing.calls == 3
    assert chain.health()[0].state is BreakerState.OPEN
    ticks.now += 16
    assert chain.health()[0].state is BreakerState.HALF_OPEN
    await chain.search("q", 10)
    await chain.search("q", 10)
    assert failing.calls == 4
    failing.script = [["https://b.example/"]]
    ticks.now += 31
    assert (await chain.search("q", 10))[0].url == "https://b.example/"
    assert chain.health()[0].state is BreakerState.CLOSED


async def test_a_wrong_key_rests_at_once_and_a_busy_provider_as_long_as_it_asks() -> None:
    ticks = Ticks()
    refused, busy = Scripted(ProviderRefused(), name="a"), Scripted(ProviderBusy(retry_after_s=90), name="b")
    chain = SearchChain((refused, busy, Scripted(["https://a.example/"])), monotonic=ticks)
    await chain.search("q", 10)
    await chain.search("q", 10)
    assert (refused.calls, busy.calls) == (1, 1)
    assert [round(health.rests_s) for health in chain.health()] == [300, 90, 0]


async def test_a_cancelled_probe_does_not_shut_its_provider_out() -> None:
    ticks = Ticks()
    breaker = Breaker(ticks)
    breaker.failed(at_least_s=1)
    ticks.now += 60
    assert breaker.admit()
    assert not breaker.admit()
    breaker.abandoned()
    assert breaker.admit()


async def test_rest_grows_and_has_an_end() -> None:
    ticks = Ticks()
    breaker = Breaker(ticks)
    rests = []
    for _ in range(12):
        breaker.failed(at_least_s=1)
        rests.append(breaker.rests_s)
        ticks.now += breaker.rests_s
    assert rests[:3] == [15, 30, 60]
    assert rests[-1] == 600


async def test_fixed_pages_are_ranked_by_the_words_they_share_with_the_query() -> None:
    shop = FixedEntry(url="https://shop.example/", title="Cycle shop", snippet="Bicycles and café racers")
    cafe = FixedEntry(url="https://cafe.example/", title="Café", snippet="coffee in Leeds")
    fixed = FixedSearch((shop, cafe))
    assert [r.url for r in await fixed.search("find all cafes in Leeds", 10, 5)] == [cafe.url, shop.url]
    assert [r.url for r in await fixed.search("the bicycle", 10, 5)] == [shop.url]
    assert await fixed.search("dentists", 10, 5) == ()


async def test_bare_fixed_urls_answer_every_query() -> None:
    fixed = FixedSearch(fixed_entries(("https://a.example/", "https://b.example/")))
    assert [r.url for r in await fixed.search("anything", 1, 5)] == ["https://a.example/"]


def test_a_file_of_fixed_pages_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pages.json"
    path.write_text(json.dumps([{"title": "A", "url": "https://a.example/", "snippet": "s"}]))
    assert fixed_entries((str(path),)) == (FixedEntry(url="https://a.example/", title="A", snippet="s"),)
    path.write_text('{"url": 3}')
    with pytest.raises(InvalidInput, match="not a list of pages"):
        fixed_entries((str(path),))
