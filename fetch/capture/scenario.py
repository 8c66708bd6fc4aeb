"""The caller's own script, run in the page before its picture is taken."""

from __future__ import annotations

import asyncio
import contextlib

from domain.captures import SCRIPT_S
from fetch.browser.process import BrowserDied, is_death
from fetch.browser.visit import Visit

LOAD_S = 10.0  # where it leads elsewhere
STOP_S = 1.5
_ELSEWHERE = ("context", "navigated", "Promise was collected", "No frame")


async def run_script(visit: Visit, script: str, ends: float) -> str:
    """Runs it to its end, promises included. What went wrong, in one line; "" where nothing did. Raises BrowserDied,
    Exhausted and TimeoutError."""
    from playwright.async_api import Error

    before = (await visit.document()).loader
    left_s = min(SCRIPT_S, ends - asyncio.get_running_loop().time())
    params: dict[str, object] = {
        "expression": f"(async () => {{\n{script}\n}})()",
        "awaitPromise": True,
        "userGesture": True,
    }
    try:
        async with asyncio.timeout(max(0.1, left_s)):
            told = await visit.send("Runtime.evaluate", params)
    except TimeoutError:
        with contextlib.suppress(TimeoutError, Error):
            async with asyncio.timeout(STOP_S):
                await visit.send("Runtime.terminateExecution")
        return f"js_scenario did not end in {left_s:.0f} s."
    except Error as fault:
        if is_death(fault.message):
            raise BrowserDied from None
        if not any(sign in fault.message for sign in _ELSEWHERE):
            raise
        told = {}
    if (await visit.document()).loader != before:
        async with asyncio.timeout(LOAD_S):
            await visit.unless_halted(visit.page.wait_for_load_state("load", timeout=0))
    return _fault(told)


def _fault(told: dict) -> str:
    details = told.get("exceptionDetails")
    if not details:
        return ""
    thrown = details.get("exception", {})
    said = str(thrown.get("description") or thrown.get("value") or details.get("text", "")).splitlines()
    return f"js_scenario ended with an error: {(said or ['unknown'])[0][:200]}"
