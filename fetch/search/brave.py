"""Brave Search's web API."""

from __future__ import annotations

import aiohttp

from fetch.search.json_api import call, objects_in
from fetch.search.provider import Hit, SearchResult, results_of

BASE_URL = "https://api.search.brave.com"
MAX_PAGE = 20  # results: the API refuses more


class BraveSearch:
    name = "brave"

    def __init__(self, session: aiohttp.ClientSession, api_key: str, base_url: str = BASE_URL) -> None:
        self._session = session
        self._headers = {"X-Subscription-Token": api_key}
        self._url = f"{base_url.rstrip('/')}/res/v1/web/search"

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        asked = {"q": query, "count": str(min(count, MAX_PAGE)), "text_decorations": "false"}
        answer = await call(self._session, "GET", self._url, deadline_s=deadline_s, params=asked, headers=self._headers)
        found = objects_in(answer, "web", "results")
        hits = [Hit(item.get("url"), item.get("title"), item.get("description")) for item in found]
        return results_of(hits, provider=self.name, query=query, count=count)
