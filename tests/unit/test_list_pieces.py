"""The rest of a list whose first answers a page had fetched: what comes, what does not, and what is told of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from agent.reading import cost_of_fetch
from domain.pages import CapturedResponse, FetchOutcome, FetchRequest, Page, Unrolled, UnrollEnd, Via
from fetch.pieces import with_pieces

API = "https://shop.example/api/boats"


def answer_at(cursor: int, last: int = 50) -> str:
    rows = [{"name": f"Boat {n}"} for n in range(cursor, min(last, cursor + 10))]
    return json.dumps({"items": rows, "next": str(cursor + 10) if cursor + 10 < last else None})


def page_of(url: str, text: str, *, outcome: FetchOutcome = FetchOutcome.OK, detail: str = "") -> Page:
    return Page(
        id="p",
        url=url,
        final_url=url,
        outcome=outcome,
        detail=detail,
        via=Via.HTTP,
        fetched_at=dt.datetime.now(dt.UTC),
        html=text,
        text=text,
    )


class Api:
    """Answers cursors; `instead` is what it answers at one of them."""

    def __init__(self, instead: dict[int, Page] | None = None) -> None:
        self.instead = instead or {}
        self.asked: list[int] = []

    async def fetch(self, request: FetchRequest) -> Page:
        cursor = int(parse_qs(urlsplit(request.url).query)["cursor"][0])
        self.asked.append(cursor)
        return self.instead.get(cursor) or page_of(request.url, answer_at(cursor))


async def pieces(api: Api, *, most: int = 40) -> Page:
    page = page_of("https://shop.example/list", "<ul></ul>")
    page = replace(page, responses=(CapturedResponse(url=f"{API}?cursor=0", body=answer_at(0)),))
    wish = FetchRequest(url=page.url, scope="run", unroll=True, max_pieces=most)
    return await with_pieces(page, api, wish, asyncio.get_running_loop().time() + 60)


async def test_every_answer_that_was_asked_for_is_paid_as_a_page():
    page = await pieces(Api())
    assert page.unrolled == Unrolled(rounds=0, pieces=4, end=UnrollEnd.COMPLETE, asked=4)
    assert cost_of_fetch(page).pages == 5


@pytest.mark.parametrize(
    ("instead", "why"),
    [
        (page_of(API, "", outcome=FetchOutcome.HTTP_ERROR, detail="The site answered with status 503."), "503"),
        (page_of(API, "", outcome=FetchOutcome.TIMED_OUT), "timed out"),
        (page_of(API, "<h1>Log in</h1>"), "no list"),
        (page_of(API, '{"error": "too many requests"}'), "no list"),
    ],
)
async def test_an_answer_that_does_not_come_cuts_the_list_and_its_reason_is_told(instead: Page, why: str):
    page = await pieces(Api({20: instead}))
    assert page.unrolled is not None
    assert (page.unrolled.end, page.unrolled.pieces, page.unrolled.asked) == (UnrollEnd.CUT, 1, 2)
    assert why in page.unrolled.why
    assert len(page.responses) == 2


async def test_an_empty_answer_is_the_end_of_the_list():
    page = await pieces(Api({20: page_of(API, '{"items": [], "next": null}')}))
    assert page.unrolled == Unrolled(rounds=0, pieces=2, end=UnrollEnd.COMPLETE, asked=2)


async def test_a_list_does_not_fetch_beyond_the_budget_of_its_run():
    api = Api()
    page = await pieces(api, most=2)
    assert (page.unrolled and page.unrolled.end, api.asked) == (UnrollEnd.CUT, [10, 20])


async def test_an_api_that_goes_round_is_left_at_the_rows_that_came_before():
    page = await pieces(Api({20: page_of(API, answer_at(0).replace('"10"', '"77"'))}))
    assert page.unrolled == Unrolled(rounds=0, pieces=1, end=UnrollEnd.COMPLETE, asked=2)
