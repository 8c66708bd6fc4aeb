"""What a page hides from its readers is no equal of what it shows."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import FieldValue
from evals.readers import saved_page

HIDING = ["<div hidden>{}</div>", "<div style='display: none'>{}</div>", "<div style='visibility:hidden'>{}</div>"]


def read(body: str, fields: str) -> dict[str, FieldValue]:
    page = saved_page(
        "https://shop.example/pot", f"<html lang=en><title>Pot</title><body><h1>Copper pot</h1>{body}</body>"
    )
    (candidate,) = read_page(page, Ask(fields=parse_fields(f"name,{fields}"), many=False)).candidates
    return candidate.fields


@pytest.mark.parametrize("hiding", HIDING)
def test_a_hidden_value_alone_is_told_with_less_confidence(hiding: str) -> None:
    shown = "<p class=price>Price: $19.99</p><p>Material: copper</p>"
    plain, hidden = read(shown, "price,material"), read(hiding.format(shown), "price,material")
    for name in ("price", "material"):
        assert hidden[name].value == plain[name].value
        assert hidden[name].confidence <= 0.6 < plain[name].confidence


@pytest.mark.parametrize("hiding", [*HIDING, "<template>{}</template>"])
def test_a_shown_value_stands_before_a_hidden_one(hiding: str) -> None:
    hidden = hiding.format("<p class=price>Price: $5.00</p><p>Material: tin</p>")
    found = read(f"{hidden}<p class=price>Price: $19.99</p><p>Material: copper</p>", "price,material")
    assert (found["price"].value, found["material"].value) == (19.99, "copper")


def test_a_template_is_no_part_of_the_page() -> None:
    body = "<template><p class=price>Price: $5.00</p><p>Material: tin</p><button>Add to cart</button></template>"
    assert set(read(body, "price,material,availability")) == {"name"}


def test_what_is_hidden_from_screen_readers_is_shown() -> None:
    shown = read("<p class=price>Price: $19.99</p>", "price")["price"]
    assert read("<div aria-hidden=true><p class=price>Price: $19.99</p></div>", "price")["price"].confidence == (
        shown.confidence
    )


def test_a_price_that_rows_hide_stands_behind_the_one_that_they_show() -> None:
    names = ("Amber", "Birch", "Cedar", "Dune", "Ember")
    hidden = "<b style='display:none'>${}.00</b> <b>${}.00</b>"
    for prices in (hidden, f"<p class=price>{hidden}</p>"):
        rows = (
            f"<li><h3><a href=/{at}>{n} pot</a></h3>{prices.format(at + 50, at + 10)}</li>"
            for at, n in enumerate(names)
        )
        page = saved_page("https://shop.example/pots", f"<title>Pots</title><ul>{''.join(rows)}</ul>")
        reading = read_page(page, Ask(fields=parse_fields("name,price")))
        assert [each.fields["price"].value for each in reading.candidates] == [at + 10 for at in range(5)]
