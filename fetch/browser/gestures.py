"""What a hand does to a page: each gesture waits for its element, and says how it failed where it did."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from domain.actions import Click, Hover, Press, Screenshot, Scroll, Select, StepOutcome, Type, Wait
from domain.errors import ForageError
from domain.pages import FetchOutcome
from fetch.browser.visit import Visit

if TYPE_CHECKING:
    from playwright.async_api import Locator

Gesture = Click | Type | Select | Press | Hover | Scroll | Wait

ELEMENT_S = 10.0  # an element is waited for so long: a page that draws itself takes a few seconds
READY_S = 5.0  # and so long until it can be used: animations end, buttons are enabled
ANSWER_S = 1.5  # a page whose scripts leave it any time answers within milliseconds
MAX_PICTURE = 16_384  # pixels, high or wide: Chromium draws no larger surface

SCROLL = files("fetch.browser").joinpath("scroll.js").read_text("utf-8").strip()
CONTROLS = files("fetch.browser").joinpath("controls.js").read_text("utf-8").strip()
PICTURE = files("fetch.browser").joinpath("picture.js").read_text("utf-8").strip()
# A link that opens a window of its own is followed in this one: popups are shut.
SAME_WINDOW = "element => { const opener = element.closest('[target]'); if (opener) opener.target = '_self' }"

# What Playwright's log of a gesture in vain says, and what that means. The log itself may hold what was typed.
_HINDRANCES = (
    ("intercepts pointer events", "Another element covers it."),
    ("not enabled", "It is disabled."),
    ("not editable", "It cannot be edited."),
    ("not stable", "It keeps moving."),
    ("outside of the viewport", "It is outside of what can be seen."),
    ("did not find some options", "It has no such option."),
    ("not a <select>", "It is no list of options."),
    ("not an <input>", "No text can be put into it."),
    ("Cannot type text", "No such text can be put into it."),
    ("cannot be filled", "No text can be put into it."),
    ("Malformed value", "No such text can be put into it."),
    ("not attached", "It was taken off the page."),
    ("waiting for", "It cannot be seen."),
)
_BAD_SELECTOR = re.compile(r"parsing|not a valid selector|Unknown engine|Malformed|Unexpected", re.I)


class StepFailed(ForageError):
    """The step could not be done. `outcome` says how, `fetch_outcome` how a page could not be had."""

    def __init__(self, outcome: StepOutcome, detail: str, fetch_outcome: FetchOutcome | None = None) -> None:
        self.outcome, self.fetch_outcome = outcome, fetch_outcome
        super().__init__(detail)


class Frame(msgspec.Struct, frozen=True):
    """A stretch of a page, in CSS pixels from its upper left corner; without a width where there is none."""

    x: float
    y: float
    width: float
    height: float


async def perform(visit: Visit, gesture: Gesture) -> None:
    """Raises StepFailed, and what a visit raises. The deadline around all of it is the caller's."""
    match gesture:
        case Click(selector=selector):
            await on_element(visit, selector, _click)
        case Type(selector=selector, text=text):
            await on_element(visit, selector, lambda element: element.fill(text, timeout=READY_S * 1000))
        case Select(selector=selector, value=value):
            await on_element(visit, selector, lambda element: _choose(element, value))
        case Hover(selector=selector):
            await on_element(visit, selector, lambda element: element.hover(timeout=READY_S * 1000))
        case Press(key=key, selector=""):
            await _tried(visit, visit.page.keyboard.press(key))
        case Press(key=key, selector=selector):
            await on_element(visit, selector, lambda element: element.press(key, timeout=READY_S * 1000))
        case Scroll(selector=selector) if selector:
            await on_element(
                visit, selector, lambda element: element.scroll_into_view_if_needed(timeout=READY_S * 1000)
            )
        case Scroll(x=x, y=y, to=to):
            await visit.evaluate(SCROLL, {"x": x, "y": y, "to": to.value if to else ""}, object)
        case Wait(selector=selector, timeout_ms=timeout_ms) if selector:
            await found(visit, selector, state="visible", wait_s=timeout_ms / 1000)


async def _click(element: Locator) -> None:
    await element.evaluate(SAME_WINDOW, timeout=READY_S * 1000)
    await element.click(timeout=READY_S * 1000)


