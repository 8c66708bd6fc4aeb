"""Records of a run made anew of other groups of their candidates: merged, or split, as a person says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from domain.checks import Meets
from domain.corrections import overlaid
from domain.decisions import LeftOut, names_of, parts_named
from domain.exclusions import Exclusions
from domain.fields import FieldKind, flat_fields
from domain.fusion import field_kinds, free_id, own_name, record_of
from domain.judgement import Judged, Standing, judged
from domain.plans import Plan, PlannedBy
from domain.records import Candidate, FieldValue, Record
from domain.requests import GoalRequest
from domain.runs import Run

Members = tuple[Candidate, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What some records of a run lie on: the `candidates` of their pages, in the run's order. `places` are where all of
    the run's records stand by id, those apart counted downwards from -1; `neighbours` the records that may be the same
    as these, by id; `corrections` by record and field."""

    run: Run
    candidates: Members
    places: Mapping[str, int]
    neighbours: Mapping[str, Record]
    corrections: Mapping[str, Mapping[str, FieldValue]]

    @property
    def plan(self) -> Plan:
        request = self.run.request
        fallback = Plan(goal=request.goal, fields=flat_fields(request.fields), planned_by=PlannedBy.CALLER)
        return self.run.plan or fallback

    @property
    def kinds(self) -> dict[str, FieldKind]:
        return field_kinds(self.candidates, self.plan.fields)

    def members_of(self, *records: Record) -> Members:
        """The candidates of these records, in the run's order."""
        wanted = {(member.page_id, member.position) for record in records for member in record.members}
        return tuple(each for each in self.candidates if (each.page_id, each.position) in wanted)

    def named(self, parts: Sequence[Members]) -> tuple[tuple[str, ...], ...]:
        """What these candidates go by in a decision."""
        kinds, inside = self.kinds, {id(each) for part in parts for each in part}
        known = {own_name(each, kinds) for part in parts for each in part}
        # What goes by another name is nobody's namesake: a page may hold thousands.
        others = [each for each in self.candidates if id(each) not in inside and own_name(each, kinds) in known]
        return parts_named(parts, others, kinds)


class Regrouped(msgspec.Struct, frozen=True, kw_only=True):
    """The records that are given out now, and what is none; `changed` are their neighbours, which now name them.

    `moves` are corrections that go with the page that says them: (record, field, the record that has the page).
    """

    given: tuple[Record, ...]
    left_out: tuple[LeftOut, ...]
    changed: tuple[Record, ...]
    moves: tuple[tuple[str, str, str], ...]


def units_of(table: Table, record: Record) -> tuple[Members, ...]:
    """The smallest parts of a record. What one page says twice in the same words is one."""
    kinds = table.kinds
    units: dict[str, list[Candidate]] = {}
    for each in table.members_of(record):
        units.setdefault(names_of(each, kinds).row, []).append(each)
    return tuple(map(tuple, units.values()))


def regrouped(table: Table, before: Sequence[Record], parts: Sequence[Members]) -> Regrouped:
    """One record for each part, where the run would give it out. `before` are the records whose members the parts are.

    What begins with the first member of a record goes on under its id, and in its place where that is of the same list.
    """
    seats = _Seats(table, before)
    begun = {(each.members[0].page_id, each.members[0].position): each for each in before}
    taken = set(table.places) - {each.id for each in before}
    made: list[Judged] = []
    for part in parts:
        heir = begun.get((part[0].page_id, part[0].position))
        id_ = heir.id if heir else free_id(own_name(part[0], table.kinds), taken | {each.id for each in begun.values()})
        taken.add(id_)
        record = record_of(part, table.kinds, id_=id_, position=0)
        made.append(judged(record, part, table.plan, _exclusions(table.run)))
    moves = _moves(table, [(each.record.id, part) for each, part in zip(made, parts, strict=True)])
    corrections = _moved(table.corrections, moves)
    kept = [each.record for each in made if each.standing in {Standing.KEPT, Standing.APART}]
    ids = (set(table.places) - {each.id for each in before}) | {each.id for each in kept}
    near = tuple(dict.fromkeys(id_ for each in before for id_ in each.possible_duplicates if id_ in table.neighbours))
    near = tuple(id_ for id_ in near if id_ not in {each.id for each in before})
    given = [
        msgspec.structs.replace(overlaid(each, corrections, ids), position=seats.seat(each), possible_duplicates=near)
        for each in kept
    ]
    return Regrouped(
        given=tuple(given),
        left_out=tuple(_left_out(each) for each in made if each.standing not in {Standing.KEPT, Standing.APART}),
        changed=tuple(_naming(table.neighbours[id_], before, given) for id_ in near),
        moves=tuple(moves),
    )


class _Seats:
    """Where new records stand: in place of an old one of the same list, else at its end."""

    def __init__(self, table: Table, before: Sequence[Record]) -> None:
        self._free = list(before)
        self._next = {
            False: max((place for place in table.places.values() if place >= 0), default=-1) + 1,
            True: max((-1 - place for place in table.places.values() if place < 0), default=-1) + 1,
        }

    def seat(self, record: Record) -> int:
        free = [each for each in self._free if each.is_apart == record.is_apart]
        old = next((each for each in free if each.id == record.id), None)
        if old is None and len(self._free) > 1:  # two became one: it takes either's place
            old = next(iter(free), None)
        if old is not None:
            self._free.remove(old)
            return old.position
        self._next[record.is_apart] += 1
        return self._next[record.is_apart] - 1


def _exclusions(run: Run) -> Exclusions:
    return Exclusions(run.request.exclude if isinstance(run.request, GoalRequest) else ())


def _moves(table: Table, parts: Sequence[tuple[str, Members]]) -> list[tuple[str, str, str]]:
    """A correction that only another part's pages say is of that part."""
    pages = {id_: {each.page_id for each in part} for id_, part in parts}
    moves: list[tuple[str, str, str]] = []
    for id_, own in pages.items():
        for field, found in table.corrections.get(id_, {}).items():
            says = {proof.page_id for proof in found.evidence}
            others = [other for other, theirs in pages.items() if says & theirs]
            if others and not says & own:
                moves.append((id_, field, others[0]))
    return moves


def _moved(
    corrections: Mapping[str, Mapping[str, FieldValue]], moves: Sequence[tuple[str, str, str]]
) -> dict[str, dict[str, FieldValue]]:
    now = {id_: dict(fields) for id_, fields in corrections.items()}
    for record_id, field, to in moves:
        now.setdefault(to, {})[field] = now[record_id].pop(field)
    return now


def _left_out(each: Judged) -> LeftOut:
    unmet = next((check.reason for check in each.record.checks if check.verdict is Meets.NO), "")
    reasons = {Standing.SCANT: "it tells too little by itself", Standing.EXCLUDED: "the job excludes it"}
    return LeftOut(sources=each.record.sources, reason=reasons.get(each.standing, unmet))


def _naming(neighbour: Record, before: Sequence[Record], given: Sequence[Record]) -> Record:
    """A record that may be the same as one of `before`, and so as any of those that came of it."""
    others = [id_ for id_ in neighbour.possible_duplicates if id_ not in {each.id for each in before}]
    return msgspec.structs.replace(neighbour, possible_duplicates=(*others, *(each.id for each in given)))
