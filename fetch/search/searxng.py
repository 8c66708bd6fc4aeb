"""SearXNG, the metasearch engine that an operator runs: its JSON API."""

from __future__ import annotations

import aiohttp

from fetch.search.json_api import call, objects_in
from fetch.search.provider import Hit, SearchResult, results_of


class SearxngSearch:
    """`base_url` is where SearXNG answers `/search`; `json` must be among its `search.formats`."""

    name = "searxng"

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self._session = session
        self._url = f"{base_url.rstrip('/')}/search"

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        asked = {"q": query, "format": "json", "categories": "general"}
        answer = await call(self._session, "GET", self._url, deadline_s=deadline_s, params=asked)
        hits = [Hit(item.get("url"), item.get("title"), item.get("content")) for item in objects_in(answer, "results")]
        return results_of(hits, provider=self.name, query=query, count=count)
