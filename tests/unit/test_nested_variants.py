"""The sizes and colours of a thing as a list of objects, from its data, its form or a table."""

from __future__ import annotations

import json

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import Field, flat_fields, make_field
from domain.records import FieldValue

PARTS = ("size", "color", "price", "sku")
BOOTS = (("EU 41", "Brown", 189.0, "FB-41"), ("EU 42", "Brown", 189.0, "FB-42"), ("EU 47", "Black", 204.5, "FB-47"))


def listed(body: str, name: str = "variants", parts: tuple[str, ...] = PARTS) -> FieldValue | None:
    field = Field(name=name, many=True, children=tuple(map(make_field, parts)))
    page = page_of(
        f"<html lang=en><head><title>Fellside Boot</title></head><body><nav><a href=/>Home</a></nav><main>"
        f"<h1>Fellside Boot</h1>{body}<p>A boot for wet hills, made of one piece of hide.</p></main></body></html>"
    )
    (record,) = read_page(page, Ask(fields=flat_fields((make_field("name"), field)), many=False)).candidates
    return record.fields.get(name)


def linked(offers: object) -> str:
    product = {"@context": "https://schema.org", "@type": "Product", "name": "Fellside Boot", "offers": offers}
    return f'<script type="application/ld+json">{json.dumps(product)}</script>'


def choice(options: str, name: str = "Size") -> str:
    return (
        f"<form><label for=c>{name}</label><select id=c name=choice><option value=''>Choose</option>{options}"
        "</select><button>Add to cart</button></form>"
    )


def test_offers_and_what_they_offer_are_one_item_each():
    offers = [
        {
            "@type": "Offer",
            "price": price,
            "itemOffered": {"@type": "Product", "size": size, "color": color, "sku": sku},
        }
        for size, color, price, sku in BOOTS
    ]
    found = listed(linked(offers))
    assert found is not None
    assert found.value == [dict(zip(PARTS, boot, strict=True)) for boot in BOOTS]
    assert {proof.verdict for proof in found.evidence} == {Verdict.SUPPORTED}


def test_the_options_of_a_choice_carry_their_price_and_code():
    options = "".join(f"<option data-sku={sku}>{size} - ${price:.2f}</option>" for size, _, price, sku in BOOTS)
    found = listed(choice(options))
    assert found is not None
    assert found.value == [{"size": size, "price": price, "sku": sku} for size, _, price, sku in BOOTS]
    assert {proof.verdict for proof in found.evidence} == {Verdict.SUPPORTED}


@pytest.mark.parametrize(("name", "part"), [("Größe", "size"), ("Taille", "size"), ("Choose a colour", "color")])
def test_a_choice_is_known_by_its_label_in_other_languages(name, part):
    found = listed(choice("<option>One</option><option>Two</option><option value=3 disabled>Three</option>", name))
    assert found is not None
    assert found.value == [{part: "One"}, {part: "Two"}]


@pytest.mark.parametrize(
    ("body", "name", "parts"),
    [
        (choice("<option>1</option><option>2</option>", "Quantity"), "variants", ("size", "quantity")),
        (choice("<option>5</option><option>4</option>", "Rating"), "reviews", ("author", "rating")),
        (choice("<option>S</option><option>M</option>", "Size"), "reviews", ("author", "size")),
        (f"<footer>{choice('<option>S</option><option>M</option>')}</footer>", "variants", PARTS),
        (choice("<option>S</option>"), "variants", PARTS),
    ],
)
def test_a_form_that_asks_for_something_else_lists_no_variants(body, name, parts):
    assert listed(body, name, parts) is None


def test_two_choices_say_not_which_goes_with_which():
    sizes, colours = "<option>S</option><option>M</option>", "<option>Red</option><option>Blue</option>"
    assert listed(choice(sizes) + choice(colours, "Colour").replace("=c>", "=d>").replace("id=c", "id=d")) is None


def test_amounts_of_a_shop_theme_that_may_be_cents_are_no_prices():
    state = {
        "title": "Fellside Boot",
        "variants": [
            {"id": at, "option1": size, "price": int(price * 100), "sku": sku}
            for at, (size, _, price, sku) in enumerate(BOOTS)
        ],
    }
    found = listed(f'<script type="application/json">{json.dumps(state)}</script>')
    assert found is not None
    assert found.value == [{"sku": sku} for *_, sku in BOOTS]


def test_whether_each_variant_is_in_stock_is_read_from_data():
    state = {
        "title": "Fellside Boot",
        "variants": [{"size": size, "sku": sku, "in_stock": sku != "FB-42"} for size, *_, sku in BOOTS],
    }
    script = f'<script type="application/json">{json.dumps(state)}</script>'
    found = listed(script, parts=("size", "in_stock"))
    assert found is not None
    assert [item["in_stock"] for item in found.value] == ["InStock", "OutOfStock", "InStock"]
    assert {proof.verdict for proof in found.evidence} == {Verdict.SUPPORTED}
