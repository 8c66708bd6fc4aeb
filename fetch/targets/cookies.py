"""The cookies of one Target, or of the session that it belongs to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from domain.errors import InvalidInput
from domain.urls import ParsedUrl, parse_url
from fetch.cookies import ScopedCookies

MAX_KEPT = 150  # answers that set a cookie, of one session
MAX_TEXT = 65_536  # characters of what is kept
_ONE = ""  # the only scope of a jar that is made for one Target


class Cookies:
    """What was set so far, by sites (`kept` is what `dump` gave) and by the caller for the site that is asked."""

    def __init__(self, kept: str, given: str, home: ParsedUrl) -> None:
        self._jar = ScopedCookies()
        self._set: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._given = _pairs(given)
        self._home = home
        for url, line in _read(kept):
            self.keep(url, [line])

    def header(self, url: ParsedUrl) -> str:
        """The Cookie header for a request. What a site has set since stands in place of what the caller gave."""
        own = self._given if url.host == self._home.host else {}
        return "; ".join(f"{name}={value}" for name, value in (own | _pairs(self._jar.header(_ONE, url))).items())

    def keep(self, url: ParsedUrl, lines: Sequence[str]) -> None:
        self._jar.keep(_ONE, url, lines)
        for line in lines:
            name = line.partition("=")[0].strip()
            key = (url.href, name)
            self._set[key] = line
            self._set.move_to_end(key)
            if len(self._set) > MAX_KEPT:
                self._set.popitem(last=False)

    def dump(self) -> str:
        """All that sites have set, as text; the newest of it where it is too much."""
        kept = [(url, line) for (url, _), line in self._set.items()]
        while len(text := msgspec.json.encode(kept).decode()) > MAX_TEXT:
            kept = kept[len(kept) // 2 + 1 :]
        return text if kept else ""


def _pairs(text: str) -> dict[str, str]:
    """`a=1; b=2` by name."""
    split = (pair.strip().partition("=") for pair in text.split(";") if "=" in pair)
    return {name.strip(): value.strip() for name, _, value in split}


def _read(kept: str) -> list[tuple[ParsedUrl, str]]:
    try:
        found = msgspec.json.decode(kept, type=list[tuple[str, str]]) if kept else []
        return [(parse_url(url), line) for url, line in found]
    except (msgspec.DecodeError, InvalidInput):
        return []  # a session begins anew sooner than that a Target fails
