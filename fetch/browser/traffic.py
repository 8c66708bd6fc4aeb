"""What a page asks of the network while it is visited: what is still under way, and the JSON that came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from domain.errors import InvalidInput
from domain.pages import CapturedResponse, Posted
from domain.urls import parse_url
from fetch.content_types import media_type
from fetch.link_header import next_link
from fetch.questions import MAX_POSTED

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response

MAX_REQUESTS = 1500  # of one visit; heavy pages make 300
MAX_DOCUMENTS = 12  # redirects by script of one visit; a login dance takes four
MAX_RESPONSES = 40
FORBIDDEN = 403
ABORTED = "net::ERR_ABORTED"
MAX_RESPONSE_CHARACTERS = 2_000_000
MAX_RESPONSES_CHARACTERS = 8_000_000
BODY_S = 2.0

DATA = frozenset({"xhr", "fetch"})
AWAITED = DATA | {"document", "script"}  # what can still change the page's elements; pictures and styles do not
# Of data requests: the last two are what APIs send whose authors never set a type.
JSON_TYPES = ("json", "text/plain", "javascript")


class Traffic:
    """The requests of one visit. `on_flood` is called when there are more than a page has reason to make."""

    def __init__(self, page: Page, on_flood: Callable[[], None]) -> None:
        self._page, self._on_flood = page, on_flood
        self._under_way: set[Request] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._reads: dict[asyncio.Task[CapturedResponse | None], None] = {}  # a set that keeps its order
        self.main: Request | None = None  # the newest request for the page's own document
        self._answered: Response | None = None  # the answer to an earlier one
        self._documents = 0
        self.cut_off = asyncio.Event()  # the page's own document: its answer began, and broke off
        self.unanswered: set[tuple[str, int]] = set()  # host and port of data that was not to be had
        self.begun = 0
        self.has_data = False

    def began(self, request: Request) -> None:
        self.begun += 1
        if self.begun == MAX_REQUESTS:
            self._on_flood()
        if self._is_main(request):
            # What the document before asked for is nobody's concern any more.
            self._under_way.clear()
            self._answered, self.main = self.main_response, request
            self.cut_off.clear()
            self._documents += request.redirected_from is None
            if self._documents == MAX_DOCUMENTS:
                self._on_flood()
        kind = request.resource_type
        self.has_data |= kind in DATA
        if kind in AWAITED and self.begun < MAX_REQUESTS:
            self._under_way.add(request)
            self._idle.clear()

    def ended(self, request: Request, *, ok: bool) -> None:
        self._under_way.discard(request)
        if not self._under_way:
            self._idle.set()
        if request is self.main and not ok and self._has_begun(request):
            self.cut_off.set()
        if request.resource_type not in DATA:
            return
        if self._is_unanswered(request, ok=ok) and len(self.unanswered) < MAX_RESPONSES:
            self.unanswered |= _door_of(request.url)
        if ok and len(self._reads) < MAX_RESPONSES:
            self._reads[asyncio.get_running_loop().create_task(_json_body(request))] = None

    def go_on_from(self, earlier: Traffic) -> None:
        """Takes over the document that is shown. What was under way before is waited for no longer."""
        self.main, self._answered = earlier.main, earlier.main_response

    @property
    def is_navigating(self) -> bool:
        """Whether the document asked for last is still to come."""
        return self.main in self._under_way

    @property
    def has_failed_document(self) -> bool:
        """Whether a document that was asked for did not come."""
        return self._documents > 0 and self.main is not None and self.main.failure is not None

    def _is_unanswered(self, request: Request, *, ok: bool) -> bool:
        """The egress proxy answers 403 for what it lets nobody ask, where the browser does not keep that from us."""
        return not ok or (request.existing_response is not None and request.existing_response.status == FORBIDDEN)

    def _has_begun(self, request: Request) -> bool:
        """One that the browser itself gave up, say for a download, or for another page, shows nothing."""
        return request.existing_response is not None and request.failure != ABORTED

    def _is_main(self, request: Request) -> bool:
        from playwright.async_api import Error

        with contextlib.suppress(Error):  # a request of a frame that is gone by now
            return request.is_navigation_request() and request.frame == self._page.main_frame
        return False

    @property
    def main_response(self) -> Response | None:
        """The answer that the document shown came with."""
        return (self.main.existing_response if self.main else None) or self._answered

    async def idle(self, seconds: float) -> None:
        """Returns when nothing awaited is under way, or after `seconds`."""
        if not self._idle.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), seconds)

    @property
    def is_idle(self) -> bool:
        return self._idle.is_set()

    async def responses(self) -> tuple[CapturedResponse, ...]:
        """The JSON that came, in the order in which it was complete, within the bounds."""
        if not self._reads:
            return ()
        done, _ = await asyncio.wait(self._reads, timeout=BODY_S)
        bodies = [body for read in self._reads if read in done and (body := read.result())]
        kept, room = [], MAX_RESPONSES_CHARACTERS
        for captured in bodies:
            room -= len(captured.body)
            if room < 0:
                break
            kept.append(captured)
        return tuple(kept)

    def close(self) -> None:
        for read in self._reads:
            read.cancel()


def _door_of(url: str) -> set[tuple[str, int]]:
    try:
        parsed = parse_url(url)
    except InvalidInput:
        return set()
    return {(parsed.host, parsed.port)}


async def _json_body(request: Request) -> CapturedResponse | None:
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(BODY_S):
            response = await request.response()
            if response is None or not any(name in response.headers.get("content-type", "") for name in JSON_TYPES):
                return None
            if (await request.sizes())["responseBodySize"] > MAX_RESPONSE_CHARACTERS:
                return None
            body = await response.text()
    except (Error, TimeoutError, UnicodeDecodeError):  # gone with its document, or not text
        return None
    if len(body) > MAX_RESPONSE_CHARACTERS or not body.lstrip().startswith(("{", "[")):
        return None
    following = next_link(response.headers.get("link", ""), request.url)
    return CapturedResponse(url=request.url, body=body, posted=_posted(request), following=following)


def _posted(request: Request) -> Posted | None:
    """None of what is asked by GET. One that sends what is no text, or is of another method, is told as empty."""
    if request.method == "GET":
        return None
    try:
        body = request.post_data if request.method == "POST" else None
    except UnicodeDecodeError:
        body = None
    kind = media_type(request.headers.get("content-type", "")) if body else ""
    return Posted(body=(body or "")[: MAX_POSTED + 1], content_type=kind)
