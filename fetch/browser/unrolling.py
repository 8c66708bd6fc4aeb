"""Lists that show more of themselves when asked: by a button, or as somebody scrolls to their end.

A page is asked again as long as what it showed stays and something is added to it. One that puts its next rows in the
place of the others is left as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from domain.errors import ForageError
from domain.pages import Unrolled, UnrollEnd
from fetch.browser.process import is_death
from fetch.browser.snapshot import Snapshot
from fetch.more_words import MORE_WORDS

if TYPE_CHECKING:
    from fetch.browser.visit import Visit

MAX_ROUNDS = 40  # of asking; each takes a fifth of a second and what the site needs for its answer
UNROLL_S = 15.0
LATE_S = 0.3  # scripts that wait for the end of scrolling before they ask for more
MAX_STALE = 2  # rounds in a row that say nothing new: a list that goes round, or doubles itself
MAX_ELEMENTS = 40_000  # of a page that is asked for more: a browser dies of a few millions
MAX_SHOWN = 2_000_000  # characters of it that are seen
MAX_LINES = 300  # of what is shown, by which it is known again
LEAST_KEPT = 0.8  # of them: a counter and a button may say something else
UNROLL = files("fetch.browser").joinpath("unroll.js").read_text("utf-8").strip()
FRAMES = files("fetch.browser").joinpath("frames.js").read_text("utf-8").strip()


class Look(msgspec.Struct, frozen=True):
    """What a page shows in so many `distinct` lines, `kept` of those asked about among them; `act` is what was then
    done to it."""

    elements: int
    characters: int
    lines: tuple[str, ...]
    distinct: int
    kept: int
    act: str

    @property
    def is_large(self) -> bool:
        return self.elements > MAX_ELEMENTS or self.characters > MAX_SHOWN


class Unrolling(msgspec.Struct, frozen=True):
    """`unrolled` None: there was no more to be had. `is_spoiled`: the asking broke off, and took the tab with it."""

    snapshot: Snapshot
    unrolled: Unrolled | None
    is_spoiled: bool = False


async def with_frames(visit: Visit, opening: Coroutine[Any, Any, Snapshot]) -> Snapshot:
    """What `opening` gives, in a document whose scripts hear of frames though nothing is drawn. That document alone is
    told: the tab's next visit is another's. Where this fails, the tab is not used again."""
    try:
        await visit.send("Page.enable")
        framed = await visit.send("Page.addScriptToEvaluateOnNewDocument", {"source": FRAMES})
    except BaseException:
        opening.close()
        raise
    snapshot = await opening
    await visit.send("Page.removeScriptToEvaluateOnNewDocument", framed)
    await visit.send("Page.disable")
    return snapshot


async def unrolled(visit: Visit, first: Snapshot, seconds: float, last_s: float) -> Unrolling:
    """The page with all that it shows when asked for more, `first` being what it shows unasked. Asks for `seconds` at
    most, and gives the last round `last_s` to come to rest. Where the page does not bear the asking, or the browser
    dies of it, it is the page as it was before that, and cut."""
    from playwright.async_api import Error

    unroller = _Unroller(visit, first)
    seconds = max(0.0, min(UNROLL_S, seconds))
    is_spoiled = False
    try:
        async with asyncio.timeout(seconds + last_s):
            end = await unroller.ask(asyncio.get_running_loop().time() + seconds)
    except (TimeoutError, ForageError):
        end, is_spoiled = UnrollEnd.CUT, True
    except Error as fault:
        # Else it went elsewhere in the middle.
        is_spoiled = is_death(fault.message)
        end = UnrollEnd.CUT if is_spoiled else UnrollEnd.REPLACED
    has_more = unroller.rounds > 0 or is_spoiled or end is UnrollEnd.REPLACED
    return Unrolling(unroller.best, Unrolled(rounds=unroller.rounds, end=end) if has_more else None, is_spoiled)


class _Unroller:
    """`best` is the page as the last of `rounds` that added to it left it, whatever ends the asking."""

    def __init__(self, visit: Visit, first: Snapshot) -> None:
        self._visit = visit
        self.best = first
        self.rounds = 0

    async def ask(self, ends: float) -> UnrollEnd:
        """Until nothing more comes; `ends` is in the time of the loop."""
        now = asyncio.get_running_loop().time
        document = await self._visit.document()
        before = await _look(self._visit)
        acts = ["click", "scroll"]
        stale = 0
        while acts:
            if self.rounds == MAX_ROUNDS or now() >= ends or before.is_large:
                return UnrollEnd.CUT
            after = await self._after(acts[0], before)
            if after is None:
                acts.pop(0)
                continue
            loader = (await self._visit.document()).loader
            if loader != document.loader or after.kept < LEAST_KEPT * len(before.lines):
                return UnrollEnd.REPLACED
            if after.elements <= before.elements or after.characters <= before.characters:
                acts.pop(0)
                continue
            stale = stale + 1 if after.distinct <= before.distinct else 0
            if stale == MAX_STALE:
                return UnrollEnd.COMPLETE
            snapshot = await self._visit.shown()
            if snapshot.too_large:
                return UnrollEnd.CUT
            before, self.best, self.rounds = after, snapshot, self.rounds + 1
        return UnrollEnd.COMPLETE

    async def _after(self, act: str, before: Look) -> Look | None:
        """What the page shows once it was asked so; None where there is nothing to ask."""
        visit = self._visit
        begun = visit.traffic.begun
        if (await _look(visit, act)).act != act:
            return None
        await visit.rest()
        after = await _look(visit, lines=before.lines)
        if act == "scroll" and after.elements <= before.elements and visit.traffic.begun == begun:
            await visit.unless_halted(asyncio.sleep(LATE_S))
            await visit.rest()
            after = await _look(visit, lines=before.lines)
        return after


async def _look(visit: Visit, act: str = "", *, lines: tuple[str, ...] = ()) -> Look:
    options = {"words": MORE_WORDS, "lines": lines, "mostLines": MAX_LINES, "act": act}
    return await visit.evaluate(UNROLL, options, Look)
