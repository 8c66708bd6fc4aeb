"""Records: what a page gave (candidates), and what a run tells (records)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from domain.checks import Check, Meets, verdict_of
from domain.evidence import Evidence, Method, Verdict

# JSON, in the normal form of the field's kind: a PRICE, NUMBER or RATING is a number, an INTEGER or DURATION (minutes)
# an int, a DATE is ISO 8601, a URL or IMAGE absolute, a PHONE E.164 where the country is known, the rest text.
Value = str | int | float | bool | list | dict

MAX_CONFLICTS = 10  # a field that ten sources tell differently is no clearer for the eleventh


class Note(StrEnum):
    """Why a person's value has no page for a witness, though one seems to say it; or why it taught nothing."""

    NONE = ""
    ELSEWHERE = "elsewhere"  # a page says it, but not where it tells of this record
    OTHER_CURRENCY = "other_currency"  # a page has the number, in another currency or in none
    CONTRADICTED = "contradicted"  # by earlier corrections, or by another field's proven place


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Another value that some source gave for the same field, kept beside the chosen one. `reason`: why that one stands
    before this."""

    value: Value
    evidence: tuple[Evidence, ...]
    reason: str = ""


class Former(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a field said until a person put something else in its place, at `until`."""

    value: Value
    verdict: Verdict
    until: dt.datetime
    evidence: tuple[Evidence, ...] = ()
    raw: str = ""
    unit: str = ""


class FieldValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A value with its proof. `raw` is the text it was read from, `unit` a currency (ISO 4217) where there is one.

    `agreeing` are methods that gave the same value beside those of the evidence; `history` is what the field said
    before a person corrected it, newest first; `note` says more of a value that is the person's word.
    """

    value: Value
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    raw: str = ""
    unit: str = ""
    confidence: float = 0.0
    conflicts: tuple[Conflict, ...] = ()
    agreeing: tuple[Method, ...] = ()
    history: tuple[Former, ...] = ()
    note: Note = Note.NONE

    @property
    def families(self) -> tuple[Method, ...]:
        """All methods that gave this value, cheapest first. Those that read it independently make it likelier."""
        gave = {evidence.method for evidence in self.evidence if evidence.verdict is not Verdict.UNSUPPORTED}
        return tuple(method for method in Method if method in gave or method in self.agreeing)


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A record as one page gave it, before merging. `position` is its place on that page, from 0.

    `about` is the line of the page, its title or headline, that says the place of all that the page lists. `checks` are
    those of the goal's conditions that a model could tell of it where rules could not.
    """

    page_id: str
    url: str
    position: int
    fields: dict[str, FieldValue]
    detail_url: str = ""  # the page about this one thing, where the list links to it
    about: str = ""
    checks: tuple[Check, ...] = ()


class Member(msgspec.Struct, frozen=True, array_like=True):
    """A candidate that a record was merged from: the `position`-th of its page. `id` is the record's, were this
    candidate the first to tell of it."""

    page_id: str
    position: int
    id: str


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing in the world, merged from every source that told of it.

    `id` is stable over retries, and over runs: it is derived from the first candidate that told of the thing, from the
    address of the thing's own page, else from its site and name.
    `sources` are the URLs that told of it, in order; `possible_duplicates` ids of records that may be the same thing;
    `detail_url` the page about this one thing, where a list links to it. `checks` say of each condition of the goal
    whether the record meets it; one that leaves a condition unclear is kept apart from the run's result. `members` are
    the candidates that it was merged from, in the run's order; empty in records of before they were kept.
    """

    id: str
    position: int
    fields: dict[str, FieldValue]
    sources: tuple[str, ...]
    possible_duplicates: tuple[str, ...] = ()
    detail_url: str = ""
    checks: tuple[Check, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def is_apart(self) -> bool:
        """Whether it is told beside the result, because a condition could not be checked."""
        return verdict_of(self.checks) is Meets.UNCLEAR

    def values(self) -> dict[str, Value]:
        """The record as plain data: what a caller exports. Unsupported values are not in it."""
        return plain_values(self.fields)


def plain_values(fields: Mapping[str, FieldValue]) -> dict[str, Value]:
    return {name: found.value for name, found in fields.items() if is_told(found)}


def is_told(found: FieldValue) -> bool:
    """Whether a value may be given out as found."""
    return found.verdict in {Verdict.SUPPORTED, Verdict.DERIVED, Verdict.USER}
