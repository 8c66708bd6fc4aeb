"""The sites of the demo web: each an aiohttp application that renders pages of our own writing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Awaitable, Callable
from typing import Any

import jinja2
import jinja2.utils
import msgspec
from aiohttp import web
from markupsafe import Markup

from forage.demo.content import Business, Product, businesses, events, products

PRODUCTS_A_PAGE = 12
ENTRIES_A_PAGE = 10
TRADES = {"dentists": "dentists", "coffee-roasters": "coffee roasters"}
STOCK = {"InStock": "In stock", "OutOfStock": "Out of stock", "PreOrder": "Available for pre-order"}
DRIP_S = 1.0  # between two words of the slow page
DRIPS = 60
# A cloud's metadata address: a page that sends its visitors there is what the egress guard is for.
METADATA = "http://169.254.169.254/latest/meta-data/"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What every page of a site shows around its content."""

    key: str
    title: str
    tagline: str
    accent: str
    menu: tuple[tuple[str, str], ...]


SHOP = Site(
    key="shop",
    title="Copper & Kettle",
    tagline="Good tools for plain cooking",
    accent="#a5522b",
    menu=(("Kitchen", "/kitchen"), ("Our story", "/about"), ("Delivery", "/contact")),
)
BOOK = Site(
    key="book",
    title="Ellery Yellow Book",
    tagline="The town's directory since 1961",
    accent="#8a6d00",
    menu=(("Dentists", "/dentists"), ("Coffee roasters", "/coffee-roasters"), ("About", "/about")),
)
LOOP = Site(
    key="loop",
    title="Local Loop",
    tagline="Find it round the corner",
    accent="#2b6ca5",
    menu=(("Dentists", "/find/dentists"), ("Coffee", "/find/coffee-roasters"), ("For business", "/about")),
)
EVENTS = Site(
    key="events",
    title="What's On in Port Ellery",
    tagline="Fourteen good reasons to go out",
    accent="#5b3a8c",
    menu=(("Spring", "/spring"), ("About", "/about")),
)
PRESS = Site(
    key="press",
    title="The Ellery Courier",
    tagline="Every Thursday, and when something happens",
    accent="#333333",
    menu=(("News", "/"), ("Features", "/features/roasting-on-the-quay"), ("About", "/about")),
)
ODD = Site(
    key="odd",
    title="Toothsome",
    tagline="Ten best of everything",
    accent="#7a2222",
    menu=(("Top dentists", "/top-dentists"), ("Reviews", "/dentist-reviews")),
)
SITES = (SHOP, BOOK, LOOP, EVENTS, PRESS, ODD)

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("forage.demo", "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def page(site: Site, template: str, *, status: int = 200, **values: Any) -> web.Response:
    html = _ENVIRONMENT.get_template(template).render(site=site, **values)
    return web.Response(text=html, status=status, content_type="text/html", charset="utf-8")


def application(site: Site, routes: dict[str, Handler], robots: str = "User-agent: *\nAllow: /\n") -> web.Application:
    """An application with the site's own routes and what every site has: style, robots.txt, about pages, 404."""

    async def style(request: web.Request) -> web.Response:
        source = jinja2.PackageLoader("forage.demo", "pages").get_source(_ENVIRONMENT, "style.css")[0]
        return web.Response(text=source, content_type="text/css")

    async def robots_txt(request: web.Request) -> web.Response:
        return web.Response(text=robots)

    async def about(request: web.Request) -> web.Response:
        text = f"{site.title} is an invented site. Its people, places and numbers do not exist."
        return page(site, "plain.html", heading=f"About {site.title}", paragraphs=[text])

    async def missing(request: web.Request) -> web.Response:
        return page(site, "plain.html", status=404, heading="Nothing here", paragraphs=["That page has gone out."])

    app = web.Application()
    app.router.add_get("/style.css", style)
    app.router.add_get("/robots.txt", robots_txt)
    for path in ("/about", "/privacy", "/contact"):
        app.router.add_get(path, about)
    for path, handler in routes.items():
        app.router.add_get(path, handler)
    app.router.add_get("/{rest:.*}", missing)
    return app


def page_number(text: str, pages: int) -> int:
    """The asked page, or a 404 where there is none."""
    if not text.isdecimal() or not 1 <= int(text) <= pages:
        raise web.HTTPNotFound(text="no such page")
    return int(text)


def shop() -> web.Application:
    goods = products()
    by_path = {product.path: product for product in goods}
    pages = math.ceil(len(goods) / PRODUCTS_A_PAGE)

    async def home(request: web.Request) -> web.Response:
        return page(SHOP, "shop_home.html", total=len(goods), favourites=goods[3:7])

    async def kitchen(request: web.Request) -> web.Response:
        number = page_number(request.query.get("page", "1"), pages)
        first = (number - 1) * PRODUCTS_A_PAGE
        shown = goods[first : first + PRODUCTS_A_PAGE]
        counts = {"first": first + 1, "last": first + len(shown), "total": len(goods)}
        return page(SHOP, "shop_list.html", products=shown, page=number, pages=pages, **counts)

    async def product(request: web.Request) -> web.Response:
        found = by_path.get(request.path)
        if found is None:
            raise web.HTTPNotFound(text="no such product")
        at = goods.index(found)
        others = [goods[(at + step) % len(goods)] for step in (5, 11, 17)]
        linked = _json_ld(found, str(request.url.origin()))
        stock = STOCK[found.availability]
        return page(SHOP, "shop_product.html", product=found, json_ld=linked, others=others, stock=stock)

    return application(SHOP, {"/": home, "/kitchen": kitchen, "/p/{slug}": product})


def _json_ld(product: Product, origin: str) -> Markup:
    thing = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "sku": product.sku,
        "description": product.description,
        "aggregateRating": {"@type": "AggregateRating", "ratingValue": product.rating, "reviewCount": product.reviews},
        "offers": {
            "@type": "Offer",
            "price": product.price,
            "priceCurrency": "USD",
            "availability": f"https://schema.org/{product.availability}",
            "url": origin + product.path,
        },
    }
    return jinja2.utils.htmlsafe_json_dumps(thing, dumps=json.dumps)


