"""Learned extractors over whole runs: what a model says of one page, the rest of the site gives for no tokens."""

import hashlib
import re

import pytest

from agent.goal import pursue
from agent.models import ModelChain, ModelConfig
from agent.state import InMemoryJournal, RunState, Tools
from domain.budgets import Budget
from domain.clock import SystemClock
from domain.evidence import Method, Verdict
from domain.fields import parse_fields
from domain.pages import FetchOutcome, Page, Via
from domain.requests import GoalRequest
from domain.templates import PROOFS, NamedBy
from fetch.dom import describe
from fetch.offload import InlineOffload
from forage.scripted_model import say_json, serve_script

SITE = "http://lamps.test"
PAGES = 30
LARGE = 200
WOODS = ("ash", "beech", "cherry", "elm", "maple", "oak", "pine", "walnut", "willow", "yew")
TOWNS = ("Arles", "Bergen", "Cadiz", "Delft", "Evora", "Fano", "Ghent", "Hull", "Izola", "Jerez", "Kotor")
FIELDS = parse_fields("name,price:number,material,origin,shade_color")


def facts(number):
    return {
        "material": f"{WOODS[number % 10]} and brass no {number}",
        "origin": TOWNS[number % 11],
        "shade_color": f"tone {'abcdefgh'[number % 8]}{number % 7}",
    }


def old_page(number):
    """Captions that no vocabulary knows; a value stands twice on some pages: one page does not tell its place."""
    told = facts(number)
    also = f"<p class='x'>{told['origin']}</p>" if number % 3 == 0 else "<p class='x'>Arles</p>"
    return (
        f"<html lang='en'><head><title>Lamp {number}</title></head><body><nav><a href='/'>All</a></nav><main>"
        f"<h1 class='hd'>Lamp {number}</h1><b class='pr'>&pound;{number + 20}.00</b>"
        f"<div class='pic'><img src='/i/{number}.jpg'></div>{also}"
        f"<dl class='sp'><dt>Qux</dt><dd>{told['material']}</dd><dt>Zorb</dt><dd>{told['origin']}</dd>"
        f"<dt>Blip</dt><dd>{told['shade_color']}</dd></dl></main><footer>Made with care</footer></body></html>"
    )


def moved_page(number):
    """New class names and another order, the same captions."""
    told = facts(number)
    return (
        f"<html lang='en'><head><title>Lamp {number}</title></head><body><section class='c-9f'>"
        f"<h1 class='t-2'>Lamp {number}</h1><em class='z1'>&pound;{number + 20}.00</em>"
        f"<table class='grid-k'><tr><th>Blip</th><td>{told['shade_color']}</td></tr>"
        f"<tr><th>Qux</th><td>{told['material']}</td></tr><tr><th>Zorb</th><td>{told['origin']}</td></tr></table>"
        "</section></body></html>"
    )


def new_page(number):
    """Nothing of the old template is left: no caption, no class, no order."""
    told = facts(number)
    return (
        f"<html lang='en'><head><title>Lamp {number}</title></head><body><article class='lamp-v2'>"
        f"<h1 class='big'>Lamp {number}</h1><p class='m'>&pound;{number + 20}.00</p>"
        f"<p><i class='k1'>{told['shade_color']}</i></p>"
        f"<p><i class='k2'>{told['origin']}</i></p><p><i class='k3'>{told['material']}</i></p></article></body></html>"
    )


class Web:
    def __init__(self, layout, numbers):
        links = "".join(
            f"<li class='row'><a href='/lamp/{number}'>Lamp {number}</a> <b>&pound;{number + 20}.00</b></li>"
            for number in numbers
        )
        self.pages = {f"{SITE}/lamp/{number}": layout(number) for number in numbers}
        self.pages[f"{SITE}/"] = f"<html lang='en'><body><main><ul>{links}</ul></main></body></html>"

    async def fetch(self, request):
        html = self.pages.get(request.url, "")
        told = describe(html, request.url) if html else None
        return Page(
            id=hashlib.sha256(f"{request.scope} {request.url}".encode()).hexdigest()[:32],
            url=request.url,
            final_url=request.url,
            outcome=FetchOutcome.OK if html else FetchOutcome.NOT_FOUND,
            via=Via.HTTP,
            fetched_at=SystemClock().now(),
            html=html,
            text=told.text if told else "",
            title=told.title if told else "",
            language="en",
        )

    async def sitemap_urls(self, url, limit):
        return ()


