"""What is asked of a screenshot, and of a batch of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from api.wire.reading import MAX_MISTAKES, read_json_object, read_object
from domain.captures import (
    MAX_CACHE_S,
    MAX_CSS,
    MAX_DELAY_MS,
    MAX_HTML,
    MAX_LINK_S,
    MAX_QUALITY,
    MAX_SCRIPT,
    MAX_SCROLL,
    MAX_SELECTOR,
    MAX_SIDE,
    MAX_TIMEOUT_MS,
    MAX_WAIT_MS,
    MIN_CACHE_S,
    MIN_LINK_S,
    MIN_SIDE,
    MIN_TIMEOUT_MS,
    CaptureFormat,
    CaptureRequest,
    Device,
    Theme,
    capture_problems,
    headers_of,
    wait_of,
)
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.pictures import MAX_BATCH, MAX_SECRET
from services.requests import checked_target

MAX_URL = 4096
MAX_HEADERS_TEXT = 20_000  # characters of JSON: ten headers of the longest that servers take

Side = Annotated[int, Meta(ge=MIN_SIDE, le=MAX_SIDE)]
Url = Annotated[str, Meta(min_length=1, max_length=MAX_URL)]


class TakeScreenshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"wait": "async"}):
    """A picture to take of the page at `url`, or of `html`; one of them is required.

    `async` false waits for the picture. `headers` is a JSON object as a text; `wait_for` a CSS selector or
    milliseconds.
    """

    url: Annotated[str, Meta(min_length=1, max_length=MAX_URL, description="http or https.")] | None = None
    html: Annotated[str, Meta(min_length=1, max_length=MAX_HTML, description="Drawn instead of a URL.")] | None = None
    wait: bool = True
    device: Literal["desktop", "mobile", "tablet"] = "desktop"
    width: Side | None = None
    height: Side | None = None
    format: Literal["png", "jpg", "jpeg", "webp", "pdf"] = "png"
    quality: Annotated[int, Meta(ge=1, le=MAX_QUALITY, description="Of jpg and webp.")] = 80
    full_page: bool = False
    block_ads: bool = False
    block_cookies: bool = False
    stealth: bool = False
    delay: Annotated[int, Meta(ge=0, le=MAX_DELAY_MS, description="Milliseconds after the page has loaded.")] = 0
    timeout: Annotated[int, Meta(ge=MIN_TIMEOUT_MS, le=MAX_TIMEOUT_MS, description="Milliseconds to load in.")] = 30_000
    scroll_to: Annotated[int, Meta(ge=0, le=MAX_SCROLL, description="Pixels from the top.")] = 0
    proxy_country: Annotated[str, Meta(pattern="^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2.")] | None = None
    js_scenario: Annotated[str, Meta(max_length=MAX_SCRIPT, description="JavaScript to run in the page.")] = ""
    selector: Annotated[str, Meta(max_length=MAX_SELECTOR, description="The element to take.")] = ""
    wait_for: Annotated[str, Meta(max_length=MAX_SELECTOR)] | Annotated[int, Meta(ge=0, le=MAX_WAIT_MS)] = ""
    css: Annotated[str, Meta(max_length=MAX_CSS)] = ""
    theme: Literal["light", "dark"] = "light"
    headers: Annotated[str, Meta(max_length=MAX_HEADERS_TEXT, description="A JSON object of at most 10 keys.")] = ""
    cache_ttl: Annotated[int, Meta(ge=MIN_CACHE_S, le=MAX_CACHE_S, description="Seconds.")] | None = None
    webhook_url: Url | None = None
    webhook_secret: Annotated[str, Meta(min_length=1, max_length=MAX_SECRET)] | None = None
    signed_link: bool = False
    signed_link_expires_in: Annotated[int, Meta(ge=MIN_LINK_S, le=MAX_LINK_S, description="Seconds.")] = 3600


class TakeBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures to take together. Each is asked for as a single one, but for `async`. `callback_url` hears of the end of
    all."""

    requests: Annotated[list[TakeScreenshot], Meta(min_length=1, max_length=MAX_BATCH)]
    callback_url: Url | None = None


class Screenshot(msgspec.Struct, frozen=True, kw_only=True):
    """A screenshot as it was asked for. `at_once`: its caller waits for it."""

    request: CaptureRequest
    webhook_secret: str
    at_once: bool


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    screenshots: tuple[Screenshot, ...]
    callback_url: str


def read_screenshot(body: bytes, policy: EgressPolicy) -> Screenshot:
    """Raises MalformedBody, and InvalidInput with all that is wrong."""
    screenshot, mistakes = _read(read_json_object(body), policy)
    _refuse(mistakes)
    return screenshot


