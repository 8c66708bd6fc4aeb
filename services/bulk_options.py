"""What may be asked of a bulk job's Targets, by the names that callers know the options by."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from domain.bulk import (
    MAX_ACTIONS,
    MAX_BODY,
    MAX_COOKIES,
    MAX_CUSTOM_WAIT_MS,
    MAX_PLAY_WAIT_MS,
    MAX_REQUEST_COUNT,
    MAX_SCRIPT,
    MAX_SCROLL,
    MAX_SELECTOR,
    MAX_SESSION,
    MAX_TIMEOUT_MS,
    MIN_TIMEOUT_MS,
    PlayAction,
    PlayKind,
    RenderOptions,
    TargetOptions,
)
from domain.egress import check_headers
from domain.errors import InvalidInput
from domain.selectors import is_selector

MAX_TARGET_HEADERS = 40  # a browser sends some twenty of its own
MAX_GEO = 32
SELECTOR = f"a CSS selector of at most {MAX_SELECTOR} characters"
_SIGNS = "webhook-"  # the headers that sign a delivery are ours

_NEEDS_SELECTOR = frozenset({PlayKind.CLICK, PlayKind.WAIT_SELECTOR, PlayKind.FILL, PlayKind.SCROLL_TO})
_LIMITS = {
    PlayKind.WAIT: ("Timeout", MAX_PLAY_WAIT_MS),
    PlayKind.WAIT_FOR_REQUEST_COUNT: ("RequestCount", MAX_REQUEST_COUNT),
}


def checked_options(
    options: TargetOptions, webhook_headers: tuple[tuple[str, str], ...], problems: dict[str, str]
) -> TargetOptions:
    """The options as they are kept. What is wrong with them goes into `problems`, by name."""
    problems |= dict(_plain(options))
    problems |= dict(_headers("Headers", options.headers))
    problems |= dict(_headers("WebhookHeaders", webhook_headers))
    if any(name.lower().startswith(_SIGNS) for name, _ in webhook_headers):
        problems["WebhookHeaders"] = f"{_SIGNS}* headers are ours: they sign what is sent"
    if options.render is not None:
        problems |= dict(_rendering(options.render))
    country = options.geo_code.lower()
    return msgspec.structs.replace(options, geo_code=country)


def _plain(options: TargetOptions) -> Iterator[tuple[str, str]]:
    between = f"between {MIN_TIMEOUT_MS} and {MAX_TIMEOUT_MS} ms"
    if not MIN_TIMEOUT_MS <= options.timeout_ms <= MAX_TIMEOUT_MS:
        yield "Timeout", between
    if not MIN_TIMEOUT_MS <= options.retry_timeout_ms <= MAX_TIMEOUT_MS:
        yield "RetryTimeout", between
    if len(options.body) > MAX_BODY:
        yield "Body", f"at most {MAX_BODY} characters"
    if len(options.set_cookies) > MAX_COOKIES or not options.set_cookies.isprintable():
        yield "SetCookies", f"name=value; name=value, at most {MAX_COOKIES} printable characters"
    elif options.set_cookies and not all("=" in pair for pair in options.set_cookies.split(";") if pair.strip()):
        yield "SetCookies", "name=value; name=value"
    if len(options.session_id) > MAX_SESSION or not options.session_id.isprintable():
        yield "SessionID", f"at most {MAX_SESSION} printable characters"
    if options.geo_code and not (
        len(options.geo_code) == 2 and options.geo_code.isascii() and options.geo_code.isalpha()
    ):
        yield "GeoCode", "an ISO 3166-1 alpha-2 code, as us"
    if len(options.regional_geo_code) > MAX_GEO:
        yield "RegionalGeoCode", f"a region, at most {MAX_GEO} characters"


def _headers(name: str, headers: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    try:
        check_headers(headers, most=MAX_TARGET_HEADERS, hints=name == "Headers")
    except InvalidInput as fault:
        yield name, fault.fields["headers"]


def _rendering(render: RenderOptions) -> Iterator[tuple[str, str]]:
    if render.block_resources and render.play:
        yield "Render.BlockResources", "cannot be true with PlayWithBrowser: send false"
    if render.block_resources and render.takes_pictures:
        yield "Render.BlockResources", "cannot be true with a screenshot: send false"
    if not 0 <= render.custom_wait_ms <= MAX_CUSTOM_WAIT_MS:
        yield "Render.CustomWait", f"between 0 and {MAX_CUSTOM_WAIT_MS} ms"
    for name, selector in (
        ("Render.WaitSelector", render.wait_selector),
        ("Render.ParticularScreenshot", render.particular_screenshot),
    ):
        if selector and not _selects(selector):
            yield name, SELECTOR
    if len(render.play) > MAX_ACTIONS:
        yield "Render.PlayWithBrowser", f"at most {MAX_ACTIONS} actions"
    for at, action in enumerate(render.play[:MAX_ACTIONS]):
        for name, why in _acting(action):
            yield f"Render.PlayWithBrowser[{at}].{name}", why


def _acting(action: PlayAction) -> Iterator[tuple[str, str]]:
    if action.kind in _NEEDS_SELECTOR and not _selects(action.selector):
        yield "Selector", f"required, {SELECTOR}"
    if action.kind is PlayKind.EXECUTE and not action.text:
        yield "Execute", "required"
    if len(action.text) > MAX_SCRIPT:
        yield "Execute" if action.kind is PlayKind.EXECUTE else "Value", f"at most {MAX_SCRIPT} characters"
    if action.kind in _LIMITS:
        name, most = _LIMITS[action.kind]
        if not 0 < action.amount <= most:
            yield name, f"between 1 and {most}"
    if action.kind in {PlayKind.SCROLL_X, PlayKind.SCROLL_Y} and not -MAX_SCROLL <= action.amount <= MAX_SCROLL:
        yield "Value", f"between {-MAX_SCROLL} and {MAX_SCROLL} pixels"
    if not 0 <= action.timeout_ms <= MAX_PLAY_WAIT_MS:
        yield "Timeout", f"between 0 and {MAX_PLAY_WAIT_MS} ms"
    if action.kind is PlayKind.WAIT_FOR_REQUEST_COUNT and len(action.text) > MAX_SELECTOR:
        yield "Pattern", f"at most {MAX_SELECTOR} characters"


def _selects(selector: str) -> bool:
    return len(selector) <= MAX_SELECTOR and is_selector(selector)
