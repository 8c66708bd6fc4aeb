"""Lists that show more of themselves when asked: by a button, or as somebody scrolls to their end.

A page is asked again as long as it shows something more. The rows that it puts in the place of others are kept beside
them, whether it draws only those in view or has a button for the next ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from domain.errors import ForageError
from domain.pages import Unrolled, UnrollEnd
from fetch.browser.process import is_death
from fetch.browser.snapshot import Snapshot
from fetch.browser.states import States
from fetch.more_words import MORE_WORDS, NEXT_CONTROLS, TURNABLE
from fetch.offload import Offloader

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
UNREAD = "It shows its rows in turns, and is too large for those to be compared."
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

    def shows_as(self, other: Look) -> bool:
        """Whether the two show the same, as far as is looked at."""
        return (self.lines, self.distinct, self.characters) == (other.lines, other.distinct, other.characters)

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


async def unrolled(visit: Visit, first: Snapshot, offload: Offloader, seconds: float, last_s: float) -> Unrolling:
    """The page with all that it shows when asked for more, `first` being what it shows unasked. Asks for `seconds` at
    most, and gives the last round `last_s` to come to rest. Where the page does not bear the asking, or the browser
    dies of it, it is the page as it was before that, and cut."""
    from playwright.async_api import Error

    unroller = _Unroller(visit, first, offload)
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
    has_more = unroller.rounds > 0 or is_spoiled or end is UnrollEnd.REPLACED or unroller.has_unread
    told = Unrolled(rounds=unroller.rounds, end=end, why=UNREAD if unroller.has_unread and end is UnrollEnd.CUT else "")
    return Unrolling(unroller.best, told if has_more else None, is_spoiled)


class _Unroller:
    """`best` is the page as the last of `rounds` that added to it left it, whatever ends the asking. It has the rows of
    all states of one that shows them in turns, unless that `has_unread` ones."""

    def __init__(self, visit: Visit, first: Snapshot, offload: Offloader) -> None:
        self._visit, self._offload = visit, offload
        self._states = States(first.html, offload)
        self.has_unread = False  # rows that came in the place of others, on a page too large to compare
        self._acts = ["click", "scroll", "next"]
        self._steps = 0
        self.best = first
        self.rounds = 0

    async def ask(self, ends: float) -> UnrollEnd:
        """Until nothing more comes; `ends` is in the time of the loop."""
        now = asyncio.get_running_loop().time
        document = await self._visit.document()
        before = await _look(self._visit)
        stale = 0
        while self._acts:
            if self.rounds == MAX_ROUNDS or now() >= ends or before.is_large:
                return UnrollEnd.CUT
            after = await self._after(self._acts[0], before)
            if after is None:
                self._acts.pop(0)
                continue
            if (await self._visit.document()).loader != document.loader:
                return UnrollEnd.REPLACED
            is_kept = after.kept >= LEAST_KEPT * len(before.lines)
            if not (is_kept and after.elements > before.elements and after.characters > before.characters):
                if (end := await self._turned(before, after, is_kept=is_kept)) is not None:
                    return end
                before = after
                continue
            stale = stale + 1 if after.distinct <= before.distinct else 0
            if stale == MAX_STALE:
                break
            snapshot = await self._visit.shown()
            if snapshot.too_large:
                return UnrollEnd.CUT
            await self._keep(snapshot)
            before = after
        return UnrollEnd.CUT if self.has_unread else UnrollEnd.COMPLETE

    async def _keep(self, snapshot: Snapshot) -> None:
        if self._states.has_more:
            await self._states.add(snapshot.html)
            snapshot = replace(snapshot, html=self._states.html)
        else:
            self._states = States(snapshot.html, self._offload)
        self.best, self.rounds = snapshot, self.rounds + 1

    async def _turned(self, before: Look, after: Look, *, is_kept: bool) -> UnrollEnd | None:
        """Keeps the rows that came in the place of others; gives the act up where none did. An end where the page
        became another one altogether."""
        act = self._acts[0]
        snapshot = None if after.shows_as(before) else await self._visit.shown()
        if snapshot is not None and snapshot.too_large:
            return UnrollEnd.CUT
        if snapshot is not None and await self._states.add(snapshot.html):
            self.best, self.rounds = replace(self.best, html=self._states.html), self.rounds + 1
            if act == "scroll":
                # What it draws is what is in view: from its beginning, view by view.
                self._acts[0] = "step"
            return None
        if not is_kept and act != "step":
            return UnrollEnd.REPLACED
        self.has_unread |= self._states.is_unread
        if act != "step":
            self._acts.pop(0)
        return None

    async def _after(self, act: str, before: Look) -> Look | None:
        """What the page shows once it was asked so; None where there is nothing to ask."""
        visit = self._visit
        begun = visit.traffic.begun
        if act == "step":
            self._steps += 1
        if (await _look(visit, act, step=self._steps)).act != act:
            return None
        await visit.rest()
        after = await _look(visit, lines=before.lines)
        if act == "scroll" and after.elements <= before.elements and visit.traffic.begun == begun:
            await visit.unless_halted(asyncio.sleep(LATE_S))
            await visit.rest()
            after = await _look(visit, lines=before.lines)
        return after


async def _look(visit: Visit, act: str = "", *, lines: tuple[str, ...] = (), step: int = 0) -> Look:
    words = {"words": MORE_WORDS, "next": NEXT_CONTROLS, "turnable": TURNABLE}
    options = words | {"lines": lines, "mostLines": MAX_LINES, "act": act, "step": step}
    return await visit.evaluate(UNROLL, options, Look)
