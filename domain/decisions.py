"""What a person said of records: that two are one thing, or that one is several. It outranks all that pages say."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from domain.fields import FieldKind
from domain.fusion import content_of, told_fields
from domain.identity import Told, identity_of
from domain.records import Candidate
from domain.urls import site_of, url_key


class DecisionKind(StrEnum):
    SAME = "same"  # the parts are one thing
    DIFFERENT = "different"  # each part is a thing of its own


class Names(msgspec.Struct, frozen=True):
    """What a candidate goes by in decisions, hashed. `thing` is its own page, else its site, its name and where, when
    or by whom it is: a later run knows it by that. `row` is that and the very words of the one page."""

    thing: str
    row: str


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What of a record that was split is none by itself: the pages that told of it, and why."""

    sources: tuple[str, ...]
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`parts` hold names of candidates. `asked` is the record that it was asked of; `records` are those that were
    merged, one for each part, or those that one fell into, without what was `left_out`.

    `sources` and `unmerged` are what of a split was asked: pages to take out, or the record to part with.
    """

    kind: DecisionKind
    parts: tuple[tuple[str, ...], ...]
    asked: str
    records: tuple[str, ...]
    sources: tuple[str, ...] = ()
    unmerged: str = ""
    left_out: tuple[LeftOut, ...] = ()

    def concerns(self, record_id: str) -> bool:
        return record_id == self.asked or record_id in self.records

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Names that are of one thing each."""
        if self.kind is DecisionKind.SAME:
            return (tuple(name for part in self.parts for name in part),)
        return self.parts


class Decisions:
    """All that was said that bears on a run, in the order of time: of two candidates the latest word counts."""

    def __init__(self, decisions: Sequence[Decision] = ()) -> None:
        self._groups = [decision.groups for decision in decisions]
        self._places: dict[str, dict[int, int]] = defaultdict(dict)  # name -> {decision: group}
        for number, groups in enumerate(self._groups):
            for place, group in enumerate(groups):
                for name in group:
                    self._places[name][number] = place

    def __bool__(self) -> bool:
        return bool(self._groups)

    def of(self, one: Names, other: Names) -> bool | None:
        """True: one thing; False: two; None: nobody said. Two that go by the same name are no pair that anybody meant:
        pages tell them apart, or nothing does."""
        latest, verdict = -1, None
        for left in {one.thing, one.row}:
            for right in {other.thing, other.row} - {left}:
                ours, theirs = self._places.get(left), self._places.get(right)
                if not ours or not theirs:
                    continue
                number = max(ours.keys() & theirs.keys(), default=-1)
                if number > latest:
                    latest, verdict = number, ours[number] == theirs[number]
        return verdict

    def named(self, named: Mapping[int, Names]) -> Iterator[tuple[int, list[int]]]:
        """The candidates, by their orders, that one decision says are one thing; with the decision's number."""
        holders: dict[str, list[int]] = defaultdict(list)
        for order, names in named.items():
            for name in {names.thing, names.row}:
                holders[name].append(order)
        for number, groups in enumerate(self._groups):
            for group in groups:
                orders = {order for name in group for order in holders.get(name, ())}
                if len(orders) > 1:
                    yield number, sorted(orders)


def names_of(candidate: Candidate, kinds: Mapping[str, FieldKind]) -> Names:
    if candidate.detail_url:
        thing = url_key(candidate.detail_url)
    else:
        told = Told(fields=told_fields(candidate), sources=(candidate.url,))
        identity = identity_of(told, kinds)
        thing = "\n".join((site_of(candidate.url), identity.name, *identity.marks)) if identity.name else ""
    row = f"{url_key(candidate.url)}\n{content_of(candidate)}"
    return Names(thing=_hashed(thing or row), row=_hashed(f"{thing}\n{row}"))


def parts_named(
    parts: Sequence[Sequence[Candidate]], others: Iterable[Candidate], kinds: Mapping[str, FieldKind]
) -> tuple[tuple[str, ...], ...]:
    """Names for each part. A candidate goes by its thing where nothing in another part or among `others` does, else by
    its row."""
    named = [[names_of(candidate, kinds) for candidate in part] for part in parts]
    taken = Counter(thing for part in named for thing in {names.thing for names in part})
    taken.update(names_of(other, kinds).thing for other in others)
    return tuple(
        tuple(dict.fromkeys(names.thing if taken[names.thing] == 1 else names.row for names in part)) for part in named
    )


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
