"""How a page that does not come to rest by itself is brought to it, so that what it shows can still be taken."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from fetch.browser.process import is_death

if TYPE_CHECKING:
    from fetch.browser.visit import Visit


async def stop_scripts(visit: Visit, seconds: float) -> None:
    """Stops its scripts, then what it loads. Each takes at most `seconds`: a page on its way elsewhere may answer late,
    or never. Raises BrowserDied."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            # Both at once: the first is only heard once the second has ended the script that is running.
            off = visit.send("Emulation.setScriptExecutionDisabled", {"value": True})
            await asyncio.gather(off, _end_script(visit))
            await _arrived(visit, seconds)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await visit.send("Page.stopLoading")


async def _end_script(visit: Visit) -> None:
    from playwright.async_api import Error

    try:
        await visit.send("Runtime.terminateExecution")
    except Error as fault:  # it ended with its document, where that gave way to another one
        if is_death(fault.message):
            raise


async def _arrived(visit: Visit, seconds: float) -> None:
    """Where the page was led elsewhere, there: a document whose loading is stopped as it begins has no elements."""
    while visit.traffic.is_navigating:
        await visit.unless_halted(visit.traffic.idle(seconds))
    await visit.unless_halted(visit.page.wait_for_load_state("domcontentloaded", timeout=0))
