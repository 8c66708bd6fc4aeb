"""What a person's correction teaches: the place of the right value, on the page that says it, is the field's place.

A person who looked at a record and put one field right has borne the others out: what is learned so is proven at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from agent.extract.reading import Ask
from agent.extract.templates import agrees
from agent.extract.transfer import Lesson, lesson_of
from domain.pages import Page
from domain.records import Candidate, FieldValue, Value, is_told
from domain.templates import PROOFS, NamedBy, Template


def lesson_of_correction(
    page: Page,
    ask: Ask,
    candidates: tuple[Candidate, ...],
    corrections: Mapping[str, FieldValue],
    told: Mapping[str, Value],
) -> Template | None:
    """The template that a corrected page teaches; None where the right values stand nowhere by themselves.

    `candidates` are what was read of the page, `told` what the corrected record says. Of the other rows, the corrected
    fields are left out: they may be as wrong. Pure; for `Offload`.
    """
    if not candidates:
        return None
    which = candidate_of(candidates, corrections, told)
    right = tuple(
        msgspec.structs.replace(
            each,
            fields={name: value for name, value in each.fields.items() if name not in corrections}
            | (dict(corrections) if place == which else {}),
        )
        for place, each in enumerate(candidates)
    )
    lesson = lesson_of(Lesson(page=page, ask=ask, candidates=right, questions=(), is_list=len(candidates) > 1))
    return lesson if lesson is not None and set(corrections) <= set(lesson.fields) else None


def candidate_of(
    candidates: Sequence[Candidate], corrections: Mapping[str, FieldValue], told: Mapping[str, Value]
) -> int:
    """The number of the candidate that the record came from: the one that says most of what it
    says, the first of equal ones."""

    def alike(place: int) -> int:
        fields = candidates[place].fields
        own = {name: value.value for name, value in fields.items() if is_told(value)}
        before = {name: each.history[0].value for name, each in corrections.items() if each.history}
        return sum(own.get(name) == value for name, value in {**told, **before}.items())

    return max(range(len(candidates)), key=lambda place: (alike(place), -place))


def taught_by_person(known: Sequence[Template], lesson: Template, corrected: Collection[str]) -> tuple[Template, ...]:
    """The templates that a correction changes: those for pages of that kind, else the lesson itself; all proven."""
    names = set(corrected)
    return tuple(_put_right(each, lesson, names) for each in alike_to(known, lesson, names) or [lesson])


def alike_to(known: Sequence[Template], lesson: Template, corrected: set[str]) -> list[Template]:
    """The templates for the pages of a lesson."""
    return [each for each in known if _is_alike(each, lesson, corrected)]


def _is_alike(template: Template, lesson: Template, corrected: set[str]) -> bool:
    """Whether both are for the same pages, whatever they say of the corrected fields."""
    ours, theirs = without(template, corrected), without(lesson, corrected)
    if ours.fields and theirs.fields:
        return agrees(ours, theirs)
    same = (template.site, template.many, template.asked) == (lesson.site, lesson.many, lesson.asked)
    return same and (not template.many or template.row == lesson.row)


def without(template: Template, names: Collection[str]) -> Template:
    """The template without what it knows of these fields."""
    return msgspec.structs.replace(
        template,
        columns={name: column for name, column in template.columns.items() if name not in names},
        places={name: places for name, places in template.places.items() if name not in names},
    )


def _put_right(template: Template, lesson: Template, names: set[str]) -> Template:
    return msgspec.structs.replace(
        template,
        columns={
            name: msgspec.structs.replace(
                column,
                proofs=max(PROOFS, column.proofs),
                named_by=NamedBy.PERSON if name in names else column.named_by,
            )
            for name, column in (lesson.columns | without(template, names).columns).items()
        },
        places={
            name: tuple(msgspec.structs.replace(place, proofs=max(PROOFS, place.proofs)) for place in places)
            for name, places in (lesson.places | without(template, names).places).items()
        },
        row=lesson.row,
        proofs=max(PROOFS, template.proofs),
        misses=0,
        drift="",
        blanks={name: count for name, count in template.blanks.items() if name not in names},
        corrected=tuple(sorted({*template.corrected, *names})),
    )
