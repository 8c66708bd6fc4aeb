"""What is left out of pictures without advertisements: by filter lists, through Brave's engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import structlog
from adblock import BlockerException, Engine, FilterSet

log = structlog.get_logger(__name__)

MAX_NAMES = 5_000  # classes and ids of a page that are looked up; heavy pages have 2,000
MAX_LIST_BYTES = 50_000_000  # the largest list in wide use has 4 MB
OWN_LIST = files("fetch.capture").joinpath("filters.txt")
# What the browser calls a resource, as the lists call it.
_KINDS = {
    "Document": "sub_frame",
    "Stylesheet": "stylesheet",
    "Image": "image",
    "Media": "media",
    "Font": "font",
    "Script": "script",
    "XHR": "xmlhttprequest",
    "Fetch": "xmlhttprequest",
    "WebSocket": "websocket",
    "Ping": "ping",
    "CSPViolationReport": "csp_report",
}


class AdFilter:
    """Our own list, and those in the files `paths`, in EasyList's syntax. Used on one thread."""

    def __init__(self, paths: Sequence[str] = ()) -> None:
        filters = FilterSet(debug=False)
        for text in _texts(paths):
            filters.add_filter_list(text, format="standard")
        self._engine = Engine(filters, optimize=True)

    def blocks(self, url: str, page_url: str, kind: str) -> bool:
        """Whether a request of the page at `page_url` is for an advertisement or a tracker. `kind` is as CDP says."""
        try:
            return self._engine.check_network_urls(url, page_url, _KINDS.get(kind, "other")).matched
        except BlockerException:  # an address that is none
            return False

    def hidden(self, page_url: str, classes: Sequence[str], ids: Sequence[str]) -> str:
        """A style sheet that hides what the lists name, of the classes and ids that the page has; "" for nothing."""
        told = self._engine.url_cosmetic_resources(page_url)
        selectors = set(told.hide_selectors)
        if not told.generichide:  # ty: ignore[missing-attribute] - its stubs lack it
            names = (list(classes[:MAX_NAMES]), list(ids[:MAX_NAMES]))
            selectors |= set(self._engine.hidden_class_id_selectors(*names, set(told.exceptions)))
        # One rule each: a selector that the browser does not know takes no other down with it.
        return "\n".join(f"{selector} {{ display: none !important }}" for selector in sorted(selectors))


def _texts(paths: Sequence[str]) -> Iterable[str]:
    yield OWN_LIST.read_text("utf-8")
    for path in paths:
        try:
            with Path(path).open("rb") as opened:
                yield opened.read(MAX_LIST_BYTES).decode("utf-8", "replace")
        except OSError as fault:
            log.warning("capture.filter_list_unreadable", path=path, reason=fault.strerror)
