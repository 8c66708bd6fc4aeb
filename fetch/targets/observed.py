"""What a page says on the network while a Target is shown, for those who ask for it. Bounded."""

from __future__ import annotations

import asyncio
import fnmatch
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response, WebSocket

MAX_REQUESTS = 500
MAX_FRAMES = 500  # of all WebSockets together
MAX_MESSAGE = 65_536  # characters of one
QUIET_S = 0.5  # as Puppeteer's networkidle0 and networkidle2 have it
LOOK_S = 0.05


class NetworkRequest(msgspec.Struct, kw_only=True, rename="camel"):
    """One request of the page. `status` 0: it got no answer. `response_body` is of data that was JSON."""

    url: str
    method: str
    type: str
    status: int = 0
    request_headers: dict[str, str] = {}
    response_headers: dict[str, str] = {}
    response_body: str = ""


class Message(msgspec.Struct, frozen=True):
    """One message of a WebSocket. `type` is `sent` or `received`; one of bytes is told by its length alone."""

    url: str
    type: str
    payload: str


class Observed:
    """Listens to a page from its making on."""

    def __init__(self, page: Page) -> None:
        self.requests: list[NetworkRequest] = []
        self.messages: list[Message] = []
        self.urls: list[str] = []
        self._told: dict[Request, NetworkRequest] = {}
        self._under_way: set[Request] = set()
        self._news = asyncio.Event()
        page.on("request", self._began)
        page.on("response", self._answered)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)
        page.on("websocket", self._opened)

    async def idle(self, most: int) -> None:
        """Returns when no more than `most` requests have been under way for half a second; the deadline is the
        caller's."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        while True:
            if len(self._under_way) > most:
                since = loop.time()
            elif loop.time() - since >= QUIET_S:
                return
            await asyncio.sleep(LOOK_S)

    async def counted(self, pattern: str, number: int) -> None:
        """Returns when `number` requests have been made whose URL fits `pattern` (`*` for anything; empty: all)."""
        while self._count(pattern) < number:
            self._news.clear()
            await self._news.wait()

    def _count(self, pattern: str) -> int:
        return sum(1 for url in self.urls if not pattern or _fits(url, pattern))

    def _began(self, request: Request) -> None:
        self._under_way.add(request)
        if len(self.urls) >= MAX_REQUESTS:
            return
        self.urls.append(request.url)
        self._news.set()
        told = NetworkRequest(url=request.url, method=request.method, type=request.resource_type)
        told.request_headers = dict(request.headers)
        self._told[request] = told
        self.requests.append(told)

    def _answered(self, response: Response) -> None:
        if told := self._told.get(response.request):
            told.status = response.status
            told.response_headers = dict(response.headers)

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)

    def _opened(self, socket: WebSocket) -> None:
        def note(kind: str, payload: str | bytes) -> None:
            if len(self.messages) < MAX_FRAMES:
                text = payload[:MAX_MESSAGE] if isinstance(payload, str) else f"{len(payload)} bytes"
                self.messages.append(Message(socket.url, kind, text))

        socket.on("framesent", lambda payload: note("sent", payload))
        socket.on("framereceived", lambda payload: note("received", payload))


def _fits(url: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(url, pattern) if "*" in pattern else pattern in url
