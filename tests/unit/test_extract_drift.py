"""A template that is replayed on a page which changed around its places: what stands there now is another amount, or of
another thing."""

from __future__ import annotations

from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from agent.extract.templates import proved_by
from domain.fields import parse_fields
from domain.records import plain_values
from domain.templates import PROOFS, Template

ASK = Ask(fields=parse_fields("name,price:number,weight"), many=False)


def lamp(number: int, box: str = "", after: str = "") -> str:
    box = box or f"<b class='pr'>£{number + 20}.50</b> <span>incl. tax</span>"
    return (
        f"<html lang='en'><head><title>Lamp {number}</title></head><body><nav><a href='/'>All</a></nav><main>"
        f"<h1 class='hd'>Lamp {number}</h1><div class='box'>{box}</div>"
        f"<dl class='sp'><dt>Weight</dt><dd>{number}.5 kg</dd></dl>{after}</main></body></html>"
    )


def proven() -> Template:
    templates = [read_page(page_of(lamp(number)), ASK).template for number in range(1, PROOFS + 1)]
    first, *others = [template for template in templates if template is not None]
    for other in others:
        first = proved_by(first, other)
    assert first.is_proven
    assert first.places["price"]
    return first


def replayed(html: str) -> dict[str, object]:
    ask = Ask(fields=ASK.fields, many=False, templates=(proven(),))
    (candidate,) = read_page(page_of(html), ask).candidates
    return plain_values(candidate.fields)


def test_a_page_of_the_template_is_replayed():
    assert replayed(lamp(9)) == {"name": "Lamp 9", "price": 29.5, "weight": "9.5 kg"}


def test_a_rate_that_now_stands_where_the_price_stood_is_not_the_price():
    changed = lamp(9, box="<b class='pr'>£3.00</b> a month or <b class='full'>£29.50</b>")
    assert replayed(changed)["price"] == 29.5


def test_a_voucher_put_before_the_price_is_not_the_price():
    changed = lamp(9, box="<b class='pr'>£5.00</b> voucher today! <b class='pr'>£29.50</b>")
    assert replayed(changed)["price"] == 29.5


def test_another_things_price_at_the_places_path_is_not_the_price():
    other = "<div class='box'><a href='/lamp/7'>Elm bench</a> <b class='pr'>£80.50</b></div>"
    assert "price" not in replayed(lamp(9, box="Sold", after=other))


def test_a_place_that_always_had_a_link_before_it_is_read():
    def linked(number: int) -> str:
        return lamp(number, box=f"<a href='/makers/1'>Elm works</a> <b class='pr'>£{number + 20}.50</b>")

    first, *others = [read_page(page_of(linked(number)), ASK).template for number in range(1, PROOFS + 1)]
    for other in others:
        if first is not None and other is not None:
            first = proved_by(first, other)
    assert first is not None
    assert not any(place.unlinked for place in first.places.get("price", ()))