def book() -> web.Application:
    """A table, ten entries a page: phone as (207) 555-01xx, short addresses, e-mail."""

    def listing(path: str, trade: str) -> Handler:
        entries = [_book_entry(b) for b in businesses(trade) if b.book]
        entries.sort(key=lambda entry: entry["name"])
        pages = math.ceil(len(entries) / ENTRIES_A_PAGE)

        async def show(request: web.Request) -> web.Response:
            number = page_number(request.match_info.get("page", "1"), pages)
            shown = entries[(number - 1) * ENTRIES_A_PAGE : number * ENTRIES_A_PAGE]
            counts = {"page": number, "pages": pages, "total": len(entries)}
            return page(BOOK, "book_list.html", trade=trade, path=path, entries=shown, **counts)

        return show

    async def home(request: web.Request) -> web.Response:
        links = [(trade.capitalize(), f"/{path}") for path, trade in TRADES.items()]
        return page(BOOK, "plain.html", heading="Ellery Yellow Book", paragraphs=[BOOK.tagline], links=links)

    routes: dict[str, Handler] = {"/": home}
    for path, trade in TRADES.items():
        routes[f"/{path}"] = routes[f"/{path}/{{page}}"] = listing(f"/{path}", trade)
    return application(BOOK, routes)


def _book_entry(business: Business) -> dict[str, str]:
    assert business.book is not None
    digits = business.phone
    phone = f"(207) {digits[:3]}-{digits[3:]}"
    return {"name": business.book.name, "street": business.book.street, "phone": phone, "email": business.email}


def loop() -> web.Application:
    """Cards on one page: phone as 207.555.01xx, full addresses, website and hours."""

    def listing(trade: str) -> Handler:
        entries = [_loop_entry(b) for b in businesses(trade) if b.loop]

        async def show(request: web.Request) -> web.Response:
            return page(LOOP, "loop_list.html", trade=trade, total=len(entries), entries=entries)

        return show

    async def home(request: web.Request) -> web.Response:
        links = [(trade.capitalize(), f"/find/{path}") for path, trade in TRADES.items()]
        return page(LOOP, "plain.html", heading="What are you looking for?", paragraphs=[LOOP.tagline], links=links)

    routes: dict[str, Handler] = {"/": home}
    routes |= {f"/find/{path}": listing(trade) for path, trade in TRADES.items()}
    return application(LOOP, routes)


def _loop_entry(business: Business) -> dict[str, str]:
    assert business.loop is not None
    digits = business.phone
    entry = {"name": business.loop.name, "street": business.loop.street, "hours": business.loop.hours}
    return entry | {"digits": digits, "phone": f"207.{digits[:3]}.{digits[3:]}", "website": business.website}


def whats_on() -> web.Application:
    """A page that is empty until its script has fetched the list."""

    async def spring(request: web.Request) -> web.Response:
        return page(EVENTS, "events.html")

    async def api(request: web.Request) -> web.Response:
        return web.json_response({"season": "spring", "events": [msgspec.to_builtins(event) for event in events()]})

    return application(EVENTS, {"/": spring, "/spring": spring, "/api/events": api})


def press() -> web.Application:
    feature = "/features/roasting-on-the-quay"

    async def home(request: web.Request) -> web.Response:
        links = [("How a fishing port learned to roast coffee", feature)]
        return page(PRESS, "plain.html", heading="This week", paragraphs=[PRESS.tagline], links=links)

    async def article(request: web.Request) -> web.Response:
        return page(PRESS, "article.html")

    return application(PRESS, {"/": home, feature: article})


def odd() -> web.Application:
    """Everything that goes wrong on the web: a challenge, a crash, a drip, a trap, and a page closed to robots."""

    async def challenge(request: web.Request) -> web.Response:
        return page(ODD, "challenge.html", status=403)

    async def crash(request: web.Request) -> web.Response:
        return page(
            ODD, "plain.html", status=500, heading="Something broke", paragraphs=["Our best people look at it."]
        )

    async def trap(request: web.Request) -> web.Response:
        raise web.HTTPFound(METADATA)

    async def members(request: web.Request) -> web.Response:
        return page(ODD, "plain.html", heading="Members", paragraphs=["Robots were asked not to come here."])

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # its readers give up, which is the point of it
            for number in range(DRIPS):
                await response.write(f"<p>Word {number}</p>\n".encode())
                await asyncio.sleep(DRIP_S)
        return response

    robots = "User-agent: *\nDisallow: /members/\n"
    routes: dict[str, Handler] = {
        "/top-dentists": challenge,
        "/dentist-reviews": crash,
        "/dentist-deals": trap,
        "/members/dentists": members,
        "/slow": slow,
    }
    return application(ODD, routes, robots)


APPLICATIONS: dict[str, Callable[[], web.Application]] = {
    "shop": shop,
    "book": book,
    "loop": loop,
    "events": whats_on,
    "press": press,
    "odd": odd,
}
