"""Merging: what is one thing, what is two, and that nothing depends on the order in which pages came."""

import time

import msgspec
import pytest
from agent_doubles import candidate, value_of
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.merge import merge, merge_groups
from domain.evidence import Method, Verdict
from domain.fields import parse_fields
from domain.plans import Plan, PlannedBy

A, B, C = "http://a.test/", "http://b.test/", "http://c.test/"


def planned(fields="name,address,phone,email,website,price,isbn,sku", **more):
    return Plan(goal="", fields=parse_fields(fields), planned_by=PlannedBy.CALLER, **more)


def merged(*candidates, **more):
    return merge(candidates, planned(**more))


def one(*candidates, **more):
    records = merged(*candidates, **more)
    assert len(records) == 1, [record.values() for record in records]
    return records[0]


def two(*candidates, **more):
    records = merged(*candidates, **more)
    assert len(records) == 2, [record.values() for record in records]
    return records


def test_the_same_phone_and_like_names_are_one_thing():
    record = one(
        candidate(A, 0, name="Dr. Anna Weiss", phone="+493012345678"),
        candidate(B, 3, name="Anna Weiss, Zahnärztin", phone="030 12345678"),
    )
    assert record.sources == (A, B)
    assert len(record.fields["phone"].evidence) >= 1
    assert record.fields["name"].conflicts


@pytest.mark.parametrize(
    "website", ["https://www.[x", "http://ex%20ample.test", "http://a.test:99999/", "https://www.a℀b.test", "http://@/"]
)
def test_a_mistyped_website_costs_no_record(website):
    record = one(
        candidate(A, 0, name="Dr. Anna Weiss", phone="+493012345678", website=website),
        candidate(B, 0, name="Anna Weiss", phone="+493012345678", website="https://weiss.test/"),
    )
    assert record.sources == (A, B)


def test_the_same_phone_and_unlike_names_are_two():
    two(
        candidate(A, 0, name="Harbour Cafe", phone="+442079460001"),
        candidate(B, 0, name="Museum of Fog", phone="+442079460001"),
    )


def test_a_phone_that_a_page_gives_for_all_its_things_identifies_none_of_them():
    shared = [
        candidate(A, n, name=f"{city} Tools Depot", phone="+18005550100") for n, city in enumerate(("Leeds", "York"))
    ]
    records = merged(*shared, candidate(B, 0, name="Hull Tools Depot", phone="+18005550100"))
    assert len(records) == 3


def test_two_things_of_one_page_are_two_however_alike():
    two(candidate(A, 0, name="Acme Anvil", price=10), candidate(A, 1, name="Acme Anvil", price=12))


def test_a_row_that_a_page_repeats_is_one():
    one(candidate(A, 0, name="Acme Anvil", price=10), candidate(A, 7, name="Acme Anvil", price=10))


def test_rows_that_look_alike_and_link_to_different_pages_are_two():
    two(candidate(A, 0, name="Room", _detail="/r/1"), candidate(A, 1, name="Room", _detail="/r/2"))


def test_a_thing_featured_on_every_page_of_a_list_is_one():
    pages = [candidate(f"{A}?page={n}", 0, name="Featured", price=1, _detail="http://a.test/f") for n in range(3)]
    assert len(one(*pages).sources) == 3


def test_a_list_and_the_page_about_the_thing_are_one():
    record = one(
        candidate(A, 0, name="A Light in the ...", _detail="/book/1"),
        candidate("http://a.test/book/1", 0, name="A Light in the Attic", isbn="9780060256654"),
    )
    assert record.values()["name"] == "A Light in the Attic"
    assert not record.fields["name"].conflicts


def test_isbn_10_and_13_of_a_book_are_one():
    one(
        candidate(A, 0, name="Emma", isbn="0141439580"),
        candidate(B, 0, name="Emma (Penguin Classics)", isbn="978-0-14-143958-7"),
    )


def test_different_isbns_are_two_books_however_alike_their_titles():
    two(candidate(A, 0, name="Emma", isbn="9780141439587"), candidate(B, 0, name="Emma", isbn="9780192837523"))


@pytest.mark.parametrize("other", ["iPhone 13 128GB", "iPhone 12 256GB"])
def test_a_neighbouring_model_is_another_product(other):
    two(candidate(A, 0, name="iPhone 12 128GB"), candidate(B, 0, name=other))


def test_two_branches_of_a_chain_are_two():
    two(
        candidate(A, 0, name="Blue Door Bakery", address="12 Main Street, Leeds"),
        candidate(B, 0, name="Blue Door Bakery", address="98 Station Road, Leeds"),
    )


def test_the_same_name_at_the_same_place_is_one():
    one(
        candidate(A, 0, name="Blue Door Bakery", address="12 Main Street"),
        candidate(B, 0, name="Blue Door bakery", address="12 Main Street."),
    )


def test_the_same_home_page_with_like_names_is_one():
    record = one(
        candidate(A, 0, name="Northwind", website="https://www.northwind.test/"),
        candidate(B, 0, name="Northwind Trading", website="http://northwind.test"),
    )
    assert not record.fields["website"].conflicts


