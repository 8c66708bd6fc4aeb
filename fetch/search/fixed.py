"""A search that knows a given list of pages: for closed networks, tests and demonstrations."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import msgspec

from domain.errors import InvalidInput
from fetch.search.provider import Hit, ProviderTimedOut, SearchResult, results_of

MAX_ENTRIES = 10_000
MAX_FILE_BYTES = 10_000_000


class FixedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A page. Without title and snippet it has no words to match, and answers every query."""

    url: str
    title: str = ""
    snippet: str = ""


class FixedSearch:
    name = "fixed"

    def __init__(self, entries: tuple[FixedEntry, ...]) -> None:
        self._entries = [(entry, _words(f"{entry.title} {entry.snippet}")) for entry in entries]

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        if deadline_s <= 0:
            raise ProviderTimedOut
        asked = _words(query)
        scored = [(len(asked & words), entry) for entry, words in self._entries if not words or asked & words]
        scored.sort(key=lambda pair: -pair[0])  # stable: equals stay in the list's order
        hits = [Hit(entry.url, entry.title or entry.url, entry.snippet) for _, entry in scored]
        return results_of(hits, provider=self.name, query=query, count=count)


def fixed_entries(items: tuple[str, ...]) -> tuple[FixedEntry, ...]:
    """Each item is a URL, or the path of a JSON file with a list of `{"title", "url", "snippet"}`.

    Raises InvalidInput for a file that cannot be read so.
    """
    entries: list[FixedEntry] = []
    for item in items:
        entries.extend(_entries_in(Path(item)) if "://" not in item else [FixedEntry(url=item)])
    if len(entries) > MAX_ENTRIES:
        raise InvalidInput(f"the fixed search knows at most {MAX_ENTRIES} pages, got {len(entries)}")
    return tuple(entries)


def _entries_in(path: Path) -> list[FixedEntry]:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(MAX_FILE_BYTES), type=list[FixedEntry])
    except OSError as fault:
        raise InvalidInput(f"the fixed search's {str(path)!r} is no URL and cannot be read: {fault.strerror}") from None
    except msgspec.DecodeError as fault:
        raise InvalidInput(f"the fixed search's {str(path)!r} is not a list of pages: {fault}") from None


_SMALL_WORDS = frozenset(
    re.findall(r"\w+", "a all an and any are at by find for from get in is list near of on or the their to with")
)


def _words(text: str) -> frozenset[str]:
    """Words of two letters or more, without case, accents and a plural's s."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return frozenset(_singular(word) for word in re.findall(r"\w{2,}", bare)) - _SMALL_WORDS


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
