"""The rest of a list whose first answers a page had fetched: what comes, what does not, and what is told of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from agent.reading import cost_of_fetch
from domain.pages import CapturedResponse, FetchOutcome, FetchRequest, Page, Posted, Unrolled, UnrollEnd, Via
from fetch.cursors import NOT_SAID_HOW
from fetch.pieces import MAY_CHANGE, with_pieces
from fetch.showing import is_shown

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


class PostedApi:
    """Answers cursors that stand in what is posted."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def fetch(self, request: FetchRequest) -> Page:
        assert request.posted is not None
        assert request.posted.content_type == "application/json"
        self.asked.append((request.url, request.posted.body))
        return page_of(request.url, answer_at(int(json.loads(request.posted.body)["variables"]["cursor"])))


def shown_page(*answers: CapturedResponse) -> Page:
    text = "Boats\n" + "\n".join(f"Boat {n}" for n in range(10))
    return replace(page_of("https://shop.example/list", text), responses=answers)


def posted_answer(cursor: int | None = None, *, query: str = "query Boats { boats }") -> CapturedResponse:
    posted = json.dumps({"query": query, "variables": {"cursor": cursor and str(cursor)}})
    asked = Posted(body=posted, content_type="application/json")
    return CapturedResponse(url=API, body=answer_at(cursor or 0), posted=asked)


async def all_pieces(page: Page, api: Api | PostedApi) -> Page:
    wish = FetchRequest(url=page.url, scope="run", unroll=True)
    return await with_pieces(page, api, wish, asyncio.get_running_loop().time() + 60)


async def test_a_list_that_is_asked_for_by_post_is_followed_where_the_page_shows_its_rows():
    api = PostedApi()
    page = await all_pieces(shown_page(posted_answer()), api)
    assert page.unrolled == Unrolled(rounds=0, pieces=4, end=UnrollEnd.COMPLETE, asked=4)
    assert [url for url, _ in api.asked] == [API] * 4
    assert api.asked[0][1] == '{"query":"query Boats { boats }","variables":{"cursor":"10"}}'


async def test_what_scripts_posted_themselves_is_not_asked_again():
    api = PostedApi()
    page = await all_pieces(shown_page(*map(posted_answer, (None, 10, 20, 30, 40))), api)
    assert (page.unrolled, api.asked) == (None, [])


async def test_a_list_that_a_change_answers_is_not_asked_on_but_told_as_cut():
    api = PostedApi()
    page = await all_pieces(shown_page(posted_answer(query="mutation Seen { boats }")), api)
    assert page.unrolled == Unrolled(rounds=0, end=UnrollEnd.CUT, why=MAY_CHANGE)
    assert api.asked == []


async def test_rows_that_the_page_does_not_show_are_not_posted_for():
    api = PostedApi()
    hidden = replace(shown_page(posted_answer()), text="Boat of the week: none of these rows")
    assert ((await all_pieces(hidden, api)).unrolled, api.asked) == (None, [])


async def test_a_shown_list_whose_token_no_parameter_takes_is_told_as_cut():
    answer = CapturedResponse(url=API, body=answer_at(0))
    page = await all_pieces(shown_page(answer), Api())
    assert page.unrolled == Unrolled(rounds=0, end=UnrollEnd.CUT, why=NOT_SAID_HOW)
    used = CapturedResponse(url=f"{API}/after/10", body=answer_at(40))
    assert (await all_pieces(shown_page(answer, used), Api())).unrolled is None
    menu = replace(shown_page(answer), text="Home\nAbout us")
    assert (await all_pieces(menu, Api())).unrolled is None


async def test_an_answer_that_names_the_next_in_its_link_header_is_followed():
    first = CapturedResponse(url=API, body=json.dumps([{"name": f"Boat {n}"} for n in range(10)]))
    page = shown_page(replace(first, following=f"{API}?cursor=40"))
    told = (await all_pieces(page, Api())).unrolled
    assert told == Unrolled(rounds=0, pieces=1, end=UnrollEnd.COMPLETE, asked=1)


def test_of_a_row_of_many_texts_the_first_are_looked_at():
    inner = {f"k{n}": f"Hull {n}" for n in range(60)}
    rows = [{"parts": {f"p{n}": inner for n in range(60)}, "name": f"Boat {row}"} for row in range(3)]
    text = "Boat 0 Boat 1 Boat 2"
    assert not is_shown(rows, text)
    assert is_shown([{"name": row["name"], "parts": row["parts"]} for row in rows], text)
