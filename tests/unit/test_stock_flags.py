"""Whether a thing can be had, as data tell it by a yes or a no, and in one vocabulary for pages about one and lists."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import FieldKind, make_field, parse_fields
from domain.normal import normalise
from domain.recognise import recognise
from domain.records import FieldValue
from evals.readers import saved_page


def told(body: str, asked: str = "availability") -> FieldValue | None:
    page = saved_page("https://shop.example/pot", f"<html><title>Pot</title><body><h1>Copper pot</h1>{body}</body>")
    (record,) = read_page(page, Ask(fields=parse_fields(f"name,{asked}"), many=False)).candidates
    return record.fields.get(asked.partition(":")[0])


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("<div data-in-stock=true>Pot</div>", "InStock"),
        ("<div data-in-stock=false>Pot</div>", "OutOfStock"),
        ("<div data-instock=1>Pot</div>", "InStock"),
        ("<div data-available=0>Pot</div>", "OutOfStock"),
        ('<script>var item = {"id": 7, "name": "Copper pot", "in_stock": false, "price": 9};</script>', "OutOfStock"),
        ('<script>var item = {"id": 7, "name": "Copper pot", "inStock": true, "price": 9};</script>', "InStock"),
        ('<script type="application/json">{"product": {"is_in_stock": 1, "name": "Copper pot"}}</script>', "InStock"),
    ],
)
def test_a_yes_or_no_of_the_data_tells_of_stock(body, state):
    found = told(body)
    assert found is not None
    assert (found.value, found.verdict) == (state, Verdict.SUPPORTED)


@pytest.mark.parametrize(
    "body",
    [
        "<ul><li data-in-stock=true>S</li><li data-in-stock=false>M</li></ul>",
        '<script>var sizes = [{"size": "S", "in_stock": true}, {"size": "M", "in_stock": false}];</script>',
        "<section class=related><h2>You may also like</h2><div data-in-stock=true>Pan</div></section>",
        "<select><option data-available=false>S</option></select>",
    ],
)
def test_a_flag_of_sizes_or_of_other_things_tells_nothing_of_the_thing(body):
    assert told(body) is None


@pytest.mark.parametrize(("line", "is_there"), [("In stock", True), ("Sold out", False), ("Ikke på lager", False)])
def test_whether_it_is_in_stock_may_be_asked_as_a_yes_or_no(line, is_there):
    found = told(f"<p class=stock>{line}</p>", "in_stock:boolean")
    assert found is not None
    assert (found.value, found.verdict) == (is_there, Verdict.SUPPORTED)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Udsolgt", "OutOfStock"),
        ("Slut i lager", "OutOfStock"),
        ("Nincs készleten", "OutOfStock"),
        ("Není skladem", "OutOfStock"),
        ("Tükendi", "OutOfStock"),
        ("Εξαντλήθηκε", "OutOfStock"),
        ("品切れ・在庫切れ", "OutOfStock"),
        ("Skladem", "InStock"),
        ("Raktáron", "InStock"),
        ("På lager", "InStock"),
        ("Stokta var", "InStock"),
        ("n'est pas en stock", "OutOfStock"),
        ("In stock: 0", "OutOfStock"),
        ("LimitedAvailability", "InStock"),
        ("https://schema.org/PreOrder", "PreOrder"),
        ("true", "InStock"),
        ("0", "OutOfStock"),
    ],
)
def test_the_text_of_a_field_is_read_in_the_languages_of_pages(text, state):
    normal = normalise(text, make_field("availability"))
    assert normal is not None
    assert normal.value == state


def test_a_bare_yes_has_no_form_of_stock():
    assert recognise(FieldKind.AVAILABILITY, "1") is None
    assert recognise(FieldKind.AVAILABILITY, "yes") is None


def test_a_denial_of_absence_is_no_absence():
    assert normalise("Never out of stock", make_field("availability")) is None
