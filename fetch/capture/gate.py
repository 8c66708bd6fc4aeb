"""What a page's requests are changed to on their way, where a picture asks for that: a document of the caller's own,
the caller's headers for the page's own origin, nothing for advertisements."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import msgspec

from domain.errors import InvalidInput
from domain.urls import parse_url
from fetch.browser.process import STEP_S
from fetch.capture.ads import AdFilter

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

# A name that can never be anyone's. Not https: the caller's document may show pictures that come by http.
HTML_URL = "http://html.invalid/"
MAX_BLOCKED = 2_000  # addresses of one page that are remembered to hide what is left of them
_ANSWER_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """`html` answers for HTML_URL. `headers` are sent to the origin of `page_url` and to no other."""

    page_url: str
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    ads: AdFilter | None = None

    @property
    def is_any(self) -> bool:
        return bool(self.html or self.headers or self.ads)


class Gate:
    """The requests of one page while its picture is taken. `blocked` are the addresses that were not let through."""

    def __init__(self, session: CDPSession, changes: Changes) -> None:
        self._session, self._changes = session, changes
        self._origin = parse_url(changes.page_url).origin
        self._main_frame = ""
        self._answers: set[asyncio.Task[None]] = set()
        self.blocked: dict[str, None] = {}  # a set that keeps its order

    @contextlib.asynccontextmanager
    async def watching(self, main_frame: str) -> AsyncGenerator[Gate]:
        """While this lasts requests wait for our word."""
        if not self._changes.is_any:
            yield self
            return
        self._main_frame = main_frame
        everything = self._changes.headers or self._changes.ads
        pattern = "*" if everything else f"{HTML_URL}*"
        self._session.on("Fetch.requestPaused", self._paused)
        try:
            async with asyncio.timeout(STEP_S):
                await self._session.send("Fetch.enable", {"patterns": [{"urlPattern": pattern}]})
            yield self
        finally:
            self._session.remove_listener("Fetch.requestPaused", self._paused)
            for answer in self._answers:
                answer.cancel()
            self._answer("Fetch.disable", {})  # lets go of whatever still waits

    def _paused(self, told: dict[str, Any]) -> None:
        request, identity = told["request"], {"requestId": told["requestId"]}
        url, changes = request["url"], self._changes
        if changes.html and url.startswith(HTML_URL):
            self._answer("Fetch.fulfillRequest", identity | self._document(url))
        elif self._is_ad(url, told):
            if len(self.blocked) < MAX_BLOCKED:
                self.blocked[url] = None
            self._answer("Fetch.failRequest", identity | {"errorReason": "BlockedByClient"})
        elif changes.headers:
            headers = with_headers(request["headers"], changes.headers, is_home=self._is_home(url))
            listed = [{"name": name, "value": value} for name, value in headers.items()]
            self._answer("Fetch.continueRequest", identity | {"headers": listed})
        else:
            self._answer("Fetch.continueRequest", identity)

    def _document(self, url: str) -> dict[str, Any]:
        found = url.split("?")[0].split("#")[0] == HTML_URL
        return {
            "responseCode": 200 if found else 404,
            "responseHeaders": [{"name": name, "value": value} for name, value in _ANSWER_HEADERS],
            "body": base64.b64encode(self._changes.html.encode("utf-8", "replace") if found else b"").decode(),
        }

    def _is_ad(self, url: str, told: dict[str, Any]) -> bool:
        kind = told.get("resourceType", "Other")
        if self._changes.ads is None or (kind == "Document" and told.get("frameId") == self._main_frame):
            return False
        return self._changes.ads.blocks(url, self._changes.page_url, kind)

    def _is_home(self, url: str) -> bool:
        try:
            return parse_url(url).origin == self._origin
        except InvalidInput:
            return False

    def _answer(self, method: str, params: dict[str, Any]) -> None:
        async def quietly() -> None:
            from playwright.async_api import Error

            with contextlib.suppress(Error, TimeoutError):  # a request that was given up meanwhile
                async with asyncio.timeout(STEP_S):
                    await self._session.send(method, params)

        task = asyncio.get_running_loop().create_task(quietly())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


def with_headers(own: dict[str, str], given: tuple[tuple[str, str], ...], *, is_home: bool) -> dict[str, str]:
    """A request's headers with those that were given; elsewhere than at home without them, where a redirect took them
    along."""
    names = {name.lower(): value for name, value in given}
    if is_home:
        return {name: value for name, value in own.items() if name.lower() not in names} | dict(given)
    return {name: value for name, value in own.items() if names.get(name.lower()) != value}
