"""Whether a thing can be had is what its own line says, not a word within it or a button left standing."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.records import FieldValue
from evals.readers import saved_page


def availability(body: str) -> FieldValue | None:
    page = saved_page("https://shop.example/pot", f"<html><title>Pot</title><body><h1>Copper pot</h1>{body}</body>")
    reading = read_page(page, Ask(fields=parse_fields("name,availability"), many=False))
    return reading.candidates[0].fields.get("availability")


@pytest.mark.parametrize(
    "line",
    [
        "Availability: not in stock",
        "This pot isn't in stock",
        "Not currently in stock",
        "Nicht vorrätig, nicht mehr auf Lager",
        "Ce produit n'est pas en stock",
        "No está disponible, no hay en stock",
        "Niet meer op voorraad",
        "Ikke på lager",
        "Produkt nie jest dostępny",
        "Ei ole varastossa",
        "In stock: No",
        "In stock: 0",
        "Auf Lager: nein",
    ],
)
def test_a_denial_of_stock_is_no_stock(line: str) -> None:
    found = availability(f"<p>{line}</p>")
    assert found is not None
    assert found.value == "OutOfStock"


@pytest.mark.parametrize("line", ["Not sold out yet", "Never out of stock", "Noch nicht ausverkauft"])
def test_a_denial_that_it_is_away_does_not_say_that_it_is_away(line: str) -> None:
    assert availability(f"<p>{line}</p>") is None


def test_a_row_that_says_no_stock_is_no_stock() -> None:
    found = availability("<table><tr><th>In stock</th><td>No</td></tr></table>")
    assert found is not None
    assert found.value == "OutOfStock"


@pytest.mark.parametrize("option", ["S - sold out", "Sold out"])
def test_an_option_that_is_away_says_nothing_of_the_whole_thing(option: str) -> None:
    choice = f"<form><select><option>{option}</option><option>M</option></select></form>"
    assert availability(choice) is None
    found = availability(f"{choice}<p>In stock</p>")
    assert found is not None
    assert found.value == "InStock"


@pytest.mark.parametrize("line", ["In stock: 10", "Why not buy now?", "No waiting: in stock", "In stock, order no. 5"])
def test_a_no_that_is_of_something_else_denies_no_stock(line: str) -> None:
    found = availability(f"<p>{line}</p>")
    assert found is not None
    assert found.value == "InStock"


@pytest.mark.parametrize("line", ["Out of stock", "Availability: Sold out", "Ausverkauft!"])
def test_a_line_of_its_own_stands_before_a_button_left_standing(line: str) -> None:
    found = availability(f"<p class=stock>{line}</p><button>Add to cart</button>")
    assert found is not None
    assert (found.value, found.verdict) == ("OutOfStock", Verdict.SUPPORTED)
    assert [conflict.value for conflict in found.conflicts] == ["InStock"]


@pytest.mark.parametrize(
    "line",
    [
        "<ul><li>S</li><li>M <b>Sold out</b></li><li>L</li></ul>",
        "<p style='display:none'>Sold out</p>",
        "<p>Email me when back in stock</p>",
    ],
)
def test_a_size_a_hidden_line_and_an_offer_to_tell_stand_behind_the_button(line: str) -> None:
    found = availability(f"{line}<p>In stock</p><button>Add to cart</button>")
    assert found is not None
    assert found.value == "InStock"


def test_an_offer_to_tell_of_its_return_is_heard_where_nothing_else_speaks() -> None:
    found = availability("<p>Email me when back in stock</p>")
    assert found is not None
    assert (found.value, found.verdict) == ("OutOfStock", Verdict.DERIVED)


def test_a_button_that_the_page_hides_sells_nothing() -> None:
    found = availability("<p>Sorry, this one is sold out now.</p><button style='display:none'>Add to cart</button>")
    assert found is not None
    assert found.value == "OutOfStock"
