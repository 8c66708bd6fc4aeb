"""A search engine over the demo web, with SearXNG's JSON answer: words weighted by how few pages hold them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import msgspec
from aiohttp import web

KEEP = 0.5  # a result scores at least this share of the best one; below it only the town's name matched
LIMIT = 10

# site, path, title, snippet
INDEX: tuple[tuple[str, str, str, str], ...] = (
    ("shop", "/kitchen", "Everything for the kitchen", "47 kitchen products: knives, pans, kettles, boards."),
    ("shop", "/", "Copper & Kettle", "Shop for kitchen tools. Good tools for plain cooking."),
    ("book", "/dentists", "Dentists in Port Ellery", "Dentists and dental clinics of Port Ellery."),
    ("book", "/coffee-roasters", "Coffee roasters in Port Ellery", "Every coffee roaster of Port Ellery."),
    ("loop", "/find/dentists", "Dentists near Port Ellery", "Dentists round the corner in Port Ellery, ME."),
    (
        "loop",
        "/find/coffee-roasters",
        "Coffee roasters near Port Ellery",
        "Coffee roasters round the corner in Port Ellery.",
    ),
    ("events", "/spring", "What's on in Port Ellery this spring", "Events, concerts and markets in Port Ellery."),
    ("press", "/features/roasting-on-the-quay", "A fishing port learned to roast", "A feature on beans and herring."),
    ("odd", "/top-dentists", "Top ten dentists in Port Ellery", "The ten best dentists of Port Ellery, ranked."),
    ("odd", "/dentist-reviews", "Dentist reviews, Port Ellery", "What people say of dentists in Port Ellery."),
    ("odd", "/dentist-deals", "Dentist deals", "Cheap dentists in Port Ellery."),
)
_STOP = frozenset({"a", "an", "and", "at", "find", "for", "in", "list", "me", "near", "of", "on", "the", "to", "with"})


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One result, as SearXNG names its parts."""

    url: str
    title: str
    content: str
    score: float
    engine: str = "demo"
    category: str = "general"


def words(text: str) -> frozenset[str]:
    found = re.findall(r"[a-z0-9]+", text.lower())
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found) - _STOP


def find(query: str, origins: Mapping[str, str]) -> tuple[Hit, ...]:
    """The pages that best match, best first. A word that every page holds weighs nothing."""
    pages = [words(f"{title} {content}") for _, _, title, content in INDEX]
    asked = words(query)
    weight = {word: math.log(len(pages) / count) for word in asked if (count := sum(word in page for page in pages))}
    scores = [sum(weight.get(word, 0.0) for word in page) for page in pages]
    best = max(scores, default=0.0)
    ranked = sorted((-score, at) for at, score in enumerate(scores) if score > 0 and score >= KEEP * best)
    return tuple(
        Hit(url=origins[INDEX[at][0]] + INDEX[at][1], title=INDEX[at][2], content=INDEX[at][3], score=-negative)
        for negative, at in ranked[:LIMIT]
    )


def search_application(origins: Mapping[str, str]) -> web.Application:
    async def search(request: web.Request) -> web.Response:
        query = request.query.get("q", "")
        if request.query.get("format") != "json":
            raise web.HTTPForbidden(text="this search engine speaks JSON only: add format=json")
        found = find(query, origins)
        answer = {
            "query": query,
            "number_of_results": len(found),
            "results": [msgspec.to_builtins(hit) for hit in found],
            "answers": [],
            "corrections": [],
            "infoboxes": [],
            "suggestions": [],
            "unresponsive_engines": [],
        }
        return web.json_response(answer)

    async def health(request: web.Request) -> web.Response:
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_get("/search", search)
    app.router.add_get("/healthz", health)
    return app
