"""What is told of a page that a browser shows: its source, frames, requests and pictures, as a Target's options ask."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import msgspec

from domain.bulk import BulkDevice, BulkOutput, RenderOptions
from domain.captures import CaptureRequest, Device
from domain.errors import ForageError
from domain.pages import FetchOutcome
from fetch.browser.ending import Rendered
from fetch.browser.visit import Exhausted, Visit
from fetch.capture.devices import PROFILES
from fetch.capture.drawing import Stretch, draw, metrics_of
from fetch.capture.walk import walked
from fetch.offload import Offloader
from fetch.targets.contents import as_markdown
from fetch.targets.observed import Message, NetworkRequest, Observed
from fetch.targets.tries import Work

if TYPE_CHECKING:
    from playwright.async_api import Frame

READ_S = 5.0  # to write out the elements of a page
FRAME_S = 2.0
MAX_FRAMES = 20
MAX_CHARACTERS = 20_000_000
SOURCE = """(options) => {
  const type = document.doctype ? '<!DOCTYPE ' + document.doctype.name + '>' : '';
  return (type + (document.documentElement?.outerHTML ?? '')).slice(0, options.most);
}"""
BOX = """(options) => {
  const element = document.querySelector(options.selector);
  if (!element) return { x: 0, y: 0, width: 0, height: 0 };
  const box = element.getBoundingClientRect();
  return { x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height };
}"""
DEVICES = {
    BulkDevice.DESKTOP: Device.DESKTOP,
    BulkDevice.MOBILE: Device.MOBILE,
    BulkDevice.TABLET: Device.TABLET,
}


class Picture(msgspec.Struct, frozen=True):
    """A PNG in base64; `type` is the option that asked for it."""

    type: str
    image: str


class FrameTold(msgspec.Struct, frozen=True):
    url: str
    content: str


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is told of a page where its source alone is not all that is asked for."""

    url: str
    status_code: int
    content: str
    network_requests: list[NetworkRequest] | None = None
    websocket_requests: list[Message] | None = None
    frames: list[FrameTold] | None = None
    screenshots: list[Picture] | None = None


class NotShown(ForageError):
    """The page could not be shown as asked."""

    def __init__(self, outcome: FetchOutcome, detail: str) -> None:
        self.outcome = outcome
        super().__init__(detail)


async def content_of(work: Work, visit: Visit, seen: Observed, rendered: Rendered, offload: Offloader) -> str:
    """The source, or markdown; within JSON where more than that is asked for. The deadline is the caller's. Raises
    NotShown, CannotDraw and what a visit raises."""
    render = work.options.render or RenderOptions()
    async with asyncio.timeout(READ_S):
        source = await visit.evaluate(SOURCE, {"most": MAX_CHARACTERS}, str)
    if work.options.output is BulkOutput.MARKDOWN:
        source = await as_markdown(source, rendered.final_url or work.home.href, offload, work.deadline)
    extra = render.show_websocket_requests or render.show_frames or render.takes_pictures
    if not render.return_json and not extra:
        return source
    shown = Shown(
        url=rendered.final_url,
        status_code=rendered.status,
        content=source,
        network_requests=await _requests(visit, seen) if render.return_json else None,
        websocket_requests=seen.messages if render.show_websocket_requests else None,
        frames=await _frames(visit) if render.show_frames else None,
        screenshots=[picture async for picture in _pictures(work, render, visit)] if render.takes_pictures else None,
    )
    return msgspec.json.encode(shown).decode("utf-8", "replace")


async def _requests(visit: Visit, seen: Observed) -> list[NetworkRequest]:
    bodies = {captured.url: captured.body for captured in await visit.traffic.responses()}
    for request in seen.requests:
        request.response_body = bodies.get(request.url, "")
    return seen.requests


async def _frames(visit: Visit) -> list[FrameTold]:
    frames = [frame for frame in visit.page.frames if frame != visit.page.main_frame][:MAX_FRAMES]
    return [told for told in [await _frame(visit, frame) for frame in frames] if told is not None]


async def _frame(visit: Visit, frame: Frame) -> FrameTold | None:
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(FRAME_S):
            content = await visit.unless_halted(frame.content())
    except (Error, TimeoutError):
        return None  # gone meanwhile, or it resists
    return FrameTold(frame.url, content[:MAX_CHARACTERS])


async def _pictures(work: Work, render: RenderOptions, visit: Visit) -> AsyncGenerator[Picture]:
    """All that are asked for, what is seen before what lies beyond: the latter may make a page load more."""
    if render.screenshot:
        yield await _picture(work, visit, "Screenshot", None)
    if render.full_screenshot:
        await _walk(work, visit)
        yield await _picture(work, visit, "FullScreenshot", (await metrics_of(visit)).content)
    if render.particular_screenshot:
        box = await _box(visit, render.particular_screenshot)
        yield await _picture(work, visit, "ParticularScreenshot", box)


async def _walk(work: Work, visit: Visit) -> None:
    """Through the page. One that goes elsewhere or does not come to an end meanwhile is drawn as it is."""
    from playwright.async_api import Error

    left_s = work.deadline - asyncio.get_running_loop().time()
    with contextlib.suppress(TimeoutError, Exhausted, Error):
        await walked(visit.evaluate, left_s / 2)


async def _picture(work: Work, visit: Visit, kind: str, stretch: Stretch | None) -> Picture:
    device = DEVICES[work.options.device]
    request = CaptureRequest(url=work.home.href, device=device)
    picture = await draw(visit, request, PROFILES[device].scale, stretch)
    return Picture(kind, base64.b64encode(picture.image).decode())


async def _box(visit: Visit, selector: str) -> Stretch:
    from playwright.async_api import Error

    try:
        box = await visit.evaluate(BOX, {"selector": selector}, Stretch)
    except (Error, Exhausted):
        raise NotShown(FetchOutcome.UNSUPPORTED_CONTENT, f"{selector[:200]!r} is no CSS selector.") from None
    if box.width < 1 or box.height < 1:
        raise NotShown(FetchOutcome.NOT_FOUND, f"Nothing matches {selector[:200]!r}.")
    return box
