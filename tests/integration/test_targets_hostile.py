"""Targets that mean harm, plain and in a browser: each ends in time with a typed outcome, and the others are well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

import pytest
import pytest_asyncio
from egress_support import Web, serving
from hostile_bodies import NAMES, add_bodies, path_of
from hostile_pages import SCRIPTS, VECTORS, Canary, listening_canary, vector
from hostile_urls import NAMES as INNER_NAMES
from hostile_urls import NUMERIC, SCHEMES, SPELLINGS

from domain.bulk import RenderOptions, TargetOptions, TargetResult
from domain.egress import EgressPolicy
from domain.pages import FetchOutcome
from fetch.fetcher import FetchConfig
from fetch.open import WebFetcher, open_fetcher
from fetch.targets.errand import Errand
from forage.browsers import find_browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIMEOUT_MS = 2_500
SLACK_MS = 30_000
AT_ONCE = 3
# Ways out that take the page along; all the others go on one page.
NAVIGATING = ("form", "location", "meta refresh")
OK, TIMED_OUT, CRASHED = FetchOutcome.OK, FetchOutcome.TIMED_OUT, FetchOutcome.PAGE_CRASHED
TOO_LARGE, UNREACHABLE = FetchOutcome.TOO_LARGE, FetchOutcome.UNREACHABLE
UNSAFE, UNSUPPORTED = FetchOutcome.UNSAFE_URL, FetchOutcome.UNSUPPORTED_CONTENT
# What is named in neither is shown as well as it can be. In a browser all may take longer than their time.
PLAIN = {
    **dict.fromkeys(("gzip bomb", "deflate bomb", "br bomb", "zstd bomb", "bomb in a bomb"), TOO_LARGE),
    **dict.fromkeys(("a length of 5 GB", "a head of 10 MB", "endless chunks"), TOO_LARGE),
    **dict.fromkeys(("cut off", "no HTTP", "nothing"), UNREACHABLE),
    **dict.fromkeys(("a drip", "silence"), TIMED_OUT),
    "redirects": FetchOutcome.TOO_MANY_REDIRECTS,
}
IN_A_BROWSER: dict[str, set[FetchOutcome]] = {
    **{name: {TOO_LARGE, CRASHED} for name in PLAIN if "bomb" in name},
    "a length of 5 GB": {TOO_LARGE, UNREACHABLE, OK},
    "a head of 10 MB": {TOO_LARGE, UNREACHABLE},
    "endless chunks": {TOO_LARGE, CRASHED},
    "cut off": {UNREACHABLE, OK},
    "no HTTP": {UNREACHABLE},
    "nothing": {UNREACHABLE},
    "a drip": set(),
    "silence": set(),
    "a million nodes": {OK, TOO_LARGE},
    "a download": {UNSUPPORTED},
    "redirects": {FetchOutcome.TOO_MANY_REDIRECTS},
    "100,000 deep": {OK, CRASHED},
    "a tower of elements": {OK, CRASHED},
    "deep shadow roots": {OK, CRASHED},
    "heap growth": {OK, CRASHED},
    "requests without end": {OK, CRASHED},
    "a document that closes itself": {OK, CRASHED},
}
# What the door says of an answer, and no browser has a better word for.
TOLD_BY_THE_DOOR = {"a head of 10 MB": TOO_LARGE, "no HTTP": UNREACHABLE, "nothing": UNREACHABLE}


class Place(NamedTuple):
    """Where tests happen: a site that may be asked, a canary that may not, and who asks."""

    web: Web
    canary: Canary
    fetcher: WebFetcher

    async def perform(self, url: str, *, is_rendered: bool, timeout_ms: int = TIMEOUT_MS) -> TargetResult:
        render = RenderOptions(block_resources=False) if is_rendered else None
        options = TargetOptions(disable_retry=True, timeout_ms=timeout_ms, retry_timeout_ms=timeout_ms, render=render)
        return (await self.fetcher.perform(url, options, Errand(scope="a"))).result


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place() -> AsyncIterator[Place]:
    path = find_browser()
    assert path is not None
    async with serving() as web, listening_canary() as canary:
        add_bodies(web)
        for status in (301, 302, 303, 307, 308):
            web.page(f"/to-canary/{status}", "", f"Location: http://{canary.host}/redirected", status=f"{status} Go")
        web.page("/to-canary/tls", "", f"Location: https://{canary.host}/redirected", status="302 Go")
        policy = EgressPolicy.parse(f"127.0.0.1:{web.port}")
        config = FetchConfig(
            policy=policy, browser_path=path, browser_pages=AT_ONCE + 1, per_host_delay_s=0.0, respect_robots=False
        )
        async with open_fetcher(config) as fetcher:
            yield Place(web, canary, fetcher)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rendered(place: Place) -> AsyncIterator[Mapping[str, asyncio.Task[TargetResult]]]:
    """All hostile pages in one browser, some at once, each while a calm page is asked for again and again."""
    turns = asyncio.Semaphore(AT_ONCE)
    paths = {name: path_of(name) for name in NAMES}
    for name, script in SCRIPTS.items():
        paths[name] = f"/script{path_of(name)}"
        place.web.page(paths[name], f"<body><p>before</p>{script}")
    staying = "".join(vector(name, place.canary) for name in VECTORS if name not in NAVIGATING)
    for name in ("staying", *NAVIGATING):
        paths[f"vector {name}"] = f"/vector{path_of(name)}"
        place.web.page(paths[f"vector {name}"], vector(name, place.canary) if name in VECTORS else staying)

    async def one(path: str) -> TargetResult:
        async with turns:
            return await place.perform(place.web.url(path), is_rendered=True)

    async def calm() -> TargetResult:
        while True:
            result = await place.perform(place.web.url("/well"), is_rendered=True, timeout_ms=60_000)
            if not result.ok or all(task.done() for task in tasks.values()):
                return result

    tasks = {name: asyncio.create_task(one(path)) for name, path in paths.items()}
    tasks["calm"] = asyncio.create_task(calm())
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_answer_is_an_outcome(place: Place, name: str) -> None:
    result = await place.perform(place.web.url(path_of(name)), is_rendered=False)
    assert result.outcome is PLAIN.get(name, OK), result.error
    assert result.ok or result.error
    assert result.elapsed_ms < TIMEOUT_MS + SLACK_MS
    well = await place.perform(place.web.url("/well"), is_rendered=False)
    assert b"all is well" in well.content


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, *SCRIPTS])
async def test_a_hostile_page_in_a_browser_is_an_outcome(
    rendered: Mapping[str, asyncio.Task[TargetResult]], name: str
) -> None:
    result = await rendered[name]
    assert result.outcome in {*IN_A_BROWSER.get(name, {OK}), TIMED_OUT}, result.error
    assert result.ok or result.error
    assert result.elapsed_ms < TIMEOUT_MS + SLACK_MS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["staying", *NAVIGATING])
async def test_no_way_out_of_a_rendered_target_leads_inside(
    rendered: Mapping[str, asyncio.Task[TargetResult]], place: Place, name: str
) -> None:
    result = await rendered[f"vector {name}"]
    assert result.outcome in {OK, UNSAFE, TIMED_OUT}, result.error
    assert (place.canary.tcp, place.canary.udp) == ([], 0)


@pytest.mark.parametrize("name", TOLD_BY_THE_DOOR)
async def test_what_the_door_cannot_read_is_no_unsafe_url(place: Place, name: str) -> None:
    result = await place.perform(place.web.url(path_of(name)), is_rendered=True, timeout_ms=30_000)
    assert result.outcome is TOLD_BY_THE_DOOR[name], result.error


@pytest.mark.slow
async def test_calm_pages_are_shown_in_between(rendered: Mapping[str, asyncio.Task[TargetResult]]) -> None:
    others = [task for name, task in rendered.items() if name != "calm"]
    await asyncio.gather(*others)
    result = await rendered["calm"] if rendered["calm"].done() else None
    assert result is None or result.ok


@pytest.mark.parametrize("is_rendered", [False, True], ids=["plain", "browser"])
async def test_a_redirect_inside_is_unsafe_and_nobody_is_met(place: Place, is_rendered: bool) -> None:
    for way in (301, 302, 303, 307, 308, "tls"):
        result = await place.perform(place.web.url(f"/to-canary/{way}"), is_rendered=is_rendered, timeout_ms=20_000)
        assert (result.outcome, result.content) == (UNSAFE, b"")
        assert str(place.canary.port) not in result.error
    assert place.canary.tcp == []


@pytest.mark.parametrize("is_rendered", [False, True], ids=["plain", "browser"])
async def test_what_leads_inside_by_its_spelling_is_never_asked(place: Place, is_rendered: bool) -> None:
    hosts = [f"http://{host}/" for host in (*NUMERIC.split(), *INNER_NAMES.split())]
    errors = set()
    for url in (*hosts, *SPELLINGS, *SCHEMES):
        result = await place.perform(url, is_rendered=is_rendered)
        assert result.outcome is UNSAFE, url[:80]
        errors.add(result.error)
    assert len(errors) == 1