MARKS = {"material": r" and brass no ", "origin": "|".join(TOWNS), "shade_color": r"tone [a-h]\d"}


def lampwright(call):
    """Reads the page that it was sent as a person would."""
    if "<pages>" in call.user:
        shown = re.findall(r"^(\d+) \([^)]*\): (.*)$", call.user, re.M)
        cells = {
            field: next((number for number, text in shown if re.search(MARKS.get(field, "$^"), text)), "none")
            for field in re.findall(r"^- (\w+) ", call.user, re.M)
        }
        return say_json({"cells": [{"field": field, "cell": cell} for field, cell in cells.items()]})
    number = int(re.findall(r"Lamp (\d+)", call.user)[0])
    values = [{"field": name, "quotes": [value]} for name, value in facts(number).items() if value in call.user]
    return say_json({"rows": [{"row": 0, "values": values}]})


async def read_site(journal, layout, numbers, run_id="run", fields=FIELDS):
    """The ending, the tokens that this run sent, and the model's calls."""
    budget = Budget(max_pages=LARGE + 1)
    request = GoalRequest(url=f"{SITE}/", fields=fields, max_results=len(numbers), budget=budget)
    before = journal.spend
    async with serve_script(lampwright) as server:
        chain = ModelChain(ModelConfig(models=("scripted",), base_url=server.base_url, http_tries=1))
        try:
            tools = Tools(
                fetcher=Web(layout, numbers), search=None, models=chain, offload=InlineOffload(), clock=SystemClock()
            )
            ending = await pursue(RunState(run_id=run_id, request=request), tools, journal)
        finally:
            await chain.close()
    tokens = journal.spend.input_tokens - before.input_tokens
    assert tokens == server.input_tokens
    return ending, tokens, server.calls


def heir(journal):
    """The journal of a later run of the same account."""
    later = InMemoryJournal()
    later.templates = dict(journal.templates)
    return later


def assert_all_told(ending, numbers):
    told = {record.values()["name"]: record.values() for record in ending.records}
    assert told == {
        f"Lamp {number}": {"name": f"Lamp {number}", "price": number + 20.0, **facts(number)} for number in numbers
    }


def methods_of(ending):
    return [record.fields["material"].evidence[0].method for record in ending.records]


async def test_thirty_pages_of_one_template_cost_one_question_about_the_cells_of_the_first():
    journal = InMemoryJournal()
    ending, tokens, reads = await read_site(journal, old_page, range(PAGES))
    assert_all_told(ending, range(PAGES))
    assert len(reads) == 1
    assert tokens == sum(call.input_tokens for call in reads)
    assert 100 < tokens < 300  # thirty pages copied would cost 7,800
    methods = methods_of(ending)
    assert set(methods[PROOFS:]) == {Method.TEMPLATE}
    assert set(methods[:PROOFS]) <= {Method.LABELLED, Method.TEMPLATE}
    (template,) = [each for each in journal.templates.values() if not each.many]
    assert template.is_proven
    assert {where.named_by for name in facts(0) for where in template.places[name]} == {NamedBy.MODEL}
    for record in ending.records:
        for found in record.fields.values():
            assert found.verdict is Verdict.SUPPORTED
            assert found.evidence[0].quote
    assert not journal.warnings


async def test_the_next_run_of_the_account_costs_nothing():
    first = InMemoryJournal()
    await read_site(first, old_page, range(5))
    ending, tokens, reads = await read_site(heir(first), old_page, range(5, 15), "later")
    assert_all_told(ending, range(5, 15))
    assert (tokens, reads) == (0, [])


