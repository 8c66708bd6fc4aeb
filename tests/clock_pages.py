"""Pages about clocks, which nothing but a model can name the cells of, and models that do."""

import re

import model_support
from model_support import chain_of

from agent.extract.cascade import read_page
from agent.extract.model_places import places_to_name
from agent.extract.model_rules import name_places
from agent.extract.reading import Ask
from agent.goal import pursue
from agent.state import InMemoryJournal, RunState, Tools
from domain.budgets import Budget
from domain.clock import SystemClock
from domain.fields import parse_fields
from domain.requests import GoalRequest
from fetch.offload import InlineOffload
from forage.scripted_model import say_json

SITE = "http://clocks.test"
FIELDS = parse_fields("name,price:price,wood,town,made:integer")
WOODS = ("ash", "beech", "cherry", "elm", "maple", "oak")
TOWNS = ("Arles", "Bergen", "Cadiz", "Delft", "Evora", "Fano", "Ghent")


def thing(number):
    return {
        "name": f"Clock {number}",
        "price": number + 20.0,
        "wood": f"{WOODS[number % 6]} wood",
        "town": TOWNS[number % 7],
        "made": 1800 + number,
    }


def detail(number, *, specs=None, more="", town=True):
    told = thing(number)
    told_specs = {"Qux": told["wood"], **({"Zorb": told["town"]} if town else {}), "Blip": f"{told['made']}"}
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in (specs or told_specs).items())
    return (
        f"<html lang='en'><head><title>{told['name']}</title></head><body><nav><a href='/'>All clocks</a></nav><main>"
        f"<h1>{told['name']}</h1><b class='price'>&pound;{told['price']:.2f}</b><dl>{rows}</dl>{more}</main>"
        "<footer>Made with care</footer></body></html>"
    )


def bare(number):
    """Another kind of page of the same site: no captions."""
    told = thing(number)
    return (
        f"<html lang='en'><head><title>{told['name']}</title></head><body><article>"
        f"<h1>{told['name']}</h1><b class='price'>&pound;{told['price']:.2f}</b><p class='k1'>{told['town']}</p>"
        f"<p class='k2'>{told['made']}</p><p class='k3'>{told['wood']}</p></article></body></html>"
    )


def shown(call):
    """The pages that the model was sent, each as texts by number."""
    parts = call.user.split("\npage:")[1:]
    return [dict(re.findall(r"^(\d+) \([^)]*\)(?: \d+ items)?: (.*)$", part, re.M)) for part in parts]


def cells(*told, **of_one):
    said = (*told, *of_one.items())
    return say_json({"cells": [{"field": field, "cell": cell} for field, cell in said]})


def page_of(html, url=f"{SITE}/1"):
    return model_support.page_of(html, url)


LOOKS = {"wood": r" wood$", "town": rf"^(?:{'|'.join(TOWNS)})$", "made": r"^1[89]\d\d$"}


def wanted(call):
    return re.findall(r"^- (\w+) ", call.user, re.M)


def clerk(call):
    """Reads the cells as a person would, and copies out of rows what they say."""
    if "<rows>" in call.user:
        return copyist(call)
    return cells(
        *(
            (field, next((n for n, text in page.items() if re.search(LOOKS.get(field, "$^"), text)), "none"))
            for page in shown(call)
            for field in wanted(call)
        )
    )


def copyist(call):
    keeper = re.search(r"kept by (\w+ \w+)", call.user)
    values = [{"field": "keeper", "quotes": [keeper[1]]}] if keeper and "- keeper " in call.user else []
    return say_json({"rows": [{"row": 0, "values": values}]})


def question(page, fields=FIELDS):
    ask = Ask(fields=fields, many=False)
    reading = read_page(page, ask)
    return places_to_name(page, ask, tuple(each for each in fields if each.name in reading.missing), reading.candidates)


async def named(page, script, fields=FIELDS):
    """The values at the cells that a model named, the answer and the model's calls."""
    async with chain_of(script) as (server, chain):
        (answer,) = await name_places([question(page, fields)], chain)
    reading = read_page(page, Ask(fields=fields, many=False, places=answer.places))
    return reading.candidates[0], answer, server.calls


class Web:
    def __init__(self, pages):
        self.pages = pages

    async def fetch(self, request):
        return page_of(self.pages.get(request.url, ""), request.url)

    async def sitemap_urls(self, url, limit):
        return ()


def site(pages, listed=None):
    """A list of the pages, which tells names and prices, and the pages by their numbers."""
    rows = "".join(
        f"<li class='row'><a href='/{n}'>{thing(n)['name']}</a> <b>&pound;{thing(n)['price']:.2f}</b></li>"
        for n in listed or pages
    )
    start = {f"{SITE}/": f"<html lang='en'><body><main><h1>Clocks</h1><ul>{rows}</ul></main></body></html>"}
    return start | {f"{SITE}/{n}": html for n, html in pages.items()}


async def run(pages, chain, journal=None, fields=FIELDS, offload=None, budget=None):
    journal = journal or InMemoryJournal()
    request = GoalRequest(
        url=next(iter(pages)), fields=fields, max_results=100, budget=budget or Budget(), use_smart_cascade=True
    )
    tools = Tools(
        fetcher=Web(pages), search=None, models=chain, offload=offload or InlineOffload(), clock=SystemClock()
    )
    return await pursue(RunState(run_id="run", request=request), tools, journal), journal


def told(ending):
    return {record.values()["name"]: record.values() for record in ending.records}