async def _choose(element: Locator, value: str) -> None:
    by_value = "(list, value) => Array.from(list.options || []).some(option => option.value === value)"
    if await element.evaluate(by_value, value, timeout=READY_S * 1000):
        await element.select_option(value=value, timeout=READY_S * 1000)
    else:
        await element.select_option(label=value, timeout=READY_S * 1000)


async def found(visit: Visit, selector: str, *, state: str = "attached", wait_s: float = ELEMENT_S) -> Locator:
    """The elements that match a CSS selector, once there is one. Raises StepFailed."""
    from playwright.async_api import Error
    from playwright.async_api import TimeoutError as CommandTimedOut

    matching = visit.page.locator(f"css={selector}")
    wanted = matching.filter(visible=True) if state == "visible" else matching
    try:
        await visit.unless_halted(wanted.first.wait_for(state="attached", timeout=max(1.0, wait_s * 1000)))
    except CommandTimedOut:
        await _must_answer(visit)
        seen = "to be seen " if state == "visible" else ""
        raise StepFailed(StepOutcome.NOT_FOUND, f"Nothing {seen}matches {selector!r}.") from None
    except Error as fault:
        if _BAD_SELECTOR.search(fault.message):
            raise StepFailed(StepOutcome.UNSUPPORTED, f"{selector!r} is no CSS selector.") from None
        raise
    return matching


async def on_element(visit: Visit, selector: str, gesture: Callable[[Locator], Awaitable[object]]) -> None:
    """Makes the gesture at the first element to be seen that matches. Raises StepFailed."""
    matching = await found(visit, selector)
    await _tried(visit, gesture(matching.filter(visible=True).first))


async def _tried(visit: Visit, work: Awaitable[object]) -> None:
    from playwright.async_api import Error
    from playwright.async_api import TimeoutError as CommandTimedOut

    try:
        await visit.unless_halted(work)
    except CommandTimedOut as fault:
        await _must_answer(visit)
        raise StepFailed(StepOutcome.NOT_INTERACTABLE, _hindrance(fault.message)) from None
    except Error as fault:
        if "Unknown key" in fault.message:
            raise StepFailed(StepOutcome.UNSUPPORTED, "The browser knows no such key.") from None
        if any(sign in fault.message for sign, _ in _HINDRANCES[:-1]):
            raise StepFailed(StepOutcome.NOT_INTERACTABLE, _hindrance(fault.message)) from None
        raise


def _hindrance(log: str) -> str:
    return next((told for sign, told in _HINDRANCES if sign in log), "It cannot be used.")


async def _must_answer(visit: Visit) -> None:
    """Raises StepFailed where the page is so busy that it answers nothing: then it is not the element's fault."""
    try:
        async with asyncio.timeout(ANSWER_S):
            await visit.evaluate("() => true", {}, bool)
    except TimeoutError:
        raise StepFailed(StepOutcome.TIMED_OUT, "The page does not answer: one of its scripts does not end.") from None


async def control_that_says(visit: Visit, words: str) -> str:
    """A selector of the last visible control, if any, whose text is one of `words`; else empty."""
    return await visit.evaluate(CONTROLS, {"words": words}, str)


async def picture(visit: Visit, step: Screenshot) -> bytes:
    """PNG. Raises StepFailed."""
    if step.selector:
        await on_element(
            visit, step.selector, lambda element: element.scroll_into_view_if_needed(timeout=READY_S * 1000)
        )
    params: dict[str, object] = {"format": "png"}
    if step.selector or step.full_page:
        frame = await visit.evaluate(PICTURE, {"selector": step.selector}, Frame)
        if frame.width < 1 or frame.height < 1:
            raise StepFailed(StepOutcome.NOT_INTERACTABLE, "It cannot be seen.")
        clip = {"x": frame.x, "y": frame.y, "scale": 1}
        clip |= {"width": min(frame.width, MAX_PICTURE), "height": min(frame.height, MAX_PICTURE)}
        params |= {"clip": clip, "captureBeyondViewport": True}
    told = await visit.send("Page.captureScreenshot", params)
    try:
        return base64.b64decode(told["data"])
    except (binascii.Error, KeyError):
        raise StepFailed(StepOutcome.CRASHED, "The browser gave no picture.") from None