async def test_new_class_names_and_another_order_are_read_by_their_captions():
    first = InMemoryJournal()
    await read_site(first, old_page, range(5))
    ending, tokens, reads = await read_site(heir(first), moved_page, range(5, 15), "later")
    assert_all_told(ending, range(5, 15))
    assert (tokens, reads) == (0, [])


async def test_a_site_that_changed_altogether_is_noticed_and_learned_anew_from_one_question():
    first = InMemoryJournal()
    await read_site(first, old_page, range(5))
    journal = heir(first)
    ending, tokens, reads = await read_site(journal, new_page, range(5, 25), "later")
    assert_all_told(ending, range(5, 25))
    assert len(reads) == 1
    assert 100 < tokens < 300
    assert [data["kind"] for _, data in journal.warnings] == ["template_drifted"]
    (drifted,) = [template for template in journal.templates.values() if template.drift]
    assert not drifted.is_proven
    ending, tokens, reads = await read_site(heir(journal), new_page, range(25, 30), "last")
    assert_all_told(ending, range(25, 30))
    assert (tokens, reads) == (0, [])


@pytest.mark.slow
async def test_a_site_of_two_hundred_pages_costs_one_question_and_one_again_after_it_changed():
    first = InMemoryJournal()
    ending, _, reads = await read_site(first, old_page, range(LARGE))
    assert_all_told(ending, range(LARGE))
    assert len(reads) == 1
    assert methods_of(ending).count(Method.TEMPLATE) >= LARGE - PROOFS
    assert not first.warnings

    ending, tokens, reads = await read_site(heir(first), moved_page, range(10), "moved")
    assert_all_told(ending, range(10))
    assert (tokens, reads) == (0, [])

    changed = heir(first)
    ending, _, reads = await read_site(changed, new_page, range(30), "changed")
    assert_all_told(ending, range(30))
    assert len(reads) == 1
    assert [data["kind"] for _, data in changed.warnings] == ["template_drifted"]
    ending, tokens, reads = await read_site(heir(changed), new_page, range(30, 35), "last")
    assert_all_told(ending, range(30, 35))
    assert (tokens, reads) == (0, [])


def old_book(number):
    maker, code = f"Anna {TOWNS[number]}", f"978-0-{1000 + number}-{200 + number}"
    return (
        f"<html lang='en'><head><title>The {TOWNS[-number]} Book</title></head><body><div class='book'>"
        f"<h1 class='bt'>The {TOWNS[-number]} Book</h1><p class='ba'>by {maker}</p>"
        f"<p class='bp'>&pound;{number}9.50</p><p class='bi'>ISBN: {code}</p></div></body></html>"
    )


def new_book(number):
    """The old page's facts without a caption, under other names and in another order."""
    maker, code = f"Anna {TOWNS[number]}", f"978-0-{1000 + number}-{200 + number}"
    return (
        f"<html lang='en'><head><title>The {TOWNS[-number]} Book</title></head><body><section class='q'>"
        f"<b class='k2'>&pound;{number}9.50</b><em class='k4'>Code {code}</em>"
        f"<h1 class='k1'>The {TOWNS[-number]} Book</h1><i class='k3'>by {maker}</i></section></body></html>"
    )


class Books(Web):
    def __init__(self, layout, numbers):
        super().__init__(layout, numbers)
        links = "".join(f"<li><a href='/lamp/{number}'>Volume {number}</a></li>" for number in numbers)
        self.pages[f"{SITE}/"] = f"<html lang='en'><body><h1>Library</h1><ul>{links}</ul></body></html>"


async def read_books(journal, layout, numbers, run_id):
    fields = parse_fields("name,author,price,isbn")
    request = GoalRequest(url=f"{SITE}/", fields=fields, max_results=len(numbers), budget=Budget(max_pages=LARGE))
    tools = Tools(
        fetcher=Books(layout, numbers), search=None, models=None, offload=InlineOffload(), clock=SystemClock()
    )
    ending = await pursue(RunState(run_id=run_id, request=request), tools, journal)
    told = {record.values()["name"]: record.values() for record in ending.records}
    assert told == {
        f"Volume {number}": {
            "name": f"Volume {number}",
            "author": f"Anna {TOWNS[number]}",
            "price": number * 10 + 9.5,
            "isbn": f"978-0-{1000 + number}-{200 + number}",
        }
        for number in numbers
    }


