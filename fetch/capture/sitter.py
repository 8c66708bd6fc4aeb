"""The page that is to hold still: what is asked of it, and what is done where it does not let us."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from fetch.browser.process import BrowserDied, is_death
from fetch.browser.visit import Exhausted, Visit

LOAD_S = 3.0  # where it went elsewhere
ROUNDS = 3  # of asking a page that went elsewhere meanwhile
ANSWER_S = 1.5  # a page whose scripts leave it any time answers within milliseconds
FRAME_MS = 1_000  # a page that may be drawn begins a frame within milliseconds
DRAWS = """(options) => new Promise((done) => {
  requestAnimationFrame(() => done(true));
  setTimeout(done, options.capMs, false);
})"""


class Sitter:
    """`ends` is in loop time: by then it is calm, one way or another. `notes` say what it did not allow; `is_calm`: its
    scripts were stopped."""

    def __init__(self, visit: Visit, ends: float) -> None:
        self._visit, self._ends = visit, ends
        self.notes: list[str] = []
        self.is_calm = False

    async def do(self, function: str, options: Mapping[str, object], cap_s: float) -> None:
        async with asyncio.timeout(cap_s):
            await self.evaluated(function, options, object)

    async def evaluated(self, function: str, options: Mapping[str, object], kind: Any) -> Any:
        """Like `Visit.evaluate`, again where the page went elsewhere meanwhile. Raises Exhausted where that goes on."""
        from playwright.async_api import Error

        for _ in range(ROUNDS):
            try:
                return await self._visit.evaluate(function, options, kind)
            except Error as fault:
                if is_death(fault.message):
                    raise BrowserDied from None
            with contextlib.suppress(Error):
                await self._visit.unless_halted(self._visit.page.wait_for_load_state("load", timeout=LOAD_S * 1_000))
        raise Exhausted("It goes elsewhere without end.")

    @contextlib.asynccontextmanager
    async def calmed(self, why: str) -> AsyncGenerator[None]:
        """A page that does not let us has its scripts stopped, and is shown as it is then."""
        try:
            async with asyncio.timeout_at(self._ends):
                yield
        except TimeoutError:
            if not await self.answers():
                await self.calm(f"{why} Its scripts were stopped.")
            else:
                self.notes.append(why)
        except Exhausted as fault:
            await self.calm(f"{fault.message} Its scripts were stopped.")

    async def calm(self, note: str) -> None:
        self.is_calm = True
        self.notes.append(note)
        from playwright.async_api import Error

        with contextlib.suppress(Error):  # on its way elsewhere
            await self._visit.calm()

    async def answers(self) -> bool:
        return await self._told("() => true", ANSWER_S, or_else=False)

    async def can_be_drawn(self) -> bool:
        """A page is not drawn before the style sheets of its head have come: they are waited for no longer. One without
        a body, because a script of its head has not come, is never drawn."""
        if await self._told(DRAWS, ANSWER_S + FRAME_MS / 1_000, or_else=True):
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self._visit.send("Page.stopLoading")
        return await self._told("() => document.body !== null", ANSWER_S, or_else=True)

    async def _told(self, function: str, cap_s: float, *, or_else: bool) -> bool:
        """What a page says, `or_else` where it does not."""
        from playwright.async_api import Error

        with contextlib.suppress(TimeoutError, Exhausted, Error):
            async with asyncio.timeout(cap_s):
                return await self._visit.evaluate(function, {"capMs": FRAME_MS}, bool)
        return or_else
