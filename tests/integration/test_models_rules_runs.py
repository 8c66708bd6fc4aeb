"""What a model said of the cells of one page reads all pages of its kind, and the next ones prove it."""

import asyncio
import re
from pathlib import Path

import msgspec
from clock_pages import (
    FIELDS,
    LOOKS,
    SITE,
    TOWNS,
    bare,
    cells,
    clerk,
    copyist,
    detail,
    page_of,
    run,
    shown,
    site,
    thing,
    told,
    wanted,
)
from model_support import chain_of

from agent.extract.cascade import read_page
from agent.extract.model_places import places_to_name
from agent.extract.model_rules import name_places
from agent.extract.reading import Ask
from agent.state import InMemoryJournal
from domain.fields import parse_fields
from domain.templates import PROOFS
from fetch.offload import InlineOffload

# Whole runs


async def test_one_answer_serves_all_pages_and_the_next_ones_prove_it():
    async with chain_of(clerk) as (server, chain):
        ending, journal = await run(site({n: detail(n) for n in range(12)}), chain)
    assert told(ending) == {thing(n)["name"]: thing(n) for n in range(12)}
    assert len(server.calls) == 1
    (template,) = [each for each in journal.templates.values() if not each.many]
    assert template.proofs >= PROOFS
    assert all(len(template.places[name]) == 1 for name in ("wood", "town", "made"))


async def test_one_page_a_run_costs_one_question_over_all_runs():
    journal, calls = InMemoryJournal(), []
    for number in range(1, 6):
        later = InMemoryJournal()
        later.templates = dict(journal.templates)
        async with chain_of(clerk) as (server, chain):
            ending, journal = await run({f"{SITE}/{number}": detail(number)}, chain, later)
        assert told(ending) == {thing(number)["name"]: thing(number)}
        calls.append(len(server.calls))
    assert calls == [1, 0, 0, 0, 0]
    (template,) = journal.templates.values()
    assert template.is_proven


async def test_a_page_with_a_cell_more_is_asked_about_that_cell_alone():
    pages = {n: detail(n, town=n >= 4) for n in range(8)}
    async with chain_of(clerk) as (server, chain):
        ending, _ = await run(site(pages), chain)
    assert told(ending) == {
        thing(n)["name"]: {key: value for key, value in thing(n).items() if n >= 4 or key != "town"} for n in range(8)
    }
    assert [wanted(call) for call in server.calls] == [["wood", "town", "made"], ["town"]]
    assert [list(page.values()) for page in shown(server.calls[1])] == [[thing(4)["town"]]]


async def test_a_place_that_holds_another_kind_of_value_on_the_next_page_is_not_read_there():
    pages = {1: detail(1), 2: detail(2, specs={"Qux": "cherry wood", "Zorb": "Cadiz", "Blip": "unknown"})}
    async with chain_of(clerk) as (_, chain):
        ending, _ = await run(site(pages), chain)
    assert "made" not in told(ending)["Clock 2"]
    assert told(ending)["Clock 2"]["wood"] == "cherry wood"


async def test_what_pages_tell_in_sentences_is_copied_and_the_rest_is_not():
    fields = (*FIELDS, *parse_fields("keeper:person"))
    prose = "<p>This clock was kept by {} for forty years, in a house by the river that burned down twice since.</p>"
    pages = {n: detail(n, more=prose.format(f"Ada {TOWNS[n % 7]}son")) for n in range(5)}
    async with chain_of(clerk) as (server, chain):
        ending, _ = await run(site(pages), chain, fields=fields)
    assert [record["keeper"] for record in told(ending).values()] == [f"Ada {TOWNS[n % 7]}son" for n in range(5)]
    asked = [wanted(call) for call in server.calls if "<pages>" in call.user]
    copied = [wanted(call) for call in server.calls if "<rows>" in call.user]
    assert asked == [["wood", "town", "made", "keeper"]]
    assert copied == [["keeper"]] * 5


async def test_a_value_within_a_short_text_is_copied_where_the_model_says_that_it_is_a_part():
    fields = (*FIELDS, *parse_fields("keeper:text"))

    def careful(call):
        if "<rows>" in call.user:
            return copyist(call)
        page = shown(call)[0]
        return cells(
            *((f, next((n for n in page if re.search(LOOKS.get(f, "$^"), page[n])), "part")) for f in wanted(call))
        )

    pages = {n: detail(n, more=f"<i>kept by Ada {TOWNS[n]}son</i>") for n in range(3)}
    async with chain_of(careful) as (_, chain):
        ending, _ = await run(site(pages), chain, fields=fields)
    assert [record["keeper"] for record in told(ending).values()] == [f"Ada {TOWNS[n]}son" for n in range(3)]