def read_batch(body: bytes, policy: EgressPolicy) -> Batch:
    """Raises MalformedBody, and InvalidInput with what is wrong, as `requests[2].url`."""
    given = read_json_object(body)
    items = given.get("requests")
    mistakes = {name: "unknown field; known are requests, callback_url" for name in given if name not in _BATCH_FIELDS}
    callback_url, wrong = _url("callback_url", given.get("callback_url"), policy)
    mistakes |= wrong
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH:
        _refuse({**mistakes, "requests": f"a list of 1 to {MAX_BATCH} requests"})
        raise AssertionError
    screenshots = []
    for at, item in enumerate(items):
        if not isinstance(item, dict):
            mistakes[f"requests[{at}]"] = "expected an object"
            continue
        screenshot, wrong = _read(item, policy)
        if "async" in item:
            wrong["async"] = "unknown field: a batch never waits"
        mistakes |= {f"requests[{at}].{name}": why for name, why in wrong.items()}
        screenshots.append(screenshot)
    _refuse(mistakes)
    return Batch(screenshots=tuple(screenshots), callback_url=callback_url)


_BATCH_FIELDS = frozenset({"requests", "callback_url"})


def _refuse(mistakes: Mapping[str, str]) -> None:
    if mistakes:
        raise InvalidInput(fields=dict(list(mistakes.items())[:MAX_MISTAKES]))


def _read(given: Mapping[str, Any], policy: EgressPolicy) -> tuple[Screenshot, dict[str, str]]:
    """The request with what is right in it, and all that is wrong."""
    wire, mistakes = _read_wire(given)
    headers, wrong_headers = _headers(wire.headers)
    selector, wait_ms = ("", wire.wait_for) if isinstance(wire.wait_for, int) else wait_of(wire.wait_for)
    request = CaptureRequest(
        url=(wire.url or "").strip(),
        html=wire.html or "",
        device=Device(wire.device),
        width=wire.width,
        height=wire.height,
        format=CaptureFormat.JPG if wire.format == "jpeg" else CaptureFormat(wire.format),
        quality=wire.quality,
        full_page=wire.full_page,
        block_ads=wire.block_ads,
        block_cookies=wire.block_cookies,
        stealth=wire.stealth,
        delay_ms=wire.delay,
        timeout_ms=wire.timeout,
        scroll_to=wire.scroll_to,
        proxy_country=(wire.proxy_country or "").upper(),
        script=wire.js_scenario,
        selector=wire.selector,
        wait_selector=selector,
        wait_ms=wait_ms,
        css=wire.css,
        theme=Theme(wire.theme),
        headers=headers,
        cache_ttl_s=wire.cache_ttl,
        webhook_url=(wire.webhook_url or "").strip(),
        link_s=wire.signed_link_expires_in if wire.signed_link else None,
    )
    found = {**capture_problems(request), **wrong_headers}
    for name, url in (("url", request.url), ("webhook_url", request.webhook_url)):
        found |= _url(name, url, policy)[1]
    if wire.url and wire.html:
        found["html"] = "either url or html, not both"
    named = {_head(name) for name in mistakes}
    mistakes |= {name: why for name, why in found.items() if name not in named}
    if "html" in named:
        mistakes.pop("url", None)  # it was given, and is wrong
    return Screenshot(request=request, webhook_secret=wire.webhook_secret or "", at_once=not wire.wait), mistakes


def _read_wire(given: Mapping[str, Any]) -> tuple[TakeScreenshot, dict[str, str]]:
    try:
        return read_object(given, TakeScreenshot), {}
    except InvalidInput as fault:
        wrong = {_head(name) for name in fault.fields}
        right = {name: given[name] for name in _known() if name in given and name not in wrong}
        return read_object(right, TakeScreenshot), dict(fault.fields)


def _known() -> Iterator[str]:
    return (field.encode_name for field in msgspec.structs.fields(TakeScreenshot))


def _head(name: str) -> str:
    return name.partition("[")[0].partition(".")[0]


def _headers(text: str) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    try:
        return headers_of(text), {}
    except InvalidInput as fault:
        return (), fault.fields or {"headers": fault.message}


def _url(name: str, url: object, policy: EgressPolicy) -> tuple[str, dict[str, str]]:
    if url is None:
        return "", {}
    if not isinstance(url, str) or len(url) > MAX_URL:
        return "", {name: f"a text of at most {MAX_URL} characters"}
    try:
        return checked_target(name, url.strip(), policy), {}
    except InvalidInput as fault:
        return "", fault.fields
