"""Learned extractors: proven on pages, replayed, given up when a site changes."""

from __future__ import annotations

import msgspec
from extract_pages import page_of, shop

from agent.extract.cascade import Ask, read_page
from agent.extract.templates import agrees, missed, proved_by
from domain.evidence import Method
from domain.fields import parse_fields
from domain.records import plain_values
from domain.templates import PROOFS, Template

FIELDS = parse_fields("title,price:number,url,availability")


def taught_by(html: str) -> Template:
    template = read_page(page_of(html), Ask(fields=FIELDS, many=True)).template
    assert template is not None
    return template


def proven() -> Template:
    template = taught_by(shop(6))
    for start in range(10, 10 * PROOFS, 10):
        template = proved_by(template, taught_by(shop(6, start=start)))
    return template


def test_one_page_proves_no_template():
    template = taught_by(shop(6))
    assert not template.is_proven
    reading = read_page(page_of(shop(6, start=50)), Ask(fields=FIELDS, many=True, templates=(template,)))
    assert all(step.method is not Method.TEMPLATE for step in reading.steps)


def test_a_proven_template_is_replayed_on_the_next_page():
    template = proven()
    assert template.is_proven
    reading = read_page(page_of(shop(7, start=70)), Ask(fields=FIELDS, many=True, templates=(template,)))
    assert {step.method for step in reading.steps} == {Method.TEMPLATE}
    assert plain_values(reading.candidates[0].fields)["price"] == 70.5
    assert len(reading.candidates) == 7


def test_a_template_of_another_site_is_left_alone():
    template = msgspec.structs.replace(proven(), site="other.example")
    reading = read_page(page_of(shop(7)), Ask(fields=FIELDS, many=True, templates=(template,)))
    assert all(step.method is not Method.TEMPLATE for step in reading.steps)


def test_a_template_survives_the_wire():
    template = proven()
    assert msgspec.json.decode(msgspec.json.encode(template), type=Template) == template


def test_pages_that_teach_otherwise_take_the_proof_away():
    template = proven()
    other = taught_by(
        "<table><tr><th>Name</th><th>Cost</th></tr>"
        + "".join(f"<tr><td>Oak chair {chr(65 + n)}</td><td>{n}2.00 EUR</td></tr>" for n in range(1, 8))
        + "</table>"
    )
    assert not agrees(template, other)
    once = missed(template, "other columns", contradicted=False)
    assert once.is_proven
    twice = missed(once, "other columns", contradicted=False)
    assert not twice.is_proven
    assert twice.drift == "other columns"


def test_the_same_page_read_again_proves_nothing():
    template = taught_by(shop(6))
    assert proved_by(template, taught_by(shop(6))).proofs == 1


def test_renamed_classes_do_not_break_a_replay():
    reading = read_page(
        page_of(shop(7, price_class="amount-v2", start=20)), Ask(fields=FIELDS, many=True, templates=(proven(),))
    )
    assert plain_values(reading.candidates[0].fields)["price"] == 20.5
