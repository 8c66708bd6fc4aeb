"""The request for a Target's document as a browser makes it: method, body and headers as its options say, and no step
further where redirects are not to be followed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from domain.bulk import BulkMethod, TargetOptions
from domain.errors import InvalidInput
from domain.urls import ParsedUrl, parse_url, site_of
from fetch.browser.process import STEP_S
from fetch.exchange import REDIRECTS

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_FORM = "application/x-www-form-urlencoded"
_EMPTY = base64.b64encode(b"<!DOCTYPE html><title></title>").decode()


class MainRequest:
    """Where requests of one page wait for our word. `redirect` is an answer that was not followed: status, headers."""

    def __init__(self, session: CDPSession, frame_id: str, home: ParsedUrl, options: TargetOptions) -> None:
        self._session, self._frame_id, self._home, self._options = session, frame_id, home, options
        self._is_asked = False
        self._answers: set[asyncio.Task[None]] = set()
        self.redirect: tuple[int, tuple[tuple[str, str], ...]] | None = None

    @property
    def _patterns(self) -> list[dict[str, str]]:
        options = self._options
        patterns = []
        if options.headers:
            patterns.append({"urlPattern": "*", "requestStage": "Request"})
        elif options.method is not BulkMethod.GET or options.forward_headers:
            patterns.append({"urlPattern": "*", "resourceType": "Document", "requestStage": "Request"})
        if options.disable_redirection:
            patterns.append({"urlPattern": "*", "resourceType": "Document", "requestStage": "Response"})
        return patterns

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        patterns = self._patterns
        if not patterns:
            yield
            return
        self._session.on("Fetch.requestPaused", self._paused)
        try:
            async with asyncio.timeout(STEP_S):
                await self._session.send("Fetch.enable", {"patterns": patterns})
            yield
        finally:
            self._session.remove_listener("Fetch.requestPaused", self._paused)
            for answer in self._answers:
                answer.cancel()
            self._answer("Fetch.disable", {})  # lets go of whatever still waits

    def _paused(self, told: dict[str, Any]) -> None:
        identity = {"requestId": told["requestId"]}
        is_main = told.get("resourceType") == "Document" and told.get("frameId") == self._frame_id
        if "responseStatusCode" in told or "responseErrorReason" in told:
            self._answered(told, identity, is_main=is_main)
            return
        changes: dict[str, Any] = {}
        is_first = is_main and not self._is_asked
        self._is_asked |= is_main
        options, request = self._options, told["request"]
        headers = self._headers(request, is_main=is_main)
        if is_first and options.method is not BulkMethod.GET:
            changes["method"] = options.method.value
            if options.method.has_body:
                changes["postData"] = base64.b64encode(options.body.encode()).decode()
                if not any(name.lower() == "content-type" for name in headers):
                    headers["Content-Type"] = _FORM
        if headers != request["headers"]:
            changes["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
        self._answer("Fetch.continueRequest", identity | changes)

    def _headers(self, request: dict[str, Any], *, is_main: bool) -> dict[str, str]:
        """The caller's own are for the Target's site alone: they may hold secrets."""
        own, given = dict(request["headers"]), dict(self._options.headers)
        names = {name.lower(): value for name, value in given.items()}
        if not self._is_home(request["url"]):
            # A redirect took them along.
            return {name: value for name, value in own.items() if names.get(name.lower()) != value}
        if is_main and self._options.forward_headers:
            return given
        return {name: value for name, value in own.items() if name.lower() not in names} | given

    def _answered(self, told: dict[str, Any], identity: dict[str, Any], *, is_main: bool) -> None:
        status = told.get("responseStatusCode", 0)
        headers = told.get("responseHeaders", ())
        if not (is_main and status in REDIRECTS and any(one["name"].lower() == "location" for one in headers)):
            self._answer("Fetch.continueRequest", identity)
            return
        self.redirect = status, tuple((one["name"], one["value"]) for one in headers)
        html = [{"name": "Content-Type", "value": "text/html"}]
        document = {"responseCode": 200, "responseHeaders": html, "body": _EMPTY}
        self._answer("Fetch.fulfillRequest", identity | document)

    def _is_home(self, url: str) -> bool:
        try:
            asked = parse_url(url)
        except InvalidInput:
            return False
        same = site_of(asked.href) == site_of(self._home.href)
        return same and (asked.scheme == self._home.scheme or asked.scheme == "https")

    def _answer(self, method: str, params: dict[str, Any]) -> None:
        async def quietly() -> None:
            from playwright.async_api import Error

            with contextlib.suppress(Error, TimeoutError):  # a request that was given up meanwhile
                async with asyncio.timeout(STEP_S):
                    await self._session.send(method, params)

        task = asyncio.get_running_loop().create_task(quietly())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)
