"""One-shot extraction reads a list as a run does: with what its page shows only when asked."""

from __future__ import annotations

import json

import httpx
from flows_harness import base_url, working
from store_support import START

from agent.pursuits import pursue
from agent.state import Ending, Journal, RunState, Tools
from domain.clock import SystemClock
from domain.pages import CapturedResponse, FetchOutcome, FetchRequest, Page, Unrolled, UnrollEnd, Via
from fetch.offload import InlineOffload
from services.service import Service

__all__ = ["base_url"]


def answer(first: int) -> CapturedResponse:
    rows = [{"name": f"Oak boat no. {n}", "price": f"${n}.00"} for n in range(first, first + 10)]
    return CapturedResponse(url=f"https://shop.example/api/boats?page={first // 10}", body=json.dumps({"items": rows}))


class Unrolling:
    """A page that has ten rows, and ten more where it is asked to unroll."""

    def forget(self, scope: str) -> None:
        """It keeps nothing."""

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        return ()

    async def fetch(self, request: FetchRequest) -> Page:
        asked = 1 if request.unroll and request.max_pieces > 0 else 0
        return Page(
            id="5" * 32,
            url=request.url,
            final_url=request.url,
            outcome=FetchOutcome.OK,
            via=Via.BROWSER,
            fetched_at=START,
            status=200,
            html="<html><body><h1>Boats</h1><ul id=l></ul></body></html>",
            text="Boats",
            responses=tuple(answer(first) for first in (10, 20)[: asked + 1]),
            unrolled=Unrolled(rounds=0, pieces=asked, end=UnrollEnd.COMPLETE, asked=asked),
        )


async def _pursue(state: RunState, tools: Tools, journal: Journal) -> Ending:
    own = Tools(fetcher=Unrolling(), search=None, models=None, offload=InlineOffload(), clock=SystemClock())
    return await pursue(state, own, journal)


async def test_one_shot_extraction_asks_a_list_for_all_it_has(client: httpx.AsyncClient, service: Service) -> None:
    asked = {"url": "https://shop.example/boats", "schema": {"name": "string", "price": "string"}, "maxItems": 50}
    async with working(service, _pursue):
        told = (await client.post("/api/v1/extract", json=asked)).json()
    assert [item["name"] for item in told["data"]["items"]] == [f"Oak boat no. {n}" for n in range(10, 30)]
