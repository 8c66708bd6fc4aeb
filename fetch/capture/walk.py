"""The walk through a page before all of it is drawn: whatever waits to be seen loads itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import msgspec

from domain.captures import MAX_PICTURE

WALK_S = 12.0  # through the longest page that a picture shows
LEAST_S = 0.5
STEP_MS = 40
WALK = files("fetch.capture").joinpath("walk.js").read_text("utf-8").strip()

Evaluate = Callable[[str, dict[str, object], type[Any]], Awaitable[Any]]


class Walked(msgspec.Struct, frozen=True, rename="camel"):
    is_whole: bool


async def walked(evaluate: Evaluate, left_s: float, *, sheet: bool = True) -> bool:
    """Whether all of the page's pictures have loaded, in at most `left_s` seconds. Where it is drawn on one `sheet`,
    what clings to the window's lower edge is at the page's afterwards. Raises TimeoutError, and what `evaluate` raises.
    """
    cap_s = max(LEAST_S, min(WALK_S, left_s))
    options = {"capMs": cap_s * 1_000, "stepMs": STEP_MS, "most": MAX_PICTURE, "sheet": sheet}
    async with asyncio.timeout(cap_s + 1):
        return (await evaluate(WALK, options, Walked)).is_whole