async def test_a_site_that_changed_altogether_is_learned_anew_without_a_model_from_what_its_pages_said_before():
    first = InMemoryJournal()
    await read_books(first, old_book, range(1, 6), "old")
    changed = heir(first)
    changed.earlier = {
        each.url: {name: value.value for name, value in each.fields.items()}
        for (each, *others) in first.candidates.values()
        if not others
    }
    await read_books(changed, new_book, range(1, 6), "changed")
    assert [data["kind"] for _, data in changed.warnings] == ["template_drifted"]
    (learned,) = [each for each in changed.templates.values() if not each.many and not each.drift]
    assert learned.is_proven
    await read_books(heir(changed), new_book, range(6, 10), "pages that nobody read before")


async def test_a_field_that_the_site_does_not_tell_is_not_asked_for_on_every_page():
    fields = (*FIELDS, *parse_fields("wattage"))
    ending, _, reads = await read_site(InMemoryJournal(), old_page, range(PAGES), fields=fields)
    assert_all_told(ending, range(PAGES))
    assert len(reads) <= 3  # the others have no cell that it did not see


def list_page(number):
    """Rows whose cells nothing names; the model tells them apart."""
    rows = "".join(
        f"<div class='r'><h3 class='a'>Standing Lamp {n}</h3><span class='b'>{facts(n)['material']}</span>"
        f"<span class='c'>{facts(n)['origin']}</span></div>"
        for n in range(10 * number, 10 * number + 10)
    )
    following = f"<a rel='next' href='/list/{number + 1}'>Next</a>" if number < 9 else ""
    return f"<html lang='en'><body><main><h1>Lamps</h1><div class='all'>{rows}</div>{following}</main></body></html>"


class Lists(Web):
    def __init__(self):
        self.pages = {f"{SITE}/list/{number}": list_page(number) for number in range(10)}


def clerk(call):
    """Tells, of each row that it was sent, the fields it was asked for."""
    rows = []
    for row, text in re.findall(r"\[(\d+)\]((?:(?!\n\[).)*)", call.user, re.S):
        lamp = re.search(r"Lamp (\d+)", text)
        if lamp is None:
            continue
        told = {"maker": facts(int(lamp[1]))["material"], "town": facts(int(lamp[1]))["origin"]}
        values = [{"field": name, "quotes": [value]} for name, value in told.items() if f"- {name} " in call.user]
        rows.append({"row": int(row), "values": values})
    return say_json({"rows": rows})


async def test_a_list_that_a_model_can_only_copy_is_copied_once_and_read_without_it_on_the_next_pages():
    request = GoalRequest(
        url=f"{SITE}/list/0", fields=parse_fields("name,maker,town"), max_results=100, use_smart_cascade=True
    )
    journal = InMemoryJournal()
    async with serve_script(clerk) as server:
        chain = ModelChain(ModelConfig(models=("scripted",), base_url=server.base_url, http_tries=1))
        try:
            tools = Tools(fetcher=Lists(), search=None, models=chain, offload=InlineOffload(), clock=SystemClock())
            ending = await pursue(RunState(run_id="run", request=request), tools, journal)
        finally:
            await chain.close()
    told = [record.values() for record in ending.records]
    assert told == [
        {"name": f"Standing Lamp {n}", "maker": facts(n)["material"], "town": facts(n)["origin"]} for n in range(100)
    ]
    assert len({task.url for task in journal.tasks.values()}) == 10
    copied = [call for call in server.calls if "<rows>" in call.user]
    assert len(copied) == 1
    assert len(server.calls) == 4  # three times it was asked for columns, and answered off the form
    assert not journal.warnings
