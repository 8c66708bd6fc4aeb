"""Pictures of pages: what may be asked of one, and what comes of it."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from domain.bulk import TargetOptions
from domain.egress import MAX_HEADERS, check_headers
from domain.errors import InvalidInput, NotConfigured
from domain.pages import FetchOutcome
from domain.proxies import ProxyTable
from domain.run_request import RunRequest
from domain.selectors import is_selector

MIN_SIDE, MAX_SIDE = 100, 4_000  # pixels of a viewport
MAX_PICTURE = 16_384  # pixels, high or wide: Chromium draws no larger surface
MAX_PIXELS = MAX_PICTURE * MAX_SIDE  # of one picture: the browser takes 600 MB to draw so many
MAX_QUALITY = 100
MAX_DELAY_MS = 10_000
MIN_TIMEOUT_MS, MAX_TIMEOUT_MS = 1_000, 60_000
MAX_WAIT_MS = 60_000  # a page that is waited for longer than it may take to load
MAX_SCRIPT = 4_096  # characters
SCRIPT_S = 10.0  # that a script may run
MAX_CSS = 65_535
MAX_HTML = 1_000_000  # characters; with its pictures inline a page of prose has a tenth of that
MAX_SELECTOR = 1_000
MAX_SCROLL = 1_000_000  # pixels
MIN_CACHE_S, MAX_CACHE_S = 60, 2_592_000
MIN_LINK_S, MAX_LINK_S = 60, 604_800
_COUNTRY = re.compile(r"[A-Za-z]{2}")


class Device(StrEnum):
    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"


class CaptureFormat(StrEnum):
    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]

    @property
    def has_quality(self) -> bool:
        return self in {CaptureFormat.JPG, CaptureFormat.WEBP}


_MEDIA_TYPES = {
    CaptureFormat.PNG: "image/png",
    CaptureFormat.JPG: "image/jpeg",
    CaptureFormat.WEBP: "image/webp",
    CaptureFormat.PDF: "application/pdf",
}


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class CaptureRequest(RunRequest, frozen=True, kw_only=True, omit_defaults=True, tag="capture"):
    """One picture of the page at `url`, or of `html`.

    The viewport is the device's where `width` and `height` are left out; a picture has one pixel for each CSS pixel.
    `wait_selector` is an element that must be there before the picture is taken, `wait_ms` a time to let pass. `script`
    runs in the page. `headers` go to the page's own origin alone. `selector` takes the picture of one element.
    `cache_ttl_s`: a picture of the same request that is no older will do. `link_s`: a signed link of that life is
    wanted. `proxy_country` is an ISO 3166-1 alpha-2 code.
    """

    html: str = ""
    device: Device = Device.DESKTOP
    width: int | None = None
    height: int | None = None
    format: CaptureFormat = CaptureFormat.PNG
    quality: int = 80
    full_page: bool = False
    block_ads: bool = False
    block_cookies: bool = False
    stealth: bool = False
    delay_ms: int = 0
    timeout_ms: int = 30_000
    scroll_to: int = 0
    proxy_country: str = ""
    script: str = ""
    selector: str = ""
    wait_selector: str = ""
    wait_ms: int = 0
    css: str = ""
    theme: Theme = Theme.LIGHT
    headers: tuple[tuple[str, str], ...] = ()
    cache_ttl_s: int | None = None
    link_s: int | None = None

    @property
    def title(self) -> str:
        return self.url or "html"

    @property
    def deadline_s(self) -> float:
        """How long it may take in all: the page's loading, and what is waited for after it."""
        waits_ms = self.delay_ms + self.wait_ms + (self.timeout_ms if self.wait_selector else 0)
        script_s = SCRIPT_S if self.script else 0.0
        return (self.timeout_ms + waits_ms) / 1_000 + script_s + AFTER_LOADING_S


AFTER_LOADING_S = 20.0  # to scroll through a long page, draw and encode


class CaptureResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `image` is empty where `outcome` is not OK; `detail` says why, in one line for people.

    `width` and `height` are the picture's, in pixels; of a PDF they are its page's, in CSS pixels. `notes` tell of what
    was not done as asked, say a page that is higher than a picture may be. `status` is the page's HTTP status.
    `elapsed_ms` is all the time it took, `browser_ms` what is left of it without waiting for a turn and for a browser.
    """

    outcome: FetchOutcome
    detail: str = ""
    image: bytes = b""
    media_type: str = ""
    width: int = 0
    height: int = 0
    notes: tuple[str, ...] = ()
    status: int = 0
    final_url: str = ""
    elapsed_ms: int = 0
    browser_ms: int = 0

    @property
    def ok(self) -> bool:
        return self.outcome is FetchOutcome.OK


def check_country(request: CaptureRequest, table: ProxyTable) -> None:
    """Raises NotConfigured where no proxy is in the country that the page is to be seen from."""
    try:
        table.check(TargetOptions(geo_code=request.proxy_country))
    except NotConfigured as fault:
        raise NotConfigured(fields=dict.fromkeys(("proxy_country",), next(iter(fault.fields.values())))) from None


def capture_problems(request: CaptureRequest) -> dict[str, str]:
    """What is off with a request, by the parameter's name in the API. URLs and headers are checked elsewhere."""
    checks = {
        "url": (bool(request.url) or bool(request.html), "either url or html is required"),
        "html": (len(request.html) <= MAX_HTML, f"at most {MAX_HTML} characters"),
        "width": (_between(request.width, MIN_SIDE, MAX_SIDE), f"between {MIN_SIDE} and {MAX_SIDE}"),
        "height": (_between(request.height, MIN_SIDE, MAX_SIDE), f"between {MIN_SIDE} and {MAX_SIDE}"),
        "quality": (_between(request.quality, 1, MAX_QUALITY), f"between 1 and {MAX_QUALITY}"),
        "delay": (_between(request.delay_ms, 0, MAX_DELAY_MS), f"between 0 and {MAX_DELAY_MS}"),
        "timeout": (
            _between(request.timeout_ms, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS),
            f"between {MIN_TIMEOUT_MS} and {MAX_TIMEOUT_MS}",
        ),
        "scroll_to": (_between(request.scroll_to, 0, MAX_SCROLL), f"between 0 and {MAX_SCROLL}"),
        "proxy_country": (
            not request.proxy_country or bool(_COUNTRY.fullmatch(request.proxy_country)),
            "an ISO 3166-1 alpha-2 code, as DE",
        ),
        "js_scenario": (len(request.script) <= MAX_SCRIPT, f"at most {MAX_SCRIPT} characters"),
        "selector": (_selects(request.selector), f"a CSS selector of at most {MAX_SELECTOR} characters"),
        "wait_for": (
            _selects(request.wait_selector) and _between(request.wait_ms, 0, MAX_WAIT_MS),
            f"a CSS selector of at most {MAX_SELECTOR} characters, or milliseconds between 0 and {MAX_WAIT_MS}",
        ),
        "css": (len(request.css) <= MAX_CSS, f"at most {MAX_CSS} characters"),
        "cache_ttl": (
            _between(request.cache_ttl_s, MIN_CACHE_S, MAX_CACHE_S),
            f"between {MIN_CACHE_S} and {MAX_CACHE_S}",
        ),
        "signed_link_expires_in": (
            _between(request.link_s, MIN_LINK_S, MAX_LINK_S),
            f"between {MIN_LINK_S} and {MAX_LINK_S}",
        ),
    }
    problems = {name: limit for name, (holds, limit) in checks.items() if not holds}
    if request.format is CaptureFormat.PDF and request.selector:
        problems["selector"] = "a pdf shows whole pages: leave selector out, or ask for a picture"
    try:
        check_headers(request.headers)
    except InvalidInput as fault:
        problems |= fault.fields
    return problems


def _selects(selector: str) -> bool:
    return not selector or (len(selector) <= MAX_SELECTOR and is_selector(selector))


def _between(value: int | None, low: int, high: int) -> bool:
    return value is None or low <= value <= high


def wait_of(text: str) -> tuple[str, int]:
    """The selector and the milliseconds that a `wait_for` of the API means: one of them is empty."""
    text = text.strip()
    return ("", int(text)) if text.isdecimal() and len(text) < 10 else (text, 0)


def headers_of(text: str) -> tuple[tuple[str, str], ...]:
    """Request headers from the JSON object that the API takes as text. Raises InvalidInput."""
    try:
        headers = tuple(msgspec.json.decode(text, type=dict[str, str]).items()) if text.strip() else ()
    except (msgspec.DecodeError, UnicodeError):
        raise InvalidInput(fields={"headers": "a JSON object of texts, as a text"}) from None
    if len(headers) > MAX_HEADERS:
        raise InvalidInput(fields={"headers": f"at most {MAX_HEADERS} keys"})
    return check_headers(headers)
