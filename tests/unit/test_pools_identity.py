"""Which record is which, from run to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_support import value

from domain.clues import kind_of
from domain.identity import MAX_KEYS, Identity, KeyKind, Told, identities, joined, match

SHOP = "https://shop.example/list"


def told(row: Mapping[str, Any], source: str = SHOP) -> Told:
    fields = {name: value(one) for name, one in row.items() if name != "page"}
    return Told(fields=fields, sources=(source,), detail_url=str(row.get("page", "")))


def known_of(rows: Sequence[Mapping[str, Any]], source: str = SHOP) -> tuple[Identity, ...]:
    kinds = {name: kind_of(name) for row in rows for name in row}
    return identities([told(row, source) for row in rows], kinds)


def matched(before: Sequence[Identity], after: Sequence[Identity]) -> list[int | None]:
    holders: dict[str, str] = {}
    for place, identity in enumerate(before):
        for key in identity.keys:
            holders.setdefault(key, str(place))
    known = {str(place): identity for place, identity in enumerate(before)}
    return [None if one is None else int(one) for one in match(after, known, holders)]


def same(before: Mapping[str, Any], after: Mapping[str, Any], *, elsewhere: bool = False) -> bool:
    source = "https://other.example/list" if elsewhere else SHOP
    return matched(known_of([before]), known_of([after], source)) == [0]


@pytest.mark.parametrize(
    ("before", "after", "elsewhere"),
    [
        (
            {"name": "Kettle", "page": "http://www.shop.example/p/1/"},
            {"name": "Pot", "page": "https://shop.example/p/1"},
            False,
        ),
        (
            {"name": "Kettle", "url": "https://shop.example/p/1"},
            {"name": "New", "url": "https://shop.example/p/1"},
            False,
        ),
        ({"title": "Dune", "isbn": "0-441-17271-7"}, {"title": "Der Wüstenplanet", "isbn": "978-0441172719"}, True),
        ({"name": "Kettle", "sku": "AB-123"}, {"name": "Copper pot", "sku": "ab123"}, False),
        ({"name": "Ada Smith", "email": "Ada@x.example"}, {"name": "Dr. Ada Smith", "email": "ada@x.example"}, True),
        (
            {"name": "Bright Smile", "phone": "+1 212 555 0100"},
            {"name": "Bright Smile Inc", "phone": "(212) 555-0100"},
            True,
        ),
        ({"name": "Café Zoë", "address": "1 High St"}, {"name": "cafe zoe", "address": "1 High St."}, True),
        ({"name": "Kettle", "price": 1}, {"name": "KETTLE", "price": 2}, False),
        ({"price": 1}, {"price": 2}, False),
    ],
    ids=["its page", "its link", "a registry's number", "a shop's number", "e-mail", "phone", "place", "name", "a row"],
)
def test_one_thing_is_known_again_by(before: dict, after: dict, elsewhere: bool):
    assert same(before, after, elsewhere=elsewhere)


@pytest.mark.parametrize(
    ("before", "after", "elsewhere"),
    [
        ({"name": "Kettle", "sku": "AB-123"}, {"name": "Kettle", "sku": "CD-456"}, False),
        (
            {"title": "Dune", "isbn": "9780441172719", "phone": "2125550100"},
            {"title": "Dune", "isbn": "9780441013593", "phone": "2125550100"},
            True,
        ),
        (
            {"name": "Kettle", "page": "https://shop.example/p/1"},
            {"name": "Kettle", "page": "https://shop.example/p/2"},
            False,
        ),
        ({"name": "Ada Smith", "email": "office@x.example"}, {"name": "Bob Jones", "email": "office@x.example"}, True),
        ({"name": "Jazz night", "date": "2026-12-01"}, {"name": "Jazz night", "date": "2026-12-08"}, False),
        (
            {"name": "Bright Smile", "address": "1 High Street"},
            {"name": "Bright Smile", "address": "9 Low Road"},
            False,
        ),
        ({"name": "Kettle"}, {"name": "Kettle"}, True),
    ],
    ids=["a shop's numbers", "a registry's numbers", "pages", "names behind one address", "dates", "places", "sites"],
)
def test_two_things_are_told_apart_by(before: dict, after: dict, elsewhere: bool):
    assert not same(before, after, elsewhere=elsewhere)


def test_a_key_that_two_records_of_a_run_share_tells_nothing_apart():
    rows = [{"name": "Kettle", "phone": "2125550100"}, {"name": "Kettle", "phone": "2125550100"}]
    found = known_of(rows)
    assert all([*each.of_kind(KeyKind.PHONE)] == [*each.of_kind(KeyKind.NAME)] == [] for each in found)
    assert matched(found, known_of(rows)) == [0, 1]


def test_a_strong_key_chooses_before_a_weak_one():
    before = known_of(
        [{"name": "Kettle", "page": "https://a.example/1"}, {"name": "Pot", "page": "https://a.example/2"}]
    )
    after = known_of([{"name": "Pot", "page": "https://a.example/1"}])
    assert matched(before, after) == [0]


names = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=20)
rows = st.lists(
    st.fixed_dictionaries(
        {"name": names, "price": st.integers(0, 100)},
        optional={
            "sku": st.from_regex(r"[A-Z]{2}[0-9]{3}", fullmatch=True),
            "page": st.integers(0, 30).map(lambda number: f"https://shop.example/p/{number}"),
            "address": names,
            "date": st.dates().map(str),
        },
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(rows)
def test_the_same_run_again_finds_every_record_where_it_was(found: list[dict[str, Any]]):
    assert matched(known_of(found), known_of(found)) == list(range(len(found)))


@settings(max_examples=40)
@given(rows, st.integers(0, 1000))
def test_a_price_never_makes_another_thing(found: list[dict[str, Any]], price: int):
    dearer = [row | {"price": price} for row in found]
    assert matched(known_of(found), known_of(dearer)) == list(range(len(found)))


@settings(max_examples=40)
@given(rows, rows)
def test_no_two_records_of_a_run_are_one_known_thing(before: list[dict[str, Any]], after: list[dict[str, Any]]):
    found = [one for one in matched(known_of(before), known_of(after)) if one is not None]
    assert len(found) == len(set(found))


def test_a_number_that_two_rows_share_still_tells_them_from_another_number():
    before = known_of([{"name": "Bowl", "sku": "AA000"}])
    after = known_of([{"name": "Bowl", "sku": "BB000"}, {"name": "Bowl", "sku": "BB000"}])
    assert matched(before, after) == [None, None]


@settings(max_examples=40)
@given(rows, rows)
def test_two_numbers_of_one_shop_are_never_one_thing_by_a_weaker_key(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
):
    before = [{key: one for key, one in row.items() if key != "page"} for row in before]
    after = [{key: one for key, one in row.items() if key != "page"} for row in after]
    for row, place in zip(after, matched(known_of(before), known_of(after)), strict=True):
        if place is not None and "sku" in row and "sku" in before[place]:
            assert row["sku"] == before[place]["sku"]


@settings(max_examples=40)
@given(st.lists(rows, max_size=4))
def test_an_identity_that_is_met_again_and_again_stays_small(runs: list[list[dict[str, Any]]]):
    whole: Identity | None = None
    for run in runs:
        for identity in known_of(run):
            whole = identity if whole is None else joined(whole, identity)
            assert len(whole.keys) <= MAX_KEYS
            assert set(identity.keys) <= set(whole.keys)
