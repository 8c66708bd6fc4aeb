"""What earlier corrections say for and against a lesson: one slip must not undo what a person showed before."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from agent.extract.cascade import read_page
from agent.extract.corrections import alike_to, candidate_of, without
from agent.extract.reading import EarlierCorrection
from agent.extract.templates import proven_fields
from domain.evidence import Method
from domain.folding import fold
from domain.records import Value, is_told
from domain.templates import Template


def outvoted(
    known: Sequence[Template],
    changed: Sequence[Template],
    lesson: Template,
    corrected: Collection[str],
    earlier: Sequence[EarlierCorrection],
) -> frozenset[str]:
    """The corrected fields that a lesson is not to teach: as much speaks against it as for it, or more.

    The correction that teaches it is one vote for it. An earlier one is a vote for `changed`, the templates with the
    lesson in them, where they give its value on its own page, and a vote against them where they give another, or none.
    That a lesson would read a field where another one is proven to stand is a vote against it. Pure; for `Offload`.
    """
    taken = _taken_over(known, lesson, set(corrected))
    surplus = {name: 1 - (name in taken) for name in corrected}
    for each in earlier:
        if each.field in surplus:
            surplus[each.field] += _vote(each, changed)
    return frozenset(name for name, count in surplus.items() if count <= 0)


def _vote(correction: EarlierCorrection, changed: Sequence[Template]) -> int:
    """1: a template gives what the person said; -1: it gives something else, or nothing; 0: none reads that page."""
    ask = msgspec.structs.replace(correction.ask, templates=tuple(changed))
    reading = read_page(correction.page, ask)
    if not reading.candidates or reading.replayed not in {template.id for template in changed}:
        return 0
    rest = {name: value for name, value in correction.told.items() if name != correction.field}
    own = reading.candidates[candidate_of(reading.candidates, {}, rest)].fields.get(correction.field)
    if own is None or not is_told(own) or _folded(own.value) != _folded(correction.told[correction.field]):
        return -1
    return int(any(proof.method is Method.TEMPLATE for proof in own.evidence))


def _folded(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value


def _taken_over(known: Sequence[Template], lesson: Template, corrected: set[str]) -> set[str]:
    """Fields whose new place is proven to be that of a field which was let stand, and that had one of their own."""
    return {
        name
        for template in alike_to(known, lesson, corrected)
        if template.is_proven
        for name in corrected & proven_fields(template)
        for other in proven_fields(without(template, corrected))
        if _is_at(lesson, name, template, other) and not _is_at(template, name, template, other)
    }


def _is_at(first: Template, name: str, second: Template, other: str) -> bool:
    """Whether a field of the first stands nowhere but where another one of the second does."""
    places = _places(first, name)
    return bool(places) and places <= _places(second, other)


def _places(template: Template, name: str) -> set[tuple[str, str]]:
    column = template.columns.get(name)
    if column is not None:
        return {(column.path, column.attribute)}
    return {(place.caption, "" if place.caption else place.path) for place in template.places.get(name, ())}
