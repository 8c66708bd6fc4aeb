"""A demand cut out of a goal's text."""

from __future__ import annotations

import re

import msgspec

from domain.plans import Comparison, Condition


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that say a demand, and where its words stand in the text. None: a rule cannot check it."""

    conditions: tuple[Condition, ...] = ()
    start: int
    end: int


def cut_of(match: re.Match[str], field: str, comparison: Comparison, value: object, unit: str = "") -> Cut:
    wish = value if isinstance(value, str | tuple) else float(str(value))
    condition = Condition(field=field, comparison=comparison, value=wish, text=match[0].strip(" ,;"), unit=unit)
    return Cut(conditions=(condition,), start=match.start(), end=match.end())


def unread(match: re.Match[str]) -> Cut:
    """A demand that no condition says."""
    return Cut(start=match.start(), end=match.end())
