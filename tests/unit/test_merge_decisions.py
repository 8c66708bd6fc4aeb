"""What people decided of records: it outranks what pages say, in whatever order they came, and in later runs."""

import msgspec
import pytest
from agent_doubles import candidate
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.merge import merge, merge_groups
from domain.decisions import Decision, DecisionKind, parts_named
from domain.fields import parse_fields
from domain.fusion import field_kinds
from domain.plans import Plan, PlannedBy

A, B, C = "http://a.test/", "http://b.test/", "http://c.test/"
PLAN = Plan(goal="", fields=parse_fields("name,address,phone,price,isbn"), planned_by=PlannedBy.CALLER)
CAFE = "+442079460001"


def decided(kind, *parts, others=()):
    everybody = [one for part in parts for one in part]
    kinds = field_kinds([*everybody, *others], PLAN.fields)
    return Decision(kind=kind, parts=parts_named(parts, others, kinds), asked="", records=())


def same(*parts, others=()):
    return decided(DecisionKind.SAME, *parts, others=others)


def different(*parts, others=()):
    return decided(DecisionKind.DIFFERENT, *parts, others=others)


def groups_of(found, *decisions):
    groups = merge_groups(tuple(found), PLAN, decisions)
    return {frozenset((member.url, member.position) for member in each.members) for each in groups}


def places(*found):
    return frozenset((each.url, each.position) for each in found)


HERE = candidate(A, 0, name="Harbour Cafe", phone=CAFE)
THERE = candidate(B, 0, name="Harbour Cafe", phone=CAFE)
AWAY = candidate(C, 0, name="Harbour Cafe & Bar", phone=CAFE)
OTHER = candidate(B, 1, name="Museum of Fog")


def test_what_was_split_stays_apart_and_is_no_possible_duplicate():
    assert groups_of((HERE, THERE)) == {places(HERE, THERE)}
    split = different((HERE,), (THERE,))
    assert groups_of((HERE, THERE), split) == {places(HERE), places(THERE)}
    assert not any(each.possible_duplicates for each in merge((HERE, THERE), PLAN, (split,)))


def test_taking_one_out_leaves_the_others_together():
    found = (HERE, THERE, AWAY)
    assert groups_of(found) == {places(*found)}
    assert groups_of(found, different((HERE, AWAY), (THERE,))) == {places(HERE, AWAY), places(THERE)}


@pytest.mark.parametrize("out", [0, 7, 59])
def test_taking_one_out_of_sixty_that_share_a_key_leaves_the_others_together(out):
    found = [
        candidate(f"http://s{n}.test/", 0, name="Emma" if n % 2 else "Emma, a novel", isbn="9780141439587")
        for n in range(60)
    ]
    rest = [each for each in found if each is not found[out]]
    assert groups_of(found, different((found[out],), rest)) == {places(found[out]), places(*rest)}


def test_a_merge_by_a_person_outranks_what_tells_two_things_apart():
    listed = candidate(A, 0, name="Emma", price=3, isbn="9780141439587")
    beside = candidate(A, 1, name="Persuasion", price=9, isbn="9780192837523")
    (record,) = merge((listed, beside), PLAN, (same((listed,), (beside,)),))
    assert record.values()["name"] == "Emma"
    assert [conflict.value for conflict in record.fields["price"].conflicts] == [9]


def test_the_latest_word_counts():
    merged, split = same((HERE,), (OTHER,)), different((HERE,), (OTHER,))
    assert groups_of((HERE, OTHER), merged) == {places(HERE, OTHER)}
    assert groups_of((HERE, OTHER), merged, split) == {places(HERE), places(OTHER)}
    assert groups_of((HERE, OTHER), merged, split, merged) == {places(HERE, OTHER)}


def test_a_decision_holds_in_a_run_that_finds_the_things_elsewhere_in_their_lists_and_at_other_prices():
    before = candidate(A, 0, name="Blue mug", price=3), candidate(B, 4, name="Blue mug", price=3)
    after = candidate(f"{A}?page=2", 7, name="Blue mug", price=5), candidate(B, 1, name="Blue mug", price=4)
    assert groups_of(after) == {places(*after)}
    assert groups_of(after, different(*((each,) for each in before))) == {places(after[0]), places(after[1])}


def test_a_merge_does_not_sweep_in_a_namesake_that_a_later_run_finds():
    row, told = candidate(A, 0, name="Room", price=30), candidate(B, 0, name="Chamber with a view", price=30)
    namesake = candidate(A, 1, name="Room", price=45)
    assert groups_of((row, namesake, told), same((row,), (told,))) in (
        {places(row, told), places(namesake)},
        {places(namesake, told), places(row)},
    )


def test_a_merge_of_one_of_two_namesakes_means_that_one():
    row, namesake = candidate(A, 0, name="Room", price=30), candidate(A, 1, name="Room", price=45)
    told = candidate(B, 0, name="Chamber with a view", price=45)
    merged = same((namesake,), (told,), others=(row,))
    assert groups_of((row, namesake, told), merged) == {places(row), places(namesake, told)}


def test_rows_of_one_thing_on_two_pages_of_a_site_can_be_split():
    rows = [candidate(f"{A}?page={n}", 0, name="Featured", price=n, _detail="http://a.test/f") for n in range(2)]
    assert groups_of(rows) == {places(*rows)}
    assert groups_of(rows, different((rows[0],), (rows[1],))) == {places(rows[0]), places(rows[1])}


@st.composite
def worlds(draw):
    found = []
    for url, position in sorted(draw(st.sets(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 3)), min_size=2))):
        name = draw(st.sampled_from(["Harbour Cafe", "Harbor Café", "Museum of Fog", "Fog Museum", "Blue Door"]))
        phone = draw(st.sampled_from([{}, {"phone": CAFE}, {"phone": "+442079460002"}]))
        found.append(candidate(url, position, page_id=url, name=f"{name} {position}", **phone))
    return tuple(found)


def words_of(data, found):
    """One or two decisions on some of them, by a person who may change their mind."""
    decisions = []
    for _ in range(data.draw(st.integers(1, 2))):
        some = data.draw(st.lists(st.sampled_from(found), min_size=2, max_size=5, unique_by=id))
        cut = data.draw(st.integers(1, len(some) - 1))
        kind = data.draw(st.sampled_from(list(DecisionKind)))
        others = [each for each in found if each not in some]
        decisions.append(decided(kind, some[:cut], some[cut:], others=others))
    return decisions


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data(), st.randoms())
def test_what_people_decided_does_not_depend_on_the_order_in_which_pages_came(found, data, chance):
    decisions = words_of(data, found)
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert groups_of(shuffled, *decisions) == groups_of(found, *decisions)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data())
def test_a_merge_split_again_gives_back_the_same_records(found, data):
    before = merge_groups(found, PLAN)
    if len(before) < 2:
        return
    one, other = data.draw(st.lists(st.sampled_from(before), min_size=2, max_size=2, unique_by=lambda m: m.record.id))
    others = [each for each in found if each not in (*one.members, *other.members)]
    merged = same(one.members, other.members, others=others)
    together = groups_of(found, merged)
    assert places(*one.members, *other.members) in together
    after = merge_groups(found, PLAN, (merged, different(one.members, other.members, others=others)))

    def told(groups):
        return {each.record.id: msgspec.structs.replace(each.record, possible_duplicates=()) for each in groups}

    assert told(after) == told(before)