def test_links_back_into_a_directory_identify_nothing():
    two(
        candidate("http://dir.test/1", 0, name="Alpha Dental Care", website="http://dir.test/"),
        candidate("http://dir.test/2", 0, name="Beta Dental Care", website="http://dir.test/"),
    )


def test_likeness_below_the_threshold_is_told_and_not_merged():
    first, second = two(candidate(A, 0, name="The Matrix"), candidate(B, 0, name="The Matrix Reloaded"))
    assert first.possible_duplicates == (second.id,)
    assert second.possible_duplicates == (first.id,)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Olive oil extra virgin 500 ml", "Olive Oil Extra-Virgin 750ml"),
        ("A survey of entity resolution, part I", "Survey of entity resolution (Part II)"),
        ("Monitor 27 inch 4K", "Monitor 32in 4K"),
        ("Rings of Salt II", "Rings of Salt III"),
    ],
)
def test_another_size_or_part_is_another_thing_though_its_fellow_was_not_read(name, other):
    first, second = two(candidate(A, 0, name=name), candidate(B, 0, name=other))
    assert first.possible_duplicates in ((), (second.id,))


def test_films_of_one_name_and_years_apart_are_two():
    fields = "name,year:integer"
    told = candidate(A, 0, name="The Visitor", year=1982), candidate(B, 0, name="The Visitor", year=2011)
    assert len(merge(told, planned(fields))) == 2
    assert len(merge((told[0], candidate(B, 0, name="The Visitor", year=1983)), planned(fields))) == 1


BESIDE = [
    "Brass kettle",
    "Brass lamp for the desk",
    "Copper kettle, stainless",
    "Trail runner shoe",
    "City bike helmet",
    "Kettle with a whistle",
    "Pine bookshelf",
    "Steel desk",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.sampled_from(BESIDE)), max_size=30))
@pytest.mark.parametrize(
    ("name", "other", "are_one"),
    [
        ("Copper kettle 1.7 l, brushed", "Copper Kettle brushed 1.7 l", True),
        ("Copper kettle 1.7 l, brushed", "Copper kettle 1.0 l, brushed", False),
        ("Tindra desk lamp brass", "Tindra desk lamp, brass finish", True),
        ("Tindra desk lamp", "Tindra desk lamp for children", False),
    ],
)
def test_what_is_one_thing_does_not_hang_on_what_else_was_read(name, other, are_one, beside):
    rest = [candidate(url, place + 1, page_id=url, name=said) for place, (url, said) in enumerate(beside)]
    found = (candidate(A, 0, name=name), candidate(B, 0, name=other), *rest)
    (whole,) = [each for each in merge_groups(found, planned()) if found[0] in each.members]
    assert (found[1] in whole.members) is are_one


def test_products_match_by_model_code_across_shops():
    one(
        candidate(A, 0, name="Sony WH-1000XM4 Wireless Noise Cancelling Headphones"),
        candidate(B, 0, name="Sony WH1000XM4 Noise Cancelling Wireless Headphones Black"),
    )


def test_what_more_sites_say_is_told_and_the_rest_is_kept_beside_it():
    record = one(
        *(candidate(url, 0, name="Emma", isbn="9780141439587", price=price) for url, price in ((A, 9), (B, 8), (C, 8)))
    )
    assert record.values()["price"] == 8
    assert [conflict.value for conflict in record.fields["price"].conflicts] == [9]
    assert {evidence.url for evidence in record.fields["price"].evidence} == {B, C}


def test_between_single_sites_the_better_method_wins_then_the_earlier_source():
    record = one(
        candidate(A, 0, name="Emma", isbn="9780141439587", price=9, _method=Method.REPEATED),
        candidate(B, 0, name="Emma", isbn="9780141439587", price=8, _method=Method.JSON_LD),
        candidate(C, 0, name="Emma", isbn="9780141439587", price=7, _method=Method.JSON_LD),
    )
    assert record.values()["price"] == 8


def test_a_value_that_its_page_does_not_say_never_wins_over_one_that_it_does():
    made_up = candidate(A, 0, name="Emma", isbn="9780141439587")
    fields = {**made_up.fields, "price": value_of(1, A, verdict=Verdict.UNSUPPORTED)}
    record = one(msgspec.structs.replace(made_up, fields=fields), candidate(B, 0, isbn="9780141439587", price=8))
    assert record.values()["price"] == 8
    assert not record.fields["price"].conflicts


def test_sites_that_agree_raise_confidence_and_those_that_disagree_lower_it():
    def confidence(*prices):
        sites = zip((A, B, C), prices, strict=False)
        return (
            one(*(candidate(url, 0, name="Emma", isbn="9780141439587", price=price) for url, price in sites))
            .fields["price"]
            .confidence
        )

    assert confidence(8, 8) > confidence(8) > confidence(8, 9)


