"""The steps of `PlayWithBrowser`, each within its time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from domain.bulk import PlayAction, PlayKind
from domain.errors import ForageError
from fetch.browser.process import BrowserDied, is_death
from fetch.browser.visit import Exhausted, Visit
from fetch.targets.observed import Observed

if TYPE_CHECKING:
    from playwright.async_api import Locator

GRACE_S = 2.0
EXECUTE_S = 10.0
SCROLL = "(by) => window.scrollBy({ left: by.x, top: by.y, behavior: 'instant' })"


class ActionFailed(ForageError):
    """The action could not be done."""


async def play(visit: Visit, seen: Observed, actions: tuple[PlayAction, ...]) -> None:
    """All of them in turn; the deadline of all is the caller's. Raises ActionFailed for the first that cannot be done,
    BrowserDied and TimeoutError."""
    from playwright.async_api import Error

    for at, action in enumerate(actions):
        where = f"PlayWithBrowser[{at}] ({action.kind})"
        try:
            await _act(visit, seen, action)
        except Exhausted as fault:
            raise ActionFailed(f"{where}: {fault.message}") from None
        except Error as fault:
            if is_death(fault.message):
                raise BrowserDied from None
            raise ActionFailed(f"{where}: nothing that can be used matches {action.selector[:200]!r}.") from None


async def _act(visit: Visit, seen: Observed, action: PlayAction) -> None:
    match action.kind:
        case PlayKind.WAIT:
            await visit.unless_halted(asyncio.sleep(action.amount / 1000))
        case PlayKind.CLICK:
            await visit.unless_halted(_element(visit, action).click(timeout=action.timeout_ms or 1))
            await visit.rest()
        case PlayKind.WAIT_SELECTOR:
            # Present, seen or not, as with Render's WaitSelector.
            wait = _element(visit, action).wait_for(state="attached", timeout=action.timeout_ms or 1)
            await visit.unless_halted(wait)
        case PlayKind.FILL:
            await visit.unless_halted(_element(visit, action).fill(action.text, timeout=action.timeout_ms or 1))
        case PlayKind.SCROLL_X | PlayKind.SCROLL_Y:
            is_x = action.kind is PlayKind.SCROLL_X
            by = {"x": action.amount if is_x else 0, "y": 0 if is_x else action.amount}
            await visit.evaluate(SCROLL, by, object)
        case PlayKind.SCROLL_TO:
            await visit.unless_halted(
                _element(visit, action).scroll_into_view_if_needed(timeout=action.timeout_ms or 1)
            )
        case PlayKind.EXECUTE:
            await _execute(visit, action.text)
        case PlayKind.WAIT_FOR_REQUEST_COUNT:
            await _counted(visit, seen, action)


async def _counted(visit: Visit, seen: Observed, action: PlayAction) -> None:
    try:
        async with asyncio.timeout(action.timeout_ms / 1000):
            await visit.unless_halted(seen.counted(action.text, action.amount))
    except TimeoutError:
        made = len(seen.urls)
        raise ActionFailed(f"WaitForRequestCount: {made} requests were made in {action.timeout_ms} ms.") from None


async def _execute(visit: Visit, script: str) -> None:
    """Runs the caller's script in the page itself, promises included."""
    params: dict[str, object] = {
        "expression": f"(async () => {{\n{script}\n}})()",
        "awaitPromise": True,
        "userGesture": True,
    }
    try:
        async with asyncio.timeout(EXECUTE_S):
            told = await visit.send("Runtime.evaluate", params)
    except TimeoutError:
        raise ActionFailed(f"Execute: the script did not end in {EXECUTE_S:g} s.") from None
    if details := told.get("exceptionDetails"):
        thrown = details.get("exception", {})
        said = str(thrown.get("description") or thrown.get("value") or details.get("text", "unknown")).splitlines()
        raise ActionFailed(f"Execute: {said[0][:200]}")
    await visit.rest()


def _element(visit: Visit, action: PlayAction) -> Locator:
    return visit.page.locator(f"css={action.selector}").first
