"""Conditions that rules leave unclear, read out of a page by a model: it must quote, and rules compare its quotes."""

import re

import msgspec
import pytest
from test_models_reading import chain_of, page_of

from agent.extract.cascade import read_page
from agent.extract.model_checks import check_by_model
from agent.extract.reading import Ask
from domain.checks import CheckedBy, Meets
from domain.events import WarningKind
from domain.fields import parse_fields
from domain.pages import PageShape
from domain.plans import Comparison, Condition
from forage.scripted_model import Fail, Fault, say_json

CAFES = (
    ("Low Water", "£4", "doors open every day from ten"),
    ("Quarry House", "$5", "shut on the Lord's day"),
    ("Mill Inn", "£6", "a view of the weir"),
    ("Old Forge", "£7", "horses welcome"),
)
HTML = (
    "<html><head><title>Cafes</title></head><body><ul>"
    + "".join(
        f'<li class="c"><h3><a href="/c/{at}">{name}</a></h3><span class="p">{price}</span><p>It has {says}.</p></li>'
        for at, (name, price, says) in enumerate(CAFES)
    )
    + "</ul></body></html>"
)
SUNDAY = Condition(field="opening_hours", comparison=Comparison.OPEN, value="sunday", text="open on Sunday")
CHEAP = Condition(field="price", comparison=Comparison.LESS, value=6.0, text="under £6", unit="GBP")


def read():
    page = page_of(HTML)
    candidates = read_page(page, Ask(fields=parse_fields("name,price"), many=True)).candidates
    assert len(candidates) == len(CAFES)
    # They stand for rows of a list that links to no pages of its own.
    return page, tuple(msgspec.structs.replace(each, detail_url="") for each in candidates)


def row_of(call, text):
    rows = re.split(r"\n(?=\[\d+\] )", call.user.split("<rows>")[1])
    return next(int(re.match(r"\s*\[(\d+)\]", row)[1]) for row in rows if text in row)


def said(call, *answers):
    """Answers are (text of the row, number of the condition, verdict, quote)."""
    checks = [
        {"row": row_of(call, text), "condition": condition, "verdict": verdict, "quote": quote}
        for text, condition, verdict, quote in answers
    ]
    return say_json({"checks": checks})


async def checked(script, conditions):
    page, candidates = read()
    async with chain_of(script) as (server, chain):
        told = await check_by_model(page, candidates, conditions, chain, shape=PageShape.LIST)
    return told, server


async def test_a_model_tells_what_rules_cannot_and_its_quote_is_the_reason():
    def model(call):
        return said(
            call,
            ("Low Water", 0, "yes", "doors open every day"),
            ("Quarry House", 0, "no", "shut on the Lord's day"),
        )

    told, server = await checked(model, (SUNDAY,))
    checks = {each.fields["name"].value: each.checks for each in told.candidates}
    assert [(each.verdict, each.by) for each in checks["Low Water"]] == [(Meets.YES, CheckedBy.MODEL)]
    assert checks["Quarry House"][0].verdict is Meets.NO
    assert "shut on the Lord's day" in checks["Quarry House"][0].reason
    assert checks["Mill Inn"] == checks["Old Forge"] == ()
    assert told.spend.model_calls == len(server.calls) == 1
    assert "open on Sunday" in server.calls[0].user


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (SUNDAY, ("Mill Inn", 0, "yes", "open on Sundays")),  # stands nowhere
        (SUNDAY, ("Mill Inn", 0, "yes", "doors open every day")),  # stands in another row
        (SUNDAY, ("Mill Inn", 0, "yes", "")),
        (SUNDAY, ("Mill Inn", 7, "yes", "a view of the weir")),
        (CHEAP, ("Quarry House", 0, "yes", "$5")),  # dollars are no pounds, whatever a model makes of them
        (CHEAP, ("Mill Inn", 0, "yes", "£6")),  # rules could tell: it was not asked
    ],
)
async def test_a_verdict_without_its_proof_is_dropped(condition, answer):
    told, _ = await checked(
        lambda call: said(call, answer) if answer[0] in call.user else say_json({"checks": []}), (condition,)
    )
    assert all(each.checks == () for each in told.candidates)


async def test_rules_compare_what_a_model_quotes():
    model = [say_json({"checks": []})]

    def overruled(call):
        return said(call, ("Low Water", 0, "no", "open every day"))

    told, _ = await checked(overruled, (SUNDAY,))
    (check,) = next(each.checks for each in told.candidates if each.fields["name"].value == "Low Water")
    assert check.verdict is Meets.YES
    told, server = await checked(model, (msgspec.structs.replace(CHEAP, value=100.0, unit=""),))
    assert server.calls == []  # all prices can be compared: nothing is asked


async def test_a_list_that_links_to_pages_of_its_things_leaves_what_is_missing_to_them():
    page = page_of(HTML)
    candidates = read_page(page, Ask(fields=parse_fields("name,price"), many=True)).candidates
    assert all(each.detail_url for each in candidates)
    async with chain_of([say_json({"checks": []})]) as (server, chain):
        await check_by_model(page, candidates, (SUNDAY,), chain, shape=PageShape.LIST)
    assert server.calls == []


async def test_a_model_that_is_down_leaves_it_unclear_and_says_so():
    told, _ = await checked([Fail(fault=Fault.SERVER_ERROR)], (SUNDAY,))
    assert all(each.checks == () for each in told.candidates)
    assert told.warnings[0][0] is WarningKind.MODEL_UNAVAILABLE
