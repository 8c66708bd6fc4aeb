"""What is sent by POST: once, to the address itself, and never out of a cache."""

from __future__ import annotations

import json

from egress_support import Call, Web

from domain.pages import FetchOutcome, FetchRequest, Page, Posted
from fetch.http import HttpTier

ASKED = Posted(body='{"after":"é"}', content_type="application/json")


async def post(tier: HttpTier, url: str) -> Page:
    return await tier.fetch(FetchRequest(url=url, scope="run", deadline_s=30.0, posted=ASKED))


async def test_a_body_is_sent_as_it_is_each_time_and_its_answer_is_not_kept(tier: HttpTier, web: Web) -> None:
    async def echo(call: Call) -> None:
        body = await call.reader.readexactly(int(call.headers["content-length"]))
        told = {"method": call.method, "type": call.headers["content-type"], "body": body.decode()}
        await call.answer(
            json.dumps(told).encode(), "Content-Type: application/json", 'ETag: "a"', "Link: </next>; rel=next"
        )

    web.routes["/api"] = echo
    for times in (1, 2):
        page = await post(tier, web.url("/api"))
        assert json.loads(page.text) == {"method": "POST", "type": "application/json", "body": ASKED.body}
        assert page.following == web.url("/next")
        assert web.paths() == ["/api"] * times


async def test_what_is_sent_is_not_sent_on_to_where_it_is_redirected(tier: HttpTier, web: Web) -> None:
    web.page("/api", "", f"Location: {web.url('/other')}", status="307 X")
    page = await post(tier, web.url("/api"))
    assert (page.outcome, web.paths()) == (FetchOutcome.HTTP_ERROR, ["/api"])


async def test_what_broke_off_is_not_sent_again(tier: HttpTier, web: Web) -> None:
    web.raw("/api", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    page = await post(tier, web.url("/api"))
    assert (page.outcome, web.paths()) == (FetchOutcome.UNREACHABLE, ["/api"])


async def test_a_busy_server_is_left_alone_for_as_long_as_it_says(tier: HttpTier, web: Web) -> None:
    web.page("/api", "", "Retry-After: 8", status="429 Too Many Requests")
    assert (await post(tier, web.url("/api"))).outcome is FetchOutcome.BLOCKED
    later = await tier.fetch(FetchRequest(url=web.url("/b"), scope="run", deadline_s=2.0))
    assert (later.outcome, web.paths()) == (FetchOutcome.TIMED_OUT, ["/api"])
