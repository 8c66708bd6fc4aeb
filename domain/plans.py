"""What a goal was understood to mean. A plan is shown, and can be overridden, before anything is spent."""

from __future__ import annotations

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


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What a record must meet: `price < 20`. `text` is the caller's own words for it, `unit` a currency (ISO 4217): an
    amount in another one is not compared."""

    field: str
    comparison: Comparison
    value: str | float | tuple[float, float]
    text: str = ""
    unit: str = ""

    @property
    def label(self) -> str:
        """What people call it: the caller's words, else its parts."""
        shown = " and ".join(f"{end:g}" for end in self.value) if isinstance(self.value, tuple) else self.value
        shown = f"{shown:g}" if isinstance(shown, float) else shown
        return self.text or " ".join(filter(None, (self.field, self.comparison.value, str(shown), self.unit)))


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
