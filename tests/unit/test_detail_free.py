"""What costs nothing, or from nothing on, is told so, and is not dearer than it is because a price stands beside it."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.checks import Meets
from domain.conditions import checks_of
from domain.fields import parse_fields
from domain.plans import Comparison, Condition
from domain.records import FieldValue, is_told
from evals.readers import saved_page


def price(body: str, lang: str = "en-GB", head: str = "") -> FieldValue | None:
    html = (
        f"<html lang={lang}><head><title>Boats</title>{head}</head><body><main><h1>Boat trip</h1>{body}</main></body>"
    )
    reading = read_page(saved_page("https://boats.example/", html), Ask(fields=parse_fields("name,price"), many=False))
    found = reading.candidates[0].fields.get("price")
    return found if found is not None and is_told(found) else None


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en-GB", "Free – £12"), ("de", "kostenlos – 12 €"), ("fr", "gratuit à 12 €"), ("ja", "無料〜¥1200")],
)
@pytest.mark.parametrize("markup", ["<p class=price>{}</p>", "<dl><dt>Price</dt><dd>{}</dd></dl>"])
def test_a_range_that_begins_at_nothing_is_told_by_its_least(lang: str, text: str, markup: str) -> None:
    found = price(markup.format(text), lang)
    assert found is not None
    assert (found.value, found.raw) == (0.0, text)
    condition = Condition(field="price", comparison=Comparison.GREATER, value=10.0, text="")
    (check,) = checks_of({"price": found}, (condition,))
    assert check.verdict is not Meets.YES


@pytest.mark.parametrize("word", ["Free", "Eintritt frei", "Gratuit", "Gratis", "Bezpłatny", "無料"])
@pytest.mark.parametrize("markup", ["<p>Price: {}</p>", "<p class=price>{}</p>"])
def test_a_price_that_is_none_is_told_as_nothing(word: str, markup: str) -> None:
    found = price(markup.format(word))
    assert found is not None
    assert found.value == 0.0


def data(kind: str) -> str:
    thing = {"@type": kind, "name": "Boat trip", "offers": {"@type": "Offer", "price": "0", "priceCurrency": "GBP"}}
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


def test_nothing_is_the_price_of_an_event_and_none_of_a_thing_in_a_shop() -> None:
    found = price("<p>By the canal.</p>", head=data("MusicEvent"))
    assert found is not None
    assert found.value == 0.0
    assert price("<p>By the canal.</p>", head=data("Product")) is None


@pytest.mark.parametrize(
    "body", ["<p class=price>£9</p><p class=shipping>Free</p>", "<p class=price>£9</p><p>Free - collect in store</p>"]
)
def test_what_else_is_free_is_not_the_thing(body: str) -> None:
    found = price(body)
    assert found is not None
    assert found.value == 9.0
