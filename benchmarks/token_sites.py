"""Six small webs for counting tokens, written for the bench, and a reader of them that copies what it is asked for.

What a page's own data or names tell needs no model; what nothing names does; prose always does.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

import msgspec

from domain.clock import SystemClock
from domain.pages import FetchOutcome, FetchRequest, Page, Via
from fetch.dom import describe
from forage.scripted_model import Call, Say, say_json

WOODS = ("ash", "beech", "cherry", "elm", "maple", "oak", "pine", "walnut", "willow", "yew")
TOWNS = ("Arles", "Bergen", "Cadiz", "Delft", "Evora", "Fano", "Ghent", "Hull", "Izola", "Jerez", "Kotor")
SYLLABLES = ("Ba", "ko", "Lim", "nut", "Per", "sol")
ROWS_A_PAGE = 25
PROSE_PAGES = 6

Told = Mapping[str, str]
"""What one thing's fields are, as its page says them."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """`pages` by URL, the first where a run begins; `things` by name; `fields` as a request gives them."""

    name: str
    fields: str
    pages: Mapping[str, str]
    things: Mapping[str, Told]

    @property
    def start(self) -> str:
        return next(iter(self.pages))


class Pages:
    """The pages of a site as a fetcher gives them. `seen` are those that were asked for and are there."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.seen: set[str] = set()

    async def fetch(self, request: FetchRequest) -> Page:
        html = self._site.pages.get(request.url, "")
        facts = describe(html, request.url)
        if html:
            self.seen.add(request.url)
        return Page(
            id=hashlib.sha256(f"{request.scope} {request.url}".encode()).hexdigest()[:32],
            url=request.url,
            final_url=request.url,
            outcome=FetchOutcome.OK if html else FetchOutcome.NOT_FOUND,
            via=Via.HTTP,
            fetched_at=SystemClock().now(),
            html=html,
            text=facts.text,
            title=facts.title,
            language="en",
        )

    async def sitemap_urls(self, url: str, limit: int) -> Sequence[str]:
        return ()


class Copyist:
    """A model that copies out of each row what is asked of the thing that the row names. `pages` are those that rows of
    were sent: of the two that name a thing, the one about it, which follows its list."""

    def __init__(self, site: Site) -> None:
        self._things = site.things
        self._page_of = {name: url for url, html in site.pages.items() for name in site.things if f"{name}<" in html}
        self.pages: set[str] = set()

    def __call__(self, call: Call) -> Say:
        if "<lists>" in call.user:
            return say_json({"labels": self._labels(call)})
        return say_json({"cells": self._cells(call)} if "<pages>" in call.user else {"rows": self._rows(call)})

    def _labels(self, call: Call) -> list[dict[str, str]]:
        """For each field the column with samples of which most are what that field is of one of the things."""
        told = {
            field: {facts.get(field, name) for name, facts in self._things.items()}
            for field in re.findall(r"^- (\w+) ", call.user, re.M)
        }
        labels = []
        for of_list in call.user.split("\nlist of ")[1:]:
            lines = re.findall(r"^(\d+)(?: \([^)]*\))?: (.*)$", of_list, re.M)
            columns = {number: samples.split(" | ") for number, samples in lines}
            first = next(iter(columns.values()), [""])[0]
            self.pages.update(page for name, page in self._page_of.items() if name == first)
            for field, values in told.items():
                fits = {number: sum(each in values for each in samples) for number, samples in columns.items()}
                best = max(fits, key=lambda number: fits[number], default="none")
                labels.append({"field": field, "column": best if fits.get(best) else "none"})
        return labels

    def _cells(self, call: Call) -> list[dict[str, str]]:
        """For each field of each page the cell that holds what that field is of the thing whose most are there."""
        cells = []
        for page in call.user.split("\npage:")[1:]:
            shown = {text: number for number, text in re.findall(r"^(\d+) \([^)]*\): (.*)$", page, re.M)}
            name, facts = max(self._things.items(), key=lambda thing: len(set(thing[1].values()) & set(shown)))
            self.pages.add(self._page_of[name])
            cells += [
                {"field": field, "cell": shown.get(facts.get(field, ""), "none")}
                for field in re.findall(r"^- (\w+) ", call.user, re.M)
            ]
        return cells

    def _rows(self, call: Call) -> list[dict[str, object]]:
        rows = []
        for number, text in re.findall(r"\[(\d+)\]((?:(?!\n\[).)*)", call.user, re.S):
            name = next((name for name in self._things if re.search(rf"{re.escape(name)}\b", text)), None)
            if name is None:
                continue
            self.pages.add(self._page_of[name])
            values = [
                {"field": field, "quotes": [value]}
                for field, value in self._things[name].items()
                if f"- {field} " in call.user and value in text
            ]
            rows.append({"row": int(number), "values": values})
        return rows


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f"<html lang='en'><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<main>{body}</main><footer>Made with care</footer></body></html>"
    )


def _thing(number: int) -> dict[str, str]:
    return {"maker": f"{WOODS[number % 10]} works no {number}", "town": TOWNS[number % 11]}


def shop(pages: int) -> Site:
    """A list that links to pages with JSON-LD."""
    root = "http://shop.test"
    things = {f"Shelf {n}": {"sku": f"SH-{n}"} for n in range(pages)}
    rows = "".join(
        f"<li class='card'><a href='/p/{n}'>Shelf {n}</a> <b class='price'>£{n + 20}.50</b></li>" for n in range(pages)
    )
    told = {f"{root}/": _page("Shelves", f"<h1>Shelves</h1><ul>{rows}</ul>")}
    for n in range(pages):
        offer = {"@type": "Offer", "price": f"{n + 20}.50", "priceCurrency": "GBP"}
        data = {"@context": "https://schema.org", "@type": "Product", "name": f"Shelf {n}", "sku": f"SH-{n}"}
        script = f"<script type='application/ld+json'>{json.dumps(data | {'offers': offer})}</script>"
        told[f"{root}/p/{n}"] = _page(f"Shelf {n}", f"<h1>Shelf {n}</h1><p class='price'>£{n + 20}.50</p>", script)
    return Site(name="shop with data", fields="name,price:price,sku", pages=told, things=things)


def register(pages: int) -> Site:
    """Tables whose headings name every column, over numbered pages."""
    root = "http://register.test"
    things = {f"Case {n}": _thing(n) for n in range(pages * ROWS_A_PAGE)}
    told = {}
    for page in range(pages):
        rows = "".join(
            f"<tr><td>Case {n}</td><td>{_thing(n)['maker']}</td><td>{_thing(n)['town']}</td></tr>"
            for n in range(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE)
        )
        onward = f"<a rel='next' href='/{page + 1}'>Next</a>" if page + 1 < pages else ""
        head = "<tr><th>Name</th><th>Maker</th><th>Town</th></tr>"
        told[f"{root}/{page}"] = _page("Register", f"<h1>Register</h1><table>{head}{rows}</table>{onward}")
    return Site(name="register in tables", fields="name,maker,town", pages=told, things=things)


def nameless_list(pages: int, *, rows_a_page: int = ROWS_A_PAGE) -> Site:
    """Rows whose cells nothing names, with others beside them that nobody asked for."""
    root = "http://lamps.test"
    things = {f"Standing Lamp {n}": _thing(n) for n in range(pages * rows_a_page)}
    told = {}
    for page in range(pages):
        rows = "".join(
            f"<div class='r'><h3 class='a'>Standing Lamp {n}</h3><span class='b'>{_thing(n)['maker']}</span>"
            f"<span class='c'>{_thing(n)['town']}</span><span class='d'>{WOODS[n % 7]} finish {n % 9}</span>"
            f"<span class='e'>{TOWNS[n % 5]} road</span></div>"
            for n in range(page * rows_a_page, (page + 1) * rows_a_page)
        )
        onward = f"<a rel='next' href='/{page + 1}'>Next</a>" if page + 1 < pages else ""
        told[f"{root}/{page}"] = _page("Lamps", f"<h1>Lamps</h1><div class='all'>{rows}</div>{onward}")
    return Site(name="list without names", fields="name,maker,town", pages=told, things=things)


def nameless_details(pages: int) -> Site:
    """A list that links to pages whose captions no vocabulary knows."""
    root = "http://clocks.test"
    things = {f"Clock {n}": {"material": _thing(n)["maker"], "origin": _thing(n)["town"]} for n in range(pages)}
    rows = "".join(f"<li class='row'><a href='/c/{n}'>Clock {n}</a> <b>£{n + 20}.00</b></li>" for n in range(pages))
    told = {f"{root}/": _page("Clocks", f"<ul>{rows}</ul>")}
    for n in range(pages):
        captions = f"<dl><dt>Qux</dt><dd>{_thing(n)['maker']}</dd><dt>Zorb</dt><dd>{_thing(n)['town']}</dd></dl>"
        told[f"{root}/c/{n}"] = _page(f"Clock {n}", f"<h1>Clock {n}</h1><b class='pr'>£{n + 20}.00</b>{captions}")
    fields = "name,price:number,material,origin"
    return Site(name="details without names", fields=fields, pages=told, things=things)


def busy_details(pages: int) -> Site:
    """The same, with as much around it as shops have: more lines of data, a description, reviews, other things."""
    root = "http://desks.test"
    things = {f"Desk {n}": {"material": _thing(n)["maker"], "origin": _thing(n)["town"]} for n in range(pages)}
    rows = "".join(f"<li class='row'><a href='/d/{n}'>Desk {n}</a> <b>£{n + 20}.00</b></li>" for n in range(pages))
    told = {f"{root}/": _page("Desks", f"<ul>{rows}</ul>")}
    for n in range(pages):
        data = {f"{SYLLABLES[k % 6]}{SYLLABLES[k // 6]}": f"{WOODS[(n + k) % 10]} grade {k}" for k in range(20)}
        data |= {"Qux": _thing(n)["maker"], "Zorb": _thing(n)["town"]}
        lines = "".join(f"<tr><th>{caption}</th><td>{text}</td></tr>" for caption, text in sorted(data.items()))
        story = " ".join(
            f"Board {k} was planed by hand, rested for {k + n + 2} weeks and was oiled when the days grew long."
            for k in range(20)
        )
        reviews = "".join(
            f"<div class='review'><b class='who'>Reader {k}</b><p>Came after {k + n + 1} days; it stands well, smells "
            "of wax and has a drawer that sticks when it rains, which it does here.</p></div>"
            for k in range(10)
        )
        others = "".join(f"<li><a href='/s/{k}'>Stool {k + n}</a> <i>£{k + 9}.00</i></li>" for k in range(12))
        body = (
            f"<h1>Desk {n}</h1><b class='pr'>£{n + 20}.00</b><table>{lines}</table>"
            f"<div class='story'><p>{story}</p></div><section>{reviews}</section><aside><ul>{others}</ul></aside>"
        )
        told[f"{root}/d/{n}"] = _page(f"Desk {n}", body)
    fields = "name,price:number,material,origin"
    return Site(name="busy details without names", fields=fields, pages=told, things=things)


def prose(pages: int) -> Site:
    """A list that links to pages that tell of a thing in sentences, no two alike."""
    root = "http://inns.test"
    things = {
        f"Inn {n}": {"keeper": f"Ada {TOWNS[n % 11]}son", "founded_by": f"{WOODS[n % 10]} guild"} for n in range(pages)
    }
    rows = "".join(f"<li class='row'><a href='/i/{n}'>Inn {n}</a> <b>£{n + 40}.00</b></li>" for n in range(pages))
    told = {f"{root}/": _page("Inns", f"<ul>{rows}</ul>")}
    for n in range(pages):
        keeper, guild = things[f"Inn {n}"].values()
        sentences = [
            f"<p>Travellers have slept here since the road was cut, and {keeper} still pours the ale.</p>",
            f"<p>It was the {guild} that raised the walls, in a dry summer, for the price of a mule.</p>",
            f"<p>The valley below floods {n + 2} times a year.</p>",
            "<p>Rooms look on the orchard.</p>",
        ]
        turned = sentences[n % 4 :] + sentences[: n % 4]
        told[f"{root}/i/{n}"] = _page(f"Inn {n}", f"<h1>Inn {n}</h1>{''.join(turned)}")
    return Site(name="prose", fields="name,price:number,keeper,founded_by", pages=told, things=things)
