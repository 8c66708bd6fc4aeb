"""What a search provider is, and how it fails.

SearchFailed
├── ProviderTimedOut    it did not answer in time, or could not be reached
├── ProviderBusy        it asks us to come back later
├── ProviderRefused     it does not know our key, or forbids this: asking again soon is no use
└── ProviderGarbled     it answered with something else than results
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from domain.errors import SearchFailed

MAX_QUERY = 400  # characters: Brave's and Tavily's own limit
MAX_COUNT = 50  # results of one call: more than any provider gives on a page
MAX_TITLE, MAX_SNIPPET = 300, 1000  # characters kept of a result


class ProviderTimedOut(SearchFailed):
    """The search provider did not answer in time."""


class ProviderBusy(SearchFailed):
    """The search provider asks to come back later."""

    def __init__(self, message: str | None = None, *, retry_after_s: float = 0.0) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class ProviderRefused(SearchFailed):
    """The search provider refuses us."""


class ProviderGarbled(SearchFailed):
    """The search provider's answer could not be read."""


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """One page that a provider names. `rank` counts from 1 within its answer; `url` is as the provider wrote it until
    the chain makes it canonical."""

    url: str
    title: str
    snippet: str
    provider: str
    query: str
    rank: int


class SearchProvider(Protocol):
    @property
    def name(self) -> str: ...

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        """At most `count` results, best first; none is an answer too. Raises SearchFailed within `deadline_s`."""
        ...


class Hit(msgspec.Struct, frozen=True):
    """A result as providers spell it: every field may be missing or of another type in the wild."""

    url: object = ""
    title: object = ""
    snippet: object = ""


def results_of(hits: list[Hit], *, provider: str, query: str, count: int) -> tuple[SearchResult, ...]:
    """The usable ones among `hits`, ranked in their order."""
    usable = [hit for hit in hits if isinstance(hit.url, str) and hit.url]
    return tuple(
        SearchResult(
            url=str(hit.url),
            title=_line(hit.title, MAX_TITLE),
            snippet=_line(hit.snippet, MAX_SNIPPET),
            provider=provider,
            query=query,
            rank=rank,
        )
        for rank, hit in enumerate(usable[:count], start=1)
    )


def _line(text: object, limit: int) -> str:
    return " ".join(text.split())[:limit] if isinstance(text, str) else ""
