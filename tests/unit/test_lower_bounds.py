"""A price that is the lowest of several stays one: what it says of a limit is no more than the page does."""

from __future__ import annotations

import json
from math import inf

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from agent.planner.rules import plan_by_rules
from domain.checks import Meets, verdict_of
from domain.conditions import checks_of
from domain.evidence import Verdict
from domain.extents import extent_of
from domain.fields import parse_fields
from domain.records import FieldValue
from domain.requests import GoalRequest
from evals.readers import saved_page

YES, NO, UNCLEAR = Meets.YES, Meets.NO, Meets.UNCLEAR


def price_of(body: str, *, lang: str = "en", head: str = "") -> FieldValue:
    page = saved_page(
        "http://pots.example/pot",
        f"<html lang={lang}><head><title>Copper pot</title>{head}</head><body><h1>Copper pot</h1>{body}"
        "<p>A pot for stews.</p></body></html>",
    )
    (record,) = read_page(page, Ask(fields=parse_fields("name,price"), many=False)).candidates
    return record.fields["price"]


def offers(**told: str) -> str:
    product = {"@context": "https://schema.org", "@type": "Product", "name": "Copper pot"}
    product["offers"] = {"@type": "AggregateOffer", "priceCurrency": "GBP", **told}
    return f'<script type="application/ld+json">{json.dumps(product)}</script>'


def judged(goal: str, value: FieldValue) -> Meets:
    return verdict_of(checks_of({"price": value}, plan_by_rules(GoalRequest(goal=goal)).conditions))


@pytest.mark.parametrize(
    ("text", "lang", "amount"),
    [
        ("From £9", "en", 9),
        ("From: £9", "en", 9),
        ("from just £9", "en", 9),
        ("£9 and up", "en", 9),
        ("ab 9,- €", "de", 9),
        ("dès 9 €", "fr", 9),
        ("desde 9 €", "es", 9),
        ("a partir de 9 €", "pt", 9),
        ("da 9 €", "it", 9),
        ("vanaf € 9", "nl", 9),
        ("od 9 zł", "pl", 9),
        ("od 9 Kč", "cs", 9),
        ("fra 9,- kr", "da", 9),
        ("från 9 kr", "sv", 9),
        ("9 € alkaen", "fi", 9),
        ("от 900 ₽", "ru", 900),
        ("¥900から", "ja", 900),
        ("900円から", "ja", 900),
        ("900円〜", "ja", 900),
        ("900元起", "zh", 900),
        ("9,000원부터", "ko", 9000),
    ],
)
def test_the_lowest_of_several_prices_is_not_taken_for_the_price(text, lang, amount):
    value = price_of(f"<p class=price>{text}</p>", lang=lang)
    assert value.verdict is Verdict.SUPPORTED
    extent = extent_of(value.raw, is_money=True)
    assert extent is not None
    assert extent[:2] == (amount, inf)


@pytest.mark.parametrize(
    "body",
    [
        "<div class=price><div>From</div><div>£9.50</div></div>",
        "<div class=price><span>from</span><span>£9.50</span></div>",
        "<dl><dt>From</dt><dd>£9.50</dd></dl>",
    ],
)
def test_the_word_of_a_lower_bound_may_stand_in_a_line_of_its_own(body):
    value = price_of(body)
    assert value.value == 9.5
    assert judged("pots over £20", value) is UNCLEAR
    assert judged("pots under £5", value) is NO


def test_the_lowest_of_an_aggregate_offer_is_one_end_of_its_range():
    value = price_of("", head=offers(lowPrice="9.00", highPrice="25.00"))
    assert (value.value, value.unit) == (9.0, "GBP")
    assert judged("pots over £20", value) is UNCLEAR
    assert judged("pots under £20", value) is UNCLEAR
    assert judged("pots under £30", value) is YES
    assert judged("pots over £30", value) is NO


def test_an_aggregate_offer_without_an_upper_end_says_nothing_of_the_dearest():
    value = price_of("", head=offers(lowPrice="9.00"))
    assert judged("pots over £20", value) is UNCLEAR
    assert judged("pots under £5", value) is NO


def test_an_aggregate_offer_of_one_price_is_that_price():
    value = price_of("", head=offers(lowPrice="9.00", highPrice="9.00"))
    assert judged("pots over £20", value) is NO


def test_a_price_of_the_data_that_the_page_calls_the_lowest_is_a_lower_bound():
    value = price_of("<p class=price>From £9.00</p>", head=offers(price="9.00"))
    assert judged("pots over £20", value) is UNCLEAR
    plain = price_of("<p class=price>£9.00</p>", head=offers(price="9.00"))
    assert judged("pots over £20", plain) is NO
