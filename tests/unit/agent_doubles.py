"""A web, a search engine and a reader in memory, for tests of the goal run. A page's source is JSON that says what a
reader finds on it, so that these tests are about the run and not about reading."""

import asyncio
import datetime as dt
import hashlib
import json
from collections import Counter

from agent.extract.reading import PageReading, PageShape
from agent.state import InMemoryJournal, RunState, Tools
from domain.clock import SystemClock
from domain.errors import SearchUnavailable
from domain.evidence import Evidence, MatchKind, Method, Verdict
from domain.pages import FetchOutcome, Page, Via
from domain.records import Candidate, FieldValue
from domain.requests import GoalRequest
from domain.urls import canonical_url
from fetch.offload import InlineOffload
from fetch.search.provider import SearchResult


def listing(*records, next_url="", stated=None, shape="list", links=()):
    """The source of a page. A record is a dict of values; its `_detail` is the page about it."""
    return json.dumps({"records": records, "next": next_url, "stated": stated, "shape": shape, "links": links})


def detail(**values):
    return listing(values, shape="detail")


class InMemoryFetcher:
    """`pages`: URL -> source, or the outcome with which it fails. `slow`: URL -> seconds, or an event to wait for."""

    def __init__(self, pages, *, slow=None, sitemap=()):
        self.pages = {canonical_url(url): page for url, page in pages.items()}
        self.slow = {canonical_url(url): wait for url, wait in (slow or {}).items()}
        self.sitemap = tuple(sitemap)
        self.asked = []
        self.done = set()
        self.answered = asyncio.Event()
        self.at_once = Counter()
        self.most_at_once = 0

    async def fetch(self, request):
        self.asked.append(request.url)
        self.at_once["now"] += 1
        self.most_at_once = max(self.most_at_once, self.at_once["now"])
        try:
            wait = self.slow.get(request.url, 0)
            async with asyncio.timeout(request.deadline_s):
                await (wait.wait() if isinstance(wait, asyncio.Event) else asyncio.sleep(wait))
            page = self.pages.get(request.url, FetchOutcome.NOT_FOUND)
        except TimeoutError:
            page = FetchOutcome.TIMED_OUT
        finally:
            self.at_once["now"] -= 1
        self.done.add(request.url)
        self.answered.set()
        outcome = page if isinstance(page, FetchOutcome) else FetchOutcome.OK
        return Page(
            id=hashlib.sha256(request.url.encode()).hexdigest()[:32],
            url=request.url,
            final_url=request.url,
            outcome=outcome,
            via=Via.HTTP,
            fetched_at=dt.datetime.now(dt.UTC),
            html="" if isinstance(page, FetchOutcome) else page,
            text="" if isinstance(page, FetchOutcome) else page,
        )

    async def sitemap_urls(self, url, limit):
        return self.sitemap[:limit]


def read_json(page, ask):
    """A reader of `listing` pages: takes the place of the cascade."""
    try:
        told = json.loads(page.html)
    except ValueError:
        return PageReading()
    wanted = {field.name for field in ask.fields}
    candidates = tuple(
        candidate(page.url, position, page_id=page.id, **_asked(values, wanted))
        for position, values in enumerate(told["records"])
    )
    found = {name for each in candidates for name in each.fields}
    return PageReading(
        candidates=candidates,
        next_url=canonical_url(told["next"], page.url) if told["next"] else "",
        stated_count=told["stated"],
        missing=tuple(field.name for field in ask.fields if field.name not in found),
        shape=PageShape(told["shape"]),
    )


def _asked(values, wanted):
    return {name: value for name, value in values.items() if not wanted or name in wanted or name == "_detail"}


def candidate(
    url, position, *, page_id="page", _detail="", _method=Method.JSON_LD, _verdict=Verdict.SUPPORTED, **values
):
    return Candidate(
        page_id=page_id,
        url=url,
        position=position,
        detail_url=canonical_url(_detail, url) if _detail else "",
        fields={name: value_of(value, url, page_id, _method, _verdict) for name, value in values.items()},
    )


def value_of(value, url="http://a.test/", page_id="page", method=Method.JSON_LD, verdict=Verdict.SUPPORTED):
    evidence = Evidence(
        page_id=page_id,
        url=url,
        snapshot="0" * 64,
        method=method,
        quote=str(value),
        start=0,
        end=len(str(value)),
        match=MatchKind.EXACT,
        verdict=verdict,
    )
    return FieldValue(value=value, verdict=verdict, evidence=(evidence,), raw=str(value), confidence=0.8)


class InMemorySearch:
    """`results`: query -> URLs. A query that is not in it finds nothing; `down` makes all fail."""

    def __init__(self, results=(), *, down=False, everything=()):
        self.results, self.down, self.everything = dict(results), down, tuple(everything)
        self.asked = []

    async def search(self, query, count, deadline_s):
        self.asked.append((query, count))
        if self.down:
            raise SearchUnavailable("engine: no answer")
        urls = self.results.get(query, self.everything)[:count]
        return tuple(
            SearchResult(url=url, title="", snippet="", provider="memory", query=query, rank=rank)
            for rank, url in enumerate(urls, start=1)
        )


class SteppedClock:
    """Stands still unless moved."""

    def __init__(self):
        self.time = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def now(self):
        return self.time

    def move(self, seconds):
        self.time += dt.timedelta(seconds=seconds)


def tools(fetcher, search=None, *, models=None, clock=None):
    return Tools(fetcher=fetcher, search=search, models=models, offload=InlineOffload(), clock=clock or SystemClock())


def state(request, **known):
    return RunState(run_id="run", request=request, **known)


def values_of(records):
    return [record.values() for record in records]


__all__ = [
    "GoalRequest",
    "InMemoryFetcher",
    "InMemoryJournal",
    "InMemorySearch",
    "SteppedClock",
    "candidate",
    "detail",
    "listing",
    "read_json",
    "state",
    "tools",
    "value_of",
    "values_of",
]
