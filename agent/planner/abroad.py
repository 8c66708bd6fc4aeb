"""A goal in Chinese, Korean, Arabic, Persian or Turkish, read by the small grammar of its language."""

from __future__ import annotations

from agent.planner.catalogue import UNKNOWN, EntityType, type_of
from agent.planner.goal_text import GoalText
from agent.planner.parsed import Parsed, date_field, field_of, with_name
from agent.planner.tongues import Bound, take_all
from domain.fields import FieldKind, make_field
from domain.plans import Condition

MAX_COUNT = 1000  # what a run may return at most


def parse_tongue(text: GoalText, language: str) -> Parsed:
    """What is not understood stays in the thing, and so in what is searched for."""
    cut = take_all(text, language)
    kind = type_of(text.rest, language)
    if kind is UNKNOWN and len(cut.fields) == 1 and not text.rest:  # one word, which is a field and a thing
        kind, text.rest = type_of(*cut.fields.values()), next(iter(cut.fields.values()))
    fields = tuple(make_field(name, required=True, synonyms=(words,)) for name, words in cut.fields.items())
    conditions = tuple(condition for bound in cut.bounds if (condition := _condition(bound, kind)))
    dropped = [bound.words for bound in cut.bounds if _condition(bound, kind) is None]
    near = (f"near {cut.place}",) if cut.is_near else ()
    return Parsed(
        entity=text.rest,
        type=kind,
        fields=with_name(fields, kind),
        count=min(cut.count, MAX_COUNT) if cut.count else None,
        location=cut.place,
        is_near=cut.is_near,
        language=language,
        conditions=conditions,
        notes=tuple(f"not checked: {words!r}" for words in (*near, *cut.unsaid, *dropped)),
    )


def _condition(bound: Bound, kind: EntityType) -> Condition | None:
    """None where things of this kind have no date, or where the currency is that of several countries."""
    value: float | str = bound.value
    field = "rating"
    if bound.what == "price":
        field = field_of(kind, FieldKind.PRICE, "price")
    elif bound.what == "date":
        field, value = date_field(kind), f"{bound.value:.0f}"
    if not field or (bound.what == "price" and not bound.unit):
        return None
    return Condition(field=field, comparison=bound.comparison, value=value, text=bound.words, unit=bound.unit)
