"""What a goal was understood to mean. A plan is shown, and can be overridden, before anything is spent."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from domain.fields import Field


class Comparison(StrEnum):
    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="
    AT_LEAST = ">="
    GREATER = ">"
    CONTAINS = "contains"
    BETWEEN = "between"  # value is [low, high], both within
    OPEN = "open on"  # value is a weekday in English, or several with commas: all of them
    CLOSED = "closed on"  # the same days: closed on all of them
    IN = "in"  # value is a place
    NOT_IN = "not in"
    LACKS = "not contains"


_ORDERED = frozenset({Comparison.LESS, Comparison.AT_MOST, Comparison.AT_LEAST, Comparison.GREATER})
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.I)


def amount_problem(comparison: Comparison, value: object) -> str:
    """Why nothing can be more or less than this value; "" where it can. A date is text that holds a number."""
    is_vague = comparison in _ORDERED and isinstance(value, str) and not any(map(str.isdigit, value))
    return f"{comparison.value} takes a number or a date" if is_vague else ""


def language_problem(tag: str) -> str:
    """Why this is no language tag (BCP 47); "" where it is one, or nothing."""
    is_tag = not tag or _LANGUAGE.fullmatch(tag) is not None
    return "" if is_tag else "a code of two letters, such as en, or with a country, such as pt-BR"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What a record must meet: `price < 20`. `text` is the caller's own words for it, `unit` a currency (ISO 4217): an
    amount in another one is not compared. `alternatives` are joined by "or": a record that meets this or one of them
    meets the condition. Alternatives have none of their own."""

    field: str
    comparison: Comparison
    value: str | float | tuple[float, float]
    text: str = ""
    unit: str = ""
    alternatives: tuple[Condition, ...] = ()

    @property
    def either(self) -> tuple[Condition, ...]:
        """All that meets it, each on its own; itself alone where it has no alternatives."""
        return (msgspec.structs.replace(self, alternatives=()), *self.alternatives) if self.alternatives else (self,)

    @property
    def label(self) -> str:
        """What people call it: the caller's words, else its parts."""
        return self.text or self.formal

    @property
    def formal(self) -> str:
        """`price < 20 USD or price > 100 USD`."""
        return " or ".join(map(_formal, self.either))


def _formal(condition: Condition) -> str:
    value = condition.value
    shown = " and ".join(map(_plain, value)) if isinstance(value, tuple) else _plain(value)
    return " ".join(filter(None, (condition.field, condition.comparison.value, shown, condition.unit)))


def _plain(value: str | float) -> str:
    """A number in digits: 1000000, not 1e+06."""
    return value if isinstance(value, str) else f"{value:.10g}"


# What of a plan a caller may give, the rest being planned from the goal.
PARTS = ("entity", "location", "language", "fields", "queries", "sources", "conditions", "count")


class PlannedBy(StrEnum):
    RULES = "rules"
    MODEL = "model"
    CALLER = "caller"  # a URL and fields left nothing to plan


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`queries` go to search providers, `sources` are URLs to open first. `entity` is singular: "dentist". `count` is
    how many the goal itself asks for, if it says: it counts where the caller left the number of results open."""

    goal: str
    fields: tuple[Field, ...]
    planned_by: PlannedBy
    entity: str = ""
    location: str = ""
    language: str = "en"
    queries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    count: int | None = None
    notes: tuple[str, ...] = ()  # what was not understood, or why a model was not used
