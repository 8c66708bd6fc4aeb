"""One browser page, steered step by step: the guarantees of a visit, kept over many of them.

Every step ends within its deadline with a typed outcome, whatever the page does; every navigation keeps to robots.txt
and to its host's pace; what was typed in secret is in nothing that is given out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from html import escape
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

from msgspec.structs import replace

from domain.actions import (
    Click,
    Extract,
    Hover,
    Navigate,
    Paginate,
    Press,
    Screenshot,
    Scroll,
    ScrollTo,
    Select,
    Step,
    StepOutcome,
    Type,
    Wait,
)
from domain.egress import EgressPolicy, check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.pages import CapturedResponse, FetchOutcome, Page
from domain.urls import ParsedUrl, is_http, parse_url
from fetch.browser.ending import Rendered
from fetch.browser.gestures import ELEMENT_S, READY_S, Gesture, StepFailed, control_that_says, found, perform, picture
from fetch.browser.process import BrowserDied, is_death
from fetch.browser.tab import Tab
from fetch.browser.visit import Document, ElementGone, Exhausted, Visit
from fetch.challenge import WallKind, find_wall
from fetch.exchange import ExchangeFailed
from fetch.interaction import Acted
from fetch.politeness import Politeness

NAVIGATE_S = 40.0  # a page as a browser shows it, with its host's pace before it
STEP_S = 30.0  # a gesture, and what it sets off
LEAST_SECRET = 4  # characters; shorter ones stand in any page by chance
HIDDEN = "***"
OPAQUE = "This URL may not be fetched."
# A consent dialog or a login is what steps are for; these let nobody past.
_BARRIERS = frozenset({WallKind.CHALLENGE, WallKind.CAPTCHA, WallKind.REFUSAL})
_MAY_LEAVE = (Click, Press, Select)  # gestures that may ask their host for another page


class Manners(Protocol):
    """What is known of hosts."""

    @property
    def politeness(self) -> Politeness: ...

    async def check_robots(self, url: ParsedUrl, deadline: float) -> None: ...


class Pages(Protocol):
    """What makes pages of what a browser showed."""

    def judged(self, rendered: Rendered) -> Rendered: ...

    def page_of(self, url: str, rendered: Rendered, began: float) -> Page: ...

    async def described(self, page: Page, ends: float) -> Page: ...


class BrowserInteraction:
    """A tab for as long as it is lent, until `ends` (loop time)."""

    def __init__(self, tab: Tab, pages: Pages, manners: Manners, policy: EgressPolicy, ends: float) -> None:
        self._tab, self._pages, self._manners, self._policy, self._ends = tab, pages, manners, policy, ends
        self._loop = asyncio.get_running_loop()
        self._responses: tuple[CapturedResponse, ...] = ()  # the JSON that came since the page was last read
        self._is_stopped = False  # the page's scripts did not end, and were stopped: nothing moves on it any more
        self._secrets: list[str] = []

    async def do(self, step: Step) -> Acted:
        """Never raises for what a page or the web does wrong: that is the outcome."""
        return await self._kept(self._done(step), _allowed_s(step))

    async def turn(self, selector: str = "", url: str = "", words: str = "") -> Acted:
        """See `Interaction.turn`."""
        return await self._kept(self._turned(selector, url, words), NAVIGATE_S + STEP_S)

    async def _kept(self, work: Coroutine[Any, Any, Acted], allowed_s: float) -> Acted:
        """The outcome of `work`, which takes no longer than it may."""
        from playwright.async_api import Error

        began = time.monotonic()
        try:
            async with asyncio.timeout_at(min(self._ends, self._loop.time() + allowed_s)):
                acted = await work
        except StepFailed as fault:
            acted = Acted(outcome=fault.outcome, detail=fault.message, fetch_outcome=fault.fetch_outcome)
        except TimeoutError:
            why = "The time for all steps is over." if self._loop.time() >= self._ends else "It did not end in time."
            acted = Acted(outcome=StepOutcome.TIMED_OUT, detail=why)
        except Exhausted as fault:
            acted = Acted(outcome=StepOutcome.TIMED_OUT, detail=fault.message)
        except ElementGone as fault:
            acted = Acted(outcome=StepOutcome.NOT_FOUND, detail=fault.message)
        except ExchangeFailed as fault:
            acted = _not_had(fault.outcome, fault.message)
        except BrowserDied:
            acted = Acted(outcome=StepOutcome.CRASHED, detail="The browser died on this page.")
        except Error as fault:
            acted = (
                Acted(outcome=StepOutcome.CRASHED, detail="The browser died on this page.")
                if is_death(fault.message)
                else Acted(outcome=StepOutcome.NOT_INTERACTABLE, detail="The browser could not do this on the page.")
            )
        return replace(acted, detail=self._without_secrets(acted.detail), elapsed_ms=_since(began))

    async def _done(self, step: Step) -> Acted:
        match step:
            case Navigate(url=url):
                return await self._navigate(url)
            case Extract(selector=selector):
                return Acted(outcome=StepOutcome.DONE, page=await self._read(selector))
            case Paginate():
                return Acted(outcome=StepOutcome.DONE, page=await self._read())
            case Screenshot():
                return Acted(outcome=StepOutcome.DONE, png=await picture(self._tab.go_on(), step))
            case Wait(ms=ms, selector=""):
                await self._tab.go_on().unless_halted(asyncio.sleep(ms / 1000))
                return Acted(outcome=StepOutcome.DONE)
            case Type(text=text, secret=True):
                self._secrets.append(text)
                return await self._gesture(step)
            case Click() | Type() | Select() | Press() | Hover() | Scroll() | Wait():
                return await self._gesture(step)

    # Going elsewhere

    async def _navigate(self, url: str) -> Acted:
        try:
            url = check_url(url, self._policy)
        except (UnsafeUrl, InvalidInput):
            raise StepFailed(StepOutcome.REFUSED, OPAQUE) from None
        parsed = parse_url(url)
        ends = min(self._ends, self._loop.time() + NAVIGATE_S)
        await self._manners.check_robots(parsed, ends)
        async with self._manners.politeness.gate(parsed.authority).turn(ends):
            visit = self._tab.go_on()
            # An earlier page whose scripts did not end has had them stopped.
            await visit.send("Emulation.setScriptExecutionDisabled", {"value": False})
            rendered = self._pages.judged(await visit.run(url, ends - self._loop.time()))
            if rendered.outcome is FetchOutcome.UNREACHABLE:
                raise ExchangeFailed(rendered.outcome, rendered.detail)  # the host's gate hears of it
        return await self._arrived(url, rendered, allowed=url)

    async def _arrived(self, url: str, rendered: Rendered, *, allowed: str = "") -> Acted:
        """Another document is there: whether it may be gone on with. `allowed` is the URL that robots.txt was asked
        about before."""
        self._responses, self._is_stopped = rendered.responses, rendered.is_spoiled
        page = self._pages.page_of(url, rendered, time.monotonic())
        if page.ok and page.final_url != allowed and is_http(page.final_url):
            await self._manners.check_robots(parse_url(page.final_url), self._ends)
        if page.ok:
            page = await self._described(page)
            wall = find_wall(page)
            if wall is not None and wall.kind in _BARRIERS:
                page = replace(page, outcome=FetchOutcome.BLOCKED, detail=wall.reason)
        if not page.ok:
            return replace(_not_had(page.outcome, page.detail), has_navigated=True)
        return Acted(outcome=StepOutcome.DONE, detail=page.detail, has_navigated=True)

    async def _gesture(self, gesture: Gesture) -> Acted:
        if self._is_stopped:
            raise StepFailed(StepOutcome.TIMED_OUT, "The page's scripts do not end, and were stopped.")
        visit = self._tab.go_on()
        before = await visit.document()
        if isinstance(gesture, _MAY_LEAVE) and is_http(before.url):
            gate = self._manners.politeness.gate(parse_url(before.url).authority)
            async with gate.turn(min(self._ends, self._loop.time() + STEP_S)):
                return await self._after(visit, gesture, before)
        return await self._after(visit, gesture, before)

    async def _after(self, visit: Visit, gesture: Gesture, before: Document) -> Acted:
        try:
            await perform(visit, gesture)
            await visit.rest()
            after = await visit.document()
            if after.loader == before.loader:
                if visit.traffic.has_failed_document:
                    return _not_had(FetchOutcome.UNSUPPORTED_CONTENT, "It led to no page: a download, say.")
                self._responses += await visit.traffic.responses()
                return Acted(outcome=StepOutcome.DONE)
            rendered = self._pages.judged(await visit.read(self._ends - self._loop.time(), is_fresh=True))
        finally:
            visit.traffic.close()
        return await self._arrived(after.url, rendered)

    # Reading

    async def _read(self, within: str = "") -> Page:
        began, visit = time.monotonic(), self._tab.go_on(within=within)
        if within and not self._is_stopped:
            await found(visit, within)
        left_s = min(self._ends - self._loop.time(), STEP_S)
        rendered = self._pages.judged(await visit.read(left_s, is_stopped=self._is_stopped))
        if rendered.outcome is FetchOutcome.TIMED_OUT:
            raise StepFailed(StepOutcome.TIMED_OUT, rendered.detail)
        shown = (await visit.document()).url
        # What is told of a part of the page is told by that part.
        responses = () if within else (*self._responses, *rendered.responses)
        self._responses = ()
        page = self._pages.page_of(shown, replace(rendered, final_url=shown, responses=responses), began)
        if not page.ok:
            raise StepFailed(StepOutcome.NAVIGATION_FAILED, page.detail, page.outcome)
        page = await self._described(self._hidden(replace(page, url=page.final_url)))
        wall = find_wall(page)
        if not page.ok:
            raise StepFailed(StepOutcome.NAVIGATION_FAILED, page.detail, page.outcome)
        if wall is not None and wall.kind in _BARRIERS:
            raise StepFailed(StepOutcome.NAVIGATION_FAILED, wall.reason, FetchOutcome.BLOCKED)
        return page

    async def _described(self, page: Page) -> Page:
        return await self._pages.described(page, time.monotonic() + max(1.0, self._ends - self._loop.time()))

    async def _turned(self, selector: str, url: str, words: str) -> Acted:
        visit = self._tab.go_on()
        before = await _looks_of(visit)
        if selector:
            matching = visit.page.locator(f"css={selector}").filter(visible=True).first
            if not await visit.unless_halted(matching.count()) or await visit.unless_halted(matching.is_disabled()):
                return Acted(outcome=StepOutcome.DONE)
            acted = await self._gesture(Click(selector=selector))
        elif url:
            acted = await self._navigate(url)
        elif words and (control := await control_that_says(visit, words)):
            acted = await self._gesture(Click(selector=control))
        else:
            acted = await self._gesture(Scroll(to=ScrollTo.BOTTOM))
        if not acted.is_done or await _looks_of(self._tab.go_on()) == before:
            return acted
        return replace(acted, page=await self._read())

    # Secrets

    def _hidden(self, page: Page) -> Page:
        """The page without what was typed in secret: scripts may write it into elements and addresses."""
        if not self._secrets:
            return page
        return replace(
            page,
            url=self._without_secrets(page.url),
            final_url=self._without_secrets(page.final_url),
            html=self._without_secrets(page.html),
            responses=tuple(
                CapturedResponse(url=self._without_secrets(one.url), body=self._without_secrets(one.body))
                for one in page.responses
            ),
        )

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            for spelling in {secret, escape(secret), quote(secret, safe=""), quote_plus(secret)}:
                if len(spelling) >= LEAST_SECRET:
                    text = text.replace(spelling, HIDDEN)
                elif spelling:
                    text = text.replace(f'value="{spelling}"', f'value="{HIDDEN}"')
                    text = text.replace(f"={spelling}&", f"={HIDDEN}&")
        return text


def _allowed_s(step: Step) -> float:
    match step:
        case Navigate():
            return NAVIGATE_S
        case Wait(ms=ms, selector=""):
            return ms / 1000 + READY_S
        case Wait(timeout_ms=timeout_ms):
            return timeout_ms / 1000 + STEP_S - ELEMENT_S
        case _:
            return STEP_S


def _not_had(outcome: FetchOutcome, detail: str) -> Acted:
    if outcome is FetchOutcome.UNSAFE_URL:
        return Acted(outcome=StepOutcome.REFUSED, detail=detail or OPAQUE, fetch_outcome=outcome)
    return Acted(outcome=StepOutcome.NAVIGATION_FAILED, detail=detail, fetch_outcome=outcome)


async def _looks_of(visit: Visit) -> tuple[str, str]:
    """Two of these differ where the page shows something else."""
    document = await visit.document()
    shown = "() => `${location.href} ${document.body ? document.body.innerText : ''}`"
    return document.loader, await visit.evaluate(shown, {}, str)


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
