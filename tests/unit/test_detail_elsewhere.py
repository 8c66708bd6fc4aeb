"""What a page about one thing tells of other things, and what its readers say, is not told of the thing."""

from __future__ import annotations

from html import escape

import pytest

from agent.extract.detail import read_detail
from agent.extract.embedded import embedded_entities
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page
from fetch.dom import parse

PROSE = "<p>A walnut stool with a woven seat, made in a small workshop by the river, and oiled by hand.</p>" * 2


def told(body: str, fields: str, heading: str = "Walnut stool", lang: str = "en") -> dict[str, str]:
    html = (
        f"<html lang='{lang}'><head><title>{heading}</title></head><body><main><h1>{heading}</h1>{PROSE}{body}</main>"
        "<footer><p>Made with care</p></footer></body></html>"
    )
    page = saved_page("https://shop.example/things/stool", html)
    root = parse(html)
    found = read_detail(root, page, Ask(fields=parse_fields(fields), many=False), embedded_entities(root, page))
    return {name: value.raw for name, value in found.items()}


def cards(number: int) -> str:
    each = "".join(
        f"<div class='card'><a href='/p/{at}'><h3>Bench {at}</h3></a><b class='price'>£{40 + at}.00</b>"
        "<button>Add to basket</button></div>"
        for at in range(number)
    )
    return f"<div class='cards'>{each}</div>"


HEADINGS = (
    ("en", "You may also like"),
    ("en", "Complete the look"),
    ("en", "Recently viewed"),
    ("en", "Customers also bought"),
    ("en", "More benches"),
    ("de", "Passt dazu"),
    ("de", "Das könnte Ihnen auch gefallen"),
    ("fr", "Vous aimerez aussi"),
    ("es", "Productos relacionados"),
    ("it", "Potrebbe interessarti"),
    ("nl", "Anderen bekeken ook"),
    ("pl", "Podobne produkty"),
)


@pytest.mark.parametrize(("lang", "heading"), HEADINGS)
@pytest.mark.parametrize("number", [1, 4])
def test_a_price_under_a_heading_about_other_things_is_not_the_things(lang, heading, number):
    for part in (
        f"<section><h2>{heading}</h2>{cards(number)}</section>",
        f"<div class='top'><h2>{heading}</h2><a href='/all'>All</a></div>{cards(number)}",
        f"<h2>{heading}</h2>{cards(number)}",
    ):
        assert "price" not in (found := told(part, "price,availability", lang=lang)), (part, found)
        assert "availability" not in found, (part, found)


def test_what_follows_the_part_about_other_things_is_the_things_again():
    part = f"<h2>You may also like</h2>{cards(3)}<h2>Buy it</h2><div class='product-price'>£95.00</div>"
    assert told(part, "price") == {"price": "£95.00"}


@pytest.mark.parametrize("heading", ["More information", "Other details", "Also known as", "More photos"])
def test_a_heading_about_more_of_the_thing_leads_to_no_other(heading):
    assert told(f"<h2>{heading}</h2><dl><dt>Material</dt><dd>Ash</dd></dl>", "material") == {"material": "Ash"}


def test_a_class_says_as_much_as_a_heading():
    assert told(f"<div class='related-products'><p>Picked for you</p>{cards(1)}</div>", "price") == {}


@pytest.mark.parametrize(
    "heading", ["Comments", "3 comments", "Customer reviews", "Reviews (12)", "Kommentare", "Avis"]
)
def test_a_readers_name_and_date_are_not_the_pages(heading):
    part = (
        f"<section><h2>{escape(heading)}</h2><div class='entry'><b class='author'>Peter Holm</b>"
        "<time datetime='2026-02-03'>3 February 2026</time><p>Rating: 5</p><p>Author: Peter Holm</p>"
        "<p>It stands in our hall now, and everybody asks about it.</p></div></section>"
    )
    assert told(part, "author,date,rating") == {}


def test_the_pages_own_date_stands_above_those_of_other_news():
    part = (
        "<p>By Ada Wells</p><aside><h3>More news</h3><ul><li><a href='/2'>Mill opens</a> <time>4 March 2026</time>"
        "</li></ul></aside>"
    )
    assert told(part, "author,date") == {"author": "Ada Wells"}


def test_a_neighbours_phone_and_hours_are_not_the_things():
    part = (
        "<section><h2>Also in this street</h2><div><h3>Harbour Cafe</h3><p>Phone: 01947 555 0142</p>"
        "<p>Opening hours: Mo-Fr 9:00-17:00</p><address>4 Quay Road, Whitby YO21 1AA</address></div></section>"
    )
    assert told(part, "phone,opening_hours,address", heading="Mill Street Bakery") == {}


def test_another_recipes_time_and_servings_are_not_this_ones():
    part = "<aside><h3>More pies</h3><p>Ham pie <span>Total time: 55 minutes</span> <span>Serves 6</span></p></aside>"
    assert told(part, "total_time:duration,yields", heading="Leek pie") == {}


@pytest.mark.parametrize("label", ["Delivery", "Assembly", "Gift wrap", "Deposit"])
def test_an_amount_under_the_name_of_something_else_is_no_price(label):
    assert told(f"<dl><dt>{label}</dt><dd>£6.00</dd><dt>Material</dt><dd>Ash</dd></dl>", "price") == {}


@pytest.mark.parametrize("line", ["ab 100 € versandkostenfrei", "£50+ for free delivery", "dès 60 € livraison offerte"])
def test_what_one_must_spend_is_no_price(line):
    assert told(f"<p>{line}</p>", "price") == {}


@pytest.mark.parametrize(
    "amount",
    [
        "<b class='price'>£5.00</b> voucher today!",
        "Save <b class='price'>£5.00</b>",
        "<b class='price'>£9.00</b> a month",
    ],
)
def test_words_beside_an_amount_say_what_it_is(amount):
    assert told(f"<p>{amount}</p><div><span class='price'>£95.00</span></div>", "price") == {"price": "£95.00"}


OLD_AND_NEW = (
    "<div class='box'><b class='price'>£20.00</b> <s>£60.00</s></div>",
    "<div class='box'><b class='price'>£20.00</b> <span>Was</span> <span>£60.00</span></div>",
    "<div class='box'><b class='price'>£20.00</b> <span class='lp'>List price: £60.00</span></div>",
    "<div class='box'><b class='price'>£20.00</b> <span class='old-price'>£60.00</span></div>",
)


@pytest.mark.parametrize("part", OLD_AND_NEW)
def test_a_list_price_is_the_earlier_one_and_the_price_the_present_one(part):
    assert told(part, "price,list_price:price") == {"price": "£20.00", "list_price": "£60.00"}


@pytest.mark.parametrize(
    "field", ["list_price", "old_price", "original_price", "rrp", "shipping_cost", "delivery_price"]
)
def test_the_price_of_today_is_no_other_amount(field):
    part = "<div class='product'><b class='price'>£20.00</b> Save <b>£25.00</b></div>"
    assert field not in told(part, f"price,{field}:price")


def test_what_delivery_costs_is_told_under_its_name():
    part = "<b class='price'>£20.00</b><dl><dt>Delivery price</dt><dd>£4.00</dd><dt>Material</dt><dd>Ash</dd></dl>"
    assert told(part, "price,delivery_price:price") == {"price": "£20.00", "delivery_price": "£4.00"}


def test_a_price_behind_a_link_is_that_of_what_the_link_leads_to():
    part = "<div class='box'><a href='/p/7'>Elm bench</a> <b class='pr'>£80.50</b></div>"
    assert told(part, "price") == {}
