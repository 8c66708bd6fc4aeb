"""How a visit ended: with what the page showed, or with why there was nothing to show."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from domain.pages import CapturedResponse, FetchOutcome, Unrolled
from fetch.browser.document import TOO_LARGE
from fetch.browser.process import BrowserDied, is_death

# What Chromium says of a document that could not be had, and what that means to us.
_FAILURES: tuple[tuple[str, FetchOutcome, str], ...] = (
    ("ERR_TOO_MANY_REDIRECTS", FetchOutcome.TOO_MANY_REDIRECTS, "It redirects without end."),
    ("Download is starting", FetchOutcome.UNSUPPORTED_CONTENT, "It is a download, not a page."),
    ("ERR_ABORTED", FetchOutcome.UNSUPPORTED_CONTENT, "It gives no page."),  # 204, or a download refused
    ("ERR_INVALID_RESPONSE", FetchOutcome.UNREACHABLE, "Its answer cannot be read."),
    ("TIMED_OUT", FetchOutcome.TIMED_OUT, "No answer came in time."),
    ("ERR_RESPONSE_HEADERS_TOO_BIG", FetchOutcome.TOO_LARGE, "Its headers are too large."),
    ("ERR_UNSAFE_PORT", FetchOutcome.UNSAFE_URL, "This URL may not be fetched."),
)


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a visit. `is_spoiled`: this browser page must not be used again. `unanswered` are host and port of
    data that its scripts asked for and did not get."""

    outcome: FetchOutcome
    detail: str = ""
    status: int = 0
    final_url: str = ""
    headers: Mapping[str, str] = {}
    html: str = ""
    received: int = 0
    responses: tuple[CapturedResponse, ...] = ()
    unrolled: Unrolled | None = None
    unanswered: frozenset[tuple[str, int]] = frozenset()
    is_spoiled: bool = False


def failed(message: str, url: str) -> Rendered:
    """The end of a visit whose document could not be had, by the browser's error; `url` is what was asked for last.
    Raises BrowserDied."""
    if is_death(message):
        raise BrowserDied
    for sign, outcome, detail in _FAILURES:
        if sign in message:
            return Rendered(outcome=outcome, detail=detail, is_spoiled=True)
    code = next((word for word in message.replace(":", " ").split() if word.startswith("ERR_")), "no answer")
    return Rendered(
        outcome=FetchOutcome.UNREACHABLE,
        detail=f"It could not be reached ({code}).",
        final_url=url,
        is_spoiled=True,
    )


def too_large() -> Rendered:
    return Rendered(outcome=FetchOutcome.TOO_LARGE, detail=TOO_LARGE, is_spoiled=True)