def test_a_thing_keeps_its_id_when_its_list_grows_or_its_page_names_it_anew():
    def ids(*found):
        return {record.values()["name"]: record.id for record in merged(*found)}

    before = ids(candidate(A, 0, name="Emma"), candidate(A, 1, name="Persuasion", _detail="/books/2"))
    after = ids(
        candidate(A, 0, name="Lady Susan"),
        candidate(A, 1, name="Emma"),
        candidate(A, 2, name="Persuasion, revised", _detail="/books/2"),
    )
    assert after["Emma"] == before["Emma"]
    assert after["Persuasion, revised"] == before["Persuasion"]
    assert len(set(after.values())) == 3


def test_two_things_of_one_name_and_a_thing_without_one_have_ids_of_their_own():
    found = (candidate(A, 0, name="Emma", price=3), candidate(A, 1, name="Emma", price=4), candidate(A, 2, price=5))
    assert len({record.id for record in merged(*found)}) == 3


NAMES = st.sampled_from(
    ["Blue Door Bakery", "The Blue Door Bakery", "Harbour Cafe", "Harbor Café", "Museum of Fog", "Fog Museum"]
)


@st.composite
def candidates(draw):
    found = []
    for place in draw(st.sets(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 4)), max_size=10)):
        values = {"name": draw(NAMES)}
        if draw(st.booleans()):
            values["phone"] = draw(st.sampled_from(["+442079460001", "+442079460002", "+442079460003"]))
        if draw(st.booleans()):
            values["isbn"] = draw(st.sampled_from(["9780141439587", "9780192837523"]))
        found.append(candidate(place[0], place[1], page_id=place[0], **values))
    return tuple(sorted(found, key=lambda each: (each.url, each.position)))


def groups_of(found):
    return {
        frozenset((member.url, member.position) for member in each.members) for each in merge_groups(found, planned())
    }


@settings(max_examples=200, deadline=None)
@given(candidates(), st.randoms())
def test_what_is_one_thing_does_not_depend_on_the_order(found, chance):
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert groups_of(tuple(shuffled)) == groups_of(found)


@settings(max_examples=100, deadline=None)
@given(candidates())
def test_every_candidate_is_in_one_record_and_told_again_it_adds_none(found):
    groups = merge_groups(found, planned())
    assert sum(len(each.members) for each in groups) == len(found)
    assert len({each.record.id for each in groups}) == len(groups)
    again = merge_groups((*found, *found), planned())
    assert [each.record.values() for each in again] == [each.record.values() for each in groups]


@settings(max_examples=100, deadline=None)
@given(candidates(), st.randoms())
def test_what_may_be_one_thing_is_told_of_both_and_in_whatever_order_they_came(found, chance):
    def pairs(told):
        groups = merge_groups(tuple(told), planned())
        places = {each.record.id: frozenset((m.url, m.position) for m in each.members) for each in groups}
        told_of = {(each.record.id, other) for each in groups for other in each.record.possible_duplicates}
        assert all((other, one) in told_of for one, other in told_of)
        return {frozenset({places[one], places[other]}) for one, other in told_of}

    shuffled = list(found)
    chance.shuffle(shuffled)
    assert pairs(shuffled) == pairs(found)


@settings(max_examples=100, deadline=None)
@given(candidates())
def test_no_record_holds_two_numbers_of_one_registry(found):
    for each in merge_groups(found, planned()):
        assert len({m.fields["isbn"].value for m in each.members if "isbn" in m.fields}) <= 1


@settings(max_examples=100, deadline=None)
@given(candidates())
def test_the_same_pages_give_the_same_ids_in_every_run(found):
    ids = [each.id for each in merge(found, planned())]
    again = [msgspec.structs.replace(each, page_id=f"of another run: {each.page_id}") for each in found]
    assert [each.id for each in merge(tuple(again), planned())] == ids
    assert len(set(ids)) == len(ids)


def test_two_evenings_of_one_show_are_two_and_one_evening_told_twice_is_one():
    fields = "name,start_date:date,location"
    friday = {"name": "Night of the Long Fog", "location": "Blue Hall, Port Ellery", "start_date": "2026-05-01"}
    saturday = friday | {"start_date": "2026-05-02T20:00:00"}
    assert len(merge((candidate(A, 0, **friday), candidate(B, 0, **saturday)), planned(fields))) == 2
    again = friday | {"start_date": "2026-05-01T20:00:00"}
    assert len(merge((candidate(A, 0, **friday), candidate(B, 0, **again)), planned(fields))) == 1


@settings(max_examples=100, deadline=None)
@given(candidates())
def test_no_value_stands_without_evidence_and_no_evidence_is_lost(found):
    for each in merge_groups(found, planned()):
        for name, value in each.record.fields.items():
            assert value.evidence
            kept = set(value.evidence) | {evidence for other in value.conflicts for evidence in other.evidence}
            told = {
                evidence
                for member in each.members
                if name in member.fields
                for evidence in member.fields[name].evidence
            }
            assert kept == told


@pytest.mark.slow
def test_five_thousand_candidates_of_ten_sites_merge_in_seconds():
    found = tuple(
        candidate(
            f"http://site{site}.test/p{n // 50}", n % 50, name=f"Item {n * 7919 % 5000} model x{n}q{n * 31}", price=n
        )
        for site in range(10)
        for n in range(500)
    )
    began = time.process_time()
    assert len(merged(*found)) >= 500
    assert time.process_time() - began < 20