async def test_a_site_that_changed_is_not_read_by_what_a_model_named_before():
    async with chain_of(clerk) as (_, chain):
        _, journal = await run(site({n: detail(n) for n in range(5)}), chain)
    swapped = {
        n: detail(n, specs={"Qux": f"{n} of 40 pieces", "Zorb": "out of print", "Blip": "none known"}) for n in range(9)
    }
    later = InMemoryJournal()
    later.templates = {
        each.id: msgspec.structs.replace(
            each,
            proofs=0,
            places={
                name: tuple(msgspec.structs.replace(place, proofs=0) for place in places)
                for name, places in each.places.items()
            },
        )
        for each in journal.templates.values()
    }
    async with chain_of([cells(wood="none", town="none", made="none")]) as (_, chain):
        ending, _ = await run(site(swapped), chain, later)
    assert all(record.keys() <= {"name", "price"} for record in told(ending).values())


# Several in a call


class Counting(InlineOffload):
    """Tells when so many pieces of work of a kind were done: by then those who wanted them wait for the model."""

    def __init__(self, name, enough):
        self._name, self._left = name, enough
        self.enough = asyncio.Event()

    async def run(self, work, *arguments, deadline_s):
        result = await super().run(work, *arguments, deadline_s=deadline_s)
        if work.__name__ == self._name:
            self._left -= 1
            if not self._left:
                self.enough.set()
        return result


async def test_pages_of_two_kinds_that_wait_go_in_one_call():
    """The first page is asked about at once; what comes meanwhile goes in the call after it, each kind once."""
    offload = Counting("cells_of", PROOFS)

    async def slow(call):
        await asyncio.wait_for(offload.enough.wait(), 30)
        return clerk(call)

    third = "<html lang='en'><head><title>{name}</title></head><body><main><h1>{name}</h1><b>&pound;{price}</b>"
    third += "<table><tr><th>Nub</th><td>{wood}</td></tr><tr><th>Dor</th><td>{town}</td></tr>"
    third += "<tr><th>Wix</th><td>{made}</td></tr></table></main></body></html>"
    pages = {0: detail(0), 1: bare(1), 2: third.format(**thing(2)), 3: detail(3), 4: bare(4)}
    async with chain_of(slow) as (server, chain):
        ending, journal = await run(site(pages), chain, offload=offload)
    assert told(ending) == {thing(n)["name"]: thing(n) for n in pages}
    assert [len(shown(call)) for call in server.calls] == [1, 2]
    assert journal.spend.model_calls == 2


async def test_the_example_of_the_docs_is_what_is_sent():
    page = page_of(detail(3))
    ask = Ask(fields=FIELDS, many=False, entity="clock")
    reading = read_page(page, ask)
    asked = tuple(field for field in FIELDS if field.name in reading.missing)
    async with chain_of(clerk) as (server, chain):
        await name_places([places_to_name(page, ask, asked, reading.candidates)], chain)
    docs = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
    assert f"```\n{server.calls[0].user}\n```" in docs


async def test_items_of_another_length_and_form_are_not_left_out_of_the_next_pages_list():
    fields = (*parse_fields("name,price:price"), *parse_fields("zq:list"))
    steps = {
        1: ["Wind the spring", "Set the hour hand first", "Let it strike"],
        2: ["Oil it", "Hang the case " + "level and " * 20 + "wait", "9/10", "Let it strike twice"],
        3: ["Dust it", "Set 2 hands", "Let it be"],
        4: ["Leave it " + "as it is and " * 20 + "go", "Come back"],
    }

    def lister(call):
        return cells(zq=next(n for n, text in shown(call)[0].items() if "spring" in text))

    pages = {n: detail(n, specs={"Qux": "x"}, more=f"<ul><li>{'</li><li>'.join(steps[n])}</li></ul>") for n in steps}
    async with chain_of(lister) as (server, chain):
        ending, _ = await run(site(pages), chain, fields=fields)
    assert len(server.calls) == 1
    assert [record["zq"] for record in told(ending).values()] == list(steps.values())


async def test_what_a_page_is_filed_under_does_not_hide_its_places():
    pages = {n: bare(n).replace("<article>", f"<article class='post filed-{TOWNS[n]}'>") for n in range(4)}
    async with chain_of(clerk) as (server, chain):
        ending, _ = await run(site(pages), chain)
    assert told(ending) == {thing(n)["name"]: thing(n) for n in range(4)}
    assert len(server.calls) == 1


async def test_a_cell_behind_another_value_is_known_again_by_its_path():
    """What stands before it looks like a caption, and is another on each page."""

    def page(n):
        told = thing(n)
        return (
            f"<html lang='en'><head><title>{told['name']}</title></head><body><article><h1>{told['name']}</h1>"
            f"<em class='price'>&pound;{told['price']:.2f}</em><div><b class='k3'>{told['wood']}</b>"
            f"<p class='k1'>{told['town']}</p></div><i class='k2'>{told['made']}</i></article></body></html>"
        )

    async with chain_of(clerk) as (server, chain):
        ending, journal = await run(site({n: page(n) for n in range(10)}), chain)
        assert told(ending) == {thing(n)["name"]: thing(n) for n in range(10)}
        assert len(server.calls) <= PROOFS
        later = InMemoryJournal()
        later.templates = dict(journal.templates)
        ending, _ = await run(site({n: page(n) for n in range(10, 15)}), chain, later)
        assert told(ending) == {thing(n)["name"]: thing(n) for n in range(10, 15)}
        assert later.spend.tokens == 0
