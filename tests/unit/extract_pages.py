"""Pages for the tests of extraction, written for them."""

from __future__ import annotations

import datetime as dt

from domain.pages import FetchOutcome, Page, Via
from fetch.dom import describe

FETCHED_AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def page_of(html: str, url: str = "https://shop.example/list") -> Page:
    facts = describe(html, url)
    return Page(
        id="page",
        url=url,
        final_url=url,
        outcome=FetchOutcome.OK,
        via=Via.FILE,
        fetched_at=FETCHED_AT,
        html=html,
        text=facts.text,
        title=facts.title,
        language=facts.language,
    )


def cards(count: int, *, price_class: str = "price", start: int = 0) -> str:
    return "".join(
        f'<div class="card"><h3><a href="/p/{number}">Walnut shelf model {number}</a></h3>'
        f'<span class="{price_class}">£{number}.50</span><p class="stock">In stock</p></div>'
        for number in range(start, start + count)
    )


def shop(count: int, *, price_class: str = "price", start: int = 0) -> str:
    menu = "".join(
        f'<li><a href="/c/{name}">{name}</a></li>' for name in ("Home", "Shelves", "Tables", "Chairs", "Help")
    )
    return (
        f'<html lang="en-GB"><body><nav><ul>{menu}</ul></nav><main><div class="grid">'
        f"{cards(count, price_class=price_class, start=start)}</div></main><footer><p>About us</p></footer></body>"
        "</html>"
    )
