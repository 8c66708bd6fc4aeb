"""Questions to a model that wait for each other: several lists of a site in a call, never those of two sites."""

import asyncio

import pytest

from agent.extract.labelling import ColumnAnswer, ColumnQuestion
from agent.lessons import LISTS_A_CALL, Lessons
from agent.together import Together
from domain.budgets import Spend
from domain.fields import parse_fields

HANG_S = 30
FIELDS = parse_fields("name,maker")


def about(layout, site="lamps.test"):
    return ColumnQuestion(site=site, layout=layout, entity="lamp", fields=FIELDS, columns=(), rows=9)


class Model:
    """Thinks until it is let go; `calls` are what it was asked, each a tuple of layouts."""

    def __init__(self):
        self.calls = []
        self.asked = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __call__(self, questions):
        self.calls.append(tuple((each.site, each.layout) for each in questions))
        self.asked.set()
        await self.let_go.wait()
        spends = [Spend(model_calls=1), *(Spend() for _ in questions[1:])]
        return [
            ColumnAnswer(labels={"maker": each.layout}, answered=True, spend=spend)
            for each, spend in zip(questions, spends, strict=True)
        ]


async def no_recall(site):
    return ()


async def asked_while_busy(*questions):
    """The answers to questions that all come while the model thinks about the first, and the model."""
    model, lessons = Model(), Lessons(no_recall)
    first = asyncio.create_task(lessons.columns(questions[0], model))
    await asyncio.wait_for(model.asked.wait(), HANG_S)
    others = [asyncio.create_task(lessons.columns(each, model)) for each in questions[1:]]
    await asyncio.sleep(0)
    model.let_go.set()
    return await asyncio.wait_for(asyncio.gather(first, *others), HANG_S), model


async def test_lists_of_a_site_that_wait_go_in_one_call():
    answers, model = await asked_while_busy(about("a"), about("b"), about("c"), about("d"))
    assert [len(call) for call in model.calls] == [1, 3]
    assert [answer.labels["maker"] for answer in answers] == ["a", "b", "c", "d"]
    assert sum(answer.spend.model_calls for answer in answers) == 2


async def test_no_site_is_in_a_call_with_another():
    answers, model = await asked_while_busy(
        about("a"), about("b", "evil.test"), about("c"), about("d", "evil.test"), about("e")
    )
    assert [answer.labels["maker"] for answer in answers] == ["a", "b", "c", "d", "e"]
    assert all(len({site for site, _ in call}) == 1 for call in model.calls)


async def test_pages_with_the_same_columns_are_one_question_and_one_cost():
    answers, model = await asked_while_busy(about("a"), about("a"), about("b"), about("b"))
    assert [layout for call in model.calls for _, layout in call] == ["a", "b"]
    assert sum(answer.spend.model_calls for answer in answers) == 2
    assert [answer.labels["maker"] for answer in answers] == ["a", "a", "b", "b"]


async def test_a_call_has_a_bound():
    layouts = [f"{number:x}" for number in range(2 * LISTS_A_CALL + 1)]
    _, model = await asked_while_busy(*(about(layout) for layout in layouts))
    assert max(map(len, model.calls)) == LISTS_A_CALL


async def test_a_page_that_is_given_up_while_its_call_is_made_takes_no_other_with_it():
    model, lessons = Model(), Lessons(no_recall)
    first = asyncio.create_task(lessons.columns(about("a"), model))
    await asyncio.wait_for(model.asked.wait(), HANG_S)
    second = asyncio.create_task(lessons.columns(about("b"), model))
    third = asyncio.create_task(lessons.columns(about("c"), model))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    model.let_go.set()
    assert (await asyncio.wait_for(third, HANG_S)).labels["maker"] == "c"
    await asyncio.gather(first, second, return_exceptions=True)
    assert [layout for call in model.calls for _, layout in call].count("c") == 1


async def test_a_call_that_fails_fails_for_the_one_that_made_it_and_the_others_make_theirs():
    together: Together[str, str] = Together(4)
    calls = []

    async def call(questions):
        calls.append(tuple(questions))
        await asyncio.sleep(0)
        if questions[0] == "bad":
            raise ValueError("no")
        return [each.upper() for each in questions]

    answers = await asyncio.wait_for(
        asyncio.gather(*(together.ask(each, call) for each in ("bad", "b", "c")), return_exceptions=True), HANG_S
    )
    assert isinstance(answers[0], ValueError)
    assert answers[1:] == ["B", "C"]


@pytest.mark.parametrize("answered", [True, False])
async def test_only_what_a_model_did_say_is_remembered(answered):
    lessons, asked = Lessons(no_recall), []

    async def call(questions):
        asked.extend(questions)
        return [ColumnAnswer(answered=answered) for _ in questions]

    await lessons.columns(about("a"), call)
    await lessons.columns(about("a"), call)
    assert len(asked) == (1 if answered else 2)
