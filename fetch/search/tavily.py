"""Tavily's search API."""

from __future__ import annotations

import aiohttp

from fetch.search.json_api import call, objects_in
from fetch.search.provider import Hit, SearchResult, results_of

BASE_URL = "https://api.tavily.com"
MAX_PAGE = 20  # results: the API refuses more


class TavilySearch:
    name = "tavily"

    def __init__(self, session: aiohttp.ClientSession, api_key: str, base_url: str = BASE_URL) -> None:
        self._session = session
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._url = f"{base_url.rstrip('/')}/search"

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        asked = {"query": query, "max_results": min(count, MAX_PAGE), "search_depth": "basic"}
        answer = await call(self._session, "POST", self._url, deadline_s=deadline_s, headers=self._headers, body=asked)
        hits = [Hit(item.get("url"), item.get("title"), item.get("content")) for item in objects_in(answer, "results")]
        return results_of(hits, provider=self.name, query=query, count=count)
