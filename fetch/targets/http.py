"""A Target over HTTP: as its options say, tried again over other proxies, redirects followed as browsers do."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from domain.bulk import BulkMethod, BulkOutput, TargetOptions, TargetResult
from domain.egress import EgressPolicy
from domain.errors import UnsafeUrl
from domain.ids import new_id
from domain.pages import FetchOutcome, Page, Via
from domain.proxies import Proxy
from domain.urls import ParsedUrl, site_of
from fetch.bodies import BodyCaps
from fetch.challenge import WallKind, find_wall
from fetch.charset import decode
from fetch.content_types import ContentKind, kind_of
from fetch.exchange import Answer, Ask, ExchangeFailed, Wants, percent_encoded
from fetch.http import MAX_REDIRECTS, HttpTier
from fetch.offload import Offloader
from fetch.targets.contents import Content, kept_headers, markdown, raw
from fetch.targets.devices import DEVICES
from fetch.targets.errand import Errand, Performed
from fetch.targets.retries import Try, Verdict, judge
from fetch.targets.tries import Work, checked, performed

if TYPE_CHECKING:
    from fetch.targets.upstream import Upstreams

MAX_WALL = 60_000  # bytes: walls are small pages
WALLS = frozenset({WallKind.CHALLENGE, WallKind.CAPTCHA, WallKind.REFUSAL})
ALL = Wants(caps=BodyCaps(), pages_only=False)


class HttpTargets:
    """Targets that need no browser. They leave by the door, or by an operator's proxy behind one."""

    def __init__(self, http: HttpTier, policy: EgressPolicy, upstreams: Upstreams, offload: Offloader) -> None:
        self._http = http
        self._policy = policy
        self._upstreams = upstreams
        self._offload = offload

    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed:
        """What came of it; never raises for what the web does wrong."""
        return await performed(target, options, errand, self._policy, self._upstreams, self._try)

    async def _try(self, work: Work, proxy: Proxy | None, number: int) -> tuple[TargetResult, Verdict]:
        loop = asyncio.get_running_loop()
        now = dt.datetime.now(dt.UTC)
        ends = min(work.deadline, loop.time() + work.options.retry_timeout_ms / 1000)
        try:
            door = await self._upstreams.door(proxy)
            answer = await self._follow(work, door, ends)
            wall = "" if work.options.transparent_response else _wall(answer, work.home)
            retry_after = answer.headers.get("Retry-After", "")
            ended = Try(number=number, status=answer.status, wall=wall, retry_after=retry_after)
            verdict = judge(work.options, ended, now)
            content = await self._content(work, answer)
        except ExchangeFailed as fault:
            verdict = judge(work.options, Try(number=number, outcome=fault.outcome), now)
            return TargetResult(outcome=fault.outcome, error=fault.message), verdict
        except UnsafeUrl as fault:
            return TargetResult(outcome=FetchOutcome.UNSAFE_URL, error=fault.message), Verdict(False)
        error = "" if verdict.is_good else (wall or f"The site answered with status {answer.status}.")
        result = TargetResult(
            outcome=FetchOutcome.OK if verdict.is_good else _outcome(answer.status, wall),
            status_code=answer.status,
            headers=kept_headers(answer.headers),
            content=content.body,
            is_binary=content.is_binary,
            error=error,
            bytes_received=answer.raw_size,
        )
        return result, verdict

    async def _content(self, work: Work, answer: Answer) -> Content:
        content_type = answer.headers.get("Content-Type", "")
        if work.options.output is BulkOutput.MARKDOWN:
            return await markdown(content_type, answer.body, answer.url.href, self._offload, work.deadline)
        return raw(content_type, answer.body)

    async def _follow(self, work: Work, door: str, ends: float) -> Answer:
        options, url = work.options, work.home
        method, body = options.method, options.body.encode() if options.method.has_body else b""
        for _ in range(MAX_REDIRECTS + 1):
            is_given = work.use_turn(asks_first=self._http.must_read_robots(url))
            await self._http.check_robots(url, ends)
            ask = Ask(
                url=url,
                method=method,
                headers=_headers(work, url, has_body=bool(body)),
                body=body,
                proxy_url=door,
            )
            async with self._http.politeness.gate(url.authority).turn(ends, is_given=is_given):
                answer = await self._http.exchange.send(ask, ends, ALL)
            work.cookies.keep(url, answer.headers.getall("Set-Cookie", ()))
            if answer.location is None or options.disable_redirection:
                return answer
            if _becomes_get(answer.status, method):
                method, body = BulkMethod.GET, b""
            url = self._redirected(answer.location, url)
        raise ExchangeFailed(FetchOutcome.TOO_MANY_REDIRECTS, f"It redirects more than {MAX_REDIRECTS} times.")

    def _redirected(self, location: str, url: ParsedUrl) -> ParsedUrl:
        try:
            return checked(percent_encoded(location), self._policy, base=url.href)
        except UnsafeUrl:
            raise UnsafeUrl("It redirects to a URL that may not be fetched.") from None


def _is_home(work: Work, url: ParsedUrl) -> bool:
    """Whether the caller's own headers are meant for this URL: they may hold secrets."""
    same = site_of(url.href) == site_of(work.home.href)
    return same and (url.scheme == work.home.scheme or url.scheme == "https")


def _headers(work: Work, url: ParsedUrl, *, has_body: bool) -> tuple[tuple[str, str], ...]:
    """The device's headers with the caller's in their place; the caller's alone where that is asked."""
    options = work.options
    given = options.headers if _is_home(work, url) else ()
    headers: dict[str, str] = {} if options.forward_headers else DEVICES[options.device].headers()
    _put_all(headers, dict(given))
    if has_body and not _has(headers, "content-type"):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if cookies := work.cookies.header(url):
        mine = next((name for name in headers if name.lower() == "cookie"), "Cookie")
        headers[mine] = f"{headers[mine]}; {cookies}" if mine in headers else cookies
    return tuple(headers.items())


def _put_all(headers: dict[str, str], given: Mapping[str, str]) -> None:
    for name, value in given.items():
        for other in [other for other in headers if other.lower() == name.lower()]:
            del headers[other]
        headers[name] = value


def _has(headers: Mapping[str, str], name: str) -> bool:
    return any(other.lower() == name for other in headers)


def _becomes_get(status: int, method: BulkMethod) -> bool:
    """As browsers have it (Fetch, HTTP-redirect fetch, step 12)."""
    if status == 303:
        return method not in {BulkMethod.GET, BulkMethod.HEAD}
    return status in {301, 302} and method is BulkMethod.POST


def _wall(answer: Answer, home: ParsedUrl) -> str:
    """What stands between us and the page, in a line for people; "" where nothing does that its source betrays."""
    content_type = answer.headers.get("Content-Type", "")
    if len(answer.body) > MAX_WALL or kind_of(content_type, answer.body) is not ContentKind.MARKUP:
        return ""
    page = Page(
        id=new_id(),
        url=home.href,
        final_url=answer.url.href,
        outcome=FetchOutcome.OK,
        via=Via.HTTP,
        fetched_at=dt.datetime.now(dt.UTC),
        status=answer.status,
        html=decode(answer.body, content_type),
    )
    wall = find_wall(page)
    return wall.reason if wall is not None and wall.kind in WALLS else ""


def _outcome(status: int, wall: str) -> FetchOutcome:
    return FetchOutcome.BLOCKED if wall or status in {401, 403, 429} else FetchOutcome.HTTP_ERROR
