"""What a bulk job is asked with, in the words of Scrape.do's document."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from api.wire.reading import read_object
from domain.bulk import (
    BulkDevice,
    BulkMethod,
    BulkOutput,
    PlayAction,
    PlayKind,
    RenderOptions,
    TargetOptions,
    WaitUntil,
)
from domain.errors import InvalidInput

Method = Literal["GET", "POST", "PUT", "PATCH", "HEAD", "DELETE"]
DeviceName = Literal["desktop", "mobile", "tablet"]
OutputName = Literal["raw", "markdown"]
WaitName = Literal["domcontentloaded", "networkidle0", "networkidle2"]
ActionName = Literal[
    "Click",
    "Wait",
    "WaitSelector",
    "Fill",
    "ScrollX",
    "ScrollY",
    "ScrollTo",
    "Execute",
    "WaitForRequestCount",
]

_ACRONYMS = {"url": "URL", "json": "JSON", "id": "ID"}


def _pascal(name: str) -> str:
    """`webhook_url` is `WebhookURL`, `geo_code` is `GeoCode`."""
    return "".join(_ACRONYMS.get(word, word.capitalize()) for word in name.split("_"))


class ActionIn(msgspec.Struct, frozen=True, kw_only=True, rename=_pascal):
    """One step of `PlayWithBrowser`."""

    action: ActionName
    selector: str = ""
    timeout: int | None = None
    value: str | int = ""
    execute: str = ""
    url_pattern: str = ""
    request_count: int = 0


class RenderIn(msgspec.Struct, frozen=True, kw_only=True, rename=_pascal):
    """How a Target is shown in a browser."""

    block_resources: bool | None = None
    wait_until: WaitName = "domcontentloaded"
    custom_wait: int = 0
    wait_selector: str = ""
    play_with_browser: list[dict[str, Any]] = []
    return_json: bool = False
    show_websocket_requests: bool = False
    show_frames: bool = False
    screenshot: bool = False
    full_screenshot: bool = False
    particular_screenshot: str = ""


class CreateBulkJob(msgspec.Struct, frozen=True, kw_only=True, rename=_pascal):
    """Targets, and how each of them is asked for."""

    targets: list[str]
    method: Method = "GET"
    body: str = ""
    geo_code: str = ""
    regional_geo_code: str = ""
    super: bool = False
    headers: dict[str, str] = {}
    forward_headers: bool = False
    session_id: str = ""
    device: DeviceName = "desktop"
    set_cookies: str = ""
    timeout: int = 60_000
    retry_timeout: int = 15_000
    disable_retry: bool = False
    transparent_response: bool = False
    disable_redirection: bool = False
    output: OutputName = "raw"
    render: dict[str, Any] | None = None
    webhook_url: str = ""
    webhook_headers: dict[str, str] = {}


def options_of(asked: CreateBulkJob) -> TargetOptions:
    """Raises InvalidInput, naming each part of Render that is off."""
    return TargetOptions(
        method=BulkMethod(asked.method),
        body=asked.body,
        headers=tuple(asked.headers.items()),
        forward_headers=asked.forward_headers,
        set_cookies=asked.set_cookies,
        device=BulkDevice(asked.device),
        timeout_ms=asked.timeout,
        retry_timeout_ms=asked.retry_timeout,
        disable_retry=asked.disable_retry,
        transparent_response=asked.transparent_response,
        disable_redirection=asked.disable_redirection,
        session_id=asked.session_id,
        geo_code=asked.geo_code,
        regional_geo_code=asked.regional_geo_code,
        super_proxy=asked.super,
        output=BulkOutput(asked.output),
        render=None if asked.render is None else _render_of(asked.render),
    )


def _render_of(given: dict[str, object]) -> RenderOptions:
    problems: dict[str, str] = {}
    try:
        asked = read_object(given, RenderIn)
    except InvalidInput as fault:
        raise InvalidInput(fields={f"Render.{name}": why for name, why in fault.fields.items()}) from None
    play: list[PlayAction] = []
    for at, action in enumerate(asked.play_with_browser):
        try:
            play.append(_action_of(read_object(action, ActionIn)))
        except InvalidInput as fault:
            problems |= {f"Render.PlayWithBrowser[{at}].{name}": why for name, why in fault.fields.items()}
    if problems:
        raise InvalidInput(fields=problems)
    takes_pictures = asked.screenshot or asked.full_screenshot or bool(asked.particular_screenshot)
    # True by default, and what it cannot go with is asked for: then the default is not meant.
    blocks = asked.block_resources if asked.block_resources is not None else not (play or takes_pictures)
    return RenderOptions(
        block_resources=blocks,
        wait_until=WaitUntil(asked.wait_until),
        custom_wait_ms=asked.custom_wait,
        wait_selector=asked.wait_selector,
        play=tuple(play),
        return_json=asked.return_json,
        show_websocket_requests=asked.show_websocket_requests,
        show_frames=asked.show_frames,
        screenshot=asked.screenshot,
        full_screenshot=asked.full_screenshot,
        particular_screenshot=asked.particular_screenshot,
    )


def _action_of(asked: ActionIn) -> PlayAction:
    kind = PlayKind(asked.action)
    amount, text = 0, ""
    match kind:
        case PlayKind.WAIT:
            amount = asked.timeout or 0
        case PlayKind.WAIT_FOR_REQUEST_COUNT:
            amount, text = asked.request_count, asked.url_pattern
        case PlayKind.SCROLL_X | PlayKind.SCROLL_Y:
            try:
                amount = int(asked.value)
            except ValueError:
                raise InvalidInput(fields={"Value": "a number of pixels"}) from None
        case PlayKind.FILL:
            text = str(asked.value)
        case PlayKind.EXECUTE:
            text = asked.execute
    timeout = asked.timeout if asked.timeout is not None and kind is not PlayKind.WAIT else 10_000
    return PlayAction(kind=kind, selector=asked.selector, amount=amount, text=text, timeout_ms=timeout)
