"""Pages that a site may confirm with one small answer (304) instead of sending them again."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from domain.pages import Page

MAX_CHARACTERS = 64_000_000  # of HTML and text in all scopes together
MAX_PAGE = 4_000_000  # one that is larger is not kept


class Kept(msgspec.Struct, frozen=True):
    """A page with what proves it fresh: the ETag and Last-Modified it came with."""

    page: Page
    etag: str
    last_modified: str

    @property
    def conditions(self) -> dict[str, str]:
        """The request headers that ask whether it changed."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}

    @property
    def size(self) -> int:
        return len(self.page.html) + len(self.page.text)


class PageCache:
    """Kept by scope: what one account was shown is never shown to another. The least used goes first."""

    def __init__(self, capacity: int = MAX_CHARACTERS) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._size = 0

    def get(self, scope: str, url: str) -> Kept | None:
        kept = self._kept.get((scope, url))
        if kept is not None:
            self._kept.move_to_end((scope, url))
        return kept

    def keep(self, scope: str, url: str, kept: Kept) -> None:
        self.drop(scope, url)
        if kept.size > min(MAX_PAGE, self._capacity) or not kept.conditions:
            return
        self._kept[scope, url] = kept
        self._size += kept.size
        while self._size > self._capacity:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.size

    def drop(self, scope: str, url: str) -> None:
        if (old := self._kept.pop((scope, url), None)) is not None:
            self._size -= old.size

    def forget(self, scope: str) -> None:
        for key in [key for key in self._kept if key[0] == scope]:
            self.drop(*key)
