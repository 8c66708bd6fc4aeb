"""Where pages about one thing keep the asked fields: a model says numbers of cells that we showed, and never a value.

Its answer is a rule for all pages of a kind: they are read by the cells' captions and paths. Several pages of one site
go in one call; those of several sites never do, as with columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Self

import msgspec
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Limited

from agent.extract.asking import answers_of, described
from agent.extract.labelling import NONE
from agent.extract.placing import PlaceAnswer, PlaceQuestion, ShownCell
from agent.meter import Meter
from agent.models import ModelChain
from domain.fields import Field
from domain.recognise import RECOGNISED
from prompts import Prompt, render


class CellOf(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    field: str
    cell: str


class _Cells(BaseModel):
    model_config = ConfigDict(extra="ignore")

    cells: Annotated[list[CellOf], Limited(max_length=1000)]


PART = "part"  # of a text, and no cell by itself

_Numbered = dict[str, ShownCell]
"""The cells of one page by their numbers in the call."""


async def name_places(
    questions: Sequence[PlaceQuestion], models: ModelChain, meter: Meter | None = None
) -> list[PlaceAnswer]:
    """The answers to questions about one site, in one call. Never raises for a model's faults. The first answer carries
    what the call cost."""
    fields = tuple({field.name: field for question in questions for field in question.fields}.values())
    asked = [{field.name for field in question.fields} for question in questions]
    numbered = _numbered(questions)
    prompt = _prompt(questions, numbered, fields)
    form = _form(asked, numbered, fields)
    said = await answers_of(models, [prompt], form, meter, did=f"named cells of {questions[0].site}")
    told = [each for value in said.values for each in value.cells]
    answers = [
        PlaceAnswer(
            places={
                each.field: of_page[each.cell].place for each in told if each.cell in of_page and each.field in names
            },
            open=frozenset(each.field for each in told if each.cell == PART) & names,
            answered=bool(said.values),
        )
        for of_page, names in zip(numbered, asked, strict=True)
    ]
    answers[0] = msgspec.structs.replace(answers[0], spend=said.spend, warnings=said.warnings)
    return answers


def _numbered(questions: Sequence[PlaceQuestion]) -> list[_Numbered]:
    found: list[_Numbered] = []
    after = 1
    for question in questions:
        found.append({str(number): cell for number, cell in enumerate(question.cells, start=after)})
        after += len(question.cells)
    return found


def _prompt(questions: Sequence[PlaceQuestion], numbered: Sequence[_Numbered], fields: Sequence[Field]) -> Prompt:
    pages = [
        "\n".join((*_opening(question), *(_written(number, cell) for number, cell in of_page.items())))
        for question, of_page in zip(questions, numbered, strict=True)
    ]
    wanted = "\n".join(f"- {described(field)}" for field in fields)
    return render("name_cells", entity=questions[0].entity, fields=wanted, pages="\n".join(pages))


def _opening(question: PlaceQuestion) -> Iterator[str]:
    yield "page:"
    if question.known:
        yield f"known: {' | '.join(question.known)}"


def _written(number: str, cell: ShownCell) -> str:
    items = f" {cell.count} items" if cell.count > 1 else ""
    return f"{number} ({cell.called}){items}: {' | '.join(cell.samples)}"


def _form(asked: Sequence[set[str]], numbered: Sequence[_Numbered], fields: Sequence[Field]) -> type[_Cells]:
    """What an answer must be. Its schema is the same for all calls, so that it can be cached with the prompt; which
    cells there are, and what they can be values of, is checked here, and told to a model that says otherwise."""
    kinds = {field.name: field.kind for field in fields}

    class Cells(_Cells):
        @model_validator(mode="after")
        def _is_of_the_pages(self) -> Self:
            texts: dict[str, str] = {}
            told: dict[tuple[str, int], str] = {}
            for each in self.cells:
                if each.field not in kinds:
                    raise ValueError(f"there is no field {each.field!r}; the fields are {', '.join(kinds)}")
                if each.cell in {NONE, PART}:
                    continue
                page = next((place for place, known in enumerate(numbered) if each.cell in known), None)
                if page is None:
                    raise ValueError(f"there is no cell {each.cell!r}: give the number of one, or {NONE!r}")
                if each.field not in asked[page]:
                    continue
                cell = numbered[page][each.cell]
                if each.field not in cell.holds:
                    what = "several texts" if cell.count > 1 else f"no {kinds[each.field].value}"
                    raise ValueError(f"cell {each.cell} holds {what}: for {each.field!r} give another, or {NONE!r}")
                if told.setdefault((each.field, page), each.cell) != each.cell:
                    raise ValueError(f"{each.field!r} has two cells of one page: give one, or {NONE!r}")
                if kinds[each.field] in RECOGNISED:
                    continue
                if texts.setdefault(each.cell, each.field) != each.field:
                    raise ValueError(f"cell {each.cell} serves two fields: give it to one")
            return self

    return Cells
