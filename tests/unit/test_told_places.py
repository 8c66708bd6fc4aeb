"""What a model said of cells is remembered: it is asked about new ones alone, and not without end."""

import asyncio
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.extract.placing import IN_VAIN, MOST_TIMES, PlaceAnswer, PlaceQuestion, ShownCell, ToldPlaces
from agent.lessons import Lessons
from domain.budgets import Spend
from domain.fields import parse_fields
from domain.templates import Place

FIELDS = parse_fields("wood,town")
NAMES = [field.name for field in FIELDS]


def cell(caption, holds=NAMES):
    place = Place(caption=caption, path="dl/dd", forms=("words",))
    return ShownCell(place=place, called=caption, samples=("x",), count=1, holds=frozenset(holds))


def question(*captions, holds=NAMES):
    cells = tuple(cell(caption, holds) for caption in captions)
    return PlaceQuestion(site="clocks.test", entity="clock", fields=FIELDS, cells=cells, is_whole=True)


def pointing(**captions):
    return PlaceAnswer(places={name: cell(caption).place for name, caption in captions.items()}, answered=True)


async def no_recall(site):
    return ()


class Model:
    """Points at cells by caption; `calls` are the captions that it was sent, page by page."""

    def __init__(self, failing=0, **captions):
        self.captions, self.failing, self.calls = captions, failing, []

    async def __call__(self, questions):
        await asyncio.sleep(0)  # others come meanwhile
        self.calls.append([[each.place.caption for each in one.cells] for one in questions])
        if len(self.calls) <= self.failing:
            return [PlaceAnswer(spend=Spend(model_calls=1)) for _ in questions]
        return [
            PlaceAnswer(
                places={
                    name: each.place
                    for name, caption in self.captions.items()
                    for each in one.cells
                    if each.place.caption == caption
                },
                answered=True,
                spend=Spend(model_calls=1),
            )
            for one in questions
        ]


async def test_a_page_with_the_same_cells_is_answered_for_nothing():
    model, lessons = Model(wood="qux", town="zorb"), Lessons(no_recall)
    first = await lessons.places(question("qux", "zorb", "blip"), FIELDS, model)
    again = await lessons.places(question("zorb", "qux"), FIELDS, model)
    assert len(model.calls) == 1
    assert again.places == first.places
    assert (first.spend.model_calls, again.spend.model_calls) == (1, 0)


async def test_a_field_that_is_in_none_of_ever_new_cells_is_given_up():
    model, lessons = Model(wood="qux"), Lessons(no_recall)
    answers = [await lessons.places(question("qux", f"new {n}"), FIELDS, model) for n in range(9)]
    assert len(model.calls) == IN_VAIN
    assert all(answer.answered and answer.places.keys() == {"wood"} for answer in answers)
    assert [answer.open for answer in answers] == [frozenset()] * IN_VAIN + [{"town"}] * (9 - IN_VAIN)


async def test_a_field_that_is_in_ever_new_places_is_not_asked_for_without_end():
    lessons = Lessons(no_recall)
    calls = 0
    for n in range(2 * MOST_TIMES):
        model = Model(wood=f"new {n}", town=f"other {n}")
        await lessons.places(question(f"new {n}", f"other {n}"), FIELDS, model)
        calls += len(model.calls)
    assert calls == MOST_TIMES


async def test_what_failed_is_asked_again():
    model, lessons = Model(failing=1, wood="qux"), Lessons(no_recall)
    first = await lessons.places(question("qux"), FIELDS, model)
    again = await lessons.places(question("qux"), FIELDS, model)
    assert (first.answered, again.answered) == (False, True)
    assert first.places == {}
    assert again.places.keys() == {"wood"}


async def test_pages_of_one_kind_that_wait_are_one_question():
    model, lessons = Model(wood="qux", town="zorb"), Lessons(no_recall)
    pages = [question("qux"), question("qux", "zorb"), question("qux", "zorb"), question("qux", "zorb", "blip")]
    answers = await asyncio.gather(*(lessons.places(each, FIELDS, model) for each in pages))
    assert model.calls == [[["qux"]], [["zorb"], ["blip"]]]
    assert all(answer.answered for answer in answers)
    assert [answer.places.keys() for answer in answers] == [{"wood"}, *[{"wood", "town"}] * 3]


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6), max_size=8), st.sampled_from("abcdef"))
def test_no_cell_is_asked_about_twice_for_one_field(pages, held):
    told, asked = ToldPlaces(), []
    for captions in pages:
        left = told.left(question(*captions))
        if left is None:
            continue
        asked += [(field.name, each.key) for field in left.fields for each in left.cells if field.name in each.holds]
        is_there = any(each.place.caption == held for each in left.cells)
        told.add(left, pointing(**({"wood": held} if is_there else {})))
        assert told.left(question(*captions)) is None
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("value", [question("qux"), pointing(wood="qux")])
def test_questions_and_answers_pass_between_processes(value):
    assert pickle.loads(pickle.dumps(value)) == value
