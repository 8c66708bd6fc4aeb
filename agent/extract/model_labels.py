"""Which columns of a list are the asked fields': a model says numbers of columns that we showed, and never a value.

Several lists of one site go in one call. Lists of several sites never do: what a page says can sway what a model
answers to the call that it is in, and no site may speak of another's columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

import msgspec
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Limited

from agent.extract.asking import answers_of, described
from agent.extract.labelling import NONE, ColumnAnswer, ColumnQuestion, ShownColumn
from agent.meter import Meter
from agent.models import ModelChain
from domain.fields import Field
from domain.recognise import RECOGNISED
from prompts import Prompt, render


class Label(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    field: str
    column: str


class _Labels(BaseModel):
    model_config = ConfigDict(extra="ignore")

    labels: Annotated[list[Label], Limited(max_length=1000)]


async def name_columns(
    questions: Sequence[ColumnQuestion], models: ModelChain, meter: Meter | None = None
) -> list[ColumnAnswer]:
    """The answers to questions about one site and the same fields, in one call. Never raises for a model's faults. The
    first answer carries what the call cost."""
    numbered = _numbered(questions)
    fields = questions[0].fields
    prompt = _prompt(questions, numbered)
    site = questions[0].site
    said = await answers_of(models, [prompt], _form(numbered, fields), meter, did=f"named columns of {site}")
    answers = [ColumnAnswer(labels=labels, answered=bool(said.values)) for labels in _labels(said.values, numbered)]
    answers[0] = msgspec.structs.replace(answers[0], spend=said.spend, warnings=said.warnings)
    return answers


class _Numbered(msgspec.Struct, frozen=True):
    """The columns of one list by their numbers in the call, their parts with them; `paths` by number."""

    columns: dict[str, ShownColumn]
    paths: dict[str, str]


def _numbered(questions: Sequence[ColumnQuestion]) -> list[_Numbered]:
    found: list[_Numbered] = []
    after = 1
    for question in questions:
        columns = {str(number): column for number, column in enumerate(question.columns, start=after)}
        paths = {number: column.path for number, column in columns.items()}
        for number, column in columns.items():
            paths |= {f"{number}.{place}": path for place, path in enumerate(column.parts, start=1)}
        found.append(_Numbered(columns, paths))
        after += len(columns)
    return found


def _prompt(questions: Sequence[ColumnQuestion], numbered: Sequence[_Numbered]) -> Prompt:
    first = questions[0]
    lists = [
        "\n".join((f"list of {question.rows}:", *(_written(number, each) for number, each in of_list.columns.items())))
        for question, of_list in zip(questions, numbered, strict=True)
    ]
    fields = "\n".join(f"- {described(field)}" for field in first.fields)
    return render("label_columns", entity=first.entity, fields=fields, lists="\n".join(lists))


def _written(number: str, column: ShownColumn) -> str:
    called = f" ({column.called})" if column.called else ""
    last = len(column.parts)
    cut = f" parts {number}.1 to {number}.{last} at '{column.mark.strip()}'" if last else ""
    return f"{number}{called}{cut}: {' | '.join(column.samples)}"


def _form(numbered: Sequence[_Numbered], fields: Sequence[Field]) -> type[_Labels]:
    """What an answer must be. Its schema is the same for all calls, so that it can be cached with the prompt; which
    columns there are is checked here, and told to a model that names others."""
    paths = [set(of_list.paths) for of_list in numbered]
    kinds = {field.name: field.kind for field in fields}

    class Labels(_Labels):
        @model_validator(mode="after")
        def _is_of_the_lists(self) -> Self:
            texts: dict[str, str] = {}
            told: set[tuple[str, int]] = set()
            for label in self.labels:
                if label.field not in kinds:
                    raise ValueError(f"there is no field {label.field!r}; the fields are {', '.join(kinds)}")
                if label.column == NONE:
                    continue
                of_list = next((place for place, known in enumerate(paths) if label.column in known), None)
                if of_list is None:
                    raise ValueError(f"there is no column {label.column!r}: give the number of one, or {NONE!r}")
                if (label.field, of_list) in told:
                    raise ValueError(f"{label.field!r} has two columns in one list: give one, or {NONE!r}")
                told.add((label.field, of_list))
                if kinds[label.field] in RECOGNISED:
                    continue
                if texts.setdefault(label.column, label.field) != label.field:
                    raise ValueError(f"column {label.column} serves two fields: give it to one")
            return self

    return Labels


def _labels(said: Sequence[_Labels], numbered: Sequence[_Numbered]) -> list[dict[str, str]]:
    told = [label for each in said for label in each.labels]
    return [
        {label.field: of_list.paths[label.column] for label in told if label.column in of_list.paths}
        for of_list in numbered
    ]
